package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// RFC 5321 section 4.5.3.1: 64 octets before the @, and a path of 256 with its angle brackets.
const (
	maxLocal   = 64
	maxAddress = 254
)

// refusal is why a text is no address, in words for whoever typed it.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	empty     refusal = "Type an e-mail address."
	noAt      refusal = "An e-mail address has an @ in it, like name@example.com."
	manyAts   refusal = "There are two @ signs here. Type one address only."
	several   refusal = "Type one address only, without commas or semicolons."
	named     refusal = "Type only the address, without a name or brackets round it."
	spaced    refusal = "An e-mail address has no spaces in it."
	hidden    refusal = "There is a hidden character in this address. Type it by hand instead of pasting it."
	noLocal   refusal = "Something is missing before the @."
	noDomain  refusal = "Something is missing after the @, like example.com."
	localDots refusal = "The part before the @ can’t start or end with a dot, or have two dots in a row."
	quoted    refusal = "Quotation marks can’t be used in an e-mail address."
	noDot     refusal = "The part after the @ needs an ending, like .com."
	badDots   refusal = "The part after the @ can’t start or end with a dot, or have two dots in a row."
	badDomain refusal = "The part after the @ isn’t a proper domain, like example.com."
	longLocal refusal = "The part before the @ is too long: 64 characters at most."
	tooLong   refusal = "This address is too long: 254 characters at most."
)

// Parse reads one address; blanks round it don't count. The error's text is a sentence for whoever typed it.
func Parse(text string) (Address, error) {
	text = strings.Trim(text, " \t\u00a0")
	if text == "" {
		return Address{}, empty
	}
	if len(text) > 4*maxAddress {
		return Address{}, tooLong
	}
	if why := characters(text); why != "" {
		return Address{}, why
	}
	local, domain, found := strings.Cut(text, "@")
	switch {
	case !found:
		return Address{}, noAt
	case strings.Contains(domain, "@"):
		return Address{}, manyAts
	case local == "":
		return Address{}, noLocal
	case domain == "":
		return Address{}, noDomain
	case dotty(local):
		return Address{}, localDots
	case len(local) > maxLocal:
		return Address{}, longLocal
	}
	shown, ascii, why := readDomain(domain)
	if why != "" {
		return Address{}, why
	}
	if len(local)+1+max(len(ascii), len(shown)) > maxAddress {
		return Address{}, tooLong
	}
	return Address{local, shown, ascii}, nil
}

// characters says what no part of an address may hold. Letters beyond ASCII are fine (RFC 6531 section 3.3), but not
// those nobody sees: they make two addresses look like one.
func characters(text string) refusal {
	if !utf8.ValidString(text) {
		return hidden
	}
	for _, r := range text {
		switch {
		case r == ' ' || r == '\t' || unicode.IsSpace(r) && r > 0x7f && r != 0x85:
			return spaced
		case r == utf8.RuneError || !unicode.IsGraphic(r):
			return hidden
		case r == '"':
			return quoted
		case strings.ContainsRune("<>()", r):
			return named
		case r == ',' || r == ';':
			return several
		case strings.ContainsRune(`[]:\`, r):
			return refusal("The character " + string(r) + " can’t be used in an e-mail address.")
		}
	}
	return ""
}

// readDomain gives the domain to show and the domain in A-labels.
func readDomain(typed string) (shown, ascii string, why refusal) {
	if isASCII(typed) {
		shown = strings.ToLower(typed)
	} else if shown, _ = names.ToUnicode(typed); isASCII(shown) {
		shown = strings.ToLower(shown)
	}
	if dotty(shown) {
		return "", "", badDots
	}
	ascii, err := names.ToASCII(shown)
	if err != nil || !isASCII(ascii) {
		return "", "", badDomain
	}
	if dotty(ascii) {
		return "", "", badDots
	}
	dot := strings.LastIndexByte(ascii, '.')
	if dot < 0 {
		return "", "", noDot
	}
	if strings.Trim(ascii[dot+1:], "0123456789") == "" { // an IP address, not a name (RFC 3696 section 2)
		return "", "", badDomain
	}
	return shown, ascii, ""
}

// names reads domains as browsers do (UTS 46), and strictly: letters, digits and hyphens, 63 octets a label.
var names = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.StrictDomainName(true),
	idna.VerifyDNSLength(true))

func dotty(s string) bool {
	return strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..")
}
