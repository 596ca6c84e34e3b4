package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// movePage asks whether a client shall get another agent, and which.
type movePage struct {
	ID          clients.ID
	Name, First string
	Says        []string
	Together    []string // names of those who move, too
	Agents      []agentChoice
	Wrong       string
	Alone       bool // there is nobody to move to
}

// moveHeading and moveSays are what stands on the page, and so in the ledger.
const moveHeading = "Move to another agent?"

func moveSays(looks agents.Looks) []string {
	ask := "A letter from the new agent introduces them, if mail may go to the client now."
	if looks.AsksAgain {
		ask = "A letter introduces the new agent and asks whether they may write. Until the client says yes, nothing else goes to them."
	}
	return []string{
		"The other agent gets the record with its notes, the portal with every letter, reaction and message in it, the auto e-mails with what waits in their queues, and the consent ledger.",
		ask,
		"You can’t open the record any more. Letters you wrote stay in your outbox.",
	}
}

func (s *Server) moveAsk(c *fiber.Ctx) error { return s.moveForm(c, "", 0, http.StatusOK) }

func (s *Server) moveForm(c *fiber.Ctx, wrong string, chosen agents.ID, status int) error {
	ctx := c.UserContext()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	looks, err := agents.LoadLooks(ctx, s.Store.Read)
	if err != nil {
		return err
	}
	v := movePage{ID: one.ID, Name: one.Name(), First: forename(one), Says: moveSays(looks), Wrong: wrong}
	shared, err := portal.Together(ctx, s.Store.Read, one.ID)
	if err != nil {
		return err
	}
	others, err := clients.FindMany(ctx, s.Store.Read, me(c).ID, shared)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID != one.ID {
			v.Together = append(v.Together, other.Name())
		}
	}
	everybody, err := agents.List(ctx, s.Store.Read)
	if err != nil {
		return err
	}
	for _, a := range everybody {
		if a.ID != me(c).ID {
			v.Agents = append(v.Agents, agentChoice{a.ID, a.Name, a.ID == chosen})
		}
	}
	v.Alone = len(v.Agents) == 0
	return s.page(c, page{Title: "Move " + one.Name(), Section: "clients", View: "clients/move", Data: v, Status: status})
}

// moving is one client on the way to another agent, with what their letter needs. Rendering is slow, so it is done before.
type moving struct {
	client     clients.Client
	permit     consent.Permit // of the agent until now; not granted: no letter
	introduces outbox.Text
	asks       outbox.Text
}

// moveCreate gives a client, and who shares their portal, to another agent.
func (s *Server) moveCreate(c *fiber.Ctx) error {
	ctx, now, from := c.UserContext(), s.Clock(), me(c)
	one, err := clients.Find(ctx, s.Store.Read, from.ID, clientID(c))
	if err != nil {
		return err
	}
	id, _ := strconv.ParseInt(c.FormValue("agent"), 10, 64) // 0 is nobody
	to, err := agents.Find(ctx, s.Store.Read, agents.ID(id))
	if fault.Of(err) == fault.NotFound && err != nil || err == nil && to.ID == from.ID {
		return s.moveForm(c, "Choose one of the other agents.", 0, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	looks, err := agents.LoadLooks(ctx, s.Store.Read)
	if err != nil {
		return err
	}
	shared, err := portal.Together(ctx, s.Store.Read, one.ID)
	if err != nil {
		return err
	}
	var all []moving
	for _, id := range shared {
		m, err := s.readyToMove(c, id, from, to)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	by := s.byAgent(c, moveHeading+" "+strings.Join(moveSays(looks), " ")+" [Move]", "From "+from.Name+" to "+to.Name+".")
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := portal.Hold(ctx, db, shared...); err != nil { // nobody joins or leaves meanwhile
			return err
		}
		still, err := portal.Together(ctx, db, one.ID)
		if err != nil {
			return err
		}
		if !slices.Equal(still, shared) {
			return fault.New(fault.Conflict, "Somebody joined or left the household meanwhile. Look once more.")
		}
		for _, m := range all {
			if err := s.moveOne(ctx, db, m, from, to, looks.AsksAgain, by); err != nil {
				return err
			}
		}
		return agents.Tell(ctx, db, agents.Notice{
			AgentID: to.ID, Kind: agents.NoticeClient, ClientID: int64(one.ID), Mails: true, Title: from.Name + " moved " + one.Name() + " to you",
			Body: "You have the record, the portal with its messages, the auto e-mails and the consent ledger.", Action: "See " + forename(one), Path: clientURL(one.ID),
		}, now)
	})
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		return s.moveForm(c, f.Say, to.ID, http.StatusConflict)
	}
	if err != nil {
		return err
	}
	s.Courier.Kick()
	s.AutoEmails.Kick()
	return s.redirect(c, "/clients", one.Name()+" is with "+to.Name+" now.")
}

