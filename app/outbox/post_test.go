package outbox_test

import (
	"context"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

func TestPost(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	ann := h.client("ann@example.com")
	permit, err := h.ledger.Check(ctx, h.store.Read, h.jane.ID, ann.ID, h.now)
	if err != nil {
		t.Fatal(err)
	}
	joe, err := agents.Add(ctx, h.store.Write, agents.New{Name: "Joe", Email: "joe@elmrealty.example", Password: "correct horse battery", Role: agents.RoleAgent}, h.now)
	if err != nil {
		t.Fatal(err)
	}
	posted := func() int {
		all, err := outbox.Counts(ctx, h.store.Read, h.jane.ID)
		if err != nil {
			t.Fatal(err)
		}
		return all[""]
	}

	t.Run("refuses a permit nobody granted", func(t *testing.T) {
		_, err := outbox.Post(ctx, h.store.Write, h.ledger, h.jane, []consent.Permit{permit, {}}, h.text(""), h.now)
		if fault.Of(err) != fault.Denied || posted() != 0 {
			t.Fatal(err, posted())
		}
	})
	t.Run("refuses another agent's permit", func(t *testing.T) {
		_, err := outbox.Post(ctx, h.store.Write, h.ledger, joe, []consent.Permit{permit}, h.text(""), h.now)
		if fault.Of(err) != fault.Denied {
			t.Fatal(err)
		}
	})
	t.Run("wants somebody to write to", func(t *testing.T) {
		if _, err := outbox.Post(ctx, h.store.Write, h.ledger, h.jane, nil, h.text(""), h.now); fault.Of(err) != fault.Invalid {
			t.Fatal(err)
		}
	})
	t.Run("writes once to an address and once for a key", func(t *testing.T) {
		first, err := outbox.Post(ctx, h.store.Write, h.ledger, h.jane, []consent.Permit{permit, permit}, h.text("form 7"), h.now)
		if err != nil || posted() != 1 {
			t.Fatal(err, posted())
		}
		again, err := outbox.Post(ctx, h.store.Write, h.ledger, h.jane, []consent.Permit{permit}, h.text("form 7"), h.now)
		if err != nil || again != first || posted() != 1 {
			t.Fatal(err, again, first, posted())
		}
		l := h.only(first)
		link, err := h.ledger.Read(l.Token)
		if err != nil || link != (consent.Link{Client: ann.ID, Agent: h.jane.ID, Mailing: int64(first), Hash: permit.Hash()}) {
			t.Fatal(link, err)
		}
		if l.Domain != "example.com" || l.Subject != "Two homes in Guilford" || !l.CreatedAt.Equal(h.now) {
			t.Fatalf("%+v", l)
		}
	})
	t.Run("leaves nothing behind when the caller's transaction fails", func(t *testing.T) {
		before := posted()
		tx, err := h.store.Write.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := outbox.Post(ctx, tx, h.ledger, h.jane, []consent.Permit{permit}, h.text(""), h.now); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if posted() != before {
			t.Fatal(posted())
		}
	})
}

func TestQueries(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	ids := h.crowd(7, "example.com")
	first := h.post(ids[:4]...)
	second := h.post(ids...)
	if _, err := outbox.PostTest(ctx, h.store.Write, h.jane, h.text(""), h.now); err != nil {
		t.Fatal(err)
	}

	page, err := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: h.jane.ID, Mailing: second, Limit: 5})
	if err != nil || len(page) != 5 || page[0].ID < page[4].ID {
		t.Fatal(len(page), err)
	}
	rest, err := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: h.jane.ID, Mailing: second, Limit: 5, After: page[4].ID})
	if err != nil || len(rest) != 2 {
		t.Fatal(len(rest), err)
	}
	one, err := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: h.jane.ID, Client: ids[0], State: outbox.Ready})
	if err != nil || len(one) != 2 {
		t.Fatal(len(one), err)
	}
	none, err := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: h.jane.ID + 1})
	if err != nil || len(none) != 0 {
		t.Fatal("another agent sees", len(none), err)
	}
	all, err := outbox.Mailings(ctx, h.store.Read, h.jane.ID, 10)
	if err != nil || len(all) != 2 || all[0].Mailing.ID != second || all[0].Total != 7 || all[1].Count[outbox.Ready] != 4 || all[1].Mailing.ID != first || all[0].Done() {
		t.Fatalf("%+v %v", all, err)
	}
	glances, err := outbox.Glances(ctx, h.store.Read, h.jane.ID, append([]clients.ID{999}, ids[3:5]...))
	newest, listErr := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: h.jane.ID, Client: ids[3], Limit: 1})
	if err != nil || listErr != nil || len(glances) != 2 || glances[ids[3]].LetterID != newest[0].ID || glances[ids[3]].State != outbox.Ready || glances[ids[3]].Consent != consent.OptedIn || glances[ids[3]].Blocked != "" {
		t.Fatalf("%+v %v %v", glances, err, listErr)
	}
	others, err := outbox.Glances(ctx, h.store.Read, h.jane.ID+1, ids)
	if err != nil || len(others) != 0 {
		t.Fatalf("another agent glances at %d, %v", len(others), err)
	}
	if _, err := outbox.FindMailing(ctx, h.store.Read, h.jane.ID+1, first); fault.Of(err) != fault.NotFound {
		t.Fatal(err)
	}
	if _, _, _, err := outbox.Find(ctx, h.store.Read, h.jane.ID+1, page[0].ID); fault.Of(err) != fault.NotFound {
		t.Fatal(err)
	}
}
