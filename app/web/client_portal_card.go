package web

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// How much of a portal a client's page shows; the portal itself has all of it.
const (
	actsShown     = 8
	messagesShown = 12
)

// clientPortal is what a client's page knows of their portal.
type clientPortal struct {
	Path, Move, Household string
	Devices, Last         string
	Shares                []string // names of the others of the household
	Invited, Until        string   // who is asked into it, and how long that stands; empty: nobody
	Acts                  []actLine
	Findings              []findingLine
	Own                   []ownSearchLine
	Talk                  []talkLine
	Unread                int
	Key                   string // of the next answer
	Newest                int64  // message that is shown
	Typed, Wrong          string // an answer that was refused
}

// actLine is one thing somebody did in their portal.
type actLine struct {
	Who, WhoPath string // empty on the client's own page, but for the second person of a household
	Icon, Say    string // "Favorite", "Looked 3 times at"
	Home, Path   string
	Body, When   string
}

// findingLine is a fact with the way to take it on.
type findingLine struct {
	Say           string
	Search        string // the auto email's name; empty: there is none that it would change
	ID            int64
	Field, Value  string
	Action, Takes string // the words of the button
}

// ownSearchLine is a search the client keeps, and what makes an auto email of it.
type ownSearchLine struct{ Name, Words, URL, Takes string }

// talkLine is a message or a note, from either side.
type talkLine struct {
	Mine       bool
	Who, When  string
	Body       string
	Home, Path string // of a note
	New        bool
	Read       string // of the agent's own: whether somebody has
}

// actWords tell what somebody did.
var actWords = map[string]struct{ icon, say string }{
	"visit": {"inbox", "Was in the portal"}, "look": {"eye", "Looked at"}, "favorite": {"heart", "Favorite:"},
	"possibility": {"bookmark", "Possibility:"}, "discard": {"x", "Discarded"}, "note": {"message-square", "Note on"},
	"message": {"message-square", "Wrote"}, "search": {"search", "Keeps a search of their own:"},
}

// actLines prints acts; names says whether each is of another client.
func (s *Server) actLines(ctx context.Context, acts []portal.Act, named bool, client clients.ID, now time.Time, loc *time.Location) ([]actLine, error) {
	var ids []listings.ID
	for _, a := range acts {
		ids = append(ids, a.Listing)
	}
	homes, err := s.homeNames(ctx, ids, now, loc)
	if err != nil {
		return nil, err
	}
	lines := make([]actLine, len(acts))
	for i, a := range acts {
		words := actWords[a.What]
		line := actLine{Icon: words.icon, Say: words.say, Body: visible(cutWords(a.Body, 140)), When: when(a.At, now, loc)}
		if a.What == "look" && a.N > 1 {
			line.Say = "Looked " + times(a.N) + " at"
		}
		if a.Listing != 0 {
			line.Home, line.Path = homes[a.Listing], clientURL(a.Client)+"/portal/homes/"+idText(a.Listing)
		}
		if named || a.Member != client {
			line.Who, line.WhoPath = a.Name, clientURL(a.Member)
		}
		lines[i] = line
	}
	return lines, nil
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return thousands(int64(n)) + " times"
}

