package outbox

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
	"sync"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Link is what the token of a letter's own page says: which mailing's homes it shows, and whose letter it stood in. It
// opens nothing else: not the person's mail preferences, whose tokens are the consent ledger's, nor anything of theirs.
type Link struct {
	Mailing MailingID
	Client  clients.ID
}

const (
	forLetterLinks = "letter links" // secret_keys.purpose
	linkVersion    = 1
	linkMAC        = 16
	longestLink    = (1 + 3*binary.MaxVarintLen64 + linkMAC + 2) / 3 * 4
)

// linkKey is a key as stored; the consent ledger has its own in the same table.
type linkKey struct {
	bun.BaseModel `bun:"table:secret_keys,alias:s"`

	ID      int64     `bun:"id,pk,autoincrement"`
	Purpose string    `bun:"purpose"`
	Secret  string    `bun:"secret"` // hex
	Created time.Time `bun:"created_at"`

	bytes []byte
}

// linkKeys are all of them, oldest first.
type linkKeys []linkKey

func loadLinkKeys(ctx context.Context, db bun.IDB) (linkKeys, error) {
	var keys linkKeys
	if err := db.NewSelect().Model(&keys).Where("s.purpose = ?", forLetterLinks).Order("s.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("outbox: load the keys of letter links: %w", err)
	}
	for i := range keys {
		secret, err := hex.DecodeString(keys[i].Secret)
		if err != nil || len(secret) < 16 {
			return nil, fmt.Errorf("outbox: secret key %d is damaged", keys[i].ID)
		}
		keys[i].bytes = secret
	}
	return keys, nil
}

// makeLinkKey makes the first key, in the transaction of the first mailing with homes. Writing to the ledger's keys,
// which are there since the first start, has a second process wait here and then find the key.
func makeLinkKey(ctx context.Context, db bun.Tx, now time.Time) error {
	const known = `SELECT EXISTS (SELECT 1 FROM secret_keys WHERE purpose = ?)`
	var found bool
	if err := db.QueryRowContext(ctx, known, forLetterLinks).Scan(&found); err != nil || found {
		return err
	}
	if _, err := db.ExecContext(ctx, `UPDATE secret_keys SET purpose = purpose`); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, known, forLetterLinks).Scan(&found); err != nil || found {
		return err
	}
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	first := linkKey{Purpose: forLetterLinks, Secret: hex.EncodeToString(secret), Created: now}
	_, err := db.NewInsert().Model(&first).Exec(ctx)
	return err
}

// sign makes a letter's token: base64url, with version, key and HMAC. It never expires and needs no row. A letter made at
// a time is always signed with the newest key of that time, so that each try has the same bytes.
func (keys linkKeys) sign(l Link, made time.Time) (string, error) {
	if len(keys) == 0 {
		return "", fmt.Errorf("outbox: there is no key for letter links")
	}
	k := keys[0]
	for _, newer := range keys[1:] {
		if !newer.Created.After(made) {
			k = newer
		}
	}
	return l.sign(k), nil
}

func (l Link) sign(k linkKey) string {
	b := make([]byte, 0, longestLink)
	b = append(b, linkVersion)
	for _, n := range []int64{k.ID, int64(l.Mailing), int64(l.Client)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	mac := hmac.New(sha256.New, k.bytes)
	mac.Write([]byte(forLetterLinks)) // no other token is made of the same words
	mac.Write(b)
	b = append(b, mac.Sum(nil)[:linkMAC]...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// ReadLink returns what the token of a letter's page says. Faults: NotFound, the same for every way it can be wrong.
func ReadLink(ctx context.Context, db bun.IDB, token string) (Link, error) {
	keys, err := loadLinkKeys(ctx, db)
	if err != nil {
		return Link{}, err
	}
	if l, ok := keys.read(token); ok {
		return l, nil
	}
	return Link{}, fault.New(fault.NotFound, "This link is not complete. Open it again from the letter, or copy all of it.")
}

func (keys linkKeys) read(token string) (Link, bool) {
	if len(token) > longestLink {
		return Link{}, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) == 0 || b[0] != linkVersion {
		return Link{}, false
	}
	rest := b[1:]
	var numbers [3]int64
	for i := range numbers {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > math.MaxInt64 {
			return Link{}, false
		}
		numbers[i], rest = int64(n), rest[size:]
	}
	l := Link{Mailing: MailingID(numbers[1]), Client: clients.ID(numbers[2])}
	for _, k := range keys {
		if k.ID == numbers[0] && len(rest) == linkMAC {
			// Comparing whole tokens checks the HMAC and that there is one spelling of each link.
			return l, hmac.Equal([]byte(l.sign(k)), []byte(token))
		}
	}
	return Link{}, false
}

// heldKeys are the keys as a courier last read them.
type heldKeys struct {
	mu   sync.Mutex
	keys linkKeys
	at   time.Time
}

// load returns the keys that a letter made at a time may be signed with.
func (h *heldKeys) load(ctx context.Context, db bun.IDB, made, now time.Time) (linkKeys, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.keys) > 0 && made.Before(h.at) {
		return h.keys, nil
	}
	keys, err := loadLinkKeys(ctx, db)
	if err != nil {
		return nil, err
	}
	h.keys, h.at = keys, now
	return keys, nil
}
