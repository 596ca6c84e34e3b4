package autoemail

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// Pick is a match as somebody saw it when they decided.
type Pick struct {
	ID, Version int64
	Anyway      bool // though the home has left the market or changed since: they were asked
}

// Approve lets matches leave in one letter per client, UndoFor from now at the earliest. All or none; each fault's Fields
// name the matches that are to blame by their numbers and say why. Faults: Conflict where another tab or person decided
// first, or a home is gone or changed since it was found and Anyway is not set (what clients may not see can't leave
// anyway), Denied where the client can't be mailed now or the auto email is paused, NotFound.
func Approve(ctx context.Context, db bun.IDB, by agents.ID, picks []Pick, now time.Time) ([]Match, error) {
	return decide(ctx, db, by, picks, now, func(ctx context.Context, db bun.Tx, all []seen) (*refusals, error) {
		no := newRefusals(picks)
		for _, s := range all {
			if s.stale(Unsent, Rejected) {
				no.add(fault.Conflict, s.ID, s.standing(now))
			}
		}
		if no.any() {
			return no, nil
		}
		return no, no.leaving(ctx, db, by, all, now)
	}, "state = 'approved', reason = ''", "state IN ('unsent', 'rejected')")
}

// Reject takes matches out of the queue; reason is empty or one of Reasons. Faults: Conflict where another tab or person
// decided first (Fields as Approve), NotFound, Invalid (reason).
func Reject(ctx context.Context, db bun.IDB, by agents.ID, picks []Pick, reason string, now time.Time) ([]Match, error) {
	if reason != "" && !slices.Contains(Reasons, reason) {
		var form fault.Form
		form.Add("reason", "Choose one of the reasons, or none: it is about the home, never about people.")
		return nil, form.Err()
	}
	return decide(ctx, db, by, picks, now, func(_ context.Context, _ bun.Tx, all []seen) (*refusals, error) {
		no := newRefusals(picks)
		for _, s := range all {
			if s.stale(Unsent) {
				no.add(fault.Conflict, s.ID, s.standing(now))
			}
		}
		return no, nil
	}, "state = 'rejected', reason = ?", "state = 'unsent'", reason)
}

// seen is a match as it stands and as it was seen.
type seen struct {
	Match
	pick       Pick
	search     State // of its auto email
	searchName string
}

// stale says whether it is no longer as it was seen, or in none of these states.
func (s seen) stale(of ...MatchState) bool {
	return s.Version != s.pick.Version || !slices.Contains(of, s.State)
}

// standing tells what became of a match meanwhile.
func (s seen) standing(now time.Time) string {
	when := ""
	if !s.DecidedAt.IsZero() {
		when = ", " + ago(now.Sub(s.DecidedAt))
	}
	switch s.State {
	case Approved:
		return "This home was approved already" + when + "."
	case Rejected:
		return "This home was rejected already" + when + "."
	case Sent:
		return "This home was sent already" + when + "."
	case Unsent:
		return "This home was changed in another tab meanwhile. Look at it once more."
	}
	return "This home is not in the queue any more."
}

// ago tells how long something is past: "a moment ago", "5 minutes ago".
func ago(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit + " ago"
		}
		return strconv.Itoa(n) + " " + unit + "s ago"
	}
	switch {
	case d < time.Minute:
		return "a moment ago"
	case d < time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 24*time.Hour:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/(24*time.Hour)), "day")
}

// atOnce is how many rows one statement names.
const atOnce = 500

// decide carries out one decision about matches, all or none. Each row changes only if it is still as it was read: of two
// people who decide at the same moment the second is told.
func decide(ctx context.Context, db bun.IDB, by agents.ID, picks []Pick, now time.Time,
	check func(context.Context, bun.Tx, []seen) (*refusals, error), set, from string, args ...any) (done []Match, err error) {
	if len(picks) == 0 {
		return nil, fault.New(fault.Conflict, "No home is ticked, so nothing was done.")
	}
	now = now.UTC().Truncate(time.Microsecond)
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		ids := make([]int64, len(picks))
		for i, p := range picks {
			ids[i] = p.ID
		}
		if err := Hold(ctx, db, by, ids); err != nil {
			return err
		}
		all, err := readPicks(ctx, db, by, picks)
		if err != nil {
			return err
		}
		no, err := check(ctx, db, all)
		if err != nil {
			return err
		}
		if err := no.err(); err != nil {
			return err
		}
		for some := range slices.Chunk(all, atOnce) {
			if err := move(ctx, db, some, set+", decided_at = ?, decided_by = ?", from, append(slices.Clone(args), now, by)...); err != nil {
				return err
			}
		}
		done, err = reread(ctx, db, by, all)
		return err
	})
	if err != nil && fault.As(err) == nil {
		return nil, fmt.Errorf("autoemail: decide for agent %d: %w", by, err)
	}
	if err != nil {
		return nil, err
	}
	return done, nil
}

// readPicks reads the matches of picks as they stand, each once, in the picks' order. Faults: NotFound.
func readPicks(ctx context.Context, db bun.IDB, by agents.ID, picks []Pick) ([]seen, error) {
	pick := make(map[int64]Pick, len(picks))
	var ids []int64
	for _, p := range picks {
		if _, twice := pick[p.ID]; !twice {
			ids = append(ids, p.ID)
		}
		pick[p.ID] = p
	}
	type row struct {
		Match
		SearchState State
		SearchName  string
	}
	found := make(map[int64]row, len(ids))
	for some := range slices.Chunk(ids, atOnce) {
		var rows []row
		err := db.NewRaw("SELECT x.*, s.state AS search_state, s.name AS search_name FROM matches AS x JOIN searches AS s ON s.id = x.search_id WHERE x.agent_id = ? AND s.state <> 'deleted' AND x.id IN (?)",
			by, bun.List(some)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			found[r.ID] = r
		}
	}
	all := make([]seen, 0, len(ids))
	for _, id := range ids {
		r, there := found[id]
		if !there {
			return nil, fault.New(fault.NotFound, "This home is not in your queue any more.")
		}
		all = append(all, seen{Match: r.Match, pick: pick[id], search: r.SearchState, searchName: r.SearchName})
	}
	return all, nil
}

// move sets columns of matches that are still as they were read. Faults: Conflict.
func move(ctx context.Context, db bun.IDB, all []seen, set, from string, args ...any) error {
	ids, as := make([]int64, len(all)), make([]any, 0, 2*len(all))
	for i, s := range all {
		ids[i], as = s.ID, append(as, s.ID, s.Version)
	}
	args = append(append(args, bun.List(ids)), as...)
	result, err := db.NewRaw("UPDATE matches SET "+set+", version = version + 1 WHERE "+from+
		" AND id IN (?) AND (id, version) IN (VALUES (?, ?)"+strings.Repeat(", (?, ?)", len(all)-1)+")", args...).Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n != int64(len(all)) {
		return fault.New(fault.Conflict, "Somebody else decided at this very moment, so nothing was done. Look at it once more.")
	}
	return nil
}

// reread are the matches as they stand now.
func reread(ctx context.Context, db bun.IDB, by agents.ID, all []seen) ([]Match, error) {
	picks := make([]Pick, len(all))
	for i, s := range all {
		picks[i] = Pick{ID: s.ID}
	}
	fresh, err := readPicks(ctx, db, by, picks)
	if err != nil {
		return nil, err
	}
	done := make([]Match, len(fresh))
	for i, s := range fresh {
		done[i] = s.Match
	}
	return done, nil
}
