package web

import (
	"net/url"
	"slices"
	"strings"

	"porchlight/app/listings"
)

// listingForm is the form of a search.
type listingForm struct {
	Text                     string
	Types, Statuses          []seekChoice
	TypeWords                string
	Town, Zip                listingField
	PriceMin, PriceMax       listingField
	Beds, Baths              choiceField
	More                     []listingField
	Words                    []listingField
	Features                 []seekChoice
	OpenHouse, Hidden        bool
	Sorts                    []seekChoice
	Open                     bool // More criteria is unfolded
	Set                      int  // criteria under More criteria
	Renew                    bool // the form is part of the answer
	TypesWrong, FeatureWrong string
	State                    []hiddenInput
}

// listingField is one text field of the search.
type listingField struct{ Name, Label, Value, Hint, Error, List string }

// ID is the field's id.
func (f listingField) ID() string { return "f-" + f.Name }

type choiceField struct {
	Name, Label, Error string
	Options            []seekChoice
}

// seekChoice is one option of a select or one checkbox.
type seekChoice struct {
	Value, Word string
	Chosen      bool
}

func newListingForm(q listingQuery) listingForm {
	c := q.criteria
	field := func(name, label, hint, value string) listingField {
		if q.wrong[name] != "" {
			value = strings.Join(q.typed[name], ", ")
		}
		return listingField{Name: name, Label: label, Value: value, Hint: hint, Error: q.wrong[name]}
	}
	number := func(n int64, word func(int64) string) string {
		if n == 0 {
			return ""
		}
		return word(n)
	}
	list := func(values []string) string { return strings.Join(values, ", ") }
	form := listingForm{
		Text: q.text, TypeWords: chosenTypes(c.PropertyTypes), OpenHouse: c.OpenHouse, Hidden: q.hidden,
		Town: field("city", "Town", "Mystic, Noank", list(c.Cities)), Zip: field("zip", "Zip", "06355", list(c.PostalCodes)),
		PriceMin: field("price_min", "Price from", "$300k", number(c.PriceMin, listings.Money)), PriceMax: field("price_max", "Price to", "$450k", number(c.PriceMax, listings.Money)),
		Beds:  choiceField{Name: "beds_min", Label: "Beds", Error: q.wrong["beds_min"], Options: atLeast(c.BedsMin, []int64{1, 2, 3, 4, 5, 6}, thousands)},
		Baths: choiceField{Name: "baths_min", Label: "Baths", Error: q.wrong["baths_min"], Options: atLeast(c.BathsMin, []int64{4, 6, 8, 10, 12, 16}, quarters)},
		More: []listingField{
			field("beds_max", "Beds at most", "", number(c.BedsMax, thousands)),
			field("area_min", "Living area from", "sq ft", number(c.AreaMin, thousands)), field("area_max", "Living area to", "sq ft", number(c.AreaMax, thousands)),
			field("lot_min", "Lot from", "0.5 ac", number(c.LotMin, lotTyped)), field("lot_max", "Lot to", "2 ac", number(c.LotMax, lotTyped)),
			field("year_min", "Built from", "1990", number(c.YearMin, plainYear)), field("year_max", "Built to", "2026", number(c.YearMax, plainYear)),
		},
		Words: []listingField{
			field("words_all", "Description has all of", "fireplace, harbor", list(c.WordsAll)),
			field("words_any", "Any of", "barn, studio, workshop", list(c.WordsAny)),
			field("words_none", "None of", "flood zone", list(c.WordsNone)),
		},
		TypesWrong: q.wrong["type"], FeatureWrong: q.wrong["feature"], State: q.state(),
	}
	form.Town.List = "towns"
	for _, kind := range listings.PropertyTypes {
		form.Types = append(form.Types, seekChoice{kind, kind, slices.Contains(c.PropertyTypes, kind)})
	}
	for _, feature := range listings.Features {
		form.Features = append(form.Features, seekChoice{feature, featureWords[feature], slices.Contains(c.Features, feature)})
	}
	for _, status := range listings.Statuses {
		at := slices.Contains(c.Statuses, status) || len(c.Statuses) == 0 && (status == listings.Active || status == listings.ComingSoon)
		form.Statuses = append(form.Statuses, seekChoice{string(status), string(status), at})
	}
	for _, by := range listingSorts {
		form.Sorts = append(form.Sorts, seekChoice{string(by), sortWords[by], by == q.sort})
	}
	form.Set = len(c.WordsAll) + len(c.WordsNone) + len(c.Features) + len(c.Statuses)
	for _, set := range []bool{c.BedsMax != 0, c.AreaMin != 0 || c.AreaMax != 0, c.LotMin != 0 || c.LotMax != 0, c.YearMin != 0 || c.YearMax != 0, len(c.WordsAny) > 0, c.OpenHouse, q.hidden} {
		if set {
			form.Set++
		}
	}
	for _, f := range append(slices.Clone(form.More), form.Words...) {
		form.Open = form.Open || f.Error != ""
	}
	form.Open = form.Open || form.FeatureWrong != ""
	return form
}

