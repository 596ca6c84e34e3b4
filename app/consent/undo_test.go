package consent_test

import (
	"testing"
	"time"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

func (h *house) undo(c clients.Client, event int64) error {
	return h.ledger.Undo(h.ctx, h.store.Write, h.link(c), event, page, h.now)
}

func TestUndo_has_an_hour(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	id := h.optOut(carl)
	h.fails(h.ledger.Undo(h.ctx, h.store.Write, h.link(carl), id, page, h.now.Add(time.Hour+time.Microsecond)), fault.Gone)
	h.wants("state", h.state(carl).State, consent.OptedOut)
	h.must(h.ledger.Undo(h.ctx, h.store.Write, h.link(carl), id, page, h.now.Add(time.Hour)))
}

func TestUndo_is_for_the_links_own_opt_out_only(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	dora := h.add(h.anna, "Dora Smith", "dora@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	id := h.optOut(carl)
	h.optOut(dora)
	h.fails(h.undo(dora, id), fault.NotFound)
	h.fails(h.undo(same, id), fault.NotFound)
	h.fails(h.undo(carl, h.state(same).EventID), fault.NotFound)
	h.fails(h.undo(carl, 1), fault.NotFound)
	h.fails(h.undo(carl, 1<<40), fault.NotFound)
}

func TestUndo_leaves_alone_what_changed_since(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	id := h.optOut(carl)
	h.must(h.restore(h.anna, carl.ID))
	restored := h.state(carl).EventID
	h.readdress(h.ben, same.ID, "other@example.com")
	h.fails(h.undo(carl, id), fault.Conflict)
	h.wants("restored", h.state(carl).EventID, restored)
	h.wants("an address that never spoke", h.state(same).State, consent.OptedOut)

	id = h.later(time.Minute).optOut(carl)
	h.setStatus(h.anna, carl.ID, clients.Prospect)
	h.setStatus(h.anna, carl.ID, clients.Closed)
	h.must(h.undo(carl, id))
	h.wants("a status set since", h.client(carl).Status, clients.Closed)
}

func TestUndo_never_lifts_a_complaint(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	id := h.optOut(carl)
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.link(carl).Hash, consent.Complained, "", h.now))
	h.fails(h.undo(carl, id), fault.Conflict)
	h.wants("state", h.state(carl).State, consent.OptedOut)
}

func TestUndo_gives_back_a_vacation(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	end := h.now.AddDate(0, 1, 0)
	h.edit(h.anna, carl.ID, func(f *clients.Form) { f.Status, f.VacationUntil = clients.OnVacation, end })
	kept := h.client(carl).VacationUntil
	id := h.later(time.Minute).optOut(carl)
	h.wants("status", h.client(carl).Status, clients.Inactive)
	h.must(h.undo(carl, id))
	h.wants("status", h.client(carl).Status, clients.OnVacation)
	h.wants("until", h.client(carl).VacationUntil.Equal(kept), true)
	_, err := clients.EndVacations(h.ctx, h.store.Write, end.Add(48*time.Hour))
	h.must(err)
	h.wants("status after it", h.client(carl).Status, clients.Active)
}

func TestUndo_leaves_an_inactive_that_the_agent_chose_since(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	id := h.optOut(carl)
	h.later(time.Minute).setStatus(h.anna, carl.ID, clients.Active)
	h.later(time.Minute).setStatus(h.anna, carl.ID, clients.Inactive)
	h.must(h.undo(carl, id))
	h.wants("status", h.client(carl).Status, clients.Inactive)
	waiting, err := h.ledger.Waiting(h.ctx, h.store.Read, h.anna.ID)
	h.must(err)
	h.wants("waiting", len(waiting), 0)
}

func TestUndo_makes_the_address_new_to_other_agents_again(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.must(h.undo(carl, h.optOut(carl)))
	h.wants("added by another", h.state(h.add(h.ben, "Carl", "carl@example.com")).State, consent.OptedIn)
}

func TestUndo_for_a_deleted_client_keeps_what_was_said_before(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	same := h.add(h.ben, "C. Whitman", "carl@example.com")
	h.optOut(carl)
	h.must(h.restore(h.ben, same.ID))
	h.delete(h.anna, carl)
	h.must(h.undo(carl, h.later(time.Minute).optOut(carl))) // it closed Ben's record, and only that opens again
	h.wants("state elsewhere", h.state(same).State, consent.OptedIn)
	h.wants("added again", h.state(h.add(h.anna, "Carl", "carl@example.com")).State, consent.OptedOut)
}

func TestUndo_says_no_when_the_deleted_client_was_added_again(t *testing.T) {
	h := newHouse(t)
	carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.delete(h.anna, carl)
	id := h.optOut(carl)
	again := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.fails(h.undo(carl, id), fault.Conflict)
	h.wants("state", h.state(again).State, consent.OptedOut)
}
