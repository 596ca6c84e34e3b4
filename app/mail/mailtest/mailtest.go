// Package mailtest is an SMTP server for tests: it listens on a real socket, keeps what it takes, and misbehaves as
// told. It promises to be fast enough not to be what a benchmark measures; it knows nothing of TLS or mail's meaning.
package mailtest

import (
	"bufio"
	"fmt"
	"net"
	"sync"
	"time"
)

// Message is one message the server has taken.
type Message struct {
	From, To string
	Data     []byte // dots unstuffed
	At       time.Time
}

// Server is a running server. Set its fields before mail comes.
type Server struct {
	NoPipelining bool
	Offer        []string                // more lines for EHLO, like "SMTPUTF8" or "SIZE 1000"
	Forget       bool                    // only count messages, for benchmarks
	OnData       func(to string)         // called when DATA has arrived, before the 354
	Login        func(line string) error // AUTH PLAIN's argument; nil: AUTH is not offered

	listener net.Listener
	mu       sync.Mutex
	script   map[string]string
	received []Message
	count    int
	said     []string
	conns    map[net.Conn]bool
	connects int
	closed   bool
	done     sync.WaitGroup
}

// What a script can say instead of a reply.
const (
	Stall   = "(stall)"   // never answer
	Drop    = "(drop)"    // close the connection
	Garbage = "(garbage)" // lines that are no reply, and no end
)

// Start runs a server on a free port of 127.0.0.1. Close it.
func Start() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("mailtest: %w", err)
	}
	s := &Server{listener: listener, script: map[string]string{}, conns: map[net.Conn]bool{}}
	s.done.Add(1)
	go s.accept()
	return s, nil
}

// URL is the SMTP_URL that leads here.
func (s *Server) URL() string { return "smtp://" + s.listener.Addr().String() + "?tls=none" }

// Script sets the answer to a command: GREETING, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, DOT, RSET, QUIT. The answer is
// a reply line, or one of Stall, Drop and Garbage. An empty answer is good behaviour again.
func (s *Server) Script(command, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script[command] = answer
}

// Received is what was taken so far.
func (s *Server) Received() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.received...)
}

// Count is how many messages were taken.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Commands are all command lines that came, in order, if Forget is not set.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.said...)
}

// Connections is how many connections were made.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connects
}

// HangUp closes all connections, as a server does that was restarted.
func (s *Server) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}

// Close stops the server and waits for its goroutines.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.HangUp()
	s.done.Wait()
}

func (s *Server) accept() {
	defer s.done.Done()
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.connects++
		closed := s.closed
		s.mu.Unlock()
		if closed {
			_ = c.Close()
		}
		s.done.Add(1)
		go func() {
			defer s.done.Done()
			v := visit{Server: s, conn: c, in: bufio.NewReaderSize(c, 64<<10), out: bufio.NewWriter(c)}
			v.serve()
			_ = c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		}()
	}
}
