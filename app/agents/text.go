package agents

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// refusal is why something can't be taken, in words for whoever typed it.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	errHidden refusal = "There is a hidden character here. Type it by hand instead of pasting it."
	errNoName refusal = "Type a name."
	errPhone  refusal = "This doesn’t look like a phone number. Type it like 203-555-0142."
)

func refuse(words string, args ...any) error { return refusal(fmt.Sprintf(words, args...)) }

// Line reads one line a person typed: trimmed, blanks within it made one, in the normal form NFC. It refuses what could
// start a header line in mail or turn the text around on a page (control characters, bidirectional overrides) and more
// than most characters. The error's text is a sentence for whoever typed it. An empty line is fine.
func Line(text string, most int) (string, error) {
	text, err := readable(text)
	if err != nil {
		return "", err
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
		return "", errHidden
	}
	return within(strings.Join(strings.Fields(text), " "), most)
}

// Text reads several lines a person typed, as Line does, but keeps their line ends (as \n) and the blanks within.
func Text(text string, most int) (string, error) {
	text, err := readable(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	if err != nil {
		return "", err
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' }) {
		return "", errHidden
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRightFunc(lines[i], unicode.IsSpace)
	}
	return within(strings.Trim(strings.Join(lines, "\n"), "\n"), most)
}

// Name reads the name of a person or a house: a Line of 1 to 300 characters in which something can be seen.
func Name(text string) (string, error) {
	name, err := Line(text, 300)
	if err != nil {
		return "", err
	}
	if !strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		return "", errNoName
	}
	return name, nil
}

// Phone reads a telephone number as people write it, extension and all; empty is fine.
func Phone(text string) (string, error) {
	phone, err := Line(text, 40)
	if err != nil || phone == "" {
		return phone, err
	}
	digits := 0
	for _, r := range phone {
		switch {
		case unicode.IsDigit(r):
			digits++
		case !unicode.IsLetter(r) && !strings.ContainsRune(" +-–().,/#*:;", r):
			return "", errPhone
		}
	}
	if digits < 5 {
		return "", errPhone
	}
	return phone, nil
}

// readable refuses text that is not what it seems, and drops the invisible characters that come with pasting.
func readable(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errHidden
	}
	for _, r := range text {
		// The overrides and isolates of the Unicode bidirectional algorithm (UAX 9 section 2).
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return "", errHidden
		}
	}
	// Zero width space, word joiner, byte order mark, soft hyphen. Not the joiners U+200C and U+200D: names need them.
	return norm.NFC.String(strings.NewReplacer("\u200b", "", "\u2060", "", "\ufeff", "", "\u00ad", "").Replace(text)), nil
}

func within(text string, most int) (string, error) {
	if n := utf8.RuneCountInString(text); n > most {
		return "", refuse("This is too long: %d characters, and %d fit.", n, most)
	}
	return text, nil
}
