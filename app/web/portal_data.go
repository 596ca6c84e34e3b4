package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// dataPage says what is kept about a client, and where they get a copy.
type dataPage struct {
	Base, House, AgentName string
	ReadOnly               bool
	Kept                   []keptLine
}

type keptLine struct{ Icon, Word, Say string }

func (s *Server) dataShow(c *fiber.Ctx, v portal.Visitor) error {
	view := dataPage{Base: portalBase(v), ReadOnly: v.ReadOnly}
	all, err := s.ownData(c, v)
	if err != nil {
		return err
	}
	view.House, view.AgentName = all.Brokerage, all.Agent
	who := all.You.Name + ", " + all.You.Email
	if all.You.Phone != "" {
		who += ", " + all.You.Phone
	}
	view.Kept = []keptLine{
		{"user", "You", who},
		{"mail", "Letters", count(len(all.Letters), "letter was", "letters were") + " sent to you, with " + count(len(all.Homes), "home", "homes")},
		{"heart", "What you think of homes", count(len(all.Reactions), "mark of yours", "marks of yours") + "; and when you opened " + count(len(all.Looked), "home", "homes")},
		{"message-square", "Words", count(len(all.Messages), "message or note", "messages and notes") + " between you and " + view.AgentName},
		{"search", "Searches", count(len(all.AutoEmails), "auto e-mail", "auto e-mails") + ", " + count(len(all.OwnSearches), "search of your own", "searches of your own")},
		{"mail-check", "What you agreed to", count(len(all.Consent), "entry", "entries") + " on whether mail may come, with the day and the page"},
		{"smartphone", "Devices", count(len(all.Devices), "device", "devices") + " with the browser’s name and a part of the network address"},
	}
	return s.portalPage(c, v, page{Title: "Your data", Section: "more", View: "portal/data", Data: view})
}

// A copy is made at most so often, since it reads everything.
const (
	copiesMost = 6
	copiesPer  = time.Hour
)

// dataDownload is a copy of everything that is the client's own.
func (s *Server) dataDownload(c *fiber.Ctx, v portal.Visitor) error {
	now := s.Clock()
	may, err := s.PortalKeys.Within(c.UserContext(), s.Store.Write, "copy", idText(v.Member.ID), copiesMost, copiesPer, now)
	if err != nil {
		return err
	}
	if !may {
		return fault.New(fault.Denied, "You had %d copies within an hour. Come back a little later.", copiesMost)
	}
	all, err := s.ownData(c, v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.packOwnData(c, &b, all, now); err != nil {
		return err
	}
	portalQuiet(c)
	private(c)
	c.Set(fiber.HeaderContentType, "application/zip")
	c.Set("Content-Disposition", `attachment; filename="my-porchlight-data.zip"`)
	return c.Send(b.Bytes())
}

// packOwnData writes the copy: data.json, and the text of each letter, its links dead: they are keys.
func (s *Server) packOwnData(c *fiber.Ctx, to io.Writer, all ownData, now time.Time) error {
	z := zip.NewWriter(to)
	add := func(name string, at time.Time, content []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	}
	for i, l := range all.Letters {
		_, mailing, _, err := outbox.Find(c.UserContext(), s.Store.Read, l.agent, outbox.LetterID(l.id))
		if err != nil {
			return err
		}
		text, err := mailing.ReadTemplate(c.UserContext(), s.Store.Read)
		if err != nil {
			return err
		}
		all.Letters[i].File = fmt.Sprintf("letters/%s-%d.txt", l.At.Format("2006-01-02"), l.id)
		words := "Subject: " + l.Subject + "\nDate: " + l.At.Format(time.RFC1123Z) + "\nTo: " + all.You.Email + "\n\n" + text.Text(mail.Recipient{})
		if err := add(all.Letters[i].File, l.At, []byte(words)); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := add("data.json", now, append(data, '\n')); err != nil {
		return err
	}
	return z.Close()
}
