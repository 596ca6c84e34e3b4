package autoemail_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// vetting is a bureau whose agent vets what Rae gets.
type vetting struct {
	*bureau
	search autoemail.Search
	keys   int
}

func openQueue(t testing.TB) *vetting {
	t.Helper()
	v := &vetting{bureau: openBureau(t)}
	v.search = v.save(v.mystic(func(s *autoemail.Search) { s.Concierge = true }), autoemail.Saving{})
	return v
}

// comes brings a home in, or changes it.
func (v *vetting) comes(key string, price int64, status listings.Status) listings.ID {
	v.t.Helper()
	cents := price * 100
	record := listings.Record{Listing: listings.Listing{
		ListingKey: key, StandardStatus: status, PropertyType: "Residential", ListPrice: &cents, UnparsedAddress: key + " Elm Street", City: "Mystic",
		StateOrProvince: "CT", PostalCode: "06355", InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true, ModificationTimestamp: v.now,
	}}
	v.must(v.store.Write.RunInTx(v.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := listings.Apply(ctx, db, listings.Source{Feed: 7}, []listings.Record{record}, v.now)
		return err
	}))
	var id listings.ID
	v.must(v.store.Read.NewRaw("SELECT id FROM listings WHERE listing_key = ?", key).Scan(v.t.Context(), &id))
	return id
}

// found puts a match of a new home into a search's queue.
func (v *vetting) found(s autoemail.Search) autoemail.Match {
	v.t.Helper()
	v.keys++
	key := fmt.Sprint(v.keys)
	price := int64(400_000_00)
	m := autoemail.Match{
		SearchID: s.ID, ClientID: s.ClientID, AgentID: s.AgentID, ListingID: v.comes(key, 400_000, listings.Active), Kind: listings.EventNew, OnceKey: key,
		NewPrice: &price, FoundStatus: listings.Active, State: autoemail.Unsent, FoundAt: v.now, Version: 1,
	}
	_, err := v.store.Write.NewInsert().Model(&m).Exec(v.t.Context())
	v.must(err)
	return m
}

// for another client of Maya's.
func (v *vetting) another(name string) autoemail.Search {
	v.t.Helper()
	c := v.client(v.maya, name)
	return v.save(v.mystic(func(s *autoemail.Search) { s.Concierge, s.ClientID = true, c.ID }), autoemail.Saving{})
}

func asSeen(m autoemail.Match) []autoemail.Pick {
	return []autoemail.Pick{{ID: m.ID, Version: m.Version}}
}

func (v *vetting) approve(m autoemail.Match) autoemail.Match {
	v.t.Helper()
	done, err := autoemail.Approve(v.t.Context(), v.store.Write, v.maya, asSeen(m), v.now)
	v.must(err)
	return done[0]
}

func (v *vetting) reject(m autoemail.Match, reason string) autoemail.Match {
	v.t.Helper()
	done, err := autoemail.Reject(v.t.Context(), v.store.Write, v.maya, asSeen(m), reason, v.now)
	v.must(err)
	return done[0]
}

// leaves is what the runner does with what was approved.
func (v *vetting) leaves(m autoemail.Match) {
	v.t.Helper()
	v.exec("UPDATE matches SET state = 'sent', version = version + 1 WHERE id = ? AND state = 'approved'", m.ID)
}

// tab tells a page of the queue such as "Rae Moss: 2 1 | Bo Li: 3".
func (v *vetting) tab(t autoemail.Tab) (words, next string) {
	v.t.Helper()
	t.Agent = v.maya
	groups, next, err := autoemail.Queue(v.t.Context(), v.store.Read, v.ledger, t, v.now)
	v.must(err)
	var all []string
	for _, g := range groups {
		line := g.Name + ":"
		for _, item := range g.Items {
			line += fmt.Sprint(" ", item.OnceKey)
			if item.SearchName != "Homes in Mystic" {
				v.t.Errorf("search name %q", item.SearchName)
			}
		}
		all = append(all, line)
	}
	return strings.Join(all, " | "), next
}

func (v *vetting) shows(what string, t autoemail.Tab, want string) {
	v.t.Helper()
	got, _ := v.tab(t)
	wants(v.t, what, got, want)
}

