package clients_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/db"
)

// list walks all pages and returns the names.
func (h *house) list(f clients.Filter) []string {
	h.Helper()
	var names []string
	for pages := 0; ; pages++ {
		page, err := clients.List(h.Context(), h.Read, f)
		if err != nil {
			h.Fatal(err)
		}
		if page.Next != "" && len(page.Clients) != f.Limit && f.Limit > 0 {
			h.Errorf("a page of %d that is not the last", len(page.Clients))
		}
		for _, c := range page.Clients {
			names = append(names, c.Name())
		}
		if page.Next == "" {
			return names
		}
		if pages > 100 {
			h.Fatal("the pages never end")
		}
		f.After = page.Next
	}
}

func TestSearchFindsEveryWordWithoutCaseOrAccents(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i, f := range []clients.Form{
		{FirstName: "José", LastName: "Muñoz", Email: "Pepe@casa.example", Phone: "(203) 555-0142"},
		{FirstName: "Jose\u0301", LastName: "Nguyễn", Email: "jn@example.com", Phone: "+1 203 555 0199"},
		{FirstName: "Łukasz", LastName: "Øster", Email: "lo_x@example.com"},
		{FirstName: "Fifty", LastName: "O’Neil", Email: "50%off@example.com"},
		{FirstName: "عائشة", LastName: "حسن", Email: "aisha@example.com"},
		{FirstName: "小明", LastName: "李", Email: "xiaoming@example.com"},
		{FirstName: "Straße", LastName: "Ünal", Email: "s!u@example.com"},
	} {
		f.Notes = fmt.Sprint("notes are not searched: muñoz ", i)
		h.create(h.maya, f)
	}
	tests := map[string]string{
		"munoz":                    "José Muñoz",
		"MUÑOZ jose":               "José Muñoz",
		"jose":                     "José Muñoz|José Nguyễn",
		"jose nguyen":              "José Nguyễn",
		"nguyên":                   "José Nguyễn",
		"lukasz oster":             "Łukasz Øster",
		"pepe@CASA":                "José Muñoz",
		"5550142":                  "José Muñoz",
		"555-0142":                 "José Muñoz",
		"203.555.0142":             "José Muñoz",
		"(203) 555":                "José Muñoz|José Nguyễn",
		"2035550199":               "José Nguyễn",
		"%":                        "Fifty O’Neil",
		"50%":                      "Fifty O’Neil",
		"_":                        "Łukasz Øster",
		"!":                        "Straße Ünal",
		"o'neil":                   "Fifty O’Neil",
		"strasse unal":             "Straße Ünal",
		"عائشة":                    "عائشة حسن",
		"李":                        "小明 李",
		"jose\x00munoz":            "José Muñoz",
		"' OR 1=1 --":              "",
		"\\":                       "",
		"?":                        "",
		"jose\xff\xfe munoz":       "José Muñoz",
		"notes":                    "",
		"jose lukasz":              "",
		strings.Repeat("x", 99999): "",
	}
	for query, want := range tests {
		f := clients.Filter{Agent: h.maya.ID, Query: query}
		if got := strings.Join(h.list(f), "|"); got != want {
			t.Errorf("%.40q finds %q, want %q", query, got, want)
		}
		f.Sort = clients.ByNewest
		newest := h.list(f)
		slices.Reverse(newest)
		if got := strings.Join(newest, "|"); got != want {
			t.Errorf("%.40q finds %q by newest, want the reverse of %q", query, got, want)
		}
		counts, err := clients.Counts(t.Context(), h.Read, f)
		n := 0
		if want != "" {
			n = strings.Count(want, "|") + 1
		}
		if err != nil || counts[""] != n || counts[clients.Active] != n {
			t.Errorf("%.40q counts %v, want %d, %v", query, counts, n, err)
		}
	}
	if got := h.list(clients.Filter{Agent: h.maya.ID, Query: " \t "}); len(got) != 7 {
		t.Errorf("an empty query finds %d", len(got))
	}
}

func TestListWalksEveryPageInOrder(t *testing.T) {
	t.Parallel()
	h := open(t)
	surnames := []string{"Van", "Van Dyke", "van", "Zoë", "Zoe", "Ångström", "Angel", "", "Muñoz", "Munoz"}
	for i := range 40 {
		f := clients.Form{FirstName: fmt.Sprintf("%c", 'A'+i%5), LastName: surnames[i%len(surnames)], Email: fmt.Sprintf("c%d@example.com", i), Status: clients.Statuses[i%2]}
		// Several at one instant, and fractions of different lengths.
		at := noon.Add(time.Duration(i/3) * 100 * time.Millisecond)
		if _, err := clients.Create(t.Context(), h.Write, h.maya.ID, f, at); err != nil {
			t.Fatal(err)
		}
	}
	h.create(h.jon, amara)
	var all []clients.Client
	if err := h.Read.NewSelect().Model(&all).Where("agent_id = ?", h.maya.ID).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	byName := func(a, b clients.Client) int {
		return cmp.Or(strings.Compare(a.SortKey, b.SortKey), cmp.Compare(a.ID, b.ID))
	}
	byNewest := func(a, b clients.Client) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	}
	for sort, order := range map[clients.Sort]func(a, b clients.Client) int{clients.ByName: byName, "": byName, clients.ByNewest: byNewest} {
		for _, status := range []clients.Status{"", clients.Active, clients.Closed} {
			slices.SortFunc(all, order)
			var want []string
			for _, c := range all {
				if status == "" || c.Status == status {
					want = append(want, c.Name())
				}
			}
			for _, limit := range []int{1, 3, 7, 40, 0} {
				got := h.list(clients.Filter{Agent: h.maya.ID, Sort: sort, Status: status, Limit: limit})
				if !slices.Equal(got, want) {
					t.Errorf("%q %q by %d:\n got %q\nwant %q", sort, status, limit, got, want)
				}
			}
		}
	}
}

