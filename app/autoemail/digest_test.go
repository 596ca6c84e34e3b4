package autoemail_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

func TestHabits_begin_as_everybody_s_and_keep_what_was_told(t *testing.T) {
	b := openBureau(t)
	h, err := autoemail.HabitsOf(t.Context(), b.store.Read, b.maya)
	b.must(err)
	wants(t, "at first", h, autoemail.Habits{AgentID: b.maya, Digest: autoemail.DigestMorning, QuietFrom: 1200, QuietTo: 480, LimitHours: 24})
	h = autoemail.Habits{AgentID: b.maya, Digest: autoemail.DigestCome, QuietFrom: 60, QuietTo: 60, LimitHours: 720}
	b.must(autoemail.SaveHabits(t.Context(), b.store.Write, h))
	b.exec("UPDATE concierge_settings SET digest_at = ?, digest_match = 7", b.now)
	h.LimitHours = 1
	b.must(autoemail.SaveHabits(t.Context(), b.store.Write, h))
	h, err = autoemail.HabitsOf(t.Context(), b.store.Read, b.maya)
	b.must(err)
	wantsTime(t, "told at", h.DigestAt, b.now)
	wants(t, "told of", h.DigestMatch, 7)
	wants(t, "limit", h.LimitHours, 1)
	for field, bad := range map[string]autoemail.Habits{
		"digest":      {Digest: "daily", LimitHours: 1},
		"quiet_from":  {Digest: autoemail.DigestOff, QuietFrom: -1, LimitHours: 1},
		"quiet_to":    {Digest: autoemail.DigestOff, QuietTo: 1440, LimitHours: 1},
		"limit_hours": {Digest: autoemail.DigestOff, LimitHours: 721},
	} {
		err := autoemail.SaveHabits(t.Context(), b.store.Write, bad)
		b.refused(err, fault.Invalid)
		if len(fault.As(err).Fields) != 1 || fault.As(err).Fields[field] == "" {
			t.Errorf("%s: %v", field, fault.As(err).Fields)
		}
	}
}

