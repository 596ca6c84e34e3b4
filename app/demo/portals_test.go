package demo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
	"porchlight/app/portal"
	"porchlight/db"
)

// portals looks over what clients did in their portals.
func portals(t *testing.T, store *db.Store, now time.Time) {
	t.Helper()
	ctx := t.Context()
	number := func(sql string, args ...any) (n int) {
		t.Helper()
		if err := store.Read.NewRaw(sql, args...).Scan(ctx, &n); err != nil {
			t.Fatal(sql, err)
		}
		return n
	}
	for _, c := range []struct {
		what, sql   string
		least, most int
	}{
		{"devices", "SELECT count(*) FROM portal_devices", 8, 20},
		{"clients with a device", "SELECT count(DISTINCT email_key) FROM portal_devices", 7, 12},
		{"visited portals", "SELECT count(*) FROM portals WHERE visit_before_at IS NOT NULL", 6, 10},
		{"opened homes", "SELECT count(*) FROM home_visits", 60, 400},
		{"favorites", "SELECT count(*) FROM reactions WHERE kind = 'favorite'", 12, 150},
		{"possibilities", "SELECT count(*) FROM reactions WHERE kind = 'possibility'", 12, 150},
		{"discards", "SELECT count(*) FROM reactions WHERE kind = 'discard'", 12, 150},
		{"notes of clients", "SELECT count(*) FROM messages WHERE listing_id <> 0 AND author = 'client'", 4, 20},
		{"notes of agents", "SELECT count(*) FROM messages WHERE listing_id <> 0 AND author = 'agent'", 3, 20},
		{"messages of clients", "SELECT count(*) FROM messages WHERE listing_id = 0 AND author = 'client'", 4, 20},
		{"messages of agents", "SELECT count(*) FROM messages WHERE listing_id = 0 AND author = 'agent'", 4, 20},
		{"messages that agents have not read", "SELECT count(*) FROM messages WHERE author = 'client' AND seen_at IS NULL", 1, 6},
		{"messages that clients have not read", "SELECT count(*) FROM messages WHERE author = 'agent' AND seen_at IS NULL", 1, 8},
		{"own searches", "SELECT count(*) FROM own_searches", 3, 10},
		{"households", "SELECT count(*) FROM household", 1, 1},
		{"homes of which two think differently", "SELECT count(*) FROM (SELECT listing_id FROM reactions WHERE client_id = (SELECT client_id FROM household) GROUP BY listing_id HAVING count(DISTINCT kind) > 1) AS d", 1, 20},
		{"open invitations", "SELECT count(*) FROM household_invitations WHERE declined_at IS NULL", 1, 1},
		{"letters that may have been forwarded", "SELECT count(*) FROM notices WHERE kind = 'portal' AND title LIKE '%may have been forwarded'", 1, 1},
		{"strangers who asked for homes", "SELECT count(*) FROM portal_askers", 1, 1},
		{"clients moved to another agent", "SELECT count(*) FROM notices WHERE kind = 'client' AND title LIKE '%moved%to you'", 1, 1},
		{"agents with a picture", "SELECT count(*) FROM agent_photos", 3, 3},
		{"reactions to homes that were never sent", `SELECT count(*) FROM reactions AS r WHERE NOT EXISTS (SELECT 1 FROM letters AS l JOIN mailing_homes AS mh ON mh.mailing_id = l.mailing_id
			WHERE mh.listing_id = r.listing_id AND l.state = 'sent' AND (l.client_id = r.client_id OR l.client_id IN (SELECT member_id FROM household WHERE client_id = r.client_id)))`, 0, 0},
		{"words from the future", "SELECT count(*) FROM messages WHERE at > ?0 OR seen_at > ?0", 0, 0},
	} {
		if n := number(c.sql, now); n < c.least || n > c.most {
			t.Errorf("%s: %d, want %d to %d", c.what, n, c.least, c.most)
		}
	}
	looks, err := agents.LoadLooks(ctx, store.Read)
	if err != nil || looks.Accent == "" || looks.AccentDark == "" || looks.Logo == "" {
		t.Errorf("the house looks like %+v, %v", looks, err)
	}
	findings(t, store, now)
}

// findings wants the fact about bathrooms where the demo's client rejects everything under three of them.
func findings(t *testing.T, store *db.Store, now time.Time) {
	t.Helper()
	var row struct {
		ID       autoemail.ID
		ClientID clients.ID
		AgentID  agents.ID
	}
	if err := store.Read.NewRaw("SELECT id, client_id, agent_id FROM searches WHERE name = ?", "Four bedrooms, good schools").Scan(t.Context(), &row); err != nil {
		t.Fatal(err)
	}
	search, err := autoemail.Find(t.Context(), store.Read, row.AgentID, row.ID)
	if err != nil {
		t.Fatal(err)
	}
	found, err := portal.Findings(t.Context(), store.Read, row.ClientID, map[int64]listings.Criteria{int64(row.ID): search.Criteria}, now)
	if err != nil || len(found) == 0 || !strings.HasPrefix(found[0].Say, "Rejects everything under 3 baths") || found[0].Search != int64(row.ID) {
		t.Errorf("%+v, %v", found, err)
	}
	var kinds []string
	if err := store.Read.NewRaw("SELECT DISTINCT kind FROM reactions WHERE client_id = ? AND kind IN (?) ORDER BY kind", row.ClientID, bun.List([]string{"discard", "favorite"})).Scan(t.Context(), &kinds); err != nil || len(kinds) != 2 {
		t.Errorf("%q, %v", kinds, err)
	}
}
