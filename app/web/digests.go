package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/listings"
)

// The page behind a digest of the queue. Nobody signs in here: the token in the address is the proof, for that one batch
// of homes and seven days. It names clients only as far as one must know whom a home is for, and leads nowhere else.

func (s *Server) digestRoutes() []route {
	return []route{
		{"GET", "/d/:token", anyone, s.digestPage(s.digestShow)},
		{"POST", "/d/:token", anyone, s.digestPage(s.digestDecide)},
		{"POST", "/d/:token/all", anyone, s.digestPage(s.digestApproveAll)},
		{"POST", "/d/:token/undo", anyone, s.digestPage(s.digestUndo)},
		{"GET", "/settings/concierge", agent, s.habitsShow},
		{"POST", "/settings/concierge", agent, s.habitsUpdate},
	}
}

// digestPage keeps an address with a token in it to whom it was mailed: no referrer, no index, no cache. What can't be
// read, or is over, gets one page that says so.
func (s *Server) digestPage(do func(*fiber.Ctx, autoemail.Digest) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("Referrer-Policy", "no-referrer")
		c.Set("X-Robots-Tag", "noindex, nofollow")
		d, err := autoemail.OpenDigest(c.UserContext(), s.Store.Read, c.Params("token"), s.Clock())
		switch f := fault.As(err); {
		case f != nil && f.Kind == fault.NotFound:
			return s.digestOver(c, http.StatusNotFound, "This link is not complete", f.Say)
		case f != nil && f.Kind == fault.Gone:
			return s.digestOver(c, http.StatusGone, "This link has ended", f.Say)
		case err != nil:
			return err
		}
		return do(c, d)
	}
}

// digestOver says that there is nothing to decide here.
func (s *Server) digestOver(c *fiber.Ctx, status int, heading, say string) error {
	if partial(c) {
		retarget(c)
		return s.fragment(c, status, "errors/_alert", Problem{Code: status, Heading: heading, Say: say})
	}
	return s.digestLayout(c, page{Title: heading, View: "digests/over", Data: digestEnd{heading, say}, Status: status})
}

type digestEnd struct{ Heading, Say string }

// digestLayout answers in the layout of this page. It neither reads nor sets a cookie.
func (s *Server) digestLayout(c *fiber.Ctx, p page) error {
	var err error
	if p.Brokerage, err = s.brokerage(c); err != nil {
		return err
	}
	if p.Status != 0 {
		c.Status(p.Status)
	}
	private(c)
	return s.write(c, "digests/layout", p)
}

// digestView is a batch of the queue.
type digestView struct {
	digestAround
	Told   string // when the e-mail left
	Until  string // the last day
	Groups []digestGroup
	Legal  []legal
	Say    string // what Approve all has done
}

// digestAround is what follows each decision.
type digestAround struct {
	Path    string
	Heading string
	Lost    string // homes of the e-mail that are no longer in the queue
	All     bool   // several may be approved in one go
}

// digestGroup is what is of the batch for one client.
type digestGroup struct {
	ID             clients.ID
	Name, Initials string // first name and the last one's initial: the link may have been forwarded
	Waits          string
	Late           bool
	Shut           string
	Rows           []digestCard
}

// digestCard is one home of a batch.
type digestCard struct {
	queueRow
	Path  string
	Fresh bool // decided within the time for Undo
}

// Brief says whether the decision can still be taken back here.
func (r digestCard) Brief() bool { return r.Undo && r.Fresh }

func (s *Server) digestShow(c *fiber.Ctx, d autoemail.Digest) error {
	return s.digestAnswer(c, d, nil, "", http.StatusOK)
}

func (s *Server) digestAnswer(c *fiber.Ctx, d autoemail.Digest, said map[int64]queueSaid, say string, status int) error {
	v, err := s.digestView(c, d, said)
	if err != nil {
		return err
	}
	v.Say = say
	return s.digestLayout(c, page{Title: v.Heading, View: "digests/show", Data: v, Status: status})
}

