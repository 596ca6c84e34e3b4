package listings

import (
	"net/url"
	"strconv"
	"strings"
)

// Values is the shortest query string that ReadCriteria reads back as the same criteria.
func (c Criteria) Values() url.Values {
	v := url.Values{}
	texts(v, "type", c.PropertyTypes)
	texts(v, "city", c.Cities)
	texts(v, "zip", c.PostalCodes)
	texts(v, "words_all", c.WordsAll)
	texts(v, "words_any", c.WordsAny)
	texts(v, "words_none", c.WordsNone)
	texts(v, "feature", c.Features)
	texts(v, "status", c.Statuses)
	for _, n := range []struct {
		field string
		value int64
		as    func(int64) string
	}{
		{"price_min", c.PriceMin, dollars}, {"price_max", c.PriceMax, dollars},
		{"beds_min", c.BedsMin, whole}, {"beds_max", c.BedsMax, whole}, {"baths_min", c.BathsMin, quarters},
		{"area_min", c.AreaMin, whole}, {"area_max", c.AreaMax, whole},
		{"lot_min", c.LotMin, lot}, {"lot_max", c.LotMax, lot},
		{"year_min", c.YearMin, whole}, {"year_max", c.YearMax, whole},
	} {
		if n.value != 0 {
			v.Set(n.field, n.as(n.value))
		}
	}
	if c.OpenHouse {
		v.Set("open_house", "1")
	}
	if len(c.Area) > 0 {
		corners := make([]string, len(c.Area))
		for i, p := range c.Area {
			corners[i] = p.String()
		}
		v.Set("area", strings.Join(corners, " "))
	}
	if c.Near != nil {
		v.Set("near", c.Near.Point.String()+","+strconv.FormatFloat(c.Near.Miles, 'f', -1, 64))
	}
	return v
}

func texts[T ~string](v url.Values, field string, all []T) {
	for _, one := range all {
		v.Add(field, string(one))
	}
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// dollars are cents as they are typed.
func dollars(cents int64) string {
	if cents%100 == 0 {
		return whole(cents / 100)
	}
	return strconv.FormatFloat(float64(cents)/100, 'f', 2, 64) // exact: prices end far below 2⁵³ cents
}

// quarters is a number that was multiplied by four.
func quarters(n int64) string { return strconv.FormatFloat(float64(n)/4, 'f', -1, 64) }

// lot is an area in acres where it is some hundredths of one, else in square feet.
func lot(feet int64) string {
	if acres, ok := inAcres(feet); ok {
		return acres + "ac"
	}
	return whole(feet)
}

// inAcres says an area as a quarter acre or more in hundredths, where it is just that.
func inAcres(feet int64) (string, bool) {
	hundredths := (feet*100 + acre/2) / acre
	if hundredths < 25 || (hundredths*acre+50)/100 != feet {
		return "", false
	}
	return strconv.FormatFloat(float64(hundredths)/100, 'f', -1, 64), true
}
