package outbox

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/mail"
)

// idleLine is how long a worker keeps a connection it does not use. Servers close theirs after 5 minutes at the earliest
// (RFC 5321 section 4.5.3.2.7), but many relays sooner.
const idleLine = time.Minute

// line is a worker's connection, and the room for the message on it; the zero value has none yet.
type line struct {
	sender mail.Sender
	room   []byte
}

func (l *line) close() {
	if l.sender != nil {
		_ = l.sender.Close()
		l.sender = nil
	}
}

// work delivers what comes in on one kept connection, notices first; bulk is nil for the worker that takes none. Once
// stopping ends, letters it has not begun go back.
func (c *Courier) work(ctx, stopping context.Context, notices, bulk <-chan job, results chan<- result) {
	var l line
	defer l.close()
	idle := time.NewTimer(idleLine)
	defer idle.Stop()
	for {
		var j job
		more := true
		select {
		case j, more = <-notices:
		default:
			select {
			case j, more = <-notices:
			case j = <-bulk:
			case <-idle.C:
				l.close()
				continue
			}
		}
		if !more {
			return
		}
		if stopping.Err() != nil {
			results <- back(j, c.clock())
			continue
		}
		results <- c.deliver(ctx, &l, j)
		idle.Reset(idleLine)
	}
}

// deliver tries one letter and says how that ended. A panic ends the try, not the courier.
func (c *Courier) deliver(ctx context.Context, l *line, j job) (r result) {
	defer func() {
		if p := recover(); p != nil {
			panics.Add(1)
			metricPanics.Inc()
			c.log.Error("a panic while sending a letter", "letter", j.id, "panic", p, "stack", string(debug.Stack()))
			l.close()
			r = result{job: j, at: c.clock()}
			r = r.unknown(outcomeFailed, sayPanicOnce, sayPanic)
		}
	}()
	if j.address == "" { // erased by CancelFor while the letter was in hand
		return withheld(j, c.clock(), sayDeleted)
	}
	envelope, r, ok := c.envelope(ctx, l, j)
	if !ok {
		return r
	}
	if l.sender == nil {
		sender, err := c.route.Connect(ctx)
		if err != nil {
			return c.failed(ctx, j, err)
		}
		l.sender = sender
	}
	receipt, err := l.sender.Send(ctx, envelope, c.gate(j))
	now := c.clock()
	if err != nil {
		if e := sendError(err); e.Broken() {
			l.close()
		}
		return c.failed(ctx, j, err)
	}
	c.ways.worked(j.domain)
	return result{job: j, at: now, state: Sent, outcome: outcomeSent, phase: mail.PhaseFinalDot,
		code: receipt.Code, enhanced: printable(receipt.Enhanced), reply: printable(receipt.Reply)}
}

// envelope makes the letter's bytes. Everything in them is in the row or the mailing, so that they are the same next time.
func (c *Courier) envelope(ctx context.Context, l *line, j job) (e mail.Envelope, r result, ok bool) {
	t, err := c.texts.load(ctx, &c.onRead, c.read, j.mailing)
	if errors.Is(err, errUnreadable) {
		return e, c.unmade(j, err), false
	}
	if err != nil {
		return e, c.stay(j, err), false
	}
	local, _, _ := strings.Cut(j.address, "@")
	to := mail.Recipient{Name: j.name, Address: local + "@" + j.domain, MessageID: j.messageID, Date: j.created}
	if j.token != "" {
		to.Unsubscribe = c.baseURL + "/u/" + j.token
	}
	if j.token != "" && t.HasHomes() {
		keys, err := c.linkKeys.load(ctx, c.read, j.created, c.clock())
		if err != nil {
			return e, c.stay(j, err), false
		}
		link, err := keys.Sign(j.created, int64(j.mailing), int64(j.client))
		if err != nil {
			return e, c.unmade(j, err), false
		}
		to.Homes = c.baseURL + "/l/" + link
	}
	message, err := t.MessageIn(l.room, to)
	if err != nil {
		return e, c.unmade(j, err), false
	}
	l.room = message
	if message, err = c.signers.sign(ctx, c.read, message, t.From(), j.created, c.clock()); err != nil {
		return e, c.stay(j, err), false
	}
	return mail.Envelope{From: t.From(), To: to.Address, Message: message}, r, true
}

// unmade ends a letter that can't be made: trying again would not help.
func (c *Courier) unmade(j job, err error) result {
	say := "Porchlight could not make this letter: " + err.Error()
	if f := fault.As(err); f != nil {
		say = f.Say
	}
	say = printable(say)
	return result{job: j, at: c.clock(), state: Failed, reason: say, outcome: outcomeFailed, phase: mail.PhaseGate, reply: say}
}

