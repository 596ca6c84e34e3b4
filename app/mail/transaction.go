package mail

import (
	"context"
	"strconv"
	"time"

	"porchlight/app/address"
)

// transaction is one message on its way.
type transaction struct {
	*sender
	ctx        context.Context
	gate       Gate
	message    []byte
	mail, rcpt []byte
}

// prepare checks the envelope and writes the commands out.
func (t *transaction) prepare(e Envelope) error {
	if err := checkLines(e.Message); err != nil {
		return &SendError{Phase: PhaseMail, Code: 554, Enhanced: "5.6.0", Reply: "not sent: the message has lines that no server may be given", Err: err}
	}
	if t.from != e.From || t.path == "" {
		from, err := address.Parse(e.From)
		if err != nil {
			return &SendError{Phase: PhaseMail, Code: 553, Enhanced: "5.1.7", Reply: "not sent: the sender’s address is not one", Err: err}
		}
		path, ascii := from.ASCII()
		if !ascii {
			return &SendError{Phase: PhaseMail, Code: 553, Enhanced: "5.6.7", Reply: "not sent: the sender’s address has letters that few servers take"}
		}
		t.from, t.path = e.From, path
	}
	to, err := address.Parse(e.To)
	if err != nil {
		return &SendError{Phase: PhaseRcpt, Code: 553, Enhanced: "5.1.3", Reply: "not sent: " + err.Error(), Err: err}
	}
	path, ascii := to.ASCII()
	if !ascii && !t.utf8 {
		return &SendError{Phase: PhaseRcpt, Code: 553, Enhanced: "5.6.7", // RFC 6531 section 3.5
			Reply: "not sent: the mail server can’t take the letters before the @ (it offers no SMTPUTF8)"}
	}
	if t.size > 0 && int64(len(e.Message)) > t.size {
		return &SendError{Phase: PhaseMail, Code: 552, Enhanced: "5.3.4", Reply: "not sent: the server takes no message over " + strconv.FormatInt(t.size, 10) + " bytes"}
	}
	t.mail = append(append(append(t.mail[:0], "MAIL FROM:<"...), t.path...), '>')
	if t.sized {
		t.mail = strconv.AppendInt(append(t.mail, " SIZE="...), int64(len(e.Message)), 10)
	}
	if !ascii {
		t.mail = append(t.mail, " SMTPUTF8"...)
	}
	t.mail = append(t.mail, "\r\n"...)
	t.rcpt = append(append(append(t.rcpt[:0], "RCPT TO:<"...), path...), ">\r\n"...)
	return nil
}

func (t *transaction) run() (Receipt, *SendError) {
	stop := context.AfterFunc(t.ctx, func() { _ = t.wire.Close() })
	var failed *SendError
	if t.pipelining {
		failed = t.together()
	} else {
		failed = t.inTurn()
	}
	// Up to here the server has no message, so that breaking off is harmless.
	if !stop() {
		if failed == nil {
			failed = &SendError{Phase: PhaseData}
		}
		if failed.Code == 0 && failed.Phase != PhaseGate {
			failed.Err = context.Cause(t.ctx)
		}
		failed.broken = true
	}
	if failed != nil {
		return Receipt{}, failed
	}
	return t.body()
}

