package autoemail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// readRow fills in what the row keeps as text. It is strict: a row that a later version wrote, or a hand, is an error and never
// half a search. What could be read is filled in all the same, for its page.
func readRow(s *Search) error {
	s.Criteria, s.Events = listings.Criteria{}, nil
	if err := errors.Join(readWants(s), readPaces(s)); err != nil {
		return fmt.Errorf("autoemail: read %d: %w", s.ID, err)
	}
	return nil
}

// readPaces reads how often it sends.
func readPaces(s *Search) error {
	s.Schedule, s.Slowed = Schedule{}, nil
	err := readSchedule(s.ScheduleRaw, &s.Schedule)
	if s.SlowedRaw == "" {
		return err
	}
	var slowed Schedule
	wrong := readSchedule(s.SlowedRaw, &slowed)
	if wrong == nil {
		s.Slowed = &slowed
	}
	return errors.Join(err, wrong)
}

// readWants reads what the index needs: criteria and events.
func readWants(s *Search) error {
	var c listings.Criteria
	if err := strict(s.CriteriaRaw, &c); err != nil {
		return fmt.Errorf("criteria: %w", err)
	}
	if err := sound(&c); err != nil {
		return fmt.Errorf("criteria: %w", err)
	}
	s.Criteria = c
	for kind := range strings.SplitSeq(s.EventsRaw, ",") {
		if !slices.Contains(listings.EventKinds, listings.EventKind(kind)) {
			return fmt.Errorf("no event %q", kind)
		}
		s.Events = append(s.Events, listings.EventKind(kind))
	}
	return nil
}

// sound refuses what no form makes and what the rule would take for something else: a feature or status of another version
// would match nothing, or all.
func sound(c *listings.Criteria) error {
	for _, feature := range c.Features {
		if !slices.Contains(listings.Features, feature) {
			return fmt.Errorf("no feature %q", feature)
		}
	}
	for _, status := range c.Statuses {
		if !slices.Contains(listings.Statuses, status) {
			return fmt.Errorf("no status %q", status)
		}
	}
	onEarth := func(p listings.Point) bool { return math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 }
	if n := len(c.Area); n == 1 || n == 2 || !allOf(c.Area, onEarth) {
		return errors.New("an area that is none")
	}
	if c.Near != nil && !(onEarth(c.Near.Point) && c.Near.Miles > 0) {
		return errors.New("a circle that is none")
	}
	return nil
}

func allOf[T any](all []T, fits func(T) bool) bool {
	return !slices.ContainsFunc(all, func(one T) bool { return !fits(one) })
}

func readSchedule(raw string, s *Schedule) error {
	var read Schedule
	if err := strict(raw, &read); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	if err := read.Check(); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	*s = read
	return nil
}

// strict reads one JSON object and nothing behind it, with no field that is not known.
func strict(raw string, into any) error {
	if !strings.HasPrefix(raw, "{") {
		return errors.New("no object")
	}
	d := json.NewDecoder(strings.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one object")
	}
	return nil
}

// writeRow puts into the row what readRow takes out of it.
func writeRow(s *Search) error {
	criteria, err := json.Marshal(s.Criteria)
	if err != nil {
		return fmt.Errorf("autoemail: write the criteria: %w", err)
	}
	s.NameKey, s.CriteriaRaw = listings.Fold(s.Name), string(criteria)
	if s.ScheduleRaw, err = scheduleText(&s.Schedule); err != nil {
		return err
	}
	if s.SlowedRaw, err = scheduleText(s.Slowed); err != nil {
		return err
	}
	kinds := make([]string, len(s.Events))
	for i, kind := range s.Events {
		kinds[i] = string(kind)
	}
	s.EventsRaw = strings.Join(kinds, ",")
	return nil
}

// scheduleText is a schedule as a row keeps it; none is empty.
func scheduleText(s *Schedule) (string, error) {
	if s == nil {
		return "", nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("autoemail: write the schedule: %w", err)
	}
	return string(text), nil
}

