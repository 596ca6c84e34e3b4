package mail

import (
	"bytes"
	"errors"
	"time"
)

// say writes a command and wants an answer of this class.
func (t *transaction) say(phase Phase, command []byte, class int) *SendError {
	t.wire.arm(t.relay.limits.Command)
	if err := t.write(command); err != nil {
		return &SendError{Phase: phase, Err: err, broken: true}
	}
	code, failed := t.reply(phase, t.relay.limits.Command)
	if failed == nil && code/100 != class {
		failed = &SendError{Phase: phase, Err: errUnexpected(code), broken: true}
	}
	return failed
}

// pass asks the gate and, if it lets the letter pass, writes so many commands.
func (t *transaction) pass(phase Phase, commands []byte, n int) *SendError {
	var tried bool
	var written error
	write := func() error {
		if tried {
			return errors.New("mail: a gate wrote twice")
		}
		tried = true
		if written = t.ctx.Err(); written == nil {
			t.wire.arm(min(gateWrite, t.relay.limits.Command))
			if written = t.write(commands); written == nil {
				t.await(n)
			}
		}
		return written
	}
	var err error
	if t.gate == nil {
		err = write()
	} else {
		err = t.gate(t.ctx, write)
	}
	switch {
	case tried && written != nil:
		return &SendError{Phase: phase, Err: written, broken: true}
	case err != nil: // if it wrote and failed afterwards, only hanging up keeps the letter from going
		return &SendError{Phase: PhaseGate, Err: err, broken: tried}
	case !tried:
		return &SendError{Phase: PhaseGate, Err: errors.New("mail: the gate neither wrote nor said why")}
	}
	return nil
}

// await waits until so many answers are there, or for as long as the recipient's lock may be held. It leaves them
// unread: what they say is for the phases to judge, with the phases' own limits.
func (t *transaction) await(answers int) {
	t.wire.arm(min(gateAnswer, t.relay.limits.Command))
	in := t.client.Text.R
	for {
		if _, err := in.Peek(in.Buffered() + 1); err != nil {
			return
		}
		if there, _ := in.Peek(in.Buffered()); finals(there) >= answers {
			return
		}
	}
}

// finals counts the last lines of replies (RFC 5321 section 4.2.1: all but the last have a hyphen after the code).
func finals(text []byte) (n int) {
	for line := range bytes.Lines(text) {
		if len(line) > 3 && line[len(line)-1] == '\n' && line[3] != '-' {
			n++
		}
	}
	return n
}

// write sends bytes at once.
func (t *transaction) write(b []byte) error {
	if _, err := t.client.Text.W.Write(b); err != nil {
		return err
	}
	return t.client.Text.W.Flush()
}

// reply reads an answer; 4xx and 5xx are failures, and so is no answer.
func (t *transaction) reply(phase Phase, limit time.Duration) (int, *SendError) {
	t.wire.arm(limit)
	code, text, err := t.client.Text.ReadResponse(0)
	if err != nil {
		return 0, &SendError{Phase: phase, Err: err, broken: true}
	}
	if code >= 400 && code < 600 {
		enhanced, said := words(code, text)
		return code, &SendError{Phase: phase, Code: code, Enhanced: enhanced, Reply: said}
	}
	return code, nil
}
