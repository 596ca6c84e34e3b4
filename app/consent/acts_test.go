package consent_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

func TestOptOut_by_a_mail_programs_button_says_so(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	by := consent.By{Door: consent.DoorOneClick, Subject: "4 new homes", IP: "2001:db8:1:2:3::4", UserAgent: strings.Repeat("ü", 400) + "\r\n"}
	id, err := h.ledger.OptOut(h.ctx, h.store.Write, h.link(carl), by, h.now)
	h.must(err)
	e := h.event(id)
	h.wants("door", e.Door, consent.DoorOneClick)
	h.wants("ip", e.IP, "2001:db8:1::/48")
	h.wants("user agent", e.UserAgent, strings.Repeat("ü", 300))
	h.contains(h.notices(h.anna)[0].Body, "unsubscribe button of their mail program", "“4 new homes”")
}

func TestOptOut_keeps_no_more_of_the_place_than_its_network(t *testing.T) {
	h := newHouse(t)
	for ip, kept := range map[string]string{
		"198.51.100.9": "198.51.100.0/24", "::ffff:198.51.100.9": "198.51.100.0/24", "fe80::1%eth0": "fe80::/48", "": "", "1.2.3.4:80": "", "no": "",
	} {
		c := h.add(h.anna, "Carl Whitman", "carl"+strings.NewReplacer(":", "-", "%", "-").Replace(ip)+"x@example.com")
		id, err := h.ledger.OptOut(h.ctx, h.store.Write, h.link(c), consent.By{Door: consent.DoorPage, IP: ip}, h.now)
		h.must(err)
		h.wants(ip, h.event(id).IP, kept)
	}
}

func TestOptOut_of_a_deleted_client_is_remembered_and_told(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.delete(h.anna, carl)
	h.ledgerGrew()
	stands, err := h.ledger.Stand(h.ctx, h.store.Read, h.link(carl), h.now)
	h.must(err)
	h.wants("stands", stands, consent.Standing{AgentName: "Anna Lee", State: consent.OptedIn})
	id := h.optOut(carl)
	h.wants("again", h.later(time.Minute).optOut(carl), id)
	h.wants("rows", len(h.ledgerGrew()), 1)
	h.wants("notices", len(h.notices(h.anna)), 1)
	stands, err = h.ledger.Stand(h.ctx, h.store.Read, h.link(carl), h.now)
	h.must(err)
	h.wants("stands", stands, consent.Standing{AgentName: "Anna Lee", State: consent.OptedOut})
	h.fails(h.ledger.OptIn(h.ctx, h.store.Write, h.link(carl), page, h.now), fault.Gone)
	h.fails(h.ledger.Pause(h.ctx, h.store.Write, h.link(carl), h.now.AddDate(0, 1, 0), page, h.now), fault.Gone)

	h.must(h.undo(carl, id))
	h.fails(h.undo(carl, id), fault.Conflict)
	open := h.add(h.anna, "Carl", "carl@example.com")
	h.wants("added after it was taken back", h.state(open).State, consent.OptedIn)
	h.optOut(carl) // the old letter's link finds the new record
	h.wants("state", h.state(open).State, consent.OptedOut)
	h.wants("status", h.client(open).Status, clients.Inactive)
}

func TestOptOut_at_an_agent_who_is_gone_tells_nobody(t *testing.T) {
	h := newHouse(t)
	link := consent.Link{Client: 99, Agent: 99, Hash: h.ledger.Hash("carl@example.com")}
	_, err := h.ledger.OptOut(h.ctx, h.store.Write, link, page, h.now)
	h.must(err)
	c := h.add(h.anna, "Carl", "carl@example.com")
	h.wants("added", h.state(c).State, consent.OptedOut)
	stands, err := h.ledger.Stand(h.ctx, h.store.Read, link, h.now)
	h.must(err)
	h.wants("stands", stands, consent.Standing{State: consent.OptedOut})
}

func TestOptOut_reaches_the_client_whose_address_was_changed_since(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "old@example.com")
	same := h.add(h.ben, "Carl", "old@example.com")
	h.readdress(h.anna, carl.ID, "new@example.com")
	h.wants("open so far", h.gate(h.client(carl)), "")
	stands, err := h.ledger.Stand(h.ctx, h.store.Read, h.link(carl), h.now)
	h.must(err)
	h.wants("the new address is not shown", stands, consent.Standing{AgentName: "Anna Lee", State: consent.OptedIn, Exists: true, Mails: true, OthersOpen: true})
	h.fails(h.ledger.OptIn(h.ctx, h.store.Write, h.link(carl), page, h.now), fault.Gone)

	id := h.later(time.Minute).optOut(carl)
	h.wants("state", h.state(carl).State, consent.OptedOut)
	h.wants("state of the old address elsewhere", h.state(same).State, consent.OptedOut)
	h.wants("status", h.client(carl).Status, clients.Inactive)
	h.wants("again", h.optOut(carl), id)
	h.fails(h.ledger.OptIn(h.ctx, h.store.Write, h.link(carl), page, h.now), fault.Gone)
	h.must(h.undo(carl, id))
	h.wants("gate after undo", h.gate(h.client(carl)), "")
	h.wants("gate elsewhere after undo", h.gate(same), "")
	h.later(time.Minute).optOut(carl)
	h.delete(h.anna, carl)
	h.wants("the new address, added again", h.state(h.add(h.anna, "Carl", "new@example.com")).State, consent.OptedOut)
}

