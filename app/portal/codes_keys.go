package portal

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/uptrace/bun"
)

const forCodes = "portal codes" // secret_keys.purpose

// Keys makes and reads the keys of portals. Secrets are in secret_keys, purpose "portal codes".
type Keys struct{ secret []byte }

// codesKey is a key as stored; others have theirs in the same table.
type codesKey struct {
	bun.BaseModel `bun:"table:secret_keys,alias:s"`

	ID      int64     `bun:"id,pk,autoincrement"`
	Purpose string    `bun:"purpose"`
	Secret  string    `bun:"secret"` // hex
	Created time.Time `bun:"created_at"`
}

// OpenKeys loads the secret, or makes it.
func OpenKeys(ctx context.Context, db *bun.DB, now time.Time) (*Keys, error) {
	k := &Keys{}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		// Writing to the ledger's keys, which are there since the first start, has a second process wait here.
		if _, err := db.ExecContext(ctx, `UPDATE secret_keys SET purpose = purpose`); err != nil {
			return err
		}
		var one codesKey
		err := db.NewSelect().Model(&one).Where("s.purpose = ?", forCodes).Order("s.id").Limit(1).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			secret := make([]byte, sha256.Size)
			_, _ = rand.Read(secret) // never fails (crypto/rand)
			one = codesKey{Purpose: forCodes, Secret: hex.EncodeToString(secret), Created: now}
			_, err = db.NewInsert().Model(&one).Exec(ctx)
		}
		if err != nil {
			return err
		}
		if k.secret, err = hex.DecodeString(one.Secret); err != nil || len(k.secret) < 16 {
			return fmt.Errorf("secret key %d is damaged", one.ID)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("portal: load the keys: %w", err)
	}
	return k, nil
}

// hash is a keyed hash of some words, in hex.
func (k *Keys) hash(words ...string) string {
	mac := hmac.New(sha256.New, k.secret)
	for _, one := range words {
		fmt.Fprintf(mac, "%d:%s", len(one), one) // so that no two lists are alike
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// Mark is a few letters of this installation, for the names of its cookies: those of another one on the same host are others.
func (k *Keys) Mark() string { return k.hash("cookies")[:8] }

// Seal adds to a text that a browser keeps what only this installation can add; Unseal gives the text back, or nothing where
// somebody else wrote it.
func (k *Keys) Seal(text string) string { return k.hash("sealed", text)[:sealSize] + text }

// Unseal is the text in what Seal made; empty for anything else.
func (k *Keys) Unseal(sealed string) string {
	if len(sealed) < sealSize || !hmac.Equal([]byte(sealed), []byte(k.Seal(sealed[sealSize:]))) {
		return ""
	}
	return sealed[sealSize:]
}

const sealSize = 32 // 128 bits, in hex

// longestLimit is how long a count may go on.
const longestLimit = 31 * 24 * time.Hour

// Within counts that something was done by somebody and says whether it may be: at most so often within so long a time, of
// at most a month. Only keyed hashes of both are stored.
func (k *Keys) Within(ctx context.Context, db bun.IDB, what, who string, most int64, per time.Duration, now time.Time) (bool, error) {
	n, err := k.count(ctx, db, k.hash("limit", what, who), per, now)
	return n <= most, err
}

// limit is how often something may be done by somebody.
type limit struct {
	what, who string
	most      int64
	per       time.Duration
}

func (k *Keys) within(ctx context.Context, db bun.IDB, one limit, now time.Time) (bool, error) {
	return k.Within(ctx, db, one.what, one.who, one.most, one.per, now)
}

// counted is how often it was done by now.
func (k *Keys) counted(ctx context.Context, db bun.IDB, one limit, now time.Time) (n int64, err error) {
	err = db.NewRaw(`SELECT coalesce(sum(n), 0) FROM portal_limits WHERE key = ? AND first_at > ?`, k.hash("limit", one.what, one.who), now.Add(-one.per)).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("portal: look how often: %w", err)
	}
	return n, nil
}

func (k *Keys) count(ctx context.Context, db bun.IDB, key string, per time.Duration, now time.Time) (n int64, err error) {
	if _, err := db.ExecContext(ctx, `DELETE FROM portal_limits WHERE first_at < ?`, now.Add(-longestLimit)); err != nil {
		return 0, fmt.Errorf("portal: tidy what was counted: %w", err)
	}
	since := now.Add(-per)
	err = db.NewRaw(`INSERT INTO portal_limits (key, n, first_at) VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET
		n = CASE WHEN portal_limits.first_at <= ? THEN 1 ELSE portal_limits.n + 1 END,
		first_at = CASE WHEN portal_limits.first_at <= ? THEN excluded.first_at ELSE portal_limits.first_at END RETURNING n`, key, now, since, since).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("portal: count: %w", err)
	}
	return n, nil
}

// Places notes that something was opened from a network and returns from how many it was within a month.
func (k *Keys) Places(ctx context.Context, db bun.IDB, what, ip string, now time.Time) (n int64, fresh bool, err error) {
	first, err := k.count(ctx, db, k.hash("place", what, cut(ip)), longestLimit, now)
	if err != nil || first > 1 {
		return 0, false, err
	}
	n, err = k.count(ctx, db, k.hash("places", what), longestLimit, now)
	return n, err == nil, err
}

// cut is the network of an address: /24, or /48 of IPv6.
func cut(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	bits := 48
	if addr = addr.Unmap(); addr.Is4() {
		bits = 24
	}
	network, err := addr.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return network.String()
}
