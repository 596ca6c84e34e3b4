package autoemail_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

const day = 24 * time.Hour

// pace is what an auto email runs on, in a word; its state where it does not run.
func (b *bureau) pace(id autoemail.ID) string {
	b.t.Helper()
	s := b.find(id)
	if s.State != autoemail.Active {
		return string(s.State) + " by " + s.PausedBy
	}
	return s.Pace().Kind
}

func TestWithoutASignItSlowsDownStepByStep(t *testing.T) {
	b := openBureau(t)
	s := b.save(b.mystic(), autoemail.Saving{})
	quiet := func(d time.Duration) { // a letter leaves, and then nothing is heard
		b.sent(s.ID)
		b.later(d)
	}
	ask := fmt.Sprint([]autoemail.Asked{{Search: s.ID, Agent: b.maya, Client: b.rae.ID}})
	b.later(60 * day)
	wants(t, "asked where no letter left", len(b.tend().Ask), 0)
	wants(t, "pace", b.pace(s.ID), "daily")
	b.must(autoemail.Sign(t.Context(), b.store.Write, b.maya, b.rae.ID, b.now))
	b.later(time.Hour)
	quiet(60*day - 2*time.Hour)
	b.tend()
	wants(t, "an hour before", b.pace(s.ID), "daily")
	b.exec("UPDATE searches SET next_at = ? WHERE id = ?", b.now.Add(day), s.ID)
	b.later(time.Hour)
	wants(t, "asked", fmt.Sprint(b.tend().Ask), ask)
	wants(t, "pace", b.pace(s.ID), "weekly")
	s = b.find(s.ID)
	wantsTime(t, "what waits", s.NextAt, s.Pace().Next(b.now, b.zone))
	wantsTime(t, "asked at", b.find(s.ID).AskedAt, b.now)
	wants(t, "asked at once again", len(b.tend().Ask), 0)
	b.later(time.Hour)
	quiet(60 * day)
	b.tend()
	wants(t, "pace", b.pace(s.ID), "monthly")

	b.must(autoemail.Sign(t.Context(), b.store.Write, b.maya, b.rae.ID, b.now)) // in the middle
	wants(t, "pace after a sign", b.pace(s.ID), "daily")
	wantsTime(t, "what waits", b.find(s.ID).NextAt, b.find(s.ID).Schedule.Next(b.now, b.zone))
	b.tend()
	wants(t, "a full period begins", b.pace(s.ID), "daily")
	for _, want := range []string{"weekly", "monthly", "paused by no sign"} {
		b.later(time.Hour)
		quiet(60 * day)
		b.tend()
		wants(t, "pace", b.pace(s.ID), want)
	}
	quiet(90 * day)
	wants(t, "asked when paused", len(b.tend().Ask), 0)
	told := b.notices(b.maya)
	if len(told) != 5 || told[0] != "No sign from Rae Moss: “Homes in Mystic” comes less often" || told[4] != "No sign from Rae Moss: “Homes in Mystic” is paused" {
		t.Errorf("told %q", told)
	}
	b.match(s, "a", autoemail.Waiting)
	b.must(autoemail.Sign(t.Context(), b.store.Write, b.maya, b.rae.ID, b.now))
	wants(t, "after all", b.pace(s.ID), "daily")
	wants(t, "opening", b.find(s.ID).Opening, autoemail.OpeningAgain)
	b.tend()
	wants(t, "with a full period", b.pace(s.ID), "daily")
}

func TestTheConciergeAndOthersAreNotSlowedDown(t *testing.T) {
	b := openBureau(t)
	vetted := b.save(b.mystic(func(s *autoemail.Search) { s.Concierge = true }), autoemail.Saving{})
	monthly := b.save(b.mystic(func(s *autoemail.Search) {
		s.Schedule = autoemail.Schedule{Kind: autoemail.Monthly, Day: 1, Times: []int{at(8, 0)}}
	}), autoemail.Saving{})
	asap := b.save(b.mystic(func(s *autoemail.Search) { s.Schedule = autoemail.Schedule{Kind: autoemail.ASAP} }), autoemail.Saving{})
	b.later(time.Hour)
	for _, s := range []autoemail.Search{vetted, monthly, asap} {
		b.sent(s.ID)
	}
	b.later(-25 * time.Hour).tend() // the clock was set back a day
	b.later(60 * day).tend()
	wants(t, "before the period is over", b.pace(asap.ID), "asap")
	b.later(26 * time.Hour).tend()
	wants(t, "vetted", b.find(vetted.ID).Slowed, nil)
	wants(t, "monthly", b.pace(monthly.ID), "paused by no sign")
	wants(t, "as soon as possible", b.pace(asap.ID), "weekly")
	s := b.find(asap.ID)
	s.Schedule = daily(at(9, 0)) // the agent sets a pace on purpose
	b.save(s, autoemail.Saving{})
	wants(t, "as saved", b.pace(asap.ID), "daily")
}

