package agents_test

import (
	"fmt"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/db/dbtest"
)

func TestFiveFailuresBlockAnAddressForFifteenMinutes(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya, jon := add(t, store, "Maya Bell", "maya@elmrealty.example"), add(t, store, "Jon Diaz", "jon@elmrealty.example")
	nobody := agents.Agent{Email: "nobody@elmrealty.example"}
	for _, victim := range []agents.Agent{maya, nobody} {
		for i := range 5 {
			signIn(t, store, wrong(victim, fmt.Sprintf("198.51.100.%d", i)), noon.Add(time.Duration(i)*time.Minute), fault.Unauthenticated)
		}
		_, err := agents.SignIn(t.Context(), store.Write, right(victim, there), noon.Add(5*time.Minute))
		if fault.Of(err) != fault.Denied || fault.As(err).Say != "There were too many tries. Wait 14 minutes, then try again." {
			t.Errorf("%s: %v", victim.Email, err)
		}
		// Knocking on does not prolong it.
		for i := range 20 {
			signIn(t, store, wrong(victim, there), noon.Add(5*time.Minute+time.Duration(i)*30*time.Second), fault.Denied)
		}
	}
	signIn(t, store, right(jon, there), noon.Add(15*time.Minute), fault.Internal)
	signIn(t, store, right(maya, there), noon.Add(19*time.Minute-time.Second), fault.Denied)
	signIn(t, store, right(maya, there), noon.Add(19*time.Minute), fault.Internal)
}

func TestFailuresOverALongTimeBlockNobody(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	for i := range 12 {
		signIn(t, store, wrong(maya, here), noon.Add(time.Duration(i)*4*time.Minute), fault.Unauthenticated)
	}
	for i := range 3 {
		for range 4 {
			signIn(t, store, wrong(maya, here), noon.Add(time.Hour+time.Duration(i)*time.Minute), fault.Unauthenticated)
		}
		signIn(t, store, right(maya, here), noon.Add(time.Hour+time.Duration(i)*time.Minute), fault.Internal)
	}
}

func TestManyAtOnceGetNoMoreGuesses(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	done := make(chan error)
	for i := range 20 {
		go func() {
			_, err := agents.SignIn(t.Context(), store.Write, wrong(maya, fmt.Sprintf("198.51.100.%d", i)), noon)
			done <- err
		}()
	}
	guesses := 0
	for range 20 {
		switch err := <-done; fault.Of(err) {
		case fault.Unauthenticated:
			guesses++
		case fault.Denied:
		default:
			t.Error(err)
		}
	}
	if guesses != 5 {
		t.Errorf("%d guesses", guesses)
	}
}

func TestThirtyFailuresBlockAnIP(t *testing.T) {
	t.Parallel()
	tests := []struct {
		what, other string
		ip          func(i int) string
		same, free  string
	}{
		{what: "IPv4", ip: func(int) string { return here }, same: "::ffff:" + here, free: there},
		{what: "an IPv6 customer", ip: func(i int) string { return fmt.Sprintf("2001:db8:0:1::%x", i+1) }, same: "2001:db8:0:1:ffff::1", free: "2001:db8:0:2::1"},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			t.Parallel()
			store := dbtest.New(t)
			maya, jon := add(t, store, "Maya Bell", "maya@elmrealty.example"), add(t, store, "Jon Diaz", "jon@elmrealty.example")
			office := signIn(t, store, right(jon, test.free), noon, fault.Internal)
			for i := range 30 {
				signIn(t, store, agents.Attempt{Email: fmt.Sprintf("guess%d@example.com", i), IP: test.ip(i)}, noon, fault.Unauthenticated)
				if i%10 == 0 {
					// Being right in between gives no more guesses.
					signIn(t, store, right(jon, test.ip(i)), noon, fault.Internal)
				}
			}
			signIn(t, store, right(maya, test.same), noon, fault.Denied)
			signIn(t, store, right(maya, test.free), noon, fault.Internal)
			known := right(jon, test.same)
			known.Device = office.Device
			signIn(t, store, known, noon, fault.Internal)
			signIn(t, store, right(maya, test.same), noon.Add(15*time.Minute), fault.Internal)
		})
	}
}

func TestKnownDeviceIsNotLockedOutByAStranger(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya, jon := add(t, store, "Maya Bell", "maya@elmrealty.example"), add(t, store, "Jon Diaz", "jon@elmrealty.example")
	device := signIn(t, store, right(maya, here), noon, fault.Internal).Device
	for range 5 {
		signIn(t, store, wrong(maya, there), noon, fault.Unauthenticated)
	}
	signIn(t, store, right(maya, here), noon, fault.Denied)
	known := right(maya, here)
	known.Device = device
	if in := signIn(t, store, known, noon, fault.Internal); in.Device != device {
		t.Error("a known device got another name")
	}
	forged := right(maya, here)
	forged.Device = device[:len(device)-1]
	signIn(t, store, forged, noon, fault.Denied)

	// It is no key to another's account.
	for range 5 {
		signIn(t, store, wrong(jon, there), noon, fault.Unauthenticated)
	}
	other := right(jon, here)
	other.Device = device
	signIn(t, store, other, noon, fault.Denied)

	// It is counted, too, by itself.
	guess := wrong(maya, here)
	guess.Device = device
	for range 5 {
		signIn(t, store, guess, noon, fault.Unauthenticated)
	}
	signIn(t, store, known, noon, fault.Denied)

	signIn(t, store, known, noon.Add(401*24*time.Hour), fault.Internal)
}

func TestLimitsOutliveARestartAndAJumpingClock(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	nextYear := noon.AddDate(1, 0, 0)
	for range 5 {
		signIn(t, store, wrong(maya, here), nextYear, fault.Unauthenticated)
	}
	// They are in the database, which is all that a restart keeps.
	var blocked int
	if err := store.Read.NewRaw("SELECT count(*) FROM sign_in_limits WHERE blocked_until IS NOT NULL").Scan(t.Context(), &blocked); err != nil || blocked != 1 {
		t.Error(blocked, err)
	}
	signIn(t, store, right(maya, here), nextYear, fault.Denied)
	signIn(t, store, right(maya, here), noon, fault.Internal) // the clock was wrong and is set back
}

func TestOldLimitsAreForgotten(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	for i := range 4 {
		signIn(t, store, agents.Attempt{Email: fmt.Sprintf("guess%d@example.com", i), IP: here}, noon, fault.Unauthenticated)
	}
	signIn(t, store, wrong(maya, there), noon.Add(time.Hour), fault.Unauthenticated)
	var left int
	if err := store.Read.NewRaw("SELECT count(*) FROM sign_in_limits").Scan(t.Context(), &left); err != nil || left != 2 {
		t.Errorf("%d limits left, %v", left, err)
	}
}