func TestOptOut_again_closes_what_another_agent_restored(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	first := h.optOut(carl)
	h.must(h.restore(h.ben, same.ID))
	h.setStatus(h.anna, carl.ID, clients.Prospect)
	second := h.later(time.Minute).optOut(carl)
	if second == first {
		t.Error("nothing was recorded")
	}
	h.wants("state elsewhere", h.state(same).State, consent.OptedOut)
	h.wants("status, which the agent set since", h.client(carl).Status, clients.Prospect)
	h.wants("Anna's notices", len(h.notices(h.anna)), 1)
	h.wants("Ben's notices", len(h.notices(h.ben)), 2)
	h.must(h.undo(carl, second))
	h.wants("state elsewhere after undo", h.state(same).State, consent.OptedIn)
	h.wants("state after undo", h.state(carl).State, consent.OptedOut)
}

func TestOptOutFor_records_what_the_client_said_by_phone(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	by := consent.By{Agent: h.anna, Door: consent.DoorPhone, Note: "Said so on the phone."}
	h.fails(h.ledger.OptOutFor(h.ctx, h.store.Write, carl.ID, consent.By{Agent: h.ben, Door: consent.DoorPhone}, h.now), fault.NotFound)
	h.must(h.ledger.OptOutFor(h.ctx, h.store.Write, carl.ID, by, h.now))
	h.must(h.ledger.OptOutFor(h.ctx, h.store.Write, carl.ID, by, h.now))
	h.wants("ledger", h.kinds(carl), "added opted_out")
	e := h.event(h.state(carl).EventID)
	h.wants("actor", e.Actor, "Anna Lee")
	h.wants("note", e.Note, "Said so on the phone.")
	h.wants("status", h.client(carl).Status, clients.Inactive)
	h.wants("state elsewhere", h.state(same).State, consent.OptedOut)
	h.wants("mail to who recorded it", h.notices(h.anna)[0].Mails, false)
	h.wants("mail to the other", h.notices(h.ben)[0].Mails, true)
	h.fails(h.undo(carl, e.ID), fault.NotFound)
}

func TestPause_holds_mail_until_a_day_or_until_the_client_ends_it(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	pause := func(until time.Time) error {
		return h.ledger.Pause(h.ctx, h.store.Write, h.link(carl), until, page, h.now)
	}
	tomorrow := time.Date(2026, 11, 13, 5, 0, 0, 0, time.UTC) // midnight in New York
	inAYear := time.Date(2027, 11, 12, 5, 0, 0, 0, time.UTC)
	for _, bad := range []time.Time{{}, h.now, tomorrow.Add(-time.Second), inAYear.AddDate(0, 0, 1)} {
		err := pause(bad)
		h.fails(err, fault.Invalid)
		if fault.As(err).Fields["until"] == "" {
			t.Error("the field is not named")
		}
	}
	h.must(pause(inAYear))
	h.must(pause(tomorrow))
	h.must(pause(tomorrow))
	h.wants("ledger", h.kinds(carl), "added paused paused")
	h.wants("gate", h.gate(carl), "pause")
	h.wants("mails", h.notices(h.anna)[0].Mails, false)
	h.contains(h.notices(h.anna)[0].Title, "Carl Whitman asked for no mail until 13 November 2026")
	stands, err := h.ledger.Stand(h.ctx, h.store.Read, h.link(carl), h.now)
	h.must(err)
	h.wants("masked", stands.Masked, "c•••@example.com")
	h.wants("paused", stands.PausedUntil.Equal(tomorrow), true)
	h.wants("state", h.state(carl).State, consent.OptedIn)

	h.later(time.Hour).optIn(carl)
	h.optIn(carl)
	h.wants("ledger", h.kinds(carl), "added paused paused resumed")
	h.wants("gate", h.gate(carl), "")

	h.must(pause(tomorrow))
	h.now = tomorrow
	h.wants("gate when it is over", h.gate(carl), "")
	h.optIn(carl)
	h.wants("ledger", h.kinds(carl), "added paused paused resumed paused")

	h.now = tomorrow.Add(-time.Hour)
	h.optOut(carl)
	h.fails(pause(inAYear), fault.Conflict)
	h.optIn(carl)
	h.wants("an opt-in ends the pause", h.state(carl).PausedUntil.IsZero(), true)
}

