package web

import (
	"html/template"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/consent"
	"porchlight/app/contacts"
	"porchlight/app/fault"
)

func (s *Server) importRoutes() []route {
	return []route{
		{"GET", "/clients/import", agent, s.importNew},
		{"POST", "/clients/import", agent, s.importCreate},
		{"GET", importPath, agent, s.importShow},
		{"POST", importPath, agent, s.importRun},
	}
}

// importPath is the agent's one file, whatever stage it is at.
const importPath = "/clients/import/file"

// importMost is the largest file in octets; forms of more than 1 MB don't come in at all.
const importMost = 900 << 10

// importForm is the page on which a file is chosen.
type importForm struct {
	FileError string
	Source    Field
	Waiting   string // the name of a file that is there already
	Say       string // what can't go on now
}

func newImportForm(source string, wrong map[string]string) importForm {
	form := importForm{FileError: wrong["file"], Source: fields{wrong}.of("source", "Where these people agreed to hear from you", source)}
	form.Source.Required, form.Source.Autocomplete = true, "off"
	form.Source.Hint = "For example: sign-in sheets of open houses, 2024 to 2026. It is kept in the consent ledger with each of them, should anybody ever ask."
	return form
}

func (s *Server) importNew(c *fiber.Ctx) error {
	return s.importForm(c, newImportForm("", nil), http.StatusOK)
}

func (s *Server) importForm(c *fiber.Ctx, form importForm, status int) error {
	if job := s.imports.of(me(c).ID, s.Clock()); job != nil {
		if stage, _ := job.now(); stage != importDone && stage != importFailed {
			form.Waiting = job.file
		}
	}
	return s.page(c, page{Title: "Import clients", Section: "clients", View: "imports/new", Data: form, Status: status})
}

// importCreate reads the file and tries it, so that the preview says what the import will do.
func (s *Server) importCreate(c *fiber.Ctx) error {
	typed := c.FormValue("source")
	file, source, entries, err := readImport(c, typed)
	var job *importJob
	if err == nil {
		job, err = s.imports.take(me(c), file, source, entries, s.Clock())
	}
	if f := fault.As(err); f != nil {
		form := newImportForm(typed, f.Fields)
		if f.Kind == fault.Conflict {
			form.Say = f.Say
		}
		return s.importForm(c, form, statuses[f.Kind])
	}
	if err != nil {
		return err
	}
	s.workOn(c.UserContext(), job, true)
	return s.redirect(c, importPath, "")
}

// readImport is what the form brings. Faults: Invalid (file, source).
func readImport(c *fiber.Ctx, typed string) (name, source string, entries []consent.Entry, err error) {
	var form fault.Form
	source, err = agents.Line(typed, 300)
	if err != nil {
		form.Add("source", "%s", err)
	} else if source == "" {
		form.Add("source", "Say where they agreed, in a few words.")
	}
	upload, err := c.FormFile("file")
	if err != nil { // none was chosen, or the form is broken
		form.Add("file", "Choose a file.")
		return "", "", nil, form.Err()
	}
	rows, err := readUpload(upload)
	if f := fault.As(err); f != nil {
		form.Add("file", "%s", f.Say)
	} else if err != nil {
		return "", "", nil, err
	}
	return fileName(upload.Filename), source, ImportEntries(rows), form.Err()
}

func readUpload(upload *multipart.FileHeader) ([]contacts.Row, error) {
	if upload.Size > importMost {
		return nil, fault.New(fault.Invalid, "This file has %s KB, and 900 KB fit: about 10,000 people. Split it and import the parts.", grouped(int((upload.Size+1023)>>10)))
	}
	file, err := upload.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return contacts.Read(file)
}

// fileName is a file's name without its folder, fit to be shown.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(visible(strings.ToValidUTF8(name, "?")), `\`, "/"))
	name = strings.Join(strings.Fields(name), " ")
	if strings.Trim(name, "./") == "" {
		return "without a name"
	}
	return beginning(name, 100)
}

// beginning is a text cut to so many characters.
func beginning(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}

// importView is a file at its stage; a fragment that asks for itself again while it is worked on.
type importView struct {
	Stage         importStage // empty: there is no file
	File, Source  string
	Key           string
	Total, Seen   int
	Progress      string
	Poll          string // where to ask again; empty: not under way
	Added         int
	People        string // "1,204 clients"
	Counts        []figure
	Closed        string // how many start opted out, and why
	Waiting       string // how many have to say yes themselves first
	First         []importRow
	Refused       []importRefusal
	RefusedCount  string
	BeyondTheList string // how many more than First
}

// figure is a number and what it counts.
type figure struct{ Number, Word string }

// importRow is a client as it will be saved.
type importRow struct {
	Name, Email, Phone, Notes, Why string
	Pill                           template.HTML
}

type importRefusal struct {
	Line      int
	Who, Mail string
	Say       string
}

var optedInPill = pill("done", "mail-check", "Opted in")

func (s *Server) importShow(c *fiber.Ctx) error {
	view := importView{}
	if job := s.imports.of(me(c).ID, s.Clock()); job != nil {
		view = newImportView(job)
	}
	return s.show(c, page{Title: "Import clients", Section: "clients", View: "imports/show", Data: view}, "imports/_file", view)
}

func newImportView(job *importJob) importView {
	stage, done := job.now()
	v := importView{
		Stage: stage, File: job.file, Source: job.source, Key: job.key, Total: job.total, Seen: min(int(job.seen.Load()), job.total),
		Added: done.Added, People: people(done.Added), RefusedCount: grouped(len(done.Refused)),
	}
	v.Progress = grouped(v.Seen) + " of " + grouped(v.Total)
	added, refused := "will be added", "can’t be taken"
	switch stage {
	case importChecking, importRunning:
		v.Poll = importPath
		return v
	case importDone:
		added, refused = "added", "could not be taken"
	}
	v.Closed = closedWords(done, stage == importDone)
	if done.Waiting > 0 {
		v.Waiting = grouped(done.Waiting) + " of them"
	}
	v.Counts = []figure{{grouped(done.Added), added}, {grouped(done.Closed), "of them opted out"}, {v.RefusedCount, refused}}
	for _, taken := range done.First {
		row := importRow{Name: taken.Client.Name(), Email: taken.Client.Email, Phone: taken.Client.Phone, Notes: beginning(taken.Client.Notes, 60), Pill: optedInPill}
		switch taken.State {
		case consent.Pending:
			row.Pill = pendingPill
		case consent.OptedOut:
			row.Pill, row.Why = optedOutPill, "by the file"
			if taken.Remembered {
				row.Why = "here before"
			}
		}
		v.First = append(v.First, row)
	}
	if more := done.Added - len(done.First); more > 0 {
		v.BeyondTheList = grouped(more)
	}
	for _, r := range done.Refused {
		who := visible(r.Name)
		if who == "" {
			who = "No name"
		}
		v.Refused = append(v.Refused, importRefusal{Line: r.Line, Who: who, Mail: visible(r.Email), Say: r.Say})
	}
	return v
}

// importRun is the agent's word. A second press finds the import begun and is shown where it is.
func (s *Server) importRun(c *fiber.Ctx) error {
	job := s.imports.of(me(c).ID, s.Clock())
	if job == nil {
		return s.redirect(c, importPath, "")
	}
	if c.FormValue("key") != job.key {
		return fault.New(fault.Conflict, "You chose another file since you opened this page. Open Import clients to see that one.")
	}
	if job.begin(importReady, importRunning, s.Clock()) {
		s.workOn(c.UserContext(), job, false)
	}
	return s.redirect(c, importPath, "")
}
