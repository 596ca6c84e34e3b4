package web

import (
	"compress/flate"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// A letter's HTML has inline styles, which no page of ours may have. So it is shown in a frame with an address of its
// own, whose answer carries its own policy. (A srcdoc frame would inherit the page's.) The letter being written
// travels packed in that address: nothing has to be stored for a preview, and looking at it changes nothing.
const longestPreview = 8 << 10 // of the address; fasthttp reads 16 KB of head in all

// previewView is the letter as a client will get it.
type previewView struct {
	From, ReplyTo string
	Via           bool
	Subject, Text string
	Source        string // where the frame finds the HTML; empty where there is nothing to show
	Cut           bool   // the address took only the beginning
	Problems      []string
}

// letterPreview renders what is being typed.
func (s *Server) letterPreview(c *fiber.Ctx) error {
	form := parseCompose(c)
	if !partial(c) {
		return s.composePage(c, http.StatusOK, form, nil)
	}
	house, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	view, err := s.preview(me(c), house, form.Subject, form.Message)
	if err != nil {
		return err
	}
	return s.fragment(c, http.StatusOK, "mailings/_preview", view)
}

// letterPreviewFrame is the HTML in the frame. Only our own pages may ask for it: it shows any text in our letter's
// clothes.
func (s *Server) letterPreviewFrame(c *fiber.Ctx) error {
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return fault.New(fault.NotFound, "A preview is shown only beside its letter.")
	}
	subject, message, err := unpackPreview(c.Query("letter"))
	if err != nil {
		return err
	}
	house, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	letter, err := s.letterOf(me(c), house, subject, message)
	if err != nil {
		return err
	}
	template, err := s.Renderer.Letter(letter)
	if err != nil {
		return err
	}
	return framed(c, "allow-same-origin", template.HTML(""))
}

// preview shows an unfinished letter with words in place of what is still missing.
func (s *Server) preview(by agents.Agent, house agents.Brokerage, subject, message string) (previewView, error) {
	if strings.TrimSpace(subject) == "" {
		subject = "No subject yet"
	}
	if strings.TrimSpace(message) == "" {
		message = "Your message appears here as you type."
	}
	v := previewView{Subject: subject}
	letter, err := s.letterOf(by, house, subject, message)
	if err != nil {
		return v, shownFault(err, &v)
	}
	v.From, v.ReplyTo, v.Via = letter.Identity.String(), letter.Identity.ReplyTo, letter.Identity.Via()
	template, err := s.Renderer.Letter(letter)
	if err != nil {
		return v, shownFault(err, &v)
	}
	v.Text = template.Text("")
	packed, cut := packPreview(subject, message)
	v.Source, v.Cut = "/letters/preview?letter="+packed, cut
	return v, nil
}

// shownFault moves a fault the agent can mend into the preview.
func shownFault(err error, v *previewView) error {
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal {
		return err
	}
	for _, name := range []string{"subject", "message"} {
		if say := f.Fields[name]; say != "" {
			v.Problems = append(v.Problems, say)
		}
	}
	if len(v.Problems) == 0 {
		v.Problems = []string{f.Say}
	}
	return nil
}

// packPreview puts a letter into an address; cut says that only its beginning had room.
func packPreview(subject, message string) (packed string, cut bool) {
	for {
		var out strings.Builder
		text := base64.NewEncoder(base64.RawURLEncoding, &out)
		press, _ := flate.NewWriter(text, flate.BestCompression) // errs only at an unknown level
		_, _ = io.WriteString(press, subject+"\x00"+message)     // a strings.Builder takes everything
		_, _ = press.Close(), text.Close()
		if out.Len() <= longestPreview || message == "" {
			return out.String(), cut
		}
		keep := len(message) * longestPreview / out.Len() * 9 / 10
		for keep > 0 && !utf8.RuneStart(message[keep]) {
			keep--
		}
		message, cut = message[:keep], true
	}
}

// unpackPreview reads packPreview's address. Faults: NotFound.
func unpackPreview(packed string) (subject, message string, err error) {
	text := base64.NewDecoder(base64.RawURLEncoding, strings.NewReader(packed))
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(text), 256<<10))
	subject, message, found := strings.Cut(string(raw), "\x00")
	if err != nil || !found {
		return "", "", fault.New(fault.NotFound, "There is no preview at this address.")
	}
	return subject, message, nil
}

// framed answers with a letter's HTML for a sandboxed frame of our own pages: inline styles and pictures, but no script,
// no form and nothing from elsewhere.
func framed(c *fiber.Ctx, sandbox, html string) error {
	c.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox "+sandbox)
	c.Set("X-Frame-Options", "SAMEORIGIN")
	private(c)
	return c.SendString(html)
}
