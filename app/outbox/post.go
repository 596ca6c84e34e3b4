package outbox

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/mail"
)

// How long letters are tried. RFC 5321 section 4.5.4.1 asks for four to five days.
const (
	letterLife = 4 * 24 * time.Hour
	noticeLife = 2 * 24 * time.Hour
)

// Text is what is posted: rendered, with the key that makes a second submit of the same form post nothing.
type Text struct {
	Subject, Markdown string
	Template          *mail.Template
	IdempotencyKey    string
	Homes             []Home // those the template shows, in its order
}

// Post puts one letter per permit into the outbox, in one transaction with its mailing; of several permits for one
// address the first counts. A second call with the same key returns the first one's mailing. Faults: Denied for a permit
// the ledger did not grant or that is another agent's, Invalid (clients) where there is none. After any other error a
// transaction of the caller's must not be committed.
func Post(ctx context.Context, db bun.IDB, ledger *consent.Ledger, by agents.Agent, permits []consent.Permit, t Text, now time.Time) (MailingID, error) {
	if len(permits) == 0 {
		return 0, &fault.Error{Kind: fault.Invalid, Say: "Choose at least one client.", Fields: map[string]string{"clients": "Choose at least one client."}}
	}
	for _, p := range permits {
		if !p.Granted() || p.Agent() != by.ID {
			return 0, fault.New(fault.Denied, "One of these clients can’t be mailed by you.")
		}
	}
	var id MailingID
	err := inTx(ctx, db, func(ctx context.Context, db bun.Tx) error {
		var fresh bool
		var err error
		id, fresh, err = insertMailing(ctx, db, by.ID, kindLetter, t, now)
		if err != nil || !fresh {
			return err
		}
		if err := insertHomes(ctx, db, id, t.Homes, now); err != nil {
			return err
		}
		place, err := placeInLine(ctx, db, len(permits), now)
		if err != nil {
			return err
		}
		domain := domainOf(t.Template.From())
		const batch = 500
		letters := make([]Letter, 0, min(batch, len(permits)))
		taken := make(map[string]bool, len(permits))
		for i, p := range permits {
			if !taken[p.Hash()] {
				taken[p.Hash()] = true
				letters = append(letters, letterTo(ledger, by.ID, p, id, domain, place.Add(time.Duration(i)*time.Microsecond), now))
			}
			if len(letters) == batch || i == len(permits)-1 && len(letters) > 0 {
				if err := insertLetters(ctx, db, letters); err != nil {
					return err
				}
				letters = letters[:0]
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("outbox: post to %d clients: %w", len(permits), err)
	}
	return id, nil
}

// letterTo is the letter of a mailing to one client.
func letterTo(ledger *consent.Ledger, by agents.ID, p consent.Permit, mailing MailingID, from string, place, now time.Time) Letter {
	l := newLetter(mailing, prioLetter, p.Name(), p.Address(), from, letterLife, now)
	l.AgentID, l.ClientID, l.AddressHash, l.NotBefore = by, p.Client(), p.Hash(), place
	l.Token = ledger.Sign(consent.Link{Client: p.Client(), Agent: by, Mailing: int64(mailing), Hash: p.Hash()})
	return l
}

// placeInLine is where the first of n letters stands in the line, the others a microsecond behind each other: beside the first
// letter of whatever waits. So runs of several agents leave in turns, one letter of each, and one letter never waits for a thousand
// (start-time fair queuing). All of these are moments that are over: a place keeps nothing waiting.
func placeInLine(ctx context.Context, db bun.Tx, n int, now time.Time) (time.Time, error) {
	place := now.UTC().Truncate(time.Microsecond).Add(-time.Duration(n) * time.Microsecond)
	var first bun.NullTime
	err := db.NewRaw(`SELECT min(not_before) FROM letters WHERE state = 'ready' AND prio = ?`, prioLetter).Scan(ctx, &first)
	if err == nil && !first.IsZero() && first.Before(place) {
		place = first.UTC()
	}
	return place, err
}

// inTx runs fn in a transaction of its own, or in the caller's: without a savepoint, which costs SQLite a copy of every page
// that is written in it, and a run of letters writes a few for each.
func inTx(ctx context.Context, db bun.IDB, fn func(context.Context, bun.Tx) error) error {
	if tx, ok := db.(bun.Tx); ok {
		return fn(ctx, tx)
	}
	return db.RunInTx(ctx, nil, fn)
}

// PostTest puts a letter to the agent's own address into the fast lane, without working links.
func PostTest(ctx context.Context, db bun.IDB, to agents.Agent, t Text, now time.Time) (MailingID, error) {
	return postToAgent(ctx, db, kindTest, to.ID, to, t, now)
}

// postToAgent posts one letter to an agent, whose consent nobody has to ask. owner is whose outbox shows it: 0, nobody's.
func postToAgent(ctx context.Context, db bun.IDB, kind string, owner agents.ID, to agents.Agent, t Text, now time.Time) (MailingID, error) {
	var id MailingID
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var fresh bool
		var err error
		id, fresh, err = insertMailing(ctx, db, owner, kind, t, now)
		if err != nil || !fresh {
			return err
		}
		l := newLetter(id, prioNotice, to.Name, to.Email, domainOf(t.Template.From()), noticeLife, now)
		l.AgentID = owner
		return insertLetters(ctx, db, []Letter{l})
	})
	if err != nil {
		return 0, fmt.Errorf("outbox: post a %s to agent %d: %w", kind, to.ID, err)
	}
	return id, nil
}

// insertMailing freezes a text. fresh is false where its key was posted before; id is then that one's.
func insertMailing(ctx context.Context, db bun.Tx, owner agents.ID, kind string, t Text, now time.Time) (id MailingID, fresh bool, err error) {
	frozen, err := t.Template.MarshalBinary()
	if err != nil {
		return 0, false, fmt.Errorf("freeze the text: %w", err)
	}
	key := t.IdempotencyKey
	if key == "" {
		key = rand.Text()
	}
	key = keyOf(kind, owner, key)
	const insert = `INSERT INTO mailings (agent_id, kind, state, idempotency_key, subject, markdown, template, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (idempotency_key) DO NOTHING`
	if onSQLite(db) {
		var rows, last int64
		rows, last, err = bound(ctx, db, insert, int64(owner), kind, mailingSending, key, t.Subject, t.Markdown, frozen, now.UTC().Truncate(time.Microsecond))
		id, fresh = MailingID(last), rows == 1
	} else {
		err = db.QueryRowContext(ctx, insert+` RETURNING id`, owner, kind, mailingSending, key, t.Subject, t.Markdown, frozen, now).Scan(&id)
		if fresh = err == nil; errors.Is(err, sql.ErrNoRows) {
			err = nil
		}
	}
	if err != nil {
		return 0, false, err
	}
	if fresh {
		return id, true, keepCards(ctx, db, t.Template.Cards())
	}
	err = db.QueryRowContext(ctx, `SELECT id FROM mailings WHERE idempotency_key = ?`, key).Scan(&id)
	return id, false, err
}

// keyOf is a key as stored: one agent's must never answer with another's mailing.
func keyOf(kind string, owner agents.ID, key string) string {
	return fmt.Sprintf("%s:%d:%s", kind, owner, key)
}

// newLetter fixes here what must be the same at every try: Message-ID, and the time that becomes the Date.
func newLetter(mailing MailingID, prio int, name, to, from string, life time.Duration, now time.Time) Letter {
	now = now.UTC().Truncate(time.Microsecond)
	return Letter{
		MailingID: mailing, Prio: prio, ToName: name, ToAddress: to, Domain: domainOf(to),
		MessageID: strings.ToLower(rand.Text()) + "@" + from, State: Ready,
		NotBefore: now, ExpiresAt: now.Add(life), CreatedAt: now,
	}
}

// insertText adds a fresh letter; what is not in it is empty until somebody tries.
const insertText = `INSERT INTO letters (mailing_id, agent_id, client_id, prio, to_name, to_address, address_hash, domain, token, message_id, state, not_before, expires_at, created_at,
	reason, attempts, ambiguous, lease_owner, lease_gen, code, enhanced, reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, 0, '', 0, 0, '', '')`

// insertLetters adds fresh letters. To PostgreSQL many go together; SQLite takes longer to read their SQL than to carry it
// out, and reads it once.
func insertLetters(ctx context.Context, db bun.Tx, letters []Letter) error {
	if !onSQLite(db) {
		// Without RETURNING Bun reads no ids back, which is half of the time.
		_, err := db.NewInsert().Model(&letters).Returning("NULL").Exec(ctx)
		return err
	}
	if len(letters) == 1 {
		_, _, err := bound(ctx, db, insertText, letters[0].args()...)
		return err
	}
	insert, err := db.PrepareContext(ctx, insertText)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range letters {
		if _, err := insert.ExecContext(ctx, letters[i].args()...); err != nil {
			return err
		}
	}
	return nil
}

// args are those of insertText. The times are in UTC and whole microseconds (newLetter), so they are written as Bun writes
// them.
func (l *Letter) args() []any {
	return []any{int64(l.MailingID), int64(l.AgentID), int64(l.ClientID), l.Prio, l.ToName, l.ToAddress, l.AddressHash, l.Domain, l.Token, l.MessageID, string(l.State),
		l.NotBefore, l.ExpiresAt, l.CreatedAt}
}

// domainOf is the domain of an address in A-labels, as breakers and SMTP need it.
func domainOf(text string) string {
	if a, err := address.Parse(text); err == nil {
		return a.Domain()
	}
	return strings.ToLower(text[strings.LastIndexByte(text, '@')+1:])
}
