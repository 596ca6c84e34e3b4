package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/letters"
)

func (s *Server) settingsRoutes() []route {
	return []route{
		{"GET", "/settings", agent, s.settingsShow},
		{"POST", "/settings", broker, s.brokerageUpdate},
		{"GET", "/settings/profile", agent, s.profileShow},
		{"POST", "/settings/profile", agent, s.profileUpdate},
		{"GET", "/settings/password", agent, s.passwordShow},
		{"POST", "/settings/password", agent, s.passwordUpdate},
		{"POST", "/settings/sign-outs", agent, s.signOutCreate},
		{"GET", "/settings/consent", broker, s.policyShow},
		{"POST", "/settings/consent", broker, s.policyUpdate},
		{"GET", "/settings/proofs", broker, s.proofsShow},
		{"POST", "/settings/proofs", broker, s.proofsCreate},
		{"GET", "/settings/pace", broker, s.paceShow},
		{"POST", "/settings/pace", broker, s.paceUpdate},
		{"GET", "/settings/agents", broker, s.staffIndex},
		{"POST", "/settings/agents", broker, s.staffCreate},
	}
}

// settingsView is a page of the settings: the menu beside it and the card that is open.
type settingsView struct {
	Menu []menuItem
	View string
	Data any
}

type menuItem struct {
	Path, Icon, Label string
	Here              bool
}

// settings answers with a card of the settings: alone for htmx, else in the page with the menu.
func (s *Server) settings(c *fiber.Ctx, status int, path, title, view string, data any) error {
	var menu []menuItem
	if me(c).Broker() {
		menu = append(menu, menuItem{Path: "/settings", Icon: "building-2", Label: "Brokerage"}, menuItem{Path: "/settings/looks", Icon: "sparkles", Label: "Looks"}, menuItem{Path: "/settings/agents", Icon: "users", Label: "Agents"}, menuItem{Path: "/settings/consent", Icon: "mail-check", Label: "Consent"}, menuItem{Path: "/settings/proofs", Icon: "shield-check", Label: "Proof of consent"},
			menuItem{Path: "/settings/signing", Icon: "signature", Label: "Signing"}, menuItem{Path: "/settings/pace", Icon: "hourglass", Label: "Pace"}, menuItem{Path: "/settings/feeds", Icon: "download", Label: "Feeds"},
			menuItem{Path: "/settings/map", Icon: "map", Label: "Map"})
	}
	menu = append(menu, menuItem{Path: "/settings/concierge", Icon: "list-checks", Label: "Concierge"}, menuItem{Path: "/settings/profile", Icon: "user", Label: "Profile"}, menuItem{Path: "/settings/password", Icon: "lock", Label: "Password"})
	for i := range menu {
		menu[i].Here = menu[i].Path == path
	}
	p := page{Title: title, Section: "settings", View: "settings/show", Status: status, Data: settingsView{Menu: menu, View: view, Data: data}}
	return s.show(c, p, view, data)
}

// saved answers a good POST of the settings: htmx gets the card again and a word in the corner, a plain form goes on.
func (s *Server) saved(c *fiber.Ctx, path, say string, card func() error) error {
	if !partial(c) {
		return s.redirect(c, path, say)
	}
	toast(c, say)
	return card()
}

// settingsShow is the brokerage for a broker, the own profile for everybody else.
func (s *Server) settingsShow(c *fiber.Ctx) error {
	if !me(c).Broker() {
		return s.profileShow(c)
	}
	b, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return s.brokerageCard(c, http.StatusOK, brokerageFormOf(b), trouble{})
}

// trouble is what kept a form from being saved.
type trouble struct {
	say    string
	fields map[string]string
}

// troubleOf takes what the form can show out of err; status 0 means that err is none of the form's business.
func troubleOf(err error) (int, trouble) {
	f := fault.As(err)
	if f == nil || (f.Kind != fault.Invalid && f.Kind != fault.Conflict) {
		return 0, trouble{}
	}
	return statuses[f.Kind], trouble{f.Say, f.Fields}
}

// meanwhile marks a field whose saved value differs from the typed one, after somebody else saved.
func meanwhile(wrong map[string]string, name, typed, saved string) {
	if typed == saved {
		return
	}
	if saved == "" {
		wrong[name] = "Meanwhile this was emptied. Saving now puts back what stands here."
		return
	}
	wrong[name] = "Meanwhile saved as “" + strings.Join(strings.Fields(saved), " ") + "”. Saving now replaces it with what stands here."
}

const overtaken = "This was saved from another browser or tab while you were typing. What you typed is still here: look at the marked fields, then save again."

// brokerageForm is what a broker types about the brokerage.
type brokerageForm struct {
	name, postalAddress, phone, timeZone, domains string
	version                                       int64
}

