package autoemail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Saving says what saving an auto email sets off.
type Saving struct {
	Opening string // OpeningWelcome, OpeningRevised, or none
	AtOnce  bool   // that letter leaves now and not at the schedule's next time
	Present bool   // homes that match already count as found: in that letter, or in the queue
}

// How many auto emails there may be at most that are not deleted.
const (
	mostOfClient = 200
	mostOfAgent  = 10_000
)

func notFound() error { return fault.New(fault.NotFound, "There is no such auto email here.") }

func changedMeanwhile() error {
	return fault.New(fault.Conflict, "This auto email was changed in another tab, or by its client, while you were editing. What you typed is kept; look at what changed and save again.")
}

// Save makes an auto email (ID 0) or changes one; Version must be the one read. What it does not take from s: State and all
// that the package itself moves, and of an old one the client. One that was paused because it couldn't be read runs again.
// Faults: NotFound (search or client of this agent), Conflict (changed meanwhile, or too many), Invalid with the fields of
// the form: name, criteria, schedule (days, times, day of it), events, subject, message, expires.
func Save(ctx context.Context, db bun.IDB, by agents.ID, s Search, o Saving, now time.Time) (Search, error) {
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return Search{}, err
	}
	zone := house.Location()
	if err := check(&s, zone, now); err != nil {
		return Search{}, err
	}
	if o.Opening != OpeningNone && o.Opening != OpeningWelcome && o.Opening != OpeningRevised {
		return Search{}, fmt.Errorf("autoemail: save: no opening %q", o.Opening)
	}
	if err := writeRow(&s); err != nil {
		return Search{}, err
	}
	var saved Search
	err = change(ctx, db, now, func(ctx context.Context, db bun.Tx) (changed []ID, err error) {
		if s.ID == 0 {
			saved, err = create(ctx, db, by, s, o, zone, now)
		} else {
			saved, err = edit(ctx, db, by, s, o, zone, now)
		}
		return []ID{saved.ID}, err
	})
	if err != nil {
		return Search{}, fmt.Errorf("autoemail: save: %w", err)
	}
	return saved, nil
}

func create(ctx context.Context, db bun.Tx, by agents.ID, s Search, o Saving, zone *time.Location, now time.Time) (Search, error) {
	if _, err := clients.Find(ctx, db, by, s.ClientID); err != nil {
		return Search{}, err
	}
	if err := room(ctx, db, by, s.ClientID); err != nil {
		return Search{}, err
	}
	s.ID, s.AgentID, s.Version, s.CreatedAt = 0, by, 1, now
	s.State, s.StateAt, s.PausedBy, s.PausedUntil = Active, now, "", time.Time{}
	s.Slowed, s.SlowedRaw, s.SignAt, s.AskedAt, s.LastSentAt = nil, "", now, time.Time{}, time.Time{}
	s.Opening, s.Begun, s.NextAt = o.Opening, !o.Present, time.Time{}
	if o.Opening != OpeningNone {
		s.NextAt = s.opens(o, zone, now)
	}
	if err := db.NewRaw("SELECT coalesce(max(id), 0) FROM listing_events").Scan(ctx, &s.SinceEvent); err != nil {
		return s, err
	}
	_, err := db.NewInsert().Model(&s).Exec(ctx)
	return s, err
}

// opens is when a letter leaves that says how the search begins. In concierge mode that goes with the first homes approved.
func (s *Search) opens(o Saving, zone *time.Location, now time.Time) time.Time {
	switch {
	case s.Concierge:
		return time.Time{}
	case o.AtOnce:
		return now
	}
	return s.Pace().Next(now, zone)
}

// room says whether one more fits.
func room(ctx context.Context, db bun.IDB, by agents.ID, client clients.ID) error {
	var n struct{ Agents, Clients int }
	err := db.NewRaw("SELECT count(*) AS agents, count(CASE WHEN client_id = ? THEN 1 END) AS clients FROM searches WHERE agent_id = ? AND state <> 'deleted'",
		client, by).Scan(ctx, &n)
	switch {
	case err != nil:
		return err
	case n.Clients >= mostOfClient:
		return fault.New(fault.Conflict, "This client has %d auto emails already, and no more fit. Delete or change one of them instead.", n.Clients)
	case n.Agents >= mostOfAgent:
		return fault.New(fault.Conflict, "You have 10,000 auto emails already, and no more fit. Delete those that nobody needs any more.")
	}
	return nil
}

