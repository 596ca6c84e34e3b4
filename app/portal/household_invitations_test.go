package portal_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/portal"
)

// guestWorld is an agent whose clients invite.
type guestWorld struct {
	*shelfWorld
	keys *portal.Keys
}

func openGuests(t *testing.T) guestWorld {
	t.Helper()
	w := openShelves(t)
	w.exec("INSERT INTO secret_keys (purpose, secret, created_at) VALUES ('link', '00112233445566778899aabbccddeeff', ?)", w.now)
	keys, err := portal.OpenKeys(t.Context(), w.store.Write, w.now)
	w.must(err)
	return guestWorld{w, keys}
}

func (w guestWorld) invite(of portal.Visitor, first, email string) (portal.Invitation, bool, error) {
	return w.keys.Invite(w.t.Context(), w.store.Write, of.Client, false, portal.Guest{FirstName: first, LastName: "Reyes", Email: email}, w.now)
}

func (w guestWorld) invited(of portal.Visitor, first, email string) portal.Invitation {
	w.t.Helper()
	one, fresh, err := w.invite(of, first, email)
	w.must(err)
	if !fresh {
		w.t.Fatal("invited before")
	}
	return one
}

// accept takes an invitation and says how many were entered in the ledger.
func (w guestWorld) accept(one portal.Invitation) (j portal.Joined, enrolled int, err error) {
	j, err = portal.Accept(w.t.Context(), w.store.Write, one.EmailKey, one.ID, func(context.Context, bun.Tx, clients.Client) error {
		enrolled++
		return nil
	}, w.now)
	return j, enrolled, err
}

func (w guestWorld) waiting(key string) int {
	w.t.Helper()
	all, err := portal.InvitationsFor(w.t.Context(), w.store.Read, key, w.now)
	w.must(err)
	return len(all)
}

func TestInviting(t *testing.T) {
	t.Run("says what can't be taken beside the field, and tells nobody whose an agent's address is", func(t *testing.T) {
		w := openGuests(t)
		for _, c := range []struct{ first, email, field, says string }{
			{"", "priya@example.com", "first_name", "first name"},
			{"Buy <b>", "priya@example.com", "first_name", "just the name"},
			{"see http://evil.example", "priya@example.com", "first_name", "just the name"},
			{strings.Repeat("x", 81), "priya@example.com", "first_name", "just the name"},
			{"Priya", "", "email", ""},
			{"Priya", "priya", "email", ""},
			{"Priya", "ANA+home@example.com", "email", "Ana Osei’s own"},
			{"Priya", "maya@elm.example", "email", "can’t be invited"},
			{"Priya", "Maya+1@elm.example", "email", "can’t be invited"},
		} {
			_, _, err := w.invite(w.ana, c.first, c.email)
			f := fault.As(err)
			if f == nil || f.Kind != fault.Invalid || !strings.Contains(f.Fields[c.field], c.says) || f.Fields[c.field] == "" || strings.Contains(f.Fields[c.field], "Maya") {
				t.Errorf("%+v: %v", c, err)
			}
		}
		if _, found, err := portal.InvitationOf(t.Context(), w.store.Read, w.ana.Client.ID); found || err != nil {
			t.Error("kept", err)
		}
	})
	t.Run("takes another agent's address like any, mails it nothing, and makes no client of it", func(t *testing.T) {
		w := openGuests(t)
		_, err := agents.Add(t.Context(), w.store.Write, agents.New{Name: "Theo Marsh", Email: "theo@elm.example", Password: "correct horse battery", Role: agents.RoleAgent}, w.now)
		w.must(err)
		one := w.invited(w.ana, "Theo", "theo+home@elm.example")
		if may, err := w.keys.MayMail(t.Context(), w.store.Write, one, w.now); may || err != nil {
			t.Error("a letter would go to an agent", err)
		}
		_, enrolled, err := w.accept(one)
		if refused(t, err, fault.Conflict, "can’t be taken"); enrolled != 0 {
			t.Error("an agent became a client")
		}
		_, _, err = w.keys.Invite(t.Context(), w.store.Write, w.ben.Client, true, portal.Guest{FirstName: "Theo", Email: "theo@elm.example"}, w.now)
		if f := fault.As(err); f == nil || !strings.Contains(f.Fields["email"], "can’t be invited") { // by an agent, who knows them
			t.Error(err)
		}
	})
	t.Run("is one at a time, and the same twice is one", func(t *testing.T) {
		w := openGuests(t)
		one := w.invited(w.ana, "Priya", "Priya@Example.com")
		if again, fresh, err := w.invite(w.ana, "Priya", "priya@example.com"); err != nil || fresh || again.ID != one.ID {
			t.Error(again, fresh, err)
		}
		_, _, err := w.invite(w.ana, "Quinn", "quinn@example.com")
		refused(t, err, fault.Conflict, "Priya Reyes is invited already")
		w.invited(w.ben, "Priya", "priya@example.com") // two portals may ask the same person
		if n := w.waiting("priya@example.com"); n != 2 {
			t.Errorf("%d wait", n)
		}
		w.must(portal.Withdraw(t.Context(), w.store.Write, w.ana.Client.ID, one.ID))
		refused(t, portal.Withdraw(t.Context(), w.store.Write, w.ana.Client.ID, one.ID), fault.NotFound, "no longer there")
		w.invited(w.ana, "Quinn", "quinn@example.com")
	})
	t.Run("is three times a day for a portal, and a letter twice a month for an address", func(t *testing.T) {
		w := openGuests(t)
		may := 0
		for i := range 6 {
			one, _, err := w.invite(w.ana, "Priya", "priya@example.com")
			if i >= 3 {
				refused(t, err, fault.Denied, "Try again tomorrow")
				continue
			}
			w.must(err)
			ok, err := w.keys.MayMail(t.Context(), w.store.Write, one, w.now)
			w.must(err)
			if ok {
				may++
			}
			w.must(portal.Withdraw(t.Context(), w.store.Write, w.ana.Client.ID, one.ID))
		}
		if may != 2 {
			t.Errorf("%d letters", may)
		}
		w.now = w.now.Add(25 * time.Hour)
		w.invited(w.ana, "Priya", "priya@example.com")
	})
	t.Run("is not for who shares a portal already", func(t *testing.T) {
		w := openGuests(t)
		one := w.invited(w.ana, "Priya", "priya@example.com")
		w.must(w.join(w.ana, w.ben))
		if n := w.waiting("priya@example.com"); n != 0 {
			t.Error("the invitation stands")
		}
		_, _, err := w.accept(one)
		refused(t, err, fault.Gone, "no longer open")
		for _, v := range []portal.Visitor{w.ana, w.ben} {
			_, _, err := w.invite(v, "Priya", "priya@example.com")
			refused(t, err, fault.Conflict, "a portal is for two")
		}
	})
}

