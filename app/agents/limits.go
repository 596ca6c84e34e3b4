package agents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// How many wrong passwords are taken within the window before the rest must wait as long.
const (
	window     = 15 * time.Minute
	perAddress = 5
	perIP      = 30
)

// gauge is one count of wrong passwords: of an address, an IP or a known device.
type gauge struct {
	key  string
	most int64
}

// limit is a gauge as stored.
type limit struct {
	bun.BaseModel `bun:"table:sign_in_limits,alias:l"`

	Key          string    `bun:"key,pk"`
	Failures     int64     `bun:"failures"`
	FirstAt      time.Time `bun:"first_at"`
	BlockedUntil time.Time `bun:"blocked_until,nullzero"`
}

// blocked says how long there is to wait.
func (l limit) blocked(now time.Time) time.Duration {
	if l.BlockedUntil.IsZero() {
		return 0
	}
	return max(0, l.BlockedUntil.Sub(now))
}

// next is the limit after one more try.
func (l limit) next(most int64, now time.Time) limit {
	if now.Sub(l.FirstAt) >= window || !l.BlockedUntil.IsZero() {
		l.Failures, l.FirstAt, l.BlockedUntil = 0, now, time.Time{}
	}
	l.Failures++
	if l.Failures >= most {
		l.BlockedUntil = now.Add(window)
	}
	return l
}

// gaugesOf are the counts an attempt falls under. A browser that signed in here before is counted only by itself:
// neither guessing at the address nor an office mate at the same IP can lock it out. Keys are hashes: people type
// passwords into the wrong field.
func gaugesOf(emailKey, ip, device string) []gauge {
	if device != "" {
		return []gauge{{hashed("device " + device), perAddress}}
	}
	return []gauge{{hashed("address " + emailKey), perAddress}, {hashed("ip " + network(ip)), perIP}}
}

// network is what one caller can't easily change: an IPv4 address, or the /64 a customer of IPv6 is given (RFC 6177).
func network(ip string) string {
	parsed, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	parsed = parsed.Unmap().WithZone("")
	if parsed.Is4() {
		return parsed.String()
	}
	prefix, _ := parsed.Prefix(64)
	return prefix.String()
}

// reserve counts a try before it is made, so that many at once get no more guesses than one after another. While any
// gauge is blocked nothing is counted: the wait can't be prolonged. Faults: Denied.
func reserve(ctx context.Context, db bun.IDB, gauges []gauge, now time.Time) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		// What comes from the future was counted by a clock that jumped.
		if _, err := db.NewDelete().Model((*limit)(nil)).
			Where("first_at < ? OR first_at > ?", now.Add(-2*window), now.Add(window)).Exec(ctx); err != nil {
			return fmt.Errorf("agents: forget old limits: %w", err)
		}
		counted := make([]limit, len(gauges))
		var wait time.Duration
		for i, g := range gauges {
			// The row is made first, so that on PostgreSQL two tries at once wait for each other at it.
			l := limit{Key: g.key, FirstAt: now}
			if _, err := db.NewInsert().Model(&l).On("CONFLICT (key) DO UPDATE").Set("key = EXCLUDED.key").
				Returning("failures, first_at, blocked_until").Exec(ctx); err != nil {
				return fmt.Errorf("agents: read a limit: %w", err)
			}
			wait = max(wait, l.blocked(now))
			counted[i] = l.next(g.most, now)
		}
		if wait > 0 {
			return fault.New(fault.Denied, "There were too many tries. Wait %s, then try again.", minutes(wait))
		}
		for _, l := range counted {
			if _, err := db.NewUpdate().Model(&l).Column("failures", "first_at", "blocked_until").WherePK().Exec(ctx); err != nil {
				return fmt.Errorf("agents: count a try: %w", err)
			}
		}
		return nil
	})
}

// forgive takes back the count of a try that was right: all of the address or device, only its own of the IP, or
// somebody with an account could guess at others without end.
func forgive(ctx context.Context, db bun.IDB, gauges []gauge) error {
	for i, g := range gauges {
		var err error
		if i == 0 {
			_, err = db.NewDelete().Model((*limit)(nil)).Where("key = ?", g.key).Exec(ctx)
		} else {
			_, err = db.NewUpdate().Model((*limit)(nil)).Set("failures = failures - 1").
				Set("blocked_until = CASE WHEN failures > ? THEN blocked_until END", g.most).
				Where("key = ?", g.key).Where("failures > 0").Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("agents: forgive a try: %w", err)
		}
	}
	return nil
}

// minutes tells a wait, rounded up.
func minutes(d time.Duration) string {
	n := int((d + time.Minute - 1) / time.Minute)
	if n == 1 {
		return "a minute"
	}
	return fmt.Sprintf("%d minutes", n)
}

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