func TestAClockSetBackTakesNoSignAway(t *testing.T) {
	b := openBureau(t)
	s := b.save(b.mystic(), autoemail.Saving{})
	b.must(autoemail.Sign(t.Context(), b.store.Write, b.maya, b.rae.ID, b.now.Add(-day)))
	wantsTime(t, "sign", b.find(s.ID).SignAt, b.now)
	n, err := autoemail.Pause(t.Context(), b.store.Write, b.maya, []autoemail.ID{s.ID}, b.now.Add(day), b.now)
	b.must(err)
	wants(t, "paused", n, 1)
	b.later(-day).tend()
	wants(t, "still paused", b.pace(s.ID), "paused by agent")
	b.later(2 * day).tend()
	wants(t, "runs", b.pace(s.ID), "daily")
}

func (b *bureau) optOut(c clients.Client) int64 {
	b.t.Helper()
	event, err := b.ledger.OptOut(b.t.Context(), b.store.Write, b.link(c), consent.By{Door: consent.DoorPage}, b.now)
	b.must(err)
	return event
}

func (b *bureau) link(c clients.Client) consent.Link {
	return consent.Link{Client: c.ID, Agent: c.AgentID, Mailing: 1, Hash: b.ledger.Hash(c.EmailKey)}
}

func TestAnOptOutPausesWhatRunsForThatClient(t *testing.T) {
	b := openBureau(t)
	ann := b.client(b.maya, "Ann Lee")
	b.optOut(ann)
	b.later(time.Minute)
	early := b.save(b.mystic(func(s *autoemail.Search) { s.ClientID = ann.ID }), autoemail.Saving{})
	b.tend() // the first begins behind what the ledger says so far
	wants(t, "of long ago", b.pace(early.ID), "daily")
	running, stopped := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{})
	b.must(autoemail.StopByClient(t.Context(), b.store.Write, b.rae.ID, stopped.ID, b.now))
	event := b.later(time.Minute).optOut(b.rae)
	b.later(time.Minute).tend()
	wants(t, "running", b.pace(running.ID), "paused by opt-out")
	wants(t, "stopped", b.pace(stopped.ID), "paused by client")
	wants(t, "another client's", b.pace(early.ID), "daily")

	b.must(b.ledger.Undo(t.Context(), b.store.Write, b.link(b.rae), event, consent.By{Door: consent.DoorPage}, b.now))
	b.later(time.Minute).tend()
	wants(t, "taken back at once", b.pace(running.ID), "daily")
	wants(t, "stopped", b.pace(stopped.ID), "paused by client")

	b.optOut(b.rae)
	b.later(time.Minute).tend()
	b.must(b.ledger.OptIn(t.Context(), b.store.Write, b.link(b.rae), consent.By{Door: consent.DoorPage}, b.now))
	b.later(time.Minute).tend()
	wants(t, "opted in again", b.pace(running.ID), "paused by opt-out")
	n, err := autoemail.Resume(t.Context(), b.store.Write, b.maya, []autoemail.ID{running.ID}, b.now)
	b.must(err)
	wants(t, "resumed", n, 1)
	b.optOut(ann) // a new row has the last ones read again
	b.later(time.Minute).tend()
	wants(t, "what was resumed since", b.pace(running.ID), "daily")
	wants(t, "told", len(b.notices(b.maya)), 1) // of the one stopped; the ledger tells of opt-outs
}

func TestALateRowOfTheLedgerIsRead(t *testing.T) {
	b := openBureau(t)
	s := b.save(b.mystic(), autoemail.Saving{})
	b.tend()
	b.later(time.Minute).optOut(b.rae)
	// On PostgreSQL a row may appear behind one that was read: as if this one had been.
	b.exec("UPDATE matcher_marks SET event_id = (SELECT max(id) FROM consent_events) WHERE name = 'consent'")
	b.tend()
	wants(t, "read already", b.pace(s.ID), "daily")
	other := b.client(b.maya, "Ann Lee")
	b.optOut(other)
	b.tend()
	wants(t, "after the next", b.pace(s.ID), "paused by opt-out")
}

