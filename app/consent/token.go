package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Link is what the token in a letter says: to whom it went, from whom, in which mailing.
type Link struct {
	Client  clients.ID
	Agent   agents.ID
	Mailing int64  // outbox.MailingID
	Hash    string // of the address it went to
}

const (
	tokenVersion = 1
	macSize      = 16
	// A version byte, four numbers of at most ten bytes, hash and HMAC; in base64url.
	longestToken = (1 + 4*binary.MaxVarintLen64 + hashSize + macSize + 2) / 3 * 4
)

// Sign makes the token of a link: base64url, with version, key and HMAC. It never expires and needs no row, so it
// outlives letter, client and agent (CAN-SPAM 30 days and CASL 60 days are minima). It panics when link.Hash is not
// from Hash: a letter with a dead way out must not be made.
func (l *Ledger) Sign(link Link) string {
	return sign(link, l.links[len(l.links)-1])
}

func sign(link Link, k key) string {
	hash, err := hex.DecodeString(link.Hash)
	if err != nil || len(hash) != hashSize {
		panic("consent: a link was signed for something that is no address hash")
	}
	b := make([]byte, 0, longestToken)
	b = append(b, tokenVersion)
	for _, n := range []int64{k.ID, int64(link.Client), int64(link.Agent), link.Mailing} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = append(b, hash...)
	mac := hmac.New(sha256.New, k.bytes)
	mac.Write(b)
	b = append(b, mac.Sum(nil)[:macSize]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Read returns the link of a token. Faults: NotFound, the same for every way a token can be wrong.
func (l *Ledger) Read(token string) (Link, error) {
	link, ok := l.read(token)
	if !ok {
		return Link{}, fault.New(fault.NotFound, "This link is not complete. Open it again from the letter, or copy all of it.")
	}
	return link, nil
}

func (l *Ledger) read(token string) (Link, bool) {
	if len(token) > longestToken {
		return Link{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) == 0 || b[0] != tokenVersion {
		return Link{}, false
	}
	rest := b[1:]
	var numbers [4]int64
	for i := range numbers {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > math.MaxInt64 {
			return Link{}, false
		}
		numbers[i], rest = int64(n), rest[size:]
	}
	if len(rest) != hashSize+macSize {
		return Link{}, false
	}
	link := Link{
		Client: clients.ID(numbers[1]), Agent: agents.ID(numbers[2]), Mailing: numbers[3],
		Hash: hex.EncodeToString(rest[:hashSize]),
	}
	for _, k := range l.links {
		if k.ID == numbers[0] {
			// Comparing whole tokens checks the HMAC and that there is one spelling of each link.
			return link, hmac.Equal([]byte(sign(link, k)), []byte(token))
		}
	}
	return Link{}, false
}
