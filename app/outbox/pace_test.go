package outbox_test

import (
	"context"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/outbox"
)

// What the house lets leave in a minute and in a day is kept across restarts; a notice never waits for it.
func TestLettersLeaveAtThePaceTheHouseSet(t *testing.T) {
	h := newHouse(t)
	h.now = time.Date(2026, 11, 12, 14, 0, 20, 0, time.UTC)
	set, err := agents.SavePace(t.Context(), h.store.Write, h.jane, agents.Pace{PerMinute: 5})
	if err != nil {
		t.Fatal(err)
	}
	m := h.post(h.crowd(30, "a.example", "b.example")...)
	sent := func(want int, held outbox.Held) {
		t.Helper()
		courier := h.courier(&double{}) // a process of its own each time
		h.drain(courier)
		if n := h.counts(m)[outbox.Sent]; n != want {
			t.Fatalf("%d letters have left, want %d", n, want)
		}
		held.At = h.now
		if got := courier.Health().Held; got != held {
			t.Errorf("held %+v, want %+v", got, held)
		}
	}
	minute := outbox.Held{PerMinute: 5}
	sent(5, minute)
	h.pass(30 * time.Second) // still the same minute
	sent(5, minute)
	test, err := outbox.PostTest(context.Background(), h.store.Write, h.jane, h.text(""), h.now)
	if err != nil {
		t.Fatal(err)
	}
	sent(5, minute)
	if n := h.counts(test)[outbox.Sent]; n != 1 {
		t.Fatal("a test to the agent waits for the pace of letters")
	}
	h.pass(10 * time.Second)
	sent(10, minute)
	if set, err = agents.SavePace(t.Context(), h.store.Write, h.jane, agents.Pace{PerMinute: 5, PerDay: 14, Version: set.Version}); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	sent(13, outbox.Held{PerDay: 14}) // ten letters and the test in the minutes before
	h.pass(23*time.Hour + 57*time.Minute)
	sent(13, outbox.Held{PerDay: 14})
	h.pass(time.Minute) // the first five and the test are a day old
	sent(18, minute)
	if _, err = agents.SavePace(t.Context(), h.store.Write, h.jane, agents.Pace{Version: set.Version}); err != nil {
		t.Fatal(err)
	}
	courier := h.courier(&double{})
	h.drain(courier)
	if n := h.counts(m)[outbox.Sent]; n != 30 || courier.Health().Held != (outbox.Held{}) {
		t.Error(n, courier.Health().Held)
	}
}