func TestPausesAndLastDaysEnd(t *testing.T) {
	b := openBureau(t)
	var ids []autoemail.ID
	for i := range 4 {
		ids = append(ids, b.save(b.mystic(func(s *autoemail.Search) {
			s.Name = fmt.Sprint("Number ", i)
			if i >= 2 {
				s.ExpiresOn = "2026-11-24"
			}
		}), autoemail.Saving{}).ID)
	}
	_, err := autoemail.Pause(t.Context(), b.store.Write, b.maya, []autoemail.ID{ids[0], ids[3]}, b.now.Add(3*day), b.now)
	b.must(err)
	b.match(b.find(ids[0]), "a", autoemail.Waiting)
	b.now = time.Date(2026, 11, 25, 4, 59, 0, 0, time.UTC) // 23:59 of the last day in New York
	b.tend()
	wants(t, "on its last day", b.pace(ids[2]), "daily")
	b.later(time.Minute).tend()
	wants(t, "at midnight", b.pace(ids[2]), "paused by expired")
	wants(t, "paused until then", b.pace(ids[0]), "paused by agent")
	b.later(13 * time.Hour).tend()
	wants(t, "back", b.pace(ids[0]), "daily")
	wants(t, "its opening", b.find(ids[0]).Opening, autoemail.OpeningAgain)
	wants(t, "without an end", b.pace(ids[1]), "daily")
	wants(t, "expired while it was paused", b.pace(ids[3]), "paused by expired")
	told := b.notices(b.maya)
	if want := []string{"“Number 2” for Rae Moss has ended", "“Number 3” for Rae Moss has ended"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestWhatCannotBeReadIsPausedAndNeverACrash(t *testing.T) {
	b := openBureau(t)
	good, bad, late := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{})
	b.exec("UPDATE searches SET criteria = '{\"moat\":true}' WHERE id = ?", bad.ID)
	b.exec("UPDATE searches SET state = 'paused', paused_by = 'agent', paused_until = ?, schedule = 'x' WHERE id = ?", b.now, late.ID)
	wants(t, "criteria", b.find(bad.ID).Criteria.Words(), "Homes")
	b.tend()
	wants(t, "good", b.pace(good.ID), "daily")
	wants(t, "bad", b.pace(bad.ID), "paused by criteria")
	wants(t, "late", b.pace(late.ID), "paused by criteria")
	n, err := autoemail.Resume(t.Context(), b.store.Write, b.maya, []autoemail.ID{bad.ID, late.ID}, b.now)
	b.must(err)
	wants(t, "resumed", n, 0)
	page, _, _, err := autoemail.List(t.Context(), b.store.Read, autoemail.Filter{Agent: b.maya}, b.zone, b.now)
	b.must(err)
	wants(t, "listed", len(page), 3)
	told := b.notices(b.maya)
	if len(told) != 2 || !strings.Contains(told[0], "can’t be read") {
		t.Errorf("told %q", told)
	}
	b.save(b.mystic(func(s *autoemail.Search) { s.ID, s.Version = bad.ID, bad.Version }), autoemail.Saving{})
	wants(t, "saved anew", b.pace(bad.ID), "daily")
	b.tend()
	wants(t, "told again", len(b.notices(b.maya)), 2)
}

func TestEveryRowIsTriedInTurn(t *testing.T) {
	b := openBureau(t)
	first := b.save(b.mystic(), autoemail.Saving{})
	b.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) INSERT INTO searches (agent_id, client_id, name, criteria, schedule, slowed, events, subject, message,"+
		" copy_me, concierge, drops_direct, opening, begun, state, paused_by, state_at, expires_on, sign_at, created_at, version)"+
		" SELECT agent_id, client_id, name, criteria, schedule, slowed, events, subject, message, copy_me, concierge, drops_direct, opening, begun, state, paused_by, state_at, expires_on, sign_at, created_at, version"+
		" FROM n, searches WHERE id = ?", first.ID)
	b.tend()
	b.exec("UPDATE searches SET events = 'Fire' WHERE id IN (?, ?, ?)", first.ID, first.ID+700, first.ID+1199)
	for range 3 {
		b.tend()
	}
	for _, id := range []autoemail.ID{first.ID, first.ID + 700, first.ID + 1199} {
		wants(t, fmt.Sprint("number ", id), b.pace(id), "paused by criteria")
	}
}

func TestTwoProcessesTendAtOnce(t *testing.T) {
	b := openBureau(t)
	b.tend()
	var slow, over, back, out []autoemail.ID
	for i := range 12 {
		slow = append(slow, b.save(b.mystic(), autoemail.Saving{}).ID)
		over = append(over, b.save(b.mystic(func(s *autoemail.Search) { s.ExpiresOn = "2026-11-22" }), autoemail.Saving{}).ID)
		back = append(back, b.save(b.mystic(), autoemail.Saving{}).ID)
		c := b.client(b.maya, fmt.Sprint("Client ", i))
		out = append(out, b.save(b.mystic(func(s *autoemail.Search) { s.ClientID = c.ID }), autoemail.Saving{}).ID)
		b.optOut(c)
	}
	_, err := autoemail.Pause(t.Context(), b.store.Write, b.maya, back, b.now.Add(day), b.now)
	b.must(err)
	b.later(time.Hour)
	for _, id := range slow {
		b.sent(id)
	}
	b.later(61 * day)
	var workers sync.WaitGroup
	var asked [4]autoemail.Tended
	var errs [4]error
	for i := range asked {
		workers.Go(func() { asked[i], errs[i] = autoemail.Tend(t.Context(), b.store.Write, b.zone, b.now) })
	}
	workers.Wait()
	n := 0
	for i := range asked {
		b.must(errs[i])
		n += len(asked[i].Ask)
	}
	wants(t, "asked", n, 12)
	wants(t, "told", len(b.notices(b.maya)), 24)
	for i := range slow {
		wants(t, "slow", b.pace(slow[i]), "weekly")
		wants(t, "over", b.pace(over[i]), "paused by expired")
		wants(t, "back", b.pace(back[i]), "daily")
		wants(t, "out", b.pace(out[i]), "paused by opt-out")
	}
}
