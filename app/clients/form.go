package clients

import (
	"slices"
	"strings"
	"time"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/fault"
)

// Form is what an agent fills in about a client. Version is that of the Client the form was filled from, 0 for a new one.
type Form struct {
	FirstName, LastName, Email, Phone string
	Status                            Status    // empty: Active for a new client, as it is for an old one
	VacationUntil                     time.Time // with On Vacation only: in the future, two years at most
	Types                             []Type
	Notes                             string
	Version                           int64
}

// fill writes the form over the client, noting what can't be taken. The address comes back checked, for what only the
// database knows of it.
func (f Form) fill(c *Client, form *fault.Form, now time.Time) address.Address {
	c.FirstName = part(f.FirstName, "first_name", form)
	c.LastName = part(f.LastName, "last_name", form)
	if strings.TrimSpace(f.FirstName+f.LastName) == "" {
		form.Add("first_name", "Type a name.")
	}
	mailbox, err := address.Parse(f.Email)
	if err != nil {
		form.Add("email", "%s", err)
	}
	c.Email, c.EmailKey = mailbox.String(), mailbox.Key()
	if c.Phone, err = agents.Phone(f.Phone); err != nil {
		form.Add("phone", "%s", err)
	}
	switch {
	case f.Status == "" && c.Status != "":
	case f.Status == "":
		c.stand(Active, time.Time{}, now)
	case !f.Status.known():
		form.Add("status", "Choose one of the statuses.")
	default:
		if f.Status == OnVacation {
			checkVacation(f.VacationUntil, form, now)
		}
		c.stand(f.Status, f.VacationUntil.UTC().Truncate(time.Microsecond), now)
	}
	c.Types = joinTypes(f.Types, form)
	if c.Notes, err = agents.Text(f.Notes, 10_000); err != nil {
		form.Add("notes", "%s", err)
	}
	c.index()
	return mailbox
}

// part reads a first or last name; either may be empty, for people have one name in many places.
func part(text, field string, form *fault.Form) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	name, err := agents.Name(text)
	if err != nil {
		form.Add(field, "%s", err)
	}
	return name
}

func checkVacation(until time.Time, form *fault.Form, now time.Time) {
	switch {
	case until.IsZero():
		form.Add("vacation_until", "Say until when the vacation lasts.")
	case !until.After(now):
		form.Add("vacation_until", "Choose a day that is still to come.")
	case until.After(now.AddDate(2, 0, 0)):
		form.Add("vacation_until", "Two years from now at most. For longer, choose Inactive.")
	}
}

// joinTypes puts the types into the order of Types, each once.
func joinTypes(chosen []Type, form *fault.Form) string {
	for _, t := range chosen {
		if !slices.Contains(Types, t) {
			form.Add("types", "Choose among the types on the page.")
		}
	}
	var kept []string
	for _, t := range Types {
		if slices.Contains(chosen, t) {
			kept = append(kept, string(t))
		}
	}
	return strings.Join(kept, ",")
}
