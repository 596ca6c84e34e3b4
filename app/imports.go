package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"porchlight/app/agents"
	"porchlight/app/consent"
	"porchlight/app/contacts"
	"porchlight/app/fault"
	"porchlight/app/web"
	"porchlight/db"
)

type importCommand struct {
	Listings importListingsCommand `cmd:"" help:"Bring in homes from a CSV or RESO Common Format file, or from a RESO Web API; a file comes in whole or, after an error, not at all."`
	Clients  importClientsCommand  `cmd:"" help:"Add an agent's clients from a CSV or vCard file, all that can be taken or, after an error, none."`
}

type importClientsCommand struct {
	Agent  string `required:"" help:"E-mail address by which the agent signs in."`
	Source string `default:"imported by the host" help:"Where these people agreed to hear from the agent; the consent ledger keeps it."`
	File   string `arg:"" help:"CSV or vCard, 10,000 people at most; - reads the standard input."`
}

// Run imports a file; safe while Porchlight serves. What can't be taken goes to the standard output, a line each; the progress does not.
func (i *importClientsCommand) Run(ctx context.Context, s *settings) error {
	source, err := agents.Line(i.Source, 300)
	if err != nil {
		return fmt.Errorf("--source: %w", err)
	}
	rows, err := i.rows()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, s, false)
	if err != nil {
		return err
	}
	defer store.Close()
	owner, err := findAgent(ctx, store, i.Agent)
	if err != nil {
		return err
	}
	ledger, err := consent.NewLedger(ctx, store.Write, store.AdvisoryLock, clock())
	if err != nil {
		return err
	}
	done, err := ledger.Import(ctx, store.Write, owner, web.ImportEntries(rows), source, false, progress(len(rows)), clock())
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped; nobody was added")
		}
		return err
	}
	return i.tell(owner, done)
}

func (i *importClientsCommand) rows() ([]contacts.Row, error) {
	var in io.Reader = os.Stdin
	if i.File != "-" {
		file, err := os.Open(i.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s is a folder", i.File)
		}
		in = file
	}
	return contacts.Read(in)
}

// findAgent is the agent who signs in with this address.
func findAgent(ctx context.Context, store *db.Store, email string) (agents.Agent, error) {
	all, err := agents.List(ctx, store.Read)
	if err != nil {
		return agents.Agent{}, err
	}
	for _, a := range all {
		if strings.EqualFold(a.Email, strings.TrimSpace(email)) {
			return a, nil
		}
	}
	return agents.Agent{}, fault.New(fault.NotFound, "no agent signs in as %s", plain(email))
}

// progress tells the standard error how far the import is, a few times a second at most.
func progress(total int) func(int) {
	var last time.Time
	return func(n int) {
		if n < total && time.Since(last) < 300*time.Millisecond {
			return
		}
		last = time.Now()
		fmt.Fprintf(os.Stderr, "%d of %d\n", n, total)
	}
}

// tell lists who could not be taken and sums up.
func (i *importClientsCommand) tell(owner agents.Agent, done consent.Imported) error {
	for _, r := range done.Refused {
		who := plain(r.Name)
		if r.Email != "" {
			who = strings.TrimSpace(who + " <" + plain(r.Email) + ">")
		}
		if who != "" {
			who += ": "
		}
		fmt.Printf("line %d: %s%s\n", r.Line, who, r.Say)
	}
	if done.Added == 0 {
		return fmt.Errorf("nobody of these %d could be added to %s's clients", len(done.Refused), owner.Name)
	}
	fmt.Printf("Added to %s's clients: %d. Of them opted out: %d. Not taken: %d.\n", owner.Name, done.Added, done.Closed, len(done.Refused))
	if done.Waiting > 0 {
		fmt.Printf("Nothing goes to %d of them before they say yes themselves: %s can ask them, on Home.\n", done.Waiting, owner.Name)
	}
	return nil
}

// plain is a text of the file's without what could steer a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
