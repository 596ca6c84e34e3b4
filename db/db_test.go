package db_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/db"
	"porchlight/db/dbtest"
)

// openFile opens a SQLite database of the test's own, in a folder whose name needs escaping, whatever other tests run on.
func openFile(t testing.TB) (*db.Store, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "a folder? 50% Ünïcode #1")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "porchlight.db")
	store, err := db.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("the database is elsewhere:", err)
	}
	return store, path
}

func TestEverySQLiteConnectionIsSetUp(t *testing.T) {
	store, _ := openFile(t)
	wants := map[string]struct {
		pool    *bun.DB
		pragmas map[string]string
	}{
		"writer": {store.Write, map[string]string{"foreign_keys": "1", "journal_mode": "wal", "synchronous": "2", "query_only": "0", "busy_timeout": "25000"}},
		"reader": {store.Read, map[string]string{"foreign_keys": "1", "journal_mode": "wal", "query_only": "1", "busy_timeout": "5000"}},
	}
	for name, want := range wants {
		t.Run(name, func(t *testing.T) {
			var conns []bun.Conn
			for range want.pool.Stats().MaxOpenConnections {
				conn, err := want.pool.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				conns = append(conns, conn)
			}
			for i, conn := range conns {
				for pragma, value := range want.pragmas {
					var got string
					if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
						t.Errorf("connection %d: %s is %q, want %q (%v)", i, pragma, got, value, err)
					}
				}
				_ = conn.Close()
			}
		})
	}
}

func TestThereIsOneWriterAndItTakesItsLockAtOnce(t *testing.T) {
	store, path := openFile(t)
	if n := store.Write.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers", n)
	}
	other, err := sql.Open("sqlite3", (&urlPath{path}).String()+"?_busy_timeout=1")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := store.Write.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := other.Exec("CREATE TABLE intruder (id INTEGER)"); err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("another wrote while a transaction was open: %v", err)
	}
}

// urlPath escapes a path the plain way for SQLite's URI.
type urlPath struct{ path string }

func (u *urlPath) String() string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(u.path)
}

func TestReaderRefusesToWrite(t *testing.T) {
	store, _ := openFile(t)
	_, err := store.Read.Exec("INSERT INTO client_counts (agent_id, status, n) VALUES (1, 'Active', 1)")
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("the reader wrote: %v", err)
	}
}

func TestReaderSeesWhatWasCommitted(t *testing.T) {
	store := dbtest.New(t)
	if _, err := store.Write.Exec("INSERT INTO client_counts (agent_id, status, n) VALUES (1, 'Active', 7)"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := store.Read.NewRaw("SELECT n FROM client_counts").Scan(t.Context(), &n); err != nil || n != 7 {
		t.Error(n, err)
	}
}

func TestTimesComeBackInUTC(t *testing.T) {
	before := time.Local
	time.Local = time.FixedZone("elsewhere", -5*3600)
	defer func() { time.Local = before }()
	store := dbtest.New(t)
	want := time.Date(2026, 11, 1, 5, 30, 0, 123456000, time.UTC)
	type limit struct {
		bun.BaseModel `bun:"table:sign_in_limits"`
		Key           string
		Failures      int
		FirstAt       time.Time
	}
	if _, err := store.Write.NewInsert().Model(&limit{Key: "k", FirstAt: want.In(time.Local)}).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got limit
	if err := store.Read.NewSelect().Model(&got).Where("key = 'k'").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !got.FirstAt.Equal(want) || got.FirstAt.Location() != time.UTC {
		t.Errorf("%v, want %v", got.FirstAt, want)
	}
	var n int
	if err := store.Read.NewRaw("SELECT count(*) FROM sign_in_limits WHERE first_at = ?", want).Scan(t.Context(), &n); err != nil || n != 1 {
		t.Error("an instant written is not found by the same instant:", n, err)
	}
}

func TestDatabasesOfTestsAreApart(t *testing.T) {
	for range 4 {
		t.Run("parallel", func(t *testing.T) {
			t.Parallel()
			store := dbtest.New(t)
			if _, err := store.Write.Exec("INSERT INTO client_counts (agent_id, status, n) VALUES (1, 'Active', 1)"); err != nil {
				t.Error(err)
			}
			var n int
			if err := store.Read.NewRaw("SELECT count(*) FROM client_counts").Scan(t.Context(), &n); err != nil || n != 1 {
				t.Error(n, err)
			}
		})
	}
}

func TestOwnRefusesASecondOwner(t *testing.T) {
	store, path := openFile(t)
	if err := store.Own(); err != nil {
		t.Fatal(err)
	}
	second, err := db.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Own(); err == nil || !strings.Contains(err.Error(), "another Porchlight is already running on ") {
		t.Errorf("two owners: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.Own(); err != nil {
		t.Errorf("the file has no owner after Close: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

func TestUnreachableDatabasesAreErrors(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a database, but quite a long text in its place"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.OpenFile(ctx, file); err == nil {
		t.Error("opened a text file")
	}
	occupied := filepath.Join(t.TempDir(), "closed")
	if err := os.MkdirAll(filepath.Join(occupied, "porchlight.db"), 0o700); err != nil { // a folder in the database's place
		t.Fatal(err)
	}
	for _, folder := range []string{file, filepath.Join(file, "below"), occupied} {
		_, err := db.Open(ctx, "", folder)
		if err == nil || !strings.HasPrefix(err.Error(), "DATA_DIR: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s served as the data folder: %v", folder, err)
		}
	}
	_, err := db.Open(ctx, "postgres://nobody:hunter2@127.0.0.1:1/none", "")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("PostgreSQL on a closed port: %v", err)
	}
	if _, err := db.Open(ctx, "postgres://user:hunter2@host:port/x", ""); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a bad address: %v", err)
	}
}
