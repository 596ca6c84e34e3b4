package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"porchlight/app/fault"
)

// Mailbox is a Route that keeps mail in a folder instead of sending it, for the demo and for trying out.
type Mailbox struct {
	dir string

	mu     sync.Mutex
	caught []indexed // oldest first
	last   string    // the newest ID given out
}

// indexed is a caught message with what List looks in.
type indexed struct {
	Caught
	words string // lower case
}

// Caught is one message in the mailbox.
type Caught struct {
	ID       string // file name without fileEnd; sorts by time
	At       time.Time
	From, To string // as in the headers, readable
	Subject  string
}

// Opened is a caught message, read.
type Opened struct {
	Caught
	Headers    []Header
	Text, HTML string
	Raw        []byte
}

// Header is one header field as it stands in the message, unfolded.
type Header struct{ Name, Value string }

const (
	idForm  = "20060102T150405.000000000"
	fileEnd = ".eml"
)

// OpenMailbox keeps messages as files in dir. Addresses whose local part starts with 550, temperror, timeout or hangup fail so.
func OpenMailbox(dir string) (*Mailbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail: mailbox: %w", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("mail: mailbox: %w", err)
	}
	m := &Mailbox{dir: dir}
	for _, file := range files {
		id, ours := strings.CutSuffix(file.Name(), fileEnd)
		at, err := time.Parse(idForm, id)
		if !ours || err != nil {
			continue
		}
		head, err := readHead(filepath.Join(dir, file.Name()))
		if err != nil {
			return nil, fmt.Errorf("mail: mailbox: %w", err)
		}
		m.caught = append(m.caught, index(id, at, head))
	}
	sort.Slice(m.caught, func(a, b int) bool { return m.caught[a].ID < m.caught[b].ID })
	if n := len(m.caught); n > 0 {
		m.last = m.caught[n-1].ID
	}
	return m, nil
}

// Connect is part of Route.
func (m *Mailbox) Connect(ctx context.Context) (Sender, error) {
	if err := ctx.Err(); err != nil {
		return nil, &SendError{Phase: PhaseConnect, Err: err, broken: true}
	}
	return slit{m}, nil
}

// String is part of Route.
func (m *Mailbox) String() string { return "the built-in mailbox" }

// List returns caught messages, newest first, whose To, From or Subject contains query; at most limit.
func (m *Mailbox) List(query string, limit int) ([]Caught, error) {
	query = strings.ToLower(strings.TrimSpace(query))
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Caught
	for i := len(m.caught) - 1; i >= 0 && len(found) < limit; i-- {
		if strings.Contains(m.caught[i].words, query) {
			found = append(found, m.caught[i].Caught)
		}
	}
	return found, nil
}

// Open reads one. Faults: NotFound.
func (m *Mailbox) Open(id string) (Opened, error) {
	notFound := fault.New(fault.NotFound, "This message is not in the mailbox any more.")
	m.mu.Lock()
	i := sort.Search(len(m.caught), func(i int) bool { return m.caught[i].ID >= id })
	known := i < len(m.caught) && m.caught[i].ID == id // so that no name reaches the file system that we did not give
	var opened Opened
	if known {
		opened.Caught = m.caught[i].Caught
	}
	m.mu.Unlock()
	if !known {
		return Opened{}, notFound
	}
	raw, err := os.ReadFile(m.path(id))
	if errors.Is(err, os.ErrNotExist) {
		return Opened{}, notFound
	} else if err != nil {
		return Opened{}, fmt.Errorf("mail: mailbox: open %s: %w", id, err)
	}
	opened.Raw, opened.Headers = raw, headers(raw)
	opened.Text, opened.HTML = bodies(raw)
	return opened, nil
}

func (m *Mailbox) path(id string) string { return filepath.Join(m.dir, id+fileEnd) }

// newID is the time in a form that sorts, moved on where two come at once or the clock was set back.
func (m *Mailbox) newID() (string, time.Time) {
	at := time.Now().UTC()
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, err := time.Parse(idForm, m.last); err == nil && !at.After(last) {
		at = last.Add(time.Nanosecond)
	}
	m.last = at.Format(idForm)
	return m.last, at
}

// slit is a Sender into the mailbox.
type slit struct{ mailbox *Mailbox }

// Close is part of Sender.
func (slit) Close() error { return nil }

// Send is part of Sender. The message is in the mailbox when the gate's write returns, so that nothing appears after a
// gate has closed.
func (s slit) Send(ctx context.Context, e Envelope, gate Gate) (Receipt, error) {
	local := strings.ToLower(e.To)
	switch {
	case strings.HasPrefix(local, "550"):
		return Receipt{}, &SendError{Phase: PhaseRcpt, Code: 550, Enhanced: "5.1.1", Reply: "no such person here (as the address asks for)"}
	case strings.HasPrefix(local, "temperror"):
		return Receipt{}, &SendError{Phase: PhaseRcpt, Code: 451, Enhanced: "4.3.0", Reply: "not now, try again later (as the address asks for)"}
	case strings.HasPrefix(local, "timeout"):
		return Receipt{}, &SendError{Phase: PhaseRcpt, Err: os.ErrDeadlineExceeded, broken: true}
	}
	if err := Check(e.Message); err != nil {
		return Receipt{}, &SendError{Phase: PhaseMail, Code: 554, Enhanced: "5.6.0", Reply: "not sent: the message is not a proper one", Err: err}
	}
	id, at := s.mailbox.newID()
	put := func() error {
		if strings.HasPrefix(local, "hangup") {
			return nil
		}
		return s.mailbox.put(id, at, e.Message)
	}
	var written error
	tried := false
	write := func() error {
		tried = true
		written = put()
		return written
	}
	var err error
	if gate == nil {
		err = write()
	} else {
		err = gate(ctx, write)
	}
	switch {
	case written != nil:
		return Receipt{}, &SendError{Phase: PhaseData, Err: written, broken: true}
	case err != nil && tried:
		return Receipt{}, &SendError{Phase: PhaseFinalDot, Err: err, broken: true}
	case err != nil:
		return Receipt{}, &SendError{Phase: PhaseGate, Err: err}
	case !tried:
		return Receipt{}, &SendError{Phase: PhaseGate, Err: errors.New("mail: the gate neither wrote nor said why")}
	case strings.HasPrefix(local, "hangup"):
		return Receipt{}, &SendError{Phase: PhaseFinalDot, Err: io.ErrUnexpectedEOF, broken: true}
	}
	return Receipt{Code: 250, Enhanced: "2.0.0", Reply: "kept as " + id}, nil
}

// put writes the file under another name first, so that nobody reads half a message.
func (m *Mailbox) put(id string, at time.Time, message []byte) error {
	half := filepath.Join(m.dir, "."+id)
	if err := os.WriteFile(half, message, 0o600); err != nil {
		return err
	}
	if err := os.Rename(half, m.path(id)); err != nil {
		return err
	}
	one := index(id, at, message)
	m.mu.Lock()
	defer m.mu.Unlock()
	i := len(m.caught) // workers finish in any order, but nearly in this one
	for i > 0 && m.caught[i-1].ID > id {
		i--
	}
	m.caught = append(m.caught, indexed{})
	copy(m.caught[i+1:], m.caught[i:])
	m.caught[i] = one
	return nil
}
