package consent_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

// The consent loop, DESIGN section 4, by its numbers. Items 1 and 2 are web's and mail's.
func TestDesign4_3_confirming_closes_every_record_and_tells_every_agent(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "Carl@Example.com")
	stranger := h.add(h.ben, "Dora Smith", "dora@example.com")
	h.ledgerGrew()
	id := h.later(time.Minute).optOut(carl)

	rows := h.ledgerGrew()
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	e := rows[0]
	h.wants("id", e.ID, id)
	h.wants("kind", e.Kind, consent.WentOut)
	h.wants("door", e.Door, consent.DoorPage)
	h.wants("actor", e.Actor, "client")
	h.wants("mailing", e.MailingID, int64(7))
	h.wants("subject", e.Subject, "4 new homes")
	h.wants("wording", e.Wording, "Confirm Opt-Out")
	h.wants("status before", e.StatusBefore, clients.Active)
	h.wants("ip", e.IP, "203.0.113.0/24")
	h.wants("at", e.At.Equal(h.now), true)
	h.wants("other kind", rows[1].Kind, consent.WentOutToo)
	h.wants("other cause", rows[1].CauseID, id)
	h.wants("what the other agent learns of the letter", rows[1].Subject+rows[1].IP+rows[1].UserAgent, "")

	h.wants("state", h.state(carl).State, consent.OptedOut)
	h.wants("state elsewhere", h.state(same).State, consent.OptedOut)
	h.wants("a stranger's state", h.state(stranger).State, consent.OptedIn)
	h.wants("status", h.client(carl).Status, clients.Inactive)
	h.wants("status elsewhere", h.client(same).Status, clients.Active)

	mine := h.notices(h.anna)
	if len(mine) != 1 {
		t.Fatalf("Anna got %d notices", len(mine))
	}
	n := mine[0]
	h.wants("title", n.Title, "Carl Whitman opted out of your e-mail")
	h.wants("mails", n.Mails, true)
	h.wants("kind", n.Kind, agents.NoticeOptOut)
	h.wants("action", n.Action, "Click here to restore")
	h.wants("path", n.Path, "/clients/"+itoa(carl.ID)+"/restoration")
	h.contains(n.Body, "carl@example.com", "12 November 2026 at 12:01, with", "“4 new homes”", "unsubscribe link", "Elm Realty", "has stopped",
		"Inactive", "by hand", "Status, Active, Save")
	theirs := h.notices(h.ben)
	if len(theirs) != 1 {
		t.Fatalf("Ben got %d notices", len(theirs))
	}
	h.contains(theirs[0].Title, "C. Whitman opted out at another agent's letter", "ask first")
	h.contains(theirs[0].Body, "12 November 2026", "held", "as it was")
	h.wants("mails", theirs[0].Mails, true)
	h.wants("what Ben reads of Anna's letter", strings.Contains(theirs[0].Body, "4 new homes"), false)
	h.wants("Chloe's notices", len(h.notices(h.chloe)), 0)

	again := h.later(time.Hour).optOut(carl)
	h.wants("the second time", again, id)
	one, err := h.ledger.OptOut(h.ctx, h.store.Write, h.link(carl), consent.By{Door: consent.DoorOneClick}, h.now)
	h.must(err)
	h.wants("the third time", one, id)
	h.wants("new rows", len(h.ledgerGrew()), 0)
	h.wants("Anna's notices", len(h.notices(h.anna)), 1)
	h.wants("Ben's notices", len(h.notices(h.ben)), 1)
}

func TestDesign4_3_undo_puts_everything_back(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	h.setStatus(h.anna, carl.ID, clients.Prospect)
	id := h.later(time.Minute).optOut(carl)
	h.ledgerGrew()
	h.must(h.ledger.Undo(h.ctx, h.store.Write, h.link(carl), id, page, h.later(time.Minute).now))
	rows := h.ledgerGrew()
	h.wants("rows", len(rows), 2)
	for _, r := range rows {
		h.wants("kind", r.Kind, consent.Undone)
	}
	h.wants("cause", rows[0].CauseID, id)
	h.wants("state", h.state(carl).State, consent.OptedIn)
	h.wants("state elsewhere", h.state(same).State, consent.OptedIn)
	h.wants("status", h.client(carl).Status, clients.Prospect)
	h.wants("gate", h.gate(carl), "")
	h.contains(h.notices(h.anna)[0].Title, "Carl Whitman took the opt-out back")
	h.contains(h.notices(h.ben)[0].Title, "C. Whitman took the opt-out back")
	waiting, err := h.ledger.Waiting(h.ctx, h.store.Read, h.anna.ID)
	h.must(err)
	h.wants("waiting", len(waiting), 0)
	h.fails(h.ledger.Undo(h.ctx, h.store.Write, h.link(carl), id, page, h.now), fault.Conflict)
}