func TestAnsweringAnInvitation(t *testing.T) {
	t.Run("with yes makes a client of the same agent and joins", func(t *testing.T) {
		w := openGuests(t)
		j, enrolled, err := w.accept(w.invited(w.ana, "Priya", "priya@example.com"))
		w.must(err)
		if !j.Fresh || enrolled != 1 || j.Member.AgentID != w.ana.Client.AgentID || j.Member.Name() != "Priya Reyes" || !strings.Contains(j.Member.Notes, "Ana Osei") {
			t.Errorf("%+v, %d enrolled", j, enrolled)
		}
		if got := w.names(w.ana); !slices.Equal(got, []string{"Ana", "Priya"}) {
			t.Error(got)
		}
	})
	t.Run("with yes joins the record that is there", func(t *testing.T) {
		w := openGuests(t)
		j, enrolled, err := w.accept(w.invited(w.ana, "Benny", "ben@example.com"))
		w.must(err)
		if j.Fresh || enrolled != 0 || j.Member.ID != w.ben.Client.ID {
			t.Errorf("%+v, %d enrolled", j, enrolled)
		}
	})
	t.Run("with yes makes a record of its own where the address is another agent's client", func(t *testing.T) {
		w := openGuests(t)
		theirs := w.client(w.agent("Omar Haddad"), "Cleo")
		j, _, err := w.accept(w.invited(w.ana, "Cleo", theirs.Client.Email))
		w.must(err)
		if !j.Fresh || j.Member.ID == theirs.Client.ID || j.Member.AgentID != w.ana.Client.AgentID {
			t.Errorf("%+v", j)
		}
	})
	t.Run("counts for the invited address only, in time, and once", func(t *testing.T) {
		w := openGuests(t)
		one := w.invited(w.ana, "Priya", "priya@example.com")
		theirs := one
		theirs.EmailKey = "mallory@example.com"
		_, _, err := w.accept(theirs)
		refused(t, err, fault.Gone, "no longer open")
		_, err = portal.Decline(t.Context(), w.store.Write, theirs.EmailKey, one.ID, w.now)
		refused(t, err, fault.Gone, "no longer open")
		begin := w.now
		w.now = begin.Add(portal.InvitationLife)
		_, _, err = w.accept(one)
		refused(t, err, fault.Gone, "no longer open")
		w.now = begin
		_, _, err = w.accept(one)
		w.must(err)
		_, _, err = w.accept(one)
		refused(t, err, fault.Gone, "no longer open")
	})
	t.Run("with no ends it, and who invited sees that", func(t *testing.T) {
		w := openGuests(t)
		one := w.invited(w.ana, "Priya", "priya@example.com")
		_, err := portal.Decline(t.Context(), w.store.Write, one.EmailKey, one.ID, w.now)
		w.must(err)
		if kept, found, err := portal.InvitationOf(t.Context(), w.store.Read, w.ana.Client.ID); err != nil || !found || !kept.Declined() || kept.Open(w.now) {
			t.Errorf("%+v %v", kept, err)
		}
		_, _, err = w.accept(one)
		refused(t, err, fault.Gone, "no longer open")
		w.invited(w.ana, "Quinn", "quinn@example.com")
	})
	t.Run("is refused in plain words where one of the two shares a portal by now", func(t *testing.T) {
		w := openGuests(t)
		cleo := w.client(w.ana.Client.AgentID, "Cleo")
		one := w.invited(w.ana, "Ben", "ben@example.com")
		w.must(w.join(w.ben, cleo))
		_, _, err := w.accept(one)
		refused(t, err, fault.Conflict, "You share a portal with somebody already.")
		w.must(portal.Part(t.Context(), w.store.Write, cleo.Client.ID))
		_, _, err = w.accept(one)
		w.must(err)
	})
	t.Run("never adds an agent's address, and a fault keeps the invitation", func(t *testing.T) {
		w := openGuests(t)
		one := w.invited(w.ana, "Omar", "Omar.Haddad@elm.example")
		w.agent("Omar Haddad")
		_, enrolled, err := w.accept(one)
		refused(t, err, fault.Conflict, "can’t be taken here")
		if enrolled != 0 || w.waiting(one.EmailKey) != 1 {
			t.Error("it is gone")
		}
	})
	t.Run("happens once, however many answer at once", func(t *testing.T) {
		w := openGuests(t)
		one := w.invited(w.ana, "Priya", "priya@example.com")
		other := w.invited(w.ben, "Priya", "priya@example.com")
		var took, withdrawn atomic.Int64
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				this := one
				if i%3 == 1 {
					this = other
				}
				if i == 11 {
					if portal.Withdraw(t.Context(), w.store.Write, w.ana.Client.ID, one.ID) == nil {
						withdrawn.Add(1)
					}
					return
				}
				_, err := portal.Accept(t.Context(), w.store.Write, this.EmailKey, this.ID, func(context.Context, bun.Tx, clients.Client) error { return nil }, w.now)
				switch fault.Of(err) {
				case fault.Gone, fault.Conflict:
				default:
					if err != nil {
						t.Error(err)
						return
					}
					took.Add(1)
				}
			})
		}
		wg.Wait()
		var households, people int
		w.must(w.store.Read.NewRaw("SELECT (SELECT count(*) FROM household), (SELECT count(*) FROM clients WHERE email_key = 'priya@example.com')").Scan(t.Context(), &households, &people))
		if took.Load() != 1 || households != 1 || people != 1 {
			t.Errorf("%d took, %d withdrew, %d households, %d records", took.Load(), withdrawn.Load(), households, people)
		}
	})
}