// refused is the gate's no.
type refused struct {
	state State // what the letter becomes: Withheld, Cancelled, Ready; empty: it is in another hand
	say   string
}

func (r *refused) Error() string { return "outbox: the gate is shut: " + r.say }

// gate asks, under the lock of the recipient's address, whether the letter may still go, and only then lets DATA be
// written. An opt-out commits under the same lock.
func (c *Courier) gate(j job) mail.Gate {
	return func(ctx context.Context, write func() error) error {
		if err := c.onRead.prepare(ctx, standingText); err != nil {
			return err
		}
		if j.client == 0 && j.hash == "" { // to an agent
			if err := c.mayGo(ctx, c.read, j); err != nil {
				return err
			}
			return write()
		}
		wrote, failed := false, error(nil)
		err := c.ledger.AtGate(ctx, c.read, j.hash, func(ctx context.Context, db bun.IDB) error {
			if err := c.mayGo(ctx, db, j); err != nil {
				return err
			}
			wrote, failed = true, write()
			return failed
		})
		if wrote { // whatever giving up the lock says, the command is out
			return failed
		}
		return err
	}
}

// mayGo refuses a letter that is another courier's by now, whose mailing stopped, or whose client may not be mailed.
//
// Where this process alone writes and nothing but the courier's own turns was committed since the claim, the claim's
// answer still stands: an opt-out commits under the lock that is held here, and every commit is counted before it is seen.
func (c *Courier) mayGo(ctx context.Context, db bun.IDB, j job) error {
	if c.commits != nil && j.open && j.seen == c.foreign() && (j.client != 0 || j.hash == "") {
		return nil
	}
	s, err := c.standing(ctx, db, j)
	switch {
	case err != nil:
		return err
	case s.letter != Sending || s.gen != j.gen:
		return &refused{say: "it is in another hand"}
	case s.mailing == mailingCancelled:
		return &refused{Cancelled, sayCancelled}
	case s.mailing == mailingPaused:
		return &refused{Ready, ""}
	case s.open:
		return nil
	case j.client == 0:
		return c.mayInvite(ctx, db, j)
	}
	say, open, err := StillOpen(ctx, db, c.ledger, j.mailing, j.client, j.hash, c.clock())
	if err == nil && !open {
		err = &refused{Withheld, say}
	}
	return err
}

// mayInvite refuses an invitation whose address wants no mail any more; to an agent a letter may always go.
func (c *Courier) mayInvite(ctx context.Context, db bun.IDB, j job) error {
	if j.hash == "" {
		return nil
	}
	refuses, err := c.ledger.Refuses(ctx, db, j.agent, j.hash, c.clock())
	if err == nil && refuses {
		err = &refused{Withheld, "The address opted out, or refuses mail, before this letter left."}
	}
	return err
}

// failed is what becomes of a letter whose try ended with err.
func (c *Courier) failed(ctx context.Context, j job, err error) result {
	now := c.clock()
	var no *refused
	if errors.As(err, &no) {
		switch no.state {
		case "":
			return result{job: j, at: now, lost: true}
		case Ready:
			return back(j, now)
		case Withheld:
			return withheld(j, now, no.say)
		}
		return result{job: j, at: now, state: no.state, reason: no.say}
	}
	e := sendError(err)
	if ctx.Err() != nil && e.Code == 0 && !e.Ambiguous() {
		return back(j, now) // we hung up, not they
	}
	if e.Phase == mail.PhaseGate {
		return c.stay(j, err)
	}
	r := c.ways.verdict(j, e, now)
	c.log.Info("letter not taken", "letter", j.id, "becomes", r.state, "phase", e.Phase, "code", e.Code, "enhanced", e.Enhanced)
	if r.block && j.client != 0 {
		detail := strings.TrimSpace(fmt.Sprintf("%d %s %s", e.Code, e.Enhanced, r.reply))
		if err := c.ledger.Block(context.WithoutCancel(ctx), c.write, j.hash, consent.Undeliverable, detail, now); err != nil {
			c.log.Error("block an address", "letter", j.id, "err", err)
		}
	}
	return r
}

// stay puts a letter back because of trouble of our own, such as a database that did not answer.
func (c *Courier) stay(j job, err error) result {
	c.log.Error("send a letter", "letter", j.id, "err", err)
	r := back(j, c.clock())
	r.notBefore = r.at.Add(routeFirst)
	return r
}

func withheld(j job, now time.Time, say string) result {
	return result{job: j, at: now, state: Withheld, reason: say, outcome: outcomeWithheld, phase: mail.PhaseGate, reply: say}
}

// sendError reads the error of a Sender or Route.
func sendError(err error) *mail.SendError {
	var e *mail.SendError
	if errors.As(err, &e) {
		return e
	}
	return &mail.SendError{Phase: mail.PhaseConnect, Err: err}
}
