package db_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
		"writer": {store.Write, map[string]string{"foreign_keys": "1", "journal_mode": "wal", "synchronous": "2", "query_only": "0", "busy_timeout": "5000"}},
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
	if _, err := db.Open(ctx, "", file); err == nil {
		t.Error("a file served as the data folder")
	}
	_, err := db.Open(ctx, "postgres://nobody:hunter2@127.0.0.1:1/none", "")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("PostgreSQL on a closed port: %v", err)
	}
	if _, err := db.Open(ctx, "postgres://user:hunter2@host:port/x", ""); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a bad address: %v", err)
	}
}

func TestBackupWhileWriting(t *testing.T) {
	store, _ := openFile(t)
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	began := make(chan struct{})
	writers.Go(func() {
		// Both rows or neither: a copy of one moment has as many of the one as of the other.
		for i := 1; ctx.Err() == nil; i++ {
			err := store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
				for _, status := range []string{"a", "b"} {
					if _, err := db.ExecContext(ctx, "INSERT INTO client_counts (agent_id, status, n) VALUES (?, ?, 0)", i, status); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			if i == 20 {
				close(began)
			}
		}
	})
	<-began
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := store.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	stop()
	writers.Wait()
	copied, err := db.OpenFile(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	var a, b int
	err = copied.Read.NewRaw("SELECT count(*) FILTER (WHERE status = 'a'), count(*) FILTER (WHERE status = 'b') FROM client_counts").Scan(t.Context(), &a, &b)
	if err != nil || a < 20 || a != b {
		t.Errorf("%d and %d rows, %v", a, b, err)
	}
	if err := store.Backup(t.Context(), file); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("a backup wrote over another: %v", err)
	}
	if left, _ := filepath.Glob(file + ".part*"); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

func count(t testing.TB, path string) (n int) {
	t.Helper()
	store, err := db.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Read.NewRaw("SELECT count(*) FROM client_counts").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func addRows(t testing.TB, store *db.Store, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if _, err := store.Write.Exec("INSERT INTO client_counts (agent_id, status, n) VALUES (?, 'Active', 0)", i); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRestoreBringsBackTheBackup(t *testing.T) {
	store, path := openFile(t)
	addRows(t, store, 0, 3)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := store.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	addRows(t, store, 3, 10)

	if err := store.Own(); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(t.Context(), file, path); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Fatalf("restored under a running Porchlight: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(t.Context(), file, path); err != nil {
		t.Fatal(err)
	}
	if n := count(t, path); n != 3 {
		t.Errorf("%d rows after the restore, want 3", n)
	}
	if n := count(t, path+".before-restore"); n != 10 {
		t.Errorf("%d rows kept aside, want 10", n)
	}
	if err := db.Restore(t.Context(), path+".before-restore", path); err != nil {
		t.Fatal("the way back:", err)
	}
	if n := count(t, path); n != 10 {
		t.Errorf("%d rows after the way back, want 10", n)
	}
}

func TestRestoreIntoAnEmptyFolderAndOverAWreck(t *testing.T) {
	store, _ := openFile(t)
	addRows(t, store, 0, 3)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := store.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "porchlight.db")
	if err := db.Restore(t.Context(), file, fresh); err != nil {
		t.Fatal(err)
	}
	if n := count(t, fresh); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
	wreck := filepath.Join(t.TempDir(), "porchlight.db")
	for _, name := range []string{wreck, wreck + "-wal"} {
		if err := os.WriteFile(name, []byte(strings.Repeat("broken", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Restore(t.Context(), file, wreck); err != nil {
		t.Fatal(err)
	}
	if n := count(t, wreck); n != 3 {
		t.Errorf("%d rows over the wreck, want 3", n)
	}
	if _, err := os.Stat(wreck + ".before-restore"); err != nil {
		t.Error("the wreck was not kept:", err)
	}
}

func TestRestoreRefusesWhatIsNoBackup(t *testing.T) {
	store, path := openFile(t)
	addRows(t, store, 0, 3)
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	if err := store.Backup(t.Context(), file("good")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file("good"))
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte(nil), good...)
	for i := 4096; i < len(bad); i += 512 {
		copy(bad[i:], "damaged by a bad disk")
	}
	write := func(name string, content []byte) {
		if err := os.WriteFile(file(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("damaged", bad)
	write("half", good[:len(good)/2])
	write("text", []byte("hello"))
	write("empty", nil)
	other, err := sql.Open("sqlite3", "file:"+file("other"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec("CREATE TABLE t (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	_ = other.Close()
	write("newer", good)
	newer, err := db.OpenFile(t.Context(), file("newer"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newer.Write.Exec("INSERT INTO bun_migrations (name, group_id) VALUES ('29991231235959', 2)"); err != nil {
		t.Fatal(err)
	}
	_ = newer.Close()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"damaged", "half", "text", "empty", "other", "newer", "missing"} {
		if err := db.Restore(t.Context(), file(name), path); err == nil {
			t.Errorf("%s was restored", name)
		}
		if n := count(t, path); n != 3 {
			t.Fatalf("%s: %d rows left", name, n)
		}
		if _, err := os.Stat(path + ".restoring"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: left a copy behind", name)
		}
	}
}
