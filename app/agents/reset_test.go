package agents_test

import (
	"context"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/db/dbtest"
)

func TestResetPassword(t *testing.T) {
	store, ctx, now := dbtest.New(t), context.Background(), time.Date(2026, 11, 12, 14, 0, 0, 0, time.UTC)
	jane, err := agents.Add(ctx, store.Write, agents.New{Name: "Jane Doe", Email: "jane@elm.example", Password: "correct horse battery", Role: agents.RoleBroker, Brokerage: "Elm"}, now)
	if err != nil {
		t.Fatal(err)
	}
	enter := func(password string) (agents.SignedIn, error) {
		return agents.SignIn(ctx, store.Write, agents.Attempt{Email: jane.Email, Password: password, IP: "192.0.2.1"}, now)
	}
	before, err := enter("correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	for range 30 { // until the address is blocked
		_, _ = enter("a guess")
	}
	if _, err := agents.ResetPassword(ctx, store.Write, "JANE@elm.example", "12345678"); fault.Of(err) != fault.Invalid {
		t.Error("a common password:", err)
	}
	if _, err := agents.ResetPassword(ctx, store.Write, "nobody@elm.example", "a wholly new one"); fault.Of(err) != fault.NotFound {
		t.Error("nobody:", err)
	}
	if _, err := agents.ResetPassword(ctx, store.Write, "JANE@elm.example", "a wholly new one"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := agents.Authenticate(ctx, store.Read, store.Write, before.Token, now); fault.Of(err) != fault.Unauthenticated {
		t.Error("the old session still opens:", err)
	}
	in, err := agents.SignIn(ctx, store.Write, agents.Attempt{Email: jane.Email, Password: "a wholly new one", IP: "192.0.2.9"}, now)
	if err != nil || in.Agent.ID != jane.ID {
		t.Error("the new password:", err)
	}
	if _, err := agents.SignIn(ctx, store.Write, agents.Attempt{Email: jane.Email, Password: "correct horse battery", IP: "192.0.2.9"}, now); err == nil {
		t.Error("the old password still opens")
	}
}
