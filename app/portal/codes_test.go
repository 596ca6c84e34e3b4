package portal_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/portal"
	"porchlight/db"
	"porchlight/db/dbtest"
)

var noon = time.Date(2026, 11, 12, 12, 0, 0, 0, time.UTC)

func openKeys(t *testing.T) (*db.Store, *portal.Keys) {
	t.Helper()
	store := dbtest.New(t)
	keys, err := portal.OpenKeys(t.Context(), store.Write, noon)
	if err != nil {
		t.Fatal(err)
	}
	return store, keys
}

func TestKeysStayThroughARestart(t *testing.T) {
	store, keys := openKeys(t)
	again, err := portal.OpenKeys(t.Context(), store.Write, noon.Add(time.Hour))
	if err != nil || again.Mark() != keys.Mark() || len(keys.Mark()) != 8 {
		t.Error(again, err)
	}
	_, others := openKeys(t)
	if others.Mark() == keys.Mark() {
		t.Error("two installations have one mark")
	}
}

func TestACodeOfNobodyCanNotBeGuessed(t *testing.T) {
	store, keys := openKeys(t)
	asked, err := keys.Ask(t.Context(), store.Write, "nobody@example.com", "192.0.2.1", noon)
	if err != nil || asked != (portal.Asked{}) {
		t.Fatal(asked, err)
	}
	for _, code := range []string{"", "000000", "12345", "1234567", "abcdef", "１２３４５６", "-", strings.Repeat("1", 1000)} {
		token, _, err := keys.Enter(t.Context(), store.Write, "nobody@example.com", code, "192.0.2.1", "x", noon)
		if token != "" || fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %q %v", code, token, err)
		}
	}
	for _, email := range []string{"", "x", "a@b@c"} {
		if _, err := keys.Ask(t.Context(), store.Write, email, "192.0.2.1", noon); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v", email, err)
		}
	}
	if rows := text(t, store, "SELECT address_hash || code_hash FROM portal_codes"); strings.Contains(rows, "nobody") {
		t.Error(rows)
	}
}