func (s *Server) digestView(c *fiber.Ctx, d autoemail.Digest, said map[int64]queueSaid) (digestView, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return digestView{}, err
	}
	now, loc := s.Clock(), house.Location()
	v := digestView{Told: uncapital(when(d.CreatedAt, now, loc)), Until: day(d.ExpiresAt, loc)}
	groups, err := autoemail.Batch(c.UserContext(), s.Store.Read, s.Ledger, d, now)
	if err != nil {
		return v, err
	}
	if v.Groups, err = s.digestGroups(c, d, groups, said); err != nil {
		return v, err
	}
	for _, g := range v.Groups {
		for _, r := range g.Rows {
			if r.Legal != (legal{}) && !slices.Contains(v.Legal, r.Legal) {
				v.Legal = append(v.Legal, r.Legal)
			}
		}
	}
	v.digestAround = digestAroundOf(c, d, groups)
	return v, nil
}

func digestPath(c *fiber.Ctx) string { return "/d/" + url.PathEscape(c.Params("token")) }

// digestAroundOf sums a batch up.
func digestAroundOf(c *fiber.Ctx, d autoemail.Digest, groups []autoemail.Group) digestAround {
	waiting, there := 0, 0
	for _, g := range groups {
		for _, item := range g.Items {
			switch item.State {
			case autoemail.Dropped, autoemail.Waiting:
				continue
			case autoemail.Unsent:
				waiting++
			}
			there++
		}
	}
	around := digestAround{Path: digestPath(c), Heading: homesCount(waiting) + " to look at", All: waiting > 1}
	switch {
	case waiting == 0 && there > 0:
		around.Heading = "All decided"
	case waiting == 0:
		around.Heading = "Nothing waits here any more"
	}
	if lost := len(d.Matches) - there; lost > 0 {
		around.Lost = homesCount(lost) + " of this e-mail " + isAre(lost) + " no longer in the queue: the auto e-mail or the client was deleted, or the home is no longer what was asked for."
	}
	return around
}

// digestGroups makes cards, reading everything about their homes at once.
func (s *Server) digestGroups(c *fiber.Ctx, d autoemail.Digest, groups []autoemail.Group, said map[int64]queueSaid) ([]digestGroup, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return nil, err
	}
	now, loc := s.Clock(), house.Location()
	var ids []listings.ID
	for _, g := range groups {
		for _, item := range g.Items {
			ids = append(ids, item.ListingID)
		}
	}
	homes, err := letters.Homes(c.UserContext(), s.Store.Read, ids, loc, now)
	if err != nil {
		return nil, err
	}
	var all []digestGroup
	n := 0
	for _, g := range groups {
		one, err := clients.Find(c.UserContext(), s.Store.Read, d.Agent, g.Client)
		if err != nil {
			return nil, err
		}
		name := shortName(one)
		cards := digestGroup{ID: g.Client, Name: name, Initials: initials(name), Shut: g.Shut}
		for _, item := range g.Items {
			card := digestCard{queueRow: newQueueRow(queueQuery{}, item, homes[n], queueWho{Name: name, Shut: g.Shut}, now, loc), Path: digestPath(c)}
			card.Picture = picture(homes[n].Cover, sizesQueue, "Photo of "+card.Address, n < 2)
			if strings.HasSuffix(name, ".") {
				card.Done = strings.ReplaceAll(card.Done, name+".", name) // a sentence that ends in the initial has one dot
			}
			card.says(said[item.ID])
			card.Fresh = now.Sub(item.DecidedAt) < autoemail.UndoFor
			if n++; card.Open {
				cards.Waits, cards.Late = lasting(now.Sub(g.Oldest)), g.Late
			}
			cards.Rows = append(cards.Rows, card)
		}
		all = append(all, cards)
	}
	return all, nil
}

// shortName is a client's first name with the initial of the last one.
func shortName(c clients.Client) string {
	first, last := strings.TrimSpace(c.FirstName), []rune(strings.TrimSpace(c.LastName))
	switch {
	case len(last) == 0:
		return first
	case first == "":
		return string(last[:1]) + "."
	}
	return first + " " + string(last[:1]) + "."
}
