package agents

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// providers give mailboxes to anybody, and their domains sign only for their own servers.
var providers = []string{
	"gmail.com", "googlemail.com", "outlook.com", "live.com", "live.ca", "live.co.uk", "live.fr", "live.nl", "msn.com", "passport.com",
	"ymail.com", "rocketmail.com", "aol.com", "aim.com", "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "protonmail.ch",
	"pm.me", "mail.com", "email.com", "usa.com", "zoho.com", "zohomail.com", "fastmail.com", "fastmail.fm", "hey.com", "duck.com",
	"tutanota.com", "tutanota.de", "tuta.com", "tuta.io", "hushmail.com", "inbox.com", "lycos.com", "juno.com", "netzero.net", "excite.com",
	"comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "pacbell.net", "ameritech.net", "snet.net", "cox.net",
	"charter.net", "spectrum.net", "roadrunner.com", "rr.com", "twc.com", "earthlink.net", "mindspring.com", "optonline.net", "optimum.net",
	"frontier.com", "frontiernet.net", "windstream.net", "centurylink.net", "centurytel.net", "embarqmail.com", "q.com", "suddenlink.net",
	"cablevision.com", "rcn.com", "shaw.ca", "rogers.com", "bell.net", "sympatico.ca", "telus.net", "videotron.ca", "btinternet.com", "sky.com",
	"virginmedia.com", "talktalk.net", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "web.de", "t-online.de", "freenet.de",
	"libero.it", "virgilio.it", "tiscali.it", "wp.pl", "o2.pl", "onet.pl", "seznam.cz", "mail.ru", "bk.ru", "list.ru", "inbox.ru", "rambler.ru",
	"qq.com", "foxmail.com", "163.com", "126.com", "yeah.net", "sina.com", "sohu.com", "naver.com", "daum.net", "hanmail.net", "rediffmail.com",
	"uol.com.br", "bol.com.br", "terra.com.br", "bigpond.com", "optusnet.com.au", "xtra.co.nz",
}

// everywhere are providers with a domain in most countries: yahoo.com, yahoo.co.uk.
var everywhere = []string{"yahoo", "hotmail", "gmx", "yandex"}

// FreeMailbox says whether a domain (in A-labels) belongs to a well-known provider of mailboxes for anybody, so that no
// brokerage can send in its name.
func FreeMailbox(domain string) bool {
	own, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return false
	}
	label, _, _ := strings.Cut(own, ".")
	return slices.Contains(providers, own) || slices.Contains(everywhere, label)
}

// isSuffix says whether a domain is one under which others register theirs, such as co.uk.
func isSuffix(domain string) bool {
	_, err := publicsuffix.EffectiveTLDPlusOne(domain)
	return err != nil
}

// spoken makes a name of a domain: mail.elm-realty.co.uk is Elm Realty. It may be empty.
func spoken(domain string) string {
	own, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		return ""
	}
	label, _, _ := strings.Cut(own, ".")
	if shown, err := idna.ToUnicode(label); err == nil {
		label = shown
	}
	words := strings.FieldsFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	for i, word := range words {
		first := []rune(word)
		first[0] = unicode.ToUpper(first[0])
		words[i] = string(first)
	}
	return strings.Join(words, " ")
}