// together writes MAIL, RCPT and DATA in one go (RFC 2920) and reads the answers.
func (t *transaction) together() *SendError {
	group := t.out[:0]
	reset := t.stale
	if reset {
		group = append(group, "RSET\r\n"...)
	}
	group = append(append(append(group, t.mail...), t.rcpt...), "DATA\r\n"...)
	t.out = group
	commands := 3
	if reset {
		commands++
	}
	if failed := t.pass(PhaseMail, group, commands); failed != nil {
		return failed
	}
	if reset {
		if _, failed := t.reply(PhaseMail, t.relay.limits.Command); failed != nil && failed.Broken() {
			return failed
		}
	}
	t.stale = true
	var first *SendError
	for _, phase := range []Phase{PhaseMail, PhaseRcpt, PhaseData} {
		limit := t.relay.limits.Command
		if phase == PhaseData {
			limit = t.relay.limits.Data
		}
		code, failed := t.reply(phase, limit)
		if failed == nil && phase == PhaseData && code != 354 || failed == nil && phase != PhaseData && code/100 != 2 {
			failed = &SendError{Phase: phase, Err: errUnexpected(code), broken: true}
		}
		if failed != nil && failed.Broken() {
			if first != nil {
				first.broken = true
				return first
			}
			return failed
		}
		if phase == PhaseData && failed == nil && first != nil {
			// DATA was taken although nobody is there to receive: end it with nothing in it (RFC 2920 section 3.1).
			if broken := t.nothing(); broken {
				first.broken = true
			}
		}
		if first == nil {
			first = failed
		}
	}
	return first
}

// nothing ends a DATA that must carry no message.
func (t *transaction) nothing() (broken bool) {
	t.wire.arm(t.relay.limits.Write)
	if err := t.write([]byte(".\r\n")); err != nil {
		return true
	}
	_, failed := t.reply(PhaseFinalDot, t.relay.limits.Command)
	return failed != nil && failed.Broken()
}

// inTurn says one command after another, for servers without PIPELINING.
func (t *transaction) inTurn() *SendError {
	if t.stale {
		if failed := t.say(PhaseMail, []byte("RSET\r\n"), 2); failed != nil {
			failed.broken = true
			return failed
		}
		t.stale = false
	}
	if failed := t.say(PhaseMail, t.mail, 2); failed != nil {
		return failed
	}
	t.stale = true
	if failed := t.say(PhaseRcpt, t.rcpt, 2); failed != nil {
		return failed
	}
	if failed := t.pass(PhaseData, []byte("DATA\r\n"), 1); failed != nil {
		if failed.Phase == PhaseGate && !failed.broken {
			if reset := t.say(PhaseGate, []byte("RSET\r\n"), 2); reset != nil {
				failed.broken = true
			} else {
				t.stale = false
			}
		}
		return failed
	}
	code, failed := t.reply(PhaseData, t.relay.limits.Data)
	if failed == nil && code != 354 {
		failed = &SendError{Phase: PhaseData, Err: errUnexpected(code), broken: true}
	}
	return failed
}

// body writes the message and waits for the word that it was taken.
func (t *transaction) body() (Receipt, *SendError) {
	t.out = stuff(t.out[:0], t.message)
	for rest := t.out; len(rest) > 0; {
		chunk := rest[:min(len(rest), 64<<10)]
		rest = rest[len(chunk):]
		t.wire.arm(t.relay.limits.Write)
		if err := t.write(chunk); err != nil {
			failed := &SendError{Phase: PhaseBody, Err: err, broken: true}
			if code, why := t.reply(PhaseBody, time.Second); code >= 400 { // it may have said why it hung up
				failed.Code, failed.Enhanced, failed.Reply = why.Code, why.Enhanced, why.Reply
			}
			return Receipt{}, failed
		}
	}
	if cap(t.out) > 1<<20 {
		t.out = nil
	}
	t.wire.arm(t.relay.limits.FinalDot)
	code, text, err := t.client.Text.ReadResponse(0)
	if err != nil || code/100 != 2 && code/100 != 4 && code/100 != 5 {
		if err == nil {
			err = errUnexpected(code)
		}
		return Receipt{}, &SendError{Phase: PhaseFinalDot, Err: err, broken: true}
	}
	t.stale = false
	enhanced, said := words(code, text)
	if code/100 != 2 {
		return Receipt{}, &SendError{Phase: PhaseFinalDot, Code: code, Enhanced: enhanced, Reply: said}
	}
	return Receipt{Code: code, Enhanced: enhanced, Reply: said}, nil
}
