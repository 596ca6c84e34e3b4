package web

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
)

func (s *Server) feedRoutes() []route {
	return []route{
		{"GET", "/settings/feeds", broker, s.feedIndex},
		{"POST", "/settings/feeds", broker, s.feedCreate},
		{"GET", "/settings/feeds/new", broker, s.feedNew},
		{"POST", "/settings/feeds/tries", broker, s.feedTryCreate},
		{"GET", "/settings/feeds/held", broker, s.heldIndex},
		{"POST", "/settings/feeds/held/:id<int>", broker, s.heldUpdate},
		{"GET", "/settings/feeds/:id<int>", broker, s.feedShow},
		{"POST", "/settings/feeds/:id<int>", broker, s.feedUpdate},
		{"GET", "/settings/feeds/:id<int>/state", broker, s.feedStateShow},
		{"POST", "/settings/feeds/:id<int>/runs", broker, s.feedRunCreate},
		{"POST", "/settings/feeds/:id<int>/stops", broker, s.feedStopCreate},
		{"POST", "/settings/feeds/:id<int>/pauses", broker, s.feedPauseCreate},
	}
}

// feedsView lists the feeds.
type feedsView struct {
	Feeds   []feedState
	Held    int
	Presets []presetChoice
}

// feedState is how a feed is: a fragment that asks for itself again while the feed is being read.
type feedState struct {
	ID         listings.FeedID
	Path       string
	Name       string
	Pill       template.HTML
	Running    bool
	Watch      bool // it asks for itself again
	Paused     bool
	Say        string // what went wrong or waits, a sentence
	SayClass   string // of the notice: stop, lamp, info
	Waiting    string // homes that a walk would take away if somebody says so; empty: none
	Last, Next string
	Data       string // when the feed was last read to its end
	Kind       string
	Figures    []figure
	Alone      bool // on the feed's own page, which has its name above
}

// feedID is the feed a path names.
func feedID(c *fiber.Ctx) listings.FeedID {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64) // the route takes digits only; 0 is no feed
	return listings.FeedID(id)
}

func feedURL(id listings.FeedID) string { return "/settings/feeds/" + strconv.FormatInt(int64(id), 10) }

func (s *Server) feedIndex(c *fiber.Ctx) error {
	ctx := c.UserContext()
	feeds, err := feed.All(ctx, s.Store.Read)
	if err != nil {
		return err
	}
	v := feedsView{Presets: presetChoices("")}
	for _, f := range feeds {
		runs, err := feed.Runs(ctx, s.Store.Read, f.ID, 1)
		if err != nil {
			return err
		}
		state, err := s.feedState(c, f, runs)
		if err != nil {
			return err
		}
		v.Feeds = append(v.Feeds, state)
	}
	if _, v.Held, err = listings.Holds(ctx, s.Store.Read, 1); err != nil {
		return err
	}
	return s.settings(c, http.StatusOK, "/settings/feeds", "Feeds", "feeds/index", v)
}

// feedState says how a feed is, from its runs, newest first.
func (s *Server) feedState(c *fiber.Ctx, f feed.Settings, runs []feed.Run) (feedState, error) {
	b, err := s.brokerage(c)
	if err != nil {
		return feedState{}, err
	}
	now, loc := s.Clock(), b.Location()
	v := feedState{ID: f.ID, Path: feedURL(f.ID), Name: f.Name, Paused: f.Paused, Data: when(f.LastDataAt, now, loc), Pill: pill("", "hourglass", "Not read yet"), Next: "in a moment"}
	if len(runs) > 0 {
		run := runs[0]
		v.Running = run.Running()
		v.Watch = v.Running || now.Sub(run.EndedAt) < runsMayFollow
		v.Kind, v.Say, v.Figures = runKinds[run.Kind], run.Say, runFigures(run)
		v.Last = when(run.StartedAt, now, loc)
		v.Pill = runPills[run.State]
		v.SayClass = map[bool]string{true: "stop", false: "info"}[run.State == "failed"]
		if next := run.StartedAt.Add(time.Duration(f.EveryMinutes) * time.Minute); next.After(now) {
			v.Next = when(next, now, loc)
		}
		wait, waits, err := feed.Waiting(c.UserContext(), s.Store.Read, f.ID)
		if err != nil {
			return v, err
		}
		if waits && !v.Running {
			v.Waiting, v.Say, v.SayClass, v.Pill = homesCount(wait.Waiting), wait.Say, "lamp", pill("lamp", "triangle-alert", "Waits for you")
		}
	}
	if f.Paused {
		v.Next = ""
		if !v.Running {
			v.Pill = pill("", "pause", "Paused")
		}
	}
	return v, nil
}

// runsMayFollow is how soon after a run of changes a walk of keys may begin, so that nobody watches in vain.
const runsMayFollow = 3 * time.Second

// runKinds are what a run was for, in words.
var runKinds = map[string]string{"first": "First load", "changes": "Changes", "keys": "All keys", "file": "File"}

// runPills are the states of a run.
var runPills = map[string]template.HTML{
	"running": pill("busy", "download", "Reading"), "done": pill("done", "check", "Up to date"), "failed": pill("stop", "circle-x", "Failed"), "stopped": pill("", "pause", "Stopped"),
}