// loadActive hands over the active auto emails among ids (nil: all), in no order, with what an index needs of them and
// nothing else: ID, AgentID, ClientID, Version, Criteria and Events. One that can't be read is passed over; Tend pauses it.
func loadActive(ctx context.Context, db bun.IDB, ids []ID, each func(*Search) error) error {
	if ids == nil {
		return loadRows(ctx, db.NewSelect().Model((*Search)(nil)), each)
	}
	for some := range slices.Chunk(ids, 5000) { // a statement may have a million octets on SQLite
		if err := loadRows(ctx, db.NewSelect().Model((*Search)(nil)).Where("s.id IN (?)", bun.List(some)), each); err != nil {
			return err
		}
	}
	return nil
}

// wanting is a row as loadActive reads it.
type wanting struct {
	id               ID
	agent            agents.ID
	client           clients.ID
	version          int64
	criteria, events string
}

// loadRows reads in one goroutine and makes sense of what was read in another: each takes about half of the time.
func loadRows(ctx context.Context, query *bun.SelectQuery, each func(*Search) error) error {
	ctx, cancel := context.WithCancel(ctx)
	batches := make(chan []wanting, 4)
	var reading error // read once batches is closed
	go func() {
		defer close(batches)
		reading = fetch(ctx, query, batches)
	}()
	defer func() { // the rows are closed before the caller goes on with its connection
		cancel()
		for range batches {
		}
	}()
	for batch := range batches {
		for _, row := range batch {
			s := Search{ID: row.id, AgentID: row.agent, ClientID: row.client, Version: row.version, CriteriaRaw: row.criteria, EventsRaw: row.events}
			if readWants(&s) != nil {
				continue
			}
			s.CriteriaRaw, s.EventsRaw = "", ""
			if err := each(&s); err != nil {
				return err
			}
		}
	}
	if reading != nil {
		return fmt.Errorf("autoemail: load: %w", reading)
	}
	return nil
}

func fetch(ctx context.Context, query *bun.SelectQuery, to chan<- []wanting) error {
	rows, err := query.Column("id", "agent_id", "client_id", "version", "criteria", "events").Where("s.state = 'active'").Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	const size = 256
	var batch []wanting
	send := func() error {
		select {
		case to <- batch:
			batch = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for rows.Next() {
		if batch == nil {
			batch = make([]wanting, 0, size)
		}
		var row wanting
		if err := rows.Scan(&row.id, &row.agent, &row.client, &row.version, &row.criteria, &row.events); err != nil {
			return err
		}
		batch = append(batch, row)
		if len(batch) == size {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return send()
}

// changedSince returns which auto emails changed behind a number that an earlier call returned as last, each once; last is
// seen where none did. Changes never appear behind one that was already there: see change.
func changedSince(ctx context.Context, db bun.IDB, seen int64) (ids []ID, last int64, err error) {
	var rows []struct {
		ID       int64
		SearchID ID
	}
	if err := db.NewRaw("SELECT id, search_id FROM search_changes WHERE id > ? ORDER BY id", seen).Scan(ctx, &rows); err != nil {
		return nil, 0, fmt.Errorf("autoemail: changes: %w", err)
	}
	last = seen
	known := map[ID]bool{}
	for _, row := range rows {
		last = row.ID
		if !known[row.SearchID] {
			known[row.SearchID] = true
			ids = append(ids, row.SearchID)
		}
	}
	return ids, last, nil
}

// change runs what changes auto emails in a transaction and notes which it returns, so that every process's index follows.
// Such transactions take turns: PostgreSQL gives numbers out before commits, and a reader that has seen 6 would never look
// for the 5 that comes after. The turn is the first lock taken, so that two can't wait for each other.
func change(ctx context.Context, db bun.IDB, now time.Time, do func(ctx context.Context, db bun.Tx) ([]ID, error)) error {
	return db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		_, err := db.ExecContext(ctx, "INSERT INTO matcher_marks (name, event_id) VALUES ('changes', 1)"+
			" ON CONFLICT (name) DO UPDATE SET event_id = matcher_marks.event_id + 1")
		if err != nil {
			return err
		}
		changed, err := do(ctx, db)
		if err != nil {
			return err
		}
		type row struct {
			bun.BaseModel `bun:"table:search_changes"`
			SearchID      ID        `bun:"search_id"`
			At            time.Time `bun:"at"`
		}
		for some := range slices.Chunk(changed, 1000) {
			rows := make([]row, len(some))
			for i, id := range some {
				rows[i] = row{SearchID: id, At: now}
			}
			if _, err := db.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
