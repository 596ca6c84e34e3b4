package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
)

// profileForm is what agents type about themselves.
type profileForm struct {
	name, phone, signature string
	version                int64
}

func parseProfile(c *fiber.Ctx) profileForm {
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // a wrong one is a conflict
	return profileForm{
		name: strings.TrimSpace(c.FormValue("name")), phone: strings.TrimSpace(c.FormValue("phone")),
		signature: lines(c.FormValue("signature")), version: version,
	}
}

func profileFormOf(a agents.Agent) profileForm {
	return profileForm{a.Name, a.Phone, a.Signature, a.Version}
}

// profileView is the profile's card.
type profileView struct {
	Wrong                  string
	Name, Phone, Signature Field
	Email                  string
	Version                int64
	From                   fromLine
	Picture                markForm
}

func (s *Server) profileCard(c *fiber.Ctx, status int, f profileForm, t trouble) error {
	a := me(c)
	b, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	is := fields{t.fields}
	v := profileView{
		Wrong: t.say, Email: a.Email, Version: f.version,
		Name: is.of("name", "Name", f.name), Phone: is.of("phone", "Phone", f.phone), Signature: is.of("signature", "Signature", f.signature),
	}
	a.Name = f.name
	everybody, err := agents.List(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	v.From = fromLineOf(a, everybody, b.Name, b.SendingDomains)
	photo, err := agents.Photo(c.UserContext(), s.Store.Read, a.ID)
	if err != nil {
		return err
	}
	v.Picture = newMarkForm(profilePhotoPath, "Your photo", photo, t.fields["picture"])
	v.Name.Required, v.Name.Autocomplete = true, "name"
	v.Name.Hint = "Clients see it as the sender of your letters."
	v.Phone.Type, v.Phone.Autocomplete = "tel", "tel"
	v.Signature.Rows = 4
	v.Signature.Hint = "Stands under each of your letters, as you type it here."
	return s.settings(c, status, "/settings/profile", "Your profile", "settings/_profile", v)
}

func (s *Server) profileShow(c *fiber.Ctx) error {
	return s.profileCard(c, http.StatusOK, profileFormOf(me(c)), trouble{})
}

func (s *Server) profileUpdate(c *fiber.Ctx) error {
	f := parseProfile(c)
	a, err := agents.Update(c.UserContext(), s.Store.Write, me(c).ID, agents.Profile{Name: f.name, Phone: f.phone, Signature: f.signature, Version: f.version})
	status, t := troubleOf(err)
	if status == http.StatusConflict {
		now, err := agents.Find(c.UserContext(), s.Store.Read, me(c).ID)
		if err != nil {
			return err
		}
		f.version, t = now.Version, trouble{overtaken, map[string]string{}}
		meanwhile(t.fields, "name", f.name, now.Name)
		meanwhile(t.fields, "phone", f.phone, now.Phone)
		meanwhile(t.fields, "signature", f.signature, now.Signature)
	}
	if status != 0 {
		return s.profileCard(c, status, f, t)
	}
	if err != nil {
		return err
	}
	return s.saved(c, "/settings/profile", "Your profile is saved.", func() error { return s.profileCard(c, http.StatusOK, profileFormOf(a), trouble{}) })
}
