package autoemail

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// mark is the place of the last home of a page: where the next one begins.
type mark struct {
	at     time.Time  // Unsent: since when the client waits; else when it was decided
	client clients.ID // Unsent only
	match  int64
}

func (m mark) String() string {
	return strconv.FormatInt(m.at.UnixMicro(), 36) + "." + strconv.FormatInt(int64(m.client), 36) + "." + strconv.FormatInt(m.match, 36)
}

// readMark takes a mark out of an address; one that can't be read is the beginning.
func readMark(text string) (m mark, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return m, false
	}
	var n [3]int64
	for i, p := range parts {
		var err error
		if n[i], err = strconv.ParseInt(p, 36, 64); err != nil {
			return m, false
		}
	}
	// PostgreSQL takes no times far outside of the calendar.
	if n[0] < 0 || n[0] > 1<<53 || n[1] < 0 || n[2] < 1 {
		return m, false
	}
	return mark{time.UnixMicro(n[0]).UTC(), clients.ID(n[1]), n[2]}, true
}

const itemsSQL = "SELECT x.*, s.name AS search_name FROM matches AS x JOIN searches AS s ON s.id = x.search_id WHERE x.agent_id = ? AND s.state <> 'deleted'"

// inQueue are the matches that stand under Unsent: undecided ones, and approved ones that have not left. isDecided are those of
// the other tabs. Both are what an index says of itself: SQLite takes it only for a query that says so too.
const (
	inQueue   = " AND x.state IN ('unsent', 'approved')"
	isDecided = " AND x.state IN ('rejected', 'sent') AND x.decided_at IS NOT NULL"
)

// queued is how much stands under Unsent for a client.
type queued struct {
	ClientID clients.ID
	N        int
	Oldest   time.Time
}

// before says whether a client comes before another: whoever waits longer, else the older client.
func (q queued) before(other queued) int {
	return cmp.Or(q.Oldest.Compare(other.Oldest), cmp.Compare(q.ClientID, other.ClientID))
}

// waiting is a page of Unsent. What is approved keeps its client's place until it leaves: a row must not jump while its
// Undo is on the screen.
func (t Tab) waiting(ctx context.Context, db bun.IDB) (items []Item, next string, err error) {
	var all []queued
	where, args := "", []any{t.Agent}
	if t.Client != 0 {
		where, args = " AND x.client_id = ?", append(args, t.Client)
	}
	err = db.NewRaw("SELECT x.client_id, COUNT(*) AS n, MIN(x.found_at) AS oldest FROM matches AS x JOIN searches AS s ON s.id = x.search_id WHERE x.agent_id = ? AND s.state <> 'deleted'"+
		inQueue+where+" GROUP BY x.client_id", args...).Scan(ctx, &all)
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, queued.before)
	last, later := readMark(t.After)
	var whole []clients.ID
	room := t.Limit
	for _, q := range all {
		order := 1
		if later {
			order = q.before(queued{ClientID: last.client, Oldest: last.at})
		}
		switch {
		case order < 0:
			continue
		case order > 0 && q.N <= room:
			whole, room = append(whole, q.ClientID), room-q.N
			continue
		case order == 0:
			some, err := t.of(ctx, db, q.ClientID, last.match, room+1)
			if err != nil {
				return nil, "", err
			}
			if len(some) > room {
				some = some[:room]
				return some, mark{q.Oldest, q.ClientID, some[room-1].ID}.String(), nil
			}
			items, room = append(items, some...), room-len(some)
			continue
		}
		// The next client's homes do not fit: those of the clients before are whole, of theirs only the first.
		more, err := t.whole(ctx, db, whole)
		if err != nil {
			return nil, "", err
		}
		items = append(items, more...)
		if room > 0 {
			some, err := t.of(ctx, db, q.ClientID, 0, room)
			if err != nil {
				return nil, "", err
			}
			items = append(items, some...)
		}
		return items, markAfter(items, all), nil
	}
	more, err := t.whole(ctx, db, whole)
	return append(items, more...), "", err
}

// markAfter is the place of the last of some items.
func markAfter(items []Item, all []queued) string {
	if len(items) == 0 {
		return ""
	}
	end := items[len(items)-1]
	at := slices.IndexFunc(all, func(q queued) bool { return q.ClientID == end.ClientID })
	return mark{all[at].Oldest, end.ClientID, end.ID}.String()
}

// whole are all homes of some clients, in the clients' order.
func (t Tab) whole(ctx context.Context, db bun.IDB, ids []clients.ID) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var items []Item
	if err := db.NewRaw(itemsSQL+inQueue+" AND x.client_id IN (?) ORDER BY x.id DESC", t.Agent, bun.List(ids)).Scan(ctx, &items); err != nil {
		return nil, err
	}
	place := make(map[clients.ID]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(place[a.ClientID], place[b.ClientID]) })
	return items, nil
}

// of are a client's newest homes, those behind one if it is not 0.
func (t Tab) of(ctx context.Context, db bun.IDB, client clients.ID, behind int64, limit int) ([]Item, error) {
	where, args := "", []any{t.Agent, client}
	if behind != 0 {
		where, args = " AND x.id < ?", append(args, behind)
	}
	var items []Item
	err := db.NewRaw(itemsSQL+inQueue+" AND x.client_id = ?"+where+" ORDER BY x.id DESC LIMIT ?", append(args, int64(limit))...).Scan(ctx, &items)
	return items, err
}

// decided is a page of Rejected or Sent. What left without anybody's decision never was in the queue.
func (t Tab) decided(ctx context.Context, db bun.IDB) (items []Item, next string, err error) {
	where, args := " AND x.state = ?"+isDecided, []any{t.Agent, t.State}
	if t.Client != 0 {
		where, args = where+" AND x.client_id = ?", append(args, t.Client)
	}
	if last, later := readMark(t.After); later {
		where, args = where+" AND (x.decided_at < ? OR (x.decided_at = ? AND x.id < ?))", append(args, last.at, last.at, last.match)
	}
	err = db.NewRaw(itemsSQL+where+" ORDER BY x.decided_at DESC, x.id DESC LIMIT ?", append(args, int64(t.Limit+1))...).Scan(ctx, &items)
	if err != nil {
		return nil, "", err
	}
	if len(items) > t.Limit {
		items = items[:t.Limit]
		end := items[t.Limit-1]
		next = mark{at: end.DecidedAt, match: end.ID}.String()
	}
	return items, next, nil
}

// oldestOf tells since when each of some clients waits for an agent's decision; those for whom nothing waits are not in it.
func oldestOf(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID) (map[clients.ID]time.Time, error) {
	var rows []queued
	err := db.NewRaw(`SELECT x.client_id, MIN(x.found_at) AS oldest FROM matches AS x JOIN searches AS s ON s.id = x.search_id
 WHERE x.agent_id = ? AND x.state = 'unsent'`+inQueue+` AND s.state <> 'deleted' AND x.client_id IN (?) GROUP BY x.client_id`, agent, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("autoemail: since when clients wait: %w", err)
	}
	oldest := make(map[clients.ID]time.Time, len(rows))
	for _, r := range rows {
		oldest[r.ClientID] = r.Oldest.UTC()
	}
	return oldest, nil
}
