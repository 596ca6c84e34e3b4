package portal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// LongestMessage is how long a message or note may be, in characters.
const LongestMessage = 4000

// MostMessages is how many messages and notes one person may write in an hour.
const MostMessages = 30

// Anywhere stands for all of a portal's talk: its messages and the notes on every home.
const Anywhere listings.ID = -1

// manyEmptyLines are more than one; a text of nothing else would push all others off the page.
var manyEmptyLines = regexp.MustCompile(`\n[ \t]*\n[ \t]*(?:\n[ \t]*)+`)

// words is a text as it is kept: its lines, without what nobody can see or what turns the text around it. What looks like HTML
// is text. Faults: Invalid (message).
func words(body string) (string, error) {
	body = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(strings.ToValidUTF8(body, "\uFFFD"))
	body = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
			return -1
		}
		return r
	}, body)
	body = strings.TrimSpace(body)
	var form fault.Form
	if !strings.ContainsFunc(body, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }) {
		form.Add("message", "Write something first.")
	} else if n := utf8.RuneCountInString(body); n > LongestMessage {
		form.Add("message", "A message can have 4,000 characters, and this one has %d more. Send it in parts.", n-LongestMessage)
	}
	if err := form.Err(); err != nil {
		return "", err
	}
	return manyEmptyLines.ReplaceAllString(body, "\n\n"), nil
}

// Write adds a client's message or note (home 0: a message). A second call with the same key writes nothing and returns the
// first one's. Faults: Invalid (message), NotFound (home never sent, or no such client any more), Denied (read-only, or too
// many in an hour).
func Write(ctx context.Context, db bun.IDB, v Visitor, home listings.ID, body, onceKey string, now time.Time) (Message, error) {
	if v.ReadOnly {
		return Message{}, onlyLooks()
	}
	m := Message{ClientID: v.Client.ID, ListingID: home, Author: FromClient, MemberID: v.Member.ID, At: now}
	var err error
	if m.Body, err = words(body); err != nil {
		return Message{}, err
	}
	m.OnceKey = m.once(onceKey)
	if known, there, err := written(ctx, db, m.OnceKey); err != nil || there {
		return known, err
	}
	if home != 0 {
		if err := open(ctx, db, v, home); err != nil {
			return Message{}, err
		}
	}
	n, err := db.NewSelect().Model((*Message)(nil)).Where("client_id = ?", m.ClientID).Where("author = ?", FromClient).Where("member_id = ?", m.MemberID).
		Where("at > ?", now.Add(-time.Hour)).Count(ctx)
	if err != nil {
		return Message{}, fmt.Errorf("portal: how much client %d wrote: %w", m.MemberID, err)
	}
	if n >= MostMessages {
		return Message{}, fault.New(fault.Denied, "That is much for one hour. Wait a little before you write again, or call.")
	}
	return m.add(ctx, db, 0)
}

// Answer adds the agent's message or note, once for each key as Write does. Faults: Invalid (message), NotFound (home never sent,
// or the client is not this agent's).
func Answer(ctx context.Context, db bun.IDB, by agents.ID, client clients.ID, home listings.ID, body, onceKey string, now time.Time) (Message, error) {
	m := Message{ClientID: client, AgentID: by, ListingID: home, Author: FromAgent, At: now}
	var err error
	if m.Body, err = words(body); err != nil {
		return Message{}, err
	}
	m.OnceKey = m.once(onceKey)
	if known, there, err := written(ctx, db, m.OnceKey); err != nil || there {
		return known, err
	}
	if home != 0 {
		if sent, err := WasSent(ctx, db, client, home); err != nil {
			return Message{}, err
		} else if !sent {
			return Message{}, fault.New(fault.NotFound, "This home was not among those sent to this client.")
		}
	}
	return m.add(ctx, db, by)
}

