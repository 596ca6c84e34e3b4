package feed_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/feed/feedtest"
)

// serve runs a runner until the test ends or stop is called.
func (r *rig) serve(t *testing.T, runner *feed.Runner) (stop func()) {
	t.Helper()
	runner.Quicken(5 * time.Millisecond)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := runner.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(stop)
	return stop
}

// until waits for something to become true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen", what)
		}
	}
}

func (r *rig) last(t *testing.T) feed.Run {
	t.Helper()
	runs := r.runs(t)
	if len(runs) == 0 {
		return feed.Run{}
	}
	return runs[0]
}

func TestFeedsAreReadWhenTheirTimeComes(t *testing.T) {
	r := start(t, 34, nil)
	r.serve(t, r.runner)
	until(t, "the first load", func() bool { return r.last(t).State == "done" })
	r.same(t, 34)
	if runs := r.runs(t); len(runs) != 1 || runs[0].Kind != "first" {
		t.Errorf("%+v", runs)
	}
	r.later(15 * time.Minute)
	until(t, "the next run", func() bool { return len(r.runs(t)) == 2 && r.last(t).State == "done" })
	if err := feed.Pause(t.Context(), r.store.Write, broker, r.id, true); err != nil {
		t.Fatal(err)
	}
	r.later(time.Hour)
	time.Sleep(100 * time.Millisecond)
	if runs := r.runs(t); len(runs) != 2 {
		t.Errorf("a paused feed was read: %+v", runs)
	}
	if err := r.runner.Start(t.Context(), broker, r.id, false); err != nil { // a person may all the same
		t.Fatal(err)
	}
	until(t, "the run that was asked for", func() bool { return len(r.runs(t)) == 3 && r.last(t).State == "done" })
	if err := r.runner.Start(t.Context(), agents.Agent{Role: agents.RoleAgent}, r.id, false); fault.Of(err) != fault.Denied {
		t.Errorf("%v", err)
	}
	if err := r.runner.Start(t.Context(), broker, 4711, false); fault.Of(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	s, err := feed.Load(t.Context(), r.store.Read, r.id)
	if err != nil || s.LastDataAt.IsZero() || !s.Paused {
		t.Errorf("%v %v", s.LastDataAt, err)
	}
	if r.news == 0 {
		t.Error("nobody was told")
	}
}

func TestAFailedRunIsFollowedByTheNextRegularOne(t *testing.T) {
	r := start(t, 5, nil)
	r.Next(feedtest.HTML, feedtest.HTML, feedtest.HTML)
	r.serve(t, r.runner)
	until(t, "the failure", func() bool { return r.last(t).State == "failed" })
	time.Sleep(50 * time.Millisecond)
	if len(r.runs(t)) != 1 {
		t.Errorf("not left alone: %+v", r.runs(t))
	}
	for range 3 {
		n := len(r.runs(t)) // before its time comes: the runner looks at the clock every few milliseconds
		r.later(15 * time.Minute)
		until(t, "the next run", func() bool { return len(r.runs(t)) > n && !r.last(t).Running() })
	}
	if r.last(t).State != "done" {
		t.Errorf("%+v", r.runs(t))
	}
}

func TestAFeedThatWantsToBeLeftAloneForHoursIs(t *testing.T) {
	r := start(t, 5, nil)
	r.Next(feedtest.Status(429, "", "Retry-After", "20000"))
	r.serve(t, r.runner)
	until(t, "the refusal", func() bool { return r.last(t).State == "failed" })
	r.later(4 * time.Hour)
	time.Sleep(50 * time.Millisecond)
	if len(r.runs(t)) != 1 {
		t.Errorf("%+v", r.runs(t))
	}
	r.later(2 * time.Hour)
	until(t, "the next run", func() bool { return r.last(t).State == "done" })
}

func TestOneWalkAtATime(t *testing.T) {
	r := start(t, 34, nil)
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	r.OnRequest = func(int, *http.Request) { once.Do(func() { close(entered); <-leave }) }
	other := r.again()
	done := make(chan error)
	go func() { _, err := r.runner.Walk(context.Background(), r.id, false); done <- err }()
	<-entered
	if _, err := other.Walk(t.Context(), r.id, false); fault.Of(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	if err := r.runner.Start(t.Context(), broker, r.id, false); fault.Of(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAWalkThatLostItsLeaseWritesNothing(t *testing.T) {
	r := start(t, 34, nil)
	other := r.again()
	n := 0
	r.OnRequest = func(_ int, q *http.Request) {
		if q.URL.Path != "/odata/Property" {
			return
		}
		if n++; n == 3 { // this process sleeps; another takes over and reads all
			r.later(2 * time.Minute)
			if run, err := other.Walk(context.Background(), r.id, false); err != nil || run.Added != 14 {
				t.Errorf("%+v %v", run, err)
			}
			r.Change("Property", feedtest.Key(25), feedtest.Record{"ListPrice": 1})
		}
	}
	run, err := r.runner.Walk(t.Context(), r.id, false)
	if err == nil || run.Added != 20 {
		t.Errorf("%+v %v", run, err)
	}
	r.same(t, 34)
	for _, run := range r.runs(t) {
		if run.Running() || run.Say == "" && run.State != "done" {
			t.Errorf("%+v", run)
		}
	}
	if r.keys(t)[feedtest.Key(25)] == 1 {
		t.Error("the page of a lost walk was written")
	}
}

func TestStopEndsAWalkAndTheNextGoesOn(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		r := start(t, 34, nil)
		stopper := r.runner
		if elsewhere {
			stopper = r.again()
		}
		n := 0
		r.OnRequest = func(_ int, q *http.Request) {
			if q.URL.Path == "/odata/Property" {
				if n++; n == 3 {
					stopper.Stop(r.id)
				}
			}
		}
		run, err := r.runner.Walk(t.Context(), r.id, false)
		if err == nil {
			t.Fatalf("%+v", run)
		}
		if run := r.last(t); run.State != "stopped" || run.Say != "Stopped. The next run goes on where this one was." || run.Added != 20 {
			t.Errorf("%+v", run)
		}
		if run := r.walk(t); run.Added != 14 {
			t.Errorf("%+v", run)
		}
		r.same(t, 34)
	}
}

func TestSettingsThatChangeEndTheWalkThatGoesByTheOldOnes(t *testing.T) {
	r := start(t, 34, nil)
	n := 0
	r.OnRequest = func(_ int, q *http.Request) {
		if q.URL.Path == "/odata/Property" {
			if n++; n == 3 {
				s := r.set
				s.Filter = "City eq 'Mystic'"
				if _, err := feed.Save(context.Background(), r.store.Write, r.vault, broker, s, noon); err != nil {
					t.Error(err)
				}
			}
		}
	}
	run, err := r.runner.Walk(t.Context(), r.id, false)
	if err == nil || run.State != "stopped" || run.Added != 20 {
		t.Errorf("%+v %v", run, err)
	}
	if run = r.walk(t); run.Kind != "first" || run.Seen != 7 { // from the beginning
		t.Errorf("%+v", run)
	}
}

func TestAKilledWalkGoesOnAsSoonAsThereIsAProcessAgain(t *testing.T) {
	r := start(t, 34, nil)
	ctx, kill := context.WithCancel(t.Context())
	n := 0
	r.OnRequest = func(_ int, q *http.Request) {
		if q.URL.Path == "/odata/Property" {
			if n++; n == 3 {
				kill()
			}
		}
	}
	if _, err := r.runner.Walk(ctx, r.id, false); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// As kill -9 leaves it: nobody wrote that the run has ended.
	if _, err := r.store.Write.Exec("UPDATE feed_runs SET state = 'running', say = '', ended_at = NULL"); err != nil {
		t.Fatal(err)
	}
	if r.store.SkipLocked != "" { // where others may walk, only a lease that has run out says that one is dead
		r.later(2 * time.Minute)
	}
	r.serve(t, r.again())
	until(t, "the rest", func() bool { return r.last(t).State == "done" })
	runs := r.runs(t)
	if len(runs) != 2 || runs[1].State != "failed" || runs[1].Say != "Porchlight ended in the middle of this. The next run goes on where it was." || runs[0].Added != 14 {
		t.Errorf("%+v", runs)
	}
	r.same(t, 34)
}

func TestARunOfADeadProcessHoldsNobodyUp(t *testing.T) {
	r := start(t, 34, nil)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		pid  int
		host string
		free bool
	}{{dead.Process.Pid, host, true}, {dead.Process.Pid, host + "-other", false}, {os.Getpid(), host, false}} {
		if _, err := r.store.Write.Exec("DELETE FROM feed_runs"); err != nil {
			t.Fatal(err)
		}
		if _, err := r.store.Write.Exec("INSERT INTO feed_runs (feed_id, kind, state, source, seen, added, changed, gone, held, say, problems, started_at, holder, lease_until) VALUES (?, 'first', 'running', '', 0, 0, 0, 0, 0, '', '[]', ?, ?, ?)",
			r.id, noon, fmt.Sprintf("%d@%s#X", test.pid, test.host), noon.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.runner.Walk(t.Context(), r.id, false); (err == nil) != test.free {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func TestAWalkThatTheProgramsEndInterruptsGoesOnAtItsStart(t *testing.T) {
	r := start(t, 34, nil)
	n := 0
	entered := make(chan struct{})
	r.OnRequest = func(_ int, q *http.Request) {
		if q.URL.Path == "/odata/Property" {
			if n++; n == 3 {
				close(entered)
				select { // the program's end, and not a moment that may be too short for it, ends this request
				case <-q.Context().Done():
				case <-time.After(30 * time.Second):
				}
			}
		}
	}
	stop := r.serve(t, r.runner)
	<-entered
	stop()
	if run := r.last(t); run.State != "stopped" || run.EndedAt.IsZero() {
		t.Errorf("%+v", run)
	}
	r.serve(t, r.again())
	until(t, "the rest", func() bool { return r.last(t).State == "done" })
	if run := r.last(t); run.Added+20 != 34 {
		t.Errorf("%+v", run)
	}
	r.same(t, 34)
}
