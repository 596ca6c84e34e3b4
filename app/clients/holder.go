package clients

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/fault"
)

// Holder returns a client of this brokerage, whoever's it is, with the same mailbox as an address; ok is false if there
// is none.
func Holder(ctx context.Context, db bun.IDB, mailbox address.Address) (holder ID, ok bool, err error) {
	wanted := mailbox.Mailbox()
	_, domain, found := strings.Cut(wanted, "@")
	if !found || domain == "" {
		return 0, false, nil
	}
	// Two spellings of one mailbox begin with the same letter and, but for Gmail's two names, end in the same domain.
	_, size := utf8.DecodeRuneInString(wanted)
	domains := []string{domain}
	if domain == "gmail.com" {
		domains = append(domains, "googlemail.com")
	}
	for _, domain := range domains {
		var some []Client
		pattern := literal.Replace(wanted[:size]) + "%@" + literal.Replace(domain)
		if err := db.NewSelect().Model(&some).Column("id", "email").Where("email_key LIKE ? ESCAPE '!'", pattern).Scan(ctx); err != nil {
			return 0, false, fmt.Errorf("clients: who has an address: %w", err)
		}
		for _, one := range some {
			if theirs, err := address.Parse(one.Email); err == nil && theirs.Mailbox() == wanted {
				return one.ID, true, nil
			}
		}
	}
	return 0, false, nil
}

// NobodyHolds refuses to let somebody sign in with a client's address: a client who is an agent would get the mail they
// write, and their opt-out would be the house's. An address that can't be read is left to agents.Add. Faults: Invalid
// (email).
func NobodyHolds(ctx context.Context, db bun.IDB, email string) error {
	mailbox, err := address.Parse(email)
	if err != nil {
		return nil
	}
	_, held, err := Holder(ctx, db, mailbox)
	if err != nil || !held {
		return err
	}
	var form fault.Form
	form.Add("email", "This address belongs to one of the brokerage’s clients. Delete that client first, or use another address.")
	return form.Err()
}
