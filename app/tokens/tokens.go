// Package tokens makes and reads the links that are their own proof: a few numbers, signed with a secret of this database. It
// promises that a token says only what was signed, in one spelling, and that a token of one purpose is none of another. It
// never decides what a token opens, nor for how long.
package tokens

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

const (
	version = 1
	macSize = 16
)

// Kind is what tokens are for, and how many numbers they carry.
type Kind struct {
	Purpose string // secret_keys.purpose; also signed, so that no other token is made of the same words
	Numbers int
}

// key is a secret as stored; the consent ledger has its own in the same table.
type key struct {
	bun.BaseModel `bun:"table:secret_keys,alias:s"`

	ID      int64     `bun:"id,pk,autoincrement"`
	Purpose string    `bun:"purpose"`
	Secret  string    `bun:"secret"` // hex
	Created time.Time `bun:"created_at"`

	bytes []byte
}

// Keys sign and read the tokens of a kind.
type Keys struct {
	kind Kind
	all  []key // oldest first
}

// None says whether there is no key yet.
func (k Keys) None() bool { return len(k.all) == 0 }

// Load reads the keys of a kind; there may be none.
func Load(ctx context.Context, db bun.IDB, kind Kind) (Keys, error) {
	keys := Keys{kind: kind}
	if err := db.NewSelect().Model(&keys.all).Where("s.purpose = ?", kind.Purpose).Order("s.id").Scan(ctx); err != nil {
		return Keys{}, fmt.Errorf("tokens: load the keys of %s: %w", kind.Purpose, err)
	}
	for i := range keys.all {
		secret, err := hex.DecodeString(keys.all[i].Secret)
		if err != nil || len(secret) < 16 {
			return Keys{}, fmt.Errorf("tokens: secret key %d is damaged", keys.all[i].ID)
		}
		keys.all[i].bytes = secret
	}
	return keys, nil
}

// Make makes the first key of a kind where there is none, in the transaction of the first token. Writing to the ledger's
// keys, which are there since the first start, has a second process wait here and then find the key.
func Make(ctx context.Context, db bun.Tx, kind Kind, now time.Time) error {
	const known = `SELECT EXISTS (SELECT 1 FROM secret_keys WHERE purpose = ?)`
	var found bool
	if err := db.QueryRowContext(ctx, known, kind.Purpose).Scan(&found); err != nil || found {
		return err
	}
	if _, err := db.ExecContext(ctx, `UPDATE secret_keys SET purpose = purpose`); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, known, kind.Purpose).Scan(&found); err != nil || found {
		return err
	}
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	first := key{Purpose: kind.Purpose, Secret: hex.EncodeToString(secret), Created: now}
	_, err := db.NewInsert().Model(&first).Exec(ctx)
	return err
}

// Sign makes a token: base64url, with version, key, numbers and HMAC. It needs no row. What was made at a time is always
// signed with the newest key of that time, so that its token is the same whenever it is asked for.
func (k Keys) Sign(made time.Time, numbers ...int64) (string, error) {
	if len(k.all) == 0 {
		return "", fmt.Errorf("tokens: there is no key for %s", k.kind.Purpose)
	}
	with := k.all[0]
	for _, newer := range k.all[1:] {
		if !newer.Created.After(made) {
			with = newer
		}
	}
	return with.sign(k.kind, numbers), nil
}

func (k key) sign(kind Kind, numbers []int64) string {
	b := make([]byte, 0, kind.longest())
	b = append(b, version)
	b = binary.AppendUvarint(b, uint64(k.ID))
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
	}
	mac := hmac.New(sha256.New, k.bytes)
	mac.Write([]byte(kind.Purpose))
	mac.Write(b)
	b = append(b, mac.Sum(nil)[:macSize]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// longest is how long a token of the kind can be.
func (kind Kind) longest() int {
	return base64.RawURLEncoding.EncodedLen(1 + (1+kind.Numbers)*binary.MaxVarintLen64 + macSize)
}

// Read returns the numbers of a token; ok is false for every way it can be wrong.
func (k Keys) Read(token string) (numbers []int64, ok bool) {
	if len(token) > k.kind.longest() {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) == 0 || b[0] != version {
		return nil, false
	}
	rest := b[1:]
	for range 1 + k.kind.Numbers {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > math.MaxInt64 {
			return nil, false
		}
		numbers, rest = append(numbers, int64(n)), rest[size:]
	}
	at := slices.IndexFunc(k.all, func(one key) bool { return one.ID == numbers[0] })
	// Comparing whole tokens checks the HMAC and that there is one spelling of each.
	if at < 0 || !hmac.Equal([]byte(k.all[at].sign(k.kind, numbers[1:])), []byte(token)) {
		return nil, false
	}
	return numbers[1:], true
}
