// Package consent owns the answer to "may this person be mailed?": an append-only ledger of every opt-in and opt-out,
// the present state written in the same transaction, the tokens in mail that lead back here, and the locks that make
// an answered opt-out final. It promises that nothing but a person's own act opens consent again, that it grants the
// only Permit there is, and that while an opt-out commits no letter to that address passes the gate. It never sends
// mail: it tells agents by notices (agents.Tell).
package consent

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// State is a client's consent.
type State string

// The states.
const (
	OptedIn  State = "opted_in"
	OptedOut State = "opted_out"
	Pending  State = "pending" // the broker demands a confirmed opt-in and it is not yet there
)

// Consent is a client's present consent.
type Consent struct {
	bun.BaseModel `bun:"table:consents,alias:k"`

	ClientID    clients.ID `bun:"client_id,pk"`
	AgentID     agents.ID  `bun:"agent_id"`
	EmailKey    string     `bun:"email_key"`
	AddressHash string     `bun:"address_hash"` // keyed hash of EmailKey: outlives the client
	State       State      `bun:"state"`
	Since       time.Time  `bun:"since"`
	PausedUntil time.Time  `bun:"paused_until,nullzero"`
	EventID     int64      `bun:"event_id"` // the ledger row that made State what it is
}

// Ledger is the consent ledger of one database. It holds the keys and, on SQLite, the recipients' locks, so a process
// has one.
type Ledger struct {
	advisory string
	address  key   // of Hash; never changes, or every remembered opt-out would be forgotten
	links    []key // of tokens, oldest first: the newest signs, all verify
	stripes  [stripeCount]sync.Mutex
}

type key struct {
	ID      int64     `bun:"id,pk,autoincrement"`
	Purpose string    `bun:"purpose"`
	Secret  string    `bun:"secret"` // hex
	Created time.Time `bun:"created_at"`

	bun.BaseModel `bun:"table:secret_keys,alias:s"`

	bytes []byte
}

// What a key is for.
const (
	forLinks     = "link"
	forAddresses = "address"
)

// NewLedger loads the keys, making the first ones. advisory is db.Store.AdvisoryLock.
func NewLedger(ctx context.Context, write *bun.DB, advisory string, now time.Time) (*Ledger, error) {
	l := &Ledger{advisory: advisory}
	// On SQLite the transaction is the lock: it begins IMMEDIATE.
	err := write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if advisory != "" {
			if _, err := db.ExecContext(ctx, advisory, keysLock); err != nil {
				return err
			}
		}
		addresses, err := loadKeys(ctx, db, forAddresses, now)
		if err != nil {
			return err
		}
		l.address = addresses[0]
		l.links, err = loadKeys(ctx, db, forLinks, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("consent: load the keys: %w", err)
	}
	return l, nil
}

func loadKeys(ctx context.Context, db bun.Tx, purpose string, now time.Time) ([]key, error) {
	var keys []key
	if err := db.NewSelect().Model(&keys).Where("s.purpose = ?", purpose).Order("s.id").Scan(ctx); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		secret := make([]byte, sha256.Size)
		_, _ = rand.Read(secret) // never fails (crypto/rand)
		first := key{Purpose: purpose, Secret: hex.EncodeToString(secret), Created: moment(now)}
		if _, err := db.NewInsert().Model(&first).Exec(ctx); err != nil {
			return nil, err
		}
		keys = []key{first}
	}
	for i := range keys {
		secret, err := hex.DecodeString(keys[i].Secret)
		if err != nil || len(secret) < 16 {
			return nil, fmt.Errorf("secret key %d is damaged", keys[i].ID)
		}
		keys[i].bytes = secret
	}
	return keys, nil
}

// hashSize is the length of an address's keyed hash in bytes: long enough that no two addresses ever share one.
const hashSize = 16

// Hash is the keyed hash by which an address (address.Address.Key) is remembered: 32 hex digits.
func (l *Ledger) Hash(emailKey string) string {
	mac := hmac.New(sha256.New, l.address.bytes)
	mac.Write([]byte(emailKey))
	return hex.EncodeToString(mac.Sum(nil)[:hashSize])
}

// moment is a time as the database keeps it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
