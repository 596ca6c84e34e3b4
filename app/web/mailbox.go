package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/mail"
)

// mailboxRoutes exist only where mail is kept instead of sent.
func (s *Server) mailboxRoutes() []route {
	if s.Mailbox == nil {
		return nil
	}
	return []route{
		{"GET", "/mailbox", agent, s.mailboxIndex},
		{"GET", "/mailbox/:name", agent, s.mailboxShow},
		{"GET", "/mailbox/:name/html", agent, s.mailboxFrame},
		{"GET", "/mailbox/:name/raw", agent, s.mailboxRaw},
	}
}

// caughtAtOnce is how many messages a page of the list shows, and caughtPages how many pages there are; older ones are
// found by searching.
const (
	caughtAtOnce = 50
	caughtPages  = 100
)

// mailboxView is the list of caught mail and the message that is open.
type mailboxView struct {
	Query        string
	Page         int // from 1
	Mails        []mailView
	Newer, Older string // addresses of the pages before and after; empty where there is none
	Open         *messageView
}

type mailView struct {
	Href, From, To, Subject, When, Exactly string
	Name                                   string // of whom it is to, as far as the header gives one
	Current                                bool
}

// messageView is one caught message, one part of it at a time.
type messageView struct {
	From, To, Subject, When string
	Part                    string
	Tabs                    []letterTab
	Frame, Raw              string // addresses
	Text                    string
	Headers                 []mail.Header
	Newer, Older            string
}

var mailParts = []struct{ part, word string }{{"html", "HTML"}, {"text", "Text"}, {"headers", "Headers"}, {"raw", "Raw"}}

func (s *Server) mailboxIndex(c *fiber.Ctx) error {
	view, _, err := s.mailbox(c, "")
	if err != nil {
		return err
	}
	return s.show(c, page{Title: "Mailbox", Section: "mailbox", View: "mailbox/index", Data: view}, "mailbox/_list", view)
}

// mailboxShow is one message beside the list it was found in.
func (s *Server) mailboxShow(c *fiber.Ctx) error {
	opened, err := s.caught(c)
	if err != nil {
		return err
	}
	view, house, err := s.mailbox(c, opened.ID)
	if err != nil {
		return err
	}
	open := &messageView{
		From: visible(opened.From), To: visible(opened.To), Subject: subjectOf(opened.Caught), Part: c.Query("part"),
		When:  opened.At.In(house.Location()).Format("Mon 2 Jan 2006, 15:04:05"),
		Frame: "/mailbox/" + opened.ID + "/html", Raw: "/mailbox/" + opened.ID + "/raw",
	}
	if !slices.ContainsFunc(mailParts, func(p struct{ part, word string }) bool { return p.part == open.Part }) {
		open.Part = "html"
	}
	for _, p := range mailParts {
		open.Tabs = append(open.Tabs, letterTab{Word: p.word, Href: mailboxPath(opened.ID, p.part, view.Query, view.Page), Current: p.part == open.Part})
	}
	switch open.Part {
	case "text":
		open.Text = visible(opened.Text)
	case "raw":
		open.Text = visible(strings.ToValidUTF8(string(opened.Raw), "\uFFFD"))
	case "headers":
		for _, h := range opened.Headers {
			open.Headers = append(open.Headers, mail.Header{Name: visible(h.Name), Value: visible(h.Value)})
		}
	}
	at := slices.IndexFunc(view.Mails, func(m mailView) bool { return m.Current })
	if at > 0 {
		open.Newer = view.Mails[at-1].Href
	}
	if at >= 0 && at+1 < len(view.Mails) {
		open.Older = view.Mails[at+1].Href
	}
	view.Open = open
	return s.page(c, page{Title: open.Subject, Section: "mailbox", View: "mailbox/index", Data: view})
}

// mailbox is the list, with the message of this id marked.
func (s *Server) mailbox(c *fiber.Ctx, current string) (mailboxView, agents.Brokerage, error) {
	view := mailboxView{Query: strings.TrimSpace(c.Query("q")), Page: max(1, min(c.QueryInt("page"), caughtPages))}
	house, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return view, house, err
	}
	list, err := s.Mailbox.List(view.Query, view.Page*caughtAtOnce+1)
	if err != nil {
		return view, house, err
	}
	if len(list) > view.Page*caughtAtOnce && view.Page < caughtPages {
		view.Older = mailboxPath("", "", view.Query, view.Page+1)
	}
	if view.Page > 1 {
		view.Newer = mailboxPath("", "", view.Query, view.Page-1)
	}
	list = list[min((view.Page-1)*caughtAtOnce, len(list)):min(view.Page*caughtAtOnce, len(list))]
	for _, m := range list {
		name, _, _ := strings.Cut(m.To, " <")
		view.Mails = append(view.Mails, mailView{
			Href: mailboxPath(m.ID, "", view.Query, view.Page), From: visible(m.From), To: visible(m.To), Name: visible(name), Subject: subjectOf(m),
			When: when(m.At, s.Clock(), house.Location()), Exactly: m.At.UTC().Format("2006-01-02T15:04:05Z"), Current: m.ID == current,
		})
	}
	return view, house, nil
}

// mailboxFrame is the message's HTML. Its links open beside it, as in a mail program.
func (s *Server) mailboxFrame(c *fiber.Ctx) error {
	opened, err := s.caught(c)
	if err != nil {
		return err
	}
	html := opened.HTML
	if html == "" {
		html = "<!doctype html><p>This message has no HTML part.</p>"
	}
	return framed(c, "allow-same-origin allow-popups allow-popups-to-escape-sandbox", linksBeside(html))
}

// mailboxRaw is the message as it was sent, byte for byte.
func (s *Server) mailboxRaw(c *fiber.Ctx) error {
	opened, err := s.caught(c)
	if err != nil {
		return err
	}
	private(c)
	c.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	c.Set("Content-Type", "text/plain; charset=utf-8")
	return c.Send(opened.Raw)
}

func (s *Server) caught(c *fiber.Ctx) (mail.Opened, error) { return s.Mailbox.Open(c.Params("name")) }

// mailboxPath is the address of a message beside the page of the list it is on; without an id, of that page.
func mailboxPath(id, part, query string, page int) string {
	values := url.Values{}
	if part != "" && part != "html" {
		values.Set("part", part)
	}
	if query != "" {
		values.Set("q", query)
	}
	if page > 1 {
		values.Set("page", strconv.Itoa(page))
	}
	path := "/mailbox"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	return path
}

func subjectOf(m mail.Caught) string {
	if strings.TrimSpace(m.Subject) == "" {
		return "(no subject)"
	}
	return visible(m.Subject)
}

// headOpens finds where a page's head begins, or where it would.
var headOpens = []*regexp.Regexp{
	regexp.MustCompile(`(?i)<head(\s[^>]*)?>`), regexp.MustCompile(`(?i)<html(\s[^>]*)?>`), regexp.MustCompile(`(?i)<!doctype[^>]*>`),
}

// linksBeside makes a page's links open in a tab of their own. The element stands inside the head, since anything
// before the doctype would put the browser into quirks mode.
func linksBeside(html string) string {
	const base = `<base target="_blank">`
	for _, opening := range headOpens {
		if at := opening.FindStringIndex(html); at != nil {
			return html[:at[1]] + base + html[at[1]:]
		}
	}
	return base + html
}
