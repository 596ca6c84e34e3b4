package mail

import (
	"context"
	"fmt"
)

// Envelope is one SMTP transaction: one sender, one recipient, the bytes. The bytes are the caller's: a Sender that keeps them
// beyond Send copies them.
type Envelope struct {
	From, To string
	Message  []byte
}

// Gate is asked right before DATA would be written; it calls write if the letter may go and returns write's error or
// its own. While it runs the recipient's lock is held; write takes six seconds at most. Where the server pipelines,
// write writes MAIL, RCPT and DATA together. A gate may be asked a second time for one Send, when a kept connection
// turns out to be closed.
type Gate func(ctx context.Context, write func() error) error

// Receipt is the server's word that it has taken a message.
type Receipt struct {
	Code     int
	Enhanced string
	Reply    string // with the server's queue id
}

// Phase is how far a transaction got.
type Phase string

// The phases, RFC 5321 section 4.5.3.2.
const (
	PhaseConnect  Phase = "connect"
	PhaseTLS      Phase = "tls"
	PhaseAuth     Phase = "auth"
	PhaseMail     Phase = "mail"
	PhaseRcpt     Phase = "rcpt"
	PhaseGate     Phase = "gate" // refused by our own gate; nothing of DATA was written
	PhaseData     Phase = "data"
	PhaseBody     Phase = "body"
	PhaseFinalDot Phase = "dot" // unanswered here means: nobody knows whether it was taken
)

// SendError is why a message was not taken. Code is 0 when no reply came (network, time-out).
type SendError struct {
	Phase    Phase
	Code     int
	Enhanced string
	Reply    string
	Err      error

	broken bool
}

// Error says it for the log.
func (e *SendError) Error() string {
	switch {
	case e.Code != 0:
		return fmt.Sprintf("mail: %s: the server said %d %s", e.Phase, e.Code, e.Reply)
	case e.Err != nil:
		return fmt.Sprintf("mail: %s: %v", e.Phase, e.Err)
	}
	return fmt.Sprintf("mail: %s: no answer", e.Phase)
}

// Unwrap gives the cause, among them the gate's own error.
func (e *SendError) Unwrap() error { return e.Err }

// Permanent says whether the server answered 5xx.
func (e *SendError) Permanent() bool { return e.Code >= 500 }

// Ambiguous says whether the server may have taken the message all the same.
func (e *SendError) Ambiguous() bool { return e.Phase == PhaseFinalDot && e.Code == 0 }

// Broken says whether the connection can't be used again.
func (e *SendError) Broken() bool { return e.broken || e.Code == 421 }

// Sender is one connection that takes messages one after another. It is not safe for concurrent use. The error of
// Send is a *SendError.
type Sender interface {
	Send(ctx context.Context, e Envelope, gate Gate) (Receipt, error)
	Close() error
}

// Route is a way out: it makes connections.
type Route interface {
	Connect(ctx context.Context) (Sender, error) // the error is a *SendError
	String() string                              // for pages and logs, without the password
}
