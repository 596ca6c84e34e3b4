package web

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/contacts"
)

// ImportEntries are a file's rows as the clients to be. A phone number that is none goes into the notes: it neither
// keeps the person out nor is lost.
func ImportEntries(rows []contacts.Row) []consent.Entry {
	entries := make([]consent.Entry, 0, len(rows))
	for _, row := range rows {
		form := clients.Form{FirstName: row.FirstName, LastName: row.LastName, Email: row.Email, Phone: row.Phone, Notes: row.Notes}
		if _, err := agents.Phone(form.Phone); err != nil {
			form.Notes, form.Phone = strings.TrimSpace(form.Notes+"\nPhone: "+form.Phone), ""
		}
		entries = append(entries, consent.Entry{Line: row.Line, Form: form, OptedOut: row.OptedOut})
	}
	return entries
}

// workOn checks or imports a file in a goroutine that a closed tab does not stop, and waits for it where that is short.
func (s *Server) workOn(ctx context.Context, job *importJob, try bool) {
	ended := make(chan struct{})
	s.imports.work.Go(func() {
		defer close(ended)
		s.runImport(job, try)
	})
	if job.long() {
		return
	}
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

func (s *Server) runImport(job *importJob, try bool) {
	stage, result := importFailed, consent.Imported{}
	defer func() {
		if p := recover(); p != nil {
			panics.Inc()
			s.Log.Error("import", "agent", job.owner.ID, "err", fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			stage, result = importFailed, consent.Imported{}
		}
		job.end(stage, result, s.Clock())
	}()
	ctx, cancel := context.WithTimeout(s.imports.ctx, importTime)
	defer cancel()
	done, err := s.Ledger.Import(ctx, s.Store.Write, job.owner, job.entries, job.source, try, func(n int) { job.seen.Store(int64(n)) }, s.Clock())
	switch {
	case err != nil:
		s.Log.Error("import", "agent", job.owner.ID, "err", err)
	case try:
		stage, result = importReady, done
	default:
		stage, result = importDone, done
	}
	if job.long() && !try {
		s.tellImported(job, stage, result)
	}
}

// refusedTold is how many refused rows stand in the notice; the page has them all.
const refusedTold = 20

// tellImported gives whoever closed the tab the result as a notice.
func (s *Server) tellImported(job *importJob, stage importStage, result consent.Imported) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.imports.ctx), 10*time.Second)
	defer cancel()
	n := agents.Notice{AgentID: job.owner.ID, Kind: agents.NoticeImport}
	if stage == importFailed {
		n.Title, n.Body = "The import did not go through", "Nobody was added from "+job.file+". Choose the file again."
		n.Action, n.Path = "Import clients", "/clients/import"
	} else {
		n.Title, n.Body = importedWords(result), importedBody(job.file, result)
		n.Action, n.Path = "Open My Clients", "/clients"
	}
	if err := agents.Tell(ctx, s.Store.Write, n, s.Clock()); err != nil {
		s.Log.Error("tell of an import", "agent", job.owner.ID, "err", err)
	}
}

func importedWords(done consent.Imported) string {
	say := "Imported " + people(done.Added)
	if n := len(done.Refused); n > 0 {
		say += "; " + grouped(n) + " could not be taken"
	}
	return say
}

func importedBody(file string, done consent.Imported) string {
	paragraphs := []string{"From the file " + file + "."}
	if say := closedWords(done, true); say != "" {
		paragraphs[0] += " " + say
	}
	for i, r := range done.Refused {
		if i == refusedTold {
			paragraphs = append(paragraphs, "And "+grouped(len(done.Refused)-i)+" more.")
			break
		}
		paragraphs = append(paragraphs, refusedWords(r))
	}
	return strings.Join(paragraphs, "\n\n")
}

// refusedWords is a refused row in one line.
func refusedWords(r consent.Refused) string {
	say := fmt.Sprintf("Line %d", r.Line)
	if who := strings.TrimSpace(visible(r.Name) + " " + visible(r.Email)); who != "" {
		say += ", " + who
	}
	return strings.Join(strings.Fields(say+": "+r.Say), " ")
}

// closedWords says how many start opted out, or did, and why; empty for none.
func closedWords(done consent.Imported, past bool) string {
	byFile := done.Closed - done.Remembered
	file, here := "the file says they unsubscribed", "their address opted out of mail here before"
	start := "start"
	switch {
	case done.Closed == 0:
		return ""
	case past:
		start = "started"
	case done.Closed == 1:
		start = "starts"
	}
	say := grouped(done.Closed) + " of them " + start + " opted out"
	switch {
	case byFile == 0:
		return say + ", because " + here + "."
	case done.Remembered == 0:
		return say + ", because " + file + "."
	}
	return say + ": " + grouped(byFile) + " because " + file + ", " + grouped(done.Remembered) + " because " + here + "."
}

// people tells a number of clients: "1 client", "1,204 clients".
func people(n int) string {
	if n == 1 {
		return "1 client"
	}
	return grouped(n) + " clients"
}

// grouped is a number as people read it: 1,204.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
