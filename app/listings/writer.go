package listings

import (
	"context"
	"database/sql"
	"strings"

	"github.com/uptrace/bun"
)

// writer writes many rows in one transaction. On SQLite each text is prepared once, since reading it costs more than
// carrying it out; to PostgreSQL rows travel together, since there the way costs most.
type writer struct {
	db       bun.Tx
	prepared map[string]*sql.Stmt // nil on PostgreSQL
	waiting  strings.Builder      // PostgreSQL: changes not yet sent
	args     []any
	changes  int
}

const together = 200 // rows in one message to PostgreSQL

func newWriter(db bun.Tx) *writer {
	w := &writer{db: db}
	if db.Dialect().Name().String() == "sqlite" {
		w.prepared = map[string]*sql.Stmt{}
	}
	return w
}

// close gives the prepared texts back; the transaction goes on.
func (w *writer) close() {
	for _, stmt := range w.prepared {
		_ = stmt.Close()
	}
}

// insert adds rows and returns their ids, in their order; table has an id of its own.
func (w *writer) insert(ctx context.Context, table string, columns []string, rows [][]any) ([]int64, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]int64, 0, len(rows))
	if w.prepared != nil {
		err := w.each(ctx, "INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES "+places(len(columns)), rows, func(done sql.Result) error {
			id, err := done.LastInsertId()
			ids = append(ids, id)
			return err
		})
		return ids, err
	}
	// Numbers first, so that whose row is whose does not hang on the order in which the server answers.
	if err := w.db.NewRaw("SELECT nextval(pg_get_serial_sequence(?, 'id')) FROM generate_series(1, ?)", table, len(rows)).Scan(ctx, &ids); err != nil {
		return nil, err
	}
	numbered := make([][]any, len(rows))
	for i, row := range rows {
		numbered[i] = append([]any{ids[i]}, row...)
	}
	return ids, w.add(ctx, table, append([]string{"id"}, columns...), numbered)
}

// add adds rows whose ids nobody asks for.
func (w *writer) add(ctx context.Context, table string, columns []string, rows [][]any) error {
	into := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	if w.prepared != nil {
		return w.each(ctx, into+places(len(columns)), rows, nil)
	}
	for len(rows) > 0 {
		some := rows[:min(len(rows), together)]
		rows = rows[len(some):]
		text := strings.TrimSuffix(strings.Repeat(places(len(columns))+", ", len(some)), ", ")
		args := make([]any, 0, len(some)*len(columns))
		for _, row := range some {
			args = append(args, row...)
		}
		if _, err := w.db.ExecContext(ctx, into+text, args...); err != nil {
			return err
		}
	}
	return nil
}

// each carries out a prepared text for every row.
func (w *writer) each(ctx context.Context, text string, rows [][]any, then func(sql.Result) error) error {
	if len(rows) == 0 {
		return nil
	}
	stmt, err := w.prepare(ctx, text)
	if err != nil {
		return err
	}
	for _, row := range rows {
		done, err := stmt.ExecContext(ctx, row...)
		if err == nil && then != nil {
			err = then(done)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// change sets columns of the row with this value in key. On PostgreSQL it may wait until flush.
func (w *writer) change(ctx context.Context, table, key string, id int64, columns []string, values []any) error {
	text := "UPDATE " + table + " SET " + strings.Join(columns, " = ?, ") + " = ? WHERE " + key + " = ?"
	values = append(values[:len(values):len(values)], id)
	if w.prepared != nil {
		return w.each(ctx, text, [][]any{values}, nil)
	}
	w.waiting.WriteString(text + ";\n")
	w.args = append(w.args, values...)
	if w.changes++; w.changes < together {
		return nil
	}
	return w.flush(ctx)
}

// flush sends the changes that wait.
func (w *writer) flush(ctx context.Context) error {
	if w.changes == 0 {
		return nil
	}
	_, err := w.db.ExecContext(ctx, w.waiting.String(), w.args...)
	w.waiting.Reset()
	w.args, w.changes = w.args[:0], 0
	return err
}

func (w *writer) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt := w.prepared[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.db.PrepareContext(ctx, text)
	if err == nil {
		w.prepared[text] = stmt
	}
	return stmt, err
}

// places is "(?, ?, ?)".
func places(n int) string { return "(" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")" }
