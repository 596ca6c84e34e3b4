package mail

import (
	"context"
	"errors"
	"net"
	"net/smtp"
	"time"
)

// How long the recipient's lock is held: for commands to leave, and for the server to have read them. An opt-out that
// waits for the lock then answers after DATA has arrived, also as the server sees it, unless the server is slow.
const (
	gateWrite  = 5 * time.Second
	gateAnswer = time.Second
)

// sender is one connection to a relay.
type sender struct {
	relay            *relay
	wire             *wire
	client           *smtp.Client
	pipelining, utf8 bool
	sized            bool
	size             int64  // 0: no limit known
	taken            int    // messages on this connection
	stale            bool   // the server has a transaction open that RSET must end
	from, path       string // the last envelope sender, and the same checked
	out              []byte
}

// Send is part of Sender. ctx can stop it until the body leaves; from then on only the limits do, because a message cut
// off then may have been taken.
func (s *sender) Send(ctx context.Context, e Envelope, gate Gate) (Receipt, error) {
	t := transaction{sender: s, ctx: ctx, gate: gate, message: e.Message}
	if err := t.prepare(e); err != nil {
		return Receipt{}, err
	}
	again := s.taken > 0
	receipt, failed := t.run()
	if failed != nil && again && failed.Phase == PhaseMail && failed.Broken() && ctx.Err() == nil {
		// Servers close connections that idled or served their number. Nothing of this message was taken.
		fresh, err := s.relay.dial(ctx)
		if err != nil {
			return Receipt{}, err
		}
		_ = s.wire.Close()
		fresh.out, fresh.from, fresh.path = s.out, s.from, s.path
		*s = *fresh
		if err := t.prepare(e); err != nil {
			return Receipt{}, err
		}
		receipt, failed = t.run()
	}
	if failed != nil {
		if failed.Broken() {
			_ = s.wire.Close()
		}
		return Receipt{}, failed
	}
	s.taken++
	return receipt, nil
}

// Close is part of Sender.
func (s *sender) Close() error {
	s.wire.arm(min(s.relay.limits.Command, time.Second))
	_ = s.client.Quit() // good manners only: every message has had its answer
	if err := s.wire.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
