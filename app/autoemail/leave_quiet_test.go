package autoemail_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/app/listings"
	"porchlight/app/portal"
)

func TestADiscardedHomeStaysQuiet(t *testing.T) {
	w := openWorks(t)
	w.asap()
	next := func() []received { // found, then gathered
		t.Helper()
		none(t, w.after(time.Second))
		return w.after(10 * time.Minute)
	}
	w.comes(w.home("1", 300_000), w.home("2", 300_000))
	one(t, next(), "\n1 Elm Street", "\n2 Elm Street")
	rae := portal.Visitor{Client: w.rae, Member: w.rae}
	var home listings.ID
	w.must(w.store.Read.NewRaw("SELECT id FROM listings WHERE unparsed_address = '1 Elm Street'").Scan(t.Context(), &home))
	_, err := portal.React(t.Context(), w.store.Write, rae, home, portal.Discard, w.now)
	w.must(err)
	w.comes(w.home("1", 290_000), w.home("2", 290_000))
	letter := one(t, next(), "\n2 Elm Street")
	if strings.Contains(letter.text, "1 Elm Street") {
		t.Error("a discarded home came again for a small drop")
	}
	w.comes(w.home("1", 270_000))
	one(t, next(), "\n1 Elm Street", "$270,000")
	w.must(portal.SaveSettings(t.Context(), w.store.Write, rae, 0, w.now))
	w.comes(w.home("1", 250_000))
	none(t, next())
	_, err = portal.React(t.Context(), w.store.Write, rae, home, "", w.now)
	w.must(err)
	w.comes(w.home("1", 245_000))
	one(t, next(), "\n1 Elm Street")
}
