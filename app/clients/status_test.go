package clients_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

func TestSetStatus(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, amara)
	later := noon.Add(time.Hour)
	got, err := clients.SetStatus(t.Context(), h.Write, h.maya.ID, c.ID, clients.Inactive, later)
	if err != nil || got.Status != clients.Inactive || !got.StatusAt.Equal(later) || got.Version != 2 || h.find(c).Status != clients.Inactive {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = clients.SetStatus(t.Context(), h.Write, h.maya.ID, c.ID, clients.Inactive, later.Add(time.Hour))
	if err != nil || !got.StatusAt.Equal(later) || got.Version != 2 {
		t.Errorf("the same again: %+v, %v", got, err)
	}
	for _, s := range []clients.Status{clients.OnVacation, "", "Gone"} {
		if _, err := clients.SetStatus(t.Context(), h.Write, h.maya.ID, c.ID, s, later); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v", s, err)
		}
	}
	h.counted(h.maya)
}

func TestSetStatusTogetherKeepsTheCounts(t *testing.T) {
	t.Parallel()
	h := open(t)
	var cs []clients.Client
	for i := range 4 {
		f := amara
		f.Email = fmt.Sprintf("c%d@example.com", i)
		cs = append(cs, h.create(h.maya, f))
	}
	done := make(chan error)
	for i := range 8 {
		go func() {
			var err error
			for j := range 10 {
				s := clients.Statuses[(i+j)%len(clients.Statuses)]
				if s == clients.OnVacation {
					continue
				}
				if _, e := clients.SetStatus(t.Context(), h.Write, h.maya.ID, cs[(i+j)%len(cs)].ID, s, noon); e != nil {
					err = e
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	h.counted(h.maya)
}

func TestVacationComesBackByItself(t *testing.T) {
	t.Parallel()
	h := open(t)
	until := noon.AddDate(0, 0, 10)
	away := clients.Form{FirstName: "Amara", Email: "amara@example.com", Status: clients.UnderContract}
	amara := h.create(h.maya, away)
	away.Status, away.VacationUntil, away.Version = clients.OnVacation, until, 1
	if _, after, err := clients.Update(t.Context(), h.Write, h.maya.ID, amara.ID, away, noon); err != nil || after.StatusBefore != clients.UnderContract || !after.VacationUntil.Equal(until) {
		t.Fatalf("%+v, %v", after, err)
	}
	away.Version, away.VacationUntil = 2, until.AddDate(0, 0, 1)
	if _, after, err := clients.Update(t.Context(), h.Write, h.maya.ID, amara.ID, away, noon); err != nil || after.StatusBefore != clients.UnderContract || !after.StatusAt.Equal(noon) {
		t.Fatalf("longer: %+v, %v", after, err)
	}
	until = until.AddDate(0, 0, 1)
	ben := h.create(h.jon, clients.Form{FirstName: "Ben", Email: "ben@example.com", Status: clients.OnVacation, VacationUntil: until})
	cleo := h.create(h.jon, clients.Form{FirstName: "Cleo", Email: "cleo@example.com", Status: clients.OnVacation, VacationUntil: until.AddDate(0, 0, 1)})
	if got, err := clients.SetStatus(t.Context(), h.Write, h.jon.ID, h.create(h.jon, clients.Form{FirstName: "Dan", Email: "dan@example.com", Status: clients.OnVacation, VacationUntil: until}).ID, clients.Inactive, noon); err != nil || !got.VacationUntil.IsZero() || got.StatusBefore != "" {
		t.Errorf("leaving by hand: %+v, %v", got, err)
	}
	if n, err := clients.EndVacations(t.Context(), h.Write, until.Add(-time.Microsecond)); err != nil || n != 0 {
		t.Errorf("too early: %d, %v", n, err)
	}
	if n, err := clients.EndVacations(t.Context(), h.Write, until); err != nil || n != 2 {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := clients.EndVacations(t.Context(), h.Write, until); err != nil || n != 0 {
		t.Errorf("twice: %d, %v", n, err)
	}
	for c, want := range map[clients.ID]clients.Status{amara.ID: clients.UnderContract, ben.ID: clients.Active, cleo.ID: clients.OnVacation} {
		var got clients.Client
		if err := h.Read.NewSelect().Model(&got).Where("id = ?", c).Scan(t.Context()); err != nil || got.Status != want {
			t.Errorf("%s is %s, want %s, %v", got.Name(), got.Status, want, err)
		}
		if want != clients.OnVacation && (!got.VacationUntil.IsZero() || got.StatusBefore != "" || !got.StatusAt.Equal(until)) {
			t.Errorf("%+v", got)
		}
	}
	notices, err := agents.Notices(t.Context(), h.Read, h.maya.ID, true, 10)
	if err != nil || len(notices) != 1 {
		t.Fatalf("%+v, %v", notices, err)
	}
	n := notices[0]
	if n.Title != "Amara is back from vacation" || n.Kind != agents.NoticeStatus || n.Mails || n.Path != fmt.Sprintf("/clients/%d", amara.ID) ||
		n.ClientID != int64(amara.ID) || !strings.Contains(n.Body, "Under Contract") {
		t.Errorf("%+v", n)
	}
	h.counted(h.maya)
	h.counted(h.jon)
}

func TestVacationOfTheInactiveEndsInactive(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, clients.Form{FirstName: "Ida", Email: "ida@example.com", Status: clients.Inactive})
	f := clients.Form{FirstName: "Ida", Email: "ida@example.com", Status: clients.OnVacation, VacationUntil: noon.Add(time.Hour), Version: 1}
	if _, _, err := clients.Update(t.Context(), h.Write, h.maya.ID, c.ID, f, noon); err != nil {
		t.Fatal(err)
	}
	if n, err := clients.EndVacations(t.Context(), h.Write, noon.Add(2*time.Hour)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if got := h.find(c); got.Status != clients.Inactive {
		t.Error(got.Status)
	}
	notices, err := agents.Notices(t.Context(), h.Read, h.maya.ID, true, 1)
	if err != nil || len(notices) != 1 || !strings.Contains(notices[0].Body, "No letters go out") {
		t.Errorf("%+v, %v", notices, err)
	}
}

func TestCountsHoldThroughAnything(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := rand.New(rand.NewPCG(20261122, 2))
	var live []clients.Client
	now := noon
	status := func() clients.Status { return clients.Statuses[r.IntN(len(clients.Statuses))] }
	for i := range 300 {
		now = now.Add(time.Hour)
		form := clients.Form{FirstName: "C", Email: fmt.Sprintf("c%d@example.com", r.IntN(60)), Status: status(), VacationUntil: now.Add(time.Duration(r.IntN(48)) * time.Hour)}
		err := h.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
			var err error
			switch kind := r.IntN(6); {
			case kind < 2 || len(live) == 0:
				var c clients.Client
				if c, err = clients.Create(ctx, db, h.maya.ID, form, now); err == nil && i%7 != 0 {
					live = append(live, c)
				}
			case kind == 2:
				j := r.IntN(len(live))
				if _, err = clients.Delete(ctx, db, h.maya.ID, live[j].ID); err == nil && i%7 != 0 {
					live = append(live[:j], live[j+1:]...)
				}
			case kind == 3:
				_, err = clients.SetStatus(ctx, db, h.maya.ID, live[r.IntN(len(live))].ID, status(), now)
			case kind == 4:
				var c clients.Client
				if c, err = clients.Find(ctx, db, h.maya.ID, live[r.IntN(len(live))].ID); err == nil {
					form.Version = c.Version - int64(r.IntN(5)/4)
					_, _, err = clients.Update(ctx, db, h.maya.ID, c.ID, form, now)
				}
			default:
				_, err = clients.EndVacations(ctx, db, now)
			}
			if err == nil && i%7 == 0 {
				err = context.Canceled // the caller thinks better of it
			}
			return err
		})
		if err != nil && err != context.Canceled && fault.Of(err) == fault.Internal {
			t.Fatal(err)
		}
		if i%25 == 0 {
			h.counted(h.maya)
		}
	}
	h.counted(h.maya)
	if len(live) < 5 {
		t.Errorf("only %d clients at the end: the test tries too little", len(live))
	}
}
