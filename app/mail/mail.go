// Package mail makes letters and hands them to an SMTP server. It owns the From rule, the rendering of one letter as
// text and HTML, the bytes of a message (RFC 5322, 2045-2047, 8058) and the sender. It promises that bytes it returns
// have passed Check, and that a gate given to Send is asked before DATA is written. It knows no database.
package mail

import "time"

// House is what every letter says of the brokerage.
type House struct {
	Name, PostalAddress, Phone string
	BaseURL                    string // where links lead, without a slash at the end
}

// Letter is what one agent writes to clients, before it is rendered.
type Letter struct {
	Identity                         Identity
	House                            House
	AgentName, AgentPhone, Signature string
	Subject, Markdown                string
	ListID                           string // RFC 2919 without brackets, like agent-7.elmrealty.example; stable per agent
	FeedbackID                       string // campaign:agent:brokerage:sender
	Homes                            []*Card
	Total                            int       // homes that the letter's page shows, where they are more than Homes ("see all")
	Lead                             string    // a plain paragraph above Markdown, in the app's words: what this letter is
	Lookouts                         []Lookout // the auto emails it is of: named at its foot with the way to get fewer
	Looking                          bool      // asks "still looking?", with a button that leads to a page
	Asks                             bool      // asks whether the agent may write at all, with a button that leads to the page for the yes
}

// Lookout is an auto email as its letters name it.
type Lookout struct {
	Name  string
	When  string // its schedule in words: "Daily at 7:00 AM"; empty: none of its own
	Fewer bool   // it sends more often than weekly, so the client can have it weekly
}

// Note is a mail from the house to one of its agents.
type Note struct {
	Identity    Identity
	House       House
	Subject     string
	Body        string // paragraphs parted by an empty line
	Action, URL string
}

// Recipient is the part of a message that is one person's.
type Recipient struct {
	Name, Address string
	Unsubscribe   string // the absolute URL; empty in notices and tests, whose links are all dead
	Homes         string // the absolute URL where the letter's homes are as they stand; counts only where there are any
	MessageID     string // without angle brackets
	Date          time.Time
}
