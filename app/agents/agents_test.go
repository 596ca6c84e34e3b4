package agents_test

import (
	"context"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/db"
	"porchlight/db/dbtest"
)

const password = "correct horse battery"

var noon = time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)

// add makes an agent, the first a broker.
func add(t testing.TB, store *db.Store, name, email string) agents.Agent {
	t.Helper()
	role := agents.RoleAgent
	if some, err := agents.Any(t.Context(), store.Read); err != nil {
		t.Fatal(err)
	} else if !some {
		role = agents.RoleBroker
	}
	a, err := agents.Add(t.Context(), store.Write, agents.New{Name: name, Email: email, Password: password, Role: role}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// field returns what err says about one field of a form.
func field(err error, name string) string {
	if e := fault.As(err); e != nil && e.Kind == fault.Invalid {
		return e.Fields[name]
	}
	return ""
}

func TestAddStoresTheAgent(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	if some, err := agents.Any(t.Context(), store.Read); err != nil || some {
		t.Error(some, err)
	}
	got, err := agents.Add(t.Context(), store.Write, agents.New{
		Name: " Maya \u00a0 Bell\t", Email: "Maya.Bell+work@ElmRealty.example", Password: password, Role: agents.RoleBroker}, noon)
	if err != nil {
		t.Fatal(err)
	}
	found, err := agents.Find(t.Context(), store.Read, got.ID)
	if err != nil {
		t.Fatal(err)
	}
	if found.Name != "Maya Bell" || found.FirstName() != "Maya" || !found.Broker() || found.Version != 1 || !found.CreatedAt.Equal(noon) ||
		found.EmailKey != "maya.bell+work@elmrealty.example" || found.MailboxKey != "maya.bell@elmrealty.example" {
		t.Errorf("%+v", found)
	}
	if !strings.HasPrefix(found.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(found.PasswordHash, password) {
		t.Error(found.PasswordHash)
	}
	if some, err := agents.Any(t.Context(), store.Read); err != nil || !some {
		t.Error(some, err)
	}
	if _, err := agents.Find(t.Context(), store.Read, 999); fault.Of(err) != fault.NotFound {
		t.Error(err)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	add(t, store, "Maya Bell", "maya@elmrealty.example")
	good := agents.New{Name: "Jon Diaz", Email: "jon@elmrealty.example", Password: password, Role: agents.RoleAgent}
	tests := []struct {
		what   string
		field  string
		change func(*agents.New)
	}{
		{"no name", "name", func(n *agents.New) { n.Name = " " }},
		{"a name of joiners", "name", func(n *agents.New) { n.Name = "\u200d\u200c" }},
		{"a header in the name", "name", func(n *agents.New) { n.Name = "Jon\r\nBcc: everyone@example.com" }},
		{"a NUL in the name", "name", func(n *agents.New) { n.Name = "Jon\x00" }},
		{"a reversed name", "name", func(n *agents.New) { n.Name = "Jon \u202egnp.exe" }},
		{"an isolate in the name", "name", func(n *agents.New) { n.Name = "Jon \u2066x" }},
		{"broken UTF-8", "name", func(n *agents.New) { n.Name = "Jon \xff" }},
		{"a name of 301", "name", func(n *agents.New) { n.Name = strings.Repeat("é", 301) }},
		{"no address", "email", func(n *agents.New) { n.Email = "" }},
		{"an almost-address", "email", func(n *agents.New) { n.Email = "jon@elmrealty" }},
		{"a taken address", "email", func(n *agents.New) { n.Email = "MAYA@elmrealty.example" }},
		{"no role", "role", func(n *agents.New) { n.Role = "" }},
		{"another role", "role", func(n *agents.New) { n.Role = "owner" }},
		{"a short password", "password", func(n *agents.New) { n.Password = "seven77" }},
		{"a password of 257", "password", func(n *agents.New) { n.Password = strings.Repeat("ab", 128) + "c" }},
		{"the name as password", "password", func(n *agents.New) { n.Name, n.Password = "Jonathan Diaz", "jonathandiaz" }},
		{"the address as password", "password", func(n *agents.New) { n.Password = "Jon@elmrealty.example" }},
		{"a common password", "password", func(n *agents.New) { n.Password = "Password1234" }},
		{"one letter", "password", func(n *agents.New) { n.Password = "aaaaaaaaaaaa" }},
		{"blanks", "password", func(n *agents.New) { n.Password = "            " }},
		{"a header in the brokerage", "brokerage", func(n *agents.New) { n.Brokerage = "Elm\nRealty" }},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			n := good
			test.change(&n)
			_, err := agents.Add(t.Context(), store.Write, n, noon)
			if field(err, test.field) == "" {
				t.Errorf("%v", err)
			}
		})
	}
	if all, err := agents.List(t.Context(), store.Read); err != nil || len(all) != 1 {
		t.Errorf("%d agents, %v", len(all), err)
	}
	good.Name, good.Password = strings.Repeat("é", 300), strings.Repeat("ü", 255)+"x"
	if _, err := agents.Add(t.Context(), store.Write, good, noon); err != nil {
		t.Errorf("300 letters and 256 are fine: %v", err)
	}
}

func TestListIsByName(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	for i, name := range []string{"maya Bell", "Jon Diaz", "Zoe Abel"} {
		add(t, store, name, string(rune('a'+i))+"@elmrealty.example")
	}
	all, err := agents.List(t.Context(), store.Read)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Name)
	}
	if got := strings.Join(names, ", "); got != "Jon Diaz, maya Bell, Zoe Abel" {
		t.Error(got)
	}
}

