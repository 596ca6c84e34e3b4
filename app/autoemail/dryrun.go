package autoemail

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// Dry is what an auto email would do, before it is saved.
type Dry struct {
	Now     int           // homes that match now
	Newest  []listings.ID // the newest of them, at most AtMostShown
	Homes   int           // news that the last 30 days would have sent: homes, and in how many letters
	Letters int
	Days    int       // how far back the news goes, at most 30
	Suggest *Schedule // a better one; nil: the chosen one is fine
	Say     []string  // sentences: too many, too few, contradicts itself; the plainest first
}

// What a dry run looks at, and what it finds too much.
const (
	dryDays   = 30
	manyNow   = 100 // homes that match at once: more than anybody looks at
	manyNews  = 100 // homes in the days it looks at
	mostDrops = 6   // criteria it tries to do without
)

// DryRun works out what an auto email would do. It changes nothing. Faults: Invalid (area, near).
func DryRun(ctx context.Context, db bun.IDB, s Search, zone *time.Location, now time.Time) (Dry, error) {
	page, err := listings.Search(ctx, db, listings.Query{Criteria: s.Criteria, Sort: listings.SortNewest, Limit: AtMostShown}, now)
	if err != nil {
		return Dry{}, err
	}
	dry := Dry{Now: page.Total}
	for i := range page.Homes {
		dry.Newest = append(dry.Newest, page.Homes[i].ID)
	}
	since := now.AddDate(0, 0, -dryDays)
	news, from, err := listings.NewsSince(ctx, db, s.Criteria, s.Events, since, now)
	if err != nil {
		return Dry{}, err
	}
	known, err := listings.KnownSince(ctx, db)
	if err != nil {
		return Dry{}, fmt.Errorf("autoemail: dry run: %w", err)
	}
	if known.After(from) {
		from = known
	}
	if known.IsZero() {
		dry.Say = []string{"There are no homes in Porchlight yet, so nothing can be tried out."}
		return dry, nil
	}
	dry.Days = max(1, min(dryDays, int(math.Ceil(now.Sub(from).Hours()/24))))
	news = eachOnce(news)
	dry.Homes, dry.Letters = simulate(&s, s.Schedule, news, zone)
	dry.advise(&s, news, zone)
	if dry.Now == 0 {
		loosen, err := loosest(ctx, db, s.Criteria, now)
		if err != nil {
			return Dry{}, err
		}
		dry.Say = append(dry.Say, loosen)
	}
	return dry, nil
}

// eachOnce leaves of each piece of news the first: an event reaches an auto email once for ever, also where a home comes back
// under another key.
func eachOnce(news []listings.News) []listings.News {
	known := map[string]bool{}
	var first []listings.News
	for _, n := range news {
		home := n.AddressKey
		if home == "" {
			home = fmt.Sprint(n.FeedID, ":", n.ListingKey)
		}
		var price int64
		if n.NewPrice != nil {
			price = *n.NewPrice
		}
		detail := n.At.UTC().Format(time.DateOnly)
		switch n.Kind {
		case listings.EventNew, listings.EventComingSoon:
			detail = fmt.Sprint(price)
		case listings.EventPrice:
			detail = fmt.Sprint(price, detail)
		case listings.EventOpenHouse:
			detail = fmt.Sprint(n.OpenHouseID)
		}
		if key := string(n.Kind) + "|" + home + "|" + detail; !known[key] {
			known[key] = true
			first = append(first, n)
		}
	}
	return first
}

// simulate counts the homes that a schedule would have sent, and the letters. In concierge mode the agent is taken to look
// at the queue once a day. What waits at the end is a letter too.
func simulate(s *Search, pace Schedule, news []listings.News, zone *time.Location) (homes, letters int) {
	var due time.Time // of the letter that gathers
	inside := map[listings.ID]bool{}
	day := ""
	for _, n := range news {
		closed := !due.IsZero() && n.At.After(due)
		if s.Concierge {
			closed = day != "" && day != today(zone, n.At)
		}
		if closed || letters == 0 {
			letters++
			clear(inside)
			if due = pace.Next(n.At, zone); pace.Kind == ASAP {
				due = n.At.Add(Gather)
			}
			day = today(zone, n.At)
		}
		if !inside[n.ListingID] {
			inside[n.ListingID] = true
			homes++
		}
	}
	return homes, letters
}
