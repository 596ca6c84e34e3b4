package clients_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/db"
	"porchlight/db/dbtest"
)

var noon = time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)

// house is a database with two agents.
type house struct {
	*testing.T
	*db.Store
	maya, jon agents.Agent
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, Store: dbtest.New(t)}
	h.maya = h.agent("Maya Bell", "maya@elmrealty.example", agents.RoleBroker)
	h.jon = h.agent("Jon Diaz", "jon@elmrealty.example", agents.RoleAgent)
	return h
}

func (h *house) agent(name, email string, role agents.Role) agents.Agent {
	h.Helper()
	a, err := agents.Add(h.Context(), h.Write, agents.New{Name: name, Email: email, Password: "correct horse battery", Role: role}, noon)
	if err != nil {
		h.Fatal(err)
	}
	return a
}

func (h *house) create(owner agents.Agent, f clients.Form) clients.Client {
	h.Helper()
	c, err := clients.Create(h.Context(), h.Write, owner.ID, f, noon)
	if err != nil {
		h.Fatal(err)
	}
	return c
}

func (h *house) find(c clients.Client) clients.Client {
	h.Helper()
	found, err := clients.Find(h.Context(), h.Read, c.AgentID, c.ID)
	if err != nil {
		h.Fatal(err)
	}
	return found
}

// counted compares the counts that are kept with the rows.
func (h *house) counted(owner agents.Agent) {
	h.Helper()
	kept, err := clients.Counts(h.Context(), h.Read, clients.Filter{Agent: owner.ID})
	if err != nil {
		h.Fatal(err)
	}
	var rows []clients.Client
	if err := h.Read.NewSelect().Model(&rows).Where("agent_id = ?", owner.ID).Scan(h.Context()); err != nil {
		h.Fatal(err)
	}
	rowsOf := map[clients.Status]int{"": len(rows)}
	for _, c := range rows {
		rowsOf[c.Status]++
	}
	for _, s := range append([]clients.Status{""}, clients.Statuses...) {
		if kept[s] != rowsOf[s] {
			h.Errorf("%d clients %q, counted %d", rowsOf[s], s, kept[s])
		}
	}
}

var amara = clients.Form{FirstName: " Amara ", LastName: "Osei", Email: "Amara@Example.com", Phone: "203-555-0142",
	Types: []clients.Type{"Seller", "Buyer", "Seller"}, Notes: "Two dogs.\r\nWants a porch. "}

// field returns what err says about one field of a form.
func field(err error, name string) string {
	if e := fault.As(err); e != nil && e.Kind == fault.Invalid {
		return e.Fields[name]
	}
	return ""
}

func TestCreateStoresTheClient(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, amara)
	got := h.find(c)
	if got.Name() != "Amara Osei" || got.Email != "Amara@example.com" || got.EmailKey != "amara@example.com" || got.Status != clients.Active ||
		got.Notes != "Two dogs.\nWants a porch." || got.Version != 1 || !got.StatusAt.Equal(noon) || !got.CreatedAt.Equal(noon) || !got.VacationUntil.IsZero() {
		t.Errorf("%+v", got)
	}
	if want := []clients.Type{"Buyer", "Seller"}; !reflect.DeepEqual(got.TypeList(), want) {
		t.Error(got.TypeList())
	}
	if got := (clients.Client{}).TypeList(); len(got) != 0 {
		t.Error(got)
	}
	h.counted(h.maya)
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.create(h.maya, amara)
	good := clients.Form{FirstName: "Ben", LastName: "Okri", Email: "ben@example.com"}
	tests := []struct {
		what, field string
		change      func(*clients.Form)
	}{
		{"no name", "first_name", func(f *clients.Form) { f.FirstName, f.LastName = " ", "" }},
		{"a header in the first name", "first_name", func(f *clients.Form) { f.FirstName = "Ben\r\nBcc: x@example.com" }},
		{"a reversed last name", "last_name", func(f *clients.Form) { f.LastName = "Okri\u202e" }},
		{"a last name of 301", "last_name", func(f *clients.Form) { f.LastName = strings.Repeat("語", 301) }},
		{"broken UTF-8", "last_name", func(f *clients.Form) { f.LastName = "Okri\xc3" }},
		{"no address", "email", func(f *clients.Form) { f.Email = " " }},
		{"an almost-address", "email", func(f *clients.Form) { f.Email = "ben@example" }},
		{"two addresses", "email", func(f *clients.Form) { f.Email = "ben@example.com, bo@example.com" }},
		{"a header in the address", "email", func(f *clients.Form) { f.Email = "ben@example.com\r\nBcc: x@example.com" }},
		{"no phone number", "phone", func(f *clients.Form) { f.Phone = "ask her" }},
		{"a status of their own", "status", func(f *clients.Form) { f.Status = "active" }},
		{"a vacation without end", "vacation_until", func(f *clients.Form) { f.Status = clients.OnVacation }},
		{"a vacation that is over", "vacation_until", func(f *clients.Form) { f.Status, f.VacationUntil = clients.OnVacation, noon }},
		{"a vacation of three years", "vacation_until", func(f *clients.Form) { f.Status, f.VacationUntil = clients.OnVacation, noon.AddDate(3, 0, 0) }},
		{"a type of their own", "types", func(f *clients.Form) { f.Types = []clients.Type{"Buyer", "Buyer,Other"} }},
		{"long notes", "notes", func(f *clients.Form) { f.Notes = strings.Repeat("n", 10_001) }},
		{"a NUL in the notes", "notes", func(f *clients.Form) { f.Notes = "a\x00b" }},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			f := good
			test.change(&f)
			if _, err := clients.Create(h.Context(), h.Write, h.maya.ID, f, noon); field(err, test.field) == "" {
				t.Errorf("%v", err)
			} else if n := len(fault.As(err).Fields); n != 1 {
				t.Errorf("%d fields: %v", n, fault.As(err).Fields)
			}
		})
	}
	h.counted(h.maya)
	good.FirstName, good.LastName, good.Notes = strings.Repeat("語", 300), strings.Repeat("ﷺ", 300), strings.Repeat("ñ", 10_000)
	c := h.create(h.maya, good)
	if len(c.SortKey) > 400 || !utf8.ValidString(c.SortKey) {
		t.Errorf("a sort key of %d octets", len(c.SortKey))
	}
	one := h.create(h.maya, clients.Form{LastName: "Suharto", Email: "s@example.com"})
	if one.Name() != "Suharto" {
		t.Errorf("%q", one.Name())
	}
}