// runsShown is how many runs a feed's page lists.
const runsShown = 20

func runFigures(run feed.Run) []figure {
	return []figure{{grouped(run.Seen), "read"}, {grouped(run.Added), "new"}, {grouped(run.Changed), "changed"}, {grouped(run.Gone), "gone"}, {grouped(run.Held), "held"}}
}

// runLine is one run of the table.
type runLine struct {
	When, Kind, Took string
	Pill             template.HTML
	Figures          []figure
	Say              string
	Problems         []string
	More             int // problems beyond those
}

// problemsShown is how many problems of a run stand on the page.
const problemsShown = 50

func runLines(runs []feed.Run, now time.Time, loc *time.Location) []runLine {
	all := make([]runLine, len(runs))
	for i, run := range runs {
		line := runLine{When: when(run.StartedAt, now, loc), Kind: runKinds[run.Kind], Pill: runPills[run.State], Figures: runFigures(run), Say: run.Say}
		if run.State == "done" {
			line.Pill = pill("done", "check", "Done")
		}
		if !run.EndedAt.IsZero() {
			line.Took = tookWords(run.EndedAt.Sub(run.StartedAt))
		}
		var problems []feed.Problem
		if json.Unmarshal([]byte(run.Problems), &problems) == nil { // else it has none
			for _, p := range problems[:min(len(problems), problemsShown)] {
				line.Problems = append(line.Problems, problemWords(p))
			}
			line.More = len(problems) - len(line.Problems)
		}
		all[i] = line
	}
	return all
}

// problemWords is a problem on one line: "ACT123, ListPrice: …".
func problemWords(p feed.Problem) string {
	var where []string
	if p.Row > 0 {
		where = append(where, "line "+grouped(p.Row))
	}
	if p.Key != "" {
		where = append(where, p.Key)
	}
	if p.Field != "" {
		where = append(where, p.Field)
	}
	if len(where) == 0 {
		return p.Say
	}
	return strings.Join(where, ", ") + ": " + p.Say
}

// tookWords tells how long something took: "under a second", "12 seconds", "3 minutes", "1 h 20 min".
func tookWords(d time.Duration) string {
	switch {
	case d < time.Second:
		return "under a second"
	case d < 2*time.Minute:
		return count(int(d.Seconds()), "second", "seconds")
	case d < time.Hour:
		return count(int(d.Minutes()), "minute", "minutes")
	}
	return strconv.Itoa(int(d.Hours())) + " h " + strconv.Itoa(int(d.Minutes())%60) + " min"
}

// feedStateShow is the feed's card while somebody watches it.
func (s *Server) feedStateShow(c *fiber.Ctx) error {
	if !partial(c) {
		return s.feedShow(c)
	}
	return s.feedCard(c, feedID(c), currentPath(c) == feedURL(feedID(c)))
}

// feedCard answers with the state of one feed.
func (s *Server) feedCard(c *fiber.Ctx, id listings.FeedID, alone bool) error {
	f, err := feed.Load(c.UserContext(), s.Store.Read, id)
	if err != nil {
		return err
	}
	runs, err := feed.Runs(c.UserContext(), s.Store.Read, id, 1)
	if err != nil {
		return err
	}
	v, err := s.feedState(c, f, runs)
	if err != nil {
		return err
	}
	v.Alone = alone
	return s.fragment(c, http.StatusOK, "feeds/_state", v)
}

// feedDone answers a press of one of a feed's buttons.
func (s *Server) feedDone(c *fiber.Ctx, id listings.FeedID, say string) error {
	if !partial(c) {
		return s.redirect(c, feedURL(id), say)
	}
	toast(c, say)
	return s.feedCard(c, id, currentPath(c) == feedURL(id))
}

// feedRunCreate reads a feed now; sure also lets it take away more homes than its share.
func (s *Server) feedRunCreate(c *fiber.Ctx) error {
	id, sure := feedID(c), c.FormValue("sure") == "yes"
	say := "The feed is being read."
	err := s.Feeds.Start(c.UserContext(), me(c), id, sure)
	if fault.Of(err) == fault.Conflict && partial(c) {
		toast(c, fault.As(err).Say)
		return s.feedCard(c, id, currentPath(c) == feedURL(id))
	}
	if err != nil {
		return err
	}
	return s.feedDone(c, id, say)
}

func (s *Server) feedStopCreate(c *fiber.Ctx) error {
	f, err := feed.Load(c.UserContext(), s.Store.Read, feedID(c))
	if err != nil {
		return err
	}
	s.Feeds.Stop(f.ID)
	return s.feedDone(c, f.ID, "It stops after the page it is reading. Nothing is lost.")
}

func (s *Server) feedPauseCreate(c *fiber.Ctx) error {
	paused := c.FormValue("paused") == "yes"
	if err := feed.Pause(c.UserContext(), s.Store.Write, me(c), feedID(c), paused); err != nil {
		return err
	}
	say := "It is read regularly again."
	if paused {
		say = "It is paused: homes stay as they are until you resume it."
	}
	return s.feedDone(c, feedID(c), say)
}
