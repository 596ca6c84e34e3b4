package web

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/photos"
)

// Where pictures are uploaded, and how large a file may be in octets: a phone's photo fits.
const (
	looksLogoPath    = "/settings/looks/logo"
	profilePhotoPath = "/settings/profile/photo"
	pictureMost      = 12 << 20
)

// looksOn is how the house shows itself on the pages clients see.
type looksOn struct {
	Sheet string // of the accent; empty: Porchlight's own
	Logo  string
}

// looksOn reads it.
func (s *Server) looksOn(c *fiber.Ctx) (looksOn, error) {
	looks, err := agents.LoadLooks(c.UserContext(), s.Store.Read)
	v := looksOn{Logo: markPath(looks.Logo)}
	if looks.Accent != "" || looks.AccentDark != "" {
		v.Sheet = "/accent/" + strings.TrimPrefix(looks.Accent, "#") + "-" + strings.TrimPrefix(looks.AccentDark, "#") + ".css"
	}
	return v, err
}

// markPath is where a stored picture is; empty where there is none.
func markPath(name string) string {
	if name == "" {
		return ""
	}
	return "/marks/" + name
}

// markShow serves a logo or an agent's photo. Its name stands for its content for ever.
func (s *Server) markShow(c *fiber.Ctx) error {
	content, err := agents.Mark(c.UserContext(), s.Store.Read, c.Params("name"))
	if err != nil {
		return err
	}
	c.Set("Content-Type", http.DetectContentType(content)) // made here: a PNG or a JPEG
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	c.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return c.Send(content)
}

var accentColors = regexp.MustCompile(`^([0-9a-f]{6})?-([0-9a-f]{6})?$`)

// accentShow is the style sheet that puts the house's colors in the place of Porchlight's. Why a sheet: the pages' policy takes
// no style that stands in them.
func (s *Server) accentShow(c *fiber.Ctx) error {
	parts := accentColors.FindStringSubmatch(c.Params("colors"))
	if parts == nil {
		return fault.New(fault.NotFound, "There is no such color.")
	}
	light, dark := "#1e4a3e", "#8fc9b4"
	if parts[1] != "" {
		light = "#" + parts[1]
	}
	if parts[2] != "" {
		dark = "#" + parts[2]
	}
	c.Set("Content-Type", "text/css; charset=utf-8")
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.SendString(fmt.Sprintf(`:root{--pine:light-dark(%[1]s,%[2]s);--pine-2:color-mix(in oklab,light-dark(%[1]s,%[2]s) 84%%,light-dark(#000,#fff));--on-pine:light-dark(%[3]s,%[4]s);--pine-wash:color-mix(in oklab,light-dark(%[1]s,%[2]s) 10%%,light-dark(%[3]s,%[4]s))}`+"\n",
		light, dark, agents.Paper, agents.PaperDark))
}

// markForm is the card by which a picture is changed; the fragment settings/_mark.
type markForm struct {
	Action, Label, Picture, Wrong string
	Wide                          bool // a logo
}

func newMarkForm(action, label, name, wrong string) markForm {
	return markForm{Action: action, Label: label, Picture: markPath(name), Wrong: wrong, Wide: action == looksLogoPath}
}

// looksView is the card of the looks.
type looksView struct {
	Wrong            string
	Accent, Dark     Field
	AsksAgain        bool
	Version          int64
	Logo             markForm
	Light, Night     string // as saved, for the samples
	LightBy, NightBy string // their contrast
}

