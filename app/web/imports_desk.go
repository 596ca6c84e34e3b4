package web

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"porchlight/app/agents"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

const (
	importKept   = 30 * time.Minute // how long a file waits for the agent's word, and its result to be read
	importsAtAll = 8                // files in memory, a few MB each
	importLong   = 2000             // with more rows the agent watches the progress instead of waiting for the page
	importTime   = 10 * time.Minute // one import's patience
)

// importStage is how far a file is.
type importStage string

const (
	importChecking importStage = "checking" // tried and taken back, for the preview
	importReady    importStage = "ready"    // the agent has the word
	importRunning  importStage = "running"
	importDone     importStage = "done"
	importFailed   importStage = "failed" // nothing was added
)

// importJob is a file on its way from an agent's disk to their clients. It lives in memory only: the browser can't be
// trusted to bring the rows back, and after a restart the file is simply chosen again.
type importJob struct {
	key          string // so that an old preview in another tab does not start a newer file
	owner        agents.Agent
	file, source string
	total        int
	seen         atomic.Int64 // rows of the work in hand

	mu      sync.Mutex
	stage   importStage
	since   time.Time
	entries []consent.Entry
	result  consent.Imported
}

func (j *importJob) long() bool { return j.total > importLong }

// begin moves the job from one stage to the next; false when another request did so already.
func (j *importJob) begin(from, to importStage, now time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stage != from {
		return false
	}
	j.stage, j.since = to, now
	j.seen.Store(0)
	return true
}

func (j *importJob) end(stage importStage, result consent.Imported, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stage, j.since, j.result = stage, now, result
	if stage != importReady {
		j.entries = nil
	}
}

// now is where the job stands.
func (j *importJob) now() (importStage, consent.Imported) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.stage, j.result
}

func (j *importJob) busy() bool {
	stage, _ := j.now()
	return stage == importChecking || stage == importRunning
}

func (j *importJob) age(now time.Time) time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return now.Sub(j.since)
}

// importDesk holds the files under way, one for each agent.
type importDesk struct {
	mu   sync.Mutex
	jobs map[agents.ID]*importJob

	homes homesDesk // files of homes

	ctx  context.Context // of the work, which outlives the request that began it
	stop context.CancelFunc
	work sync.WaitGroup
}

func newImportDesk() *importDesk {
	d := &importDesk{jobs: map[agents.ID]*importJob{}}
	d.ctx, d.stop = context.WithCancel(context.Background())
	return d
}

// of is the agent's file, nil when there is none or it lay too long.
func (d *importDesk) of(owner agents.ID, now time.Time) *importJob {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	return d.jobs[owner]
}

// take puts a file on the desk in the place of the agent's older one. Faults: Conflict while that one is at work, or
// when the desk is full of work.
func (d *importDesk) take(owner agents.Agent, file, source string, entries []consent.Entry, now time.Time) (*importJob, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep(now)
	if old := d.jobs[owner.ID]; old != nil && old.busy() {
		return nil, fault.New(fault.Conflict, "Your file %s is still being worked on. Wait until it is done, then choose the next one.", old.file)
	}
	delete(d.jobs, owner.ID)
	if len(d.jobs) >= importsAtAll && !d.evict(now) {
		return nil, fault.New(fault.Conflict, "Many agents are importing at this moment. Try again in a minute.")
	}
	job := &importJob{key: rand.Text(), owner: owner, file: file, source: source, total: len(entries), entries: entries, stage: importChecking, since: now}
	d.jobs[owner.ID] = job
	return job, nil
}

// sweep drops what lay too long.
func (d *importDesk) sweep(now time.Time) {
	for owner, job := range d.jobs {
		if !job.busy() && job.age(now) > importKept {
			delete(d.jobs, owner)
		}
	}
}

// evict drops the file that lay longest of those nobody works on.
func (d *importDesk) evict(now time.Time) bool {
	var oldest agents.ID
	most := time.Duration(-1)
	for owner, job := range d.jobs {
		if age := job.age(now); !job.busy() && age > most {
			oldest, most = owner, age
		}
	}
	delete(d.jobs, oldest)
	return most >= 0
}

// close waits for work in hand until ctx ends; what is not done then is taken back.
func (d *importDesk) close(ctx context.Context) {
	idle := make(chan struct{})
	go func() { d.work.Wait(); close(idle) }()
	select {
	case <-idle:
	case <-ctx.Done():
	}
	d.stop()
	<-idle
}
