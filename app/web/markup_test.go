package web_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// clean checks what the Content-Security-Policy would refuse and what a screen reader would miss: inline scripts and
// styles, things from other hosts, controls without a name, ids used twice.
func clean(t *testing.T, body string) {
	t.Helper()
	var root *html.Node
	if strings.HasPrefix(strings.TrimSpace(body), "<!doctype") {
		node, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		root = node
	} else {
		root = &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
		nodes, err := html.ParseFragment(strings.NewReader(body), &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body})
		if err != nil {
			t.Fatal(err)
		}
		for _, node := range nodes {
			root.AppendChild(node)
		}
	}
	page := reading{t: t, ids: map[string]int{}, labels: map[string]bool{}}
	page.labelled(root)
	page.walk(root, false)
	for id, n := range page.ids {
		if n > 1 {
			t.Errorf("id %q stands %d times", id, n)
		}
	}
}

type reading struct {
	t      *testing.T
	ids    map[string]int
	labels map[string]bool // what labels are for
}

func (p *reading) labelled(n *html.Node) {
	if n.DataAtom == atom.Label {
		p.labels[attribute(n, "for")] = true
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		p.labelled(child)
	}
}

func (p *reading) walk(n *html.Node, inLabel bool) {
	if n.Type == html.ElementNode {
		p.element(n, inLabel)
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		p.walk(child, inLabel || n.DataAtom == atom.Label)
	}
}

func (p *reading) element(n *html.Node, inLabel bool) {
	p.t.Helper()
	for _, a := range n.Attr {
		switch name := strings.ToLower(a.Key); {
		case name == "style" || strings.HasPrefix(name, "on") || strings.HasPrefix(name, "hx-on"):
			p.t.Errorf("<%s %s=%q>: inline", n.Data, a.Key, a.Val)
		case name == "id":
			p.ids[a.Val]++
		case name == "hx-vals" || name == "hx-trigger" || name == "hx-headers":
			if strings.Contains(a.Val, "js:") || strings.Contains(a.Val, "[") && name == "hx-trigger" {
				p.t.Errorf("<%s %s=%q> needs eval", n.Data, a.Key, a.Val)
			}
		case name == "src" || name == "action" || name == "formaction" || name == "srcset" || name == "data" || name == "poster" ||
			name == "href" && (n.DataAtom == atom.Link || n.Data == "use"):
			if strings.Contains(a.Val, "//") || strings.Contains(strings.ToLower(a.Val), "script:") {
				p.t.Errorf("<%s %s=%q>: from elsewhere", n.Data, a.Key, a.Val)
			}
		case name == "href" && strings.Contains(strings.ToLower(a.Val), "script:"):
			p.t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
		}
	}
	switch n.DataAtom {
	case atom.Style:
		p.t.Error("<style> in the page")
	case atom.Script:
		if attribute(n, "src") == "" || n.FirstChild != nil {
			p.t.Error("inline script")
		}
	case atom.Img:
		if !has(n, "alt") {
			p.t.Errorf("<img src=%q> without alt", attribute(n, "src"))
		}
	case atom.Input, atom.Select, atom.Textarea:
		if attribute(n, "type") == "hidden" || attribute(n, "aria-label") != "" || inLabel || p.labels[attribute(n, "id")] && attribute(n, "id") != "" {
			return
		}
		p.t.Errorf("<%s name=%q> has no label", n.Data, attribute(n, "name"))
	case atom.Button, atom.A:
		if strings.TrimSpace(words(n)) == "" && attribute(n, "aria-label") == "" {
			p.t.Errorf("<%s href=%q> has no name", n.Data, attribute(n, "href"))
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func words(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var all string
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		all += words(child)
	}
	return all
}
