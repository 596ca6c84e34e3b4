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
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// How codes and devices are bounded (DESIGN section 6).
const (
	CodeLife   = 10 * time.Minute
	CodeTries  = 5
	DeviceLife = 180 * 24 * time.Hour
)

// How often one may ask and guess. One network alone can't use up what an address may ask for, so a stranger who asks in
// somebody's name doesn't keep them out; and many networks together can neither fill a mailbox nor guess for long.
const (
	codesOfNetwork   = 20  // an hour
	codesOfOne       = 4   // for one address, from one network, an hour
	codesOfAddress   = 8   // an hour
	codesOfDay       = 20  // for one address
	codesOfHouse     = 600 // that were mailed, an hour
	triesOfNetwork   = 30  // an hour
	mistakesOfDay    = 30  // with one address
	mistakesOfOne    = 10  // with one address, from one network, a day
	mistakesOfHouse  = 600 // an hour
	mistakesTellFrom = 200 // of the house in an hour: the brokers should know
)

// Asked is what Ask leads to: a code to be mailed. The zero value: nobody has this address, or it was asked too often; the
// page says the same words.
type Asked struct {
	Name, Address string // of the client the code is mailed to
	Code          string // six digits; nowhere else in the clear
}

// Ask makes a code for an address; one that was open fits no more. Limits count by address, by network and for the house. An
// address that nobody has gets a row that no code fits, so that both take the same work. Give
// it the pool: what it counts must stay, whatever it answers. Faults: Invalid (email), Denied (too often, from this network).
func (k *Keys) Ask(ctx context.Context, db bun.IDB, email, ip string, now time.Time) (Asked, error) {
	mailbox, err := address.Parse(email)
	if err != nil {
		var form fault.Form
		form.Add("email", "%s", err.Error())
		return Asked{}, form.Err()
	}
	network := cut(ip)
	free, err := k.Within(ctx, db, "codes of a network", network, codesOfNetwork, time.Hour, now)
	if err != nil {
		return Asked{}, err
	}
	if !free {
		return Asked{}, fault.New(fault.Denied, "Too many codes were asked for from here. Wait an hour, then try again.")
	}
	for _, one := range []limit{
		{"codes of an address from a network", mailbox.Key() + " " + network, codesOfOne, time.Hour},
		{"codes of an address", mailbox.Key(), codesOfAddress, time.Hour},
		{"codes of an address in a day", mailbox.Key(), codesOfDay, 24 * time.Hour},
	} {
		if free, err := k.within(ctx, db, one, now); err != nil || !free {
			return Asked{}, err
		}
	}
	var of clients.Client
	err = db.NewSelect().Model(&of).Where("email_key = ?", mailbox.Key()).OrderExpr("id").Limit(1).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Asked{}, fmt.Errorf("portal: who asks for a code: %w", err)
	}
	// Who is invited into a portal gets in by a code, too. This is asked of every address, so that all take the same work.
	invited, err := InvitationsFor(ctx, db, mailbox.Key(), now)
	if err != nil {
		return Asked{}, err
	}
	known := of.ID != 0 || len(invited) > 0
	if of.ID == 0 && known {
		of.Email = invited[0].Email
	}
	if free, err = k.Within(ctx, db, "codes of the house", strconv.FormatBool(known), codesOfHouse, time.Hour, now); err != nil || known && !free {
		return Asked{}, err
	}
	code, hash := newCode(), k.hash("address", mailbox.Key())
	fits := k.hash("code", hash, code)
	if !known {
		fits = k.hash("no code", rand.Text())
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := db.ExecContext(ctx, `DELETE FROM portal_codes WHERE expires_at < ?`, now.Add(-24*time.Hour)); err != nil {
			return err
		}
		// In the place of the open one, if there is one: of two who ask at the same moment the later has it.
		_, err := db.ExecContext(ctx, `INSERT INTO portal_codes (address_hash, code_hash, tries, ip, created_at, expires_at) VALUES (?, ?, 0, ?, ?, ?)
			ON CONFLICT (address_hash) WHERE ended_at IS NULL DO UPDATE SET code_hash = excluded.code_hash, tries = 0, ip = excluded.ip, created_at = excluded.created_at, expires_at = excluded.expires_at`,
			hash, fits, network, now, now.Add(CodeLife))
		return err
	})
	if err != nil {
		return Asked{}, fmt.Errorf("portal: make a code: %w", err)
	}
	if !known {
		return Asked{}, nil
	}
	return Asked{Name: of.Name(), Address: of.Email, Code: code}, nil
}

// newCode is six digits, each as likely as another.
func newCode() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // never fails (crypto/rand)
	return fmt.Sprintf("%06d", n)
}

