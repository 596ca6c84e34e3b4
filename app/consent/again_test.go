package consent_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/consent"
)

// twoClosed is Rae, who opted out at Anna's letter, being Ben's client too.
func twoClosed(t *testing.T) (*house, clients.Client, clients.Client) {
	h := newHouse(t)
	here, there := h.add(h.anna, "Rae Moss", "rae@example.com"), h.add(h.ben, "Rae Moss", "rae@example.com")
	h.optOut(here)
	return h, here, there
}

func TestAnOlderYesHereHidesNoNewerNoElsewhere(t *testing.T) {
	// Rae comes back to Anna, who deletes her; then Ben restores her and she says no once more.
	again := func(t *testing.T) *house {
		h, here, there := twoClosed(t)
		h.later(time.Minute).optIn(here)
		h.delete(h.anna, here)
		h.must(h.restore(h.ben, there.ID))
		h.later(time.Minute).optOut(there)
		return h
	}
	t.Run("added", func(t *testing.T) {
		h := again(t)
		c := h.add(h.anna, "Rae Moss", "rae@example.com")
		h.wants("state", h.state(c).State, consent.OptedOut)
		h.wants("gate", h.gate(c), "consent")
		h.wants("ledger", h.kinds(c), "added_closed")
	})
	t.Run("imported", func(t *testing.T) {
		h := again(t)
		h.wants("remembered", h.bring(h.anna, false, "Rae Moss", "rae@example.com").Remembered, 1)
		h.wants("gate", h.gate(h.listed(h.anna)["rae@example.com"]), "consent")
	})
	t.Run("readdressed", func(t *testing.T) {
		h := again(t)
		c := h.add(h.anna, "Rae Moss", "other@example.com")
		h.readdress(h.anna, c.ID, "rae@example.com")
		h.wants("state", h.state(c).State, consent.OptedOut)
	})
	t.Run("on the page behind an old link", func(t *testing.T) {
		h := again(t)
		s, err := h.ledger.Stand(h.ctx, h.store.Read, consent.Link{Client: 1, Agent: h.anna.ID, Hash: h.ledger.Hash("rae@example.com")}, h.now)
		h.must(err)
		h.wants("state", s.State, consent.OptedOut)
	})
	t.Run("said where everything was closed already", func(t *testing.T) {
		h, here, there := twoClosed(t)
		h.optIn(here)
		h.delete(h.anna, here)
		h.ledgerGrew()
		h.optOut(there)
		h.optOut(there) // programs repeat themselves
		h.wants("rows", len(h.ledgerGrew()), 1)
		h.wants("state", h.state(h.add(h.anna, "Rae Moss", "rae@example.com")).State, consent.OptedOut)
	})
	t.Run("a newer yes here still counts", func(t *testing.T) {
		h, here, _ := twoClosed(t)
		h.optIn(here)
		h.delete(h.anna, here)
		h.wants("state", h.state(h.add(h.anna, "Rae Moss", "rae@example.com")).State, consent.OptedIn)
	})
}

func TestAPauseOutlivesTheRecord(t *testing.T) {
	paused := func(t *testing.T) (*house, clients.Client, time.Time) {
		h := newHouse(t)
		c := h.add(h.anna, "Rae Moss", "rae@example.com")
		until := h.now.AddDate(0, 0, 14)
		h.must(h.ledger.Pause(h.ctx, h.store.Write, h.link(c), until, page, h.now))
		return h, c, until
	}
	t.Run("added again", func(t *testing.T) {
		h, c, until := paused(t)
		h.delete(h.anna, c)
		c = h.add(h.anna, "Rae Moss", "rae@example.com")
		h.wants("gate", h.gate(c), "pause")
		h.wants("until", h.state(c).PausedUntil.Equal(until), true)
		h.wants("at another agent", h.gate(h.add(h.ben, "Rae Moss", "rae@example.com")), "")
		h.now = until
		h.wants("afterwards", h.gate(c), "")
	})
	t.Run("imported again", func(t *testing.T) {
		h, c, _ := paused(t)
		h.delete(h.anna, c)
		h.bring(h.anna, false, "Rae Moss", "rae@example.com", "Eve Ng", "eve@example.com")
		mine := h.listed(h.anna)
		h.wants("gates", fmt.Sprint(h.gate(mine["rae@example.com"]), " ", h.gate(mine["eve@example.com"])), "pause ")
	})
	t.Run("another record gets the address", func(t *testing.T) {
		h, c, _ := paused(t)
		h.delete(h.anna, c)
		c = h.add(h.anna, "Rae Moss", "other@example.com")
		h.readdress(h.anna, c.ID, "rae@example.com")
		h.wants("gate", h.gate(c), "pause")
	})
	t.Run("after it went along to another address", func(t *testing.T) {
		h, c, _ := paused(t)
		h.readdress(h.anna, c.ID, "new@example.com")
		h.delete(h.anna, c)
		h.wants("gate", h.gate(h.add(h.anna, "Rae Moss", "new@example.com")), "pause")
	})
	t.Run("not when it was ended", func(t *testing.T) {
		h, c, _ := paused(t)
		h.optIn(c) // Resumed
		h.delete(h.anna, c)
		h.wants("gate", h.gate(h.add(h.anna, "Rae Moss", "rae@example.com")), "")
	})
	t.Run("not when they opted in after it", func(t *testing.T) {
		h, c, _ := paused(t)
		h.optOut(c)
		h.optIn(c)
		h.delete(h.anna, c)
		h.wants("gate", h.gate(h.add(h.anna, "Rae Moss", "rae@example.com")), "")
	})
	t.Run("not when it is over", func(t *testing.T) {
		h, c, until := paused(t)
		h.delete(h.anna, c)
		h.now = until
		c = h.add(h.anna, "Rae Moss", "rae@example.com")
		h.wants("paused", h.state(c).PausedUntil.IsZero(), true)
	})
}

func TestTheNoticeOfAnOptOutNamesWhoseLetterItWas(t *testing.T) {
	out := func(t *testing.T, by consent.By, writerLeft bool) string {
		h := newHouse(t)
		carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
		link := h.link(carl)
		h.must(h.tx(func(ctx context.Context, db bun.Tx) error {
			_, after, err := clients.Move(ctx, db, h.anna.ID, h.ben.ID, carl.ID, h.now)
			if err != nil {
				return err
			}
			_, err = h.ledger.Move(ctx, db, after, false, consent.By{Agent: h.anna, Door: consent.DoorAgent}, h.now)
			return err
		}))
		if writerLeft {
			link.Agent = 999
		}
		_, err := h.ledger.OptOut(h.ctx, h.store.Write, link, by, h.later(time.Minute).now)
		h.must(err)
		return h.notices(h.ben)[0].Body
	}
	oneClick, nameless := page, page
	oneClick.Door, nameless.Subject = consent.DoorOneClick, ""
	for want, c := range map[string]struct {
		by   consent.By
		left bool
	}{
		", with the unsubscribe link in the letter from Anna Lee “4 new homes”.":                          {by: page},
		", with the unsubscribe button of their mail program, at the letter from Anna Lee “4 new homes”.": {by: oneClick},
		", with the unsubscribe link in a letter from Anna Lee.":                                          {by: nameless},
		", with the unsubscribe link in another agent’s letter “4 new homes”.":                            {by: page, left: true},
		", in their portal.": {by: consent.By{Door: consent.DoorPortal}},
	} {
		if body := out(t, c.by, c.left); !strings.Contains(body, want) || strings.Contains(body, "your letter") || strings.Contains(body, "of yours") {
			t.Errorf("no %q in %q", want, body)
		}
	}
}
