package autoemail_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

func load(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// at is a time of the day in minutes.
func at(hour, minute int) int { return hour*60 + minute }

func daily(times ...int) autoemail.Schedule {
	return autoemail.Schedule{Kind: autoemail.Daily, Times: times}
}

func TestNextIsRightWhereClocksChange(t *testing.T) {
	for _, c := range []struct {
		say, zone, after, want string // in the zone's own time, with its offset
		s                      autoemail.Schedule
	}{
		{"an ordinary morning", "America/New_York", "2026-11-22T06:59:59-05:00", "2026-11-22T07:00:00-05:00", daily(at(7, 0))},
		{"strictly after", "America/New_York", "2026-11-22T07:00:00-05:00", "2026-11-23T07:00:00-05:00", daily(at(7, 0))},
		{"the later of two times", "America/New_York", "2026-11-22T07:00:00-05:00", "2026-11-22T17:00:00-05:00", daily(at(7, 0), at(17, 0))},
		{"2:30 is skipped", "America/New_York", "2026-03-07T12:00:00-05:00", "2026-03-08T03:00:00-04:00", daily(at(2, 30))},
		{"and comes the day after", "America/New_York", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00", daily(at(2, 30))},
		{"2:30 and 3:00 are one", "America/New_York", "2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00", daily(at(2, 30), at(3, 0))},
		{"1:30 comes twice: the first", "America/New_York", "2026-10-31T12:00:00-04:00", "2026-11-01T01:30:00-04:00", daily(at(1, 30))},
		{"and not the second", "America/New_York", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00", daily(at(1, 30))},
		{"nor where nobody looked in between", "America/New_York", "2026-11-01T01:10:00-05:00", "2026-11-02T01:30:00-05:00", daily(at(1, 30))},
		{"2:30 on the night clocks go back", "America/New_York", "2026-11-01T01:45:00-05:00", "2026-11-01T02:30:00-05:00", daily(at(2, 30))},
		{"London", "Europe/London", "2026-03-28T12:00:00Z", "2026-03-29T02:00:00+01:00", daily(at(1, 30))},
		{"half an hour is skipped", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", "2026-10-04T02:30:00+11:00", daily(at(2, 15))},
		{"half an hour comes twice", "Australia/Lord_Howe", "2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30", daily(at(1, 45))},
		{"midnight is skipped", "America/Havana", "2026-03-07T12:00:00-05:00", "2026-03-08T01:00:00-04:00", daily(0)},
		{"midnight comes twice", "America/Havana", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", daily(0)},
		{"a day was skipped", "Pacific/Apia", "2011-12-29T09:00:00-10:00", "2011-12-31T00:00:00+14:00", daily(at(8, 0))},
		{"and was made up for once", "Pacific/Apia", "2011-12-31T00:00:00+14:00", "2011-12-31T08:00:00+14:00", daily(at(8, 0))},
		{"before Ramadan", "Africa/Casablanca", "2026-02-15T01:00:00+01:00", "2026-02-15T02:30:00+01:00", daily(at(2, 30))},
		{"once when Ramadan begins", "Africa/Casablanca", "2026-02-15T02:30:00+01:00", "2026-02-16T02:30:00+00:00", daily(at(2, 30))},
		{"a chosen weekday", "America/Chicago", "2026-11-22T12:00:00-06:00", "2026-11-25T08:00:00-06:00", autoemail.Schedule{Kind: autoemail.Daily, Days: []time.Weekday{time.Wednesday, time.Friday}, Times: []int{at(8, 0)}}},
		{"a week on", "America/Chicago", "2026-11-23T08:00:00-06:00", "2026-11-30T08:00:00-06:00", autoemail.Schedule{Kind: autoemail.Weekly, Days: []time.Weekday{time.Monday}, Times: []int{at(8, 0)}}},
		{"a weekday where Monday has begun, though not in UTC", "Pacific/Kiritimati", "2026-11-22T12:00:00Z", "2026-11-23T08:00:00+14:00", autoemail.Schedule{Kind: autoemail.Weekly, Days: []time.Weekday{time.Monday}, Times: []int{at(8, 0)}}},
		{"a month on", "America/Denver", "2026-01-28T08:00:00-07:00", "2026-02-28T08:00:00-07:00", autoemail.Schedule{Kind: autoemail.Monthly, Day: 28, Times: []int{at(8, 0)}}},
		{"a year on", "America/Denver", "2026-12-01T08:00:00-07:00", "2027-01-01T08:00:00-07:00", autoemail.Schedule{Kind: autoemail.Monthly, Day: 1, Times: []int{at(8, 0)}}},
	} {
		t.Run(c.say, func(t *testing.T) {
			zone := load(t, c.zone)
			after, err := time.Parse(time.RFC3339, c.after)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.s.Next(after, zone).In(zone).Format(time.RFC3339); got != strings.Replace(c.want, "+00:00", "Z", 1) {
				t.Errorf("after %s comes %s, want %s", c.after, got, c.want)
			}
		})
	}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	if got := (autoemail.Schedule{Kind: autoemail.ASAP}).Next(now, time.UTC); !got.Equal(now) {
		t.Errorf("as soon as possible is %v", got)
	}
	if got := (autoemail.Schedule{Kind: autoemail.Daily}).Next(now, time.UTC); !got.IsZero() {
		t.Errorf("no time of the day comes at %v", got)
	}
}

// zones are where clocks change in every way they do: by an hour, by half, at midnight, twice a year and more, not at all,
// over the date line, by decree.
var zones = strings.Fields(`UTC America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage
	America/Adak Pacific/Honolulu America/Puerto_Rico Pacific/Guam America/St_Johns America/Halifax America/Havana America/Asuncion
	America/Santiago America/Sao_Paulo America/Nuuk America/Scoresbysund America/Caracas America/Mexico_City Atlantic/Azores Europe/London
	Europe/Dublin Europe/Paris Europe/Chisinau Europe/Istanbul Europe/Moscow Europe/Volgograd Africa/Casablanca Africa/El_Aaiun
	Africa/Cairo Africa/Juba Africa/Windhoek Asia/Beirut Asia/Gaza Asia/Amman Asia/Tehran Asia/Kabul Asia/Kolkata Asia/Kathmandu
	Asia/Pyongyang Asia/Tokyo Australia/Adelaide Australia/Lord_Howe Australia/Sydney Antarctica/Troll Antarctica/Casey
	Pacific/Auckland Pacific/Chatham Pacific/Apia Pacific/Kiritimati Pacific/Marquesas Pacific/Norfolk Pacific/Fiji Pacific/Tongatapu`)

// TestAYearOfSchedules holds Next against clocks that are watched for a year, a quarter of an hour at a time: a schedule sends
// when they first show its time, or a later one.
func TestAYearOfSchedules(t *testing.T) {
	all := []autoemail.Schedule{
		daily(0), daily(at(2, 30)), daily(0, at(0, 30), at(1, 30), at(2, 30), at(3, 0), at(23, 45)),
		{Kind: autoemail.Daily, Days: []time.Weekday{time.Sunday, time.Friday}, Times: []int{at(1, 30), at(17, 0)}},
		{Kind: autoemail.Weekly, Days: []time.Weekday{time.Sunday}, Times: []int{at(2, 0)}},
		{Kind: autoemail.Monthly, Day: 28, Times: []int{at(0, 15)}},
		{Kind: autoemail.Monthly, Day: 1, Times: []int{at(8, 0)}},
	}
	for _, name := range zones {
		zone := load(t, name)
		for _, year := range []int{2011, 2026} {
			if year == 2011 && !strings.Contains("Pacific/Apia America/St_Johns Africa/Casablanca Europe/Moscow Asia/Gaza", name) {
				continue // nothing was different there
			}
			begin := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
			watched := watch(all, zone, begin, begin.AddDate(1, 0, 0))
			for i, s := range all {
				var got []time.Time
				for next := s.Next(begin, zone); next.Before(begin.AddDate(1, 0, 0)); next = s.Next(next, zone) {
					if next.Location() != time.UTC {
						t.Fatalf("%v is not in UTC", next)
					}
					got = append(got, next)
				}
				if len(got) != len(watched[i]) || len(got) < 11 {
					t.Fatalf("%s in %s in %d sends %d times, clocks say %d", s.Words(), name, year, len(got), len(watched[i]))
				}
				for n, at := range got {
					if !at.Equal(watched[i][n]) {
						t.Fatalf("%s in %s sends at %v, clocks say %v", s.Words(), name, at, watched[i][n])
					}
				}
			}
		}
	}
}

// watch returns when each schedule sends after begin and before end. It counts minutes, since 1970 and as clocks show them.
func watch(all []autoemail.Schedule, zone *time.Location, begin, end time.Time) [][]time.Time {
	const quarter, day = 15, 24 * 60 // all times in the schedules are whole quarters
	var named [day]bool
	for _, s := range all {
		for _, minutes := range s.Times {
			named[minutes] = true
		}
	}
	ahead := func(now int64) int64 {
		_, seconds := time.Unix(now*60, 0).In(zone).Zone()
		return int64(seconds) / 60
	}
	sent := make([][]time.Time, len(all))
	now := begin.Unix()/60 - 3*day
	away := ahead(now)
	for latest := now + away; now < end.Unix()/60; {
		for latest+quarter <= now+away {
			latest += quarter
			if !named[latest%day] || now*60 <= begin.Unix() {
				continue
			}
			at, shown := time.Unix(now*60, 0), time.Unix(latest*60, 0).UTC()
			for i, s := range all {
				if on(s, shown) && (len(sent[i]) == 0 || !sent[i][len(sent[i])-1].Equal(at)) {
					sent[i] = append(sent[i], at)
				}
			}
		}
		if now%quarter == 0 && ahead(now+quarter) == away {
			now += quarter
		} else {
			now++ // some change their clocks at 0:01
			away = ahead(now)
		}
	}
	return sent
}

// on says whether a schedule names a date and time.
func on(s autoemail.Schedule, wall time.Time) bool {
	return slices.Contains(s.Times, wall.Hour()*60+wall.Minute()) && (len(s.Days) == 0 || slices.Contains(s.Days, wall.Weekday())) && (s.Day == 0 || s.Day == wall.Day())
}

func TestASlowerScheduleKeepsASensibleTime(t *testing.T) {
	weekdays := []time.Weekday{time.Sunday, time.Saturday, time.Thursday}
	for _, c := range []struct {
		s    autoemail.Schedule
		want []string
	}{
		{autoemail.Schedule{Kind: autoemail.ASAP}, []string{"Mondays at 8:00 AM", "On the 1st of each month at 8:00 AM"}},
		{daily(at(7, 0), at(17, 0)), []string{"Mondays at 7:00 AM", "On the 1st of each month at 7:00 AM"}},
		{autoemail.Schedule{Kind: autoemail.Daily, Days: weekdays, Times: []int{at(17, 30)}}, []string{"Thursdays at 5:30 PM", "On the 1st of each month at 5:30 PM"}},
		{autoemail.Schedule{Kind: autoemail.Weekly, Days: weekdays[:1], Times: []int{at(9, 0)}}, []string{"On the 1st of each month at 9:00 AM"}},
		{autoemail.Schedule{Kind: autoemail.Monthly, Day: 15, Times: []int{at(9, 0)}}, nil},
	} {
		var got []string
		for s, ok := c.s.Slower(); ok; s, ok = s.Slower() {
			if err := s.Check(); err != nil {
				t.Error(err)
			}
			got = append(got, s.Words())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s slows down to %q, want %q", c.s.Words(), got, c.want)
		}
	}
}

func TestScheduleWords(t *testing.T) {
	week := []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}
	on := func(days ...time.Weekday) autoemail.Schedule {
		return autoemail.Schedule{Kind: autoemail.Daily, Days: days, Times: []int{at(8, 0)}}
	}
	monthly := func(day int) autoemail.Schedule {
		return autoemail.Schedule{Kind: autoemail.Monthly, Day: day, Times: []int{at(8, 0)}}
	}
	for want, s := range map[string]autoemail.Schedule{
		"As soon as possible":                        {Kind: autoemail.ASAP},
		"Daily at 7:00 AM and 5:00 PM":               daily(at(7, 0), at(17, 0)),
		"Daily at 12:00 AM, 12:00 PM and 1:05 PM":    daily(0, at(12, 0), at(13, 5)),
		"Daily at 8:00 AM":                           on(week...),
		"Weekdays at 8:00 AM":                        on(week[1:6]...),
		"Weekends at 8:00 AM":                        on(time.Sunday, time.Saturday),
		"Mondays and Sundays at 8:00 AM":             on(time.Sunday, time.Monday),
		"Mondays, Wednesdays and Fridays at 8:00 AM": on(time.Wednesday, time.Friday, time.Monday),
		"Mondays at 8:00 AM":                         {Kind: autoemail.Weekly, Days: week[1:2], Times: []int{at(8, 0)}},
		"On the 1st of each month at 8:00 AM":        monthly(1),
		"On the 2nd of each month at 8:00 AM":        monthly(2),
		"On the 11th of each month at 8:00 AM":       monthly(11),
		"On the 13th of each month at 8:00 AM":       monthly(13),
		"On the 23rd of each month at 8:00 AM":       monthly(23),
	} {
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if got := s.Words(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAWrongScheduleIsRefusedByField(t *testing.T) {
	eight := []int{at(8, 0)}
	monday := []time.Weekday{time.Monday}
	for _, c := range []struct {
		s     autoemail.Schedule
		field string
	}{
		{autoemail.Schedule{}, "schedule"},
		{autoemail.Schedule{Kind: "hourly", Times: eight}, "schedule"},
		{autoemail.Schedule{Kind: autoemail.ASAP, Times: eight}, "times"},
		{autoemail.Schedule{Kind: autoemail.ASAP, Days: monday}, "days"},
		{autoemail.Schedule{Kind: autoemail.Daily}, "times"},
		{daily(1, 2, 3, 4, 5, 6, 7), "times"},
		{daily(at(24, 0)), "times"},
		{daily(-1), "times"},
		{daily(at(9, 0), at(8, 0)), "times"},
		{daily(at(8, 0), at(8, 0)), "times"},
		{autoemail.Schedule{Kind: autoemail.Daily, Days: []time.Weekday{7}, Times: eight}, "days"},
		{autoemail.Schedule{Kind: autoemail.Daily, Days: []time.Weekday{1, 1}, Times: eight}, "days"},
		{autoemail.Schedule{Kind: autoemail.Daily, Day: 1, Times: eight}, "day"},
		{autoemail.Schedule{Kind: autoemail.Weekly, Times: eight}, "days"},
		{autoemail.Schedule{Kind: autoemail.Weekly, Days: []time.Weekday{1, 2}, Times: eight}, "days"},
		{autoemail.Schedule{Kind: autoemail.Weekly, Days: monday}, "times"},
		{autoemail.Schedule{Kind: autoemail.Monthly, Times: eight}, "day"},
		{autoemail.Schedule{Kind: autoemail.Monthly, Day: 29, Times: eight}, "day"},
		{autoemail.Schedule{Kind: autoemail.Monthly, Day: 1, Days: monday, Times: eight}, "days"},
	} {
		err := c.s.Check()
		if fault.Of(err) != fault.Invalid || len(fault.As(err).Fields) != 1 || fault.As(err).Fields[c.field] == "" {
			t.Errorf("%+v: %+v, want a word on %s", c.s, fault.As(err), c.field)
		}
	}
}

func FuzzReadSchedule(f *testing.F) {
	for _, raw := range []string{
		`{"kind":"asap"}`, `{"kind":"daily","times":[420,1020]}`, `{"kind":"daily","days":[1,2,3,4,5],"times":[480]}`,
		`{"kind":"weekly","days":[1],"times":[480]}`, `{"kind":"monthly","day":28,"times":[0,1439]}`,
		``, `null`, `{}`, `{"kind":"asap"} {}`, `{"kind":"asap"},`, `{"kind":"asap","hour":3}`, `{"kind":"daily","times":[1e9]}`, `{"kind":"weekly","days":[-1],"times":[480]}`, `[1]`,
	} {
		f.Add(raw)
	}
	newYork := load(f, "America/New_York")
	now := time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := autoemail.ReadSchedule(raw)
		if err != nil {
			if s.Kind != "" {
				t.Errorf("%q is refused and read: %+v", raw, s)
			}
			return
		}
		if s.Check() != nil || s.Words() == "" {
			t.Fatalf("%q is read as %+v", raw, s)
		}
		if next := s.Next(now, newYork); s.Kind != autoemail.ASAP && (!next.After(now) || next.After(now.AddDate(0, 0, 33))) {
			t.Fatalf("%q: after %v comes %v", raw, now, next)
		}
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := autoemail.ReadSchedule(string(again)); err != nil || twice.Words() != s.Words() {
			t.Fatalf("%q is written as %q: %v", raw, again, err)
		}
	})
}

func TestAScheduleThatIsNoneIsNotRead(t *testing.T) {
	for _, raw := range []string{``, `null`, `{}`, `{"kind":"asap"} {}`, `{"kind":"asap"},`, `{"kind":"asap","hour":3}`, `{"kind":"daily"}`, `[1]`} {
		if s, err := autoemail.ReadSchedule(raw); err == nil {
			t.Errorf("%q is read as %+v", raw, s)
		}
	}
}