func parseBrokerage(c *fiber.Ctx) brokerageForm {
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // a wrong one is a conflict
	return brokerageForm{
		name: strings.TrimSpace(c.FormValue("name")), postalAddress: lines(c.FormValue("postal_address")), phone: strings.TrimSpace(c.FormValue("phone")),
		timeZone: c.FormValue("time_zone"), domains: lines(c.FormValue("sending_domains")), version: version,
	}
}

func brokerageFormOf(b agents.Brokerage) brokerageForm {
	return brokerageForm{b.Name, b.PostalAddress, b.Phone, b.TimeZone, strings.Join(b.SendingDomains, "\n"), b.Version}
}

func (f brokerageForm) brokerage() agents.Brokerage {
	return agents.Brokerage{Name: f.name, PostalAddress: f.postalAddress, Phone: f.phone, TimeZone: f.timeZone, SendingDomains: f.domainList(), Version: f.version}
}

// domainList takes domains parted by line ends, commas or spaces.
func (f brokerageForm) domainList() []string {
	return strings.FieldsFunc(f.domains, func(r rune) bool { return r == '\n' || r == ',' || r == ';' || r == ' ' || r == '\t' })
}

// lines is typed text with the line ends browsers send made plain and spaces around it dropped.
func lines(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

// brokerageView is the brokerage's card.
type brokerageView struct {
	Wrong                        string
	Name, Postal, Phone, Domains Field
	Zone                         Field
	UnitedStates, World          []zoneOption
	Version                      int64
	Froms                        []fromLine
}

// fromLine is how one agent's letters are signed under the domains in the form.
type fromLine struct {
	Agent, From, ReplyTo string
	Missing              string // why there is no From line
}

func (s *Server) brokerageCard(c *fiber.Ctx, status int, f brokerageForm, t trouble) error {
	is := fields{t.fields}
	v := brokerageView{
		Wrong: t.say, Version: f.version,
		Name: is.of("name", "Name", f.name), Postal: is.of("postal_address", "Postal address", f.postalAddress), Phone: is.of("phone", "Phone", f.phone),
		Zone: is.of("time_zone", "Time zone", f.timeZone), Domains: is.of("sending_domains", "Sending domains", f.domains),
	}
	v.Name.Required, v.Name.Autocomplete = true, "organization"
	v.Postal.Rows, v.Postal.Autocomplete = 3, "street-address"
	v.Postal.Hint = "A street address or a post office box. The law (CAN-SPAM) wants it on every letter, so no letter leaves without it."
	v.Phone.Type, v.Phone.Autocomplete = "tel", "tel"
	v.Domains.Rows = 3
	v.Domains.Hint = "One on each line: the part after the @ of addresses your mail server may sign for, the one to prefer first. " +
		"An agent whose own address is at one of them writes under that address. Everybody else writes under an address at the first one, " +
		"and replies go to their own: a letter that claims to come from gmail.com but does not would land in the spam folder."
	v.UnitedStates, v.World = zoneOptions(f.timeZone)
	everybody, err := agents.List(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	for _, a := range everybody {
		v.Froms = append(v.Froms, fromLineOf(a, everybody, f.name, f.domainList()))
	}
	return s.settings(c, status, "/settings", "Brokerage", "settings/_brokerage", v)
}

func fromLineOf(a agents.Agent, among []agents.Agent, brokerage string, domains []string) fromLine {
	id, err := letters.Identify(a, among, brokerage, domains)
	if err != nil {
		say := "No letter can leave: name a sending domain."
		if f := fault.As(err); f != nil {
			say = f.Say
		}
		return fromLine{Agent: a.Name, Missing: say}
	}
	return fromLine{Agent: a.Name, From: id.String(), ReplyTo: id.ReplyTo}
}

func (s *Server) brokerageUpdate(c *fiber.Ctx) error {
	f := parseBrokerage(c)
	b, err := agents.SaveBrokerage(c.UserContext(), s.Store.Write, me(c), f.brokerage())
	status, t := troubleOf(err)
	if status == http.StatusConflict {
		now, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
		if err != nil {
			return err
		}
		saved := brokerageFormOf(now)
		f.version, t = saved.version, trouble{overtaken, map[string]string{}}
		meanwhile(t.fields, "name", f.name, saved.name)
		meanwhile(t.fields, "postal_address", f.postalAddress, saved.postalAddress)
		meanwhile(t.fields, "phone", f.phone, saved.phone)
		meanwhile(t.fields, "time_zone", f.timeZone, saved.timeZone)
		meanwhile(t.fields, "sending_domains", f.domains, saved.domains)
	}
	if status != 0 {
		return s.brokerageCard(c, status, f, t)
	}
	if err != nil {
		return err
	}
	s.Courier.Kick() // letters may have waited for what was missing
	return s.saved(c, "/settings", "The brokerage is saved.", func() error { return s.brokerageCard(c, http.StatusOK, brokerageFormOf(b), trouble{}) })
}
