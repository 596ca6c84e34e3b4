package letters

import (
	"strconv"
	"strings"

	"porchlight/app/agents"
	"porchlight/app/mail"
)

// Identify is mail.Identify for one of several agents. Two of one name would write from one address under the brokerage's
// domain, and nobody could tell whose letters an address marks: from the second on it has a number. Faults: as
// mail.Identify.
func Identify(a agents.Agent, among []agents.Agent, brokerage string, domains []string) (mail.Identity, error) {
	id, err := mail.Identify(a.Name, a.Email, brokerage, domains)
	if err != nil || !id.Via() {
		return id, err
	}
	same := 1
	for _, other := range among {
		theirs, err := mail.Identify(other.Name, other.Email, brokerage, domains)
		if err == nil && theirs.FromAddress == id.FromAddress && other.ID != a.ID && (other.ID < a.ID || !theirs.Via()) {
			same++
		}
	}
	if same > 1 {
		local, domain, _ := strings.Cut(id.FromAddress, "@")
		id.FromAddress = local + "." + strconv.Itoa(same) + "@" + domain
	}
	return id, nil
}