func TestUpdateSavesTheProfileOnce(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya, jon := add(t, store, "Maya Bell", "maya@elmrealty.example"), add(t, store, "Jon Diaz", "jon@elmrealty.example")
	profile := agents.Profile{Name: "Maya Bell-Ruiz", Phone: "(203) 555-0142 ext. 7", Signature: "Maya\r\nElm Realty  \n", Version: maya.Version}
	got, err := agents.Update(t.Context(), store.Write, maya.ID, profile)
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "Maya Bell-Ruiz" || got.Phone != "(203) 555-0142 ext. 7" || got.Signature != "Maya\nElm Realty" ||
		got.Version != maya.Version+1 || got.Email != maya.Email || got.PasswordHash != maya.PasswordHash || got.Role != maya.Role {
		t.Errorf("%+v", got)
	}
	if _, err := agents.Update(t.Context(), store.Write, maya.ID, profile); fault.Of(err) != fault.Conflict {
		t.Errorf("a second save of the same form: %v", err)
	}
	if _, err := agents.Update(t.Context(), store.Write, 999, profile); fault.Of(err) != fault.NotFound {
		t.Errorf("nobody's profile: %v", err)
	}
	if other, err := agents.Find(t.Context(), store.Read, jon.ID); err != nil || other.Name != "Jon Diaz" {
		t.Errorf("%+v, %v", other, err)
	}
	bad := agents.Profile{Name: "", Phone: "call me", Signature: "x\x00", Version: got.Version}
	_, err = agents.Update(t.Context(), store.Write, maya.ID, bad)
	for _, name := range []string{"name", "phone", "signature"} {
		if field(err, name) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoticesAreSeenAndPostedOnce(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya, jon := add(t, store, "Maya Bell", "maya@elmrealty.example"), add(t, store, "Jon Diaz", "jon@elmrealty.example")
	ctx := t.Context()
	for _, n := range []agents.Notice{
		{AgentID: maya.ID, Kind: agents.NoticeOptOut, ClientID: 12, Title: "Amara Osei\nopted out", Body: "One.\n\nTwo.", Action: "Restore", Path: "/clients/12", Mails: true},
		{AgentID: maya.ID, Kind: agents.NoticeStatus, Title: "Back from vacation"},
		{AgentID: jon.ID, Kind: agents.NoticeMail, Title: "No mail server", Mails: true},
	} {
		if err := agents.Tell(ctx, store.Write, n, noon); err != nil {
			t.Fatal(err)
		}
	}
	titles := func(all []agents.Notice, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, n := range all {
			out = append(out, n.Title)
		}
		return strings.Join(out, "|")
	}
	if got := titles(agents.Notices(ctx, store.Read, maya.ID, true, 10)); got != "Back from vacation|Amara Osei opted out" {
		t.Error(got)
	}
	if got := titles(agents.Notices(ctx, store.Read, maya.ID, false, 1)); got != "Back from vacation" {
		t.Error(got)
	}
	mine, err := agents.Notices(ctx, store.Read, maya.ID, true, 10)
	if err != nil {
		t.Fatal(err)
	}
	first := mine[1]
	if first.ClientID != 12 || first.Body != "One.\n\nTwo." || first.Path != "/clients/12" || !first.CreatedAt.Equal(noon) {
		t.Errorf("%+v", first)
	}
	if err := agents.Dismiss(ctx, store.Write, jon.ID, first.ID, noon); fault.Of(err) != fault.NotFound {
		t.Errorf("another's notice: %v", err)
	}
	for _, at := range []time.Time{noon.Add(time.Hour), noon.Add(2 * time.Hour)} {
		if err := agents.Dismiss(ctx, store.Write, maya.ID, first.ID, at); err != nil {
			t.Error(err)
		}
	}
	if got := titles(agents.Notices(ctx, store.Read, maya.ID, true, 10)); got != "Back from vacation" {
		t.Error(got)
	}
	if all, err := agents.Notices(ctx, store.Read, maya.ID, false, 10); err != nil || !all[1].SeenAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("%+v, %v", all, err)
	}
	if got := titles(agents.Unposted(ctx, store.Read, 10)); got != "Amara Osei opted out|No mail server" {
		t.Error(got)
	}
	if got := titles(agents.Unposted(ctx, store.Read, 1)); got != "Amara Osei opted out" {
		t.Error(got)
	}
	if err := agents.MarkPosted(ctx, store.Write, first.ID, noon); err != nil {
		t.Error(err)
	}
	if err := agents.MarkPosted(ctx, store.Write, first.ID, noon); fault.Of(err) != fault.Conflict {
		t.Errorf("posted twice: %v", err)
	}
	if got := titles(agents.Unposted(ctx, store.Read, 10)); got != "No mail server" {
		t.Error(got)
	}
}

func TestHashingStopsWaitingWithItsContext(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := agents.Add(ctx, store.Write, agents.New{Name: "Maya Bell", Email: "maya@elmrealty.example", Password: password, Role: agents.RoleBroker}, noon); err == nil {
		t.Error("added under a context that had ended")
	}
}

func TestWhoMayNotBeAnAgentIsAskedWhereTheAgentIsAdded(t *testing.T) {
	store := dbtest.New(t)
	wanted := agents.New{Name: "Maya Bell", Email: "maya@elm.example", Password: "correct horse battery", Role: agents.RoleAgent}
	wanted.Unless = func(_ context.Context, db bun.IDB, email string) error {
		if _, in := db.(bun.Tx); !in || email != wanted.Email {
			t.Errorf("asked with %T about %q", db, email)
		}
		var form fault.Form
		form.Add("email", "is a client's")
		return form.Err()
	}
	if _, err := agents.Add(t.Context(), store.Write, wanted, noon); fault.Of(err) != fault.Invalid {
		t.Error(err)
	}
	if some, err := agents.Any(t.Context(), store.Read); some || err != nil {
		t.Error("added all the same", err)
	}
}
