package web

import (
	"cmp"
	"context"
	"html/template"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
)

// autosShown is how many auto emails the client page lists, autosRead how many it knows of; their own list has them all.
const (
	autosShown = 6
	autosRead  = 200
)

// autoLine is one auto email in the client's list.
type autoLine struct {
	ID            autoemail.ID
	URL, Name     string
	Schedule      string
	Pill          template.HTML
	More          string // what there is to add to the pill
	Waits, Unsent int
	Sent          string
	Last, Next    string // empty: nothing to tell
	Queue         string // where Unsent waits for the agent
	Act, Word     string // pause or resume
	Icon          string
}

// clientAutos is what a client's page knows of their auto emails.
type clientAutos struct {
	Lines []autoLine
	All   int
	Path  string // their list
	New   string // a new one's form
	Slow  bool   // one was slowed down, or paused, for want of a sign
}

// autosOf reads a client's auto emails, those that run first.
func (s *Server) autosOf(ctx context.Context, one clients.Client, loc *time.Location, now time.Time) ([]autoemail.Overview, error) {
	all, _, _, err := autoemail.List(ctx, s.Store.Read, autoemail.Filter{Agent: one.AgentID, Client: one.ID, Limit: autosRead}, loc, now)
	slices.SortStableFunc(all, func(a, b autoemail.Overview) int {
		return cmp.Compare(a.State, b.State) // active, paused
	})
	return all, err
}

// newClientAutos prints them; held says that nothing can leave to the client now.
func newClientAutos(one clients.Client, all []autoemail.Overview, held bool, now time.Time, loc *time.Location) clientAutos {
	v := clientAutos{All: len(all), Path: "/searches?client=" + idText(one.ID), New: "/searches/new?client=" + idText(one.ID)}
	for i, a := range all {
		state := searchStateOf(a.Search, forename(one), now, loc)
		v.Slow = v.Slow || state.Slow
		if i >= autosShown {
			continue
		}
		line := autoLine{
			ID: a.ID, URL: searchURL(a.ID), Name: a.Name, Schedule: scheduleWords(a.Search), Pill: state.Pill, More: state.More,
			Waits: a.Waiting, Unsent: a.Unsent, Sent: thousands(int64(a.Sent)), Queue: conciergeURL(one.ID), Act: "resume", Word: "Resume", Icon: "play",
		}
		if a.Slowed != nil && !a.Concierge {
			line.Schedule = a.Slowed.Words()
		}
		if state.Runs {
			line.Act, line.Word, line.Icon = "pause", "Pause", "pause"
			if line.Next = lowerFirst(nextWords(a.Next, true, a.Concierge, now, loc)); held {
				line.Next = "when mail flows again"
			}
		}
		if !a.LastSentAt.IsZero() {
			line.Last = when(a.LastSentAt, now, loc)
		}
		v.Lines = append(v.Lines, line)
	}
	return v
}

// searchActed answers after an act on an auto email where it was asked for: on its client's page, or on its own.
func (s *Server) searchActed(c *fiber.Ctx, one autoemail.Search, say string) error {
	if c.FormValue("as") == "client" {
		return s.clientSaved(c, one.ClientID, say)
	}
	return s.redirect(c, searchURL(one.ID), say)
}

// clientHeard is the agent's word that the client gave a sign: what was slowed down runs at its own pace again.
func (s *Server) clientHeard(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	err = s.searchAct(c, func(ctx context.Context, db bun.Tx) error {
		return autoemail.Sign(ctx, db, me(c).ID, one.ID, s.Clock())
	})
	if err != nil {
		return err
	}
	return s.clientSaved(c, one.ID, "Good. "+forename(one)+"’s auto e-mails run at their own pace again.")
}