func TestACodeForWhoIsInvited(t *testing.T) {
	w := openGuests(t)
	asked := func(email string) portal.Asked {
		t.Helper()
		a, err := w.keys.Ask(t.Context(), w.store.Write, email, "198.51.100.7", w.now)
		w.must(err)
		return a
	}
	if a := asked("priya@example.com"); a.Code != "" {
		t.Error("a code for nobody")
	}
	one := w.invited(w.ana, "Priya", "Priya@example.com")
	a := asked("priya@example.com")
	if a.Code == "" || a.Address != "Priya@example.com" {
		t.Errorf("%+v", a)
	}
	token, _, err := w.keys.Enter(t.Context(), w.store.Write, "priya@example.com", a.Code, "198.51.100.7", "", w.now)
	w.must(err)
	d, visitors, err := portal.Visitors(t.Context(), w.store.Read, token, w.now)
	w.must(err)
	if len(visitors) != 0 || d.EmailKey != "priya@example.com" {
		t.Errorf("%+v %+v", d, visitors)
	}
	_, _, err = w.accept(one)
	w.must(err)
	if _, visitors, err = portal.Visitors(t.Context(), w.store.Read, token, w.now); err != nil || len(visitors) != 1 || visitors[0].Client.ID != w.ana.Client.ID || visitors[0].Member.FirstName != "Priya" {
		t.Errorf("%+v %v", visitors, err)
	}
	w.must(portal.Part(t.Context(), w.store.Write, visitors[0].Member.ID))
	if _, visitors, err = portal.Visitors(t.Context(), w.store.Read, token, w.now); err != nil || len(visitors) != 1 || visitors[0].Client.FirstName != "Priya" {
		t.Errorf("after leaving: %+v %v", visitors, err)
	}
	quinn := w.invited(w.ben, "Quinn", "quinn@example.com")
	_, err = portal.Decline(t.Context(), w.store.Write, quinn.EmailKey, quinn.ID, w.now)
	w.must(err)
	if a := asked("quinn@example.com"); a.Code != "" {
		t.Error("a code after a no")
	}
}