// readyToMove renders what would be written to one client.
func (s *Server) readyToMove(c *fiber.Ctx, id clients.ID, from, to agents.Agent) (moving, error) {
	ctx := c.UserContext()
	one, err := clients.Find(ctx, s.Store.Read, from.ID, id)
	if err != nil {
		return moving{}, err
	}
	m := moving{client: one}
	if m.permit, err = s.Ledger.Check(ctx, s.Store.Read, from.ID, id, s.Clock()); fault.Of(err) == fault.Denied && err != nil {
		return m, nil // nothing may be written, so nothing is
	} else if err != nil {
		return m, err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return m, err
	}
	if house.PostalAddress == "" { // no letter leaves without it
		m.permit = consent.Permit{}
		return m, nil
	}
	key := "move-" + idText(id) + "-" + idText(to.ID) + "-" + strconv.FormatInt(one.Version, 10)
	write := func(subject, markdown string) (outbox.Text, error) {
		letter, err := letters.Draft(ctx, s.Store.Read, to, house, s.BaseURL, subject, markdown)
		if err != nil {
			return outbox.Text{}, err
		}
		template, err := s.Renderer.Letter(letter)
		return outbox.Text{Subject: subject, Markdown: markdown, Template: template, IdempotencyKey: key}, err
	}
	hello := "Hello,\n\nI am " + to.Name + " at " + house.Name + ". " + from.Name + " has asked me to look after you from now on. Your homes, searches and notes are where they were.\n\n"
	if m.introduces, err = write("Your new agent at "+house.Name, hello+"Just answer this letter to reach me."); err != nil {
		return m, err
	}
	m.asks, err = s.question(ctx, to, house, strings.TrimSpace(hello))
	return m, err
}

// moveOne moves one client with all that is theirs, and writes to them.
func (s *Server) moveOne(ctx context.Context, db bun.Tx, m moving, from, to agents.Agent, again bool, by consent.By) error {
	now := s.Clock()
	_, after, err := clients.Move(ctx, db, from.ID, to.ID, m.client.ID, now)
	if err != nil {
		return err
	}
	follows, err := s.Ledger.Move(ctx, db, after, again, by, now)
	if err != nil {
		return err
	}
	if err := autoemail.Move(ctx, db, after.ID, from.ID, to.ID, now); err != nil {
		return err
	}
	if err := portal.Move(ctx, db, after.ID, to.ID); err != nil {
		return err
	}
	if err := agents.Forget(ctx, db, from.ID, int64(after.ID)); err != nil {
		return err
	}
	if !m.permit.Granted() {
		return nil
	}
	if follows == consent.AskedAgain {
		_, err = outbox.PostQuestion(ctx, db, s.Ledger, to.ID, []consent.Permit{m.permit}, m.asks, now)
		return err
	}
	if follows != consent.StaysOpen {
		return nil
	}
	permit, err := s.Ledger.Check(ctx, db, to.ID, after.ID, now)
	if fault.Of(err) == fault.Denied && err != nil {
		return nil // a gate closed since the letter was written
	}
	if err != nil {
		return err
	}
	_, err = outbox.Post(ctx, db, s.Ledger, to, []consent.Permit{permit}, m.introduces, now)
	return err
}
