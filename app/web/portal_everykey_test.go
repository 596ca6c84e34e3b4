package web_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/clients"
	"porchlight/app/mail/mailtest"
)

// keyRow says what a client's page needs and does.
type keyRow struct {
	key   string   // that opens it: letter, stop (the unsubscribe token), device; empty: none does, it stands in front of the doors
	sees  string   // what the right key is shown of its owner's; empty: nothing that another key must not see
	query string   // of a POST
	form  []string // of a POST: name, value pairs that would change something; {home} and the like stand for Amara's own
	acts  bool     // with it the right key changes something of its owner's
	marks string   // tables in which a POST counts, whoever it is
	last  bool     // it takes away what other rows need

	market bool // it shows homes on the market, whoever they were sent to
}

// keyRows has a row for every route a client can open: a new route under /p, /l, /u or /d fails TestEveryKey until it has one.
// One line does: which key opens it, for a GET a text of the owner's that the page shows, for a POST a form that changes something.
// Parameters of a path (":home<int>") and of a form ("{home}") are filled from keyring.ids; a new kind of thing gets a line there.
var keyRows = map[string]keyRow{
	"GET /p":                                    {key: "device", sees: "For Amara"},
	"POST /p":                                   {form: []string{"email", "amara@example.com"}, marks: "portal_limits portal_codes mailings letters asked_mailings"},
	"GET /p/code":                               {},
	"POST /p/code":                              {form: []string{"code", "123456"}, marks: "portal_limits"},
	"POST /p/sign-out":                          {key: "device", acts: true, last: true},
	"GET /p/choose":                             {},
	"POST /p/choose":                            {form: []string{"portal", "{client}"}},
	"GET /p/devices":                            {key: "device", sees: "Chrome on iPhone"},
	"POST /p/devices":                           {key: "device", acts: true, last: true},
	"POST /p/devices/:device<int>":              {key: "device", acts: true, last: true},
	"GET /p/homes":                              {key: "device", sees: "12 Oak Lane"},
	"GET /p/homes/:home<int>":                   {key: "device", sees: "12 Oak Lane"},
	"GET /p/homes/:home<int>/open.ics":          {key: "device"},
	"POST /p/homes/:home<int>/reaction":         {key: "device", form: []string{"kind", "favorite"}, acts: true},
	"GET /p/letters/:letter<int>":               {key: "device", sees: "For Amara"},
	"GET /p/letters/:letter<int>/html":          {key: "device", sees: "12 Oak Lane"},
	"GET /p/messages":                           {key: "device", sees: "Amara’s own words"},
	"POST /p/messages":                          {key: "device", form: []string{"message", "May we see it on Sunday?", "home", "{home}"}, acts: true},
	"GET /p/searches":                           {key: "device", sees: "Amara’s own harbor"},
	"POST /p/searches":                          {key: "device", form: []string{"city", "Mystic"}, acts: true},
	"GET /p/searches/new":                       {key: "device", market: true},
	"GET /p/searches/:own<int>":                 {key: "device", market: true, sees: "Amara’s own harbor"},
	"POST /p/searches/:own<int>/removal":        {key: "device", acts: true, last: true},
	"POST /p/searches/autos/:auto<int>/weekly":  {key: "device", acts: true},
	"POST /p/searches/autos/:auto<int>/pause":   {key: "device", form: []string{"until", "2026-12-24"}, acts: true},
	"POST /p/searches/autos/:auto<int>/start":   {key: "device", acts: true},
	"POST /p/searches/autos/:auto<int>/looking": {key: "device"},
	"POST /p/searches/autos/:auto<int>/stop":    {key: "device", acts: true},
	"GET /p/found/:home<int>":                   {key: "device", market: true},
	"POST /p/seen":                              {key: "device", query: "?home={home}", acts: true},
	"GET /p/preferences":                        {key: "device", sees: "amara@example.com"},
	"POST /p/preferences/pause":                 {key: "device", form: []string{"until", "2026-12-24"}, acts: true},
	"POST /p/preferences/start":                 {key: "device", acts: true},
	"POST /p/preferences/drops":                 {key: "device", form: []string{"drop_percent", "10"}, acts: true},
	"POST /p/preferences/stop":                  {key: "device", acts: true, last: true},
	"POST /p/preferences/undo":                  {key: "device", form: []string{"event", "1"}},
	"GET /p/data":                               {key: "device", sees: "amara@example.com"},
	"POST /p/data":                              {key: "device", acts: true, marks: "portal_limits"},
	"GET /p/leave":                              {key: "device", sees: "amara@example.com"},
	"POST /p/leave":                             {key: "device", acts: true, last: true},
	"GET /p/household":                          {key: "device", sees: "Sam Guest"},
	"POST /p/household/withdrawal":              {key: "device", form: []string{"invitation", "{invitation}"}, acts: true},
	"POST /p/household":                         {key: "device", form: []string{"first_name", "Quinn", "email", "quinn@example.com"}, acts: true},
	"POST /p/household/leaving":                 {key: "device"},
	"GET /p/invitation":                         {key: "device"}, // and only of who is invited
	"POST /p/invitation":                        {key: "device", form: []string{"invitation", "{invitation}", "answer", "yes"}},
	"GET /l/:token":                             {key: "letter", sees: "12 Oak Lane"},
	"GET /l/:token/:listing<int>":               {key: "letter", sees: "12 Oak Lane"},
	"POST /l/:token/portal":                     {key: "letter"},
	"POST /l/:token/own":                        {key: "letter", form: []string{"name", "Dan Fox", "email", "dan@example.com"}, acts: true},
	"POST /l/:token/seen":                       {key: "letter", acts: true},
	"GET /u/:token":                             {key: "stop"},
	"POST /u/:token":                            {key: "stop", form: []string{"List-Unsubscribe", "One-Click"}, acts: true, last: true},
	"GET /u/:token/undo":                        {key: "stop"},
	"GET /u/:token/pause":                       {key: "stop"},
	"GET /u/:token/stop":                        {key: "stop"},
	"GET /u/:token/again":                       {key: "stop"},
	"GET /u/:token/weekly":                      {key: "stop"},
	"POST /u/:token/undo":                       {key: "stop", form: []string{"event", "1"}},
	"POST /u/:token/pause":                      {key: "stop", form: []string{"for", "month", "days", "30"}},
	"GET /u/:token/opt-in":                      {key: "stop"},
	"POST /u/:token/opt-in":                     {key: "stop", last: true},
	"POST /u/:token/stop":                       {key: "stop", form: []string{"search", "1"}},
	"POST /u/:token/again":                      {key: "stop", form: []string{"search", "1"}},
	"POST /u/:token/weekly":                     {key: "stop", form: []string{"search", "1"}},
	"GET /u/:token/looking":                     {key: "stop"},
	"POST /u/:token/looking":                    {key: "stop", form: []string{"answer", "yes"}},
	"GET /d/:token":                             {},
	"POST /d/:token":                            {form: []string{"match", "1", "decision", "approve"}},
	"POST /d/:token/all":                        {},
	"POST /d/:token/undo":                       {form: []string{"match", "1"}},
}

