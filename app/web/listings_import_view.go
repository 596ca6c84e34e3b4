package web

import (
	"fmt"
	"strconv"
	"strings"

	"porchlight/app/feed"
	"porchlight/app/listings"
)

// oddShown is how many of a file's problems a page lists.
const oddShown = 200

// homesFileView is a file of homes at its stage; a fragment that asks for itself again while it is worked on.
type homesFileView struct {
	Stage     importStage // empty: there is no file
	File      string
	Key       string
	Fault     string // why it failed; empty: nobody foresaw it
	Changed   bool   // other columns were chosen, and this is what they make
	Total     int    // 0 while nobody knows
	Seen      int
	Progress  string
	Poll      string // where to ask again; empty: not under way
	Homes     string // "1,204 homes"
	Can       bool   // there is a home to bring in
	Counts    []figure
	Statuses  []option
	Columns   []homesColumn
	First     []homesFileRow
	Problems  []homesProblem
	Trouble   string // how many problems
	MoreBelow string // how many more than Problems
	Held      string // how many wait for a person
}

// option is an option of a select.
type option struct {
	Value, Word string
	Chosen      bool
}

// homesColumn is a column of the file and what it is taken for.
type homesColumn struct {
	Name, Field string // Field: of the form
	Example     string
	Never       bool // clients may not see it, so it is never kept
	Out         bool
	Choices     []option
}

// homesFileRow is a home as it will be saved.
type homesFileRow struct{ Address, Place, Key, Status, Price, Facts, Date string }

type homesProblem struct {
	Where, Field, Say string
	Skip              bool
}

func newHomesFileView(job *homesJob) homesFileView {
	now := job.now()
	f, seen := now.file, int(job.seen.Load())
	v := homesFileView{Stage: now.stage, File: job.name, Key: job.key, Fault: now.fault, Total: f.Rows, Seen: min(seen, f.Rows), Can: f.Rows > f.Refused}
	v.Homes, v.Progress = homesCount(f.Rows-f.Refused), grouped(v.Seen)+" of "+grouped(v.Total)
	switch now.stage {
	case importChecking:
		v.Total, v.Poll = 0, homesFilePath
	case importRunning:
		v.Poll = homesFilePath
	case importReady:
		v.Counts = []figure{{grouped(f.Rows - f.Refused), "can come in"}, {grouped(f.Refused), "can’t be taken"}, {listings.Money(f.Prices), "the sum of their prices"}}
		v.Statuses = unsaidStatuses(now.status)
		v.columns(f)
		v.first(f.Sample)
		v.problems(f.Problems, f.Trouble)
	case importDone:
		d := now.done
		v.Homes = homesCount(d.Seen - d.Refused)
		v.Counts = []figure{{grouped(d.Added), "new"}, {grouped(d.Changed), "changed"}, {grouped(d.Seen - d.Refused - d.Added - d.Changed), "as before"}, {grouped(d.Refused), "not taken"}, {listings.Money(d.Prices), "the sum of their prices"}}
		if d.Held > 0 {
			v.Held = homesCount(d.Held)
		}
		v.problems(d.Told, d.Trouble)
	}
	return v
}

func unsaidStatuses(status listings.Status) []option {
	return []option{
		{"", "Closed if sold, else Active", status == ""},
		{string(listings.Active), "Active", status == listings.Active},
		{string(listings.Closed), "Closed", status == listings.Closed},
	}
}

func (v *homesFileView) columns(f feed.File) {
	for i, name := range f.Header {
		column := homesColumn{Name: name, Field: "column-" + strconv.Itoa(i), Never: feed.Never(name), Out: f.Columns[i] == ""}
		if name == "" {
			column.Name = "Column " + strconv.Itoa(i+1)
		}
		if i < len(f.Example) {
			column.Example = beginning(visible(f.Example[i]), 40)
		}
		if !column.Never {
			column.Choices = append(column.Choices, option{"", "Leave out", column.Out})
			for _, field := range feed.FieldNames {
				column.Choices = append(column.Choices, option{field, feed.FieldWords[field], field == f.Columns[i]})
			}
		}
		v.Columns = append(v.Columns, column)
	}
}

func (v *homesFileView) first(sample []listings.Record) {
	for _, r := range sample {
		r.Shown = true // to those who bring it in
		card := listings.Show(r.Listing, listings.Display{})
		row := homesFileRow{Address: r.UnparsedAddress, Place: card.Place, Key: r.ListingKey, Status: string(r.StandardStatus), Price: card.Price, Facts: card.Facts, Date: r.ListingContractDate}
		if row.Address == "" {
			row.Address = "No address"
			if r.Latitude != nil {
				row.Address = fmt.Sprintf("%.5f, %.5f", *r.Latitude, *r.Longitude)
			}
		}
		if r.CloseDate != "" {
			row.Date = r.CloseDate
		}
		v.First = append(v.First, row)
	}
}

func (v *homesFileView) problems(all []feed.Problem, trouble int) {
	for _, p := range all[:min(len(all), oddShown)] {
		where := "line "
		if p.Nth {
			where = "record "
		}
		v.Problems = append(v.Problems, homesProblem{Where: where + grouped(p.Row), Field: visible(p.Field), Say: visible(strings.TrimSpace(p.Say)), Skip: p.Skip})
	}
	v.Trouble = grouped(trouble)
	if more := trouble - len(v.Problems); more > 0 {
		v.MoreBelow = grouped(more)
	}
}
