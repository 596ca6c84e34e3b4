package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// An agent who is a client would get the mail they write, and a client's opt-out would be the house's. No door takes both, however
// the address is spelled. Porchlight has no way to merge two clients, and an agent's own address can't be changed: so there is no
// door there. A household is a client's own record, made by the same door as any other.
func TestNobodyIsAgentAndClientByAnyDoor(t *testing.T) {
	t.Parallel()
	spellings := map[string][]string{ // of the agent, and the client's of the same mailbox; package address has more
		"maya.bell+w@gmail.com": {"maya.bell+w@gmail.com", "MayaBell@googlemail.com", "m.ayabell+buyer@gmail.com"},
		"maya.bell@proton.me":   {"mayabell@pm.me", "maya_bell+a@protonmail.com"},
		"maya@fastmail.com":     {"maya+x@fastmail.com", "homes@maya.fastmail.com"},
	}
	const says = "signs in here as Maya Bell"
	for own, all := range spellings {
		t.Run("a client like "+own, func(t *testing.T) {
			h := open(t)
			maya := h.hire("Maya Bell", own, agents.RoleBroker)
			omar := h.hire("Omar Haddad", "omar@haddad.example", agents.RoleAgent)
			amara := h.enlist(omar, "Amara", "Osei", "amara@example.com", clients.Active)
			browsers := []*browser{h.as(maya), h.as(omar)}
			for _, address := range all {
				for _, b := range browsers {
					b.Post("/clients", "first_name", "Me", "email", address, "status", "Active").wants(t, http.StatusUnprocessableEntity, says)
					b.preview("me.csv", "Name,Email\nMe,"+address+"\n").wants(t, http.StatusOK, says, "Nobody in this file can be added")
					b.preview("me.vcf", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Me\r\nEMAIL:"+address+"\r\nEND:VCARD\r\n").wants(t, http.StatusOK, says, "Nobody in this file can be added")
				}
				b := browsers[1]
				page := b.Get(clientPath(amara) + "/edit")
				b.Post(clientPath(amara), "first_name", "Amara", "email", address, "status", "Active", "version", page.hidden(t, "version")).wants(t, http.StatusUnprocessableEntity, says)
			}
			if n, err := h.store.Read.NewSelect().Model((*clients.Client)(nil)).Count(t.Context()); n != 1 || err != nil {
				t.Errorf("%d clients, %v", n, err)
			}
		})
		t.Run("an agent like a client of "+own, func(t *testing.T) {
			h := open(t)
			broker := h.hire("Rosa Elm", "rosa@elm.example", agents.RoleBroker)
			omar := h.hire("Omar Haddad", "omar@haddad.example", agents.RoleAgent)
			b := h.as(broker)
			for i, address := range all {
				h.enlist(omar, fmt.Sprint("Client", i), "One", address, clients.Active)
				r := b.Post("/settings/agents", "name", "Maya Bell", "email", own, "password", password, "role", "agent")
				r.wants(t, http.StatusUnprocessableEntity, "is the address of a client of Omar Haddad", `id="email-why"`)
				r.lacks(t, fmt.Sprint("Client", i))
				if err := clients.NobodyHolds(t.Context(), h.store.Read, own); err == nil { // what the command asks, too
					t.Error("the command takes it")
				}
				if _, err := h.store.Write.Exec(`DELETE FROM clients`); err != nil {
					t.Fatal(err)
				}
			}
			b.Post("/settings/agents", "name", "Maya Bell", "email", own, "password", password, "role", "agent").wants(t, http.StatusSeeOther)
		})
	}
}

func TestAMailboxThatAnOlderReleaseStoredOtherwiseIsReadAnew(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya.bell@proton.me", agents.RoleBroker)
	if _, err := h.store.Write.Exec(`UPDATE agents SET mailbox_key = 'maya.bell@proton.me'`); err != nil {
		t.Fatal(err)
	}
	if err := agents.RefreshMailboxes(t.Context(), h.store.Write); err != nil {
		t.Fatal(err)
	}
	err := h.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := clients.Create(ctx, db, maya.ID, clients.Form{FirstName: "Me", Email: "mayabell@pm.me"}, h.clock())
		return err
	})
	if f := fault.As(err); f == nil || !strings.Contains(f.Fields["email"], "signs in here as Maya Bell") {
		t.Error(err)
	}
}

// A letter somebody sends themselves to look at: none of its links leads anywhere, not even those in its headers.
func TestALetterToOneselfHasOnlyDeadEnds(t *testing.T) {
	h, maya, all, homes := market(t)
	h.as(maya).HTMX().Post("/letters/test", "clients", id(all["ben"]), "subject", "Look", "message", "See [our site](https://elm.example/about).", "home", homes[0], "home", homes[1]).wants(t, http.StatusOK, "On its way to")
	h.deliver()
	m := h.mailTo(maya.Email)
	raw := strings.ReplaceAll(string(m.Data), "=\r\n", "")
	head, _, _ := strings.Cut(raw, "\r\n\r\n")
	if strings.Contains(strings.ToLower(head), "list-unsubscribe") {
		t.Error("its header has a way out")
	}
	before := dump(t, h)
	for _, found := range regexp.MustCompile(`(?i)(?:href|src|action)=(?:3D)?"([^"]*)"`).FindAllStringSubmatch(raw, -1) {
		at, err := url.Parse(strings.ReplaceAll(found[1], "=3D", "="))
		if err != nil {
			t.Fatal(err)
		}
		if at.Host == "porchlight.test" && !strings.HasPrefix(at.Path, "/photos/") && !strings.HasPrefix(at.Path, "/listings/") && !strings.HasPrefix(at.Path, "/marks/") {
			t.Errorf("a link into Porchlight: %s", at)
		}
		if at.Host == "porchlight.test" { // pressed all the same
			if r := h.visitor().Get(at.RequestURI()); strings.Contains(r.Body, "Ben") || strings.Contains(r.Body, "Open your portal") {
				t.Errorf("%s shows something of Ben's", at)
			}
		}
	}
	if regexp.MustCompile(`/[lud]/[A-Za-z0-9_-]{20,}`).MatchString(raw) {
		t.Error("a token is in it")
	}
	if diff := differences(before, dump(t, h)); diff != "" {
		t.Errorf("pressing its links changed:\n%s", diff)
	}
}
