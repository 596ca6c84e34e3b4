package outbox

import (
	"context"
	"database/sql"
	"sync"

	"github.com/uptrace/bun"
)

// statements keeps prepared what every letter asks of SQLite, where reading the SQL is a third of the work. On
// PostgreSQL nothing is prepared, so that poolers between can be used: Bun writes the arguments into the text.
//
// Times bound here are written as Bun writes them only because the courier's clock is in UTC and whole microseconds.
type statements struct {
	db   *sql.DB // nil: nothing is prepared
	mu   sync.RWMutex
	held map[string]*sql.Stmt
}

// prepare makes sure of a text. Never call it inside a transaction: it needs the connection.
func (s *statements) prepare(ctx context.Context, text string) error {
	if s.db == nil || s.find(text) != nil {
		return nil
	}
	stmt, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[string]*sql.Stmt{}
	}
	if other := s.held[text]; other != nil {
		return stmt.Close()
	}
	s.held[text] = stmt
	return nil
}

func (s *statements) find(text string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.held[text]
}

// query runs a text in a transaction, prepared if it is.
func (s *statements) query(ctx context.Context, db bun.Tx, text string, args ...any) (*sql.Rows, error) {
	if stmt := s.find(text); stmt != nil {
		return db.StmtContext(ctx, stmt).QueryContext(ctx, args...)
	}
	return db.QueryContext(ctx, text, args...)
}

// read runs a text outside of a transaction, prepared if it is.
func (s *statements) read(ctx context.Context, db *bun.DB, text string, args ...any) (*sql.Rows, error) {
	if stmt := s.find(text); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return db.QueryContext(ctx, text, args...)
}

// exec runs a text in a transaction, prepared if it is.
func (s *statements) exec(ctx context.Context, db bun.Tx, text string, args ...any) error {
	_, err := s.changed(ctx, db, text, args...)
	return err
}

// changed runs a text in a transaction, prepared if it is, and counts the rows it changed.
func (s *statements) changed(ctx context.Context, db bun.Tx, text string, args ...any) (int64, error) {
	var done sql.Result
	var err error
	if stmt := s.find(text); stmt != nil {
		done, err = db.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	} else {
		done, err = db.ExecContext(ctx, text, args...)
	}
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}
