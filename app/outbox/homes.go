package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/tokens"
)

// Home is one home in a mailing's letters.
type Home struct {
	Listing   int64  // listings.ID
	Note      string // what the agent said of it
	ListPrice *int64 // cents, as it stood in the letter; nil: unknown
}

// mailingHome is a Home as stored.
type mailingHome struct {
	bun.BaseModel `bun:"table:mailing_homes,alias:mh"`

	MailingID MailingID `bun:"mailing_id,pk"`
	Position  int       `bun:"position,pk"` // from 1
	ListingID int64     `bun:"listing_id"`
	Note      string    `bun:"note"`
	ListPrice *int64    `bun:"list_price"`
}

const insertHomeText = `INSERT INTO mailing_homes (mailing_id, position, listing_id, note, list_price) VALUES (?, ?, ?, ?, ?)`

func insertHomes(ctx context.Context, db bun.Tx, id MailingID, homes []Home, now time.Time) error {
	if len(homes) == 0 {
		return nil
	}
	if err := tokens.Make(ctx, db, letterLinks, now); err != nil {
		return err
	}
	if onSQLite(db) {
		for i, h := range homes {
			if _, _, err := bound(ctx, db, insertHomeText, int64(id), i+1, h.Listing, h.Note, h.ListPrice); err != nil {
				return err
			}
		}
		return nil
	}
	args := make([]any, 0, 5*len(homes))
	for i, h := range homes {
		args = append(args, id, i+1, h.Listing, h.Note, h.ListPrice)
	}
	_, err := db.ExecContext(ctx, insertHomeText+strings.Repeat(`, (?, ?, ?, ?, ?)`, len(homes)-1), args...)
	return err
}

// Homes returns the homes of a mailing in their order; none for one without, or one that is not there.
func Homes(ctx context.Context, db bun.IDB, id MailingID) ([]Home, error) {
	var rows []mailingHome
	if err := db.NewSelect().Model(&rows).Where("mh.mailing_id = ?", id).Order("mh.position").Scan(ctx); err != nil {
		return nil, fmt.Errorf("outbox: homes of mailing %d: %w", id, err)
	}
	homes := make([]Home, len(rows))
	for i, r := range rows {
		homes[i] = Home{Listing: r.ListingID, Note: r.Note, ListPrice: r.ListPrice}
	}
	return homes, nil
}

// Shown is what a letter's own page shows: whose mailing it was, when, and its homes.
type Shown struct {
	Agent agents.ID
	At    time.Time
	Homes []Home
}

// ShownBy returns what the page of a letter link shows; no homes where there is nothing to show.
func ShownBy(ctx context.Context, db bun.IDB, l Link) (Shown, error) {
	var s Shown
	err := db.QueryRowContext(ctx, `SELECT agent_id, created_at FROM mailings WHERE id = ? AND kind = ?`, l.Mailing, kindLetter).Scan(&s.Agent, &s.At)
	if errors.Is(err, sql.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("outbox: what mailing %d showed: %w", l.Mailing, err)
	}
	s.Homes, err = Homes(ctx, db, l.Mailing)
	return s, err
}

// arrived says which letters count as sent to their client: those that left or still will.
const arrived = `l.state IN ('ready', 'sending', 'sent')`

// SentHome says that a client was sent a home.
type SentHome struct {
	Client  clients.ID
	Name    string // of the client
	Mailing MailingID
	At      time.Time // when it left, or was queued where it has not left yet
}

// SentTo returns which of the agent's clients were sent a home and when last, the latest first. Letters that were
// withheld, cancelled, failed or expired do not count.
func SentTo(ctx context.Context, db bun.IDB, agent agents.ID, listing int64) ([]SentHome, error) {
	var rows []struct {
		ClientID  clients.ID
		FirstName string
		LastName  string
		MailingID MailingID
		EndedAt   time.Time `bun:",nullzero"`
		CreatedAt time.Time
	}
	err := db.NewRaw(`SELECT l.client_id, c.first_name, c.last_name, l.mailing_id, l.ended_at, l.created_at
		FROM mailing_homes AS mh JOIN letters AS l ON l.mailing_id = mh.mailing_id JOIN clients AS c ON c.id = l.client_id
		WHERE mh.listing_id = ? AND l.agent_id = ? AND c.agent_id = ? AND `+arrived+` ORDER BY l.id DESC`, listing, agent, agent).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("outbox: who was sent home %d: %w", listing, err)
	}
	var all []SentHome
	seen := map[clients.ID]bool{}
	for _, r := range rows {
		if !seen[r.ClientID] {
			seen[r.ClientID] = true
			name := clients.Client{FirstName: r.FirstName, LastName: r.LastName}.Name()
			all = append(all, SentHome{Client: r.ClientID, Name: name, Mailing: r.MailingID, At: latest(r.EndedAt, r.CreatedAt)})
		}
	}
	return all, nil
}

// SentHomes says which of these homes each of these clients was sent, and when last. What counts is as in SentTo.
func SentHomes(ctx context.Context, db bun.IDB, to []clients.ID, listings []int64) (map[clients.ID]map[int64]time.Time, error) {
	all := map[clients.ID]map[int64]time.Time{}
	if len(to) == 0 || len(listings) == 0 {
		return all, nil
	}
	var rows []struct {
		ClientID  clients.ID
		ListingID int64
		EndedAt   time.Time `bun:",nullzero"`
		CreatedAt time.Time
	}
	err := db.NewRaw(`SELECT l.client_id, mh.listing_id, l.ended_at, l.created_at
		FROM mailing_homes AS mh JOIN letters AS l ON l.mailing_id = mh.mailing_id
		WHERE mh.listing_id IN (?) AND l.client_id IN (?) AND `+arrived, bun.List(listings), bun.List(to)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("outbox: which homes were sent: %w", err)
	}
	for _, r := range rows {
		of := all[r.ClientID]
		if of == nil {
			of = map[int64]time.Time{}
			all[r.ClientID] = of
		}
		if at := latest(r.EndedAt, r.CreatedAt); at.After(of[r.ListingID]) {
			of[r.ListingID] = at
		}
	}
	return all, nil
}

// latest is when a letter left, or else was queued.
func latest(ended, created time.Time) time.Time {
	if ended.IsZero() {
		return created.UTC()
	}
	return ended.UTC()
}

// Posted returns the mailing that was posted to clients under a key, 0 if none was.
func Posted(ctx context.Context, db bun.IDB, by agents.ID, key string) (MailingID, error) {
	var id MailingID
	err := db.QueryRowContext(ctx, `SELECT id FROM mailings WHERE idempotency_key = ?`, keyOf(kindLetter, by, key)).Scan(&id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("outbox: look for a mailing by its key: %w", err)
	}
	return id, nil
}
