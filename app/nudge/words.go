package nudge

import (
	"context"
	"fmt"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// How much of what was written a mail quotes; the page it leads to has all of it.
const (
	quoted     = 5   // messages
	quotedLong = 700 // characters of each
	longName   = 80  // characters of a name in a subject
)

// quote are the messages as a mail tells them, the oldest first: each by who says so, with the home it is about.
func (r *Runner) quote(ctx context.Context, house agents.Brokerage, waiting []portal.Message, who func(portal.Message) string, now time.Time) (string, error) {
	shown := waiting[max(0, len(waiting)-quoted):]
	var ids []listings.ID
	for _, m := range shown {
		if m.ListingID != 0 {
			ids = append(ids, m.ListingID)
		}
	}
	names := map[listings.ID]string{}
	if len(ids) > 0 {
		homes, err := letters.Homes(ctx, r.Read, ids, house.Location(), now)
		if err != nil {
			return "", err
		}
		for _, h := range homes {
			names[h.ID] = h.Card.Address
		}
	}
	var out []string
	if before := len(waiting) - len(shown); before == 1 {
		out = append(out, "One message before these is on the page, too.")
	} else if before > 1 {
		out = append(out, fmt.Sprintf("%d messages before these are on the page, too.", before))
	}
	for _, m := range shown {
		line := who(m)
		if m.ListingID != 0 {
			if line += " about a home"; names[m.ListingID] != "" {
				line = who(m) + " about " + names[m.ListingID]
			}
		}
		out = append(out, line+":\n“"+beginning(m.Body, quotedLong)+"”")
	}
	return strings.Join(out, "\n\n"), nil
}

// beginning is a text of at most so many characters, on lines that stand together.
func beginning(text string, n int) string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			kept = append(kept, line)
		}
	}
	return clipped(strings.Join(kept, "\n"), n)
}

func clipped(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return strings.TrimSpace(string(runes[:n-1])) + "…"
	}
	return text
}

// inOutbox is what the agent's outbox calls the mail about a message, which they did not write as a letter.
const inOutbox = "Mail about your message in the portal"

// letter is what the people of a portal get: from the agent they have now, with the words, and a link that is no key.
func (r *Runner) letter(ctx context.Context, house agents.Brokerage, by agents.Agent, waiting []portal.Message, now time.Time) (outbox.Text, error) {
	last := waiting[len(waiting)-1]
	names := map[agents.ID]string{by.ID: by.Name}
	for _, m := range waiting {
		if names[m.AgentID] == "" { // who had the client before
			before, err := agents.Find(ctx, r.Read, m.AgentID)
			if err != nil {
				return outbox.Text{}, err
			}
			names[m.AgentID] = before.Name
		}
	}
	subject := clipped(names[last.AgentID], longName) + " wrote to you"
	words, err := r.quote(ctx, house, waiting, func(m portal.Message) string { return names[m.AgentID] + " wrote" }, now)
	if err != nil {
		return outbox.Text{}, err
	}
	link := r.BaseURL + "/p/messages"
	markdown := "[Read and answer in your portal](" + link + ")"
	letter, err := letters.Draft(ctx, r.Read, by, house, r.BaseURL, subject, markdown)
	if err != nil {
		return outbox.Text{}, err
	}
	letter.Lead = words
	template, err := r.Renderer.Letter(letter)
	return outbox.Text{Subject: inOutbox, Markdown: words + "\n\n" + markdown, Template: template, IdempotencyKey: fmt.Sprintf("%s%d", portal.TalkKey, last.ID)}, err
}

// notice is what an agent gets: who wrote, what, and the way to the client's page.
func (r *Runner) notice(ctx context.Context, house agents.Brokerage, client clients.ID, agent agents.ID, people []clients.Client, waiting []portal.Message, now time.Time) (agents.Notice, error) {
	names := map[clients.ID]string{}
	for _, one := range people {
		names[one.ID] = one.Name()
	}
	who := func(m portal.Message) string {
		if name := names[m.MemberID]; name != "" {
			return name + " wrote"
		}
		return "Somebody of this portal wrote"
	}
	words, err := r.quote(ctx, house, waiting, who, now)
	if err != nil {
		return agents.Notice{}, err
	}
	last := waiting[len(waiting)-1]
	title := "A client wrote to you"
	if name := names[last.MemberID]; name != "" {
		title = clipped(name, longName) + " wrote to you"
	}
	return agents.Notice{
		AgentID: agent, Kind: agents.NoticeMessage, ClientID: int64(client), Title: title, Body: words,
		Action: "Read and answer", Path: fmt.Sprintf("/clients/%d#client-%d-talk", client, client),
	}, nil
}
