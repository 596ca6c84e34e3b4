package autoemail

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// atMostNamed is how many clients a digest names.
const atMostNamed = 12

// digestWords are what a digest says of what waits, those that wait longest first; its page shows the first of them.
func digestWords(ctx context.Context, db bun.IDB, items []Item, shown int, now time.Time) (agents.Notice, error) {
	var ids []clients.ID
	homes, since := map[clients.ID]int{}, map[clients.ID]time.Time{}
	for _, item := range items {
		if homes[item.ClientID]++; homes[item.ClientID] == 1 {
			ids, since[item.ClientID] = append(ids, item.ClientID), item.FoundAt
		}
	}
	var people []clients.Client
	named := ids[:min(len(ids), atMostNamed)]
	if err := db.NewSelect().Model(&people).Column("id", "first_name", "last_name").Where("id IN (?)", bun.List(named)).Scan(ctx); err != nil {
		return agents.Notice{}, fmt.Errorf("autoemail: clients of a digest: %w", err)
	}
	names := map[clients.ID]string{}
	for _, c := range people {
		names[c.ID] = c.Name()
	}
	n := agents.Notice{Title: numbered(len(items), "home waits", "homes wait") + " for your yes", Action: "Look at them"}
	if len(ids) == 1 {
		n.Title = numbered(len(items), "home for "+names[ids[0]]+" waits", "homes for "+names[ids[0]]+" wait") + " for your yes"
	}
	var lines []string
	for _, id := range named {
		lines = append(lines, names[id]+": "+numbered(homes[id], "home", "homes")+", "+waited(homes[id], now.Sub(since[id]))+".")
	}
	if more := len(ids) - len(named); more > 0 {
		lines = append(lines, "And "+numbered(more, "more client", "more clients")+".")
	}
	lines = append(lines, "Nothing leaves to a client before you approve it.")
	if more := len(items) - shown; more > 0 {
		lines = append(lines, "The page behind the button shows the "+strconv.Itoa(shown)+" homes that wait longest. "+numbered(more, "more waits", "more wait")+" in Porchlight, under Concierge.")
	}
	lines = append(lines, "The button works for seven days and needs no password, so forward this e-mail only to somebody who may decide for you.")
	n.Body = strings.Join(lines, "\n\n")
	return n, nil
}

// waited tells how long the oldest of some homes waits.
func waited(homes int, d time.Duration) string {
	since := strings.TrimSuffix(ago(d), " ago")
	switch {
	case d < time.Minute:
		return "found just now"
	case homes == 1:
		return "found " + since + " ago"
	}
	return "the oldest found " + since + " ago"
}

// numbered is a count with its noun: "1 home", "1,204 homes".
func numbered(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	text := strconv.Itoa(n)
	if n >= 1000 {
		text = strconv.Itoa(n/1000) + "," + fmt.Sprintf("%03d", n%1000)
	}
	return text + " " + many
}
