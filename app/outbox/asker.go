package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/mail"
)

// answerLife is how long an answer to somebody who waits at a page is tried; later it is of no use.
const answerLife = 10 * time.Minute

// PostToAsker puts one letter into the fast lane for somebody who has just asked for it on a page and waits there. There is no
// permit: it is an answer, not a mailing, and nothing else may be in it. What it says is secret, so the courier forgets it once
// the letter has left or ended. An empty address gets no letter, and takes as long. A second call with the same key posts nothing.
func PostToAsker(ctx context.Context, db bun.IDB, name, address string, template *mail.Template, key string, now time.Time) error {
	err := inTx(ctx, db, func(ctx context.Context, db bun.Tx) error {
		id, fresh, err := insertMailing(ctx, db, 0, kindNotice, Text{Template: template, IdempotencyKey: "asked:" + key}, now)
		if err != nil || !fresh {
			return err
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO asked_mailings (mailing_id) VALUES (?)`, id); err != nil || address == "" {
			return err
		}
		return insertLetters(ctx, db, []Letter{newLetter(id, prioNotice, name, address, domainOf(template.From()), answerLife, now)})
	})
	if err != nil {
		return fmt.Errorf("outbox: answer somebody who asked: %w", err)
	}
	return nil
}

// forgetAnswers blanks the texts of answers whose letter has left or ended; of those without a letter nothing stays.
func (c *Courier) forgetAnswers(ctx context.Context) error {
	const done = `FROM asked_mailings AS a WHERE NOT EXISTS (SELECT 1 FROM letters AS l WHERE l.mailing_id = a.mailing_id AND l.state IN ('ready', 'sending'))`
	var found bool
	if err := c.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 `+done+`)`).Scan(&found); err != nil || !found {
		return err
	}
	err := c.write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var ids []MailingID
		if err := db.NewRaw(`SELECT a.mailing_id `+done).Scan(ctx, &ids); err != nil || len(ids) == 0 {
			return err
		}
		for _, statement := range []string{
			`UPDATE mailings SET template = '' WHERE id IN (?)`,
			`DELETE FROM asked_mailings WHERE mailing_id IN (?)`,
			`DELETE FROM mailings WHERE id IN (?) AND NOT EXISTS (SELECT 1 FROM letters AS l WHERE l.mailing_id = mailings.id)`,
		} {
			if _, err := db.ExecContext(ctx, statement, bun.List(ids)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("outbox: forget answers: %w", err)
	}
	return nil
}

// HouseIdentity is who the house's own mail comes from.
func HouseIdentity(house agents.Brokerage, baseURL string) mail.Identity {
	return sender(house, baseURL)
}
