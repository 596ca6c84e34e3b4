package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

// digestAct is a decision about one home of a batch, as its form brings it.
type digestAct struct {
	id, version      int64
	decision, reason string
	note             string
	anyway           bool
}

// readDigestAct takes it from the form. Faults: NotFound for what is not of the batch.
func readDigestAct(c *fiber.Ctx, d autoemail.Digest) (digestAct, error) {
	act := digestAct{decision: c.FormValue("decision"), reason: c.FormValue("reason"), note: readNote(c), anyway: c.FormValue("anyway") != ""}
	act.id, _ = strconv.ParseInt(c.FormValue("match"), 10, 64) // what can't be read is no match
	act.version, _ = strconv.ParseInt(c.FormValue("version"), 10, 64)
	if !d.Has(act.id) {
		return act, fault.New(fault.NotFound, "This home is not of this e-mail. Nothing was changed.")
	}
	return act, nil
}

// carryOut does what the form asks, with the note that was typed beside it.
func (s *Server) carryOut(c *fiber.Ctx, d autoemail.Digest, act digestAct) error {
	now := s.Clock()
	return s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		items, err := autoemail.Items(ctx, db, d.Agent, []int64{act.id})
		if err != nil {
			return err
		}
		pick := autoemail.Pick{ID: act.id, Version: act.version, Anyway: act.anyway}
		if item := items[0]; item.State == autoemail.Unsent && item.Version == act.version && item.Note != act.note {
			m, err := autoemail.SetNote(ctx, db, d.Agent, act.id, act.note, now)
			if err != nil {
				return err
			}
			pick.Version = m.Version
		}
		switch act.decision {
		case "approve":
			_, err = autoemail.Approve(ctx, db, d.Agent, []autoemail.Pick{pick}, now)
		case "reject":
			_, err = autoemail.Reject(ctx, db, d.Agent, []autoemail.Pick{pick}, act.reason, now)
		default:
			err = fault.New(fault.Conflict, "Press Approve or Reject.")
		}
		return err
	})
}

func (s *Server) digestDecide(c *fiber.Ctx, d autoemail.Digest) error {
	act, err := readDigestAct(c, d)
	if err == nil {
		err = s.carryOut(c, d, act)
	}
	return s.digestDone(c, d, act, err)
}

// digestDone shows what became of a decision: the card alone for htmx, else the page at the card.
func (s *Server) digestDone(c *fiber.Ctx, d autoemail.Digest, act digestAct, err error) error {
	f := fault.As(err)
	switch {
	case err == nil:
		s.AutoEmails.Kick()
		if !partial(c) {
			return c.Redirect(digestPath(c)+"#match-"+strconv.FormatInt(act.id, 10), http.StatusSeeOther)
		}
		return s.digestChanged(c, d, act.id, nil, http.StatusOK)
	case f == nil:
		return err
	case f.Kind == fault.NotFound:
		return s.digestOver(c, http.StatusNotFound, "No longer in the queue", f.Say)
	}
	said := map[int64]queueSaid{act.id: digestSaid(act, f)}
	if !partial(c) {
		return s.digestAnswer(c, d, said, "", statuses[f.Kind])
	}
	return s.digestChanged(c, d, act.id, said, statuses[f.Kind])
}

// digestSaid is what to say on the card of a home that could not be decided. What was typed stays.
func digestSaid(act digestAct, f *fault.Error) queueSaid {
	said := queueSaid{Note: &act.note}
	switch {
	case f.Fields["note"] != "":
		said.Wrong = f.Fields["note"]
	case f.Fields["reason"] != "":
		said.Told = f.Fields["reason"]
	case f.Kind == fault.Conflict && act.decision == "approve":
		said.Ask = f.Say // where it was decided meanwhile the card is not open and does not ask
		said.Told = f.Say
	default:
		said.Told = f.Say
	}
	return said
}

// digestCardAndAround is what htmx swaps: a card, and what stands around the cards.
type digestCardAndAround struct {
	Card   digestCard
	Around digestAround
}

func (s *Server) digestChanged(c *fiber.Ctx, d autoemail.Digest, match int64, said map[int64]queueSaid, status int) error {
	groups, err := autoemail.Batch(c.UserContext(), s.Store.Read, s.Ledger, d, s.Clock())
	if err != nil {
		return err
	}
	around := digestAroundOf(c, d, groups)
	for i := range groups {
		groups[i].Items = slices.DeleteFunc(groups[i].Items, func(item autoemail.Item) bool { return item.ID != match })
	}
	groups = slices.DeleteFunc(groups, func(g autoemail.Group) bool { return len(g.Items) == 0 })
	cards, err := s.digestGroups(c, d, groups, said)
	if err != nil {
		return err
	}
	if len(cards) == 0 {
		return s.digestOver(c, http.StatusNotFound, "No longer in the queue", "This home is not in the queue any more.")
	}
	return s.fragment(c, status, "digests/_changed", digestCardAndAround{cards[0].Rows[0], around})
}

func (s *Server) digestUndo(c *fiber.Ctx, d autoemail.Digest) error {
	act, err := readDigestAct(c, d)
	if err == nil {
		_, err = autoemail.Undo(c.UserContext(), s.Store.Write, d.Agent, []int64{act.id}, s.Clock())
	}
	return s.digestDone(c, d, act, err)
}

// digestApproveAll approves what of the batch waits. What changed since it was found is left to be looked at.
func (s *Server) digestApproveAll(c *fiber.Ctx, d autoemail.Digest) error {
	done, left, err := autoemail.ApproveBatch(c.UserContext(), s.Store.Write, d, s.Clock())
	if err != nil {
		return err
	}
	s.AutoEmails.Kick()
	say := "Nothing was left to approve."
	if len(done) > 0 {
		say = homesCount(len(done)) + " approved. In under a minute " + itThey(len(done)) + ", in one letter to each client."
	}
	if len(left) > 0 {
		say += " " + homesCount(len(left)) + " " + isAre(len(left)) + " left: look at " + themIt(len(left)) + "."
	}
	// No redirect: what is said has no cookie to travel in. Doing it again approves nothing that was not on the screen.
	return s.digestAnswer(c, d, nil, say, http.StatusOK)
}

func itThey(n int) string {
	if n == 1 {
		return "it leaves"
	}
	return "they leave"
}
