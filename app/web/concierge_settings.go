package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

// habitsForm is what an agent types about the queue.
type habitsForm struct{ digest, quietFrom, quietTo, limit string }

func parseHabits(c *fiber.Ctx) habitsForm {
	is := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	return habitsForm{is("digest"), is("quiet_from"), is("quiet_to"), is("limit_hours")}
}

func habitsFormOf(h autoemail.Habits) habitsForm {
	f := habitsForm{digest: h.Digest, limit: strconv.Itoa(h.LimitHours)}
	if h.QuietFrom != h.QuietTo {
		f.quietFrom, f.quietTo = clockField(h.QuietFrom), clockField(h.QuietTo)
	}
	return f
}

// clockField is a time of day as an input of that type takes it: "08:00".
func clockField(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// readClock takes minutes after midnight out of such an input; -1 is none.
func readClock(text string) int {
	hour, minute, _ := strings.Cut(text, ":")
	h, err := strconv.ParseUint(hour, 10, 8)
	m, wrong := strconv.ParseUint(strings.TrimSuffix(minute, ":00"), 10, 8)
	if err != nil || wrong != nil || h > 23 || m > 59 {
		return -1
	}
	return int(h*60 + m)
}

// habits reads the form. Faults: Invalid.
func (f habitsForm) habits() (autoemail.Habits, error) {
	h := autoemail.Habits{Digest: f.digest}
	if f.quietFrom != "" || f.quietTo != "" {
		h.QuietFrom, h.QuietTo = readClock(f.quietFrom), readClock(f.quietTo)
	}
	var form fault.Form
	if f.quietFrom == "" && f.quietTo != "" || f.quietFrom != "" && f.quietTo == "" {
		name := map[bool]string{true: "quiet_from", false: "quiet_to"}[f.quietFrom == ""]
		form.Add(name, "Type both times, or neither for no quiet hours.")
		return h, form.Err()
	}
	var err error
	if h.LimitHours, err = strconv.Atoi(f.limit); err != nil {
		h.LimitHours = 0
	}
	return h, nil
}

// habitsView is the card of the queue's settings.
type habitsView struct {
	Wrong, WrongDigest string
	Digests            []habitsChoice
	From, To, Limit    Field
}

// habitsChoice is a way to hear of the queue.
type habitsChoice struct {
	Value, Word, Hint string
	Chosen            bool
}

func (s *Server) habitsShow(c *fiber.Ctx) error {
	h, err := autoemail.HabitsOf(c.UserContext(), s.Store.Read, me(c).ID)
	if err != nil {
		return err
	}
	return s.habitsCard(c, http.StatusOK, habitsFormOf(h), trouble{})
}

func (s *Server) habitsCard(c *fiber.Ctx, status int, f habitsForm, t trouble) error {
	is := fields{t.fields}
	v := habitsView{
		Wrong: t.say, WrongDigest: t.fields["digest"],
		Digests: []habitsChoice{
			{Value: autoemail.DigestCome, Word: "As they come", Hint: "Gathered for ten minutes, then in one e-mail."},
			{Value: autoemail.DigestHourly, Word: "Hourly", Hint: "At most one e-mail an hour."},
			{Value: autoemail.DigestMorning, Word: "In the morning", Hint: "At 8:00, what came since."},
			{Value: autoemail.DigestOff, Word: "Never", Hint: "The number beside Concierge tells, too."},
		},
		From: is.of("quiet_from", "Quiet from", f.quietFrom), To: is.of("quiet_to", "Quiet until", f.quietTo), Limit: is.of("limit_hours", "Hours a client may wait", f.limit),
	}
	for i := range v.Digests {
		v.Digests[i].Chosen = v.Digests[i].Value == f.digest
	}
	v.From.Type, v.To.Type, v.Limit.Type = "time", "time", "number"
	v.To.Hint = "What comes in quiet hours is told as they end. Leave both empty for none."
	v.Limit.Hint = "Clients who wait longer are marked in the queue."
	v.Limit.Required = true
	return s.settings(c, status, "/settings/concierge", "Concierge settings", "settings/_concierge", v)
}

func (s *Server) habitsUpdate(c *fiber.Ctx) error {
	f := parseHabits(c)
	h, err := f.habits()
	if err == nil {
		h.AgentID = me(c).ID
		err = autoemail.SaveHabits(c.UserContext(), s.Store.Write, h)
	}
	if status, t := troubleOf(err); status != 0 {
		return s.habitsCard(c, status, f, t)
	}
	if err != nil {
		return err
	}
	s.AutoEmails.Kick() // something may be due under the new habits
	return s.saved(c, "/settings/concierge", "Saved.", func() error { return s.habitsCard(c, http.StatusOK, habitsFormOf(h), trouble{}) })
}
