package mail

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Signer signs final messages for one domain (RFC 6376, with RSA or Ed25519 by RFC 8463). It is safe for concurrent use.
//
// Why not go-msgauth, against which the tests verify: its t= is the moment of signing, and a letter tried again must have
// the same bytes.
type Signer struct {
	domain, selector, algorithm string
	key                         crypto.Signer
	hash                        crypto.Hash // what key is told about the digest
}

// signed are the headers whose presence and absence a signature vouches for. RFC 8058 section 4 wants the List- ones
// among them; without them a mail program shows no unsubscribe button. Check lets none of them stand twice.
var signed = []string{"From", "Reply-To", "Sender", "Subject", "Date", "To", "Cc", "Message-ID", "MIME-Version", "Content-Type",
	"Content-Transfer-Encoding", "In-Reply-To", "References", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID"}

// NewSigner signs for a domain with the key whose public half is published at selector._domainkey.domain.
func NewSigner(domain, selector string, key crypto.Signer) (*Signer, error) {
	domain = sendingDomain(domain)
	if domain == "" || key == nil || selector == "" || strings.Trim(selector, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return nil, errors.New("mail: a signer needs a domain, a selector and a key")
	}
	s := &Signer{domain: domain, selector: selector, key: key}
	switch key.Public().(type) {
	case *rsa.PublicKey:
		s.algorithm, s.hash = "rsa-sha256", crypto.SHA256
	case ed25519.PublicKey:
		s.algorithm = "ed25519-sha256" // signs the SHA-256 as if it were the message (RFC 8463 section 3)
	default:
		return nil, fmt.Errorf("mail: %T can’t sign mail", key.Public())
	}
	return s, nil
}

// Sign puts a signature made at this time before a final message; equal arguments give equal bytes. Each header is named
// once more than it is there, so that nobody can add another without breaking the signature.
func (s *Signer) Sign(message []byte, at time.Time) ([]byte, error) {
	head, body, found := bytes.Cut(message, []byte("\r\n\r\n"))
	if !found {
		return nil, errors.New("mail: sign: no empty line after the headers")
	}
	var named, covered []byte
	for _, name := range signed {
		named = appendName(named, name)
		if field := rawHeader(head, name); field != nil {
			named = appendName(named, name)
			covered = append(appendRelaxedHeader(covered, field), "\r\n"...)
		}
	}
	bodyHash := sha256.Sum256(appendRelaxedBody(make([]byte, 0, len(body)), body))
	field := fmt.Appendf(make([]byte, 0, len(message)+1600), "DKIM-Signature: v=1; a=%s; c=relaxed/relaxed; d=%s; s=%s;\r\n t=%d; bh=%s;\r\n h=%s;\r\n b=",
		s.algorithm, s.domain, s.selector, at.Unix(), base64.StdEncoding.EncodeToString(bodyHash[:]), named)
	digest := sha256.Sum256(appendRelaxedHeader(covered, field))
	signature, err := s.key.Sign(rand.Reader, digest[:], s.hash)
	if err != nil {
		return nil, fmt.Errorf("mail: sign: %w", err)
	}
	out := field
	for text := base64.StdEncoding.EncodeToString(signature); text != ""; {
		n := min(len(text), 72)
		out, text = append(append(out, text[:n]...), "\r\n "...), text[n:]
	}
	out = append(out[:len(out)-1], message...)
	if err := Check(out); err != nil {
		return nil, err
	}
	return out, nil
}

// appendName adds a name to an h= list, on a line of its own every few names.
func appendName(list []byte, name string) []byte {
	if len(list) == 0 {
		return append(list, name...)
	}
	list = append(list, ':')
	if len(list)-bytes.LastIndexByte(list, '\n')+len(name) > 72 {
		list = append(list, "\r\n  "...)
	}
	return append(list, name...)
}

// rawHeader is the header of this name as it stands, with its folds and without its last line end; nil if there is none.
func rawHeader(head []byte, name string) []byte {
	for len(head) > 0 {
		end := 0
		for { // to the line end that is no fold
			next := bytes.Index(head[end:], []byte("\r\n"))
			if next < 0 {
				end = len(head)
				break
			}
			if end += next; end+2 >= len(head) || head[end+2] != ' ' && head[end+2] != '\t' {
				break
			}
			end += 2
		}
		field := head[:end]
		if len(field) > len(name) && field[len(name)] == ':' && bytes.EqualFold(field[:len(name)], []byte(name)) {
			return field
		}
		head = head[min(end+2, len(head)):]
	}
	return nil
}

// appendRelaxedHeader is RFC 6376 section 3.4.2, without the line end.
func appendRelaxedHeader(dst, field []byte) []byte {
	name, value, _ := bytes.Cut(field, []byte(":"))
	dst = append(append(dst, bytes.ToLower(bytes.TrimRight(name, " \t"))...), ':')
	return appendRelaxed(dst, bytes.TrimLeft(value, " \t\r\n"))
}

// appendRelaxedBody is RFC 6376 section 3.4.4.
func appendRelaxedBody(dst, body []byte) []byte {
	end := len(dst) // of the last line that is not empty
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\r\n"))
		before := len(dst)
		dst = appendRelaxed(dst, line)
		full := len(dst) > before
		dst = append(dst, "\r\n"...)
		if full {
			end = len(dst)
		}
		body = rest
	}
	return dst[:end]
}

// appendRelaxed turns each run of blanks and folds into one space, and drops the last.
func appendRelaxed(dst, text []byte) []byte {
	blank := false
	for _, c := range text {
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			blank = true
			continue
		}
		if blank {
			dst, blank = append(dst, ' '), false
		}
		dst = append(dst, c)
	}
	return dst
}
