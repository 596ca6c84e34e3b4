package consent_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/consent"
)

// couriers pass the gate for a client over and over until stopped; each open passage while answered is set is counted. They
// have begun when the first one has passed.
func (h *house) couriers(c clients.Client, answered *atomic.Bool) (stop func() (open, late int64)) {
	h.t.Helper()
	var wg sync.WaitGroup
	var opened, late atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	hash := h.ledger.Hash(h.client(c).EmailKey)
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				err := h.ledger.AtGate(context.Background(), h.store.Read, hash, func(ctx context.Context, db bun.IDB) error {
					_, ok, err := h.ledger.StillOpen(ctx, db, c.ID, hash, h.now)
					if ok {
						opened.Add(1)
						time.Sleep(time.Millisecond) // the DATA command on its way
						if answered.Load() {
							late.Add(1)
						}
					}
					return err
				})
				if err != nil {
					h.t.Error(err)
					return
				}
			}
		})
	}
	for end := time.Now().Add(time.Minute); opened.Load() == 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	return func() (int64, int64) {
		time.Sleep(50 * time.Millisecond)
		cancel()
		wg.Wait()
		return opened.Load(), late.Load()
	}
}

func TestGate_is_shut_once_an_opt_out_has_answered(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	for range 10 {
		h.must(h.ensureOpen(carl, same))
		var answered atomic.Bool
		stops := []func() (int64, int64){h.couriers(carl, &answered), h.couriers(same, &answered)}
		time.Sleep(20 * time.Millisecond)
		h.optOut(carl)
		answered.Store(true)
		for _, stop := range stops {
			opened, late := stop()
			if opened == 0 {
				t.Error("no letter ever passed")
			}
			if late > 0 {
				t.Errorf("%d letters passed after the opt-out had answered", late)
			}
		}
	}
}

func (h *house) ensureOpen(cs ...clients.Client) error {
	for _, c := range cs {
		h.optIn(c)
		if _, err := h.store.Write.Exec("UPDATE clients SET status = 'Active' WHERE id = ?", c.ID); err != nil {
			return err
		}
	}
	return nil
}

func TestGate_is_shut_for_the_newer_address_too(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "old@example.com")
	h.readdress(h.anna, carl.ID, "new@example.com")
	var answered atomic.Bool
	stop := h.couriers(carl, &answered)
	time.Sleep(20 * time.Millisecond)
	h.optOut(carl) // by the link of a letter to the old address
	answered.Store(true)
	if opened, late := stop(); opened == 0 || late > 0 {
		t.Errorf("%d passed, %d of them late", opened, late)
	}
}

func TestHold_waits_for_the_gate_and_the_gate_for_hold(t *testing.T) {
	h := newHouse(t)
	hash := h.ledger.Hash("carl@example.com")
	var inside atomic.Int32
	var wg sync.WaitGroup
	enter := func() {
		if inside.Add(1) > 1 {
			t.Error("two at once")
		}
		time.Sleep(time.Millisecond)
		inside.Add(-1)
	}
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if err := h.ledger.Hold(h.ctx, h.store.Write, hash, func(context.Context, bun.Tx) error { enter(); return nil }); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				if err := h.ledger.AtGate(h.ctx, h.store.Read, hash, func(context.Context, bun.IDB) error { enter(); return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestOptOuts_of_one_address_at_once_write_one_row(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.add(h.ben, "C. Whitman", "carl@example.com")
	h.ledgerGrew()
	var wg sync.WaitGroup
	ids := make([]int64, 8)
	for i := range ids {
		wg.Go(func() {
			var err error
			if ids[i], err = h.ledger.OptOut(h.ctx, h.store.Write, h.link(carl), page, h.now); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		h.wants("id", id, ids[0])
	}
	h.wants("rows", len(h.ledgerGrew()), 2)
	h.wants("notices", len(h.notices(h.anna)), 1)
}

// Whoever comes first, the opt-out or the agent who adds the address, the record ends closed.
func TestOptOut_beside_a_client_being_added_leaves_none_open(t *testing.T) {
	h := newHouse(t)
	for i := range 20 {
		email := "carl" + string(rune('a'+i)) + "@example.com"
		carl := h.add(h.anna, "Carl Whitman", email)
		var wg sync.WaitGroup
		var added clients.Client
		wg.Go(func() {
			err := h.tx(func(ctx context.Context, db bun.Tx) (err error) {
				if added, err = clients.Create(ctx, db, h.ben.ID, form("Carl W", email), h.now); err != nil {
					return err
				}
				if err := h.ledger.Enroll(ctx, db, added, consent.By{Agent: h.ben, Door: consent.DoorAgent}, h.now); err != nil {
					return err
				}
				time.Sleep(time.Duration(i%4) * time.Millisecond) // the commit takes a while
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			time.Sleep(time.Duration(i%5) * time.Millisecond)
			if _, err := h.ledger.OptOut(h.ctx, h.store.Write, h.link(carl), page, h.now); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		h.wants("state of "+email, h.state(added).State, consent.OptedOut)
	}
}

// On PostgreSQL a transaction that adds a client must not wait for an opt-out that is in progress.
func TestEnroll_closes_rather_than_waits_while_an_opt_out_is_in_progress(t *testing.T) {
	h := newHouse(t)
	if h.store.AdvisoryLock == "" {
		t.Skip("SQLite has one writer")
	}
	var added clients.Client
	h.must(h.ledger.Hold(h.ctx, h.store.Write, h.ledger.Hash("carl@example.com"), func(context.Context, bun.Tx) error {
		added = h.add(h.ben, "Carl", "carl@example.com")
		return nil
	}))
	h.wants("state", h.state(added).State, consent.OptedOut)
}

func TestOptOut_waits_for_the_address_that_a_client_gets_meanwhile(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "old@example.com")
	old, newer, email := h.link(carl).Hash, "", ""
	for i := 0; newer == "" || consent.Stripe(newer) == consent.Stripe(old); i++ {
		email = "new" + string(rune('a'+i)) + "@example.com"
		newer = h.ledger.Hash(email)
	}
	done := make(chan error, 1)
	h.must(h.ledger.AtGate(h.ctx, h.store.Read, newer, func(context.Context, bun.IDB) error {
		h.must(h.ledger.AtGate(h.ctx, h.store.Read, old, func(context.Context, bun.IDB) error {
			go func() {
				_, err := h.ledger.OptOut(h.ctx, h.store.Write, h.link(carl), page, h.now)
				done <- err
			}()
			time.Sleep(100 * time.Millisecond) // it has seen the old address and waits for its lock
			h.readdress(h.anna, carl.ID, email)
			return nil
		}))
		time.Sleep(100 * time.Millisecond)
		h.wants("state while a letter to the new address passes", h.state(carl).State, consent.OptedIn)
		return nil
	}))
	h.must(<-done)
	h.wants("state", h.state(carl).State, consent.OptedOut)
}
