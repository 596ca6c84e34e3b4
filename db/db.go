// Package db opens the database, migrates it and copies it. It alone knows which database it is: the rest of the
// program gets bun handles and two words of dialect (AdvisoryLock, SkipLocked). It holds no queries of the domain.
//
// Promises: every SQLite connection has foreign keys on, WAL and synchronous=FULL; there is one writer and it begins
// its transactions IMMEDIATE; readers can't write. A database from a newer version is refused before it is touched.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// Store is one open database. On SQLite Write has one connection, so a transaction on it must never wait for another;
// Read sees what was last committed and refuses to write. On PostgreSQL both are one pool.
type Store struct {
	Write, Read *bun.DB

	// AdvisoryLock takes a transaction's lock on a number, in SQL with one placeholder. Empty on SQLite: there one
	// process owns the file and locks in memory do.
	AdvisoryLock string
	// SkipLocked is appended to a SELECT that picks rows to claim. Empty on SQLite.
	SkipLocked string

	// Commits counts what this process has committed to the SQLite file, each before anybody can see it: who read inside a
	// write transaction and finds the count unchanged need not read again. Nil on PostgreSQL, where others write too.
	Commits func() int64
	// Uncounted keeps the commit of the write transaction it is called in, as its last act, out of that count: for who
	// knows what that transaction did. Nil on PostgreSQL.
	Uncounted func()

	path string // SQLite file, empty on PostgreSQL
	lock *os.File
}

// Open opens the database at databaseURL (postgres://…), or porchlight.db in dataDir where databaseURL is empty.
// It does not migrate. The error names the setting, DATABASE_URL or DATA_DIR, whose value is of no use.
func Open(ctx context.Context, databaseURL, dataDir string) (*Store, error) {
	if databaseURL != "" {
		return openPostgres(ctx, databaseURL)
	}
	if err := makeFolder(dataDir); err != nil {
		return nil, err
	}
	store, err := OpenFile(ctx, filepath.Join(dataDir, "porchlight.db"))
	if err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	return store, nil
}

// makeFolder makes the data folder unless it is there.
func makeFolder(dataDir string) error {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return fmt.Errorf("DATA_DIR: the folder can't be made: %w", err)
	}
	return nil
}

// OpenFile opens (and creates) the SQLite database at path.
func OpenFile(ctx context.Context, path string) (*Store, error) {
	count := new(tally)
	write, err := openWriter(ctx, path, "&_foreign_keys=on", count)
	if err != nil {
		return nil, err
	}
	read, err := sql.Open("sqlite3", sqliteName(path)+"?_journal_mode=WAL&_foreign_keys=on&_busy_timeout=5000&_query_only=1&_stmt_cache_size=32")
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("db: open %s for reading: %w", path, err)
	}
	readers := max(4, runtime.NumCPU())
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &Store{
		Write:   bun.NewDB(write, sqlitedialect.New()),
		Read:    bun.NewDB(read, sqlitedialect.New()),
		Commits: count.commits.Load, Uncounted: func() { count.not.Store(true) },
		path: path,
	}, nil
}

// writer makes the connections of one writer, with a hook of its own.
type writer struct {
	name   string
	driver *sqlite3.SQLiteDriver
}

func (w writer) Connect(context.Context) (driver.Conn, error) { return w.driver.Open(w.name) }

func (w writer) Driver() driver.Driver { return w.driver }

// tally counts the commits of the one connection that writes.
type tally struct {
	commits atomic.Int64
	not     atomic.Bool // the transaction under way is not to be counted
}

func (t *tally) watch(c *sqlite3.SQLiteConn) error {
	c.RegisterCommitHook(func() int {
		if !t.not.Swap(false) {
			t.commits.Add(1)
		}
		return 0
	})
	c.RegisterRollbackHook(func() { t.not.Store(false) })
	return nil
}

// openWriter opens the one connection that writes. The driver applies what the name asks for to every connection it
// makes; a PRAGMA by hand would reach only one. It waits 25 seconds for another process's: an import by the command line is
// one transaction of several seconds, and a page, which has 30, is to be late then and not to fail.
func openWriter(ctx context.Context, path, foreignKeys string, count *tally) (*sql.DB, error) {
	write := sql.OpenDB(writer{
		name:   sqliteName(path) + "?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_busy_timeout=25000&_cache_size=-32768&_stmt_cache_size=32" + foreignKeys,
		driver: &sqlite3.SQLiteDriver{ConnectHook: count.watch},
	})
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	return write, nil
}

// sqliteName is path as SQLite's URI (sqlite.org/uri.html), whatever characters a folder's name has.
func sqliteName(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

func openPostgres(ctx context.Context, databaseURL string) (*Store, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, errors.New("db: DATABASE_URL is not a PostgreSQL address such as postgres://user:password@host/name")
	}
	// Bun writes the arguments into the SQL text, so preparing each text would cost a round trip for nothing.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	config.RuntimeParams["timezone"] = "UTC"
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(timesInUTC))
	pool.SetMaxOpenConns(24)
	pool.SetMaxIdleConns(12)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("db: reach PostgreSQL: %w", err)
	}
	bunDB := bun.NewDB(pool, pgdialect.New())
	return &Store{
		Write: bunDB, Read: bunDB,
		AdvisoryLock: "SELECT pg_advisory_xact_lock(?)",
		SkipLocked:   "FOR UPDATE SKIP LOCKED",
	}, nil
}

// MakeRoom lets so many workers hold a connection to PostgreSQL each, while pages still find one.
func (s *Store) MakeRoom(workers int) {
	if s.path == "" {
		s.Write.SetMaxOpenConns(workers + 16)
	}
}

// Close ends all connections and gives up the serving lock.
func (s *Store) Close() error {
	if s.path == "" {
		return s.Write.Close()
	}
	_, _ = s.Write.Exec("PRAGMA optimize")
	err := errors.Join(s.Read.Close(), s.Write.Close())
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// Kind is the database's name as people know it.
func (s *Store) Kind() string {
	if s.path == "" {
		return "PostgreSQL"
	}
	return "SQLite"
}

// timesInUTC makes a connection hand out instants in UTC, as SQLite's does, wherever the server stands.
func timesInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}
