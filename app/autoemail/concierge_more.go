package autoemail

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// ApproveAll approves everything Unsent of a client (0: of all) that was found until a time, leaving out homes that are gone
// or changed and clients who can't be mailed now; it returns what was approved and what was left out.
func ApproveAll(ctx context.Context, db bun.IDB, by agents.ID, client clients.ID, until time.Time, now time.Time) (done, left []Match, err error) {
	return approveWhole(ctx, db, by, now, func(q *bun.SelectQuery) *bun.SelectQuery {
		if client != 0 {
			q = q.Where("x.client_id = ?", client)
		}
		return q.Where("x.found_at <= ?", until.UTC())
	})
}

// approveWhole approves what of some undecided matches can leave now.
func approveWhole(ctx context.Context, db bun.IDB, by agents.ID, now time.Time, which func(*bun.SelectQuery) *bun.SelectQuery) (done, left []Match, err error) {
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var found []Match
		err := db.NewSelect().Model(&found).Join("JOIN searches AS s ON s.id = x.search_id").Where("x.agent_id = ?", by).Where("x.state = 'unsent'").
			Where("s.state <> 'deleted'").Apply(which).OrderExpr("x.id").Scan(ctx)
		if err != nil {
			return fmt.Errorf("autoemail: what waits for agent %d: %w", by, err)
		}
		if len(found) == 0 {
			return nil
		}
		picks := make([]Pick, len(found))
		for i, m := range found {
			picks[i] = Pick{ID: m.ID, Version: m.Version}
		}
		all, err := readPicks(ctx, db, by, picks)
		if err != nil {
			return err
		}
		no := newRefusals(picks)
		if err := no.leaving(ctx, db, by, all, now); err != nil {
			return err
		}
		var may []Pick
		for i, m := range found {
			if no.why[fmt.Sprint(m.ID)] != "" {
				left = append(left, m)
			} else {
				may = append(may, picks[i])
			}
		}
		if len(may) > 0 {
			done, err = Approve(ctx, db, by, may, now)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return done, left, nil
}

// Undo puts matches back into the queue: rejected ones always, approved ones until their letter is made, which is UndoFor
// after the last decision for their client at the earliest. What is back already stays. All or none. Faults: NotFound, Gone
// where one has left.
func Undo(ctx context.Context, db bun.IDB, by agents.ID, ids []int64, now time.Time) ([]Match, error) {
	picks := make([]Pick, len(ids))
	for i, id := range ids {
		picks[i] = Pick{ID: id}
	}
	var back []Match
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := Hold(ctx, db, by, ids); err != nil {
			return err
		}
		all, err := readPicks(ctx, db, by, picks)
		if err != nil {
			return err
		}
		var decided []seen
		no := newRefusals(picks)
		for _, s := range all {
			switch s.State {
			case Unsent:
			case Approved, Rejected:
				decided = append(decided, s)
			default:
				no.add(fault.Gone, s.ID, s.standing(now))
			}
		}
		if err := no.err(); err != nil {
			return err
		}
		for from := 0; from < len(decided); from += atOnce {
			err := move(ctx, db, decided[from:min(from+atOnce, len(decided))], "state = 'unsent', reason = '', decided_at = NULL, decided_by = 0", "state IN ('approved', 'rejected')")
			if err != nil {
				return err
			}
		}
		back, err = reread(ctx, db, by, all)
		return err
	})
	if err != nil && fault.As(err) == nil {
		return nil, fmt.Errorf("autoemail: undo for agent %d: %w", by, err)
	}
	return back, err
}

// atMostNote is how long a note to the client may be, in characters, as mail.Renderer.Card has it.
const atMostNote = 1000

// SetNote keeps the agent's words to the client about a home. Faults: NotFound, Invalid (note), Gone (it has left).
func SetNote(ctx context.Context, db bun.IDB, by agents.ID, id int64, note string, now time.Time) (Match, error) {
	note, unread := agents.Text(note, atMostNote)
	if unread != nil {
		var form fault.Form
		form.Add("note", "%s", unread.Error())
		return Match{}, form.Err()
	}
	var noted Match
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := Hold(ctx, db, by, []int64{id}); err != nil {
			return err
		}
		all, err := readPicks(ctx, db, by, []Pick{{ID: id}})
		if err != nil {
			return err
		}
		noted = all[0].Match
		switch noted.State {
		case Unsent, Approved, Rejected:
		default:
			return fault.New(fault.Gone, "%s The note was not saved.", all[0].standing(now))
		}
		if noted.Note == note {
			return nil
		}
		if err := move(ctx, db, all, "note = ?", "state IN ('unsent', 'approved', 'rejected')", note); err != nil {
			return err
		}
		again, err := reread(ctx, db, by, all)
		if err == nil {
			noted = again[0]
		}
		return err
	})
	if err != nil && fault.As(err) == nil {
		return Match{}, fmt.Errorf("autoemail: note of match %d: %w", id, err)
	}
	return noted, err
}