func TestNamesSortAsInAnAddressBook(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i, name := range []string{"Ann|Van Dyke", "Zed|Van", "Bo|Åse", "Cy|aster", "Madonna|", "Al|Mado"} {
		first, last, _ := strings.Cut(name, "|")
		h.create(h.maya, clients.Form{FirstName: first, LastName: last, Email: fmt.Sprintf("c%d@example.com", i)})
	}
	const want = "Bo Åse|Cy aster|Al Mado|Madonna|Zed Van|Ann Van Dyke"
	if got := strings.Join(h.list(clients.Filter{Agent: h.maya.ID, Limit: 2}), "|"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestBadCursorStartsFromTheBeginning(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i := range 3 {
		h.create(h.maya, clients.Form{FirstName: fmt.Sprint("C", i), Email: fmt.Sprintf("c%d@example.com", i)})
	}
	first, err := clients.List(t.Context(), h.Read, clients.Filter{Agent: h.maya.ID, Limit: 1, Sort: clients.ByNewest})
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []string{"x", "====", "bmFtZSAx", "bmFtZSAx IA", first.Next, first.Next + "A", strings.Repeat("QUFB", 5000)} {
		page, err := clients.List(t.Context(), h.Read, clients.Filter{Agent: h.maya.ID, After: after})
		if err != nil || len(page.Clients) != 3 {
			t.Errorf("%.30q: %d clients, %v", after, len(page.Clients), err)
		}
	}
}

func TestFindManyLeavesOthersOut(t *testing.T) {
	t.Parallel()
	h := open(t)
	a := h.create(h.maya, clients.Form{FirstName: "Zed", Email: "z@example.com"})
	b := h.create(h.maya, clients.Form{FirstName: "Abe", Email: "a@example.com"})
	c := h.create(h.jon, amara)
	ids := []clients.ID{a.ID, b.ID, c.ID, a.ID, 999999}
	for i := range 6000 {
		ids = append(ids, clients.ID(1_000_000+i))
	}
	got, err := clients.FindMany(t.Context(), h.Read, h.maya.ID, ids)
	if err != nil || len(got) != 2 || got[0].FirstName != "Abe" || got[1].FirstName != "Zed" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := clients.FindMany(t.Context(), h.Read, h.maya.ID, nil); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// spy keeps the last statement that went by.
type spy struct{ last string }

func (s *spy) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (s *spy) AfterQuery(_ context.Context, e *bun.QueryEvent)                    { s.last = e.Query }

func TestListsGoByTheirIndexes(t *testing.T) {
	t.Parallel()
	h := open(t)
	if h.Kind() != "SQLite" {
		t.Skip("plans are asked of SQLite; PostgreSQL chooses by the size of the table")
	}
	for i := range 5 {
		h.create(h.maya, clients.Form{FirstName: fmt.Sprint("C", i), Email: fmt.Sprintf("c%d@example.com", i)})
	}
	var seen spy
	read := h.Read.WithQueryHook(&seen)
	for _, sort := range []clients.Sort{clients.ByName, clients.ByNewest} {
		for status, index := range map[clients.Status]map[clients.Sort]string{
			"":             {clients.ByName: "clients_by_name", clients.ByNewest: "clients_by_added"},
			clients.Active: {clients.ByName: "clients_by_status", clients.ByNewest: "clients_by_status_added"},
		} {
			f := clients.Filter{Agent: h.maya.ID, Sort: sort, Status: status, Limit: 2}
			for range 2 {
				page, err := clients.List(t.Context(), read, f)
				if err != nil {
					t.Fatal(err)
				}
				plan := explain(t, h.Store, seen.last)
				if !strings.Contains(plan, "USING INDEX "+index[sort]+" (") || strings.Contains(plan, "TEMP B-TREE") ||
					f.After != "" && !strings.Contains(plan, "sort_key>?") && !strings.Contains(plan, "created_at<?") {
					t.Errorf("%q %q after %q: %s", sort, status, f.After, plan)
				}
				f.After = page.Next
			}
		}
	}
	if _, err := clients.Counts(t.Context(), read, clients.Filter{Agent: h.maya.ID}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(seen.last, `"clients"`) || !strings.Contains(seen.last, "client_counts") {
		t.Error("the tabs count rows:", seen.last)
	}
}

func explain(t *testing.T, store *db.Store, query string) string {
	t.Helper()
	var steps []struct {
		ID, Parent, Notused int
		Detail              string
	}
	if err := store.Read.NewRaw("EXPLAIN QUERY PLAN "+strings.ReplaceAll(query, "?", `\?`)).Scan(t.Context(), &steps); err != nil {
		t.Fatal(err)
	}
	var plan []string
	for _, s := range steps {
		plan = append(plan, s.Detail)
	}
	return strings.Join(plan, "; ")
}
