// Package letters puts together what an agent writes to clients: who signs it, what the law wants under it, and homes as
// they stand today in words a client understands. It promises that a home that may not be shown says why, and that every
// letter of an agent is signed in the same way. It sends and stores nothing.
package letters

import (
	"context"
	"net/url"
	"strconv"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/mail"
)

// Draft is what this agent writes to clients, ready to be rendered. The Feedback-ID and List-Id are the agent's and
// never one recipient's (RFC 2919; Google's Feedback-ID). Faults: as mail.Identify.
func Draft(ctx context.Context, db bun.IDB, by agents.Agent, house agents.Brokerage, baseURL, subject, markdown string) (mail.Letter, error) {
	everybody, err := agents.List(ctx, db)
	if err != nil {
		return mail.Letter{}, err
	}
	identity, err := Identify(by, everybody, house.Name, house.SendingDomains)
	if err != nil {
		return mail.Letter{}, err
	}
	host, agentID := "localhost", "agent-"+strconv.FormatInt(int64(by.ID), 10)
	if base, err := url.Parse(baseURL); err == nil && base.Hostname() != "" {
		host = base.Hostname()
	}
	return mail.Letter{
		Identity:  identity,
		House:     mail.House{Name: house.Name, PostalAddress: house.PostalAddress, Phone: house.Phone, BaseURL: baseURL},
		AgentName: by.Name, AgentPhone: by.Phone, Signature: by.Signature,
		Subject: subject, Markdown: markdown,
		ListID: agentID + "." + host, FeedbackID: "letter:" + agentID + ":" + host + ":porchlight",
	}, nil
}
