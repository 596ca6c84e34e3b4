package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
)

// Backup writes a whole copy of the SQLite database to file, which must not exist yet. Safe while the app serves:
// it reads one moment's state. A database that was never migrated is refused: Restore would not take the copy.
// PostgreSQL has pg_dump for this.
func (s *Store) Backup(ctx context.Context, file string) error {
	if s.path == "" {
		return errors.New("db: a PostgreSQL database is backed up with pg_dump")
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("db: %s exists already; name a new file", file)
	}
	// Not on the writer: the app goes on writing while the copy is made.
	source, err := openSource(ctx, s.path)
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := appliedNames(ctx, source); err != nil {
		return fmt.Errorf("db: %s is not a Porchlight database: %w", s.path, err)
	}
	part := file + ".part"
	if err := copyInto(ctx, source, part); err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		return fmt.Errorf("db: name the backup: %w", err)
	}
	return syncFolder(file)
}

// Restore puts the backup at from in place of the SQLite database at path, which no running Porchlight may own.
// The present database is kept beside it as path.before-restore, or with a number behind that where there is one from an
// earlier restore: no copy is ever removed. A file that is no sound Porchlight database, or is one
// that a newer version has written, changes nothing. path's folder is made where it is missing: on a new machine there is
// none yet.
func Restore(ctx context.Context, from, path string) error {
	source, err := openBackup(ctx, from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	present := &Store{path: path}
	if err := present.Own(); err != nil {
		return err
	}
	defer present.lock.Close()
	copied := path + ".restoring"
	// Closed before the present database is set aside, which may be the very file.
	if err := errors.Join(copyInto(ctx, source, copied), source.Close()); err != nil {
		return err
	}
	if err := setAside(ctx, path); err != nil {
		return err
	}
	if err := os.Rename(copied, path); err != nil {
		return fmt.Errorf("db: put the backup in place: %w", err)
	}
	return syncFolder(path)
}

// openBackup opens the backup and checks it. It opens it for reading only: it may lie on a disk that can't be written.
func openBackup(ctx context.Context, from string) (*bun.DB, error) {
	source, err := openSource(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("db: %s can't be read as a Porchlight backup: %w", from, err)
	}
	if err := checkBackup(ctx, source, from); err != nil {
		_ = source.Close()
		return nil, err
	}
	return source, nil
}

func checkBackup(ctx context.Context, source *bun.DB, from string) error {
	var verdict string
	if err := source.NewRaw("PRAGMA quick_check(1)").Scan(ctx, &verdict); err != nil {
		return fmt.Errorf("db: %s is not a Porchlight backup: %w", from, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("db: the backup %s is damaged: %s", from, verdict)
	}
	known, err := discover(files)
	if err != nil {
		return err
	}
	applied, err := appliedNames(ctx, source)
	if err != nil || len(applied) == 0 {
		return fmt.Errorf("db: %s is not a Porchlight backup", from)
	}
	return refuseNewer(known, applied)
}

// setAside keeps the present database under a name of its own. Until the new one takes its name the old one also keeps
// it, so that a crash leaves one of the two in place, never none.
func setAside(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	aside := asideName(path)
	// Closing the last connection folds the write-ahead log back into the file. Where the present database is too broken
	// for that (a good reason to restore), the log is kept beside it.
	if old, err := OpenFile(ctx, path); err == nil {
		_ = old.Close()
	}
	if err := os.Link(path, aside); err != nil {
		// Some file systems have no links.
		if err := os.Rename(path, aside); err != nil {
			return fmt.Errorf("db: keep the present database: %w", err)
		}
	}
	if err := os.Rename(path+"-wal", aside+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("db: keep the present database's log: %w", err)
	}
	if err := os.Remove(path + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("db: clear the present database's index: %w", err)
	}
	return nil
}

// asideName is path.before-restore, path.before-restore-2 and so on: the first that no earlier restore has taken. Who
// restores twice wants the database from before the first time back, not the one that the first time put in place.
func asideName(path string) string {
	name := path + ".before-restore"
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf("%s.before-restore-%d", path, n)
	}
	return name
}

// taken says whether a database or what is left of one has this name: SQLite would read a stranger's log into the file.
func taken(name string) bool {
	for _, tail := range []string{"", "-wal", "-shm"} {
		if _, err := os.Lstat(name + tail); err == nil {
			return true
		}
	}
	return false
}

// openSource opens a SQLite database that must exist, only for reading.
func openSource(ctx context.Context, path string) (*bun.DB, error) {
	source, err := sql.Open("sqlite3", sqliteName(path)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	source.SetMaxOpenConns(1)
	if err := source.PingContext(ctx); err != nil {
		_ = source.Close()
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	return bun.NewDB(source, sqlitedialect.New()), nil
}

// copyInto writes one moment's state to file, onto the disk: VACUUM INTO itself does not wait for the disk
// (sqlite.org/lang_vacuum.html).
func copyInto(ctx context.Context, source *bun.DB, file string) error {
	_ = os.Remove(file)
	_, err := source.ExecContext(ctx, "VACUUM INTO ?", file)
	if err == nil {
		err = os.Chmod(file, 0o600)
	}
	if err == nil {
		err = syncFile(file)
	}
	if err != nil {
		_ = os.Remove(file)
		return fmt.Errorf("db: copy to %s: %w", file, err)
	}
	return nil
}

// syncFolder makes a file's new name last through a power cut.
func syncFolder(file string) error { return syncFile(filepath.Dir(file)) }

func syncFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
