package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
)

// presetChoice is a vendor on offer.
type presetChoice struct {
	Name, Title, Say, Path string
	Chosen                 bool
}

func presetChoices(chosen string) []presetChoice {
	all := make([]presetChoice, len(feed.Presets))
	for i, p := range feed.Presets {
		all[i] = presetChoice{p.Name, p.Title, p.Say, "/settings/feeds/new?preset=" + queryEscape(p.Name), p.Name == chosen}
	}
	return all
}

// presetOf is a vendor by name; an unknown one is the last, plain RESO.
func presetOf(name string) feed.Preset {
	for _, p := range feed.Presets {
		if p.Name == name {
			return p
		}
	}
	return feed.Preset{Title: "Feed"}
}

// feedForm is what a broker types about a feed. Numbers stay as typed until they are read.
type feedForm struct {
	id                                                    listings.FeedID
	version                                               int64
	preset                                                string
	name, root, tokenURL, scope, clientID, secret         string
	headers, filter, fields, source, disclaimer           string
	pageSize, every, reconcile, hold, drop, photosPerHome string
	statuses                                              []listings.Status
	hotLink, hasSecret                                    bool
}

func parseFeed(c *fiber.Ctx) feedForm {
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // a wrong one is a conflict
	id, _ := strconv.ParseInt(c.FormValue("id"), 10, 64)           // 0: a new one
	one := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	f := feedForm{
		id: listings.FeedID(id), version: version, preset: one("preset"), name: one("name"), root: one("root"), tokenURL: one("token_url"), scope: one("scope"),
		clientID: one("client_id"), secret: one("secret"), headers: lines(c.FormValue("headers")), filter: one("filter"), fields: lines(c.FormValue("select")),
		source: one("source"), disclaimer: lines(c.FormValue("disclaimer")), pageSize: one("page_size"), every: one("every_minutes"), reconcile: one("reconcile_hours"),
		hold: one("hold_percent"), drop: one("drop_percent"), photosPerHome: one("photos_per_home"), hotLink: c.FormValue("hot_link") != "",
	}
	for _, value := range c.Request().PostArgs().PeekMulti("statuses") {
		f.statuses = append(f.statuses, listings.Status(value))
	}
	return f
}

// feedFormOf is the form of settings as they are. Credentials are not among them: not even their place is on the page.
func feedFormOf(s feed.Settings) feedForm {
	var headers []string
	for name := range s.Headers {
		headers = append(headers, name+":")
	}
	slices.Sort(headers)
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return feedForm{
		id: s.ID, version: s.Version, preset: s.Preset, name: s.Name, root: s.Root, tokenURL: s.TokenURL, scope: s.Scope, clientID: s.ClientID, hasSecret: s.HasSecret,
		headers: strings.Join(headers, "\n"), filter: s.Filter, fields: strings.Join(s.Select, ", "), source: s.Source, disclaimer: s.Disclaimer,
		pageSize: number(s.PageSize), every: number(s.EveryMinutes), reconcile: number(s.ReconcileHours), hold: number(s.HoldPercent), drop: number(s.DropPercent),
		photosPerHome: number(s.PhotosPerHome), statuses: s.Statuses, hotLink: s.HotLink,
	}
}

// settings reads the form. Faults: Invalid, where a number is none or a header has no name.
func (f feedForm) settings() (feed.Settings, error) {
	var wrong fault.Form
	number := func(field, typed string) int {
		n, err := strconv.Atoi(strings.ReplaceAll(typed, ",", ""))
		if typed != "" && (err != nil || n < 0) {
			wrong.Add(field, "Write a whole number.")
		}
		return n
	}
	s := feed.Settings{
		ID: f.id, Version: f.version, Preset: f.preset, Name: f.name, Root: f.root, TokenURL: f.tokenURL, Scope: f.scope, ClientID: f.clientID, Secret: f.secret,
		Filter: f.filter, Source: f.source, Disclaimer: f.disclaimer, HotLink: f.hotLink, Statuses: f.statuses,
		PageSize: number("page_size", f.pageSize), EveryMinutes: number("every_minutes", f.every), ReconcileHours: number("reconcile_hours", f.reconcile),
		HoldPercent: number("hold_percent", f.hold), DropPercent: number("drop_percent", f.drop), PhotosPerHome: number("photos_per_home", f.photosPerHome),
		Select: strings.FieldsFunc(f.fields, func(r rune) bool { return r == ',' || r == '\n' || r == ' ' || r == '\t' }),
	}
	for line := range strings.Lines(f.headers) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !found || name == "" {
			wrong.Add("headers", "Write each one as Name: value, on its own line.")
			continue
		}
		if s.Headers == nil {
			s.Headers = map[string]string{}
		}
		s.Headers[name] = strings.TrimSpace(value)
	}
	return s, wrong.Err()
}