// held is one key somebody has.
type held struct{ name, key string }

// keyring is a house with Amara's and Ben's keys.
type keyring struct {
	*house
	amara, ben clients.Client
	ids        map[string]string // of what is Amara's, by the name of the parameter
	cookie     string            // a device's
	letter     map[string]string // by address
	stop       map[string]string
	device     map[string]string
}

func openKeyring(t *testing.T) *keyring {
	t.Helper()
	h, maya, all, homes := sentOne(t)
	w := &keyring{house: h, amara: all["amara"], ben: all["ben"], ids: map[string]string{}, letter: map[string]string{}, stop: map[string]string{}, device: map[string]string{}}
	unsubscribe := regexp.MustCompile(`http://porchlight\.test/u/([A-Za-z0-9_-]+)`)
	token := func(m mailtest.Message) string { return unsubscribe.FindStringSubmatch(plainOf(t, m))[1] }
	for _, one := range []clients.Client{w.amara, w.ben} {
		m := h.mailTo(one.Email)
		w.letter[one.Email], w.stop[one.Email] = strings.TrimPrefix(pageOf(t, m), "/l/"), token(m)
	}
	w.cookie = "porchlight-portal-" + h.server.PortalKeys.Mark()
	w.ids["home"], w.ids["listing"], w.ids["client"] = homes[0], homes[0], id(w.amara)
	h.exec(t, `INSERT INTO household_invitations (client_id, first_name, last_name, email, email_key, by_agent, at, expires_at) VALUES (?, 'Sam', 'Guest', 'guest@example.com', 'guest@example.com', ?, ?, ?)`,
		w.amara.ID, false, h.clock(), h.clock().AddDate(0, 0, 14))
	w.ids["invitation"] = w.one(`SELECT id FROM household_invitations WHERE client_id = ?`, w.amara.ID)
	h.exec(t, `INSERT INTO own_searches (client_id, name, criteria, created_at) VALUES (?, 'Amara’s own harbor', '{"Cities":["Mystic"]}', ?)`, w.amara.ID, h.clock())
	w.ids["auto"] = fmt.Sprint(h.wish(maya, w.amara, "Amara’s own wish").ID)
	w.ids["own"] = w.one(`SELECT id FROM own_searches WHERE client_id = ?`, w.amara.ID)
	w.ids["letter"] = w.one(`SELECT id FROM letters WHERE client_id = ?`, w.amara.ID)
	for _, one := range []clients.Client{w.amara, w.ben} {
		w.signIn(one)
	}
	for _, one := range []clients.Client{w.amara, w.ben} {
		b := w.visitor()
		b.cookies[w.cookie] = w.device[one.Email]
		b.Post("/p/messages", "message", one.FirstName+"’s own words").wants(t, http.StatusSeeOther)
	}
	return w
}

