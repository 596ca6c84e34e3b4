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
	"porchlight/app/outbox"
)

// Of returns the auto emails that a mailing was of, without those that were deleted since: none for a letter that was
// written by hand.
func Of(ctx context.Context, db bun.IDB, mailing outbox.MailingID) ([]Search, error) {
	var all []Search
	err := db.NewSelect().Model(&all).Where("s.id IN (SELECT search_id FROM search_letters WHERE mailing_id = ?)", mailing).
		Where("s.state <> 'deleted'").OrderExpr("s.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("autoemail: of mailing %d: %w", mailing, err)
	}
	for i := range all {
		_ = readRow(&all[i]) // a client may stop what nobody can read
	}
	return all, nil
}

// ofClient finds an auto email of a client that is not deleted. Faults: NotFound.
func ofClient(ctx context.Context, db bun.IDB, client clients.ID, id ID) (Search, error) {
	var s Search
	err := db.NewSelect().Model(&s).Where("s.id = ?", id).Where("s.client_id = ?", client).Where("s.state <> 'deleted'").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Search{}, notFound()
	}
	return s, err
}

// StopByClient pauses one auto email for the client, from their own page, and gives the agent a notice. A second call changes nothing. Faults: NotFound.
func StopByClient(ctx context.Context, db bun.IDB, client clients.ID, id ID, now time.Time) error {
	err := change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		s, err := ofClient(ctx, db, client, id)
		if err != nil || s.State == Paused && s.PausedBy == ByClient {
			return nil, err
		}
		// Their own word also holds where the agent had paused it for a while.
		n, err := affected(db.NewUpdate().Model((*Search)(nil)).Set("state = 'paused'").Set("paused_by = ?", ByClient).Set("paused_until = NULL").
			Set("state_at = ?", now).Set("sign_at = ?", now).Where("id = ?", id).Where("state = ?", s.State).Exec(ctx))
		if err != nil || n == 0 {
			return nil, err
		}
		return []ID{id}, tell(ctx, db, &s, stoppedByClient, now)
	})
	if err != nil {
		return fmt.Errorf("autoemail: stop %d for its client: %w", id, err)
	}
	return nil
}

// WeeklyByClient makes an auto email weekly at the client's wish and gives the agent a notice. Faults: NotFound, Conflict (it is no more often than that already).
func WeeklyByClient(ctx context.Context, db bun.IDB, client clients.ID, id ID, now time.Time) error {
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return err
	}
	err = change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		s, err := ofClient(ctx, db, client, id)
		if err != nil {
			return nil, err
		}
		if err := readRow(&s); err != nil {
			return nil, fault.New(fault.Conflict, "This can’t be changed at the moment. You can stop it instead.")
		}
		pace := s.Pace()
		if pace.Kind == Weekly || pace.Kind == Monthly {
			return nil, fault.New(fault.Conflict, "It comes no more often than once a week already.")
		}
		s.Schedule, _ = s.Schedule.Slower() // as soon as possible or daily: weekly
		raw, err := scheduleText(&s.Schedule)
		if err != nil {
			return nil, err
		}
		// A letter that became due meanwhile stays due: the row has the last word on that.
		_, err = db.NewUpdate().Model((*Search)(nil)).Set("schedule = ?", raw).Set("slowed = ''").Set("sign_at = ?", now).Set("asked_at = NULL").
			Set("next_at = CASE WHEN next_at IS NULL THEN next_at ELSE ? END", s.Schedule.Next(now, house.Location())).
			Set("version = version + 1").Where("id = ?", id).Exec(ctx)
		if err != nil {
			return nil, err
		}
		return []ID{id}, tell(ctx, db, &s, weeklyByClient, now)
	})
	if err != nil {
		return fmt.Errorf("autoemail: make %d weekly for its client: %w", id, err)
	}
	return nil
}

// Sign writes down a sign of the client with this agent (a press of a button, a visit by a person, an answer the agent tells
// of): a full period begins, what was slowed down runs at its own pace again, what was paused for want of a sign runs again.
func Sign(ctx context.Context, db bun.IDB, agent agents.ID, client clients.ID, now time.Time) error {
	var slow int
	err := db.NewRaw("SELECT count(*) FROM searches WHERE client_id = ? AND agent_id = ? AND "+
		"(state = 'active' AND slowed <> '' OR state = 'paused' AND paused_by = ?)", client, agent, BySlow).Scan(ctx, &slow)
	if err == nil {
		// Most signs change nothing but the day; a clock set back takes none away.
		_, err = db.NewUpdate().Model((*Search)(nil)).Set("sign_at = ?", now).Where("client_id = ?", client).Where("agent_id = ?", agent).
			Where("state = 'active'").Where("slowed = ''").Where("sign_at < ?", now).Exec(ctx)
	}
	if err == nil && slow > 0 {
		err = quicken(ctx, db, agent, client, now)
	}
	if err != nil {
		return fmt.Errorf("autoemail: a sign of client %d: %w", client, err)
	}
	return nil
}

// quicken lets what was slowed down or paused for want of a sign run at its own pace.
func quicken(ctx context.Context, db bun.IDB, agent agents.ID, client clients.ID, now time.Time) error {
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return err
	}
	return change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		changed, err := resume(ctx, db, db.NewSelect().Where("s.client_id = ?", client).Where("s.agent_id = ?", agent).Where("s.paused_by = ?", BySlow), house.Location(), now)
		if err != nil {
			return nil, err
		}
		var slowed []Search
		err = db.NewSelect().Model(&slowed).Where("s.client_id = ?", client).Where("s.agent_id = ?", agent).
			Where("s.state = 'active'").Where("s.slowed <> ''").OrderExpr("s.id").Scan(ctx)
		if err != nil {
			return nil, err
		}
		for i := range slowed {
			s := &slowed[i]
			if readRow(s) != nil {
				continue
			}
			own := s.Schedule.Next(now, house.Location())
			_, err := db.NewUpdate().Model((*Search)(nil)).Set("slowed = ''").Set("asked_at = NULL").
				Set("sign_at = CASE WHEN sign_at > ? THEN sign_at ELSE ? END", now, now).
				Set("next_at = CASE WHEN next_at > ? THEN ? ELSE next_at END", own, own).
				Where("id = ?", s.ID).Where("state = 'active'").Exec(ctx)
			if err != nil {
				return nil, err
			}
			changed = append(changed, s.ID)
		}
		return changed, nil
	})
}
