package consent_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

// What an agent does to records (add, import, edit, change the address, delete) never turns consent on; only a row of
// a person's own word does. The ledger only ever grows, and the state is always the one its row made.
func TestNothing_but_a_persons_word_turns_consent_on(t *testing.T) {
	const seeds, steps = 6, 300
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 42))
			h := newHouse(t)
			w := world{house: h, r: r, said: map[spoken]bool{}, open: map[clients.ID]bool{}, nos: map[string][]int64{}, yes: map[spoken]int64{}}
			for range steps {
				h.later(time.Duration(1+r.IntN(40)) * time.Minute)
				w.step()
				w.check()
				if t.Failed() {
					return
				}
			}
			if w.closed == 0 || w.opened == 0 || w.refused == 0 {
				t.Errorf("%d closed, %d opened and %d made closed: the walk proves nothing", w.closed, w.opened, w.refused)
			}
		})
	}
}

type spoken struct {
	agent agents.ID
	hash  string
}

type world struct {
	*house
	r              *rand.Rand
	live           []clients.Client
	letters        []clients.Client    // as they were when a letter went to them
	said           map[spoken]bool     // the last word of an address to an agent: true is yes
	open           map[clients.ID]bool // before the step
	nos            map[string][]int64  // the rows by which an address said no to the house and that stand
	yes            map[spoken]int64    // the last row by which an address opened at an agent
	closed, opened int
	refused        int // records made closed
	did            string
}

func (w *world) step() {
	all := []agents.Agent{w.anna, w.ben, w.chloe}
	agent := all[w.r.IntN(3)]
	email := fmt.Sprintf("c%d@example.com", w.r.IntN(2))
	var own []clients.Client
	for _, c := range w.live {
		if c.AgentID == agent.ID {
			own = append(own, w.client(c))
		}
	}
	taken := false
	for _, c := range own {
		taken = taken || c.EmailKey == email
	}
	switch n := w.r.IntN(10); {
	case n < 3 && !taken:
		w.did = "add " + email
		c := w.add(agent, "Carl Whitman", email)
		w.live = append(w.live, c)
		w.letters = append(w.letters, c)
	case len(own) == 0:
		w.did = "nothing"
	case n < 5 && !taken:
		c := own[w.r.IntN(len(own))]
		w.did = fmt.Sprintf("change the address of %d to %s", c.ID, email)
		w.readdress(agent, c.ID, email)
		w.letters = append(w.letters, w.client(c))
	case n == 5:
		c := own[w.r.IntN(len(own))]
		w.did = fmt.Sprintf("edit %d", c.ID)
		w.setStatus(agent, c.ID, clients.Active)
	case n == 6:
		c := own[w.r.IntN(len(own))]
		w.did = fmt.Sprintf("delete %d", c.ID)
		w.delete(agent, c)
		for i := range w.live {
			if w.live[i].ID == c.ID {
				w.live = append(w.live[:i], w.live[i+1:]...)
				break
			}
		}
	default:
		w.speak(w.letters[w.r.IntN(len(w.letters))])
	}
}

// speak is an act of a person, by a letter.
func (w *world) speak(c clients.Client) {
	agent := map[agents.ID]agents.Agent{w.anna.ID: w.anna, w.ben.ID: w.ben, w.chloe.ID: w.chloe}[c.AgentID]
	link := w.link(c)
	var err error
	switch w.r.IntN(7) {
	case 0, 1:
		w.did = fmt.Sprintf("opt out %d", c.ID)
		_, err = w.ledger.OptOut(w.ctx, w.store.Write, link, page, w.now)
	case 2:
		w.did = fmt.Sprintf("opt out %d and undo", c.ID)
		var id int64
		if id, err = w.ledger.OptOut(w.ctx, w.store.Write, link, page, w.now); err == nil {
			err = w.ledger.Undo(w.ctx, w.store.Write, link, id, page, w.now)
		}
	case 3:
		w.did = fmt.Sprintf("opt in %d", c.ID)
		err = w.ledger.OptIn(w.ctx, w.store.Write, link, page, w.now)
	case 4:
		w.did = fmt.Sprintf("restore %d", c.ID)
		err = w.restore(agent, c.ID)
	case 5:
		w.did = "complaint"
		err = w.ledger.Block(w.ctx, w.store.Write, link.Hash, consent.Complained, "", w.now)
	case 6:
		w.did = fmt.Sprintf("pause %d", c.ID)
		err = w.ledger.Pause(w.ctx, w.store.Write, link, w.now.AddDate(0, 0, 3), page, w.now)
	}
	if err != nil && fault.Of(err) == fault.Internal {
		w.t.Fatal(w.did, err)
	}
}

func (w *world) check() {
	w.t.Helper()
	opens, made := map[clients.ID]bool{}, map[clients.ID]bool{}
	for _, e := range w.ledgerGrew() {
		at := spoken{e.AgentID, e.AddressHash}
		switch e.Kind {
		case consent.WentIn, consent.Restored, consent.Undone:
			w.said[at] = true
			w.yes[at] = e.ID
			opens[e.ClientID] = true
			w.nos[e.AddressHash] = slices.DeleteFunc(w.nos[e.AddressHash], func(id int64) bool { return e.Kind == consent.Undone && id == e.CauseID })
		case consent.WentOut, consent.WentOutToo, consent.Complained:
			w.said[at] = false
			w.nos[e.AddressHash] = append(w.nos[e.AddressHash], e.ID)
		case consent.Added, consent.AddedClosed, consent.Readdressed:
			made[e.ClientID] = true
		}
	}
	open := map[clients.ID]bool{}
	for _, c := range w.live {
		c = w.client(c)
		k := w.state(c)
		e := w.event(k.EventID)
		open[c.ID] = k.State == consent.OptedIn
		was, known := w.open[c.ID]
		if known && !was && open[c.ID] {
			w.opened++
			if !opens[c.ID] {
				w.t.Errorf("%s: opened client %d without a person's word", w.did, c.ID)
			}
		}
		if was && !open[c.ID] {
			w.closed++
		}
		if yes, spoke := w.said[spoken{c.AgentID, k.AddressHash}]; spoke && !yes && open[c.ID] {
			w.t.Errorf("%s: client %d is open at an address that said no", w.did, c.ID)
		}
		if nos := w.nos[k.AddressHash]; made[c.ID] && len(nos) > 0 && nos[len(nos)-1] > w.yes[spoken{c.AgentID, k.AddressHash}] {
			w.refused++
			if open[c.ID] {
				w.t.Errorf("%s: client %d begins open at an address whose last word to the house is no", w.did, c.ID)
			}
		}
		switch e.Kind {
		case consent.Added, consent.WentIn, consent.Restored, consent.Undone:
			w.wants(w.did+": state by "+string(e.Kind), k.State, consent.OptedIn)
		default:
			w.wants(w.did+": state by "+string(e.Kind), k.State, consent.OptedOut)
		}
		w.wants(w.did+": hash", k.AddressHash, w.ledger.Hash(c.EmailKey))
	}
	w.open = open
}