func TestLimitsCountByNetworkAndEndInTime(t *testing.T) {
	store, keys := openKeys(t)
	n := 0
	ask := func(ip string, at time.Time) fault.Kind {
		n++
		_, err := keys.Ask(t.Context(), store.Write, fmt.Sprintf("nobody%d@example.com", n), ip, at)
		return fault.Of(err)
	}
	for range 20 {
		if got := ask("192.0.2.7", noon); got != fault.Internal {
			t.Fatal(got)
		}
	}
	for ip, want := range map[string]fault.Kind{"192.0.2.200": fault.Denied, "192.0.3.7": fault.Internal, "2001:db8::1": fault.Internal, "::ffff:192.0.2.9": fault.Denied} {
		if got := ask(ip, noon); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
	if got := ask("192.0.2.7", noon.Add(time.Hour)); got != fault.Internal {
		t.Error("an hour later:", got)
	}
}

// amaras is a shelf with an address that has a portal.
func amaras(t *testing.T) (w *shelfWorld, keys *portal.Keys, email string) {
	t.Helper()
	w = openShelves(t)
	keys, err := portal.OpenKeys(t.Context(), w.store.Write, noon)
	w.must(err)
	return w, keys, text(t, w.store, fmt.Sprint("SELECT email FROM clients WHERE id = ", w.ana.Client.ID))
}

func TestManyNetworksCanNotFillAMailboxAndOneCanNotKeepItsOwnerOut(t *testing.T) {
	w, keys, email := amaras(t)
	mailed := func(ip string, at time.Time) int {
		asked, err := keys.Ask(t.Context(), w.store.Write, email, ip, at)
		w.must(err)
		return len(asked.Code) / 6
	}
	sum := 0
	for range 19 {
		sum += mailed("203.0.113.5", noon)
	}
	if sum != 4 {
		t.Errorf("%d codes from one network", sum)
	}
	if mailed("192.0.2.1", noon) != 1 {
		t.Error("a stranger used up what the address may ask for")
	}
	for i := range 100 {
		sum += mailed(fmt.Sprintf("198.51.%d.1", i), noon.Add(time.Minute))
	}
	if sum != 7 { // and the one of 192.0.2.1
		t.Errorf("%d codes in an hour", sum+1)
	}
	for hour := 1; hour < 24; hour++ {
		for i := range 10 {
			sum += mailed(fmt.Sprintf("10.%d.%d.1", hour, i), noon.Add(time.Duration(hour)*time.Hour))
		}
	}
	if sum != 19 {
		t.Errorf("%d codes in a day", sum+1)
	}
}

func TestAnAddressTakesFewWrongCodesADay(t *testing.T) {
	w, keys, email := amaras(t)
	wrong := 0
	for hour := range 10 {
		at := noon.Add(time.Duration(hour) * time.Hour)
		for i := range 2 {
			ip := fmt.Sprintf("10.%d.%d.1", hour, i)
			asked, err := keys.Ask(t.Context(), w.store.Write, email, ip, at)
			w.must(err)
			guess := "111111"
			if asked.Code == guess {
				guess = "222222"
			}
			for range 5 {
				if _, _, err := keys.Enter(t.Context(), w.store.Write, email, guess, ip, "", at); fault.Of(err) != fault.Invalid {
					t.Fatal(err)
				}
				wrong++
			}
			if wrong == 30 { // the right one is not taken any more, today
				asked, err = keys.Ask(t.Context(), w.store.Write, email, "172.16.0.1", at)
				w.must(err)
				if token, _, _ := keys.Enter(t.Context(), w.store.Write, email, asked.Code, "172.16.0.1", "", at); token != "" {
					t.Error("who guessed thirty times got in")
				}
			}
		}
	}
	later := noon.Add(49 * time.Hour)
	asked, err := keys.Ask(t.Context(), w.store.Write, email, "172.16.0.1", later)
	w.must(err)
	if token, _, err := keys.Enter(t.Context(), w.store.Write, email, asked.Code, "172.16.0.1", "", later); token == "" {
		t.Error("two days later it is still shut:", err)
	}
}

// Who guesses from one network must not shut the door for the one whose address it is.
func TestOneNetworkThatGuessesKeepsNobodyOut(t *testing.T) {
	w, keys, email := amaras(t)
	at := noon
	for range 3 {
		for range 30 {
			if _, _, err := keys.Enter(t.Context(), w.store.Write, email, "000000", "198.51.100.7", "", at); fault.Of(err) != fault.Invalid {
				t.Fatal(err)
			}
		}
		at = at.Add(61 * time.Minute)
	}
	asked, err := keys.Ask(t.Context(), w.store.Write, email, "203.0.113.9", at)
	w.must(err)
	if token, _, err := keys.Enter(t.Context(), w.store.Write, email, asked.Code, "203.0.113.9", "", at); token == "" || err != nil {
		t.Error("kept out:", err)
	}
}

// count has what was counted so often count as another number.
func (w *shelfWorld) count(reached, n int) {
	w.t.Helper()
	result, err := w.store.Write.Exec(`UPDATE portal_limits SET n = ? WHERE n = ?`, n, reached)
	w.must(err)
	if rows, _ := result.RowsAffected(); rows != 1 {
		w.t.Fatalf("%d counts of %d", rows, reached)
	}
}

func TestGuessingAllOverTheHouseIsToldOnceAndStopped(t *testing.T) {
	w, keys, email := amaras(t)
	told := 0
	for i := range 610 {
		if i >= 10 && i < 190 || i >= 210 && i < 590 {
			continue
		}
		for n, reached := range map[int]int{190: 10, 590: 210} { // as if those between had been typed, too
			if i == n {
				w.count(reached, n)
			}
		}
		ip := fmt.Sprintf("10.%d.%d.1", i/250, i%250)
		if _, _, err := keys.Enter(t.Context(), w.store.Write, fmt.Sprintf("a%d@example.com", i), "111111", ip, "", noon); fault.Of(err) != fault.Invalid {
			t.Fatal(err)
		}
		if yes, err := keys.Guessed(t.Context(), w.store.Write, noon); err != nil {
			t.Fatal(err)
		} else if yes {
			told++
		}
		if early := told > 0 && i < 199; early {
			t.Fatal("told after", i)
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	for at, want := range map[time.Time]bool{noon: false, noon.Add(time.Hour): true} {
		asked, err := keys.Ask(t.Context(), w.store.Write, email, "172.16.0.1", at)
		w.must(err)
		if token, _, _ := keys.Enter(t.Context(), w.store.Write, email, asked.Code, "172.16.0.1", "", at); (token != "") != want {
			t.Errorf("at %v: %v", at, token != "")
		}
	}
}

func TestTwoWhoEnterOneCodeAtTheSameMomentGetOneDevice(t *testing.T) {
	w, keys, email := amaras(t)
	for round := range 5 {
		at := noon.Add(time.Duration(round) * time.Hour)
		ip := fmt.Sprintf("192.0.%d.1", round) // those who come late count as mistaken, and of one network no more than ten a day may be
		asked, err := keys.Ask(t.Context(), w.store.Write, email, ip, at)
		w.must(err)
		tokens := make(chan string)
		for range 4 {
			go func() {
				token, _, _ := keys.Enter(t.Context(), w.store.Write, email, asked.Code, ip, "", at)
				tokens <- token
			}()
		}
		n := 0
		for range 4 {
			if <-tokens != "" {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%d devices of one code", n)
		}
	}
}

func TestTwoWhoAskAtTheSameMomentLeaveOneOpenCode(t *testing.T) {
	w, keys, email := amaras(t)
	done := make(chan portal.Asked)
	for i := range 4 {
		go func() {
			asked, err := keys.Ask(t.Context(), w.store.Write, email, fmt.Sprintf("192.0.%d.1", i), noon)
			if err != nil {
				t.Error(err)
			}
			done <- asked
		}()
	}
	codes := map[string]bool{}
	for range 4 {
		codes[(<-done).Code] = true
	}
	if n := text(t, w.store, "SELECT count(*) || '' FROM portal_codes WHERE ended_at IS NULL"); n != "1" {
		t.Errorf("%s are open", n)
	}
	fit := 0
	for code := range codes {
		if token, _, _ := keys.Enter(t.Context(), w.store.Write, email, code, "192.0.2.1", "", noon); token != "" {
			fit++
		}
	}
	if fit != 1 {
		t.Errorf("%d of %d codes fit", fit, len(codes))
	}
}

func TestASealedTextIsOnlyThisInstallations(t *testing.T) {
	_, keys := openKeys(t)
	_, others := openKeys(t)
	for _, said := range []string{"", "Saved.", "“é” \x00 <b>"} {
		sealed := keys.Seal(said)
		if got := keys.Unseal(sealed); got != said {
			t.Errorf("%q came back as %q", said, got)
		}
		for _, wrong := range []string{others.Seal(said), sealed + "x", said, strings.ToUpper(sealed)} {
			if got := keys.Unseal(wrong); got != "" {
				t.Errorf("%q was read as %q", wrong, got)
			}
		}
	}
}

func TestPlaces(t *testing.T) {
	store, keys := openKeys(t)
	for i, c := range []struct {
		ip    string
		n     int64
		fresh bool
	}{{"192.0.2.1", 1, true}, {"192.0.2.9", 0, false}, {"192.0.3.1", 2, true}, {"2001:db8::1", 3, true}, {"2001:db8::2", 0, false}} {
		if n, fresh, err := keys.Places(t.Context(), store.Write, "a letter", c.ip, noon); n != c.n || fresh != c.fresh || err != nil {
			t.Errorf("%d: %d %v %v", i, n, fresh, err)
		}
	}
}

func text(t *testing.T, store *db.Store, query string) (all string) {
	t.Helper()
	var rows []string
	if err := store.Read.NewRaw(query).Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	return strings.Join(rows, "\n")
}

func TestDeviceWords(t *testing.T) {
	for agent, want := range map[string]string{
		"": "A browser", "curl/8.0": "A browser",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1":  "Chrome on iPhone",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0":                   "Edge on Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36":  "Samsung Internet on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "Safari on Mac",
	} {
		if got := (portal.Device{UserAgent: agent}).Words(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func FuzzDeviceWords(f *testing.F) {
	f.Add("Mozilla/5.0 (iPhone) CriOS/130")
	f.Add("<script>alert(1)</script>\x00\xff")
	f.Fuzz(func(t *testing.T, agent string) {
		words := portal.Device{UserAgent: agent}.Words()
		if words == "" || len(words) > 40 || strings.ContainsAny(words, "<>\"'\x00") || !utf8.ValidString(words) {
			t.Errorf("%q", words)
		}
	})
}

func TestAThousandAddressesDoNotHelpAGuesser(t *testing.T) {
	w := openShelves(t)
	ctx, write := t.Context(), w.store.Write
	keys, err := portal.OpenKeys(ctx, write, noon)
	w.must(err)
	email := text(t, w.store, fmt.Sprint("SELECT email FROM clients WHERE id = ", w.ana.Client.ID))
	asked, err := keys.Ask(ctx, write, email, "192.0.2.1", noon)
	if err != nil || len(asked.Code) != 6 || asked.Address != email {
		t.Fatal(asked, err)
	}
	for i := range 30 {
		if _, _, err := keys.Enter(ctx, write, fmt.Sprintf("a%d@example.com", i), "111111", "192.0.2.1", "", noon); fault.Of(err) != fault.Invalid {
			t.Fatal(err)
		}
	}
	if token, _, err := keys.Enter(ctx, write, email, asked.Code, "192.0.2.77", "", noon); token != "" || fault.Of(err) != fault.Invalid {
		t.Error("a network that guessed often got in:", err)
	}
	token, expires, err := keys.Enter(ctx, write, email, asked.Code, "198.51.100.1", "", noon)
	if err != nil || !expires.Equal(noon.Add(portal.DeviceLife)) {
		t.Fatal(err)
	}
	if _, _, err := keys.Enter(ctx, write, email, asked.Code, "198.51.100.1", "", noon); fault.Of(err) != fault.Invalid {
		t.Error("a code opened twice:", err)
	}
	for at, want := range map[time.Time]int{noon: 1, expires.Add(-time.Second): 1, expires: 0} {
		if _, all, err := portal.Visitors(ctx, w.store.Read, token, at); err != nil || len(all) != want {
			t.Errorf("at %v: %d, %v", at, len(all), err)
		}
	}
	if rows := text(t, w.store, "SELECT token_hash || ip FROM portal_devices"); strings.Contains(rows, token) || !strings.Contains(rows, "198.51.100.0/24") {
		t.Error(rows)
	}
}

func TestAnAskersNameIsJustAName(t *testing.T) {
	w, keys, _ := amaras(t)
	agent := w.ana.Client.AgentID
	for i, c := range []struct{ typed, kept string }{
		{"Dan van Fox", "Dan van Fox"}, {" Zoë\t O’Neill-Nguyễn ", "Zoë O’Neill-Nguyễn"}, {"王小明", "王小明"}, {"J.R. Ewing 3rd", "J.R. Ewing 3rd"}, {"St.John", "St. John"},
		{"Dan\r\nBcc: x", ""}, {"Dan\r\nSubject", "Dan Subject"}, {"Dan” (boss) has the keys. “", "Dan (boss) has the keys."}, {"go to evil.example now", "go to evil. example now"}, {"\u202enaD", "naD"},
		{"Call 860-555-0100", ""}, {"Call 8 6 0", ""}, {"http://evil.example", ""}, {"<b>Dan</b>", ""}, {"a\\b", ""}, {"...", ""}, {"\u200b", ""}, {strings.Repeat("é", 81), ""}, {strings.Repeat("é", 80), strings.Repeat("é", 80)},
	} {
		a, ok, err := keys.AskForOwn(t.Context(), w.store.Write, agent, int64(i), c.typed, fmt.Sprintf("d%d@example.com", i), fmt.Sprintf("10.0.%d.1", i), noon)
		if c.kept == "" {
			if fault.Of(err) != fault.Invalid {
				t.Errorf("%q was taken as %q: %v", c.typed, a.Name(), err)
			}
			continue
		}
		if err != nil || !ok || a.Name() != c.kept {
			t.Errorf("%q: %q, %v %v", c.typed, a.Name(), ok, err)
		}
	}
}

func TestAnAgentIsNotAskedAllDayAndAskersAreForgotten(t *testing.T) {
	w, keys, _ := amaras(t)
	agent, denied := w.ana.Client.AgentID, 0
	for i := range 40 {
		_, _, err := keys.AskForOwn(t.Context(), w.store.Write, agent, int64(i), "Dan", fmt.Sprintf("d%d@example.com", i), fmt.Sprintf("10.0.%d.1", i), noon)
		if fault.Of(err) == fault.Denied {
			denied++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if denied != 10 {
		t.Errorf("%d denied", denied)
	}
	if _, _, err := keys.AskForOwn(t.Context(), w.store.Write, agent, 1, "Dan", "late@example.com", "10.1.0.1", noon.Add(91*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if kept := text(t, w.store, "SELECT email FROM portal_askers"); kept != "late@example.com" {
		t.Error(kept)
	}
}

func TestOnlyTheNewestCodeFits(t *testing.T) {
	w, keys, email := amaras(t)
	first, err := keys.Ask(t.Context(), w.store.Write, email, "192.0.2.1", noon)
	w.must(err)
	second := first
	for i := 2; second.Code == first.Code; i++ { // one in a million
		second, err = keys.Ask(t.Context(), w.store.Write, email, fmt.Sprintf("192.0.%d.1", i), noon)
		w.must(err)
	}
	for _, c := range []struct {
		code string
		want bool
	}{{first.Code, false}, {second.Code, true}} {
		if token, _, _ := keys.Enter(t.Context(), w.store.Write, email, c.code, "192.0.2.1", "", noon); (token != "") != c.want {
			t.Errorf("%v: %q", c.want, token)
		}
	}
}

func TestManyNetworksCanNotMailTheWholeHouse(t *testing.T) {
	w, keys, _ := amaras(t)
	var forms []clients.Form
	for i := range 20 {
		forms = append(forms, clients.Form{FirstName: "One", Email: fmt.Sprintf("one%d@example.com", i)})
	}
	err := w.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := clients.CreateMany(ctx, db, w.ana.Client.AgentID, forms, noon)
		return err
	})
	w.must(err)
	mailed := 0
	for i := range 40 {
		if i == 15 {
			w.count(15, 590)
			mailed += 590 - 15
		}
		asked, err := keys.Ask(t.Context(), w.store.Write, forms[i/2].Email, fmt.Sprintf("10.0.%d.1", i), noon)
		w.must(err)
		mailed += len(asked.Code) / 6
	}
	if mailed != 600 {
		t.Errorf("%d codes in an hour", mailed)
	}
}
