package demo

import (
	"fmt"
	"time"

	"porchlight/app/demo/houses"
	"porchlight/app/listings"
)

// visits announces open houses on the coming weekend.
func (m *market) visits() {
	var days []time.Time
	for i := range 9 {
		day := m.end.In(m.zone).AddDate(0, 0, i)
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday || i == 0 && day.Hour() >= 9 || len(days) == 2 {
			continue
		}
		days = append(days, time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, m.zone))
	}
	words := []string{"Coffee and cider doughnuts on the porch.", "Park along the street, please; the drive is short.", "", "Boots off at the door.", "", "The listing agent will be there throughout."}
	n := 0
	for _, h := range m.homes {
		if h.drawn.Kind == houses.Lot || !h.today() || m.dice.IntN(3) > 0 || n == 24 {
			continue
		}
		n++
		var opens []listings.OpenHouse
		for i, day := range days {
			if i == 1 && n%3 > 0 {
				break
			}
			if n%2 == 0 {
				day = days[len(days)-1-i]
			}
			starts := day.Add(time.Duration(20+2*m.dice.IntN(6)) * 30 * time.Minute)
			opens = append(opens, listings.OpenHouse{
				OpenHouseKey: fmt.Sprintf("%s-%d", h.rec.ListingKey, i), StartsAt: starts.UTC(), EndsAt: starts.Add(time.Duration(3+m.dice.IntN(2)) * 30 * time.Minute).UTC(),
				Remarks: words[m.dice.IntN(len(words))], AppointmentRequiredYN: n == 7, Canceled: n == 11,
			})
		}
		m.then(h, m.dice.IntN(4), func(r *listings.Record, _ time.Time) { r.OpenHouses = opens })
	}
}

// oddities are what a broker should have seen once: an address the seller withholds, a home that may not be shown at all,
// and a price with a digit missing.
func (m *market) oddities() {
	n := 0
	for _, h := range m.homes {
		if !h.today() || h.drawn.Kind == houses.Lot || h.rec.PropertyType != "Residential" || len(h.turns) > 1 || h.rec.ListOfficeKey == firms[0].key {
			continue
		}
		n++
		switch n {
		case 3:
			h.rec.InternetAddressDisplayYN = false
		case 6:
			h.rec.InternetEntireListingDisplayYN = false
		case 9:
			m.then(h, 0, func(r *listings.Record, _ time.Time) { r.ListPrice = ref(*r.ListPrice / 10) })
			return
		}
	}
}