func (w *keyring) one(query string, args ...any) string {
	w.t.Helper()
	var id int64
	if err := w.store.Read.NewRaw(query, args...).Scan(w.t.Context(), &id); err != nil {
		w.t.Fatal(query, err)
	}
	return fmt.Sprint(id)
}

// signIn makes sure that somebody has a device that opens.
func (w *keyring) signIn(one clients.Client) {
	w.t.Helper()
	b := w.visitor()
	b.cookies[w.cookie] = w.device[one.Email]
	if w.device[one.Email] == "" || b.Get("/p/devices").Status != http.StatusOK {
		w.pass(time.Hour)
		w.device[one.Email] = w.inPortal(one.Email).cookies[w.cookie]
	}
	if one.ID == w.amara.ID {
		w.ids["device"] = w.one(`SELECT max(id) FROM portal_devices WHERE email_key = ?`, one.EmailKey)
	}
}

func (w *keyring) held() []held {
	all := []held{{"none", ""}}
	for _, kind := range []string{"letter", "stop", "device"} {
		mine := w.keys(kind)[w.amara.Email]
		all = append(all, held{kind, mine}, held{"another's " + kind, w.keys(kind)[w.ben.Email]}, held{"a cut " + kind, mine[:len(mine)-1]}, held{"a longer " + kind, mine + "A"})
	}
	return all
}

// keys are those of a kind, by address.
func (w *keyring) keys(kind string) map[string]string {
	return map[string]map[string]string{"letter": w.letter, "stop": w.stop, "device": w.device}[kind]
}