func (s *Server) looksShow(c *fiber.Ctx) error {
	looks, err := agents.LoadLooks(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return s.looksCard(c, http.StatusOK, looks, trouble{})
}

func (s *Server) looksCard(c *fiber.Ctx, status int, typed agents.Looks, t trouble) error {
	saved, err := agents.LoadLooks(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	is := fields{t.fields}
	v := looksView{Wrong: t.say, Accent: is.of("accent", "Accent color", typed.Accent), Dark: is.of("accent_dark", "Accent color in the dark", typed.AccentDark), AsksAgain: typed.AsksAgain, Version: typed.Version}
	v.Accent.Autocomplete, v.Dark.Autocomplete = "off", "off"
	v.Accent.Hint = "Links and buttons on the pages your clients see, such as #1e4a3e. Leave it empty for Porchlight’s own green."
	v.Dark.Hint = "The same where somebody’s phone shows pages dark: a lighter tone of it."
	if saved.Accent != "" {
		v.LightBy = contrastWords(saved.Accent, agents.Paper)
	}
	if saved.AccentDark != "" {
		v.NightBy = contrastWords(saved.AccentDark, agents.PaperDark)
	}
	v.Light, v.Night = saved.Accent, saved.AccentDark
	v.Logo = newMarkForm(looksLogoPath, "Logo", saved.Logo, t.fields["picture"])
	return s.settings(c, status, "/settings/looks", "Looks", "settings/_looks", v)
}

func contrastWords(color, paper string) string {
	return strconv.FormatFloat(agents.Contrast(color, paper), 'f', 1, 64) + " to 1"
}

func (s *Server) looksUpdate(c *fiber.Ctx) error {
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // a wrong one is a conflict
	typed := agents.Looks{Accent: strings.TrimSpace(c.FormValue("accent")), AccentDark: strings.TrimSpace(c.FormValue("accent_dark")), AsksAgain: c.FormValue("asks_again") != "", Version: version}
	saved, err := agents.SaveLooks(c.UserContext(), s.Store.Write, me(c), typed)
	if status, t := troubleOf(err); status != 0 {
		if status == http.StatusConflict {
			now, err := agents.LoadLooks(c.UserContext(), s.Store.Read)
			if err != nil {
				return err
			}
			typed.Version = now.Version
		}
		return s.looksCard(c, status, typed, t)
	}
	if err != nil {
		return err
	}
	return s.saved(c, "/settings/looks", "Saved. Your clients’ pages look so now.", func() error { return s.looksCard(c, http.StatusOK, saved, trouble{}) })
}

// uploaded is the picture of a form, made small; nothing where it is to be taken away. Faults: Invalid (picture).
func uploaded(c *fiber.Ctx, width, height int) ([]byte, error) {
	if c.FormValue("remove") != "" {
		return nil, nil
	}
	var form fault.Form
	upload, err := c.FormFile("picture")
	if err != nil { // none was chosen, or the form is broken
		form.Add("picture", "Choose a picture.")
		return nil, form.Err()
	}
	if upload.Size > pictureMost {
		form.Add("picture", "This file is larger than 12 MB. Make it smaller first.")
		return nil, form.Err()
	}
	file, err := upload.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	made, err := photos.Mark(content, width, height)
	if f := fault.As(err); f != nil {
		form.Add("picture", "%s", f.Say)
		return nil, form.Err()
	}
	return made, err
}

func (s *Server) logoUpdate(c *fiber.Ctx) error {
	content, err := uploaded(c, 480, 160)
	if err == nil {
		err = agents.SaveLogo(c.UserContext(), s.Store.Write, me(c), content)
	}
	if status, t := troubleOf(err); status != 0 {
		looks, err := agents.LoadLooks(c.UserContext(), s.Store.Read)
		if err != nil {
			return err
		}
		return s.looksCard(c, status, looks, t)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/settings/looks", "The logo is saved.")
}

func (s *Server) agentPhotoUpdate(c *fiber.Ctx) error {
	content, err := uploaded(c, 320, 320)
	if err == nil {
		err = agents.SavePhoto(c.UserContext(), s.Store.Write, me(c).ID, content)
	}
	if status, t := troubleOf(err); status != 0 {
		return s.profileCard(c, status, profileFormOf(me(c)), t)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/settings/profile", "Your photo is saved.")
}
