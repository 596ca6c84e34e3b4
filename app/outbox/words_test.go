package outbox_test

import (
	"testing"

	"porchlight/app/outbox"
)

func TestAttemptWords(t *testing.T) {
	for _, c := range []struct {
		try  outbox.Attempt
		want string
	}{
		{outbox.Attempt{Outcome: "failed", Phase: "rcpt", Code: 550, Enhanced: "5.1.1"}, "The mailbox does not exist (550 5.1.1)."},
		{outbox.Attempt{Outcome: "deferred", Phase: "rcpt", Code: 452, Enhanced: "4.2.2"}, "The mailbox is full (452 4.2.2)."},
		{outbox.Attempt{Outcome: "failed", Phase: "dot", Code: 550, Enhanced: "5.7.99"}, "The mail server does not let this letter through (550 5.7.99)."},
		{outbox.Attempt{Outcome: "deferred", Phase: "rcpt", Code: 450}, "The mailbox can’t be reached just now (450)."},
		{outbox.Attempt{Outcome: "failed", Phase: "rcpt", Code: 599, Enhanced: "5.9.9"}, "The mail server refused the letter (599 5.9.9)."},
		{outbox.Attempt{Outcome: "deferred", Phase: "rcpt", Code: 499}, "The mail server could not take the letter just now (499)."},
		{outbox.Attempt{Outcome: "deferred", Phase: "body"}, "The mail server stopped answering before it had the letter."},
		{outbox.Attempt{Outcome: "sent", Phase: "dot", Code: 250, Enhanced: "2.0.0"}, "The mail server took it (250 2.0.0)."},
		{outbox.Attempt{Outcome: "unknown", Phase: "dot"}, "The connection broke after the whole letter was handed over, so nobody knows whether it was taken."},
		{outbox.Attempt{Outcome: "withheld", Phase: "gate", Reply: "Consent was closed."}, "Held back before it left. Consent was closed."},
		{outbox.Attempt{Outcome: "failed", Phase: "gate", Reply: "There is a hidden character in the name."}, "There is a hidden character in the name."},
	} {
		if got := c.try.Words(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.try, got, c.want)
		}
	}
}