// cutWords is a text of at most so many characters.
func cutWords(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// homeNames are the addresses of homes as an agent may read them.
func (s *Server) homeNames(ctx context.Context, ids []listings.ID, now time.Time, loc *time.Location) (map[listings.ID]string, error) {
	var asked []listings.ID
	names := map[listings.ID]string{}
	for _, id := range ids {
		if _, known := names[id]; !known && id != 0 {
			names[id] = "a home that is gone"
			asked = append(asked, id)
		}
	}
	homes, err := letters.Homes(ctx, s.Store.Read, asked, loc, now)
	for _, h := range homes {
		if h.Card.Address != "" {
			names[h.ID] = h.Card.Address
		}
	}
	return names, err
}

// clientPortalOf reads it.
func (s *Server) clientPortalOf(ctx context.Context, a agents.Agent, one clients.Client, autos []autoemail.Overview, now time.Time, loc *time.Location) (clientPortal, error) {
	v := clientPortal{Path: clientURL(one.ID) + "/portal", Move: clientURL(one.ID) + "/move", Household: clientURL(one.ID) + "/household", Key: newKey()}
	shared, err := portal.Together(ctx, s.Store.Read, one.ID)
	if err != nil {
		return v, err
	}
	names, whose := map[clients.ID]string{one.ID: forename(one)}, shared[0]
	if len(shared) > 1 {
		people, err := clients.FindMany(ctx, s.Store.Read, a.ID, shared)
		if err != nil {
			return v, err
		}
		for _, other := range people {
			if names[other.ID] = forename(other); other.ID != one.ID {
				v.Shares = append(v.Shares, other.Name())
			}
		}
	}
	if len(shared) == 1 {
		invited, found, err := portal.InvitationOf(ctx, s.Store.Read, one.ID)
		if err != nil {
			return v, err
		}
		if found && invited.Open(now) {
			v.Invited, v.Until = invited.Name(), day(invited.ExpiresAt, loc)
		}
	}
	devices, err := portal.Devices(ctx, s.Store.Read, one, now)
	if err != nil {
		return v, err
	}
	if len(devices) > 0 {
		v.Devices, v.Last = count(len(devices), "device", "devices"), when(devices[0].SeenAt, now, loc)
	}
	acts, err := portal.Activity(ctx, s.Store.Read, a.ID, whose, actsShown)
	if err != nil {
		return v, err
	}
	if v.Acts, err = s.actLines(ctx, acts, false, one.ID, now, loc); err != nil {
		return v, err
	}
	if v.Findings, err = s.findingLines(ctx, one, whose, autos, now); err != nil {
		return v, err
	}
	if v.Own, err = s.ownSearchLines(ctx, one, whose, autos); err != nil {
		return v, err
	}
	messages, _, err := portal.Kept(ctx, s.Store.Read, whose)
	if err != nil || messages == 0 {
		return v, err
	}
	talk, err := portal.Talk(ctx, s.Store.Read, whose, -1, messagesShown)
	if err != nil {
		return v, err
	}
	var ids []listings.ID
	for _, m := range talk {
		ids = append(ids, m.ListingID)
	}
	homes, err := s.homeNames(ctx, ids, now, loc)
	if err != nil {
		return v, err
	}
	for _, m := range talk {
		line := talkLine{Mine: m.Author == portal.FromAgent, Who: cmp.Or(names[m.MemberID], "Somebody"), When: when(m.At, now, loc), Body: m.Body}
		if line.Mine {
			if line.Who, line.Read = "You", "not read yet"; !m.SeenAt.IsZero() {
				line.Read = "read"
			}
			if m.AgentID != a.ID {
				line.Who = "The agent before you"
			}
		}
		if m.ListingID != 0 {
			line.Home, line.Path = homes[m.ListingID], v.Path+"/homes/"+idText(m.ListingID)
		}
		if line.New = !line.Mine && m.SeenAt.IsZero(); line.New {
			v.Unread++
		}
		v.Talk, v.Newest = append(v.Talk, line), m.ID
	}
	return v, nil
}

// autosCriteria are the criteria of the auto emails that may be changed.
func autosCriteria(autos []autoemail.Overview) (map[int64]listings.Criteria, map[int64]string) {
	criteria, names := map[int64]listings.Criteria{}, map[int64]string{}
	for _, a := range autos {
		criteria[int64(a.ID)], names[int64(a.ID)] = a.Criteria, a.Name
	}
	return criteria, names
}

func (s *Server) findingLines(ctx context.Context, one clients.Client, whose clients.ID, autos []autoemail.Overview, now time.Time) ([]findingLine, error) {
	criteria, names := autosCriteria(autos)
	found, err := portal.Findings(ctx, s.Store.Read, whose, criteria, now)
	var lines []findingLine
	for _, f := range found {
		line := findingLine{Say: f.Say, Search: names[f.Search], ID: f.Search, Field: f.Field, Value: f.Value, Action: clientURL(one.ID) + "/findings"}
		line.Takes = "Take into “" + line.Search + "”"
		lines = append(lines, line)
	}
	return lines, err
}

// ownSearchLines are the searches a client keeps. One that an auto email asks for word by word has nothing to be taken.
func (s *Server) ownSearchLines(ctx context.Context, one clients.Client, whose clients.ID, autos []autoemail.Overview) ([]ownSearchLine, error) {
	kept, err := portal.OwnSearches(ctx, s.Store.Read, whose)
	if err != nil {
		return nil, err
	}
	runs := map[string]bool{}
	for _, a := range autos {
		runs[a.Criteria.Values().Encode()] = true
	}
	var lines []ownSearchLine
	for _, k := range kept {
		values := k.Criteria.Values()
		line := ownSearchLine{Name: k.Name, URL: clientURL(one.ID) + "/portal/searches/" + strconv.FormatInt(k.ID, 10)}
		if k.Criteria.Words() != k.Name {
			line.Words = k.Criteria.Words()
		}
		if !runs[values.Encode()] {
			values.Set("client", idText(one.ID))
			line.Takes = "/searches/new?" + values.Encode()
		}
		lines = append(lines, line)
	}
	return lines, nil
}
