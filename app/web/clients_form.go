package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/fault"
)

// dateInput is how browsers send a date.
const dateInput = "2006-01-02"

// clientTyped is the client form as it came.
type clientTyped struct {
	First    string   `form:"first_name"`
	Last     string   `form:"last_name"`
	Email    string   `form:"email"`
	Phone    string   `form:"phone"`
	Status   string   `form:"status"`
	Vacation string   `form:"vacation_until"`
	Types    []string `form:"types"`
	Notes    string   `form:"notes"`
	Version  int64    `form:"version"`
}

func readClientForm(c *fiber.Ctx) (clientTyped, error) {
	var t clientTyped
	if err := c.BodyParser(&t); err != nil {
		return t, unreadable(err)
	}
	// Browsers send line ends of text areas as CRLF.
	t.Notes = strings.ReplaceAll(t.Notes, "\r\n", "\n")
	return t, nil
}

// unreadable is the fault of a body that is no form. Fiber has its own error for one that is too large.
func unreadable(err error) error {
	var fe *fiber.Error
	if errors.As(err, &fe) && fe.Code == http.StatusRequestEntityTooLarge {
		return err
	}
	return fault.New(fault.Invalid, "This did not arrive as a form, so nothing was saved. Go back and try again.")
}

// form is what the domain takes. The date is a day of the brokerage's calendar.
func (t clientTyped) form(loc *time.Location) (clients.Form, error) {
	f := clients.Form{
		FirstName: t.First, LastName: t.Last, Email: t.Email, Phone: t.Phone,
		Status: clients.Status(t.Status), Notes: t.Notes, Version: t.Version,
	}
	for _, one := range t.Types {
		f.Types = append(f.Types, clients.Type(one))
	}
	if f.Status == clients.OnVacation && t.Vacation != "" {
		until, err := time.ParseInLocation(dateInput, strings.TrimSpace(t.Vacation), loc)
		if err != nil {
			var wrong fault.Form
			wrong.Add("vacation_until", "Write the day as year-month-day, such as 2026-12-24.")
			return f, wrong.Err()
		}
		f.VacationUntil = until.UTC()
	}
	return f, nil
}

// typedFrom is the form of a saved client.
func typedFrom(c clients.Client, loc *time.Location) clientTyped {
	t := clientTyped{
		First: c.FirstName, Last: c.LastName, Email: c.Email, Phone: c.Phone,
		Status: string(c.Status), Notes: c.Notes, Version: c.Version,
	}
	for _, one := range c.TypeList() {
		t.Types = append(t.Types, string(one))
	}
	if !c.VacationUntil.IsZero() {
		t.Vacation = c.VacationUntil.In(loc).Format(dateInput)
	}
	return t
}

// clientForm is the form on the screen.
type clientForm struct {
	Action, Cancel            string
	Swap                      string // the element that htmx renews; empty: the form is a page of its own
	First, Last, Email, Phone Field
	Vacation, Notes           Field
	Statuses                  []choice
	StatusError               string
	Types                     []choice
	TypesError                string
	Version                   int64
	Overtaken                 bool         // another tab saved since this form was opened
	Meanwhile                 []savedField // and this is what
}

// choice is one of several.
type choice struct {
	Value  string
	Chosen bool
}

// savedField is a field as it was saved elsewhere.
type savedField struct{ Label, Value string }

func newClientForm(t clientTyped, wrong map[string]string) clientForm {
	f := fields{wrong}
	form := clientForm{
		First: f.of("first_name", "First name", t.First), Last: f.of("last_name", "Last name", t.Last),
		Email: f.of("email", "E-mail", t.Email), Phone: f.of("phone", "Phone", t.Phone),
		Vacation: f.of("vacation_until", "On vacation until", t.Vacation), Notes: f.of("notes", "Notes", t.Notes),
		StatusError: wrong["status"], TypesError: wrong["types"], Version: t.Version,
	}
	form.Email.Type, form.Email.Required = "email", true
	form.Phone.Type, form.Vacation.Type, form.Notes.Rows = "tel", "date", 4
	form.Vacation.Hint = "Only for On Vacation: on this day mail starts again by itself."
	form.Notes.Hint = "Only you read these."
	for _, field := range []*Field{&form.First, &form.Last, &form.Email, &form.Phone} {
		field.Autocomplete = "off" // it is about somebody else
	}
	for _, status := range clients.Statuses {
		form.Statuses = append(form.Statuses, choice{string(status), string(status) == t.Status})
	}
	for _, one := range clients.Types {
		form.Types = append(form.Types, choice{string(one), slices.Contains(t.Types, string(one))})
	}
	return form
}

// meanwhile lists what stands in saved and not in what was typed.
func (t clientTyped) meanwhile(saved clientTyped) []savedField {
	var out []savedField
	for _, one := range []struct{ label, typed, saved string }{
		{"First name", t.First, saved.First}, {"Last name", t.Last, saved.Last}, {"E-mail", t.Email, saved.Email},
		{"Phone", t.Phone, saved.Phone}, {"Status", t.Status, saved.Status}, {"On vacation until", t.Vacation, saved.Vacation},
		{"Types", strings.Join(t.Types, ", "), strings.Join(saved.Types, ", ")}, {"Notes", t.Notes, saved.Notes},
	} {
		if strings.TrimSpace(one.typed) == strings.TrimSpace(one.saved) {
			continue
		}
		if one.saved == "" {
			one.saved = "(empty)"
		}
		out = append(out, savedField{one.label, one.saved})
	}
	return out
}
