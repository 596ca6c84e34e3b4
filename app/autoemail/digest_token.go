package autoemail

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
	"time"

	"github.com/uptrace/bun"
)

// The token of a digest's page is made like that of a letter's page (outbox.Link), with keys of its own, and opens nothing else.
const (
	forDigests    = "digests" // secret_keys.purpose
	digestVersion = 1
	digestMAC     = sha256.Size
	longestDigest = (1 + 2*binary.MaxVarintLen64 + digestMAC + 2) / 3 * 4
)

// digestKey is a key as stored.
type digestKey struct {
	bun.BaseModel `bun:"table:secret_keys,alias:s"`

	ID      int64     `bun:"id,pk,autoincrement"`
	Purpose string    `bun:"purpose"`
	Secret  string    `bun:"secret"` // hex
	Created time.Time `bun:"created_at"`

	bytes []byte
}

// digestKeys are all of them, oldest first.
type digestKeys []digestKey

func loadDigestKeys(ctx context.Context, db bun.IDB) (digestKeys, error) {
	var keys digestKeys
	if err := db.NewSelect().Model(&keys).Where("s.purpose = ?", forDigests).Order("s.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("autoemail: load the keys of digests: %w", err)
	}
	for i := range keys {
		secret, err := hex.DecodeString(keys[i].Secret)
		if err != nil || len(secret) < 16 {
			return nil, fmt.Errorf("autoemail: secret key %d is damaged", keys[i].ID)
		}
		keys[i].bytes = secret
	}
	return keys, nil
}

// makeDigestKey makes the first key, in the transaction of the first digest. Writing to the ledger's keys, which are there
// since the first start, has a second process wait here and then find the key.
func makeDigestKey(ctx context.Context, db bun.Tx, now time.Time) error {
	known := func() (found bool, err error) {
		err = db.NewRaw("SELECT EXISTS (SELECT 1 FROM secret_keys WHERE purpose = ?)", forDigests).Scan(ctx, &found)
		return found, err
	}
	if found, err := known(); err != nil || found {
		return err
	}
	if _, err := db.ExecContext(ctx, "UPDATE secret_keys SET purpose = purpose"); err != nil {
		return err
	}
	if found, err := known(); err != nil || found {
		return err
	}
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	first := digestKey{Purpose: forDigests, Secret: hex.EncodeToString(secret), Created: now}
	_, err := db.NewInsert().Model(&first).Exec(ctx)
	return err
}

// sign makes a digest's token with the newest key: base64url, with version, key, id and HMAC.
func (keys digestKeys) sign(id int64) string { return keys[len(keys)-1].sign(id) }

func (k digestKey) sign(id int64) string {
	b := append(make([]byte, 0, longestDigest), digestVersion)
	b = binary.AppendUvarint(b, uint64(k.ID))
	b = binary.AppendUvarint(b, uint64(id))
	mac := hmac.New(sha256.New, k.bytes)
	mac.Write([]byte(forDigests)) // no other token is made of the same words
	mac.Write(b)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(b))
}

// read returns which digest a token names.
func (keys digestKeys) read(token string) (id int64, ok bool) {
	if len(token) > longestDigest {
		return 0, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) == 0 || b[0] != digestVersion {
		return 0, false
	}
	key, n := binary.Uvarint(b[1:])
	if n <= 0 || key > math.MaxInt64 {
		return 0, false
	}
	digest, m := binary.Uvarint(b[1+n:])
	if m <= 0 || digest > math.MaxInt64 {
		return 0, false
	}
	for _, k := range keys {
		if k.ID == int64(key) {
			// Comparing whole tokens checks the HMAC and that there is one spelling of each link.
			return int64(digest), hmac.Equal([]byte(k.sign(int64(digest))), []byte(token))
		}
	}
	return 0, false
}