func TestNoAgentIsAClient(t *testing.T) {
	t.Parallel()
	h := open(t)
	const want = "maya@elmrealty.example signs in here as Maya Bell. To see what clients see, send yourself a test from Compose; to check homes before they go out, use concierge."
	for _, owner := range []agents.Agent{h.maya, h.jon} {
		for _, email := range []string{"maya@elmrealty.example", "MAYA+client@ElmRealty.example"} {
			_, err := clients.Create(t.Context(), h.Write, owner.ID, clients.Form{FirstName: "Me", Email: email}, noon)
			if got := field(err, "email"); got != want {
				t.Errorf("%s: %v", email, err)
			}
		}
	}
	c := h.create(h.jon, amara)
	f := amara
	f.Email, f.Version = "maya+x@elmrealty.example", 1
	if _, _, err := clients.Update(t.Context(), h.Write, h.jon.ID, c.ID, f, noon); field(err, "email") != want {
		t.Errorf("by an edit: %v", err)
	}
}

func TestOneAddressOncePerAgent(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.create(h.maya, amara)
	twin := clients.Form{FirstName: "Someone", Email: "AMARA@example.COM"}
	if _, err := clients.Create(t.Context(), h.Write, h.maya.ID, twin, noon); field(err, "email") != "You already have this address: Amara Osei." {
		t.Errorf("%v", err)
	}
	h.create(h.jon, twin)
	other := h.create(h.maya, clients.Form{FirstName: "Ben", Email: "ben@example.com"})
	twin.Version = 1
	if _, _, err := clients.Update(t.Context(), h.Write, h.maya.ID, other.ID, twin, noon); field(err, "email") != "You already have this address: Amara Osei." {
		t.Errorf("%v", err)
	}
	h.counted(h.maya)
}

func TestCreateTogetherMakesOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	done := make(chan error)
	for range 8 {
		go func() {
			_, err := clients.Create(t.Context(), h.Write, h.maya.ID, amara, noon)
			done <- err
		}()
	}
	made := 0
	for range 8 {
		if err := <-done; err == nil {
			made++
		} else if field(err, "email") == "" {
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d were made", made)
	}
	h.counted(h.maya)
}

func TestReaddressTogetherKeepsAddressesApart(t *testing.T) {
	t.Parallel()
	h := open(t)
	done := make(chan error)
	const all = 8
	for i := range all {
		c := h.create(h.maya, clients.Form{FirstName: "Twin", Email: fmt.Sprintf("twin%d@example.com", i)})
		go func() {
			_, _, err := clients.Update(t.Context(), h.Write, h.maya.ID, c.ID, clients.Form{FirstName: "Twin", Email: "same@example.com", Version: 1}, noon)
			done <- err
		}()
	}
	changed := 0
	for range all {
		if err := <-done; err == nil {
			changed++
		} else if field(err, "email") != "You already have this address: Twin." {
			t.Error(err)
		}
	}
	if changed != 1 {
		t.Errorf("%d have the address", changed)
	}
}

func TestUpdateReturnsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, amara)
	f := clients.Form{FirstName: "Amara", LastName: "Muñoz", Email: "a.munoz@example.com", Phone: "", Status: clients.Closed, Version: 1}
	later := noon.Add(time.Hour)
	before, after, err := clients.Update(t.Context(), h.Write, h.maya.ID, c.ID, f, later)
	if err != nil {
		t.Fatal(err)
	}
	if before.LastName != "Osei" || before.Status != clients.Active || before.Version != 1 {
		t.Errorf("%+v", before)
	}
	if after.LastName != "Muñoz" || after.Version != 2 || after.Phone != "" || after.Types != "" || !after.StatusAt.Equal(later) || !after.CreatedAt.Equal(noon) {
		t.Errorf("%+v", after)
	}
	found := h.find(c)
	found.BaseModel, after.BaseModel = bun.BaseModel{}, bun.BaseModel{}
	if found.UpdatedAt.Equal(after.UpdatedAt) && found.Name() != after.Name() || found.SearchKey != after.SearchKey || found.Version != after.Version {
		t.Errorf("stored %+v\nreturned %+v", found, after)
	}
	h.counted(h.maya)
	if _, _, err := clients.Update(t.Context(), h.Write, h.maya.ID, c.ID, f, later); fault.Of(err) != fault.Conflict ||
		fault.As(err).Say != "Someone saved this client while you were editing. What you typed is kept; look at what changed and save again." {
		t.Errorf("a stale form: %v", err)
	}
	f.Version, f.Status = 2, ""
	if _, after, err := clients.Update(t.Context(), h.Write, h.maya.ID, c.ID, f, later.Add(time.Hour)); err != nil || after.Status != clients.Closed || !after.StatusAt.Equal(later) {
		t.Errorf("a form without a status: %+v, %v", after, err)
	}
}

func TestTwoTabsAtOnceOneIsTold(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, amara)
	done := make(chan error)
	for i := range 6 {
		go func() {
			f := amara
			f.Version, f.Notes = 1, fmt.Sprint("tab ", i)
			_, _, err := clients.Update(t.Context(), h.Write, h.maya.ID, c.ID, f, noon)
			done <- err
		}()
	}
	saved := 0
	for range 6 {
		if err := <-done; err == nil {
			saved++
		} else if fault.Of(err) != fault.Conflict {
			t.Error(err)
		}
	}
	if got := h.find(c); saved != 1 || got.Version != 2 {
		t.Errorf("%d saved, version %d", saved, got.Version)
	}
}

func TestAnothersClientIsNotFound(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, amara)
	ctx, stranger := t.Context(), h.jon.ID
	f := amara
	f.Version = 1
	tries := map[string]error{}
	_, tries["find"] = clients.Find(ctx, h.Read, stranger, c.ID)
	_, _, tries["update"] = clients.Update(ctx, h.Write, stranger, c.ID, f, noon)
	_, tries["status"] = clients.SetStatus(ctx, h.Write, stranger, c.ID, clients.Inactive, noon)
	_, tries["notes"] = clients.SetNotes(ctx, h.Write, stranger, c.ID, "mine", 1, noon)
	_, tries["delete"] = clients.Delete(ctx, h.Write, stranger, c.ID)
	for what, err := range tries {
		if fault.Of(err) != fault.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	if many, err := clients.FindMany(ctx, h.Read, stranger, []clients.ID{c.ID}); err != nil || len(many) != 0 {
		t.Errorf("find many: %v, %v", many, err)
	}
	if page, err := clients.List(ctx, h.Read, clients.Filter{Agent: stranger}); err != nil || len(page.Clients) != 0 {
		t.Errorf("list: %v, %v", page, err)
	}
	if counts, err := clients.Counts(ctx, h.Read, clients.Filter{Agent: stranger, Query: "amara"}); err != nil || counts[""] != 0 {
		t.Errorf("counts: %v, %v", counts, err)
	}
	if got := h.find(c); got.Version != 1 || got.Status != clients.Active {
		t.Errorf("%+v", got)
	}
	h.counted(h.maya)
}

func TestSetNotes(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, amara)
	got, err := clients.SetNotes(t.Context(), h.Write, h.maya.ID, c.ID, "Three dogs.", 1, noon)
	if err != nil || got.Notes != "Three dogs." || got.Name() != "Amara Osei" || h.find(c).Notes != "Three dogs." {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := clients.SetNotes(t.Context(), h.Write, h.maya.ID, c.ID, "Four.", 1, noon); fault.Of(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	if _, err := clients.SetNotes(t.Context(), h.Write, h.maya.ID, c.ID, "\x1b[2J", 2, noon); field(err, "notes") == "" {
		t.Errorf("%v", err)
	}
}

func TestDeleteErases(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.create(h.maya, amara)
	gone, err := clients.Delete(t.Context(), h.Write, h.maya.ID, c.ID)
	if err != nil || gone.Name() != "Amara Osei" || gone.EmailKey != "amara@example.com" {
		t.Errorf("%+v, %v", gone, err)
	}
	if _, err := clients.Delete(t.Context(), h.Write, h.maya.ID, c.ID); fault.Of(err) != fault.NotFound {
		t.Errorf("twice: %v", err)
	}
	if _, err := clients.Find(t.Context(), h.Read, h.maya.ID, c.ID); fault.Of(err) != fault.NotFound {
		t.Errorf("%v", err)
	}
	h.counted(h.maya)
	if again := h.create(h.maya, amara); again.ID == c.ID {
		t.Error("an id was used twice: old links would lead to somebody else")
	}
}
