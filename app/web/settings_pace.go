package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
)

// paceForm is what a broker types about how many letters may leave.
type paceForm struct {
	perMinute, perDay string
	version           int64
}

func paceFormOf(p agents.Pace) paceForm {
	return paceForm{limitText(p.PerMinute), limitText(p.PerDay), p.Version}
}

func (f paceForm) pace() agents.Pace {
	return agents.Pace{PerMinute: readLimit(f.perMinute), PerDay: readLimit(f.perDay), Version: f.version}
}

// limitText and readLimit are a limit in its field, where nothing is no limit; what is no number is none that can be saved.
func limitText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func readLimit(typed string) int {
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(typed, ",", ""))
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// paceView is the card of the pace.
type paceView struct {
	Wrong             string
	PerMinute, PerDay Field
	Version           int64
}

func (s *Server) paceShow(c *fiber.Ctx) error {
	pace, err := agents.LoadPace(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return s.paceCard(c, http.StatusOK, paceFormOf(pace), trouble{})
}

func (s *Server) paceCard(c *fiber.Ctx, status int, f paceForm, t trouble) error {
	is := fields{t.fields}
	v := paceView{
		Wrong: t.say, Version: f.version,
		PerMinute: is.of("per_minute", "Letters a minute at most", f.perMinute), PerDay: is.of("per_day", "Letters a day at most", f.perDay),
	}
	for _, field := range []*Field{&v.PerMinute, &v.PerDay} {
		field.Autocomplete, field.Hint = "off", "Empty: no limit."
	}
	return s.settings(c, status, "/settings/pace", "Pace", "settings/_pace", v)
}

func (s *Server) paceUpdate(c *fiber.Ctx) error {
	f := paceForm{perMinute: strings.TrimSpace(c.FormValue("per_minute")), perDay: strings.TrimSpace(c.FormValue("per_day"))}
	f.version, _ = strconv.ParseInt(c.FormValue("version"), 10, 64) // a wrong one is a conflict
	saved, err := agents.SavePace(c.UserContext(), s.Store.Write, me(c), f.pace())
	if status, t := troubleOf(err); status != 0 {
		if status == http.StatusConflict {
			now, err := agents.LoadPace(c.UserContext(), s.Store.Read)
			if err != nil {
				return err
			}
			had := paceFormOf(now)
			f.version, t = had.version, trouble{overtaken, map[string]string{}}
			meanwhile(t.fields, "per_minute", f.perMinute, had.perMinute)
			meanwhile(t.fields, "per_day", f.perDay, had.perDay)
		}
		return s.paceCard(c, status, f, t)
	}
	if err != nil {
		return err
	}
	s.Courier.Kick()
	return s.saved(c, "/settings/pace", "The pace is saved.", func() error { return s.paceCard(c, http.StatusOK, paceFormOf(saved), trouble{}) })
}
