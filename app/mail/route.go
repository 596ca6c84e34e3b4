package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/smtp"
	"net/url"
	"strings"
	"time"
)

// Limits are how long each phase may take, RFC 5321 section 4.5.3.2; zero fields take the RFC's times.
type Limits struct {
	Connect, Command, Data, Write, FinalDot time.Duration
}

func (l Limits) filled() Limits {
	for _, one := range []struct {
		limit *time.Duration
		rfc   time.Duration
	}{{&l.Connect, 5 * time.Minute}, {&l.Command, 5 * time.Minute}, {&l.Data, 2 * time.Minute}, {&l.Write, 3 * time.Minute},
		{&l.FinalDot, 10 * time.Minute}} {
		if *one.limit <= 0 {
			*one.limit = one.rfc
		}
	}
	return l
}

// relay is the Route to one SMTP server.
type relay struct {
	host, port, user, password string
	scheme                     string // smtp or smtps
	plain                      bool   // ?tls=none
	hello                      string
	limits                     Limits
	tls                        *tls.Config
}

// OpenRoute reads an SMTP_URL: smtp://user:password@host:587 (STARTTLS demanded), smtps://…,
// smtp://127.0.0.1:2525?tls=none. hello is the name to say in EHLO. The error names what is wrong, never the password.
func OpenRoute(smtpURL, hello string, limits Limits) (Route, error) {
	u, err := url.Parse(smtpURL)
	if err != nil { // its text has the whole URL in it, and so the password
		return nil, errors.New("SMTP_URL can’t be read; it looks like smtp://user:password@mail.example.com:587")
	}
	r := &relay{host: u.Hostname(), port: u.Port(), scheme: u.Scheme, hello: hello, limits: limits.filled()}
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return nil, fmt.Errorf("SMTP_URL starts with %q; it has to start with smtp:// or smtps://", u.Scheme)
	case r.host == "":
		return nil, errors.New("SMTP_URL names no server")
	case u.Path != "" && u.Path != "/" || u.Fragment != "":
		return nil, errors.New("SMTP_URL has something after the server’s name that does not belong there")
	case !token(hello):
		return nil, fmt.Errorf("%q is no name to say to a mail server", hello)
	}
	for key, values := range u.Query() {
		if key != "tls" || len(values) != 1 || values[0] != "none" {
			return nil, fmt.Errorf("SMTP_URL has ?%s; only ?tls=none is known", key)
		}
		r.plain = true
	}
	if r.plain && r.scheme == "smtps" {
		return nil, errors.New("SMTP_URL says both smtps and tls=none")
	}
	if u.User != nil {
		r.user = u.User.Username()
		r.password, _ = u.User.Password()
		if !oneLine(r.user+r.password) || r.user == "" {
			return nil, errors.New("SMTP_URL has a user name or password that can’t be used")
		}
	}
	if r.plain && r.user != "" && !loopback(r.host) {
		return nil, errors.New("SMTP_URL would send the password unencrypted; leave out tls=none, or the user and password")
	}
	if r.port == "" {
		r.port = map[string]string{"smtp": "587", "smtps": "465"}[r.scheme]
	}
	r.tls = &tls.Config{ServerName: r.host, MinVersion: tls.VersionTLS12, DynamicRecordSizingDisabled: true}
	return r, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// String is part of Route.
func (r *relay) String() string {
	u := url.URL{Scheme: r.scheme, Host: net.JoinHostPort(r.host, r.port)}
	if r.user != "" {
		u.User = url.User(r.user)
	}
	if r.plain {
		u.RawQuery = "tls=none"
	}
	return u.String()
}

// Connect is part of Route: it greets the server, demands TLS and signs in.
func (r *relay) Connect(ctx context.Context) (Sender, error) {
	return r.dial(ctx)
}

func (r *relay) dial(ctx context.Context) (*sender, error) {
	within, cancel := context.WithTimeout(ctx, r.limits.Connect)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(within, "tcp", net.JoinHostPort(r.host, r.port))
	if err != nil {
		return nil, &SendError{Phase: PhaseConnect, Err: err, broken: true}
	}
	s := &sender{relay: r, wire: &wire{Conn: raw}}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	if failed := s.greet(); failed != nil {
		stop()
		_ = raw.Close()
		failed.broken = true
		if ctx.Err() != nil {
			failed.Err = context.Cause(ctx)
		}
		return nil, failed
	}
	if !stop() {
		_ = raw.Close()
		return nil, &SendError{Phase: PhaseConnect, Err: context.Cause(ctx), broken: true}
	}
	return s, nil
}

// greet brings a fresh connection to where it takes mail.
func (s *sender) greet() *SendError {
	r := s.relay
	s.wire.arm(r.limits.Connect)
	var conn net.Conn = s.wire
	if r.scheme == "smtps" {
		secure := tls.Client(s.wire, r.tls)
		if err := secure.Handshake(); err != nil {
			return &SendError{Phase: PhaseTLS, Err: err}
		}
		conn = secure
	}
	var err error
	if s.client, err = smtp.NewClient(conn, r.host); err != nil {
		return failure(PhaseConnect, err)
	}
	s.wire.arm(r.limits.Command)
	if err := s.client.Hello(r.hello); err != nil {
		return failure(PhaseConnect, err)
	}
	if r.scheme == "smtp" && !r.plain {
		if offered, _ := s.client.Extension("STARTTLS"); !offered {
			return &SendError{Phase: PhaseTLS, Err: errors.New("the server offers no encryption (STARTTLS); smtps://, or ?tls=none in SMTP_URL, may be what it wants")}
		}
		s.wire.arm(r.limits.Command)
		if err := s.client.StartTLS(r.tls); err != nil { // throws away what was read ahead, and greets again
			return failure(PhaseTLS, err)
		}
	}
	if r.user != "" {
		s.wire.arm(r.limits.Command)
		if err := s.signIn(); err != nil {
			return failure(PhaseAuth, err)
		}
	}
	s.pipelining, _ = s.client.Extension("PIPELINING")
	s.utf8, _ = s.client.Extension("SMTPUTF8")
	sized, size := s.client.Extension("SIZE")
	s.sized, s.size = sized, 0
	if sized {
		_, _ = fmt.Sscan(size, &s.size) // RFC 1870 section 3: without a number, or 0, there is no fixed limit
	}
	return nil
}

func (s *sender) signIn() error {
	_, offered := s.client.Extension("AUTH")
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		for _, word := range strings.Fields(offered) {
			if strings.EqualFold(word, mechanism) {
				return s.client.Auth(&account{mechanism: mechanism, user: s.relay.user, password: s.relay.password})
			}
		}
	}
	return errors.New("the server offers no sign-in by password (AUTH PLAIN or LOGIN)")
}

// account signs in. OpenRoute saw to it that the line is encrypted or never leaves this computer.
type account struct {
	mechanism, user, password string
	asked                     int
}

func (a *account) Start(*smtp.ServerInfo) (string, []byte, error) {
	if a.mechanism == "PLAIN" {
		return "PLAIN", []byte("\x00" + a.user + "\x00" + a.password), nil
	}
	return "LOGIN", nil, nil
}

func (a *account) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	a.asked++
	switch {
	case a.mechanism == "LOGIN" && a.asked == 1:
		return []byte(a.user), nil
	case a.mechanism == "LOGIN" && a.asked == 2:
		return []byte(a.password), nil
	}
	return nil, errors.New("the server asks for more than a user name and a password")
}