// once is a form's key as stored: one portal's must never answer with another's message, nor one person's with another's.
func (m *Message) once(key string) string {
	if key == "" {
		key = rand.Text()
	}
	who := int64(m.MemberID)
	if m.Author == FromAgent {
		who = int64(m.AgentID)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s:%d:%s", m.ClientID, m.Author, who, key))
	return hex.EncodeToString(sum[:])
}

// written finds a message by its stored key.
func written(ctx context.Context, db bun.IDB, key string) (m Message, there bool, err error) {
	err = db.NewSelect().Model(&m).Where("once_key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Message{}, false, nil
	}
	if err != nil {
		return Message{}, false, fmt.Errorf("portal: read a message: %w", err)
	}
	return m, true, nil
}

// add keeps a message where its client is there still: by's (0: whoever's). The agent is the one they have now.
func (m *Message) add(ctx context.Context, db bun.IDB, by agents.ID) (Message, error) {
	_, err := db.ExecContext(ctx, `INSERT INTO messages (client_id, agent_id, listing_id, author, member_id, body, once_key, at)
		SELECT id, agent_id, ?, ?, ?, ?, ?, ? FROM clients WHERE id = ? AND (agent_id = ? OR ? = 0) ON CONFLICT (once_key) DO NOTHING`,
		m.ListingID, m.Author, m.MemberID, m.Body, m.OnceKey, m.At, m.ClientID, by, by)
	if err != nil {
		return Message{}, fmt.Errorf("portal: write to the portal of client %d: %w", m.ClientID, err)
	}
	kept, there, err := written(ctx, db, m.OnceKey)
	if err == nil && !there {
		return Message{}, fault.New(fault.NotFound, "This portal is not there any more.")
	}
	return kept, err
}

// Talk returns messages of a portal, oldest first: of one home, or all (home -1, Anywhere), at most limit of the newest.
func Talk(ctx context.Context, db bun.IDB, client clients.ID, home listings.ID, limit int) ([]Message, error) {
	var all []Message
	q := db.NewSelect().Model(&all).Where("client_id = ?", client).OrderExpr("id DESC").Limit(int64(limit))
	if home != Anywhere {
		q = q.Where("listing_id = ?", home)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("portal: talk of client %d: %w", client, err)
	}
	slices.Reverse(all)
	return all, nil
}

// ReadBy marks what the other side wrote as seen: by the client's side where agent is 0.
func ReadBy(ctx context.Context, db bun.IDB, client clients.ID, agent agents.ID, now time.Time) error {
	return ReadUpTo(ctx, db, client, agent, Anywhere, math.MaxInt64, now)
}

// ReadUpTo is ReadBy for what a page showed: of one home (0: messages that are on none, Anywhere: all), up to a message's number.
// What came since the page was made stays unread.
func ReadUpTo(ctx context.Context, db bun.IDB, client clients.ID, agent agents.ID, home listings.ID, last int64, now time.Time) error {
	q := db.NewUpdate().Model((*Message)(nil)).Set("seen_at = ?", now).Where("client_id = ?", client).Where("id <= ?", last).Where("seen_at IS NULL")
	if agent == 0 {
		q = q.Where("author = ?", FromAgent)
	} else {
		q = q.Where("author = ?", FromClient).Where("agent_id = ?", agent)
	}
	if home != Anywhere {
		q = q.Where("listing_id = ?", home)
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("portal: mark the talk of client %d as seen: %w", client, err)
	}
	return nil
}

// Unread counts, by client, what an agent's clients wrote that the agent has not seen.
func Unread(ctx context.Context, db bun.IDB, agent agents.ID) (map[clients.ID]int, error) {
	var rows []struct {
		ClientID clients.ID
		N        int
	}
	err := db.NewSelect().Model((*Message)(nil)).Column("client_id").ColumnExpr("count(*) AS n").Where("agent_id = ?", agent).
		Where("author = ?", FromClient).Where("seen_at IS NULL").Group("client_id").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("portal: what agent %d has not read: %w", agent, err)
	}
	all := make(map[clients.ID]int, len(rows))
	for _, r := range rows {
		all[r.ClientID] = r.N
	}
	return all, nil
}