// atLeast are the options of a least number; one that is not on offer, but asked for, is added.
func atLeast(chosen int64, offered []int64, word func(int64) string) []seekChoice {
	if chosen != 0 && !slices.Contains(offered, chosen) {
		offered = append(slices.Clone(offered), chosen)
		slices.Sort(offered)
	}
	options := []seekChoice{{"", "Any", chosen == 0}}
	for _, n := range offered {
		options = append(options, seekChoice{word(n), word(n) + "+", n == chosen})
	}
	return options
}

// lotTyped is a lot's size as one would type it back.
func lotTyped(squareFeet int64) string {
	for _, per := range []int64{1, 2, 4, 10, 20, 100} {
		if squareFeet >= squareFeetPerAcre/10 && squareFeet*per%squareFeetPerAcre == 0 {
			return plainNumber(float64(squareFeet)/squareFeetPerAcre) + " ac"
		}
	}
	return thousands(squareFeet)
}

// chosenTypes names the chosen property types in little room.
func chosenTypes(chosen []string) string {
	switch len(chosen) {
	case 0:
		return "Any"
	case 1:
		return chosen[0]
	}
	return count(len(chosen), "type", "types")
}

// searchFields are the fields under which something may be wrong.
var searchFields = []string{"type", "city", "zip", "price_min", "price_max", "beds_min", "beds_max", "baths_min", "area_min", "area_max", "lot_min", "lot_max", "year_min", "year_max", "words_all", "words_any", "words_none", "feature", "status"}

// fieldsWrong is the sentence under each field.
func fieldsWrong(wrong map[string]string) []fieldWrong {
	all := make([]fieldWrong, len(searchFields))
	for i, name := range searchFields {
		all[i] = fieldWrong{ID: "f-" + name + "-why", Say: wrong[name]}
	}
	return all
}

// trouble is what is wrong with what no field shows.
func (q listingQuery) trouble() []string {
	var all []string
	for _, name := range []string{"area", "near"} {
		if say := q.wrong[name]; say != "" {
			all = append(all, say)
		}
	}
	return all
}

// drop gives up criteria that the search itself refused, and says so.
func (q *listingQuery) drop(refused map[string]string) {
	if q.wrong == nil {
		q.wrong = map[string]string{}
	}
	for name, say := range refused {
		switch name {
		case "area":
			q.criteria.Area = nil
		case "near":
			q.criteria.Near = nil
		default:
			continue
		}
		q.wrong[name] = say
	}
}

// cleared is the search without criteria.
func (q listingQuery) cleared() listingQuery {
	return listingQuery{sort: q.sort, view: q.view, page: 1}
}

// state carries through the form what it has no field for.
func (q listingQuery) state() []hiddenInput {
	var all []hiddenInput
	values := url.Values{}
	if q.view != viewCards {
		values.Set("view", q.view)
	}
	for name, some := range q.criteria.Values() {
		if name == "area" || name == "near" {
			values[name] = some
		}
	}
	for _, name := range []string{"area", "near", "view"} {
		for _, value := range values[name] {
			all = append(all, hiddenInput{name, value})
		}
	}
	return all
}
