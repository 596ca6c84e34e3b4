package address

import "strings"

// provider is how one of the big mailbox providers delivers several spellings to one mailbox.
type provider struct {
	domains []string // the same names at each are the same mailboxes; the first stands for all
	ignored string   // characters of the local part that don't count
}

// providers are those whose rules are known: Gmail (support.google.com/mail/answer/7436150), Proton
// (proton.me/support/addresses-and-aliases) and iCloud (support.apple.com/en-us/102540). What stands after a plus sign is a tag at
// all of them, at Outlook and Fastmail, and wherever else a server knows tags (RFC 5233); at Fastmail a subdomain is one, too.
var providers = []provider{
	{[]string{"gmail.com", "googlemail.com"}, "."},
	{[]string{"proton.me", "protonmail.com", "protonmail.ch", "pm.me"}, ".-_"},
	{[]string{"icloud.com", "me.com", "mac.com"}, ""},
}

const fastmail = "fastmail.com"

// Mailbox is what two addresses of one mailbox share: Key without a +tag, and as the big providers read it. For guards, never for
// mailing.
func (a Address) Mailbox() string {
	local, domain := a.fold(), a.ascii
	if name, under := strings.CutSuffix(domain, "."+fastmail); under && !strings.Contains(name, ".") { // tag@name.fastmail.com
		return name + "@" + fastmail
	}
	if name, _, tagged := strings.Cut(local, "+"); tagged && name != "" {
		local = name
	}
	for _, p := range providers {
		for _, one := range p.domains {
			if one != domain {
				continue
			}
			kept := strings.Map(func(r rune) rune {
				if strings.ContainsRune(p.ignored, r) {
					return -1
				}
				return r
			}, local)
			if kept != "" {
				local = kept
			}
			return local + "@" + p.domains[0]
		}
	}
	return local + "@" + domain
}

// Mailboxes are the domains at which the mailbox of an address may have other spellings, its own among them, as Mailbox names them.
func (a Address) Mailboxes() []string {
	mailbox := a.Mailbox()
	name, domain, _ := strings.Cut(mailbox, "@")
	if domain == fastmail && name != "" {
		return []string{fastmail, name + "." + fastmail}
	}
	for _, p := range providers {
		if p.domains[0] == domain {
			return p.domains
		}
	}
	return []string{domain}
}
