package mail

import (
	"bufio"
	"bytes"
	"html"
	"net/url"
	"strconv"
	"strings"

	"porchlight/app/fault"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	render "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/publicsuffix"
)

// markdown is what agents may write: paragraphs, line breaks, bold, italic, links, lists.
var markdown = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(util.Prioritized(parser.NewListParser(), 300), util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(paragraphs{parser.NewParagraphParser()}, 1000)),
		parser.WithInlineParsers(util.Prioritized(parser.NewLinkParser(), 200), util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewEmphasisParser(), 500)),
	)),
	goldmark.WithExtensions(extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}))),
	goldmark.WithRendererOptions(render.WithHardWraps()),
)

// paragraphs takes lines that are set in, too: without code blocks, nobody else would, and they would be lost.
type paragraphs struct{ parser.BlockParser }

func (paragraphs) CanAcceptIndentedLine() bool { return true }

// policy is the second lock on the same door: whatever the parser lets through, only this leaves.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "em", "ul", "ol", "li")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowURLSchemes("https", "http", "mailto", "tel")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(false)
	return p
}()

// dressed gives the sanitised elements the looks that mail programs only take inline. Text can't hold these strings:
// its < is escaped by then.
var dressed = strings.NewReplacer(
	"<p>", `<p dir="auto" style="margin:0 0 18px">`,
	"<ul>", `<ul style="margin:0 0 18px;padding:0 0 0 24px">`,
	"<ol>", `<ol style="margin:0 0 18px;padding:0 0 0 24px">`,
	"<ol ", `<ol style="margin:0 0 18px;padding:0 0 0 24px" `,
	"<li>", `<li dir="auto" style="margin:0 0 6px">`,
	"<a ", `<a class="link" style="color:#1e4a3e;text-decoration:underline" `,
)

// readMarkdown turns what an agent wrote into HTML and its text twin. Faults: Invalid.
func readMarkdown(source string) (rich, plain string, err error) {
	src := []byte(source)
	doc := markdown.Parser().Parse(text.NewReader(src))
	if err := dropImages(doc, src); err != nil {
		return "", "", err
	}
	var b bytes.Buffer
	if err := markdown.Renderer().Render(&b, src, doc); err != nil {
		return "", "", fault.New(fault.Invalid, "This text can’t be read: %v", err)
	}
	rich = dressed.Replace(policy.Sanitize(printed(b.String())))
	plain = strings.TrimSpace(printed(twin{src}.blocks(doc, "\n\n")))
	return rich, plain, nil
}

// dropImages puts an image's words in its place, and refuses links whose words name another place than they lead to:
// that is what fraud looks like, to people and to mail filters.
func dropImages(doc ast.Node, src []byte) error {
	var images []*ast.Image
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Image:
			images = append(images, n)
		case *ast.Link:
			words, to := twin{src}.inline(n), string(n.Destination)
			if shown := host(words); shown != "" && shown != host(to) {
				return ast.WalkStop, fault.New(fault.Invalid, "The link “%s” leads somewhere else, to %s. Let its words say what it is, or where it really leads.", words, to)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range images {
		parent := n.Parent()
		for n.FirstChild() != nil {
			parent.InsertBefore(parent, n, n.FirstChild())
		}
		parent.RemoveChild(parent, n)
	}
	return err
}

// host is the host that a text names as a web address, if it does.
func host(words string) string {
	words = strings.ToLower(strings.TrimSpace(words))
	rest, found := strings.CutPrefix(words, "https://")
	if !found {
		rest, found = strings.CutPrefix(words, "http://")
	}
	if !found && !strings.HasPrefix(words, "www.") {
		return bareHost(words)
	}
	u, err := url.Parse("https://" + rest)
	if err != nil || strings.ContainsAny(rest, " \n") {
		return ""
	}
	return sameHost(u.Hostname())
}

// bareHost is the host that a word names without saying http: elm.com, elm.com/porch. Only endings that somebody
// registers names under make a word a host, so that “e.g.”, “St.Paul” and “plan.pdf” stay words.
func bareHost(word string) string {
	word = strings.Trim(word, ".,;:!?()[]<>“”‘’\"'…")
	if at := strings.IndexAny(word, "/?#:"); at >= 0 {
		word = word[:at]
	}
	if !strings.Contains(word, ".") || strings.ContainsAny(word, "@ \n") {
		return ""
	}
	domain := sendingDomain(word)
	if domain == "" {
		return ""
	}
	ending, registered := publicsuffix.PublicSuffix(domain)
	if !registered && !strings.Contains(ending, ".") && ending != "example" { // example is RFC 2606's
		return ""
	}
	return sameHost(domain)
}

// sameHost is one form for the ways to write a host: A-labels, no www.
func sameHost(host string) string {
	if domain := sendingDomain(host); domain != "" {
		host = domain
	}
	return strings.TrimPrefix(host, "www.")
}

// twin writes the text part from the same tree that makes the HTML.
type twin struct{ src []byte }

func (t twin) blocks(parent ast.Node, gap string) string {
	var parts []string
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.List:
			parts = append(parts, t.list(n))
		default:
			parts = append(parts, t.inline(n))
		}
	}
	return strings.Join(parts, gap)
}

func (t twin) list(l *ast.List) string {
	var items []string
	number := l.Start
	for n := l.FirstChild(); n != nil; n = n.NextSibling() {
		mark := "- "
		if l.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		gap := "\n"
		if !l.IsTight {
			gap = "\n\n"
		}
		items = append(items, mark+strings.ReplaceAll(t.blocks(n, gap), "\n", "\n"+strings.Repeat(" ", len(mark))))
	}
	return strings.Join(items, "\n")
}

func (t twin) inline(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			b.WriteString(t.words(n.Segment.Value(t.src)))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.WriteString(t.words(n.Value))
		case *ast.AutoLink:
			b.Write(n.Label(t.src))
		case *ast.Link:
			words, to := t.inline(n), t.words(n.Destination)
			bare := strings.TrimPrefix(strings.TrimPrefix(to, "mailto:"), "tel:")
			b.WriteString(words)
			if words != to && words != bare && leads(to) && !sameNumber(words, to) {
				b.WriteString(" (" + bare + ")")
			}
		default:
			b.WriteString(t.inline(n))
		}
	}
	return b.String()
}

// leads says whether the HTML has this link too.
func leads(to string) bool {
	u, err := url.Parse(to)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" || u.Scheme == "mailto" || u.Scheme == "tel")
}

// sameNumber says whether the words of a telephone link are its number already, but for the country.
func sameNumber(words, to string) bool {
	digits := func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}
	shown := strings.Map(digits, words)
	return strings.HasPrefix(to, "tel:") && len(shown) >= 7 && strings.HasSuffix(strings.Map(digits, to), shown)
}

// words are source bytes as a reader sees them: escapes and entities resolved as in the HTML.
func (t twin) words(source []byte) string {
	var b bytes.Buffer
	w := bufio.NewWriterSize(&b, 256)
	render.DefaultWriter.Write(w, source)
	_ = w.Flush() // a bytes.Buffer takes everything
	return html.UnescapeString(b.String())
}

// printed drops control characters that came in as entities.
func printed(s string) string {
	if manyLines(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if manyLines(string(r)) {
			return r
		}
		return -1
	}, s)
}
