package mail_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"porchlight/app/fault"
)

func TestLetter_renders_the_small_Markdown_and_its_text_twin(t *testing.T) {
	for source, want := range map[string][2]string{ // HTML without style attributes; text
		"Hi **bold** and *it*":                        {`<p>Hi <strong>bold</strong> and <em>it</em></p>`, "Hi bold and it"},
		"one\ntwo":                                    {"<p>one<br>\ntwo</p>", "one\ntwo"},
		"one\r\n\r\ntwo":                              {"<p>one</p>\n<p>two</p>", "one\n\ntwo"},
		"- a\n- b\n  - c":                             {"<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>", "- a\n- b\n  - c"},
		"3. a\n4. b":                                  {"<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>", "3. a\n4. b"},
		"[here](https://x.example/?a&b)":              {`<p><a href="https://x.example/?a&amp;b">here</a></p>`, "here (https://x.example/?a&b)"},
		"[here](http://x.example)":                    {`<p><a href="http://x.example">here</a></p>`, "here (http://x.example)"},
		"see https://x.example/a.":                    {`<p>see <a href="https://x.example/a">https://x.example/a</a>.</p>`, "see https://x.example/a."},
		"[a@b.com](mailto:a@b.com)":                   {`<p><a href="mailto:a@b.com">a@b.com</a></p>`, "a@b.com"},
		"[write](mailto:a@b.com)":                     {`<p><a href="mailto:a@b.com">write</a></p>`, "write (a@b.com)"},
		"[(203) 555-0187](tel:+12035550187)":          {`<p><a href="tel:+12035550187">(203) 555-0187</a></p>`, "(203) 555-0187"},
		"[call me](tel:+12035550187)":                 {`<p><a href="tel:+12035550187">call me</a></p>`, "call me (+12035550187)"},
		"[x](javascript:alert(1))":                    {`<p>x</p>`, "x"},
		"[x](data:text/html,hi)":                      {`<p>x</p>`, "x"},
		"[x](/relative)":                              {`<p>x</p>`, "x"},
		"[x](JaVaScRiPt:alert(1))":                    {`<p>x</p>`, "x"},
		"![alt](https://x.example/a.png) end":         {`<p>alt end</p>`, "alt end"},
		"<b>hi</b> & <script>x()</script>":            {`<p>&lt;b&gt;hi&lt;/b&gt; &amp; &lt;script&gt;x()&lt;/script&gt;</p>`, "<b>hi</b> & <script>x()</script>"},
		"<img src=x onerror=alert(1)>":                {`<p>&lt;img src=x onerror=alert(1)&gt;</p>`, "<img src=x onerror=alert(1)>"},
		"# not a heading":                             {`<p># not a heading</p>`, "# not a heading"},
		"    not code":                                {`<p>not code</p>`, "not code"},
		"`not code`":                                  {"<p>`not code`</p>", "`not code`"},
		"$1,200,000 *and* 5 * 3":                      {`<p>$1,200,000 <em>and</em> 5 * 3</p>`, "$1,200,000 and 5 * 3"},
		`\*stars\* &amp; &copy;`:                      {`<p>*stars* &amp; ©</p>`, "*stars* & ©"},
		"a&#13;&#10;&#0;&#8;b":                        {"<p>a\n�b</p>", "a\n�b"},
		"[https://x.example](https://x.example/deep)": {`<p><a href="https://x.example/deep">https://x.example</a></p>`, "https://x.example (https://x.example/deep)"},
		`[x](https://x.example "a title")`:            {`<p><a href="https://x.example">x</a></p>`, "x (https://x.example)"},
		"שלום **עולם**":                               {`<p>שלום <strong>עולם</strong></p>`, "שלום עולם"},
		"https://slot.invalid/unsubscribe":            {`<p><a href="https://slot.invalid/unsubscribe">https://slot.invalid/unsubscribe</a></p>`, "https://slot.invalid/unsubscribe"},
	} {
		l := sampleLetter()
		l.Markdown = source
		l.AgentName = "SIGNATURE"
		made := letterTemplate(t, l)
		if got := body(made.HTML(sampleRecipient())); got != want[0] {
			t.Errorf("%q:\n got %q\nwant %q", source, got, want[0])
		}
		if got, _, _ := strings.Cut(made.Text(sampleRecipient()), "\n\nSIGNATURE"); got != want[1] {
			t.Errorf("%q as text:\n got %q\nwant %q", source, got, want[1])
		}
	}
}

