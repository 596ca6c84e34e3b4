package autoemail_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
	"porchlight/db/dbtest"
)

// market are homes of King County, on the market, in one of several such counties side by side. The file has no towns: three
// zips make one.
func market(b *testing.B, homes []listings.Facts, n int) []listings.Facts {
	b.Helper()
	var here []listings.Facts
	for _, f := range homes {
		if !strings.HasPrefix(f.PostalCode, "98") || !f.Shown || f.Longitude == nil || f.Latitude == nil || f.ListPrice == nil {
			continue
		}
		l, east := *f.Listing, *f.Longitude+3*float64(n)
		l.StandardStatus, l.PropertyType, l.Longitude = listings.Active, "Residential", &east
		l.PostalCode = fmt.Sprint(l.PostalCode, "-", n)
		l.City = fmt.Sprintf("Town %d of %d", (int(f.PostalCode[3])*10+int(f.PostalCode[4]))%24, n)
		l.CityKey = listings.CityKey(l.City)
		f.Listing = &l
		here = append(here, f)
	}
	if len(here) < 1000 {
		b.Fatalf("only %d homes", len(here))
	}
	return here
}

// usual is a search as agents save them: a few towns or zips, a price, rooms; now and then more.
func usual(random *rand.Rand, homes []listings.Facts) saved {
	one := pick(random, homes...)
	var c listings.Criteria
	switch place := random.IntN(20); {
	case place < 11:
		for range 1 + random.IntN(3) {
			c.Cities = append(c.Cities, pick(random, homes...).City)
		}
	case place < 17:
		for range 1 + random.IntN(4) {
			c.PostalCodes = append(c.PostalCodes, pick(random, homes...).PostalCode)
		}
	case place < 19:
		c.Near = &listings.Circle{Point: listings.Point{Lat: *one.Latitude, Lon: *one.Longitude}, Miles: float64(1 + random.IntN(8))}
	default:
		y, x := *one.Latitude, *one.Longitude
		c.Area = []listings.Point{{Lat: y - .05, Lon: x - .04}, {Lat: y + .02, Lon: x + .09}, {Lat: y + .01, Lon: x}, {Lat: y + .09, Lon: x - .1}}
	}
	some := func(in20 int) bool { return random.IntN(20) < in20 }
	round := int64(25_000_00) // as most people do
	switch price := number(one.ListPrice); {
	case some(2):
		round = 1_000_00
	case price > 1_500_000_00:
		round = 500_000_00
	case price > 600_000_00:
		round = 100_000_00
	}
	c.PriceMax = number(one.ListPrice)*12/10/round*round + round
	if some(14) {
		c.PriceMin = number(one.ListPrice) * 8 / 10 / round * round
	}
	if some(16) {
		c.BedsMin = 2 + random.Int64N(3)
	}
	if some(10) {
		c.BathsMin = 4 * (1 + random.Int64N(3))
	}
	if some(8) {
		c.AreaMin = 500 * (2 + random.Int64N(4))
	}
	if some(14) {
		c.PropertyTypes = []string{"Residential"}
	}
	if some(1) {
		c.Features = []string{pick(random, listings.Features...)}
	}
	if some(1) {
		c.WordsAny = []string{"view", "garden"}
	}
	if some(1) {
		c.YearMin = 1950
	}
	if some(1) {
		c.LotMin = 6000
	}
	events := listings.EventKinds[:3+random.IntN(5)]
	return saved{c, events}
}

// prepared is a search as a careful loop over all pairs would have it: whatever can be done before is done.
type prepared struct {
	saved
	cities []string
	says   func(string) bool
}

func prepare(s saved) prepared {
	p := prepared{saved: s, says: s.Mentions()}
	for _, city := range s.Cities {
		p.cities = append(p.cities, listings.CityKey(city))
	}
	p.Cities, p.WordsAll, p.WordsAny, p.WordsNone = nil, nil, nil, nil
	return p
}

func (p *prepared) wants(f listings.Facts, kind listings.EventKind) bool {
	return (p.PriceMax == 0 || *f.ListPrice <= p.PriceMax) && *f.ListPrice >= p.PriceMin &&
		(len(p.cities) == 0 || slices.Contains(p.cities, f.CityKey)) &&
		autoemail.Wants(&p.Criteria, p.Events, f, kind) && (p.says == nil || p.says(f.Remarks))
}

