package clients_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// bring adds forms by CreateMany as an import does.
func (h *house) bring(owner agents.Agent, forms []clients.Form) []clients.Brought {
	h.Helper()
	var all []clients.Brought
	err := h.Write.RunInTx(h.Context(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		if all, err = clients.CreateMany(ctx, db, owner.ID, forms, noon); err != nil {
			return err
		}
		made := map[clients.Status]int{}
		for _, one := range all {
			if one.Fault == nil {
				made[one.Client.Status]++
			}
		}
		return clients.CountNew(ctx, db, owner.ID, made)
	})
	if err != nil {
		h.Fatal(err)
	}
	return all
}

func TestCreateManyDoesWhatCreateDoes(t *testing.T) {
	forms := []clients.Form{
		{FirstName: " Amara ", LastName: "Osei", Email: "Amara@Example.COM", Phone: "203 555 0142", Types: []clients.Type{"Seller", "Buyer"}, Notes: "Likes porches"},
		{FirstName: "Émile", Email: "emile@exämple.com", Status: clients.Prospect},
		{FirstName: "Away", Email: "away@example.com", Status: clients.OnVacation, VacationUntil: noon.Add(48 * time.Hour)},
		{FirstName: "Bo", Email: "bo@@example.com", Phone: "no"},
		{FirstName: "Twice", LastName: "Over", Email: "AMARA@example.com"},
		{FirstName: "Had", Email: "carl@example.com"},
		{FirstName: "Jon", Email: "jon+home@elmrealty.example"},
		{Email: "nameless@example.com"},
		{},
		{FirstName: "Odd", Email: "odd@example.com", Status: "Lost"},
		{FirstName: "Hidden", Email: "hidden@example.com", Notes: "a\x00b"},
		{FirstName: "Carl", LastName: "at Jon's", Email: "jons@example.com"},
	}
	one, many := open(t), open(t)
	for _, h := range []*house{one, many} {
		h.create(h.maya, clients.Form{FirstName: "Carl", LastName: "Whitman", Email: "carl@example.com"})
		h.create(h.jon, clients.Form{FirstName: "Jon's", Email: "jons@example.com"}) // another agent's is no matter
	}
	got := many.bring(many.maya, forms)
	if len(got) != len(forms) {
		t.Fatalf("%d answers to %d forms", len(got), len(forms))
	}
	taken := 0
	for i, f := range forms {
		want, err := clients.Create(t.Context(), one.Write, one.maya.ID, f, noon)
		if err != nil {
			if !reflect.DeepEqual(fault.As(err), fault.As(got[i].Fault)) {
				t.Errorf("form %d: %+v, want %+v", i, fault.As(got[i].Fault), fault.As(err))
			}
			continue
		}
		taken++
		if got[i].Fault != nil {
			t.Errorf("form %d: refused: %v", i, got[i].Fault)
			continue
		}
		saved := many.find(got[i].Client)
		want.ID, saved.ID = 0, 0
		saved.CreatedAt, saved.UpdatedAt, saved.StatusAt, saved.VacationUntil = want.CreatedAt, want.UpdatedAt, want.StatusAt, want.VacationUntil
		if saved != want {
			t.Errorf("form %d: saved %+v, want %+v", i, saved, want)
		}
	}
	if taken != 4 {
		t.Errorf("%d taken", taken)
	}
	many.counted(many.maya)
	if none := many.bring(many.maya, nil); len(none) != 0 {
		t.Errorf("%v from nothing", none)
	}
}
