package mail

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Signer signs final messages for one domain (RFC 6376, with RSA or Ed25519 by RFC 8463). It is safe for concurrent use.
type Signer struct {
	domain, selector string
	key              crypto.Signer
}

// signed are the headers whose presence and absence a signature vouches for. RFC 8058 section 4 wants the List- ones
// among them; without them a mail program shows no unsubscribe button.
var signed = []string{"From", "Reply-To", "Sender", "Subject", "Date", "To", "Cc", "Message-ID", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "In-Reply-To", "References", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"}

// NewSigner signs for a domain with the key whose public half is published at selector._domainkey.domain.
func NewSigner(domain, selector string, key crypto.Signer) (*Signer, error) {
	domain = sendingDomain(domain)
	if domain == "" || key == nil || selector == "" || strings.Trim(selector, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return nil, errors.New("mail: a signer needs a domain, a selector and a key")
	}
	return &Signer{domain, selector, key}, nil
}

// Sign puts a signature before a final message. Each header is named once more than it is there, so that nobody can add
// another without breaking the signature.
func (s *Signer) Sign(message []byte) ([]byte, error) {
	keys := append([]string(nil), signed...)
	for _, h := range headers(message) {
		for _, name := range signed {
			if strings.EqualFold(h.Name, name) {
				keys = append(keys, name)
			}
		}
	}
	var out bytes.Buffer
	out.Grow(len(message) + 1200)
	err := dkim.Sign(&out, bytes.NewReader(message), &dkim.SignOptions{Domain: s.domain, Selector: s.selector, Signer: s.key, Hash: crypto.SHA256,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed, HeaderKeys: keys})
	if err != nil {
		return nil, fmt.Errorf("mail: sign: %w", err)
	}
	if err := Check(out.Bytes()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
