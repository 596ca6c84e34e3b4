package web

import (
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/mail"
	"porchlight/app/outbox"
)

// letterView is one letter with all that happened to it.
type letterView struct {
	Letter      letterRow
	Mailing     string // its page's address; empty for a test
	Client      string // the client's page; empty for a test or when they are gone
	Queued      string
	NextTry     string
	Expires     string
	MessageID   string
	Reply       string // the mail server's last words, with its queue id
	Unsure      int    // tries after which nobody knows whether it was taken
	Attempts    []attemptView
	CanRetry    bool
	Stops       string // why a letter that failed can't be tried again now
	Frame, Text string
}

type attemptView struct {
	Number               int
	Class, When, Exactly string
	Words, Reply         string
}

// letterShow is one letter of this agent's.
func (s *Server) letterShow(c *fiber.Ctx) error {
	letter, mailing, attempts, err := s.letter(c)
	if err != nil {
		return err
	}
	house, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	template, err := mailing.ReadTemplate(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	loc, now := house.Location(), s.Clock()
	letter.Subject = mailing.Subject
	v := letterView{
		Letter: s.letterRow(letter, loc), Queued: when(letter.CreatedAt, now, loc), MessageID: letter.MessageID,
		Reply: visible(letter.Reply), Unsure: letter.Ambiguous, CanRetry: letter.State == outbox.Failed || letter.State == outbox.Expired,
		Frame: letterPath(letter.ID) + "/html", Text: visible(template.Text(mail.Recipient{})),
	}
	if mailing.Kind == "letter" {
		v.Mailing = mailingPath(mailing.ID)
	}
	if letter.ClientID != 0 && letter.ToAddress != "" {
		v.Client = fmt.Sprintf("/clients/%d", letter.ClientID)
	}
	if v.CanRetry && letter.ClientID != 0 {
		if v.Stops, v.CanRetry, err = outbox.StillOpen(c.UserContext(), s.Store.Read, s.Ledger, letter.MailingID, letter.ClientID, letter.AddressHash, now); err != nil {
			return err
		}
	}
	if letter.State == outbox.Ready {
		v.NextTry, v.Expires = when(letter.NotBefore, now, loc), when(letter.ExpiresAt, now, loc)
	}
	for _, a := range attempts {
		v.Attempts = append(v.Attempts, attemptView{
			Number: a.Number, Class: attemptClasses[a.Outcome], When: when(a.At, now, loc), Exactly: a.At.UTC().Format(time.RFC3339),
			Words: a.Words(), Reply: visible(a.Reply),
		})
	}
	return s.page(c, page{Title: v.Letter.Subject, Section: "outbox", View: "outbox/show", Data: v})
}

// attemptClasses colours the history by Attempt.Outcome; only what ended has a colour.
var attemptClasses = map[string]string{"sent": "done", "failed": "stop", "withheld": "stop"}

// letterFrame is the letter's HTML, without its unsubscribe link: that one is the client’s.
func (s *Server) letterFrame(c *fiber.Ctx) error {
	_, mailing, _, err := s.letter(c)
	if err != nil {
		return err
	}
	template, err := mailing.ReadTemplate(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return framed(c, "allow-same-origin", template.HTML(mail.Recipient{}))
}

// letterRetry puts a letter that failed or expired back into the queue.
func (s *Server) letterRetry(c *fiber.Ctx) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	if err := outbox.Retry(c.UserContext(), s.Store.Write, s.Ledger, me(c).ID, outbox.LetterID(id), s.Clock()); err != nil {
		return err
	}
	s.Courier.Kick()
	return s.redirect(c, letterPath(outbox.LetterID(id)), retriedWords(1))
}

// letter is the agent's letter of the route.
func (s *Server) letter(c *fiber.Ctx) (outbox.Letter, outbox.Mailing, []outbox.Attempt, error) {
	id, err := pathID(c)
	if err != nil {
		return outbox.Letter{}, outbox.Mailing{}, nil, err
	}
	return outbox.Find(c.UserContext(), s.Store.Read, me(c).ID, outbox.LetterID(id))
}