func TestBlock_undeliverable_holds_mail_and_leaves_consent(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	hash := h.link(carl).Hash
	h.ledgerGrew()
	for range 2 {
		h.must(h.ledger.Block(h.ctx, h.store.Write, hash, consent.Undeliverable, "550 5.1.1 no such user", h.now))
	}
	rows := h.ledgerGrew()
	h.wants("rows", len(rows), 2)
	h.wants("actor", rows[0].Actor, "mail server")
	h.wants("note", rows[0].Note, "550 5.1.1 no such user")
	h.wants("gate", h.gate(carl), "address")
	h.wants("gate elsewhere", h.gate(same), "address")
	h.wants("state", h.state(carl).State, consent.OptedIn)
	n := h.notices(h.anna)
	h.wants("notices", len(n), 1)
	h.wants("mails", n[0].Mails, true)
	h.contains(n[0].Body, "carl@example.com", "550 5.1.1 no such user")
	h.wants("notices elsewhere", len(h.notices(h.ben)), 1)

	by := consent.By{Agent: h.anna, Door: consent.DoorAgent}
	h.fails(h.ledger.Unblock(h.ctx, h.store.Write, same.ID, by, h.now), fault.NotFound)
	for range 2 {
		h.must(h.ledger.Unblock(h.ctx, h.store.Write, carl.ID, by, h.now))
	}
	h.wants("ledger", h.kinds(carl), "added undeliverable deliverable")
	h.wants("gate", h.gate(carl), "")
	if err := h.ledger.Block(h.ctx, h.store.Write, hash, consent.Added, "", h.now); err == nil {
		t.Error("a block for no reason")
	}
}

func TestBlock_of_an_address_nobody_keeps_is_remembered(t *testing.T) {
	h := newHouse(t)
	hash := h.ledger.Hash("carl@example.com")
	h.must(h.ledger.Block(h.ctx, h.store.Write, hash, consent.Undeliverable, "", h.now))
	h.must(h.ledger.Block(h.ctx, h.store.Write, hash, consent.Complained, "", h.now))
	c := h.add(h.anna, "Carl", "carl@example.com")
	h.wants("state", h.state(c).State, consent.OptedOut)
	h.optIn(c)
	h.wants("gate", h.gate(c), "address")
}

func TestFollow_closes_at_a_remembered_address_and_never_opens(t *testing.T) {
	h := newHouse(t)
	h.optOut(h.add(h.ben, "Out", "out@example.com"))
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.edit(h.anna, carl.ID, func(f *clients.Form) { f.Email, f.Notes = "CARL@example.com", "same key" })
	h.wants("ledger", h.kinds(carl), "added")
	h.later(time.Minute).readdress(h.anna, carl.ID, "carl2@example.com")
	h.wants("ledger", h.kinds(carl), "added readdressed")
	h.wants("hash", h.state(carl).AddressHash, h.ledger.Hash("carl2@example.com"))
	h.wants("gate", h.gate(carl), "")
	h.readdress(h.anna, carl.ID, "out@example.com")
	k := h.state(carl)
	h.wants("state", k.State, consent.OptedOut)
	h.wants("since", k.Since.Equal(h.now), true)
	h.wants("because of", h.event(k.EventID).Kind, consent.Readdressed)
	h.readdress(h.anna, carl.ID, "carl@example.com")
	h.wants("state at the first address again", h.state(carl).State, consent.OptedOut)
	h.wants("hash", h.state(carl).AddressHash, h.ledger.Hash("carl@example.com"))
}

func TestHistory_is_the_agents_own(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.optOut(carl)
	events, err := h.ledger.History(h.ctx, h.store.Read, h.anna.ID, carl.ID)
	h.must(err)
	h.wants("newest first", events[0].Kind, consent.WentOut)
	h.wants("rows", len(events), 2)
	_, err = h.ledger.History(h.ctx, h.store.Read, h.ben.ID, carl.ID)
	h.fails(err, fault.NotFound)
}

func TestEnroll_after_a_complaint_names_it(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.optOut(carl)
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.link(carl).Hash, consent.Complained, "", h.later(time.Minute).now))
	c := h.add(h.ben, "Carl", "carl@example.com")
	h.wants("cause", h.event(h.event(h.state(c).EventID).CauseID).Kind, consent.Complained)
	_, err := h.ledger.Check(h.ctx, h.store.Read, h.ben.ID, c.ID, h.now)
	h.contains(err.Error(), "marked our mail as spam on 12 November")
}
