package autoemail_test

import (
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

func TestAClientPausesUntilADay(t *testing.T) {
	w := openWorks(t)
	s := w.asap()
	w.step()
	until := w.now.Add(72 * time.Hour)
	w.must(autoemail.PauseByClient(t.Context(), w.store.Write, w.rae.ID, s.ID, until, w.now))
	w.must(autoemail.PauseByClient(t.Context(), w.store.Write, w.rae.ID, s.ID, until, w.now))
	wants(t, "told", len(w.notices(w.maya)), 1)
	w.comes(w.home("M1", 350_000), w.home("M2", 360_000))
	w.step()
	none(t, w.after(71*time.Hour))
	w.later(time.Hour)
	w.step()
	one(t, w.after(time.Hour), "M1 Elm Street", "M2 Elm Street")
	w.comes(w.home("M3", 370_000))
	w.step()
	one(t, w.after(time.Hour), "M3 Elm Street")
}

func TestAClientStartsAgainWhatTheyPausedAndNothingElse(t *testing.T) {
	w := openWorks(t)
	s := w.asap()
	w.step()
	ctx, db := t.Context(), w.store.Write
	w.must(autoemail.StopByClient(ctx, db, w.rae.ID, s.ID, w.now))
	w.must(autoemail.PauseByClient(ctx, db, w.rae.ID, s.ID, w.now.Add(24*time.Hour), w.now)) // instead of stopping
	w.must(autoemail.StopByClient(ctx, db, w.rae.ID, s.ID, w.now))
	w.must(autoemail.StartByClient(ctx, db, w.rae.ID, s.ID, w.now))
	w.must(autoemail.StartByClient(ctx, db, w.rae.ID, s.ID, w.now))
	w.comes(w.home("M1", 350_000))
	w.step()
	one(t, w.after(time.Hour), "M1 Elm Street")
	_, err := autoemail.Pause(ctx, db, w.maya, []autoemail.ID{s.ID}, time.Time{}, w.now)
	w.must(err)
	for name, err := range map[string]error{
		"start": autoemail.StartByClient(ctx, db, w.rae.ID, s.ID, w.now), "pause": autoemail.PauseByClient(ctx, db, w.rae.ID, s.ID, w.now.Add(time.Hour), w.now),
	} {
		if fault.Of(err) != fault.Conflict {
			t.Errorf("%s what the agent paused: %v", name, err)
		}
	}
	for _, until := range []time.Time{w.now, w.now.Add(-time.Hour), w.now.AddDate(2, 0, 0), {}} {
		if err := autoemail.PauseByClient(ctx, db, w.rae.ID, s.ID, until, w.now); fault.Of(err) != fault.Invalid || fault.As(err).Fields["until"] == "" {
			t.Errorf("until %s: %v", until, err)
		}
	}
	if err := autoemail.PauseByClient(ctx, db, 999, s.ID, w.now.Add(time.Hour), w.now); fault.Of(err) != fault.NotFound {
		t.Error(err)
	}
	if err := autoemail.StartByClient(ctx, db, 999, s.ID, w.now); fault.Of(err) != fault.NotFound {
		t.Error(err)
	}
}