func TestDesign4_4_the_client_opts_back_in_at_the_agent_of_that_letter_only(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	h.later(time.Minute).optOut(carl)
	h.ledgerGrew()
	h.later(time.Minute).optIn(carl)
	h.wants("state", h.state(carl).State, consent.OptedIn)
	h.wants("state elsewhere", h.state(same).State, consent.OptedOut)
	h.wants("status", h.client(carl).Status, clients.Inactive)
	h.wants("gate", h.gate(carl), "status")
	n := h.notices(h.anna)[0]
	h.wants("title", n.Title, "Carl Whitman opted back in")
	h.wants("mails", n.Mails, true)
	h.contains(n.Body, "still Inactive", "Status, Active, Save")
	h.wants("Ben's notices", len(h.notices(h.ben)), 1)
	h.optIn(carl)
	h.wants("rows of two opt-ins", len(h.ledgerGrew()), 1)
	h.wants("Anna's notices", len(h.notices(h.anna)), 2)

	h.later(time.Minute).optIn(same)
	h.wants("state elsewhere by its own letter", h.state(same).State, consent.OptedIn)
	h.wants("gate", h.gate(same), "")
}

func TestDesign4_5_the_agent_restores_their_own_record_only(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	h.later(time.Minute).optOut(carl)
	h.ledgerGrew()
	h.fails(h.restore(h.ben, carl.ID), fault.NotFound)
	h.fails(h.restore(agents.Agent{}, carl.ID), fault.NotFound)
	h.must(h.ledger.Restore(h.ctx, h.store.Write, carl.ID, consent.By{
		Agent: h.anna, Door: consent.DoorAgent, Wording: "Carl asked me to.", Note: "By phone on Tuesday.",
	}, h.later(time.Minute).now))
	rows := h.ledgerGrew()
	h.wants("rows", len(rows), 1)
	h.wants("kind", rows[0].Kind, consent.Restored)
	h.wants("actor", rows[0].Actor, "Anna Lee")
	h.wants("actor id", rows[0].ActorID, h.anna.ID)
	h.wants("wording", rows[0].Wording, "Carl asked me to.")
	h.wants("note", rows[0].Note, "By phone on Tuesday.")
	h.wants("state", h.state(carl).State, consent.OptedIn)
	h.wants("status", h.client(carl).Status, clients.Inactive)
	h.wants("state elsewhere", h.state(same).State, consent.OptedOut)
	h.fails(h.restore(h.anna, carl.ID), fault.Conflict)
	h.fails(h.ledger.Restore(h.ctx, h.store.Write, same.ID, consent.By{Agent: h.ben, Note: strings.Repeat("x", 1001)}, h.now), fault.Invalid)
	h.must(h.restore(h.ben, same.ID))
	h.wants("gate at the other agent", h.gate(same), "")
}

func TestDesign4_6_mail_flows_only_when_the_status_is_set_by_hand(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.later(time.Minute).optOut(carl)
	h.setStatus(h.anna, carl.ID, clients.Active)
	h.wants("Active without consent", h.gate(carl), "consent")
	h.setStatus(h.anna, carl.ID, clients.Inactive)
	h.must(h.restore(h.anna, carl.ID))
	mailable, total, err := h.ledger.Mailable(h.ctx, h.store.Read, h.anna.ID, "", 10, h.now)
	h.must(err)
	h.wants("on offer when Inactive", len(mailable)+total, 0)
	_, err = h.ledger.Check(h.ctx, h.store.Read, h.anna.ID, carl.ID, h.now)
	h.fails(err, fault.Denied)
	h.setStatus(h.anna, carl.ID, clients.Active)
	permit, err := h.ledger.Check(h.ctx, h.store.Read, h.anna.ID, carl.ID, h.now)
	h.must(err)
	h.wants("granted", permit.Granted(), true)
	h.wants("address", permit.Address(), "carl@example.com")
	h.wants("name", permit.Name(), "Carl Whitman")
	h.wants("hash", permit.Hash(), h.link(carl).Hash)
	mailable, total, err = h.ledger.Mailable(h.ctx, h.store.Read, h.anna.ID, "whit", 10, h.now)
	h.must(err)
	h.wants("on offer when Active", len(mailable)+total, 2)
}

func TestDesign4_7_waiting_for_you_lists_who_is_back_and_still_inactive(t *testing.T) {
	h := newHouse(t)
	waits := func() string {
		t.Helper()
		list, err := h.ledger.Waiting(h.ctx, h.store.Read, h.anna.ID)
		h.must(err)
		var names []string
		for _, c := range list {
			names = append(names, c.FirstName)
		}
		return strings.Join(names, " ")
	}
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	dora := h.add(h.anna, "Dora Smith", "dora@example.com")
	quiet := h.add(h.anna, "Quiet Inactive", "quiet@example.com")
	h.later(time.Minute).setStatus(h.anna, quiet.ID, clients.Inactive)
	h.optOut(carl)
	h.optOut(dora)
	h.wants("after the opt-outs", waits(), "")
	h.later(time.Minute).optIn(carl)
	h.must(h.restore(h.anna, dora.ID))
	h.wants("after opt-in and restoration", waits(), "Carl Dora")
	h.later(time.Minute).setStatus(h.anna, carl.ID, clients.Active)
	h.wants("after Make Active", waits(), "Dora")
	h.later(time.Minute).setStatus(h.anna, carl.ID, clients.Inactive)
	h.wants("made Inactive by the agent", waits(), "Dora")
	h.optOut(dora)
	h.wants("out again", waits(), "")
}

