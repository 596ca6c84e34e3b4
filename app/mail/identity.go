package mail

import (
	"strings"
	"unicode"

	"porchlight/app/address"
	"porchlight/app/fault"

	"golang.org/x/text/unicode/norm"
)

// Identity is how a letter is signed: the exact From line and where replies go.
type Identity struct {
	FromName    string // "Jane Doe" or "Jane Doe via Elm Realty"
	FromAddress string
	ReplyTo     string // empty where From is the agent's own address
}

// String is the From line as people read it: Jane Doe <jane@elmrealty.example>.
func (i Identity) String() string { return i.FromName + " <" + i.FromAddress + ">" }

// Via says whether the letter goes out under the brokerage's address instead of the agent's own.
func (i Identity) Via() bool { return i.ReplyTo != "" }

// Identify applies the From rule (DMARC alignment, RFC 9989): the agent's own address if one of the domains the
// brokerage may send for is its domain or the domain above it, else an address of the agent's own at the first of them.
// Faults: Denied where there are no domains; Invalid where a name or the address can't stand in a From line.
func Identify(agentName, agentEmail, brokerage string, domains []string) (Identity, error) {
	agentName, brokerage = strings.TrimSpace(agentName), strings.TrimSpace(brokerage)
	if agentName == "" || !oneLine(agentName) || !oneLine(brokerage) {
		return Identity{}, fault.New(fault.Invalid, "The name in the From line is missing or has a hidden character in it. Type it again.")
	}
	agent, err := address.Parse(agentEmail)
	if err != nil {
		return Identity{}, fault.New(fault.Invalid, "The agent’s own address needs another look: %v", err)
	}
	own, ascii := agent.ASCII()
	if !ascii {
		return Identity{}, fault.New(fault.Invalid, "Many mail servers can’t reply to %s, because of the letters before the @. Use another address for mail.", agent)
	}
	first := ""
	for _, typed := range domains {
		domain := sendingDomain(typed)
		if domain == "" {
			continue
		}
		if agent.Domain() == domain || strings.HasSuffix(agent.Domain(), "."+domain) {
			return Identity{FromName: agentName, FromAddress: own}, nil
		}
		if first == "" {
			first = domain
		}
	}
	if first == "" {
		return Identity{}, fault.New(fault.Denied, "No letter can go out yet: the broker has to name a sending domain in Settings first.")
	}
	if brokerage == "" {
		brokerage = first
	}
	local := slug(agentName)
	if local == "" {
		name, _, _ := strings.Cut(own, "@")
		name, _, _ = strings.Cut(name, "+")
		local = slug(name)
	}
	if local == "" {
		local = "agent"
	}
	return Identity{FromName: agentName + " via " + brokerage, FromAddress: local + "@" + first, ReplyTo: own}, nil
}

// sendingDomain is a domain as a broker typed it, in A-labels; empty if it is none.
func sendingDomain(typed string) string {
	a, err := address.Parse("agent@" + strings.TrimSpace(typed))
	if err != nil {
		return ""
	}
	return a.Domain()
}

// letters that no decomposition turns into ASCII.
var folds = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i",
	"'", "", "’", "", "ʼ", "")

// slug is a name as a local part: José O’Hara is jose.ohara. Empty where no ASCII letter is left.
func slug(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(folds.Replace(strings.ToLower(name))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "."):
			b.WriteByte('.')
		}
		if b.Len() == 60 { // RFC 5321 section 4.5.3.1.1 allows 64
			break
		}
	}
	return strings.Trim(b.String(), ".")
}
