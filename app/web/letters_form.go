package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/mail"
)

// offered is how many clients Compose lists at once.
const offered = 200

// composeForm is what an agent has typed and chosen.
type composeForm struct {
	Clients                 []clients.ID
	Query, Subject, Message string
	Suggested               string // the subject this page suggested
	Homes                   []listings.ID
	Notes                   map[listings.ID]string
	Again                   bool   // also homes that a client was sent before
	Key, TestKey            string // make a second submit of the same form post nothing
	Said                    string // the answer to what was pressed
}

// keyOf makes the key under which this very letter is posted: the form's own and all it says. The same form sent twice
// posts once; one that was changed after going back to it is another letter.
func (f composeForm) keyOf(key string) string {
	sum := sha256.New()
	for _, part := range []string{key, f.Subject, f.Message} {
		_, _ = fmt.Fprintf(sum, "%d %s\n", len(part), part) // a hash takes everything
	}
	for _, id := range slices.Sorted(slices.Values(f.Clients)) {
		_, _ = fmt.Fprintln(sum, id)
	}
	for _, id := range f.Homes {
		_, _ = fmt.Fprintf(sum, "home %d %t %d %s\n", id, f.Again, len(f.Notes[id]), f.Notes[id])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// suggested says whether the subject is the page's own and not the agent's.
func (f composeForm) suggested() bool {
	return len(f.Homes) > 0 && (strings.TrimSpace(f.Subject) == "" || f.Subject == f.Suggested)
}

func newKey() string { return rand.Text() }

func newCompose() composeForm { return composeForm{Key: newKey(), TestKey: newKey()} }

func parseCompose(c *fiber.Ctx) composeForm {
	args := c.Request().PostArgs()
	f := composeForm{
		Clients: parseClients(args.PeekMulti("clients")),
		Query:   strings.TrimSpace(string(args.Peek("q"))),
		Subject: strings.Trim(string(args.Peek("subject")), " "),
		Message: strings.ReplaceAll(string(args.Peek("message")), "\r\n", "\n"), Suggested: string(args.Peek("suggested")),
		Homes: parseHomes(args.PeekMulti("home")), Notes: map[listings.ID]string{}, Again: len(args.Peek("again")) > 0,
		Key: readKey(string(args.Peek("key"))), TestKey: readKey(string(args.Peek("test_key"))),
	}
	for _, id := range f.Homes {
		if note := strings.ReplaceAll(string(args.Peek(noteName(id))), "\r\n", "\n"); note != "" {
			f.Notes[id] = note
		}
	}
	return f
}

// parseClients reads who is chosen, each once.
func parseClients(raw [][]byte) []clients.ID {
	var ids []clients.ID
	taken := map[clients.ID]bool{}
	for _, text := range raw {
		id := clients.ID(wholeNumber(string(text)))
		if id > 0 && !taken[id] {
			taken[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// readKey takes a key this page made, or makes a new one.
func readKey(key string) string {
	if len(key) < 20 || len(key) > 40 || strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return newKey()
	}
	return key
}

// composeView is the page; its form is a fragment of its own.
type composeView struct {
	Picks            picksView
	Lost             []lostView
	Stopped          bool // Send was pressed and nothing was posted because of Lost
	Missing          *missingView
	Subject, Message Field
	NewSubject       bool // the letters.Suggestion is another than what the browser has
	Homes            pickedView
	Key              string
	Test             testView
	Preview          previewView
	Mailable         int // how many there are to choose from without a search
	Shut             int
	ShutWords        string
}

// picksView is the list of checkboxes, those chosen first.
type picksView struct {
	Query string
	List  []pickView
	More  int // match too, but are not on the list
	Error string
}

// AnyChosen says whether somebody is.
func (v picksView) AnyChosen() bool { return len(v.List) > 0 && v.List[0].Chosen }

type pickView struct {
	ID                    clients.ID
	Name, Email, Initials string
	Chosen                bool
}

// lostView is somebody chosen who can't be mailed.
type lostView struct {
	ID        clients.ID // 0: no page to link to
	Name, Say string
}

// missingView is what has to be set before anything can be sent.
type missingView struct{ Say, Remedy, Path string }

// testView is the line the test button answers in, with the key of the next test.
type testView struct {
	Key, Said string
	Toast     bool
}

// composePage answers with Compose as the form has it.
func (s *Server) composePage(c *fiber.Ctx, status int, form composeForm, wrong map[string]string) error {
	view, err := s.composeView(c.UserContext(), me(c), form, wrong)
	if err != nil {
		return err
	}
	view.Stopped = status == fiber.StatusConflict
	return s.page(c, page{Title: "Compose", Section: "compose", View: "mailings/new", Data: view, Status: status})
}

// composeAgain is the same for a form that was refused; htmx gets the form alone.
func (s *Server) composeAgain(c *fiber.Ctx, status int, form composeForm, wrong map[string]string) error {
	if !partial(c) {
		return s.composePage(c, status, form, wrong)
	}
	view, err := s.composeView(c.UserContext(), me(c), form, wrong)
	if err != nil {
		return err
	}
	view.Stopped = status == fiber.StatusConflict
	return s.fragment(c, status, "mailings/_form", view)
}

func (s *Server) composeView(ctx context.Context, by agents.Agent, form composeForm, wrong map[string]string) (composeView, error) {
	house, err := agents.LoadBrokerage(ctx, s.Store.Read)
	if err != nil {
		return composeView{}, err
	}
	homes, err := letters.Homes(ctx, s.Store.Read, form.Homes, house.Location(), s.Clock())
	if err != nil {
		return composeView{}, err
	}
	if form.suggested() {
		form.Subject = letters.Suggestion(homes)
	}
	fs := fields{wrong}
	v := composeView{
		Subject: fs.of("subject", "Subject", form.Subject), Message: fs.of("message", "Message", form.Message),
		Key: form.Key, Test: testView{Key: form.TestKey, Said: form.Said},
	}
	v.Message.Rows = 12
	v.Message.Hint = "An empty line starts a paragraph. **bold**, *italic*, [words](https://address), - for a list. Your name and signature, the postal address and the unsubscribe link are added below it."
	v.Subject.Focus = wrong["subject"] != ""
	v.Message.Focus = wrong["message"] != "" && !v.Subject.Focus
	v.Missing = missingFor(by, house)
	if v.Preview, err = s.preview(ctx, by, house, form, homes); err != nil {
		return v, err
	}
	var refused []consent.Refusal
	if refused, v.Picks, err = s.picks(ctx, by.ID, form); err != nil {
		return v, err
	}
	v.Picks.Error = wrong["clients"]
	if v.Homes, err = s.pickedHomes(ctx, form, homes, v.Picks.List, house.Location(), wrong); err != nil {
		return v, err
	}
	for _, r := range refused {
		lost := lostView{ID: r.Client, Name: r.Name, Say: r.Say}
		if r.Gate == "gone" {
			lost.ID, lost.Name = 0, "One client"
		}
		v.Lost = append(v.Lost, lost)
	}
	if _, v.Mailable, err = s.Ledger.Mailable(ctx, s.Store.Read, by.ID, "", 1, s.Clock()); err != nil {
		return v, err
	}
	shut, err := s.Ledger.Shut(ctx, s.Store.Read, by.ID, s.Clock())
	if err != nil {
		return v, err
	}
	v.Shut, v.ShutWords = shutWords(shut)
	return v, nil
}

// picks lists those chosen who can be mailed, then those on offer who match the search; refused are those chosen who
// can't.
func (s *Server) picks(ctx context.Context, by agents.ID, form composeForm) (refused []consent.Refusal, v picksView, err error) {
	v.Query = form.Query
	permits, refused, err := s.chosen(ctx, by, form.Clients)
	if err != nil {
		return nil, v, err
	}
	found, total, err := s.Ledger.Mailable(ctx, s.Store.Read, by, form.Query, offered, s.Clock())
	if err != nil {
		return nil, v, err
	}
	listed := map[clients.ID]bool{}
	for _, p := range permits {
		listed[p.Client()] = true
		v.List = append(v.List, pickView{ID: p.Client(), Name: p.Name(), Email: p.Address(), Initials: initials(p.Name()), Chosen: true})
	}
	for _, c := range found {
		if !listed[c.ID] {
			v.List = append(v.List, pickView{ID: c.ID, Name: c.Name(), Email: c.Email, Initials: initials(c.Name())})
		}
	}
	v.More = total - len(found)
	return refused, v, nil
}

// shutWords says how many clients are not on offer and why: "3 opted out, 2 inactive".
func shutWords(shut map[string]int) (total int, words string) {
	var parts []string
	for _, gate := range []struct{ name, words string }{
		{"consent", "opted out"}, {"pending", "not confirmed"}, {"complaint", "marked mail as spam"}, {"pause", "paused their mail"}, {"status", "inactive"}, {"vacation", "on vacation"},
		{"address", "with an address that refuses mail"},
	} {
		if n := shut[gate.name]; n > 0 {
			total += n
			parts = append(parts, strconv.Itoa(n)+" "+gate.words)
		}
	}
	return total, strings.Join(parts, ", ")
}

// missingFor says what keeps this brokerage from sending, nil if nothing does.
func missingFor(by agents.Agent, house agents.Brokerage) *missingView {
	var m missingView
	_, err := mail.Identify(by.Name, by.Email, house.Name, house.SendingDomains)
	switch {
	case strings.TrimSpace(house.PostalAddress) == "":
		m.Say = "Nothing can be sent yet: the brokerage’s postal address is missing. The law asks for it on every letter."
	case err != nil && len(house.SendingDomains) == 0:
		m.Say = "Nothing can be sent yet: no sending domain is set, so there is no address to send from."
	case err != nil:
		m.Say = "Nothing can be sent yet: " + err.Error()
	default:
		return nil
	}
	m.Remedy = "Ask your broker to set it."
	if by.Broker() {
		m.Remedy, m.Path = "Set it in Settings", "/settings"
	}
	return &m
}