// digits is a code as typed without what people put between; empty where it is none.
func digits(typed string) string {
	code := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, typed)
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

// Enter checks a code and makes a device; token goes into the cookie. One code opens once. Five wrong ones end it; guesses
// count by network too, so that a thousand addresses don't help. Give it the pool: what it counts must stay. Faults: Invalid
// (code), with the same words whatever is wrong.
func (k *Keys) Enter(ctx context.Context, db bun.IDB, email, code, ip, userAgent string, now time.Time) (token string, expires time.Time, err error) {
	wrong := func() error {
		var form fault.Form
		form.Add("code", "This code does not open anything. It may be mistyped, used, or older than ten minutes. Try once more, or ask for a new one.")
		return form.Err()
	}
	mailbox, err := address.Parse(email)
	typed := digits(code)
	if err != nil || typed == "" {
		return "", time.Time{}, wrong()
	}
	free, err := k.Within(ctx, db, "tries of a network", cut(ip), triesOfNetwork, time.Hour, now)
	if err != nil {
		return "", time.Time{}, err
	}
	if !free {
		return "", time.Time{}, wrong()
	}
	fromHere := limit{mistakesOf, mailbox.Key() + " " + cut(ip), mistakesOfOne, 24 * time.Hour}
	for _, one := range []limit{fromHere, {mistakesOf, mailbox.Key(), mistakesOfDay, 24 * time.Hour}, {mistakesOf, "", mistakesOfHouse, time.Hour}} {
		if n, err := k.counted(ctx, db, one, now); err != nil || n >= one.most {
			return "", time.Time{}, errors.Join(err, wrong())
		}
	}
	hash := k.hash("address", mailbox.Key())
	var open struct {
		ID       int64
		CodeHash string
	}
	// The try is counted before the code is looked at: many at the same moment get no more than the five.
	err = db.NewRaw(`UPDATE portal_codes SET tries = tries + 1 WHERE address_hash = ? AND ended_at IS NULL AND expires_at > ? AND tries < ? RETURNING id, code_hash`,
		hash, now, CodeTries).Scan(ctx, &open)
	if err == nil && !hmac.Equal([]byte(open.CodeHash), []byte(k.hash("code", hash, typed))) {
		err = sql.ErrNoRows
	}
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, k.mistaken(ctx, db, mailbox.Key(), fromHere, now, wrong())
	}
	if err != nil {
		return "", time.Time{}, fmt.Errorf("portal: count a try: %w", err)
	}
	token, expires = rand.Text()+rand.Text(), now.Add(DeviceLife)
	opened := false
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		result, err := db.ExecContext(ctx, `UPDATE portal_codes SET ended_at = ? WHERE id = ? AND ended_at IS NULL`, now, open.ID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // somebody was faster with the same code
		}
		opened = true
		if _, err := db.ExecContext(ctx, `DELETE FROM portal_devices WHERE expires_at <= ?`, now); err != nil {
			return err
		}
		d := Device{TokenHash: hashOf(token), EmailKey: mailbox.Key(), UserAgent: userAgent, IP: cut(ip), CreatedAt: now, SeenAt: now, ExpiresAt: expires}
		d.UserAgent = clip(d.UserAgent)
		_, err = db.NewInsert().Model(&d).Exec(ctx)
		return err
	})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("portal: make a device: %w", err)
	}
	if !opened {
		return "", time.Time{}, wrong()
	}
	return token, expires, nil
}

// mistakesOf is what wrong codes are counted as: with an address from a network, with an address, and ("") of the house.
const mistakesOf = "wrong codes"

// mistaken counts a wrong code and returns what to say of it.
func (k *Keys) mistaken(ctx context.Context, db bun.IDB, address string, fromHere limit, now time.Time, wrong error) error {
	if _, err := k.within(ctx, db, fromHere, now); err != nil {
		return err
	}
	if _, err := k.Within(ctx, db, mistakesOf, address, mistakesOfDay, 24*time.Hour, now); err != nil {
		return err
	}
	if _, err := k.Within(ctx, db, mistakesOf, "", mistakesOfHouse, time.Hour, now); err != nil {
		return err
	}
	return wrong
}

// Guessed says, once a day, that somebody seems to guess codes all over the house.
func (k *Keys) Guessed(ctx context.Context, db bun.IDB, now time.Time) (bool, error) {
	n, err := k.counted(ctx, db, limit{mistakesOf, "", mistakesOfHouse, time.Hour}, now)
	if err != nil || n < mistakesTellFrom {
		return false, err
	}
	return k.Within(ctx, db, "told that codes are guessed", "", 1, 24*time.Hour, now)
}

// hashOf is a device's token as stored: it has 256 bits, so it needs no key.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