func TestDigest_is_due_when_the_agent_wants_to_hear_of_it(t *testing.T) {
	ny := load(t, "America/New_York")
	clock := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, ny) }
	come := autoemail.Habits{Digest: autoemail.DigestCome, QuietFrom: 20 * 60, QuietTo: 8 * 60}
	hourly := autoemail.Habits{Digest: autoemail.DigestHourly, QuietFrom: 12 * 60, QuietTo: 13 * 60}
	early := autoemail.Habits{Digest: autoemail.DigestMorning}
	late := autoemail.Habits{Digest: autoemail.DigestMorning, QuietFrom: 20 * 60, QuietTo: 9*60 + 30}
	told := func(h autoemail.Habits, at time.Time) autoemail.Habits { h.DigestAt = at; return h }
	for _, c := range []struct {
		name       string
		habits     autoemail.Habits
		since, now time.Time
		want       bool
	}{
		{"as they come, gathered", come, clock(12, 10, 0), clock(12, 10, 9), false},
		{"as they come", come, clock(12, 10, 0), clock(12, 10, 10), true},
		{"as they come, in quiet hours", come, clock(12, 19, 55), clock(12, 20, 5), false},
		{"as they come, after midnight", come, clock(12, 19, 55), clock(13, 7, 59), false},
		{"as they come, after quiet hours", come, clock(12, 19, 55), clock(13, 8, 0), true},
		{"hourly, the first", hourly, clock(12, 10, 0), clock(12, 10, 10), true},
		{"hourly, too soon", told(hourly, clock(12, 10, 10)), clock(12, 10, 20), clock(12, 11, 9), false},
		{"hourly", told(hourly, clock(12, 10, 10)), clock(12, 10, 20), clock(12, 11, 10), true},
		{"hourly, in quiet hours at noon", told(hourly, clock(12, 10, 10)), clock(12, 10, 20), clock(12, 12, 59), false},
		{"hourly, the clock was set back a day", told(hourly, clock(13, 10, 10)), clock(12, 10, 20), clock(12, 10, 30), true},
		{"in the morning, not before", early, clock(12, 23, 0), clock(13, 7, 59), false},
		{"in the morning", early, clock(12, 23, 0), clock(13, 8, 0), true},
		{"in the morning, found after it", early, clock(13, 8, 1), clock(13, 23, 0), false},
		{"in the morning, told already", told(early, clock(13, 8, 0)), clock(13, 7, 0), clock(13, 8, 5), false},
		{"in the morning, after a day without power", told(early, clock(11, 8, 0)), clock(11, 9, 0), clock(12, 15, 0), true},
		{"in the morning, first thing after quiet hours", late, clock(12, 23, 0), clock(13, 9, 30), true},
		{"in the morning, still quiet", late, clock(12, 23, 0), clock(13, 9, 29), false},
		{"never", autoemail.Habits{Digest: autoemail.DigestOff}, clock(12, 10, 0), clock(14, 10, 0), false},
	} {
		if got := autoemail.Due(c.habits, c.since, ny, c.now.UTC()); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func (v *vetting) tell() {
	v.t.Helper()
	v.must(autoemail.TellAgents(v.t.Context(), v.store.Write, v.zone, v.now))
}

// digests are what Maya was mailed of the queue, oldest first.
func (v *vetting) digests() []agents.Notice {
	v.t.Helper()
	var all []agents.Notice
	v.must(v.store.Read.NewSelect().Model(&all).Where("kind = ?", agents.NoticeQueue).Where("agent_id = ?", v.maya).OrderExpr("id").Scan(v.t.Context()))
	return all
}

func (v *vetting) hears(digest string) {
	v.t.Helper()
	v.must(autoemail.SaveHabits(v.t.Context(), v.store.Write, autoemail.Habits{AgentID: v.maya, Digest: digest, LimitHours: 24}))
}

func TestTellAgents_names_clients_and_homes_once_and_by_mail_only(t *testing.T) {
	v := openQueue(t)
	v.hears(autoemail.DigestCome)
	bo := v.another("Bo Li")
	v.found(bo)
	v.later(3 * time.Hour)
	v.found(v.search)
	v.found(v.search)
	v.tell()
	v.tell()
	told := v.digests()
	if len(told) != 1 {
		t.Fatalf("%d digests", len(told))
	}
	n := told[0]
	wants(t, "title", n.Title, "3 homes wait for your yes")
	wants(t, "first lines", strings.Join(strings.Split(n.Body, "\n\n")[:2], " "), "Bo Li: 1 home, found 3 hours ago. Rae Moss: 2 homes, found just now.")
	wants(t, "mails", n.Mails && strings.HasPrefix(n.Path, "/d/"), true)
	seen, err := agents.Notices(t.Context(), v.store.Read, v.maya, true, 10)
	v.must(err)
	wants(t, "on the home page", len(seen), 0)

	v.later(time.Hour)
	v.tell()
	wants(t, "nothing new, no digest", len(v.digests()), 1)
	v.reject(v.found(v.search), "")
	v.later(time.Hour)
	v.tell()
	wants(t, "decided before it was told", len(v.digests()), 1)
	v.found(v.search)
	v.later(time.Hour)
	v.tell()
	wants(t, "news", len(v.digests()), 2)
	wants(t, "all that waits", v.digests()[1].Title, "4 homes wait for your yes")
}

func TestTellAgents_in_two_processes_writes_one(t *testing.T) {
	v := openQueue(t)
	for _, hears := range []func(){func() {}, func() { v.hears(autoemail.DigestCome) }} { // without saved habits, and with
		before := len(v.digests())
		v.found(v.search)
		v.later(24 * time.Hour)
		hears()
		news, err := autoemail.DigestNews(t.Context(), v.store.Read)
		v.must(err)
		wants(t, "agents with news", len(news), 1)
		for range 2 { // both have read that there is news
			v.must(autoemail.TellDigest(t.Context(), v.store.Write, news[0].Habits, v.now))
		}
		wants(t, "digests", len(v.digests())-before, 1)
	}
	wants(t, "title", v.digests()[0].Title, "1 home for Rae Moss waits for your yes")
}

func TestTellAgents_tells_nobody_who_wants_to_hear_nothing(t *testing.T) {
	v := openQueue(t)
	v.hears(autoemail.DigestOff)
	v.found(v.search)
	v.later(48 * time.Hour)
	v.tell()
	wants(t, "digests", len(v.digests()), 0)
}

func TestTellAgents_tells_who_never_chose_in_the_morning(t *testing.T) {
	v := openQueue(t)
	v.found(v.search)
	v.later(time.Hour)
	v.tell()
	wants(t, "in the afternoon", len(v.digests()), 0)
	v.now = time.Date(2026, 11, 23, 8, 0, 0, 0, v.zone).UTC()
	v.tell()
	wants(t, "in the morning", len(v.digests()), 1)
}

func TestOpenDigest_opens_its_batch_for_seven_days(t *testing.T) {
	v := openQueue(t)
	v.hears(autoemail.DigestCome)
	m := v.found(v.search)
	v.later(time.Hour)
	v.tell()
	other := v.found(v.search)
	token := strings.TrimPrefix(v.digests()[0].Path, "/d/")
	d, err := autoemail.OpenDigest(t.Context(), v.store.Read, token, v.now.Add(autoemail.DigestLife-time.Second))
	v.must(err)
	wants(t, "batch", d.Agent == v.maya && len(d.Matches) == 1 && d.Has(m.ID) && !d.Has(other.ID), true)
	_, err = autoemail.OpenDigest(t.Context(), v.store.Read, token, v.now.Add(autoemail.DigestLife))
	v.refused(err, fault.Gone, "until November 29, 2026")
	flip := "A"
	if strings.HasSuffix(token, "A") {
		flip = "E"
	}
	for _, bad := range []string{"", "x", token + "A", token[:len(token)-1], token[:len(token)-1] + flip, strings.Repeat("A", 5000)} {
		_, err := autoemail.OpenDigest(t.Context(), v.store.Read, bad, v.now)
		v.refused(err, fault.NotFound)
	}

	groups, err := autoemail.Batch(t.Context(), v.store.Read, v.ledger, d, v.now)
	v.must(err)
	wants(t, "as it stands", groups[0].Name+" "+string(groups[0].Items[0].State), "Rae Moss unsent")
	done, left, err := autoemail.ApproveBatch(t.Context(), v.store.Write, d, v.now)
	v.must(err)
	wants(t, "approved only the batch", len(done) == 1 && len(left) == 0 && done[0].ID == m.ID, true)
	wants(t, "states", v.matches(v.search.ID), "approved 1, unsent 1")
	v.must(autoemail.Delete(t.Context(), v.store.Write, v.maya, v.search.ID, v.now))
	groups, err = autoemail.Batch(t.Context(), v.store.Read, v.ledger, d, v.now)
	v.must(err)
	wants(t, "after its search was deleted", len(groups), 0)
}
