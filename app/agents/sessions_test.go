package agents_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/db"
	"porchlight/db/dbtest"
)

const (
	here  = "203.0.113.7"
	there = "198.51.100.9"
)

func right(a agents.Agent, ip string) agents.Attempt {
	return agents.Attempt{Email: a.Email, Password: password, IP: ip, UserAgent: "Firefox"}
}

func wrong(a agents.Agent, ip string) agents.Attempt {
	try := right(a, ip)
	try.Password = "not the password"
	return try
}

// signIn expects a kind of fault, Internal for none.
func signIn(t testing.TB, store *db.Store, try agents.Attempt, at time.Time, want fault.Kind) agents.SignedIn {
	t.Helper()
	in, err := agents.SignIn(t.Context(), store.Write, try, at)
	if fault.Of(err) != want || want == fault.Internal && err != nil {
		t.Errorf("sign in as %s: %v", try.Email, err)
	}
	return in
}

func TestSignInOpensASession(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	try := right(maya, here)
	try.Email, try.UserAgent = " MAYA@elmrealty.example", "Fire\x00fox\xff"+strings.Repeat("x", 999)
	in := signIn(t, store, try, noon, fault.Internal)
	if raw, err := base64.RawURLEncoding.DecodeString(in.Token); err != nil || len(raw) != 32 || in.Device == "" || in.Device == in.Token {
		t.Errorf("%+v, %v", in, err)
	}
	if !in.Expires.Equal(noon.Add(30*24*time.Hour)) || in.Agent.ID != maya.ID {
		t.Errorf("%+v", in)
	}
	agent, session, err := agents.Authenticate(t.Context(), store.Read, store.Write, in.Token, noon.Add(time.Minute))
	if err != nil || agent.ID != maya.ID || session.IP != here || !session.SeenAt.Equal(noon) || len(session.UserAgent) > 400 {
		t.Errorf("%+v, %+v, %v", agent, session, err)
	}
	// Neither cookie is in the database.
	for _, column := range []string{"sessions.token_hash", "sign_in_devices.token_hash"} {
		table, name, _ := strings.Cut(column, ".")
		var stored string
		if err := store.Read.NewRaw("SELECT ? FROM ?", bun.Ident(name), bun.Ident(table)).Scan(t.Context(), &stored); err != nil || len(stored) != 64 ||
			strings.Contains(stored, in.Token) || strings.Contains(stored, in.Device) {
			t.Errorf("%s: %q, %v", column, stored, err)
		}
	}
	for _, token := range []string{"", "x", in.Device, in.Token + "A", session.TokenHash} {
		if _, _, err := agents.Authenticate(t.Context(), store.Read, store.Write, token, noon); fault.Of(err) != fault.Unauthenticated {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func TestSignInSaysTheSameToStrangers(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	tries := []agents.Attempt{
		wrong(maya, here),
		{Email: "nobody@elmrealty.example", Password: password},
		{Email: "nobody@elmrealty.example", Password: ""},
		{Email: "not an address", Password: password},
		{Email: "maya@elmrealty.example\x00", Password: password},
		{},
		{Email: maya.Email, Password: strings.Repeat("x", 1<<20)},
	}
	for _, try := range tries {
		_, err := agents.SignIn(t.Context(), store.Write, try, noon)
		if fault.Of(err) != fault.Unauthenticated || fault.As(err).Say != "That e-mail and password do not go together." {
			t.Errorf("%.60q: %v", try.Email, err)
		}
	}
}

func TestPasswordIsTheSameInEverySpelling(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	a, err := agents.Add(t.Context(), store.Write, agents.New{Name: "Zoë", Email: "zoe@elmrealty.example", Password: "Mu\u00f1ozs porch light", Role: agents.RoleBroker}, noon)
	if err != nil {
		t.Fatal(err)
	}
	signIn(t, store, agents.Attempt{Email: a.Email, Password: "Mun\u0303ozs porch light"}, noon, fault.Internal)
	signIn(t, store, agents.Attempt{Email: a.Email, Password: "Munozs porch light"}, noon, fault.Unauthenticated)
}

func TestSessionSlidesAndEnds(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	in := signIn(t, store, right(maya, here), noon, fault.Internal)
	look := func(at time.Time, touch bun.IDB) agents.Session {
		t.Helper()
		_, session, err := agents.Authenticate(t.Context(), store.Read, touch, in.Token, at)
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	if s := look(noon.Add(10*time.Minute), nil); !s.SeenAt.Equal(noon) { // a nil writer would panic if it were used
		t.Errorf("touched too soon: %+v", s)
	}
	at := noon.Add(10*time.Minute + time.Second)
	look(at, store.Write)
	if s := look(at.Add(time.Minute), nil); !s.SeenAt.Equal(at) || !s.ExpiresAt.Equal(at.Add(30*24*time.Hour)) {
		t.Errorf("%+v", s)
	}
	if _, _, err := agents.Authenticate(t.Context(), store.Read, store.Write, in.Token, at.Add(30*24*time.Hour)); fault.Of(err) != fault.Unauthenticated {
		t.Errorf("%v", err)
	}
	if all, err := agents.Sessions(t.Context(), store.Read, maya.ID, at.Add(30*24*time.Hour)); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	signIn(t, store, right(maya, here), at.Add(31*24*time.Hour), fault.Internal)
	var rows int
	if err := store.Read.NewRaw("SELECT count(*) FROM sessions").Scan(t.Context(), &rows); err != nil || rows != 1 {
		t.Errorf("%d sessions kept, %v", rows, err)
	}
}

func TestSessionThatCantBeTouchedIsASession(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	in := signIn(t, store, right(maya, here), noon, fault.Internal)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tx, err := store.Write.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = tx.Rollback() // a writer that refuses
	if agent, _, err := agents.Authenticate(t.Context(), store.Read, tx, in.Token, noon.Add(time.Hour)); err != nil || agent.ID != maya.ID {
		t.Errorf("%+v, %v", agent, err)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya, jon := add(t, store, "Maya Bell", "maya@elmrealty.example"), add(t, store, "Jon Diaz", "jon@elmrealty.example")
	var tokens []string
	for i := range 3 {
		tokens = append(tokens, signIn(t, store, right(maya, here), noon.Add(time.Duration(i)*time.Minute), fault.Internal).Token)
	}
	jons := signIn(t, store, right(jon, here), noon, fault.Internal).Token
	open := func(token string) bool {
		_, _, err := agents.Authenticate(t.Context(), store.Read, store.Write, token, noon.Add(5*time.Minute))
		return err == nil
	}
	for range 2 {
		if err := agents.SignOut(t.Context(), store.Write, tokens[0]); err != nil {
			t.Fatal(err)
		}
	}
	if open(tokens[0]) || !open(tokens[1]) || !open(tokens[2]) {
		t.Error("sign out ended the wrong sessions")
	}
	all, err := agents.Sessions(t.Context(), store.Read, maya.ID, noon.Add(5*time.Minute))
	if err != nil || len(all) != 2 || !all[0].SeenAt.After(all[1].SeenAt) {
		t.Fatalf("%+v, %v", all, err)
	}
	if err := agents.SignOutEverywhere(t.Context(), store.Write, maya.ID, all[0].TokenHash); err != nil {
		t.Fatal(err)
	}
	if open(tokens[1]) || !open(tokens[2]) || !open(jons) {
		t.Error("sign out everywhere ended the wrong sessions")
	}
	var devices int
	if err := store.Read.NewRaw("SELECT count(*) FROM sign_in_devices WHERE agent_id = ?", maya.ID).Scan(t.Context(), &devices); err != nil || devices != 0 {
		t.Errorf("%d devices left, %v", devices, err)
	}
	if err := agents.SignOutEverywhere(t.Context(), store.Write, maya.ID, ""); err != nil || open(tokens[2]) || !open(jons) {
		t.Error("all of them, and only hers", err)
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	mine, other := signIn(t, store, right(maya, here), noon, fault.Internal), signIn(t, store, right(maya, there), noon, fault.Internal)
	_, session, err := agents.Authenticate(t.Context(), store.Read, store.Write, mine.Token, noon)
	if err != nil {
		t.Fatal(err)
	}
	const next = "another horse, other battery"
	change := func(current, password string) error {
		return agents.ChangePassword(t.Context(), store.Write, maya.ID, current, password, session.TokenHash, noon)
	}
	if err := change("wrong", next); field(err, "current_password") == "" {
		t.Errorf("%v", err)
	}
	if err := change(password, "short"); field(err, "password") == "" {
		t.Errorf("%v", err)
	}
	if err := change(password, next); err != nil {
		t.Fatal(err)
	}
	if _, _, err := agents.Authenticate(t.Context(), store.Read, store.Write, mine.Token, noon); err != nil {
		t.Errorf("the browser it was changed in: %v", err)
	}
	if _, _, err := agents.Authenticate(t.Context(), store.Read, store.Write, other.Token, noon); fault.Of(err) != fault.Unauthenticated {
		t.Errorf("another browser: %v", err)
	}
	signIn(t, store, right(maya, here), noon, fault.Unauthenticated)
	signIn(t, store, agents.Attempt{Email: maya.Email, Password: next, IP: here}, noon, fault.Internal)
	for range 5 {
		if err := change("guess", password); fault.Of(err) != fault.Invalid {
			t.Errorf("%v", err)
		}
	}
	if err := change(next, password); fault.Of(err) != fault.Denied {
		t.Errorf("guessing at the present password: %v", err)
	}
	if err := agents.ChangePassword(t.Context(), store.Write, 999, "x", next, "", noon); fault.Of(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
}

// A sign-in with the old password that is being hashed while the password changes must not open a session.
func TestChangedPasswordOverrulesASignInUnderWay(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	for i := range 10 {
		old, next := fmt.Sprintf("the password of day %d", i), fmt.Sprintf("the password of day %d", i+1)
		if i == 0 {
			old = password
		}
		done := make(chan string)
		go func() {
			in, _ := agents.SignIn(t.Context(), store.Write, agents.Attempt{Email: maya.Email, Password: old, IP: here}, noon.Add(time.Duration(i)*time.Hour))
			done <- in.Token
		}()
		if err := agents.ChangePassword(t.Context(), store.Write, maya.ID, old, next, "", noon.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if token := <-done; token != "" {
			if _, _, err := agents.Authenticate(t.Context(), store.Read, store.Write, token, noon); err == nil {
				t.Fatal("a session of the old password is open")
			}
		}
	}
}
