// Package dbtest gives each test a migrated database of its own: a SQLite file, or a PostgreSQL database where
// TEST_DATABASE_URL names a cluster and a role that may create databases. It promises that tests never meet each
// other's rows, also in parallel, and that nothing is left when a test ends.
package dbtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"porchlight/db"
)

// New returns a fresh migrated database, closed and removed when the test ends.
func New(t testing.TB) *db.Store {
	t.Helper()
	if admin := os.Getenv("TEST_DATABASE_URL"); admin != "" {
		return newPostgres(t, admin)
	}
	template, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "porchlight.db")
	if err := os.WriteFile(path, template, 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := db.OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, store) })
	return store
}

// sqliteTemplate is an empty migrated database, made once.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "porchlight-dbtest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "template.db")
	store, err := db.OpenFile(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(context.Background()); err != nil {
		_ = store.Close()
		return nil, err
	}
	if err := store.Close(); err != nil { // folds the write-ahead log into the file
		return nil, err
	}
	return os.ReadFile(path)
})

func newPostgres(t testing.TB, admin string) *db.Store {
	t.Helper()
	cluster, err := openCluster(admin)
	if err != nil {
		t.Fatal(err)
	}
	name := "porchlight_test_" + strconv.Itoa(os.Getpid()) + "_" + strings.ToLower(rand.Text()[:10])
	if _, err := cluster.store.Write.ExecContext(t.Context(),
		"CREATE DATABASE "+name+" TEMPLATE "+cluster.template+" STRATEGY file_copy"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := cluster.store.Write.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	store, err := openNamed(t.Context(), admin, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, store) })
	return store
}

// cluster is this process's way into PostgreSQL: an admin connection and the name of a migrated template.
type cluster struct {
	store    *db.Store
	template string
}

var (
	clusterOnce sync.Once
	theCluster  cluster
	clusterErr  error
)

func openCluster(admin string) (cluster, error) {
	clusterOnce.Do(func() { theCluster, clusterErr = prepareCluster(context.Background(), admin) })
	return theCluster, clusterErr
}

func prepareCluster(ctx context.Context, admin string) (cluster, error) {
	store, err := db.Open(ctx, admin, "")
	if err != nil {
		return cluster{}, err
	}
	store.Write.SetMaxOpenConns(2)
	sweep(ctx, store)
	name := "porchlight_template_" + strconv.Itoa(os.Getpid())
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name} {
		if _, err := store.Write.ExecContext(ctx, statement); err != nil {
			return cluster{}, err
		}
	}
	template, err := openNamed(ctx, admin, name)
	if err != nil {
		return cluster{}, err
	}
	if err := template.Migrate(ctx); err != nil {
		_ = template.Close()
		return cluster{}, err
	}
	return cluster{store, name}, template.Close()
}

// sweep drops what test processes that are gone have left: a process can't tell which of its tests is the last, so its
// template stays behind. Somebody else may sweep at the same time, so failures don't matter.
func sweep(ctx context.Context, store *db.Store) {
	var names []string
	_ = store.Write.NewRaw("SELECT datname FROM pg_database WHERE datname LIKE 'porchlight\\_te%'").Scan(ctx, &names)
	for _, name := range names {
		parts := strings.Split(name, "_")
		pid, err := strconv.Atoi(parts[min(2, len(parts)-1)])
		if err == nil && pid > 0 && syscall.Kill(pid, 0) == syscall.ESRCH {
			_, _ = store.Write.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
		}
	}
}

// openNamed opens one database of the cluster with few connections: many test databases share the cluster's hundred.
func openNamed(ctx context.Context, admin, name string) (*db.Store, error) {
	address, err := url.Parse(admin)
	if err != nil {
		return nil, fmt.Errorf("dbtest: TEST_DATABASE_URL: %w", err)
	}
	address.Path = "/" + name
	store, err := db.Open(ctx, address.String(), "")
	if err != nil {
		return nil, err
	}
	store.Write.SetMaxOpenConns(16)
	store.Write.SetMaxIdleConns(4)
	return store, nil
}

func closeStore(t testing.TB, store *db.Store) {
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
