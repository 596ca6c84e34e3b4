package mail_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"porchlight/app/mail"

	"github.com/emersion/go-msgauth/dkim"
)

var signedAt = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

func TestSign_vouches_for_every_header_that_matters_and_for_those_that_are_not_there(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaPublic, err := x509.MarshalPKIXPublicKey(rsaKey.Public())
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for record, key := range map[string]crypto.Signer{
		"v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(rsaPublic):    rsaKey,
		"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(edPublic): edKey,
	} {
		signer, err := mail.NewSigner("elmharbor.example", "porch", key)
		if err != nil {
			t.Fatal(err)
		}
		message, err := signer.Sign(sampleMessage(t), signedAt)
		if err != nil {
			t.Fatal(err)
		}
		verify := func(message []byte) bool {
			found, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
				if name != "porch._domainkey.elmharbor.example" {
					t.Errorf("asked for %s", name)
				}
				return []string{record}, nil
			}})
			return err == nil && len(found) == 1 && found[0].Err == nil && found[0].Domain == "elmharbor.example" && found[0].Time.Equal(signedAt)
		}
		if !verify(message) || !bytes.HasSuffix(message, sampleMessage(t)) {
			t.Fatalf("the signature does not hold:\n%.900s", message)
		}
		if again, err := signer.Sign(sampleMessage(t), signedAt); err != nil || !bytes.Equal(again, message) {
			t.Error("signed again, the bytes are others", err)
		}
		for _, header := range []string{"From", "Reply-To", "Sender", "Subject", "Date", "To", "Cc", "Message-ID", "Content-Type", "In-Reply-To", "List-Id",
			"List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"} {
			if verify([]byte(strings.Replace(string(message), "Precedence: bulk\r\n", header+": x@example.com\r\nPrecedence: bulk\r\n", 1))) {
				t.Errorf("a %s can be added", header)
			}
		}
		if !verify([]byte(strings.Replace(string(message), "Precedence: bulk\r\n", "X-Scanned: yes\r\nPrecedence: bulk\r\n", 1))) {
			t.Error("a scanner’s own header breaks it")
		}
		if verify([]byte(strings.Replace(string(message), "Hi there", "Hi where", 1))) {
			t.Error("the text can be changed")
		}
	}
	for name, c := range map[string][2]string{"domain": {"elm", "porch"}, "selector": {"elmharbor.example", "a b"}, "no selector": {"elmharbor.example", ""}} {
		if _, err := mail.NewSigner(c[0], c[1], edKey); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestSign_refuses_what_is_no_message(t *testing.T) {
	signer, err := mail.NewSigner("elmharbor.example", "porch", ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	sample := string(sampleMessage(t))
	for name, message := range map[string]string{
		"nothing": "", "no body": "From: a@b.example\r\n", "two subjects": strings.Replace(sample, "Subject: ", "Subject: x\r\nSubject: ", 1),
		"a bare line feed": sample + "x\n",
	} {
		if _, err := signer.Sign([]byte(message), signedAt); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
}

// FuzzSign holds the signer against another implementation's reading of RFC 6376.
func FuzzSign(f *testing.F) {
	f.Add("Two homes", "Hello.\r\n")
	f.Add("folded\r\n\tand  wide \t", " lead\r\n\r\ntab\there  \r\n \r\n\r\n")
	f.Add("\r\n x", "\r\n\r\nlate\r\n")
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	record := "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	signer, err := mail.NewSigner("elmharbor.example", "porch", key)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, subject, body string) {
		message := "From: a@elmharbor.example\r\nTo: b@example.com\r\nSubject: " + subject + "\r\nDate: Thu, 12 Nov 2026 14:00:00 +0000\r\n" +
			"Message-ID: <1@elmharbor.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + body
		out, err := signer.Sign([]byte(message), signedAt)
		if err != nil {
			return
		}
		found, err := dkim.VerifyWithOptions(bytes.NewReader(out), &dkim.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{record}, nil }})
		if err != nil || len(found) != 1 || found[0].Err != nil {
			t.Errorf("%v %v\n%s", err, found[0].Err, out)
		}
	})
}
