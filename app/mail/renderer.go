package mail

import (
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"net/url"
	"strings"
	texttemplate "text/template"
	"unicode/utf8"

	"porchlight/app/address"
	"porchlight/app/fault"
)

const (
	maxSubject  = 200     // characters; longer ones are cut everywhere, and some programs break on them
	maxMarkdown = 50_000  // characters
	maxWritten  = 99_000  // bytes of a letter without homes, as it is sent; what is each recipient's own comes to less than 1,000 more
	maxHTML     = 100_000 // bytes; Gmail hides the rest of a mail at about 102 KB, and with it the unsubscribe link
)

// Renderer turns letters into templates. It is safe for concurrent use.
type Renderer struct {
	letterHTML, noteHTML, homeHTML, lookoutsHTML *htmltemplate.Template
	letterText, noteText, homeText, lookoutsText *texttemplate.Template

	sheets sheets
}

// NewRenderer reads the letters' templates: letter, note, home and lookouts in fsys, each as .html and .txt.
func NewRenderer(fsys fs.FS) (*Renderer, error) {
	r := &Renderer{}
	for name, into := range map[string]**htmltemplate.Template{"letter.html": &r.letterHTML, "note.html": &r.noteHTML, "home.html": &r.homeHTML, "lookouts.html": &r.lookoutsHTML} {
		parsed, err := htmltemplate.ParseFS(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
		*into = parsed
	}
	for name, into := range map[string]**texttemplate.Template{"letter.txt": &r.letterText, "note.txt": &r.noteText, "home.txt": &r.homeText, "lookouts.txt": &r.lookoutsText} {
		parsed, err := texttemplate.ParseFS(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
		*into = parsed
	}
	return r, nil
}

// Letter renders a letter once for all its recipients. Faults: Invalid (subject, message, homes).
func (r *Renderer) Letter(l Letter) (*Template, error) {
	var form fault.Form
	l.Subject, l.Markdown, l.Lead = strings.TrimSpace(l.Subject), lines(l.Markdown), strings.TrimSpace(lines(l.Lead))
	if say := subjectTrouble(l.Subject); say != "" {
		form.Add("subject", "%s", say)
	}
	switch {
	case !visible(l.Markdown) && !visible(l.Lead) && len(l.Homes) == 0:
		form.Add("message", "Write something first.")
	case !manyLines(l.Markdown):
		form.Add("message", "There is a hidden character in this text. Paste it again without formatting.")
	case utf8.RuneCountInString(l.Markdown) > maxMarkdown:
		form.Add("message", "This is too long for one letter: 50,000 characters at most.")
	}
	if len(l.Homes) > maxHomes {
		form.Add("homes", "A letter can show 25 homes at most: leave out %d.", len(l.Homes)-maxHomes)
	}
	if err := form.Err(); err != nil {
		return nil, err
	}
	if err := l.House.trouble(); err != nil {
		return nil, err
	}
	if !manyLines(l.Lead) {
		return nil, fault.New(fault.Invalid, "There is a hidden character in the words above this letter.")
	}
	for _, one := range l.Lookouts {
		if !visible(one.Name) || !oneLine(one.Name) || !oneLine(one.When) {
			return nil, fault.New(fault.Invalid, "There is no name, or a hidden character in the name of the auto e-mail %q. Type it again.", one.Name)
		}
	}
	l.Signature = lines(l.Signature)
	if !oneLine(l.AgentName) || !oneLine(l.AgentPhone) || !manyLines(l.Signature) {
		return nil, fault.New(fault.Invalid, "There is a hidden character in your name, phone or signature. Type them again in Settings.")
	}
	t := &Template{kind: kindLetter, postal: visible(l.House.PostalAddress)}
	if err := t.setHeaders(l.Identity, l.Subject, l.ListID, l.FeedbackID); err != nil {
		return nil, err
	}
	foot, homes := disclaimers(l.Homes)
	made, err := r.sheet(l, foot)
	if err != nil {
		return nil, err
	}
	under, size, err := r.lookouts(l)
	if err != nil {
		return nil, err
	}
	size += made.size + homes
	if size > maxHTML && len(l.Homes) > 0 {
		form.Add("homes", "These homes and your words are too long for one letter: mail programs would cut it off. Leave out a home, or shorten the message and the notes.")
	} else if size > maxHTML {
		form.Add("message", "This is too long for one letter: mail programs would cut it off. Shorten it to about ten pages.")
	}
	if err := form.Err(); err != nil {
		return nil, err
	}
	t.fill(made, l.Homes, under)
	// Both parts as they go over the wire, where an emoji takes twelve bytes; homes are measured above, and their number is bounded.
	if len(l.Homes) == 0 && t.weight > maxWritten {
		return nil, wrongMessage("This is too long for one letter: mail programs would cut it off. Shorten it by about %d in a hundred.", 100-100*maxWritten/t.weight+1)
	}
	return t, nil
}

func wrongMessage(say string, args ...any) error {
	var form fault.Form
	form.Add("message", say, args...)
	return form.Err()
}

// Note renders a note. Faults: Invalid.
func (r *Renderer) Note(n Note) (*Template, error) {
	n.Subject, n.Body = strings.TrimSpace(n.Subject), lines(n.Body)
	if say := subjectTrouble(n.Subject); say != "" {
		return nil, fault.New(fault.Invalid, "%s", say)
	}
	if err := n.House.trouble(); err != nil {
		return nil, err
	}
	if !visible(n.Body) || !manyLines(n.Body) || utf8.RuneCountInString(n.Body) > maxMarkdown || !oneLine(n.Action) {
		return nil, fault.New(fault.Invalid, "This note has no text, or text that can’t be mailed.")
	}
	if n.URL != "" && !webAddress(n.URL) {
		return nil, fault.New(fault.Invalid, "A note can’t link to %q.", n.URL)
	}
	t := &Template{kind: kindNote}
	if err := t.setHeaders(n.Identity, n.Subject, "", ""); err != nil {
		return nil, err
	}
	p := page{House: n.House, Postal: oneLined(n.House.PostalAddress), Subject: n.Subject, Action: n.Action, URL: n.URL, Plain: n.Body}
	for _, paragraph := range strings.Split(n.Body, "\n\n") {
		if visible(paragraph) {
			p.Paragraphs = append(p.Paragraphs, strings.Split(strings.Trim(paragraph, "\n"), "\n"))
		}
	}
	made, err := p.write(r.noteHTML, r.noteText)
	if err != nil {
		return nil, err
	}
	t.fill(made, nil, foot{})
	return t, nil
}

// setHeaders writes the headers that all recipients share.
func (t *Template) setHeaders(i Identity, subject, listID, feedbackID string) error {
	from, err := address.Parse(i.FromAddress)
	if err != nil {
		return fault.New(fault.Invalid, "The From address needs another look: %v", err)
	}
	sender, ascii := from.ASCII()
	if !ascii || !oneLine(i.FromName) {
		return fault.New(fault.Invalid, "The From line can’t be %q.", i.String())
	}
	t.from = sender
	t.head = appendAddress(nil, "From", strings.TrimSpace(i.FromName), sender)
	if i.ReplyTo != "" {
		reply, err := address.Parse(i.ReplyTo)
		if err != nil {
			return fault.New(fault.Invalid, "The address for replies needs another look: %v", err)
		}
		to, ascii := reply.ASCII()
		if !ascii {
			return fault.New(fault.Invalid, "Many mail servers can’t reply to %s.", reply)
		}
		t.head = appendAddress(t.head, "Reply-To", "", to)
	}
	t.head = appendText(t.head, "Subject", subject)
	if t.kind == kindNote {
		t.tail = []byte("Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: OOF, AutoReply\r\n")
		return nil
	}
	if listID != "" {
		if !token(listID) {
			return fmt.Errorf("mail: %q is no List-Id", listID)
		}
		t.tail = append(append(append(t.tail, "List-Id: <"...), listID...), ">\r\n"...)
	}
	if feedbackID != "" {
		if !token(feedbackID) {
			return fmt.Errorf("mail: %q is no Feedback-ID", feedbackID)
		}
		t.tail = append(append(append(t.tail, "Feedback-ID: "...), feedbackID...), "\r\n"...)
	}
	t.tail = append(t.tail, "Precedence: bulk\r\nX-Auto-Response-Suppress: OOF, AutoReply\r\n"...)
	return nil
}

func subjectTrouble(subject string) string {
	switch {
	case !visible(subject):
		return "Give the letter a subject."
	case utf8.RuneCountInString(subject) > maxSubject:
		return "A subject can have 200 characters at most."
	case !oneLine(subject):
		return "There is a line break or a hidden character in the subject. Type it again."
	}
	return ""
}

func (h House) trouble() error {
	if !oneLine(h.Name) || !oneLine(h.Phone) || !manyLines(lines(h.PostalAddress)) {
		return fault.New(fault.Invalid, "There is a hidden character in the brokerage’s name, address or phone. Type them again in Settings.")
	}
	return nil
}

// signature is the agent's own lines, without those that the letter says already.
func signature(l Letter) []string {
	var out []string
	for _, line := range strings.Split(l.Signature, "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.EqualFold(line, l.AgentName) && line != l.AgentPhone {
			out = append(out, line)
		}
	}
	return out
}

// lines gives every line's end the same form.
func lines(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

func oneLined(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := range parts {
		parts[i] = strings.Trim(parts[i], " \t,")
	}
	return strings.Join(parts, ", ")
}

// webAddress says whether a URL is absolute, for the web, and safe in a header and an attribute as it is.
func webAddress(s string) bool {
	if len(s) > 900 || !printable([]byte(s)) || strings.ContainsAny(s, " <>\"'`\\") {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// token says whether s may stand in a header as it is.
func token(s string) bool {
	return s != "" && len(s) <= 250 && printable([]byte(s)) && !strings.ContainsAny(s, " <>()\"\\,;")
}
