package mail

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SigningKey is the RSA key of a Signer, and what of it stands in the DNS.
type SigningKey struct {
	*rsa.PrivateKey
	public []byte // SubjectPublicKeyInfo, what the record's p= holds
}

// NewSigningKey makes a key of 2048 bits (RFC 8301 section 3.2).
func NewSigningKey() (SigningKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return SigningKey{}, fmt.Errorf("mail: make a signing key: %w", err)
	}
	return signingKey(key)
}

// ParseSigningKey reads what Text wrote.
func ParseSigningKey(text string) (SigningKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return SigningKey{}, errors.New("mail: a signing key is not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return SigningKey{}, fmt.Errorf("mail: read a signing key: %w", err)
	}
	key, is := parsed.(*rsa.PrivateKey)
	if !is {
		return SigningKey{}, fmt.Errorf("mail: a signing key is %T", parsed)
	}
	return signingKey(key)
}

func signingKey(key *rsa.PrivateKey) (SigningKey, error) {
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return SigningKey{}, fmt.Errorf("mail: read a signing key: %w", err)
	}
	return SigningKey{key, public}, nil
}

// Text is the secret key for keeping: PEM of PKCS #8.
func (k SigningKey) Text() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.PrivateKey)
	if err != nil {
		return "", fmt.Errorf("mail: write a signing key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// Record is the TXT record to publish (RFC 6376 section 3.6.1).
func (k SigningKey) Record() string {
	return "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(k.public)
}

// Publishes says whether a TXT record makes signatures of this key hold for mail (RFC 6376 section 3.6.1).
func (k SigningKey) Publishes(record string) bool {
	tags, ok := recordTags(record)
	if !ok {
		return false
	}
	allows := func(tag, value string) bool {
		list, there := tags[tag]
		return !there || slices.Contains(strings.Split(list, ":"), value)
	}
	public, err := base64.StdEncoding.DecodeString(tags["p"])
	return err == nil && bytes.Equal(public, k.public) && allows("v", "DKIM1") && allows("k", "rsa") && allows("h", "sha256") &&
		(allows("s", "email") || allows("s", "*"))
}

// recordTags reads the tags of a record (RFC 6376 section 3.2), without the blanks in their values. v= may only stand
// first, and none twice.
func recordTags(record string) (tags map[string]string, ok bool) {
	tags = map[string]string{}
	for i, spec := range strings.Split(record, ";") {
		if strings.TrimSpace(spec) == "" {
			continue
		}
		name, value, found := strings.Cut(spec, "=")
		name = strings.TrimSpace(name)
		if _, twice := tags[name]; twice || !found || name == "" || name == "v" && i > 0 {
			return nil, false
		}
		tags[name] = strings.Join(strings.Fields(value), "")
	}
	return tags, true
}
