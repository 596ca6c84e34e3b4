package web_test

import (
	"testing"

	"porchlight/app/web"
)

func TestTimeOfDay(t *testing.T) {
	for text, want := range map[string]int{
		"07:00": 420, "7": 420, "7 am": 420, "7pm": 1140, "5:30 p.m.": 1050, " 17:30 ": 1050, "12 am": 0, "12:15 AM": 15, "12 pm": 720, "00:00": 0, "23:59": 1439, "7.30": 450, "9a": 540,
		"": -1, "24:00": -1, "7:60": -1, "13 pm": -1, "0 am": -1, "noon": -1, "-1": -1, "7:0": -1, "7:00:00": -1, "١٢": -1, "777": -1,
	} {
		got, ok := web.ClockOf(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func FuzzTimeOfDay(f *testing.F) {
	for _, seed := range []string{"07:00", "5:30 p.m.", "12 am", "24:00", "7.3", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		minutes, ok := web.ClockOf(text)
		if !ok {
			return
		}
		if minutes < 0 || minutes >= 24*60 {
			t.Fatalf("%q: %d", text, minutes)
		}
		if again, ok := web.ClockOf(web.ClockInput(minutes)); !ok || again != minutes {
			t.Errorf("%q: %d, then %d", text, minutes, again)
		}
	})
}
