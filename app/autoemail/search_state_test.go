package autoemail_test

import (
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

func TestPauseAndResume(t *testing.T) {
	b := openBureau(t)
	ctx, db := t.Context(), b.store.Write
	one, two, three := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{})
	all := []autoemail.ID{three.ID, one.ID, two.ID, one.ID, 999}
	pause := func(ids []autoemail.ID, until time.Time) int {
		t.Helper()
		n, err := autoemail.Pause(ctx, db, b.maya, ids, until, b.now)
		b.must(err)
		return n
	}
	resume := func(ids ...autoemail.ID) int {
		t.Helper()
		n, err := autoemail.Resume(ctx, db, b.maya, ids, b.now)
		b.must(err)
		return n
	}
	b.must(autoemail.StopByClient(ctx, db, b.rae.ID, two.ID, b.now))
	wants(t, "paused", pause(all, time.Time{}), 2)
	wants(t, "paused again", pause(all, b.now.AddDate(0, 0, 7)), 0)
	wantsTime(t, "the new day", b.find(one.ID).PausedUntil, b.now.AddDate(0, 0, 7))
	wants(t, "paused without a day", pause(all, time.Time{}), 0)
	wantsTime(t, "the day it had", b.find(one.ID).PausedUntil, b.now.AddDate(0, 0, 7))
	wants(t, "what the client stopped", b.find(two.ID).PausedBy, autoemail.ByClient)
	wantsTime(t, "what the client stopped", b.find(two.ID).PausedUntil, time.Time{})
	_, err := autoemail.Pause(ctx, db, b.maya, all, b.now, b.now)
	b.refused(err, fault.Invalid)

	b.match(one, "a", autoemail.Waiting)
	b.exec("UPDATE searches SET slowed = '{\"kind\":\"monthly\",\"day\":1,\"times\":[480]}', expires_on = '2026-11-23' WHERE id = ?", one.ID)
	b.later(72 * time.Hour)
	wants(t, "resumed", resume(all...), 3)
	wants(t, "resumed again", resume(all...), 0)
	s := b.find(one.ID)
	wants(t, "state", s.State, autoemail.Active)
	wants(t, "slowed", s.Slowed, nil)
	wants(t, "last day", s.ExpiresOn, "")
	wants(t, "opening", s.Opening, autoemail.OpeningAgain)
	wantsTime(t, "sign", s.SignAt, b.now)
	wantsTime(t, "next", s.NextAt, s.Schedule.Next(b.now, b.zone))
	wants(t, "opening where nothing waits", b.find(two.ID).Opening, "")
	wantsTime(t, "next where nothing waits", b.find(two.ID).NextAt, time.Time{})
}

func TestDeletedForADay(t *testing.T) {
	b := openBureau(t)
	ctx, db := t.Context(), b.store.Write
	running, paused := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{})
	b.must(autoemail.StopByClient(ctx, db, b.rae.ID, paused.ID, b.now))
	for _, s := range []autoemail.Search{running, paused} {
		was := b.find(s.ID)
		b.must(autoemail.Delete(ctx, db, b.maya, s.ID, b.now))
		b.refused(autoemail.Delete(ctx, db, b.maya, s.ID, b.now), fault.NotFound)
		wants(t, "state", b.find(s.ID).State, autoemail.Deleted)
		n, err := autoemail.Resume(ctx, db, b.maya, []autoemail.ID{s.ID}, b.now)
		b.must(err)
		wants(t, "resumed", n, 0)
		b.refused(autoemail.StopByClient(ctx, db, b.rae.ID, s.ID, b.now), fault.NotFound)
		b.later(23 * time.Hour).tend()
		b.must(autoemail.Undelete(ctx, db, b.maya, s.ID, b.now))
		b.must(autoemail.Undelete(ctx, db, b.maya, s.ID, b.now))
		wants(t, "state", b.find(s.ID).State, was.State)
		wants(t, "why", b.find(s.ID).PausedBy, was.PausedBy)
		b.must(autoemail.Delete(ctx, db, b.maya, s.ID, b.now))
		b.later(24 * time.Hour)
		b.refused(autoemail.Undelete(ctx, db, b.maya, s.ID, b.now), fault.Gone)
		b.match(s, "a", autoemail.Sent)
		b.tend()
		b.refused(autoemail.Undelete(ctx, db, b.maya, s.ID, b.now), fault.NotFound)
		wants(t, "matches", b.matches(s.ID), "")
	}
}

func TestTheClientStopsOneOrMakesItWeekly(t *testing.T) {
	b := openBureau(t)
	ctx, db := t.Context(), b.store.Write
	one, other := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(func(s *autoemail.Search) { s.Name = "By the sea" }), autoemail.Saving{})
	b.must(autoemail.StopByClient(ctx, db, b.rae.ID, one.ID, b.now))
	b.must(autoemail.StopByClient(ctx, db, b.rae.ID, one.ID, b.later(time.Hour).now))
	wants(t, "stopped", b.find(one.ID).PausedBy, autoemail.ByClient)
	wants(t, "the other", b.find(other.ID).State, autoemail.Active)

	b.exec("UPDATE searches SET next_at = ? WHERE id = ?", b.now, other.ID)
	b.must(autoemail.WeeklyByClient(ctx, db, b.rae.ID, other.ID, b.now))
	s := b.find(other.ID)
	wants(t, "schedule", s.Schedule.Kind, autoemail.Weekly)
	wantsTime(t, "next", s.NextAt, s.Schedule.Next(b.now, b.zone))
	b.refused(autoemail.WeeklyByClient(ctx, db, b.rae.ID, other.ID, b.now), fault.Conflict, "once a week already")
	_, err := autoemail.Save(ctx, db, b.maya, other, autoemail.Saving{}, b.now) // the agent had its form open
	b.refused(err, fault.Conflict, "by its client")

	queue := b.save(b.mystic(func(s *autoemail.Search) { s.Name, s.Concierge = "Vetted", true }), autoemail.Saving{})
	b.must(autoemail.WeeklyByClient(ctx, db, b.rae.ID, queue.ID, b.now))
	told := b.notices(b.maya)
	if len(told) != 3 || told[0] != "Rae Moss stopped the auto email “Homes in Mystic”" || told[1] != "Rae Moss asked for “By the sea” once a week" {
		t.Errorf("told %q", told)
	}
	b.refused(autoemail.StopByClient(ctx, db, b.rae.ID, 999, b.now), fault.NotFound)
}

func TestTheAutoEmailsOfALetter(t *testing.T) {
	b := openBureau(t)
	one, two, gone := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{})
	for _, s := range []autoemail.Search{two, one, gone} {
		b.exec("INSERT INTO search_letters (mailing_id, search_id) VALUES (7, ?)", s.ID)
	}
	b.must(autoemail.Delete(t.Context(), b.store.Write, b.maya, gone.ID, b.now))
	all, err := autoemail.Of(t.Context(), b.store.Read, 7)
	b.must(err)
	if len(all) != 2 || all[0].ID != one.ID || all[1].ID != two.ID || all[0].Schedule.Kind != autoemail.Daily {
		t.Errorf("of the letter: %+v", all)
	}
	if all, err := autoemail.Of(t.Context(), b.store.Read, 8); err != nil || len(all) != 0 {
		t.Errorf("of another: %v, %v", all, err)
	}
}
