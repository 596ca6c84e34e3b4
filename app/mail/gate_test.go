package mail_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
)

// An opt-out waits for the recipient's lock. Seen from the server, DATA must have come before that lock is free.
func TestSend_holds_the_gate_until_the_server_has_read_DATA(t *testing.T) {
	inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
		var arrived atomic.Int64
		server := serve(t, func(s *mailtest.Server) {
			set(s)
			s.OnData = func(string) {
				time.Sleep(30 * time.Millisecond) // a server that is busy
				arrived.Add(1)
			}
		})
		sender := connect(t, server.URL(), mail.Limits{})
		for i := range int64(3) {
			_, err := sender.Send(t.Context(), envelope("amara@post.example", "Hello\r\n"), func(_ context.Context, write func() error) error {
				err := write()
				if arrived.Load() != i+1 {
					t.Errorf("the gate is free and the server has read %d of %d DATA", arrived.Load(), i+1)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A server that stalls must not keep the opt-out page waiting.
func TestSend_gives_the_gate_back_when_the_server_stalls(t *testing.T) {
	inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
		server := serve(t, set)
		server.Script("DATA", mailtest.Stall)
		sender := connect(t, server.URL(), mail.Limits{Data: time.Minute})
		free := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-free; cancel() }()
		_, err := sender.Send(ctx, envelope("amara@post.example", "Hello\r\n"), func(_ context.Context, write func() error) error {
			defer close(free)
			return write()
		})
		if err == nil {
			t.Error("a server that never answered DATA took the message")
		}
	})
}
