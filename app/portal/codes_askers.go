package portal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/fault"
)

// Asker is somebody who holds a letter of somebody else's and asks its agent for homes of their own. Nobody has checked that
// name and address are theirs.
type Asker struct {
	bun.BaseModel `bun:"table:portal_askers,alias:pa"`

	ID        int64     `bun:"id,pk,autoincrement"`
	AgentID   agents.ID `bun:"agent_id"`
	MailingID int64     `bun:"mailing_id"`
	FirstName string    `bun:"first_name"`
	LastName  string    `bun:"last_name"`
	Email     string    `bun:"email"`
	At        time.Time `bun:"at"`
}

// Name is first and last name.
func (a Asker) Name() string { return strings.TrimSpace(a.FirstName + " " + a.LastName) }

// How often somebody may ask for homes of their own in a day.
const (
	asksOfNetwork = 5
	asksOfLetter  = 10
	asksOfAddress = 2
	asksOfAgent   = 30
)

// askersKept is how long an asker is kept: their agent has long made them a client or not by then.
const askersKept = 90 * 24 * time.Hour

// longestName is how long an asker's name may be, in characters.
const longestName = 80

var (
	unlinked = regexp.MustCompile(`\.(\pL\pL)`)           // what mail programs would make a link of
	digitsIn = regexp.MustCompile(`\pN(?:[^\pL]*\pN){2}`) // a phone number, and not "3rd"
)

// AskForOwn keeps an asker. ok is false where the address has asked often enough: nothing is kept, and the page says the same
// words. Faults: Invalid (name, email), Denied (too many from this network, with this letter, or to this agent).
func (k *Keys) AskForOwn(ctx context.Context, db bun.IDB, agent agents.ID, mailing int64, name, email, ip string, now time.Time) (a Asker, ok bool, err error) {
	var form fault.Form
	words := strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r), strings.ContainsRune("\"“”„«»", r): // the agent reads the name in quotation marks
			return -1
		}
		return r
	}, unlinked.ReplaceAllString(name, ". $1")))
	whole := strings.Join(words, " ")
	switch {
	case whole == "" || !strings.ContainsFunc(whole, unicode.IsLetter):
		form.Add("name", "Tell your name.")
	case len([]rune(whole)) > longestName || strings.ContainsAny(whole, "<>@:/\\") || digitsIn.MatchString(whole):
		form.Add("name", "Write just your name, in at most %d letters.", longestName)
	}
	mailbox, err := address.Parse(email)
	if err != nil {
		form.Add("email", "%s", err.Error())
	}
	if err := form.Err(); err != nil {
		return a, false, err
	}
	const aDay = 24 * time.Hour
	for _, one := range []struct {
		what, who string
		most      int64
	}{{"asks of a network", cut(ip), asksOfNetwork}, {"asks of a letter", fmt.Sprint(mailing), asksOfLetter}, {"asks of an agent", fmt.Sprint(agent), asksOfAgent}} {
		free, err := k.Within(ctx, db, one.what, one.who, one.most, aDay, now)
		if err != nil {
			return a, false, err
		}
		if !free {
			return a, false, fault.New(fault.Denied, "This was asked often today. Call instead, or try again tomorrow.")
		}
	}
	if free, err := k.Within(ctx, db, "asks of an address", fmt.Sprint(agent, " ", mailbox.Mailbox()), asksOfAddress, aDay, now); err != nil || !free {
		return a, false, err
	}
	a = Asker{AgentID: agent, MailingID: mailing, FirstName: words[0], LastName: strings.Join(words[1:], " "), Email: mailbox.String(), At: now}
	if _, err := db.NewDelete().Model((*Asker)(nil)).Where("at < ?", now.Add(-askersKept)).Exec(ctx); err != nil {
		return a, false, fmt.Errorf("portal: forget old askers: %w", err)
	}
	if _, err := db.NewInsert().Model(&a).Exec(ctx); err != nil {
		return a, false, fmt.Errorf("portal: keep an asker of agent %d: %w", agent, err)
	}
	return a, true, nil
}

// FindAsker returns one of an agent's askers. Faults: NotFound.
func FindAsker(ctx context.Context, db bun.IDB, agent agents.ID, id int64) (Asker, error) {
	var a Asker
	err := db.NewSelect().Model(&a).Where("pa.id = ?", id).Where("pa.agent_id = ?", agent).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "Nobody like that asked you.")
	}
	if err != nil {
		return a, fmt.Errorf("portal: find asker %d: %w", id, err)
	}
	return a, nil
}

// Knows says whether an agent has a client with this address, or one who has invited it into their portal.
func Knows(ctx context.Context, db bun.IDB, agent agents.ID, email string, now time.Time) (known bool, err error) {
	mailbox, err := address.Parse(email)
	if err != nil {
		return false, nil
	}
	err = db.NewRaw(`SELECT EXISTS (SELECT 1 FROM clients WHERE email_key = ?0 AND agent_id = ?1) OR EXISTS (SELECT 1 FROM household_invitations AS hi
		JOIN clients AS c ON c.id = hi.client_id WHERE hi.email_key = ?0 AND c.agent_id = ?1 AND hi.declined_at IS NULL AND hi.expires_at > ?2)`, mailbox.Key(), agent, now).Scan(ctx, &known)
	if err != nil {
		return false, fmt.Errorf("portal: whether agent %d knows an address: %w", agent, err)
	}
	return known, nil
}
