package db_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"porchlight/db"
	"porchlight/db/dbtest"
)

var update = flag.Bool("update", false, "rewrite schema.sql")

// dump is the whole SQLite schema: each table, then its indexes, by name.
func dump(t *testing.T, store *db.Store) string {
	t.Helper()
	var statements []string
	err := store.Read.NewRaw("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite%' AND tbl_name NOT LIKE 'bun%'"+
		" ORDER BY tbl_name, type DESC, name").Scan(t.Context(), &statements)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(statements, ";\n\n") + ";\n"
}

func TestSchemaFileIsTheSchema(t *testing.T) {
	store, _ := openFile(t)
	const head = "-- What all migrations together make on SQLite. Written by: go test ./db -run Schema -update\n\n"
	got := head + dump(t, store)
	if *update {
		if err := os.WriteFile("schema.sql", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Error("db/schema.sql is not what the migrations make; run: go test ./db -run Schema -update")
	}
}

func TestMigrationsTwiceAreHarmless(t *testing.T) {
	store := dbtest.New(t)
	if _, err := store.Write.Exec("INSERT INTO client_counts (agent_id, status, n) VALUES (1, 'Active', 1)"); err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	// As after a crash between a migration's commit and its mark.
	if _, err := store.Write.Exec("DELETE FROM bun_migrations"); err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var rows, marks int
	err := store.Write.NewRaw("SELECT (SELECT count(*) FROM client_counts), (SELECT count(*) FROM bun_migrations)").Scan(t.Context(), &rows, &marks)
	if err != nil || rows != 1 || marks == 0 {
		t.Errorf("%d rows, %d marks, %v", rows, marks, err)
	}
}

func TestMigrateRefusesANewerDatabase(t *testing.T) {
	store := dbtest.New(t)
	if _, err := store.Write.Exec("INSERT INTO bun_migrations (name, group_id) VALUES ('29991231235959', 2)"); err != nil {
		t.Fatal(err)
	}
	err := store.Migrate(t.Context())
	const want = "db: this database was written by a newer Porchlight (migration 29991231235959); install that version or restore an older backup"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestMigrateTogether(t *testing.T) {
	store := dbtest.New(t)
	if _, err := store.Write.Exec("DELETE FROM bun_migrations"); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 4 {
		go func() { done <- store.Migrate(t.Context()) }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// migrations are the real ones and then others.
func migrations(t *testing.T, more map[string]string) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	files, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile("migrations/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		all["migrations/"+file.Name()] = &fstest.MapFile{Data: content}
	}
	for name, content := range more {
		all["migrations/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	return all
}

func TestFailingMigrationLeavesNothing(t *testing.T) {
	store := dbtest.New(t)
	bad := migrations(t, map[string]string{"29990101000000_bad.tx.up.sql": "CREATE TABLE half (id BIGINT);\nINSERT INTO nowhere VALUES (1);\n"})
	for range 2 { // the second time too: it must not count as done
		if err := store.MigrateFrom(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "nowhere") {
			t.Fatalf("%v", err)
		}
	}
	if _, err := store.Write.Exec("SELECT id FROM half"); err == nil {
		t.Error("half a migration stayed")
	}
	good := migrations(t, map[string]string{"29990101000000_bad.tx.up.sql": "CREATE TABLE half (id BIGINT);\n"})
	if err := store.MigrateFrom(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Write.Exec("INSERT INTO half VALUES (1)"); err != nil {
		t.Error(err)
	}
}

const agentAndSession = `INSERT INTO agents (id, name, email, email_key, mailbox_key, phone, role, signature, password_hash, created_at, version)
VALUES (1, '', '', '', '', '', 'agent', '', '', '2026-01-01 00:00:00+00:00', 1);
INSERT INTO sessions (token_hash, agent_id, created_at, seen_at, expires_at, user_agent, ip)
VALUES ('x', 1, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00', '', '')`

func TestRebuildingAParentKeepsTheChildren(t *testing.T) {
	store, _ := openFile(t)
	if _, err := store.Write.Exec(agentAndSession); err != nil {
		t.Fatal(err)
	}
	rebuild := migrations(t, map[string]string{"29990101000000_rebuild.tx.up.sql": `CREATE TABLE agents_new AS SELECT * FROM agents;
DROP TABLE agents;
CREATE TABLE agents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
INSERT INTO agents SELECT id, name FROM agents_new;
DROP TABLE agents_new;`})
	if err := store.MigrateFrom(t.Context(), rebuild); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := store.Read.NewRaw("SELECT count(*) FROM sessions JOIN agents ON agents.id = sessions.agent_id").Scan(t.Context(), &n); err != nil || n != 1 {
		t.Errorf("%d sessions left, %v", n, err)
	}
}

func TestMigrationThatOrphansRowsFails(t *testing.T) {
	store, _ := openFile(t)
	if _, err := store.Write.Exec(agentAndSession); err != nil {
		t.Fatal(err)
	}
	orphan := migrations(t, map[string]string{"29990101000000_orphan.tx.up.sql": "DELETE FROM agents;"})
	if err := store.MigrateFrom(t.Context(), orphan); err == nil || !strings.Contains(err.Error(), "rows of sessions would point at rows of agents") {
		t.Fatalf("%v", err)
	}
	var n int
	if err := store.Read.NewRaw("SELECT count(*) FROM agents").Scan(t.Context(), &n); err != nil || n != 1 {
		t.Errorf("%d agents left, %v", n, err)
	}
}

func TestMigrationsAreNamedByTheirTime(t *testing.T) {
	files, err := os.ReadDir("migrations")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^\d{14}_[a-z_]+\.tx\.up\.sql$`)
	for _, file := range files {
		if !name.MatchString(file.Name()) {
			t.Errorf("%s: a migration's name is 14 digits, words and .tx.up.sql", file.Name())
		}
	}
}