func (v *vetting) count() autoemail.Backlog {
	v.t.Helper()
	log, err := autoemail.Count(v.t.Context(), v.store.Read, v.maya, v.now)
	v.must(err)
	return log
}

var unsent = autoemail.Tab{State: autoemail.Unsent}

func TestQueue_shows_who_waits_longest_first_and_their_newest_homes_first(t *testing.T) {
	v := openQueue(t)
	bo := v.another("Bo Li")
	v.found(bo)
	v.later(time.Hour)
	v.found(v.search)
	v.later(time.Hour)
	v.found(bo)
	v.shows("unsent", unsent, "Bo Li: 3 1 | Rae Moss: 2")
	v.shows("one client", autoemail.Tab{State: autoemail.Unsent, Client: v.rae.ID}, "Rae Moss: 2")
	wants(t, "backlog", v.count().Unsent, 3)
	wantsTime(t, "oldest", v.count().Oldest, v.now.Add(-2*time.Hour))
	n, err := autoemail.Unseen(t.Context(), v.store.Read, v.jon)
	v.must(err)
	wants(t, "another agent's", n, 0)
	v.must(autoemail.Delete(t.Context(), v.store.Write, v.maya, bo.ID, v.now))
	v.shows("without the deleted search's", unsent, "Rae Moss: 2")
	wants(t, "backlog without the deleted search's", v.count().Unsent, 1)
}

func TestQueue_pages_through_everything_once_whatever_the_size_of_a_page(t *testing.T) {
	v := openQueue(t)
	all := []autoemail.Search{v.search, v.another("Bo Li"), v.another("Cy Ray"), v.another("Di Fox")}
	decided := map[int]bool{}
	for i, n := range []int{4, 1, 6, 2} {
		for range n {
			v.later(time.Minute)
			m := v.found(all[i])
			if v.keys%5 == 0 {
				v.approve(m)
				decided[v.keys] = true
			}
		}
	}
	if len(decided) == 0 {
		t.Fatal("nothing approved stands among them")
	}
	whole, _ := v.tab(unsent)
	wants(t, "at once", whole, "Rae Moss: 4 3 2 1 | Bo Li: 5 | Cy Ray: 11 10 9 8 7 6 | Di Fox: 13 12")
	for limit := 1; limit <= 14; limit++ {
		var pages []string
		for after, n := "", 0; n == 0 || after != ""; n++ {
			page, next := v.tab(autoemail.Tab{State: autoemail.Unsent, Limit: limit, After: after})
			if page == "" || n > 13 {
				t.Fatalf("limit %d: page %d is %q", limit, n, page)
			}
			for _, group := range strings.Split(page, " | ") {
				name, homes, _ := strings.Cut(group, ": ")
				if last := len(pages) - 1; last >= 0 && strings.HasPrefix(pages[last], name+":") {
					pages[last] += " " + homes
				} else {
					pages = append(pages, group)
				}
			}
			after = next
		}
		wants(t, fmt.Sprint("limit ", limit), strings.Join(pages, " | "), whole)
	}
}

func TestQueue_pages_through_what_was_decided_latest_first(t *testing.T) {
	v := openQueue(t)
	bo := v.another("Bo Li")
	for i := range 7 {
		v.later(time.Second)
		m := v.found([]autoemail.Search{v.search, bo}[i%2])
		if i < 5 {
			v.reject(m, "Price")
		} else {
			v.approve(m)
			v.leaves(m)
		}
	}
	v.shows("rejected", autoemail.Tab{State: autoemail.Rejected}, "Rae Moss: 5 3 1 | Bo Li: 4 2")
	v.shows("sent", autoemail.Tab{State: autoemail.Sent}, "Rae Moss: 7 | Bo Li: 6")
	var pages []string
	for after := "-"; after != ""; {
		page, next := v.tab(autoemail.Tab{State: autoemail.Rejected, Limit: 2, After: strings.TrimPrefix(after, "-")})
		pages, after = append(pages, page), next
	}
	wants(t, "in twos", strings.Join(pages, " / "), "Rae Moss: 5 | Bo Li: 4 / Rae Moss: 3 | Bo Li: 2 / Rae Moss: 1")
	wants(t, "rejected", v.count().Rejected, 5)
	wants(t, "sent", v.count().Sent, 2)
}

