package autoemail

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// gates are the consent ledger's: asking them needs none of its keys.
var gates Shutter = new(consent.Ledger)

// refusals are why a decision about several matches can't be carried out.
type refusals struct {
	picks []Pick
	kind  fault.Kind
	why   map[string]string
}

func newRefusals(picks []Pick) *refusals { return &refusals{picks: picks, why: map[string]string{}} }

func (r *refusals) any() bool { return len(r.why) > 0 }

// add notes why a match can't be decided. Of several kinds Conflict is the one to tell: it asks to look again.
func (r *refusals) add(kind fault.Kind, match int64, say string) {
	if r.kind != fault.Conflict {
		r.kind = kind
	}
	r.why[strconv.FormatInt(match, 10)] = say
}

// err is the fault, nil if nothing was added.
func (r *refusals) err() error {
	if !r.any() {
		return nil
	}
	say := fmt.Sprintf("Nothing was done: %d of these %d homes can’t be decided so. Look at them once more.", len(r.why), len(r.picks))
	if len(r.picks) == 1 {
		for _, say = range r.why {
		}
	}
	return &fault.Error{Kind: r.kind, Say: say, Fields: r.why}
}

// leaving asks whether homes may leave: as they were found, to somebody who can be mailed, from an auto email that runs.
func (r *refusals) leaving(ctx context.Context, db bun.IDB, by agents.ID, all []seen, now time.Time) error {
	var people []clients.ID
	var homes []listings.ID
	for _, s := range all {
		people, homes = append(people, s.ClientID), append(homes, s.ListingID)
	}
	slices.Sort(people)
	shut, err := gates.Refused(ctx, db, by, slices.Compact(people), now)
	if err != nil {
		return err
	}
	known, err := listingsOf(ctx, db, homes)
	if err != nil {
		return err
	}
	for _, s := range all {
		home := known[s.ListingID]
		if say := Changed(s.Match, home); say != "" && (!s.pick.Anyway || !home.Shown) {
			r.add(fault.Conflict, s.ID, say)
			continue
		}
		if say := shut[s.ClientID]; say != "" {
			r.add(fault.Denied, s.ID, say)
		} else if s.search != Active {
			r.add(fault.Denied, s.ID, "The auto e-mail “"+s.searchName+"” is paused. Resume it first.")
		}
	}
	return nil
}

// listingsOf reads homes by id, in portions a database takes.
func listingsOf(ctx context.Context, db bun.IDB, ids []listings.ID) (map[listings.ID]listings.Listing, error) {
	slices.Sort(ids)
	known := make(map[listings.ID]listings.Listing, len(ids))
	for some := range slices.Chunk(slices.Compact(ids), atOnce) {
		found, err := listings.List(ctx, db, some)
		if err != nil {
			return nil, err
		}
		for _, l := range found {
			known[l.ID] = l
		}
	}
	return known, nil
}
