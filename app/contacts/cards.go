package contacts

import (
	"io"
	"mime/quotedprintable"
	"strings"

	"github.com/emersion/go-vcard"
)

// readCards reads vCards. Each is parsed on its own, so one that is broken does not take the others with it.
func readCards(text string) ([]Row, error) {
	var rows []Row
	for line, card := range cards(text) {
		row := Row{Line: line}
		parsed, err := vcard.NewDecoder(strings.NewReader(card)).Decode()
		if err == nil { // else the row stays empty and is reported as one without an address
			fromCard(&row, parsed)
		}
		if rows = append(rows, row); len(rows) > MaxRows {
			return nil, ErrTooMany
		}
	}
	if len(rows) == 0 {
		return nil, ErrEmpty
	}
	return rows, nil
}

func fromCard(row *Row, card vcard.Card) {
	if name := card.Name(); name != nil {
		row.FirstName = strings.TrimSpace(printable(card.Get(vcard.FieldName), name.GivenName))
		row.LastName = strings.TrimSpace(printable(card.Get(vcard.FieldName), name.FamilyName))
	}
	named(row, value(card, vcard.FieldFormattedName))
	row.Email = value(card, vcard.FieldEmail)
	row.Phone = strings.TrimPrefix(value(card, vcard.FieldTelephone), "tel:")
	row.Notes = value(card, vcard.FieldNote)
}

// value is the preferred value of a field, in plain text.
func value(card vcard.Card, name string) string {
	field := card.Preferred(name)
	if field == nil {
		return ""
	}
	return strings.TrimSpace(printable(field, field.Value))
}

// printable undoes quoted-printable, which vCard 2.1 (Outlook) uses inside values.
func printable(field *vcard.Field, text string) string {
	if field == nil || !strings.EqualFold(field.Params.Get("ENCODING"), "QUOTED-PRINTABLE") {
		return text
	}
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text)))
	if err != nil {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(plain), "\ufffd"), "\r\n", "\n")
}

// cards yields each card's first line number and its text, with lines that quoted-printable broke put together again.
func cards(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		var card, line strings.Builder
		begin, broken := 0, false
		for i, part := range strings.Split(text, "\n") {
			word := strings.ToUpper(strings.TrimSpace(part))
			if word == "BEGIN:VCARD" {
				card.Reset()
				line.Reset()
				begin = i + 1
			}
			if begin == 0 {
				continue
			}
			if line.Len() == 0 {
				broken = quoted(part)
			}
			if part, more := strings.CutSuffix(part, "="); broken && more {
				line.WriteString(part)
				continue
			}
			line.WriteString(part)
			card.WriteString(typed(line.String()) + "\r\n")
			line.Reset()
			if word == "END:VCARD" {
				if !yield(begin, card.String()) {
					return
				}
				begin = 0
			}
		}
	}
}

// quoted says whether a line's value is in quoted-printable.
func quoted(line string) bool {
	head, _, _ := strings.Cut(line, ":")
	return strings.Contains(strings.ToUpper(head), "QUOTED-PRINTABLE")
}

// typed names the parameters that vCard 2.1 leaves bare: TEL;WORK becomes TEL;TYPE=WORK.
func typed(line string) string {
	head, rest, found := strings.Cut(line, ":")
	if !found || !strings.Contains(head, ";") || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
		return line // no parameters, or the rest of a folded value
	}
	parts := strings.Split(head, ";")
	for i, part := range parts[1:] {
		switch {
		case strings.Contains(part, "="):
		case strings.EqualFold(part, "QUOTED-PRINTABLE"), strings.EqualFold(part, "BASE64"):
			parts[i+1] = "ENCODING=" + part
		default:
			parts[i+1] = "TYPE=" + part
		}
	}
	return strings.Join(parts, ";") + ":" + rest
}