func TestQueue_begins_anew_at_a_mark_that_can_not_be_read(t *testing.T) {
	v := openQueue(t)
	v.found(v.search)
	for _, after := range []string{"x", "..", "-1.1.1", "zzzzzzzzzzzzzzzzzz.1.1", "1.1.0", "1y2p0ij32e8e7.1.1", "0.0.1"} {
		v.tab(autoemail.Tab{State: autoemail.Rejected, After: after})
		if got, _ := v.tab(autoemail.Tab{State: autoemail.Unsent, After: after}); got != "Rae Moss: 1" {
			t.Errorf("after %q: %q", after, got)
		}
	}
}

func TestQueue_tells_who_waits_longer_than_the_agent_s_own_limit_and_to_whom_nothing_can_leave(t *testing.T) {
	v := openQueue(t)
	v.must(autoemail.SaveHabits(t.Context(), v.store.Write, autoemail.Habits{AgentID: v.maya, Digest: autoemail.DigestOff, LimitHours: 3}))
	v.found(v.search)
	v.later(3 * time.Hour)
	wants(t, "late at three hours", v.count().Late, false)
	v.later(time.Minute)
	wants(t, "late after them", v.count().Late, true)
	v.exec("UPDATE clients SET status = 'Inactive' WHERE id = ?", v.rae.ID)
	groups, _, err := autoemail.Queue(t.Context(), v.store.Read, v.ledger, autoemail.Tab{Agent: v.maya, State: autoemail.Unsent}, v.now)
	v.must(err)
	wants(t, "late", groups[0].Late, true)
	if !strings.Contains(groups[0].Shut, "Inactive") {
		t.Errorf("shut: %q", groups[0].Shut)
	}
}

func TestApprove_lets_the_second_of_two_tabs_know(t *testing.T) {
	v := openQueue(t)
	m := v.found(v.search)
	done := v.approve(m)
	wants(t, "state", done.State, autoemail.Approved)
	wants(t, "by", done.DecidedBy, v.maya)
	wantsTime(t, "decided", done.DecidedAt, v.now)
	v.shows("still there for its undo", unsent, "Rae Moss: 1")
	wants(t, "but not counted", v.count().Unsent, 0)
	v.later(5 * time.Minute)
	_, err := autoemail.Approve(t.Context(), v.store.Write, v.maya, asSeen(m), v.now)
	v.refused(err, fault.Conflict, "approved already, 5 minutes ago")
	_, err = autoemail.Reject(t.Context(), v.store.Write, v.maya, asSeen(m), "", v.now)
	v.refused(err, fault.Conflict, "approved already")
	_, err = autoemail.Reject(t.Context(), v.store.Write, v.maya, asSeen(done), "", v.now)
	v.refused(err, fault.Conflict, "approved already")
	_, err = autoemail.Approve(t.Context(), v.store.Write, v.jon, asSeen(done), v.now)
	v.refused(err, fault.NotFound)
	noted := v.found(v.search)
	_, err = autoemail.SetNote(t.Context(), v.store.Write, v.maya, noted.ID, "Look at the porch", v.now)
	v.must(err)
	_, err = autoemail.Approve(t.Context(), v.store.Write, v.maya, asSeen(noted), v.now)
	v.refused(err, fault.Conflict, "another tab")
}

func TestApprove_is_for_all_or_for_none(t *testing.T) {
	v := openQueue(t)
	first, second, third := v.found(v.search), v.found(v.search), v.found(v.search)
	v.approve(second)
	_, err := autoemail.Approve(t.Context(), v.store.Write, v.maya, slices.Concat(asSeen(first), asSeen(second), asSeen(third)), v.now)
	v.refused(err, fault.Conflict, "1 of these 3")
	wants(t, "the one to blame", fmt.Sprint(fault.As(err).Fields), fmt.Sprintf("map[%d:This home was approved already, a moment ago.]", second.ID))
	wants(t, "states", v.matches(v.search.ID), "approved 1, unsent 2")
	_, err = autoemail.Approve(t.Context(), v.store.Write, v.maya, append(asSeen(first), autoemail.Pick{ID: 999}), v.now)
	v.refused(err, fault.NotFound)
	wants(t, "states", v.matches(v.search.ID), "approved 1, unsent 2")
	done, err := autoemail.Approve(t.Context(), v.store.Write, v.maya, slices.Concat(asSeen(third), asSeen(first), asSeen(third)), v.now)
	v.must(err)
	wants(t, "done", fmt.Sprint(done[0].ID, done[1].ID, len(done)), fmt.Sprint(third.ID, first.ID, 2))
}

