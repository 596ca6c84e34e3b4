package feed

import (
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"porchlight/app/fault"
)

// address reads a web address. Whether it leads inside is asked when it is looked up: see Runner.Try.
func address(form *fault.Form, field, text string, needed bool) string {
	text = strings.TrimRight(strings.TrimSpace(text), "/")
	if text == "" {
		if needed {
			form.Add(field, "Type the address of the feed’s service root, as your MLS gave it.")
		}
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || !visible(text) || len(text) > 2000:
		form.Add(field, "Type an address like https://api.example.com/odata.")
	case u.User != nil:
		form.Add(field, "Leave out the name and password; the token has a field of its own.")
	case u.RawQuery != "" || u.Fragment != "":
		form.Add(field, "Leave out what follows the ? or #; the token and the filter have fields of their own.")
	}
	return text
}

// visible says whether a text is ASCII that can be seen.
func visible(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// ours are the headers that Porchlight sets itself.
var ours = map[string]bool{
	"Authorization": true, "Accept": true, "Accept-Encoding": true, "Host": true, "Prefer": true, "Connection": true, "Content-Length": true, "Content-Type": true,
	"Transfer-Encoding": true, "Te": true, "Trailer": true, "Upgrade": true, "Keep-Alive": true, "Proxy-Authorization": true, "Cookie": true, "Range": true,
}

func headers(form *fault.Form, typed map[string]string) map[string]string {
	if len(typed) > 20 {
		form.Add("headers", "That are too many: 20 at most.")
	}
	var all map[string]string
	for name, value := range typed {
		name, value = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case name == "" || len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool {
			return !(r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
		}):
			form.Add("headers", "A header’s name has letters, digits and hyphens: X-Api-Key.")
			continue
		case ours[name]:
			form.Add("headers", "%s is set by Porchlight.", name)
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) || len(value) > 8000:
			form.Add("headers", "The value of %s has line ends or letters with accents. Copy it again.", name)
		}
		if all == nil {
			all = map[string]string{}
		}
		all[http.CanonicalHeaderKey(name)] = value
	}
	return all
}

// filter reads an OData filter: its quotes and parentheses must close, so that what a walk adds stays beside it.
func filter(form *fault.Form, preset, text string) string {
	text = strings.TrimSpace(text)
	quoted, depth, broken := false, 0, false
	for _, r := range text {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
			broken = broken || depth < 0
		}
		broken = broken || r < ' '
	}
	switch {
	case broken || quoted || depth != 0:
		form.Add("filter", "A quote or a parenthesis has no partner. A filter is like City eq 'Mystic'.")
	case len(text) > 2000:
		form.Add("filter", "That is too long: 2,000 characters at most.")
	case preset == "mlsgrid" && (strings.Count(text, "OriginatingSystemName eq '") != 1 || strings.Contains(text, "'…'")):
		form.Add("filter", "MLS Grid wants the name of your MLS here, once: OriginatingSystemName eq 'actris'.")
	}
	return text
}

func fields(form *fault.Form, typed []string) []string {
	var all []string
	for _, name := range typed {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool {
			return !(r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
		}) {
			form.Add("select", "“%s” is no field’s name.", short(name))
		}
		all = append(all, name)
	}
	if len(all) > 1000 {
		form.Add("select", "That are too many fields: 1,000 at most.")
	}
	return all
}
