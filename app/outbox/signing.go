package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/mail"
)

// SigningKey is how letters of a domain are signed (DKIM, RFC 6376), without the secret.
type SigningKey struct {
	Domain   string
	Selector string
	Name     string // where the record stands in the DNS; empty: there is no key yet
	Record   string // the TXT record to publish
	Active   bool   // letters are signed
	Since    time.Time
	Listed   bool // a sending domain of the brokerage

	key mail.SigningKey
}

// PublishedIn says whether a name's TXT records are the key's one: with more than one, what a verifier does is undefined
// (RFC 6376 section 3.6.2.2).
func (k SigningKey) PublishedIn(records []string) bool {
	return len(records) == 1 && k.key.Publishes(records[0])
}

// signingRow is a key as stored.
type signingRow struct {
	bun.BaseModel `bun:"table:signing_keys,alias:k"`

	ID          int64     `bun:"id,pk,autoincrement"`
	Domain      string    `bun:"domain"`
	Selector    string    `bun:"selector"`
	PrivateKey  string    `bun:"private_key"`
	Active      bool      `bun:"active"`
	CreatedAt   time.Time `bun:"created_at"`
	ActivatedAt time.Time `bun:"activated_at,nullzero"`
}

func (r signingRow) read() (SigningKey, error) {
	key, err := mail.ParseSigningKey(r.PrivateKey)
	if err != nil {
		return SigningKey{}, fmt.Errorf("outbox: the signing key of %s: %w", r.Domain, err)
	}
	return SigningKey{
		Domain: r.Domain, Selector: r.Selector, Name: r.Selector + "._domainkey." + r.Domain, Record: key.Record(),
		Active: r.Active, Since: r.ActivatedAt, key: key,
	}, nil
}

// MakeSigningKey makes a sending domain's key, not yet active; one that is there stays. Faults: NotFound where the
// brokerage does not send from the domain.
func MakeSigningKey(ctx context.Context, db bun.IDB, domain string, now time.Time) error {
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return err
	}
	if !slices.Contains(house.SendingDomains, domain) {
		return fault.New(fault.NotFound, "This is not one of the brokerage’s sending domains. Add it under Settings first.")
	}
	key, err := mail.NewSigningKey()
	if err != nil {
		return err
	}
	secret, err := key.Text()
	if err != nil {
		return err
	}
	r := signingRow{Domain: domain, Selector: "porchlight-" + now.Format("200601"), PrivateKey: secret, CreatedAt: now}
	if _, err := db.NewInsert().Model(&r).On("CONFLICT (domain) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("outbox: keep the signing key of %s: %w", domain, err)
	}
	return nil
}

// StartSigning has letters from a domain signed, from at most ten seconds later. Whether the record is published, the
// caller has asked. Faults: NotFound where there is no key.
func StartSigning(ctx context.Context, db bun.IDB, domain string, now time.Time) error {
	if _, err := FindSigningKey(ctx, db, domain); err != nil {
		return err
	}
	_, err := db.NewUpdate().Model((*signingRow)(nil)).Set("active = ?", true).Set("activated_at = ?", now).
		Where("domain = ?", domain).Where("NOT active").Exec(ctx)
	if err != nil {
		return fmt.Errorf("outbox: sign letters of %s: %w", domain, err)
	}
	return nil
}

// StopSigning has letters from a domain leave as they are, from at most ten seconds later. Faults: NotFound where there
// is no key.
func StopSigning(ctx context.Context, db bun.IDB, domain string) error {
	result, err := db.NewUpdate().Model((*signingRow)(nil)).Set("active = ?", false).Set("activated_at = NULL").Where("domain = ?", domain).Exec(ctx)
	if err != nil {
		return fmt.Errorf("outbox: stop signing letters of %s: %w", domain, err)
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return noSigningKey()
}

func noSigningKey() error {
	return fault.New(fault.NotFound, "There is no signing key for this domain.")
}

// FindSigningKey returns a domain's key. Faults: NotFound.
func FindSigningKey(ctx context.Context, db bun.IDB, domain string) (SigningKey, error) {
	var r signingRow
	err := db.NewSelect().Model(&r).Where("domain = ?", domain).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return SigningKey{}, noSigningKey()
	}
	if err != nil {
		return SigningKey{}, fmt.Errorf("outbox: find the signing key of %s: %w", domain, err)
	}
	return r.read()
}

// SigningKeys lists the brokerage's sending domains in its order, also those without a key, and then the domains it no
// longer sends from whose letters would still be signed.
func SigningKeys(ctx context.Context, db bun.IDB) ([]SigningKey, error) {
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return nil, err
	}
	var rows []signingRow
	if err := db.NewSelect().Model(&rows).Order("domain").Scan(ctx); err != nil {
		return nil, fmt.Errorf("outbox: list the signing keys: %w", err)
	}
	all := make([]SigningKey, len(house.SendingDomains))
	for i, domain := range house.SendingDomains {
		all[i] = SigningKey{Domain: domain, Listed: true}
	}
	for _, r := range rows {
		i := slices.Index(house.SendingDomains, r.Domain)
		if i < 0 && !r.Active {
			continue
		}
		key, err := r.read()
		if err != nil {
			return nil, err
		}
		if i < 0 {
			all = append(all, key)
			continue
		}
		key.Listed = true
		all[i] = key
	}
	return all, nil
}

// signersKept is how long keys read from the database serve: a change counts after this.
const signersKept = 10 * time.Second

// signers are the active keys as a courier last read them.
type signers struct {
	mu   sync.Mutex
	at   time.Time
	held map[string]*mail.Signer // by domain
}

// sign puts a signature before a message from this address if its domain, or the nearest one above it, has an active
// key; else the message stays as it is, since the mail server may sign it itself.
//
// A letter tried again has the same bytes: the signature's time is the letter's, and RSA PKCS #1 v1.5 has no chance in it.
// Only where signing starts or stops between two tries is there a header more or less, and the rest stays the same.
func (s *signers) sign(ctx context.Context, db bun.IDB, message []byte, from string, created, now time.Time) ([]byte, error) {
	held, err := s.load(ctx, db, now)
	if err != nil {
		return nil, err
	}
	for domain := domainOf(from); len(held) > 0 && domain != ""; _, domain, _ = strings.Cut(domain, ".") {
		if signer := held[domain]; signer != nil {
			return signer.Sign(message, created)
		}
	}
	return message, nil
}

// load returns the active keys. A key that can't be read is an error, which holds the letters back: unsigned they might
// be refused for good.
func (s *signers) load(ctx context.Context, db bun.IDB, now time.Time) (map[string]*mail.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := now.Sub(s.at); s.held != nil && age >= 0 && age < signersKept {
		return s.held, nil
	}
	var rows []signingRow
	if err := db.NewSelect().Model(&rows).Where("active").Scan(ctx); err != nil {
		return nil, fmt.Errorf("outbox: read the signing keys: %w", err)
	}
	held := make(map[string]*mail.Signer, len(rows))
	for _, r := range rows {
		key, err := r.read()
		if err != nil {
			return nil, err
		}
		if held[r.Domain], err = mail.NewSigner(r.Domain, r.Selector, key.key); err != nil {
			return nil, fmt.Errorf("outbox: the signing key of %s: %w", r.Domain, err)
		}
	}
	s.held, s.at = held, now
	return held, nil
}
