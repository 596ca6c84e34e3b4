package autoemail_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
)

func TestPagesOfAListCoverEverythingOnce(t *testing.T) {
	b := openBureau(t)
	people := []clients.Client{b.rae, b.client(b.maya, "Ann Lee"), b.client(b.maya, "Ánna Lee"), b.client(b.maya, "Zoë Ångström"), b.client(b.maya, "Bo Lee")}
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"Mystic", "By the Sea", "Café 100%", "Lake_side"}
	for i := range 60 {
		s := b.save(b.mystic(func(s *autoemail.Search) {
			s.Name, s.ClientID = names[i%len(names)], people[random.IntN(len(people))].ID
		}), autoemail.Saving{})
		switch random.IntN(4) {
		case 0:
			b.exec("UPDATE searches SET state = 'deleted' WHERE id = ?", s.ID)
		case 1:
			b.exec("UPDATE searches SET state = 'paused', paused_by = 'agent' WHERE id = ?", s.ID)
		}
	}
	theirs := b.client(b.jon, "Jo Moss")
	_, err := autoemail.Save(t.Context(), b.store.Write, b.jon, b.mystic(func(s *autoemail.Search) { s.ClientID = theirs.ID }), autoemail.Saving{}, b.now)
	b.must(err)
	all, total, next, err := autoemail.List(t.Context(), b.store.Read, autoemail.Filter{Agent: b.maya, Limit: 1000}, b.zone, b.now)
	b.must(err)
	if total != len(all) || next != "" || total < 30 {
		t.Fatalf("%d of %d, then %q", len(all), total, next)
	}
	order := map[clients.ID]int{}
	for i, c := range []int{1, 2, 4, 0, 3} { // Ann, Anna and Bo Lee, Rae Moss, Zoë Ångström folds to Angstrom
		order[people[c].ID] = i
	}
	order[people[3].ID] = -1
	if !slices.IsSortedFunc(all, func(a, c autoemail.Overview) int {
		if by := order[a.ClientID] - order[c.ClientID]; by != 0 {
			return by
		}
		return int(a.ID - c.ID)
	}) {
		t.Error("not by the client's name")
	}
	texts := []string{"", "  ", "mystic", "SEA by", "lee", "lee sea", "cafe", "100%", "%", "_", "lake_side", "ångström", "rae@", "rae.moss@example.com", "nobody", strings.Repeat("x ", 500)}
	covers := func(limit uint8, client, state, text uint8) bool {
		f := autoemail.Filter{Agent: b.maya, Limit: int(limit%9) + 1, Text: texts[int(text)%len(texts)]}
		if client%2 == 0 {
			f.Client = people[int(client/2)%len(people)].ID
		}
		f.State = []autoemail.State{"", autoemail.Active, autoemail.Paused, autoemail.Deleted}[state%4]
		var want, got []autoemail.ID
		for _, o := range all {
			if (f.Client == 0 || o.ClientID == f.Client) && (f.State == "" || o.State == f.State) && mentions(o, f.Text) {
				want = append(want, o.ID)
			}
		}
		for {
			page, total, next, err := autoemail.List(t.Context(), b.store.Read, f, b.zone, b.now)
			b.must(err)
			for _, o := range page {
				got = append(got, o.ID)
			}
			if total != len(want) || len(page) > f.Limit || next != "" && len(page) != f.Limit {
				t.Logf("%+v: a page of %d, %d in all, want %d", f, len(page), total, len(want))
				return false
			}
			if f.After = next; next == "" || len(got) > len(all) {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Logf("%+v: got %v, want %v", f, got, want)
			return false
		}
		return true
	}
	if err := quick.Check(covers, &quick.Config{MaxCount: 150}); err != nil {
		t.Error(err)
	}
}

// mentions is the plain rule: each word in the client's name or address, or in the auto email's name.
func mentions(o autoemail.Overview, text string) bool {
	plain := strings.NewReplacer("á", "a", "å", "a", "ö", "o", "ë", "e", "é", "e").Replace
	if len(text) > 200 {
		text = text[:200]
	}
	words := strings.Fields(text)
	for _, word := range words[:min(10, len(words))] {
		word = plain(strings.ToLower(word))
		client := plain(strings.ToLower(o.ClientName))
		email := strings.ReplaceAll(strings.ToLower(o.ClientName), " ", ".") + "@example.com"
		name := strings.NewReplacer("%", "", "_", " ").Replace(plain(strings.ToLower(o.Name)))
		bare := strings.Trim(strings.NewReplacer("%", "", "_", " ", "@", " ", ".", " ").Replace(word), " ")
		if !strings.Contains(client, word) && !strings.Contains(email, word) && (bare == "" || !strings.Contains(name, bare)) {
			return false
		}
	}
	return true
}

func TestAListTellsWhatStandsAround(t *testing.T) {
	b := openBureau(t)
	s := b.save(b.mystic(), autoemail.Saving{})
	queue := b.save(b.mystic(func(s *autoemail.Search) { s.Concierge = true }), autoemail.Saving{})
	for i, state := range []autoemail.MatchState{autoemail.Waiting, autoemail.Waiting, autoemail.Sent, autoemail.Sent, autoemail.Sent, autoemail.Dropped} {
		b.match(s, fmt.Sprint(i), state)
	}
	b.match(queue, "a", autoemail.Unsent)
	eight := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)
	list := func() []autoemail.Overview {
		t.Helper()
		page, _, _, err := autoemail.List(t.Context(), b.store.Read, autoemail.Filter{Agent: b.maya}, b.zone, b.now)
		b.must(err)
		return page
	}
	page := list()
	wants(t, "counts", fmt.Sprint(page[0].Waiting, page[0].Unsent, page[0].Sent), "2 0 3")
	wants(t, "of the queue", fmt.Sprint(page[1].Waiting, page[1].Unsent, page[1].Sent), "0 1 0")
	wants(t, "client", page[0].ClientName, "Rae Moss")
	wantsTime(t, "next", page[0].Next, eight)
	wantsTime(t, "next of the queue", page[1].Next, time.Time{})
	b.exec("UPDATE searches SET next_at = ? WHERE id = ?", b.now.Add(-time.Hour), s.ID)
	wantsTime(t, "next where a letter is due", list()[0].Next, b.now)
	_, err := autoemail.Pause(t.Context(), b.store.Write, b.maya, []autoemail.ID{s.ID}, time.Time{}, b.now)
	b.must(err)
	wantsTime(t, "next of a paused one", list()[0].Next, time.Time{})
	_, err = autoemail.Pause(t.Context(), b.store.Write, b.maya, []autoemail.ID{s.ID}, eight.Add(time.Minute), b.now)
	b.must(err)
	wantsTime(t, "next of one that comes back", list()[0].Next, eight.AddDate(0, 0, 1))
}

func FuzzPlaces(f *testing.F) {
	f.Add(autoemail.PlaceAfter("moss\trae", 7))
	f.Add("")
	f.Add("NyA")
	f.Add("!")
	f.Fuzz(func(t *testing.T, text string) {
		key, id, ok := autoemail.ReadPlace(text)
		if !ok {
			return
		}
		if id <= 0 || strings.ContainsRune(key, 0) {
			t.Errorf("read %q, %d", key, id)
		}
		if again, n, ok := autoemail.ReadPlace(autoemail.PlaceAfter(key, id)); !ok || again != key || n != id {
			t.Errorf("%q, %d came back as %q, %d, %v", key, id, again, n, ok)
		}
		if _, err := base64.RawURLEncoding.DecodeString(text); err != nil {
			t.Error(err)
		}
	})
}
