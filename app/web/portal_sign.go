package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// portalSignView is the page that asks for an address, and then for the code.
type portalSignView struct {
	Email   Field
	Code    Field
	Address string // the code was asked for
	Wrong   string
	Back    string // the letter's page one came from; empty: none
}

// portalSign answers with a page in front of the portal's door.
func (s *Server) portalSign(c *fiber.Ctx, status int, title, view string, v portalSignView) error {
	portalQuiet(c)
	if token := c.Cookies(s.portalCookie(letterCookie)); token != "" {
		if _, err := outbox.ReadLink(c.UserContext(), s.Store.Read, token); err == nil {
			v.Back = "/l/" + token
		}
	}
	return s.publicPage(c, page{Title: title, View: view, Data: v, Status: status})
}

func portalEmail(email, wrong string) Field {
	return Field{Name: "email", Label: "E-mail", Value: email, Error: wrong, Type: "email", Autocomplete: "email", Required: true, Focus: true, Hint: "The address your agent’s letters come to."}
}

// portalStart is the portal's first page, or the way in.
func (s *Server) portalStart(c *fiber.Ctx) error {
	all, err := s.visitors(c)
	if err != nil {
		return err
	}
	if invited, err := s.awaited(c, all); err != nil {
		return err
	} else if invited {
		return s.toPortalDoor(c, "/p/invitation")
	}
	if len(all) > 0 {
		return s.visitor(s.portalFeed)(c)
	}
	return s.portalSign(c, http.StatusOK, "Your portal", "portal/sign_in", portalSignView{Email: portalEmail("", "")})
}

// portalAsk mails a code to an address that has a portal. The answer is the same where it has none.
func (s *Server) portalAsk(c *fiber.Ctx) error {
	email := clipped(c.FormValue("email"), 320)
	asked, err := s.PortalKeys.Ask(c.UserContext(), s.Store.Write, email, s.visitorIP(c), s.Clock())
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Denied) {
		v := portalSignView{Email: portalEmail(email, f.Fields["email"])}
		if f.Kind == fault.Denied {
			v.Wrong = f.Say
		}
		return s.portalSign(c, statuses[f.Kind], "Your portal", "portal/sign_in", v)
	}
	if err == nil {
		err = s.mailCode(c, asked)
	}
	if err == nil {
		err = s.strangerAsked(c, email)
	}
	if err != nil {
		return err
	}
	s.setPortalCookie(c, askedCookie, base64.RawURLEncoding.EncodeToString([]byte(email)), s.Clock().Add(portal.CodeLife))
	return s.redirect(c, "/p/code", "")
}

// mailCode mails a code. It stands in the letter's first line, where phones that fill codes in look for it, and not in the
// subject: mail servers write subjects into their logs, and Porchlight itself keeps them. For nobody, too, the letter
// is written and posted, so that it takes as long; it just has no address.
func (s *Server) mailCode(c *fiber.Ctx, asked portal.Asked) error {
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	code := asked.Code
	if code == "" {
		code = "000000"
	}
	name := house.Name
	if name == "" {
		name = "Porchlight"
	}
	note := mail.Note{
		Identity: outbox.HouseIdentity(house, s.BaseURL), House: mail.House{Name: house.Name, PostalAddress: house.PostalAddress, Phone: house.Phone, BaseURL: s.BaseURL},
		Subject: "Your code for " + name,
		Body: "Your code is " + code + "\n\nType it on the page where you asked for it. It works once, for ten minutes. Nobody of " + name + " will ever ask you for it.\n\n" +
			"You did not ask for a code? Then somebody typed your address. Without the code they see nothing, and you need not do anything.",
	}
	template, err := s.Renderer.Note(note)
	if err != nil {
		return err
	}
	if err := outbox.PostToAsker(c.UserContext(), s.Store.Write, asked.Name, asked.Address, template, rand.Text(), s.Clock()); err != nil {
		return err
	}
	s.Courier.Kick()
	return nil
}

// askedAddress is the address this browser last asked a code for.
func (s *Server) askedAddress(c *fiber.Ctx) string {
	email, _ := base64.RawURLEncoding.DecodeString(c.Cookies(s.portalCookie(askedCookie))) // none: empty
	return clipped(string(email), 320)
}