// spent is the time this thread has worked so far, in seconds: what other programs take does not count.
func spent(b *testing.B) float64 {
	b.Helper()
	const thread = 1 // RUSAGE_THREAD of getrusage(2), Linux
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMatch is 50,000 changes of homes in three counties against 100,000 searches beside loops over all pairs: ratio is that of the rule
// itself, ratio-prepared of a loop that has everything folded and asks the price first.
func BenchmarkMatch(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	random := rand.New(rand.NewPCG(9, 9))
	real := realHomes(b, dbtest.New(b), 3000, random)
	counties := [][]listings.Facts{market(b, real, 0), market(b, real, 1), market(b, real, 2)}
	homes := slices.Concat(counties...)
	random.Shuffle(len(homes), func(i, j int) { homes[i], homes[j] = homes[j], homes[i] })
	const searches, changes = 100_000, 50_000
	all := make([]saved, searches)
	fast := make([]prepared, searches)
	for i := range all {
		all[i] = usual(random, pick(random, counties...))
		fast[i] = prepare(all[i])
	}
	var to []autoemail.ID
	for b.Loop() {
		before := heap()
		start := spent(b)
		index := autoemail.NewIndex()
		for i := range all {
			index.Put(autoemail.ID(i+1), 1, all[i].Criteria, all[i].Events)
		}
		b.ReportMetric(spent(b)-start, "s/rebuild")
		b.ReportMetric(float64(heap()-before)/searches, "B/search")

		kind := func(i int) listings.EventKind { return listings.EventKinds[i%3] }
		const sample = 40
		found, each, slow, slower := 0, 0.0, 0.0, 0.0
		for i := range changes {
			if i%(changes/sample) > 0 {
				continue
			}
			start = spent(b)
			for n := i; n < i+changes/sample; n++ {
				to = index.Match(homes[n%len(homes)], kind(n), to[:0])
				found += len(to)
			}
			each += (spent(b) - start) / changes
			f, n, m := homes[i%len(homes)], 0, 0
			start = spent(b)
			for s := range fast {
				if fast[s].wants(f, kind(i)) {
					n++
				}
			}
			slow += (spent(b) - start) / sample
			start = spent(b)
			for s := range all {
				if autoemail.Wants(&all[s].Criteria, all[s].Events, f, kind(i)) {
					m++
				}
			}
			slower += (spent(b) - start) / sample
			if to = index.Match(f, kind(i), to[:0]); n != len(to) || m != len(to) {
				b.Fatalf("found %d, all pairs %d and %d", len(to), n, m)
			}
		}
		b.ReportMetric(each*1e6, "µs/change")
		b.ReportMetric(slow*1e6, "µs/all-pairs")
		b.ReportMetric(float64(found)/changes, "matches/change")
		b.ReportMetric(slower/each, "ratio")
		b.ReportMetric(slow/each, "ratio-prepared")
		runtime.KeepAlive(index)
	}
}

// BenchmarkMatchGrowth is how much dearer a change becomes from 10,000 to 100,000 searches where it suits as many: in ten
// times as many counties. Changes come in pages of a thousand, as feeds send them, each of one county; growth-shuffled is that of changes from all
// over, each of which asks for memory that no cache holds any more.
func BenchmarkMatchGrowth(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	random := rand.New(rand.NewPCG(9, 9))
	real := realHomes(b, dbtest.New(b), 2500, random)
	for b.Loop() {
		few, fewShuffled := grow(b, random, real, 10_000)
		many, manyShuffled := grow(b, random, real, 100_000)
		b.ReportMetric(many/few, "growth")
		b.ReportMetric(few*1e6, "µs/10k")
		b.ReportMetric(many*1e6, "µs/100k")
		b.ReportMetric(manyShuffled/fewShuffled, "growth-shuffled")
		b.ReportMetric(manyShuffled*1e6, "µs/100k-shuffled")
	}
}

// grow is what a change costs among so many searches, in seconds, where changes come in pages and where they are shuffled.
func grow(b *testing.B, random *rand.Rand, real []listings.Facts, searches int) (paged, shuffled float64) {
	b.Helper()
	const perMarket, page, changes = 2500, 1000, 80_000
	index := autoemail.NewIndex()
	markets := make([][]listings.Facts, searches/perMarket)
	for n := range markets {
		markets[n] = market(b, real, n)
	}
	for i := range searches {
		s := usual(random, markets[i%len(markets)])
		index.Put(autoemail.ID(i+1), 1, s.Criteria, s.Events)
	}
	var homes []listings.Facts
	for i := range changes {
		homes = append(homes, pick(random, markets[i/page%len(markets)]...))
	}
	var to []autoemail.ID
	blank, touched := autoemail.NewIndex(), byte(0)
	cost := func() float64 {
		took, found := 0.0, 0
		for some := range slices.Chunk(homes, 50) {
			for _, f := range some { // the matcher has just read a home when it asks: what that takes is not the index's
				blank.Match(f, listings.EventNew, nil)
				for _, words := range [...]string{f.PostalCode, f.CityKey, f.Remarks} {
					for i := range len(words) {
						touched += words[i]
					}
				}
			}
			start := spent(b)
			for _, f := range some {
				to = index.Match(f, listings.EventNew, to[:0])
				found += len(to)
			}
			took += spent(b) - start
		}
		if suited := found / changes; suited < 25 || suited > 45 {
			b.Fatalf("%d searches suit a home: this is not as many as elsewhere", suited)
		}
		runtime.KeepAlive(touched)
		return took / changes
	}
	cost() // so that neither is the first
	paged = cost()
	random.Shuffle(len(homes), func(i, j int) { homes[i], homes[j] = homes[j], homes[i] })
	return paged, cost()
}
