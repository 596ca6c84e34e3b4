package outbox

import (
	"slices"
	"sync"
	"time"
)

// How long a blocked way is left alone: doubling from first to most.
const (
	routeFirst, routeMost   = 5 * time.Second, 5 * time.Minute
	domainFirst, domainMost = time.Minute, time.Hour
)

// tooFar is beyond every wait this package ever sets (8 h and a fifth), so a time that far ahead was written by a clock
// that has since been set back.
const tooFar = 24 * time.Hour

// breakers know which ways are blocked just now: the route, or single recipient domains.
type breakers struct {
	mu      sync.Mutex
	route   way
	trouble string // what the route's server said last
	domains map[string]*way
	streak  streak
}

// way is one thing letters go through. The zero value is open.
type way struct {
	failures int
	until    time.Time
}

func (w *way) shut(now time.Time) bool { return w.until.After(now) && w.until.Sub(now) < tooFar }

// fail shuts the way for twice as long as last time. first is false where it was shut already: letters that were in hand
// then say nothing new.
func (w *way) fail(now time.Time, shortest, longest time.Duration) (first bool) {
	if w.shut(now) {
		return false
	}
	w.until = now.Add(min(longest, shortest<<min(w.failures, 20)))
	w.failures++
	return true
}

// streak are letters to different people refused one after another for a reason that is not the person. When everybody
// is refused, the sender is at fault, not the recipients.
type streak struct {
	length  int
	letters []LetterID // those given up before it was clear
	domains []string
}

const streakLength = 5

// routeFailed notes that the server refuses us or can't be reached.
func (b *breakers) routeFailed(now time.Time, words string) (until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble = words
	b.route.fail(now, routeFirst, routeMost)
	return b.route.until
}

// outage is how many times in a row the route failed, and what was said last.
func (b *breakers) outage() (failures int, trouble string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.route.failures, b.trouble
}

// domainFailed notes that a domain's server wants fewer letters. first says whether it was open until now.
func (b *breakers) domainFailed(domain string, now time.Time) (until time.Time, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.domains == nil {
		b.domains = map[string]*way{}
	}
	w := b.domains[domain]
	if w == nil {
		w = &way{}
		b.domains[domain] = w
	}
	first = w.fail(now, domainFirst, domainMost)
	return w.until, first
}

// refused notes a refusal that is no fault of the address. Once everybody is refused it returns the letters that were,
// this one not among them.
func (b *breakers) refused(id LetterID, domain string) (wronged []LetterID, everybody bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.streak
	s.length++
	if !slices.Contains(s.domains, domain) {
		s.domains = append(s.domains, domain)
	}
	if s.length < streakLength || len(s.domains) < 2 {
		s.letters = append(s.letters, id)
		return nil, false
	}
	wronged, s.letters = s.letters, nil
	return wronged, true
}

// worked notes that a letter to domain was taken.
func (b *breakers) worked(domain string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.route, b.trouble, b.streak = way{}, "", streak{}
	delete(b.domains, domain)
}

// allowed is how many of want letters may be claimed: after an outage one at a time, to feel the way. feeling is how many of
// those are in hand; one from before the outage does not count, for it may hang on its line for minutes.
func (b *breakers) allowed(want, feeling int, now time.Time) (n int, feels bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.route.shut(now):
		return 0, false
	case b.route.failures > 0:
		return min(want, max(0, 1-feeling)), true
	}
	return want, false
}

// slow are the domains that wait, sorted.
func (b *breakers) slow(now time.Time) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for name, w := range b.domains {
		if w.shut(now) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// health is what the breakers know, for pages.
func (b *breakers) health(now time.Time) (until time.Time, trouble string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.route.shut(now) {
		until = b.route.until
	}
	return until, b.trouble
}
