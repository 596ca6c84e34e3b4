package web

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
)

// homesWork reads or imports a file in a goroutine that a closed tab does not stop, and waits for it where that is short.
func (s *Server) homesWork(ctx context.Context, job *homesJob, try bool) {
	ended := make(chan struct{})
	s.imports.work.Go(func() {
		defer close(ended)
		s.runHomes(job, try)
	})
	if job.long() {
		return
	}
	short := time.NewTimer(2 * time.Second) // then the page shows how far it is
	defer short.Stop()
	select {
	case <-ended:
	case <-short.C:
	case <-ctx.Done():
	}
}

func (s *Server) runHomes(job *homesJob, try bool) {
	change := func(to *homesState) { to.stage, to.fault = importFailed, "" }
	defer func() {
		if p := recover(); p != nil {
			panics.Inc()
			s.Log.Error("import homes", "agent", job.owner.ID, "err", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			change = func(to *homesState) { to.stage, to.fault = importFailed, "" }
		}
		job.end(change, s.Clock())
		if !try {
			s.tellHomes(job)
		}
	}()
	ctx, cancel := context.WithTimeout(s.imports.ctx, homesTime)
	defer cancel()
	now := job.now()
	var err error
	if try {
		var file feed.File
		file, err = feed.Inspect(ctx, job.data, job.name, now.mapping, now.status)
		change = func(to *homesState) {
			to.stage, to.file = importReady, file
			if to.guesses == nil {
				to.guesses = file.Columns
			}
		}
	} else {
		var done feed.Brought
		done, err = feed.Import(ctx, s.Store.Write, job.data, job.name, now.mapping, now.status, func(n int) { job.seen.Store(int64(n)) }, s.Clock())
		change = func(to *homesState) { to.stage, to.done = importDone, done }
	}
	if err == nil {
		return
	}
	say := ""
	if f := fault.As(err); f != nil {
		say = f.Say
	} else {
		s.Log.Error("import homes", "agent", job.owner.ID, "err", err)
	}
	change = func(to *homesState) { to.stage, to.fault = importFailed, say }
}

// tellHomes gives whoever closed the tab the result of a long import as a notice.
func (s *Server) tellHomes(job *homesJob) {
	now := job.now()
	if now.file.Rows <= importLong {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.imports.ctx), 10*time.Second)
	defer cancel()
	n := agents.Notice{AgentID: job.owner.ID, Kind: agents.NoticeImport}
	if now.stage == importFailed {
		n.Title, n.Body = "The import did not go through", "No home was brought in from "+job.name+". "+cmp.Or(now.fault, "Choose the file again.")
		n.Action, n.Path = "Import homes", homesImportPath
	} else {
		n.Title, n.Body = homesImported(now.done), homesBody(job.name, now.done)
		n.Action, n.Path = "Open Listings", "/listings"
	}
	if err := agents.Tell(ctx, s.Store.Write, n, s.Clock()); err != nil {
		s.Log.Error("tell of an import of homes", "agent", job.owner.ID, "err", err)
	}
}

func homesImported(done feed.Brought) string {
	say := "Imported " + homesCount(done.Seen-done.Refused)
	if done.Refused > 0 {
		say += "; " + grouped(done.Refused) + " could not be taken"
	}
	return say
}

func homesBody(name string, done feed.Brought) string {
	paragraphs := []string{fmt.Sprintf("From the file %s: %s new, %s changed. Their prices add up to %s.", name, grouped(done.Added), grouped(done.Changed), listings.Money(done.Prices))}
	if done.Held > 0 {
		paragraphs = append(paragraphs, homesCount(done.Held)+" came with a price that looks wrong. It waits for you on the page Feeds.")
	}
	for i, p := range done.Told {
		if i == refusedTold {
			paragraphs = append(paragraphs, "And "+grouped(done.Trouble-i)+" more.")
			break
		}
		paragraphs = append(paragraphs, visible(p.Words()))
	}
	return strings.Join(paragraphs, "\n\n")
}