// feedView is the page of one feed, or of one to be.
type feedView struct {
	ID                           listings.FeedID
	Path, Title, Preset, Say     string
	Wrong                        string
	Version                      int64
	Name, Root, Filter, Select   Field
	TokenURL, Scope, ClientID    Field
	Secret, Headers              Field
	PageSize, Every, Reconcile   Field
	Hold, Drop, Photos           Field
	Source, Disclaimer           Field
	Statuses                     []seekChoice
	StatusesWrong                string
	HotLink, HasSecret, MoreOpen bool
	Tried                        *feedTried
	State                        *feedState
	Runs                         []runLine
}

// feedTried is what a feed answered.
type feedTried struct {
	OK  bool
	Say string
}

func newFeedView(f feedForm, t trouble) feedView {
	is, preset := fields{t.fields}, presetOf(f.preset)
	v := feedView{
		ID: f.id, Path: "/settings/feeds", Title: f.name, Preset: f.preset, Say: preset.Say, Wrong: t.say, Version: f.version, HotLink: f.hotLink, HasSecret: f.hasSecret,
		Name: is.of("name", "Name", f.name), Root: is.of("root", "Service root", f.root), Filter: is.of("filter", "Only records where", f.filter),
		Select: is.of("select", "Fields asked for", f.fields), TokenURL: is.of("token_url", "Token address", f.tokenURL), Scope: is.of("scope", "Scope", f.scope),
		ClientID: is.of("client_id", "Client ID", f.clientID), Secret: is.of("secret", "Token or client secret", ""), Headers: is.of("headers", "Further headers", f.headers),
		PageSize: is.of("page_size", "Records a page", f.pageSize), Every: is.of("every_minutes", "Minutes between runs", f.every),
		Reconcile: is.of("reconcile_hours", "Hours between walks of all keys", f.reconcile), Hold: is.of("hold_percent", "Price moves that wait, in percent", f.hold),
		Drop: is.of("drop_percent", "Homes gone at once that wait, in percent", f.drop), Photos: is.of("photos_per_home", "Photos kept of a home", f.photosPerHome),
		Source: is.of("source", "Source named beside each home", f.source), Disclaimer: is.of("disclaimer", "Disclaimer", f.disclaimer), StatusesWrong: t.fields["statuses"],
	}
	if f.id != 0 {
		v.Path = feedURL(f.id)
	} else {
		v.Title = "New feed: " + preset.Title
	}
	v.Name.Required, v.Root.Required, v.Root.Type = true, true, "url"
	v.Secret.Type, v.Secret.Autocomplete = "password", "new-password"
	v.Headers.Rows, v.Select.Rows, v.Disclaimer.Rows = 2, 2, 3
	for _, field := range []*Field{&v.PageSize, &v.Every, &v.Reconcile, &v.Hold, &v.Drop, &v.Photos} {
		field.Type = "number"
	}
	for _, field := range []*Field{&v.Name, &v.Root, &v.Filter, &v.Select, &v.TokenURL, &v.Scope, &v.ClientID, &v.Headers, &v.Source, &v.Disclaimer} {
		field.Autocomplete = "off"
	}
	v.Name.Hint = "As your brokerage calls it: SmartMLS."
	v.Root.Hint = "Where the resources begin; /Property comes after it."
	v.Secret.Hint = "Kept encrypted; it never comes back to this page."
	if f.hasSecret {
		v.Secret.Hint = "Saved, encrypted; type a new one to replace it."
	}
	v.TokenURL.Hint = "Only with client credentials. Empty: the token goes along as it is."
	v.Headers.Hint = "One on each line, as Name: value. What stands here with nothing behind the colon is saved already; type a value to replace it."
	v.Filter.Hint = "An OData filter that goes along with every question: OriginatingSystemName eq 'smartmls'."
	v.Select.Hint = "Empty: every field Porchlight knows."
	v.Reconcile.Hint = "Homes that left are found by asking for all keys, where the feed has no better way."
	v.Hold.Hint = "A larger move waits until you have looked at it."
	v.Drop.Hint = "If a walk of keys would take away more, it asks you first."
	v.Disclaimer.Hint = "As your MLS words it; {time} becomes the time of the data."
	for _, status := range listings.Statuses {
		v.Statuses = append(v.Statuses, seekChoice{string(status), string(status), len(f.statuses) == 0 || slices.Contains(f.statuses, status)})
	}
	for _, field := range []Field{v.Filter, v.Select, v.Headers, v.PageSize, v.Reconcile, v.Scope} {
		v.MoreOpen = v.MoreOpen || field.Error != ""
	}
	return v
}

// feedPage answers with the feed's page, its state and its runs.
func (s *Server) feedPage(c *fiber.Ctx, status int, v feedView, stored *feed.Settings) error {
	if stored != nil {
		runs, err := feed.Runs(c.UserContext(), s.Store.Read, stored.ID, runsShown)
		if err != nil {
			return err
		}
		state, err := s.feedState(c, *stored, runs)
		if err != nil {
			return err
		}
		b, err := s.brokerage(c)
		if err != nil {
			return err
		}
		state.Alone = true
		v.State, v.Runs = &state, runLines(runs, s.Clock(), b.Location())
	}
	if partial(c) {
		return s.fragment(c, status, "feeds/_form", v)
	}
	return s.settings(c, status, "/settings/feeds", v.Title, "feeds/show", v)
}