func TestDesign4_8_an_opt_out_outlives_its_client(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	id := h.later(time.Minute).optOut(carl)
	h.delete(h.anna, carl)
	h.wants("ledger", h.kinds(carl), "added opted_out erased")
	again := h.later(time.Minute).add(h.anna, "Carl Whitman", "CARL@example.com")
	h.wants("added again", h.state(again).State, consent.OptedOut)
	h.wants("ledger", h.kinds(again), "added_closed")
	h.wants("cause", h.event(h.state(again).EventID).CauseID, id)
	elsewhere := h.add(h.ben, "Carl Whitman", "carl@example.com")
	h.wants("added elsewhere", h.state(elsewhere).State, consent.OptedOut)
	moved := h.add(h.chloe, "Carla", "carla@example.com")
	h.readdress(h.chloe, moved.ID, "carl@example.com")
	h.wants("changed to it", h.state(moved).State, consent.OptedOut)

	// The old letter's link finds the new record: only so can the client opt in again.
	h.must(h.ledger.OptIn(h.ctx, h.store.Write, h.link(carl), page, h.later(time.Minute).now))
	h.wants("opted in by an old letter", h.state(again).State, consent.OptedIn)
	h.delete(h.anna, again)
	once := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.wants("added after an opt-in here", h.state(once).State, consent.OptedIn)
	h.wants("and elsewhere still", h.state(elsewhere).State, consent.OptedOut)
}

func TestDesign4_8_only_the_client_lifts_a_complaint(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	h.ledgerGrew()
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.link(carl).Hash, consent.Complained, "abuse report", h.later(time.Minute).now))
	rows := h.ledgerGrew()
	h.wants("rows", len(rows), 2)
	h.wants("door", rows[0].Door, consent.DoorReport)
	h.wants("state", h.state(carl).State, consent.OptedOut)
	h.wants("state elsewhere", h.state(same).State, consent.OptedOut)
	h.wants("status", h.client(carl).Status, clients.Active)
	for _, a := range []agents.Agent{h.anna, h.ben} {
		n := h.notices(a)
		h.wants("notices", len(n), 1)
		h.contains(n[0].Title, "marked mail from Elm Realty as spam")
		h.contains(n[0].Body, "only they can opt in again, from any old letter")
		h.wants("mails", n[0].Mails, true)
	}
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.link(carl).Hash, consent.Complained, "again", h.now))
	h.wants("rows of the second report", len(h.ledgerGrew()), 0)
	err := h.restore(h.anna, carl.ID)
	h.fails(err, fault.Denied)
	h.contains(err.Error(), "marked your mail as spam; only they can opt in again, from any old letter")
	gates, err := h.ledger.Gates(h.ctx, h.store.Read, h.anna.ID, carl.ID, time.UTC, h.now)
	h.must(err)
	h.wants("remedies", gates[0].Remedy+gates[1].Remedy, "")
	h.wants("complaint gate", gates[1].Open, false)

	h.delete(h.anna, carl)
	again := h.add(h.anna, "Carl", "carl@example.com")
	h.wants("added again", h.state(again).State, consent.OptedOut)

	h.later(time.Minute).optIn(again)
	h.wants("gate at the agent of the letter", h.gate(again), "")
	h.wants("gate elsewhere", h.gate(same), "consent")
	h.must(h.restore(h.ben, same.ID))
	h.wants("gate elsewhere after asking", h.gate(same), "")
}

func TestDesign4_9_another_agents_record_says_ask_first(t *testing.T) {
	h := newHouse(t)
	h.now = time.Date(2026, 5, 3, 16, 0, 0, 0, time.UTC)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	h.optOut(carl)
	ny, err := time.LoadLocation("America/New_York")
	h.must(err)
	gates, err := h.ledger.Gates(h.ctx, h.store.Read, h.ben.ID, same.ID, ny, h.now)
	h.must(err)
	h.wants("say", gates[0].Say, "Opted out at another agent's letter on 3 May: ask first.")
	h.wants("remedy", gates[0].Remedy, "Restore")
	h.wants("path", gates[0].Path, "/clients/"+itoa(same.ID)+"/restoration")
	h.wants("status gate", gates[4].Open, true)
	h.wants("status", h.client(same).Status, clients.Active)
	_, err = h.ledger.Check(h.ctx, h.store.Read, h.ben.ID, same.ID, h.now)
	h.fails(err, fault.Denied)
	h.contains(err.Error(), "another agent's letter on 3 May: ask first")
	later := h.add(h.chloe, "Carl", "carl@example.com")
	gates, err = h.ledger.Gates(h.ctx, h.store.Read, h.chloe.ID, later.ID, ny, h.later(365*24*time.Hour).now)
	h.must(err)
	h.wants("added later", gates[0].Say, "Opted out at another agent's letter on 3 May 2026: ask first.")
}