var (
	looks = regexp.MustCompile(` (style|class|dir)="[^"]*"`)
	tags  = regexp.MustCompile(`<[^>]*>`)
)

// body is the agent's part of a letter's HTML, without its looks.
func body(rich string) string {
	_, rest, _ := strings.Cut(rich, "overflow-wrap:anywhere\">\n")
	inside, _, _ := strings.Cut(rest, "\n<table")
	return strings.TrimSpace(looks.ReplaceAllString(inside, ""))
}

func FuzzLetter_markdown_is_harmless(f *testing.F) {
	for _, seed := range []string{"**a** *b*", "[x](javascript:a)", "<script>", "- a\n  - b\n\n1. c", "![a](b)", "[a][b]\n\n[b]: https://x.example", "<https://x.example>",
		"&#x6a;avascript:", "[a](<https://x.example/\">)", "\\[a\\](b)", "[![a](b)](https://c.example)"} {
		f.Add(seed)
	}
	r := newRenderer(f)
	allowed := regexp.MustCompile(`^(</?(p|strong|em|ul|li|ol)>|<ol start="\d+">|<br>|</a>|<a href="(https|http|mailto|tel):[^"<>]*">)$`)
	f.Fuzz(func(t *testing.T, source string) {
		l := sampleLetter()
		l.Markdown = source
		made, err := r.Letter(l)
		if err != nil {
			return
		}
		inside := body(made.HTML(sampleRecipient()))
		for _, tag := range tags.FindAllString(inside, -1) {
			if !allowed.MatchString(tag) {
				t.Fatalf("%q let %s through", source, tag)
			}
		}
		words := strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(inside, ""))), "")
		if len(words) > 0 && len(strings.Join(strings.Fields(made.Text(sampleRecipient())), "")) < len(words) {
			t.Fatalf("%q: the text lacks some of %q", source, words)
		}
	})
}

func TestLetter_refuses_links_whose_words_name_another_host(t *testing.T) {
	r := newRenderer(t)
	for source, refused := range map[string]bool{
		"[bank.example](https://evil.example)":               true,
		"[**Bank.example**](https://evil.example)":           true,
		"[www.bank.com](https://evil.example)":               true,
		"[bank.com/login](https://evil.example)":             true,
		"[(bank.com)](https://evil.example/bank.com)":        true,
		"[bank.com:443](https://bank.com.evil.example)":      true,
		"[bank.co.uk.](https://evil.example)":                true,
		"[bank.com](https://evil.example@bank.com.evil.com)": true,
		"[bücher.de](https://bucher.de)":                     true,
		"[https://bank.com](https://evil.example)":           true,
		"[bank.com](https://www.bank.com/deep?a=b)":          false,
		"[www.bank.com](http://BANK.com)":                    false,
		"[Bank.com](https://bank.com:8443)":                  false,
		"[bücher.de](https://xn--bcher-kva.de)":              false,
		"[https://bücher.de](https://xn--bcher-kva.de)":      false,
		"[e.g.](https://x.example)":                          false,
		"[Madison.](https://x.example)":                      false,
		"[St.Paul](https://x.example)":                       false,
		"[plan.pdf](https://x.example)":                      false,
		"[1.2 acres](https://x.example)":                     false,
		"[3.5](https://x.example)":                           false,
		"[No.7](https://x.example)":                          false,
		"[at 4 p.m.](https://x.example)":                     false,
		"[our page on bank.com](https://x.example)":          false,
		"[the house ... and its porch](https://x.example)":   false,
		"[maya@elm.com](mailto:maya@elm.com)":                false,
	} {
		l := sampleLetter()
		l.Markdown = source
		_, err := r.Letter(l)
		if (err != nil) != refused || refused && !strings.Contains(fault.As(err).Fields["message"], "leads somewhere else") {
			t.Errorf("%s: %v", source, err)
		}
	}
}