func TestApprove_by_many_at_the_same_moment_happens_once(t *testing.T) {
	v := openQueue(t)
	m := v.found(v.search)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won, told := 0, 0
	for i := range 8 {
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = autoemail.Approve(t.Context(), v.store.Write, v.maya, asSeen(m), v.now)
			} else {
				_, err = autoemail.Reject(t.Context(), v.store.Write, v.maya, asSeen(m), "", v.now)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case fault.Of(err) == fault.Conflict:
				told++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wants(t, "won, told", fmt.Sprint(won, told), "1 7")
}

func TestApprove_asks_about_a_home_that_changed_since_it_was_found(t *testing.T) {
	for _, c := range []struct {
		name, say string
		change    func(v *vetting)
		anyway    bool
	}{
		{"a new price", "It asks $380,000 now; it was $400,000", func(v *vetting) { v.comes("1", 380_000, listings.Active) }, true},
		{"off the market", "It is Pending now; it was Active", func(v *vetting) { v.comes("1", 400_000, listings.Pending) }, true},
		{"withdrawn", "can’t be sent any more. Its status is Withdrawn", func(v *vetting) { v.comes("1", 400_000, listings.Withdrawn) }, false},
		{"out of the feed", "It is no longer in the feed", func(v *vetting) {
			v.exec("UPDATE listings SET shown = ?, gone_at = ?", false, v.now)
		}, false},
		{"not there at all", "It is not in Porchlight any more", func(v *vetting) { v.exec("DELETE FROM listings") }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := openQueue(t)
			m := v.found(v.search)
			v.later(time.Hour)
			c.change(v)
			_, err := autoemail.Approve(t.Context(), v.store.Write, v.maya, asSeen(m), v.now)
			v.refused(err, fault.Conflict, c.say)
			done, left, err := autoemail.ApproveAll(t.Context(), v.store.Write, v.maya, 0, v.now, v.now)
			v.must(err)
			wants(t, "by approve all", fmt.Sprint(len(done), len(left)), "0 1")
			sure := asSeen(m)
			sure[0].Anyway = true
			_, err = autoemail.Approve(t.Context(), v.store.Write, v.maya, sure, v.now)
			if c.anyway {
				v.must(err)
			} else {
				v.refused(err, fault.Conflict, c.say)
			}
		})
	}
}

func TestApprove_takes_a_home_found_in_another_state_as_it_is(t *testing.T) {
	v := openQueue(t)
	m := v.found(v.search)
	v.comes("1", 400_000, listings.Pending)
	v.exec("UPDATE matches SET kind = 'Pending', found_status = ''")
	m.Kind = listings.EventPending
	v.approve(m)
}

func TestApprove_refuses_with_the_sentence_of_the_gate_or_of_a_pause(t *testing.T) {
	v := openQueue(t)
	m := v.found(v.search)
	v.exec("UPDATE clients SET status = 'Inactive' WHERE id = ?", v.rae.ID)
	_, err := autoemail.Approve(t.Context(), v.store.Write, v.maya, asSeen(m), v.now)
	v.refused(err, fault.Denied, "The status is Inactive")
	wants(t, "states", v.matches(v.search.ID), "unsent 1")
	v.exec("UPDATE clients SET status = 'Active' WHERE id = ?", v.rae.ID)
	_, err = autoemail.Pause(t.Context(), v.store.Write, v.maya, []autoemail.ID{v.search.ID}, time.Time{}, v.now)
	v.must(err)
	_, err = autoemail.Approve(t.Context(), v.store.Write, v.maya, asSeen(m), v.now)
	v.refused(err, fault.Denied, "“Homes in Mystic” is paused")
	done, left, err := autoemail.ApproveAll(t.Context(), v.store.Write, v.maya, 0, v.now, v.now)
	v.must(err)
	wants(t, "by approve all", fmt.Sprint(len(done), len(left)), "0 1")
}