func portalCodeField(wrong string) Field {
	return Field{Name: "code", Label: "Code", Error: wrong, Autocomplete: "one-time-code", Required: true, Focus: true}
}

func (s *Server) portalCode(c *fiber.Ctx) error {
	email := s.askedAddress(c)
	if email == "" {
		portalQuiet(c)
		return s.toPortalDoor(c, "/p")
	}
	return s.portalSign(c, http.StatusOK, "Enter your code", "portal/sign_code", portalSignView{Address: email, Code: portalCodeField("")})
}

func (s *Server) portalEnter(c *fiber.Ctx) error {
	portalQuiet(c)
	email := s.askedAddress(c)
	if email == "" {
		return s.redirect(c, "/p", "")
	}
	token, expires, err := s.PortalKeys.Enter(c.UserContext(), s.Store.Write, email, clipped(c.FormValue("code"), 40), s.visitorIP(c), c.Get(fiber.HeaderUserAgent), s.Clock())
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		if err := s.strangerGuessed(c); err != nil {
			return err
		}
		if err := s.houseGuessed(c); err != nil {
			return err
		}
		return s.portalSign(c, http.StatusUnprocessableEntity, "Enter your code", "portal/sign_code", portalSignView{Address: email, Code: portalCodeField(f.Fields["code"])})
	}
	if err != nil {
		return err
	}
	if had := c.Cookies(s.portalCookie(deviceCookie)); had != "" { // whoever was in before is out
		if err := portal.SignOut(c.UserContext(), s.Store.Write, had); err != nil {
			return err
		}
	}
	s.setPortalCookie(c, deviceCookie, token, expires)
	for _, name := range []string{asCookie, askedCookie, letterCookie} {
		s.setPortalCookie(c, name, "", time.Time{})
	}
	return s.redirect(c, "/p", "")
}

func (s *Server) portalSignOut(c *fiber.Ctx) error {
	portalQuiet(c)
	if err := portal.SignOut(c.UserContext(), s.Store.Write, c.Cookies(s.portalCookie(deviceCookie))); err != nil {
		return err
	}
	for _, name := range []string{deviceCookie, asCookie, askedCookie, letterCookie} {
		s.setPortalCookie(c, name, "", time.Time{})
	}
	return s.redirect(c, "/p", "You are signed out on this device.")
}

// portalChoiceView is the page where somebody with several agents chooses.
type portalChoiceView struct{ Portals []portalDoor }

type portalDoor struct {
	ID          string
	Agent, Name string
}

func (s *Server) portalChoose(c *fiber.Ctx, all []portal.Visitor) error {
	var v portalChoiceView
	for _, one := range all {
		a, err := agents.Find(c.UserContext(), s.Store.Read, one.Client.AgentID)
		if err != nil && fault.Of(err) != fault.NotFound {
			return err
		}
		v.Portals = append(v.Portals, portalDoor{ID: strconv.FormatInt(int64(one.Member.ID), 10), Agent: a.Name, Name: one.Client.Name()})
	}
	return s.publicPage(c, page{Title: "Which portal?", View: "portal/sign_choose", Data: v})
}

func (s *Server) portalChoice(c *fiber.Ctx) error {
	portalQuiet(c)
	all, err := s.visitors(c)
	if err != nil {
		return err
	}
	if len(all) < 2 {
		return s.toPortalDoor(c, "/p")
	}
	return s.portalChoose(c, all)
}

// portalChosen keeps the choice. One that is none of them is no choice; the guard asks again.
func (s *Server) portalChosen(c *fiber.Ctx) error {
	portalQuiet(c)
	id, err := strconv.ParseInt(c.FormValue("portal"), 10, 64)
	if err == nil && id > 0 {
		s.setPortalCookie(c, asCookie, strconv.FormatInt(id, 10), s.Clock().Add(portal.DeviceLife))
	}
	return s.redirect(c, "/p", "")
}

// clipped is text with no more than so many characters.
func clipped(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most])
	}
	return text
}
