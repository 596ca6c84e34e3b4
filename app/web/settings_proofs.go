package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

// proofsView is the broker's card: how many of each agent's clients may be mailed, and what the ledger holds of one address.
type proofsView struct {
	Email   Field
	Tallies []tallyRow
	Proof   *proofView // nil: nobody asked for one
}

// tallyRow is an agent with how many clients they have, and what those said: “33 opted in, 6 opted out”.
type tallyRow struct{ Name, Clients, Words string }

func tallyWords(t consent.Tally) string {
	var parts []string
	for _, one := range []struct {
		n     int
		words string
	}{{t.OptedIn, "opted in"}, {t.OptedOut, "opted out"}, {t.Pending, "not confirmed"}, {t.MarkedAsSpam, "marked as spam"}, {t.Undeliverable, "undeliverable"}} {
		if one.n > 0 {
			parts = append(parts, grouped(one.n)+" "+one.words)
		}
	}
	return strings.Join(parts, ", ")
}

// proofView is the proof of one address: printable, with whole dates.
type proofView struct {
	Email, House, Made string
	Records            []string
	Lines              []proofLine
}

// proofLine is a row of the ledger, with whose client it was about and from where it came.
type proofLine struct {
	ledgerLine
	Agent, From string
}

func (s *Server) proofsShow(c *fiber.Ctx) error {
	return s.proofsCard(c, http.StatusOK, proofsView{Email: proofField("", "")})
}

// proofsCreate looks an address up. It is a POST so that the address stands in no log and no history; it writes nothing.
func (s *Server) proofsCreate(c *fiber.Ctx) error {
	typed := strings.TrimSpace(c.FormValue("email"))
	one, err := address.Parse(typed)
	if err != nil {
		return s.proofsCard(c, http.StatusUnprocessableEntity, proofsView{Email: proofField(typed, err.Error())})
	}
	found, err := consent.ProofOf(c.UserContext(), s.Store.Read, s.Ledger.Hash(one.Key()))
	if err != nil {
		return err
	}
	proof, err := s.proofOf(c, typed, found)
	if err != nil {
		return err
	}
	return s.proofsCard(c, http.StatusOK, proofsView{Email: proofField(typed, ""), Proof: &proof})
}

func proofField(typed, wrong string) Field {
	return Field{Name: "email", Label: "E-mail address", Value: typed, Error: wrong, Type: "email", Autocomplete: "off", Required: true}
}

func (s *Server) proofsCard(c *fiber.Ctx, status int, v proofsView) error {
	everybody, err := agents.List(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	tallies, err := consent.Tallies(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	for _, a := range everybody {
		t := tallies[a.ID]
		v.Tallies = append(v.Tallies, tallyRow{a.Name, people(t.Clients), tallyWords(t)})
	}
	return s.settings(c, status, "/settings/proofs", "Proof of consent", "settings/_proofs", v)
}

// proofOf tells what was found in the words of the client's own page, without anything that is the agent's: no name, no notes.
func (s *Server) proofOf(c *fiber.Ctx, email string, found consent.Proof) (proofView, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return proofView{}, err
	}
	everybody, err := agents.List(c.UserContext(), s.Store.Read)
	if err != nil {
		return proofView{}, err
	}
	names := map[agents.ID]string{}
	for _, a := range everybody {
		names[a.ID] = a.Name
	}
	loc, now := house.Location(), s.Clock()
	whole := func(t time.Time) string { return t.In(loc).Format("2 January 2006, 15:04:05 MST") }
	v := proofView{Email: email, House: house.Name, Made: whole(now)}
	for _, k := range found.Records {
		v.Records = append(v.Records, names[k.AgentID]+": "+consentStates[k.State]+" since "+whole(k.Since))
	}
	nobody := clients.Client{FirstName: "the client", Email: email}
	for i, line := range ledgerLines(nobody, found.Events, now, loc) {
		e := found.Events[i]
		line.At = whole(e.At)
		from := strings.TrimSpace(e.IP + " " + visible(e.UserAgent))
		v.Lines = append(v.Lines, proofLine{ledgerLine: line, Agent: names[e.AgentID], From: from})
	}
	return v, nil
}

var consentStates = map[consent.State]string{consent.OptedIn: "opted in", consent.OptedOut: "opted out", consent.Pending: "not confirmed"}
