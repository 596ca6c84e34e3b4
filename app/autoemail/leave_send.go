package autoemail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
	"porchlight/app/outbox"
)

// errMoved says that something is no longer as it was read: the next round looks again.
var errMoved = errors.New("it changed meanwhile")

// searchLetter is a row of search_letters.
type searchLetter struct {
	bun.BaseModel `bun:"table:search_letters"`
	MailingID     outbox.MailingID `bun:"mailing_id"`
	SearchID      ID               `bun:"search_id"`
}

// send puts letters into the outbox and writes down what became of the matches, both or neither.
func (d *desk) send(ctx context.Context, parcels []*parcel) error {
	if len(parcels) == 0 {
		return nil
	}
	posted := 0
	err := d.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		posted = 0
		if err := hold(ctx, db, parcels); err != nil {
			return err
		}
		after := map[time.Time][]ID{}
		for _, p := range parcels {
			err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error { return d.sendOne(ctx, db, p) })
			if errors.Is(err, errMoved) {
				continue
			}
			if err != nil {
				return fmt.Errorf("client %d: %w", p.client, err)
			}
			if p.text != nil {
				posted++
			}
			for _, s := range p.searches {
				if d.isDue(s) {
					after[d.again(s)] = append(after[d.again(s)], s.ID)
				}
			}
		}
		return planNext(ctx, db, after)
	})
	if err == nil && posted > 0 {
		d.onPosted()
	}
	return err
}

// hold takes the auto emails of letters in the order in which the matcher takes them, so that on PostgreSQL neither waits for
// the other.
func hold(ctx context.Context, db bun.Tx, parcels []*parcel) error {
	if onSQLite(db) {
		return nil
	}
	var ids []ID
	for _, p := range parcels {
		for _, s := range p.searches {
			ids = append(ids, s.ID)
		}
	}
	var held []ID
	return db.NewSelect().Model((*Search)(nil)).Column("id").Where("s.id IN (?)", bun.List(inTurn(ids))).OrderExpr("s.id").For("UPDATE").Scan(ctx, &held)
}

// planNext says when the next letter leaves of auto emails that were due: where more waits, or where it could not be said yet
// how it begins. Else nothing is planned, and an auto email without news costs nothing.
func planNext(ctx context.Context, db bun.IDB, after map[time.Time][]ID) error {
	for at, ids := range after {
		due := bun.List(inTurn(ids))
		if _, err := db.ExecContext(ctx, "UPDATE searches SET next_at = NULL WHERE id IN (?)", due); err != nil {
			return err
		}
		_, err := db.ExecContext(ctx, `UPDATE searches SET next_at = ? WHERE id IN (?)
			AND (opening <> '' OR EXISTS (SELECT 1 FROM matches WHERE search_id = searches.id AND state = 'waiting'))`, at, due)
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *desk) sendOne(ctx context.Context, db bun.Tx, p *parcel) error {
	in := p.inLetter()
	for _, s := range p.searches { // first: whoever adds matches waits for these rows
		if err := d.touch(ctx, db, s, p.text != nil && in[s.ID]); err != nil {
			return err
		}
	}
	var mailing outbox.MailingID
	if p.text != nil {
		var err error
		if mailing, err = d.post(ctx, db, p, in); err != nil {
			return err
		}
	}
	if err := shift(ctx, db, p.sent, "state = ?, mailing_id = ?", Sent, mailing); err != nil {
		return err
	}
	for _, m := range p.off {
		set := "state = ?, reason = ?"
		if m.State == Unsent {
			set += ", decided_at = NULL, decided_by = 0"
		}
		if err := shift(ctx, db, []Match{m}, set, m.State, m.Reason); err != nil {
			return err
		}
	}
	return nil
}

// inLetter are the auto emails a letter is of.
func (p *parcel) inLetter() map[ID]bool {
	in := map[ID]bool{}
	for _, c := range p.homes {
		for _, id := range c.of {
			in[id] = true
		}
	}
	for _, s := range p.opening {
		in[s.ID] = true
	}
	return in
}

// touch writes down that a letter of an auto email leaves, if that is still as it was read.
func (d *desk) touch(ctx context.Context, db bun.Tx, s *Search, leaves bool) error {
	update := db.NewUpdate().Model((*Search)(nil)).Where("id = ?", s.ID).Where("state = ?", s.State).Where("version = ?", s.Version).Where("opening = ?", s.Opening)
	if s.NextAt.IsZero() {
		update = update.Where("next_at IS NULL")
	} else {
		update = update.Where("next_at = ?", s.NextAt)
	}
	if leaves {
		update = update.Set("last_sent_at = ?", d.now).Set("opening = ''")
	} else {
		update = update.Set("begun = begun")
	}
	n, err := affected(update.Exec(ctx))
	if err == nil && n == 0 {
		return errMoved
	}
	return err
}

// shift sets columns of matches that are still as they were read.
func shift(ctx context.Context, db bun.Tx, all []Match, set string, args ...any) error {
	by := map[int64][]int64{}
	for _, m := range all {
		by[m.Version] = append(by[m.Version], m.ID)
	}
	for version, ids := range by {
		n, err := affected(db.NewRaw("UPDATE matches SET "+set+", version = version + 1 WHERE id IN (?) AND version = ? AND state IN ('waiting', 'approved')",
			append(slices.Clone(args), bun.List(ids), version)...).Exec(ctx))
		if err != nil {
			return err
		}
		if n != len(ids) {
			return errMoved
		}
	}
	return nil
}

// post puts a parcel's letter into the outbox, with a copy to the agent where one of its auto emails asks for it.
func (d *desk) post(ctx context.Context, db bun.Tx, p *parcel, in map[ID]bool) (outbox.MailingID, error) {
	text := outbox.Text{Subject: p.letter.Subject, Markdown: p.letter.Markdown, Template: p.text, IdempotencyKey: p.key()}
	for _, c := range p.homes {
		text.Homes = append(text.Homes, outbox.Home{Listing: int64(c.home.ID), Note: c.note, ListPrice: c.home.Listing.ListPrice})
	}
	mailing, err := outbox.Post(ctx, db, d.Ledger, d.by, []consent.Permit{p.to.Permit}, text, d.now)
	if err != nil {
		return 0, err
	}
	var rows []searchLetter
	copied := false
	for _, s := range p.searches {
		if in[s.ID] {
			rows, copied = append(rows, searchLetter{MailingID: mailing, SearchID: s.ID}), copied || s.CopyMe
		}
	}
	if _, err := db.NewInsert().Model(&rows).On("CONFLICT (mailing_id, search_id) DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
		return 0, err
	}
	if copied {
		text.Homes, text.IdempotencyKey = nil, text.IdempotencyKey+" copy"
		_, err = outbox.PostTest(ctx, db, d.by, text, d.now)
	}
	return mailing, err
}

// key is the same for a letter that is made again of the same matches and openings.
func (p *parcel) key() string {
	sum := sha256.New()
	for _, m := range p.sent {
		fmt.Fprintln(sum, m.ID, m.Version)
	}
	for _, s := range p.opening {
		fmt.Fprintln(sum, s.ID, s.Opening, s.Version, s.NextAt.UnixMicro())
	}
	return "auto e-mail " + hex.EncodeToString(sum.Sum(nil)[:16])
}
