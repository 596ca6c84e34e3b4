package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"porchlight/db"
)

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

func TestBackupRefusesADatabaseThatIsNone(t *testing.T) {
	folder := t.TempDir()
	store, err := db.Open(t.Context(), "", folder)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	file := filepath.Join(folder, "backup.db")
	if err := store.Backup(t.Context(), file); err == nil || !strings.Contains(err.Error(), "not a Porchlight database") {
		t.Error("backed up a database without tables:", err)
	}
	if left, _ := filepath.Glob(file + "*"); len(left) > 0 {
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

func TestRestoreKeepsEveryDatabaseThatWasThere(t *testing.T) {
	store, path := openFile(t)
	folder := t.TempDir()
	for _, rows := range []int{1, 2, 3} {
		addRows(t, store, rows-1, rows)
		if err := store.Backup(t.Context(), filepath.Join(folder, fmt.Sprint(rows))); err != nil {
			t.Fatal(err)
		}
	}
	addRows(t, store, 3, 10)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, rows := range []int{1, 2, 3} {
		if err := db.Restore(t.Context(), filepath.Join(folder, fmt.Sprint(rows)), path); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]int{"": 3, ".before-restore": 10, ".before-restore-2": 1, ".before-restore-3": 2} {
		if n := count(t, path+name); n != want {
			t.Errorf("porchlight.db%s has %d rows, want %d", name, n, want)
		}
	}
}

func TestRestoreIntoANewFolderAndOverAWreck(t *testing.T) {
	store, _ := openFile(t)
	addRows(t, store, 0, 3)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := store.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "new", "data", "porchlight.db")
	if err := db.Restore(t.Context(), file+".mistyped", fresh); err == nil {
		t.Error("restored from nothing")
	}
	if _, err := os.Stat(filepath.Dir(filepath.Dir(fresh))); !errors.Is(err, os.ErrNotExist) {
		t.Error("a restore that was refused made the folder:", err)
	}
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
	if _, err := store.Write.Exec("VACUUM"); err != nil { // so that pages have the numbers they have in a backup
		t.Fatal(err)
	}
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	if err := store.Backup(t.Context(), file("good")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file("good"))
	if err != nil {
		t.Fatal(err)
	}
	// One page of a table nobody looks at while restoring.
	var page int
	if err := store.Read.NewRaw("SELECT rootpage FROM sqlite_master WHERE name = 'client_counts'").Scan(t.Context(), &page); err != nil {
		t.Fatal(err)
	}
	bad := append([]byte(nil), good...)
	// Its first free block (sqlite.org/fileformat.html section 1.6): a copy of the rows alone would not notice.
	copy(bad[(page-1)*4096+1:], "\x0f\xfe")
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