// edit changes an auto email. It takes the row by its version first: what the worker moves meanwhile is read behind that.
func edit(ctx context.Context, db bun.Tx, by agents.ID, s Search, o Saving, zone *time.Location, now time.Time) (Search, error) {
	taken, err := affected(db.NewUpdate().Model((*Search)(nil)).Set("version = version + 1").
		Where("id = ?", s.ID).Where("agent_id = ?", by).Where("version = ?", s.Version).Where("state <> 'deleted'").Exec(ctx))
	if err != nil {
		return Search{}, err
	}
	old, err := Find(ctx, db, by, s.ID)
	switch {
	case err != nil:
		return Search{}, err
	case old.State == Deleted:
		return Search{}, notFound()
	case taken == 0:
		return Search{}, changedMeanwhile()
	}
	next := old
	next.Name, next.Subject, next.Message, next.CopyMe = s.Name, s.Subject, s.Message, s.CopyMe
	next.Criteria, next.Schedule, next.Events, next.ExpiresOn = s.Criteria, s.Schedule, s.Events, s.ExpiresOn
	next.NameKey, next.CriteriaRaw, next.ScheduleRaw, next.EventsRaw = s.NameKey, s.CriteriaRaw, s.ScheduleRaw, s.EventsRaw
	next.Concierge, next.DropsDirect = s.Concierge, s.DropsDirect
	if o.Present {
		next.Begun, next.MissedFrom = false, time.Time{}
	}
	if next.State == Paused && next.PausedBy == ByBroken {
		next.run(now)
	}
	repaced := old.ScheduleRaw != next.ScheduleRaw
	if repaced { // a pace set on purpose is one to be kept for a while
		next.Slowed, next.SlowedRaw, next.SignAt, next.AskedAt = nil, "", now, time.Time{}
	}
	moved, err := handOver(ctx, db, &old, &next)
	if err != nil {
		return Search{}, err
	}
	if o.Opening != OpeningNone && next.Opening != OpeningWelcome { // who was never welcomed knows of nothing that was revised
		next.Opening = o.Opening
	}
	switch {
	case o.Opening != OpeningNone:
		next.NextAt = next.opens(o, zone, now)
	case next.Concierge:
		next.NextAt = time.Time{}
	case repaced && !old.NextAt.IsZero(), moved > 0, old.Concierge && next.Opening != OpeningNone:
		next.NextAt = next.Pace().Next(now, zone)
	}
	_, err = db.NewUpdate().Model(&next).Column("name", "name_key", "criteria", "schedule", "slowed", "events", "subject", "message", "copy_me", "concierge", "drops_direct",
		"opening", "begun", "missed_from", "state", "paused_by", "paused_until", "state_at", "expires_on", "next_at", "sign_at", "asked_at").Where("id = ?", next.ID).Exec(ctx)
	return next, err
}

// run sets a paused auto email going. What happened meanwhile is caught up.
func (s *Search) run(now time.Time) {
	s.miss()
	s.State, s.PausedBy, s.PausedUntil, s.StateAt = Active, "", time.Time{}, now
	s.Slowed, s.SlowedRaw, s.SignAt, s.AskedAt = nil, "", now, time.Time{}
}

// miss notes that nothing was looked for since the state it is in began.
func (s *Search) miss() {
	if s.Begun {
		s.Begun, s.MissedFrom = false, s.StateAt
	}
}

// handOver moves matches between the queue and the schedule where the concierge comes or goes, and returns how many now wait
// for the schedule. What was approved leaves as it was approved.
func handOver(ctx context.Context, db bun.Tx, old, next *Search) (waiting int, err error) {
	if old.Concierge == next.Concierge {
		return 0, nil
	}
	from, to := Waiting, Unsent
	if old.Concierge {
		from, to = Unsent, Waiting
	}
	n, err := affected(db.NewUpdate().Model((*Match)(nil)).Set("state = ?", to).Set("reason = ''").Set("version = version + 1").
		Where("search_id = ?", next.ID).Where("state = ?", from).Exec(ctx))
	if to == Unsent {
		n = 0
	}
	return n, err
}

// affected is how many rows a statement changed.
func affected(result sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// Find returns one of the agent's auto emails, also a deleted one. Of one that can't be read any more Criteria, Schedule or
// Events are empty. Faults: NotFound.
func Find(ctx context.Context, db bun.IDB, by agents.ID, id ID) (Search, error) {
	var s Search
	err := db.NewSelect().Model(&s).Where("s.id = ?", id).Where("s.agent_id = ?", by).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Search{}, notFound()
	}
	if err != nil {
		return Search{}, fmt.Errorf("autoemail: find %d: %w", id, err)
	}
	_ = readRow(&s) // its page says that it is paused, and why
	return s, nil
}