// fill puts Amara's ids into a path or a form's value.
func (w *keyring) fill(text, token string) string {
	text = strings.ReplaceAll(text, ":token", cmp.Or(token, "x"))
	return regexp.MustCompile(`:(\w+)(?:<\w+>)?|\{(\w+)\}`).ReplaceAllStringFunc(text, func(found string) string {
		name := regexp.MustCompile(`\w+`).FindString(found)
		if w.ids[name] == "" {
			w.t.Fatalf("%s: put the id of something of Amara's into keyring.ids[%q]", text, name)
		}
		return w.ids[name]
	})
}

// ask sends a route's request with a key as its token and as a device's cookie.
func (w *keyring) ask(method, path string, row keyRow, key string, header ...string) reply {
	w.t.Helper()
	b := w.visitor()
	if key != "" {
		b.cookies[w.cookie] = key
	}
	target := w.fill(path+row.query, key)
	r := httptest.NewRequest(method, target, nil)
	if method == http.MethodPost {
		form := url.Values{}
		for i := 0; i+1 < len(row.form); i += 2 {
			form.Add(row.form[i], w.fill(row.form[i+1], key))
		}
		r = httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.do(r)
}

// Every route a client can open, with every key, another client's, a cut one, a longer one and none: each shows and changes only
// what is its owner's, tells no other key, and looking changes nothing.
func TestEveryKey(t *testing.T) {
	t.Parallel()
	w := openKeyring(t)
	homesOf := map[string][]string{"amara": {"12 Oak Lane"}, "ben": {"14 Oak Lane"}}
	words := map[string][]string{"amara": {"Osei", "amara@example.com", "For Amara", "Amara’s own words", "guest@example.com"}, "ben": {"Ben’s own words", "Ito", "ben@example.com", "For Ben", "Secret of Ben"}}
	has := func(r reply, some []string) bool {
		return slices.ContainsFunc(some, func(one string) bool { return strings.Contains(r.Body+fmt.Sprint(r.Header), one) })
	}
	hers := regexp.MustCompile(fmt.Sprintf(`\b(client_id|member_id):%d\b|\bclients.*\bid:%d\b|amara@example\.com`, w.amara.ID, w.amara.ID))
	type one struct{ method, path string }
	var table, last []one
	seen := map[string]bool{}
	for _, r := range w.server.RouteTable() {
		if door, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/"); !slices.Contains([]string{"p", "l", "u", "d"}, door) {
			continue
		}
		name := r.Method + " " + r.Path
		seen[name] = true
		row, known := keyRows[name]
		switch {
		case !known:
			t.Errorf("%s: add its row to keyRows", name)
		case r.Who != "anyone":
			t.Errorf("%s is for those who sign in", name)
		case row.last:
			last = append(last, one{r.Method, r.Path})
		default:
			table = append(table, one{r.Method, r.Path})
		}
	}
	for name := range keyRows {
		if !seen[name] {
			t.Errorf("%s is no route any more", name)
		}
	}
	for _, r := range append(table, last...) {
		row := keyRows[r.method+" "+r.path]
		w.signIn(w.amara)
		w.signIn(w.ben)
		before := dump(t, w.house)
		var wrong []held // Ben's of the right kind is the last: it may change what is his
		for _, k := range w.held() {
			if k.name != row.key && k.name != "another's "+row.key {
				wrong = append(wrong, k)
			}
		}
		if row.key != "" {
			wrong = append(wrong, held{"another's " + row.key, w.keys(row.key)[w.ben.Email]})
		}
		for i, k := range wrong {
			bens := row.key != "" && i == len(wrong)-1
			name := fmt.Sprintf("%s %s with %s", r.method, r.path, k.name)
			answer := w.ask(r.method, r.path, row, k.key)
			w.checkAnswer(name, answer, k)
			if has(answer, words["amara"]) && row.marks == "" || !row.market && has(answer, homesOf["amara"]) {
				t.Errorf("%s tells of Amara:\n%s", name, answer.Body)
			}
			if !bens && (has(answer, words["ben"]) || has(answer, homesOf["ben"])) {
				t.Errorf("%s tells of Ben:\n%s", name, answer.Body)
			}
			if row.key == "device" && !bens {
				if inside := answer.Status != http.StatusSeeOther || answer.Header.Get("Location") != "/p"; inside && r.path != "/p" {
					t.Errorf("%s: %d", name, answer.Status)
				}
				if k.name == "stop" && r.path != "/p" && r.path != "/p/sign-out" {
					w.ask(r.method, r.path, row, k.key, "HX-Request", "true").wants(t, http.StatusUnauthorized)
				}
			}
			if strings.Contains(r.path, ":token") && !bens && answer.Status != http.StatusNotFound {
				t.Errorf("%s: %d", name, answer.Status)
			}
			if !bens && i < len(wrong)-2 {
				continue // one look at the database for all that may change nothing
			}
			after := dump(t, w.house)
			for _, line := range strings.Split(differences(before, after), "\n") {
				changed := regexp.MustCompile(`\w+map\[`).FindString(line)
				table := strings.TrimSuffix(changed, "map[")
				switch {
				case line == "" || table == "sqlite_sequence" || slices.Contains(strings.Fields(row.marks), table):
				case !bens:
					t.Errorf("%s or a key before changed %s", name, line)
				case r.method == http.MethodGet, hers.MatchString(line):
					t.Errorf("%s changed %s", name, line)
				}
			}
			before = after
		}
		if row.key == "" {
			continue
		}
		name := fmt.Sprintf("%s %s with the right key", r.method, r.path)
		k := held{row.key, w.keys(row.key)[w.amara.Email]}
		answer := w.ask(r.method, r.path, row, k.key)
		w.checkAnswer(name, answer, k)
		if answer.Status >= 400 && (row.sees != "" || row.acts) {
			t.Errorf("%s: %d\n%s", name, answer.Status, answer.Body)
		}
		if has(answer, words["ben"]) || !row.market && has(answer, homesOf["ben"]) {
			t.Errorf("%s tells of Ben:\n%s", name, answer.Body)
		}
		if row.sees != "" && !strings.Contains(answer.Body, row.sees) {
			t.Errorf("%s: no %q in\n%s", name, row.sees, answer.Body)
		}
		if row.key == "letter" && has(answer, words["amara"]) {
			t.Errorf("%s tells who it is", name)
		}
		if row.key == "stop" && has(answer, homesOf["amara"]) {
			t.Errorf("%s shows homes", name)
		}
		diff := differences(before, dump(t, w.house))
		if r.method == http.MethodGet && diff != "" {
			t.Errorf("%s changed:\n%s", name, diff)
		}
		if row.acts && diff == "" {
			t.Errorf("%s changes nothing: give it a form that does\n%d %s", name, answer.Status, answer.Body)
		}
		for _, line := range strings.Split(diff, "\n") {
			if regexp.MustCompile(fmt.Sprintf(`\b(client_id|member_id):%d\b|ben@example\.com`, w.ben.ID)).MatchString(line) {
				t.Errorf("%s changed something of Ben's: %s", name, line)
			}
		}
	}
}

// checkAnswer checks what holds for every answer, whatever the key.
func (w *keyring) checkAnswer(name string, answer reply, k held) {
	w.t.Helper()
	if answer.Status >= 500 {
		w.t.Errorf("%s: %d\n%s", name, answer.Status, answer.Body)
	}
	for _, keys := range []map[string]string{w.letter, w.stop, w.device} {
		for _, secret := range keys {
			if secret != k.key && !strings.HasPrefix(k.key, secret) && strings.Contains(answer.Body+fmt.Sprint(answer.Header), secret) {
				w.t.Errorf("%s gives a key away", name)
			}
		}
	}
	for header, want := range map[string]string{"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cache-Control": "no-store"} {
		if got := answer.Header.Get(header); got != want && !(header == "X-Frame-Options" && strings.HasSuffix(strings.Fields(name)[1], "/html")) && !(header == "Cache-Control" && answer.Body == "") {
			w.t.Errorf("%s: %s %q", name, header, got)
		}
	}
}
