package mail_test

import (
	"os"
	"testing"
	"time"

	"porchlight/app/fault"
	"porchlight/app/mail"
)

var house = mail.House{Name: "Elm & Harbor Realty", PostalAddress: "12 Harbor Street\nGuilford, CT 06437", Phone: "(203) 555-0142",
	BaseURL: "https://mail.elmharbor.example"}

const unsubscribe = "https://mail.elmharbor.example/u/1.dGhpcyBpcyBhIHRva2VuIG9mIG9yZGluYXJ5IGxlbmd0aA"

func sampleLetter() mail.Letter {
	return mail.Letter{
		Identity:  mail.Identity{FromName: "Maya Bell via Elm & Harbor Realty", FromAddress: "maya.bell@mail.elmharbor.example", ReplyTo: "maya.bell@gmail.com"},
		House:     house,
		AgentName: "Maya Bell", AgentPhone: "(203) 555-0187", Signature: "Realtor®, licensed in Connecticut\r\nYour key to the shoreline",
		Subject: "Two homes in Guilford, and an open house on Sunday",
		Markdown: `Hi there,

I walked through **two homes** this morning that made me think of you. Both have the *light* you asked for:

- [14 Elm Street](https://homes.example/14-elm?from=letter&n=1), three bedrooms, a porch that faces west
- 3 Harbor Lane, a little smaller, five minutes' walk from the water

The open house on Elm Street is **Sunday, 1 to 3 pm**.
Parking is easiest on Park Street.

Call me on [(203) 555-0187](tel:+12035550187), or just answer this letter. More photos are at https://homes.example/photos.

1. Look at the photos
2. Tell me which one you like

Warmly,
Maya`,
		ListID: "agent-7.elmharbor.example", FeedbackID: "letter:7:elmharbor:porchlight",
	}
}

func sampleNote() mail.Note {
	return mail.Note{
		Identity: mail.Identity{FromName: "Elm & Harbor Realty", FromAddress: "porchlight@mail.elmharbor.example"},
		House:    house,
		Subject:  "John Doe has opted out of your mail",
		Body:     "John Doe (j•••@example.com) opted out today at 2:14 pm, from your letter “Two homes in Guilford”.\n\nWhat has stopped:\nAll mail from you to John.\n\nIf John asks you to write again, you can restore the consent, and then set the status to Active by hand.",
		Action:   "Open John’s page", URL: "https://mail.elmharbor.example/clients/12?from=note&n=3",
	}
}

func sampleRecipient() mail.Recipient {
	return mail.Recipient{Name: "John Doe", Address: "john.doe@example.com", Unsubscribe: unsubscribe,
		MessageID: "42.k3j5h2@mail.elmharbor.example", Date: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)}
}

func newRenderer(t testing.TB) *mail.Renderer {
	t.Helper()
	r, err := mail.NewRenderer(os.DirFS("../../views/letters"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func letterTemplate(t testing.TB, l mail.Letter) *mail.Template {
	t.Helper()
	made, err := newRenderer(t).Letter(l)
	if err != nil {
		t.Fatalf("%q: %v %v", l.Markdown, err, fault.As(err))
	}
	return made
}

func sampleMessage(t testing.TB) []byte {
	t.Helper()
	message, err := letterTemplate(t, sampleLetter()).Message(sampleRecipient())
	if err != nil {
		t.Fatal(err)
	}
	return message
}
