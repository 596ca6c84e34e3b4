package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/app/mail"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// another is a server that others wrote, so that what we say is not only understood by ourselves.
type another struct{ taken atomic.Int64 }

func (a *another) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{a}, nil }

type session struct{ *another }

func (s *session) AuthMechanisms() []string { return []string{"PLAIN"} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "porchlight" || password != "pass word" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}
func (s *session) Reset()                               {}
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "550") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such person"}
	}
	return nil
}
func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err == nil && mail.Check(b) == nil {
		s.taken.Add(1)
	}
	return err
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestConnect_encrypts_or_does_not_send(t *testing.T) {
	cert, roots := certificate(t)
	for _, scheme := range []string{"smtp", "smtps"} {
		backend := &another{}
		server := smtp.NewServer(backend)
		server.Domain, server.TLSConfig = "another.example", &tls.Config{Certificates: []tls.Certificate{cert}}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := listener.Addr().String()
		if scheme == "smtps" {
			listener = tls.NewListener(listener, server.TLSConfig)
		}
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close() })

		route, err := mail.OpenRoute(scheme+"://porchlight:pass%20word@"+address, "mail.elmharbor.example", mail.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var failed *mail.SendError
		if _, err := route.Connect(context.Background()); !errors.As(err, &failed) || failed.Phase != mail.PhaseTLS {
			t.Errorf("%s: a certificate nobody vouches for: %#v", scheme, err)
		}
		mail.Trust(route, roots)
		sender, err := route.Connect(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", scheme, err)
		}
		message := sampleMessage(t)
		for _, to := range []string{"a@example.com", "550@example.com", "b@example.com"} {
			_, err := sender.Send(context.Background(), mail.Envelope{From: "maya@elmharbor.example", To: to, Message: message}, open)
			if to[0] != '5' && err != nil {
				t.Errorf("%s: %v", scheme, err)
			} else if to[0] == '5' && (!errors.As(err, &failed) || failed.Code != 550 || failed.Enhanced != "5.1.1" || failed.Broken()) {
				t.Errorf("%s: %#v", scheme, err)
			}
		}
		if err := sender.Close(); err != nil {
			t.Error(err)
		}
		if backend.taken.Load() != 2 {
			t.Errorf("%s: %d arrived whole", scheme, backend.taken.Load())
		}
	}
}
