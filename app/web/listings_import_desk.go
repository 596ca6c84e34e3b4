package web

import (
	"context"
	"crypto/rand"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
)

const (
	homesAtAll = 4                // files of homes on the disk, 64 MB each at most
	homesLong  = 6 << 20          // a larger file's progress is watched instead of waiting for the page
	homesTime  = 30 * time.Minute // one import's patience
)

// uploadContext bounds the look at who sends a file.
func uploadContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Second)
}

// homesJob is a file of homes on its way from a broker's disk into the listings. The file lies unnamed in the temporary
// folder; after a restart it is simply chosen again.
type homesJob struct {
	key   string // so that an old preview in another tab does not start a newer file
	owner agents.Agent
	name  string
	size  int64
	seen  atomic.Int64 // rows of the work in hand

	mu    sync.Mutex
	since time.Time
	state homesState
	data  *os.File // closed when nobody needs it any more
}

// homesState is where a job stands.
type homesState struct {
	stage   importStage
	mapping map[int]string // what the broker took columns for
	guesses []string       // what the file was taken for at first
	status  listings.Status
	file    feed.File    // as inspected
	done    feed.Brought // as imported
	fault   string       // why it failed, in words; empty: nobody foresaw it
}

func (j *homesJob) long() bool { return j.size > homesLong }

func (j *homesJob) now() homesState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state
}

func (s homesState) busy() bool { return s.stage == importChecking || s.stage == importRunning }

// begin starts the import; false when another request did so already.
func (j *homesJob) begin(now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.stage != importReady {
		return false
	}
	j.state.stage, j.since = importRunning, now
	j.seen.Store(0)
	return true
}

// choose takes columns and homes without a status for something else, and has the file read again.
func (j *homesJob) choose(mapping map[int]string, status listings.Status, now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.stage != importReady {
		return false
	}
	j.state.stage, j.state.mapping, j.state.status, j.since = importChecking, mapping, status, now
	return true
}

// end records how the work in hand ended.
func (j *homesJob) end(change func(*homesState), now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(&j.state)
	j.since = now
	if j.state.stage != importReady {
		_ = j.data.Close()
	}
}

// homesDesk holds the files of homes under way, one for each broker.
type homesDesk struct {
	mu   sync.Mutex
	jobs map[agents.ID]*homesJob
}

// of is the broker's file, nil when there is none or it lay too long.
func (d *homesDesk) of(owner agents.ID, now time.Time) *homesJob {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	return d.jobs[owner]
}

// take puts a file on the desk in the place of the broker's older one. Faults: Conflict while that one is at work, or
// when the desk is full.
func (d *homesDesk) take(owner agents.Agent, name string, data *os.File, size int64, now time.Time) (*homesJob, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	if old := d.jobs[owner.ID]; old != nil {
		if old.now().busy() {
			return nil, fault.New(fault.Conflict, "Your file %s is still being worked on. Wait until it is done, then choose the next one.", old.name)
		}
		d.remove(old)
	}
	if len(d.jobs) >= homesAtAll {
		return nil, fault.New(fault.Conflict, "Other brokers are importing homes at this moment. Try again in a minute.")
	}
	job := &homesJob{key: rand.Text(), owner: owner, name: name, size: size, data: data, since: now, state: homesState{stage: importChecking}}
	if d.jobs == nil {
		d.jobs = map[agents.ID]*homesJob{}
	}
	d.jobs[owner.ID] = job
	return job, nil
}

// drop takes a file from the desk.
func (d *homesDesk) drop(job *homesJob) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.jobs[job.owner.ID] == job {
		d.remove(job)
	}
}

func (d *homesDesk) remove(job *homesJob) {
	delete(d.jobs, job.owner.ID)
	job.mu.Lock()
	defer job.mu.Unlock()
	_ = job.data.Close()
}

// sweep drops what lay too long.
func (d *homesDesk) sweep(now time.Time) {
	for _, job := range d.jobs {
		job.mu.Lock()
		old := !job.state.busy() && now.Sub(job.since) > importKept
		job.mu.Unlock()
		if old {
			d.remove(job)
		}
	}
}
