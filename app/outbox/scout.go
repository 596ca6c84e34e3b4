package outbox

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// How many letters of a big run are read ahead, and from how many left on.
const (
	scoutRows = 96
	scoutLow  = 48
)

// scout reads ahead, beside the writer, which letters of a big run come next, so that a turn only has to take them. What
// it knows is no claim: taking asks the rows again. Only letters never tried are read ahead, whose rows can't have changed
// but by leaving the line. It belongs to the dispatcher; only read runs beside it.
type scout struct {
	ahead   []job
	out     bool // somebody is reading
	found   chan []job
	handled map[LetterID]bool // taken while somebody read: not to be believed once more
	at      time.Time         // when somebody was sent to read what is ahead
	notices bool              // there may be notices: whoever posts one kicks, and time makes others due
}

// scoutTime is how long what was read ahead is believed.
const scoutTime = 2 * time.Second

func newScout() *scout {
	return &scout{found: make(chan []job, 1), handled: map[LetterID]bool{}}
}

// gather takes in what was read meanwhile, and forgets what was read long ago.
func (s *scout) gather(now time.Time) {
	if now.Sub(s.at) > scoutTime {
		s.ahead = nil
	}
	select {
	case jobs := <-s.found:
		known := make(map[LetterID]bool, len(s.ahead))
		for _, j := range s.ahead {
			known[j.id] = true
		}
		for _, j := range jobs {
			if !known[j.id] && !s.handled[j.id] {
				s.ahead = append(s.ahead, j)
			}
		}
		s.out = false
		clear(s.handled)
	default:
	}
}

// next are at most n letters, ready to be taken.
func (s *scout) next(n int) []job {
	jobs := slices.Clone(s.ahead[:min(n, len(s.ahead))])
	for i := range jobs {
		jobs[i].attempts, jobs[i].gen = 1, 1
	}
	return jobs
}

// took drops what was taken.
func (s *scout) took(jobs []job) {
	for _, j := range jobs {
		if len(s.ahead) > 0 && s.ahead[0].id == j.id {
			s.ahead = s.ahead[1:]
			if s.out {
				s.handled[j.id] = true
			}
		}
	}
}

// sendScout has somebody read ahead if it is time. seen is what the last turn saw inside its transaction: every commit counted
// in it was visible then, and so is to a reader that starts after it.
func (c *Courier) sendScout(ctx context.Context, s *scout, seen int64, now time.Time) {
	if s.out || len(s.ahead) >= scoutLow {
		return
	}
	s.out, s.at = true, now
	where, args := c.dueArgs(dueAhead, now)
	go func() {
		var rows *sql.Rows
		err := c.onRead.prepare(ctx, pickText(dueAhead, ""))
		if err == nil {
			rows, err = c.onRead.read(ctx, c.read, pickText(where, ""), append(append([]any{now}, args...), scoutRows+scoutLow)...)
		}
		var jobs []job
		if err == nil {
			jobs, err = readJobs(rows, room{letters: scoutRows + scoutLow})
		}
		if err != nil {
			c.log.Error("read ahead in the outbox", "err", err) // the claims read for themselves
		}
		for i := range jobs {
			jobs[i].seen, jobs[i].scouted = seen, true
		}
		s.found <- jobs
	}()
}

// errStale says that a letter read ahead was no longer there to be taken: the turn is made anew, reading for itself.
var errStale = errors.New("outbox: a letter read ahead has left the line")

// takeAhead claims letters that were read ahead. Faults: errStale.
func (c *Courier) takeAhead(ctx context.Context, db bun.Tx, jobs []job, now time.Time) error {
	if len(jobs) == 0 {
		return nil
	}
	args := []any{c.name, now.Add(lease), now.Add(firstWait)}
	for _, j := range jobs {
		args = append(args, j.id)
	}
	n, err := c.onWrite.changed(ctx, db, takeAheadText(len(jobs)), append(args, now, now.Add(tooFar))...)
	if err == nil && int(n) != len(jobs) {
		err = errStale
	}
	return err
}

func takeAheadText(n int) string {
	return takeText(n) + ` AND lease_gen = 0 AND prio = 1` + dueNow
}

// readJobs reads claimed or scouted rows, of each lane as many as there is room for.
func readJobs(rows *sql.Rows, room room) (jobs []job, err error) {
	defer rows.Close()
	for rows.Next() {
		var j job
		if err := rows.Scan(&j.id, &j.mailing, &j.agent, &j.client, &j.prio, &j.name, &j.address, &j.hash, &j.domain, &j.token, &j.messageID,
			&j.attempts, &j.ambiguous, &j.gen, &j.expires, &j.created, &j.open); err != nil {
			return nil, err
		}
		j.expires, j.created = j.expires.UTC(), j.created.UTC()
		lane := &room.notices
		if j.bulk() {
			lane = &room.letters
		}
		if *lane--; *lane >= 0 {
			jobs = append(jobs, j)
		}
	}
	return jobs, rows.Err()
}