func TestApproveAll_takes_what_was_found_by_then_and_of_that_client(t *testing.T) {
	v := openQueue(t)
	bo := v.another("Bo Li")
	for range 3 {
		v.found(v.search)
		v.found(bo)
	}
	seen := v.now
	v.later(time.Second)
	v.found(v.search)
	v.comes("3", 390_000, listings.Active)
	done, left, err := autoemail.ApproveAll(t.Context(), v.store.Write, v.maya, v.rae.ID, seen, v.now)
	v.must(err)
	wants(t, "done, left", fmt.Sprint(len(done), len(left)), "2 1")
	wants(t, "left", left[0].OnceKey, "3")
	wants(t, "hers", v.matches(v.search.ID), "approved 2, unsent 2")
	wants(t, "his", v.matches(bo.ID), "unsent 3")
	done, left, err = autoemail.ApproveAll(t.Context(), v.store.Write, v.jon, 0, v.now, v.now)
	v.must(err)
	wants(t, "another agent's", fmt.Sprint(len(done), len(left)), "0 0")
}

func TestReject_takes_only_reasons_of_the_home_and_can_be_changed_later(t *testing.T) {
	v := openQueue(t)
	m := v.found(v.search)
	for _, reason := range []string{"Neighborhood", "price", "Family"} {
		_, err := autoemail.Reject(t.Context(), v.store.Write, v.maya, asSeen(m), reason, v.now)
		v.refused(err, fault.Invalid)
		if fault.As(err).Fields["reason"] == "" {
			t.Error(fault.As(err).Fields)
		}
	}
	no := v.reject(m, "Too small")
	wants(t, "reason", no.Reason, "Too small")
	v.shows("unsent", unsent, "")
	yes := v.approve(no)
	wants(t, "state", yes.State, autoemail.Approved)
	wants(t, "reason", yes.Reason, "")
}

func TestUndo_brings_back_what_has_not_left(t *testing.T) {
	v := openQueue(t)
	yes, no, gone := v.found(v.search), v.found(v.search), v.found(v.search)
	v.approve(yes)
	v.reject(no, "Lot")
	back, err := autoemail.Undo(t.Context(), v.store.Write, v.maya, []int64{yes.ID, no.ID}, v.now)
	v.must(err)
	for _, m := range back {
		wants(t, "state", m.State, autoemail.Unsent)
		wants(t, "decided", m.DecidedAt.IsZero() && m.DecidedBy == 0 && m.Reason == "", true)
	}
	_, err = autoemail.Undo(t.Context(), v.store.Write, v.maya, []int64{yes.ID, no.ID}, v.now)
	v.must(err)
	v.approve(back[0])
	v.approve(gone)
	v.leaves(gone)
	_, err = autoemail.Undo(t.Context(), v.store.Write, v.maya, []int64{yes.ID, gone.ID}, v.now)
	v.refused(err, fault.Gone)
	wants(t, "states", v.matches(v.search.ID), "approved 1, sent 1, unsent 1")
	_, err = autoemail.Undo(t.Context(), v.store.Write, v.jon, []int64{yes.ID}, v.now)
	v.refused(err, fault.NotFound)
}

func TestSetNote_keeps_what_fits_into_a_letter(t *testing.T) {
	v := openQueue(t)
	m := v.found(v.search)
	m, err := autoemail.SetNote(t.Context(), v.store.Write, v.maya, m.ID, " Look at\r\nthe porch! \r\n", v.now)
	v.must(err)
	wants(t, "note", m.Note, " Look at\nthe porch!")
	wants(t, "version", m.Version, 2)
	for _, bad := range []string{strings.Repeat("é", 1001), "a\x00b", "a\u202eb", "\xff"} {
		_, err := autoemail.SetNote(t.Context(), v.store.Write, v.maya, m.ID, bad, v.now)
		v.refused(err, fault.Invalid)
	}
	yes := v.approve(m)
	_, err = autoemail.SetNote(t.Context(), v.store.Write, v.maya, m.ID, strings.Repeat("é", 1000), v.now)
	v.must(err)
	v.leaves(yes)
	_, err = autoemail.SetNote(t.Context(), v.store.Write, v.maya, m.ID, "Too late", v.now)
	v.refused(err, fault.Gone, "sent already")
	_, err = autoemail.SetNote(t.Context(), v.store.Write, v.jon, m.ID, "Not mine", v.now)
	v.refused(err, fault.NotFound)
}
