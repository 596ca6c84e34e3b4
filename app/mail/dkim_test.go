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

	"porchlight/app/mail"

	"github.com/emersion/go-msgauth/dkim"
)

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
		message, err := signer.Sign(sampleMessage(t))
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
			return err == nil && len(found) == 1 && found[0].Err == nil && found[0].Domain == "elmharbor.example"
		}
		if !verify(message) || !bytes.HasSuffix(message, sampleMessage(t)) {
			t.Fatalf("the signature does not hold:\n%.900s", message)
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
