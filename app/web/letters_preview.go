package web

import (
	"cmp"
	"compress/flate"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/mail"
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
	homes, err := letters.Homes(c.UserContext(), s.Store.Read, form.Homes, house.Location(), s.Clock())
	if err != nil {
		return err
	}
	view, err := s.preview(c.UserContext(), me(c), house, form, homes)
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
	form, err := unpackPreview(c.Query("letter"))
	if err != nil {
		return err
	}
	house, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	homes, err := letters.Homes(c.UserContext(), s.Store.Read, form.Homes, house.Location(), s.Clock())
	if err != nil {
		return err
	}
	letter, err := s.previewed(c.UserContext(), me(c), house, form, homes)
	if err != nil {
		return err
	}
	template, err := s.Renderer.Letter(letter)
	if err != nil {
		return err
	}
	return framed(c, "allow-same-origin", template.HTML(mail.Recipient{}))
}

// preview shows an unfinished letter with words in place of what is still missing.
func (s *Server) preview(ctx context.Context, by agents.Agent, house agents.Brokerage, form composeForm, homes []letters.Home) (previewView, error) {
	if strings.TrimSpace(form.Subject) == "" {
		form.Subject = cmp.Or(letters.Suggestion(homes), "No subject yet")
	}
	if strings.TrimSpace(form.Message) == "" && len(homes) == 0 {
		form.Message = "Your message appears here as you type."
	}
	v := previewView{Subject: form.Subject}
	letter, err := s.previewed(ctx, by, house, form, homes)
	if err != nil {
		return v, shownFault(err, &v)
	}
	v.From, v.ReplyTo, v.Via = letter.Identity.String(), letter.Identity.ReplyTo, letter.Identity.Via()
	template, err := s.Renderer.Letter(letter)
	if err != nil {
		return v, shownFault(err, &v)
	}
	v.Text = template.Text(mail.Recipient{})
	packed, cut := packPreview(form)
	v.Source, v.Cut = "/letters/preview?letter="+packed, cut
	return v, nil
}

// previewed is the letter with those of its homes that can be sent. Faults: Invalid.
func (s *Server) previewed(ctx context.Context, by agents.Agent, house agents.Brokerage, form composeForm, homes []letters.Home) (mail.Letter, error) {
	letter, err := letters.Draft(ctx, s.Store.Read, by, house, s.BaseURL, form.Subject, form.Message)
	if err != nil {
		return letter, err
	}
	d, wrong := draft{letter: letter, homes: homes, typed: true}, map[string]string{}
	if err := s.dress(&d, form.Notes, house.Location(), wrong); err != nil {
		return letter, err
	}
	for name, say := range wrong {
		if strings.HasPrefix(name, "note-") {
			return letter, fault.New(fault.Invalid, "%s", say)
		}
	}
	letter, _ = d.of(anyHome)
	if len(letter.Homes) == 0 && strings.TrimSpace(letter.Markdown) == "" {
		letter.Markdown = "Your message appears here as you type."
	}
	return letter, nil
}

// shownFault moves a fault the agent can mend into the preview.
func shownFault(err error, v *previewView) error {
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal {
		return err
	}
	for _, name := range []string{"subject", "message", "homes"} {
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
func packPreview(form composeForm) (packed string, cut bool) {
	for {
		var out strings.Builder
		text := base64.NewEncoder(base64.RawURLEncoding, &out)
		press, _ := flate.NewWriter(text, flate.BestCompression) // errs only at an unknown level
		_, _ = io.WriteString(press, form.Subject+"\x00"+packHomes(form)+"\x00"+form.Message)
		_, _ = press.Close(), text.Close() // a strings.Builder takes everything
		if out.Len() <= longestPreview || form.Message == "" && len(form.Notes) == 0 {
			return out.String(), cut
		}
		cut = true
		if form.Message == "" {
			form.Notes = nil
			continue
		}
		keep := len(form.Message) * longestPreview / out.Len() * 9 / 10
		for keep > 0 && !utf8.RuneStart(form.Message[keep]) {
			keep--
		}
		form.Message = form.Message[:keep]
	}
}

// packHomes writes the homes of a letter and what is said of them: "12=Mind the step.&7=".
func packHomes(form composeForm) string {
	parts := make([]string, len(form.Homes))
	for i, id := range form.Homes {
		parts[i] = strconv.FormatInt(int64(id), 10) + "=" + url.QueryEscape(form.Notes[id])
	}
	return strings.Join(parts, "&")
}

// unpackPreview reads packPreview's address. Faults: NotFound.
func unpackPreview(packed string) (form composeForm, err error) {
	text := base64.NewDecoder(base64.RawURLEncoding, strings.NewReader(packed))
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(text), 256<<10))
	parts := strings.SplitN(string(raw), "\x00", 3)
	if err != nil || len(parts) < 3 {
		return form, fault.New(fault.NotFound, "There is no preview at this address.")
	}
	form.Subject, form.Message, form.Notes = parts[0], parts[2], map[listings.ID]string{}
	for _, part := range strings.Split(parts[1], "&") {
		number, quoted, _ := strings.Cut(part, "=")
		note, err := url.QueryUnescape(quoted)
		ids := parseHomes([][]byte{[]byte(number)})
		if err != nil || len(ids) == 0 || len(form.Homes) == pickedAtMost {
			continue
		}
		form.Homes = append(form.Homes, ids[0])
		form.Notes[ids[0]] = note
	}
	return form, nil
}

// framed answers with a letter's HTML for a sandboxed frame of our own pages: inline styles and pictures, but no script,
// no form and nothing from elsewhere.
func framed(c *fiber.Ctx, sandbox, html string) error {
	c.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox "+sandbox)
	c.Set("X-Frame-Options", "SAMEORIGIN")
	private(c)
	return c.SendString(html)
}
