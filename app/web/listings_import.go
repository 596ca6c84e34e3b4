package web

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
)

func (s *Server) listingImportRoutes() []route {
	return []route{
		{"GET", homesImportPath, broker, s.homesImportNew},
		{"POST", homesImportPath, broker, s.homesImportCreate},
		{"GET", homesFilePath, broker, s.homesImportShow},
		{"POST", homesFilePath, broker, s.homesImportRun},
	}
}

const (
	homesImportPath = "/listings/import"
	homesFilePath   = "/listings/import/file" // the broker's one file, whatever stage it is at
)

// homesMost is the largest file of homes in octets; the command line takes more.
const homesMost = 64 << 20

// allowUpload lets a signed-in broker send a file of homes, which is larger and longer on its way than any other form.
// Everybody else meets the usual limits, whatever they name.
func (s *Server) allowUpload(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path := string(header.RequestURI())
	picture := path == looksLogoPath || path == profilePhotoPath
	if string(header.Method()) != http.MethodPost || path != homesImportPath && !picture {
		return fasthttp.RequestConfig{}
	}
	ctx, cancel := uploadContext()
	defer cancel()
	a, _, err := agents.Authenticate(ctx, s.Store.Read, s.Store.Write, string(header.Cookie(s.cookie("session"))), s.Clock())
	if err == nil && picture {
		return fasthttp.RequestConfig{MaxRequestBodySize: pictureMost + 1<<20, ReadTimeout: time.Minute}
	}
	if err != nil || !a.Broker() {
		return fasthttp.RequestConfig{}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: homesMost + 1<<20, ReadTimeout: 10 * time.Minute}
}

// homesForm is the page on which a file of homes is chosen.
type homesForm struct {
	FileError string
	Waiting   string // the name of a file that is there already
	Say       string // what can't go on now
}

func (s *Server) homesImportNew(c *fiber.Ctx) error {
	return s.homesImportForm(c, homesForm{}, http.StatusOK)
}

func (s *Server) homesImportForm(c *fiber.Ctx, form homesForm, status int) error {
	if job := s.imports.homes.of(me(c).ID, s.Clock()); job != nil {
		if stage := job.now().stage; stage != importDone && stage != importFailed {
			form.Waiting = job.name
		}
	}
	return s.page(c, page{Title: "Import homes", Section: "listings", View: "listings/import_new", Data: form, Status: status})
}

// homesImportCreate takes a file and reads it, so that the preview says what the import will do.
func (s *Server) homesImportCreate(c *fiber.Ctx) error {
	job, err := s.takeHomes(c)
	if err == nil {
		s.homesWork(c.UserContext(), job, true)
		if now := job.now(); now.stage == importFailed && now.fault != "" {
			s.imports.homes.drop(job)
			err = invalidFile(now.fault)
		}
	}
	if f := fault.As(err); f != nil {
		form := homesForm{FileError: f.Fields["file"]}
		if f.Kind == fault.Conflict {
			form.Say = f.Say
		}
		return s.homesImportForm(c, form, statuses[f.Kind])
	}
	if err != nil {
		return err
	}
	return s.redirect(c, homesFilePath, "")
}

func invalidFile(say string) error {
	var form fault.Form
	form.Add("file", "%s", say)
	return form.Err()
}

// takeHomes puts the uploaded file on the desk. Faults: Invalid (file), Conflict.
func (s *Server) takeHomes(c *fiber.Ctx) (*homesJob, error) {
	upload, err := c.FormFile("file")
	if err != nil || upload.Filename == "" { // none was chosen, or the form is broken
		return nil, invalidFile("Choose a file.")
	}
	if upload.Size > homesMost {
		return nil, invalidFile("This file has more than 64 MB. Split it, or have whoever hosts Porchlight import it on the command line.")
	}
	from, err := upload.Open()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	file, err := feed.Spool(from)
	if err != nil {
		return nil, err
	}
	job, err := s.imports.homes.take(me(c), fileName(upload.Filename), file, upload.Size, s.Clock())
	if err != nil {
		_ = file.Close()
	}
	return job, err
}

func (s *Server) homesImportShow(c *fiber.Ctx) error {
	view := homesFileView{}
	if job := s.imports.homes.of(me(c).ID, s.Clock()); job != nil {
		view = newHomesFileView(job)
	}
	return s.show(c, page{Title: "Import homes", Section: "listings", View: "listings/import_show", Data: view}, "listings/_import_file", view)
}

// homesImportRun is the broker's word. Columns or a status chosen otherwise than the preview showed are shown first. A
// second press finds the import begun and is shown where it is.
func (s *Server) homesImportRun(c *fiber.Ctx) error {
	job := s.imports.homes.of(me(c).ID, s.Clock())
	if job == nil {
		return s.redirect(c, homesFilePath, "")
	}
	if c.FormValue("key") != job.key {
		return fault.New(fault.Conflict, "You chose another file since you opened this page. Open Import homes to see that one.")
	}
	mapping, status, err := readColumns(c, job)
	if err != nil {
		return err
	}
	same := maps.Equal(mapping, job.now().mapping) && status == job.now().status
	if !same || c.FormValue("do") != "import" {
		if job.choose(mapping, status, s.Clock()) {
			s.homesWork(c.UserContext(), job, true)
		}
		if partial(c) && job.now().stage == importReady {
			view := newHomesFileView(job)
			view.Changed = !same
			return s.fragment(c, http.StatusOK, "listings/_import_read", view)
		}
		return s.redirect(c, homesFilePath, "")
	}
	if job.begin(s.Clock()) {
		s.homesWork(c.UserContext(), job, false)
	}
	return s.redirect(c, homesFilePath, "")
}

// readColumns reads what each column was taken for where that is not the file's own guess. Faults: Invalid.
func readColumns(c *fiber.Ctx, job *homesJob) (map[int]string, listings.Status, error) {
	now := job.now()
	mapping := map[int]string{}
	for i := range now.file.Header {
		chosen := strings.TrimSpace(c.FormValue("column-" + strconv.Itoa(i)))
		if c.FormValue("columns") == "" || feed.Never(now.file.Header[i]) {
			continue
		}
		if chosen != "" && feed.FieldWords[chosen] == "" {
			return nil, "", fault.New(fault.Invalid, "A column can’t be taken for that. Go back and choose again.")
		}
		if chosen != now.guesses[i] {
			mapping[i] = chosen
		}
	}
	status := listings.Status(c.FormValue("status"))
	if status != "" && status != listings.Active && status != listings.Closed {
		return nil, "", fault.New(fault.Invalid, "Homes in a file are Active or Closed.")
	}
	return mapping, status, nil
}
