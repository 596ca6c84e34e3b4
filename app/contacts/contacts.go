// Package contacts reads the files in which people bring their contacts: CSV as Google, Outlook, Thunderbird,
// Mailchimp, Brevo and listmonk write it, and vCard 2.1 to 4.0. It maps columns by their names, never by their places,
// and keeps who had unsubscribed elsewhere. It checks no addresses and knows no database.
package contacts

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"porchlight/app/fault"
)

// Row is one contact as it stands in the file.
type Row struct {
	Line                              int // where it begins, counted from 1
	FirstName, LastName, Email, Phone string
	Notes                             string
	OptedOut                          bool // the file says this person had unsubscribed
}

// MaxRows is how many contacts one file may hold.
const MaxRows = 10_000

// ErrTooMany and the other errors are sentences for whoever chose the file.
var (
	ErrTooMany  = fault.New(fault.Invalid, "The file holds more than 10,000 contacts. Split it and import the parts.")
	ErrEmpty    = fault.New(fault.Invalid, "There are no contacts in this file.")
	ErrNoText   = fault.New(fault.Invalid, "This is no CSV or vCard file. Open it in the program it comes from, choose Save as or Export, CSV, and import that.")
	ErrNoEmails = fault.New(fault.Invalid, "No column of this file looks like e-mail addresses. Name the column E-mail and try again.")
)

// Read reads a whole file. The error is a sentence.
func Read(r io.Reader) ([]Row, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The file could not be read to its end. Try again.")
	}
	text := decode(raw)
	if strings.ContainsRune(text, 0) { // a workbook, a picture
		return nil, ErrNoText
	}
	if strings.TrimSpace(text) == "" {
		return nil, ErrEmpty
	}
	if head := strings.ToUpper(text[:min(len(text), 2000)]); strings.Contains(head, "BEGIN:VCARD") {
		return readCards(text)
	}
	return readTable(text)
}

// decode makes UTF-8 of what exports come in: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252, the
// code page of desktop Outlook. Every kind of line end becomes \n.
func decode(raw []byte) string {
	var text string
	switch {
	case bytes.HasPrefix(raw, []byte{0xef, 0xbb, 0xbf}):
		text = string(raw[3:])
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		text = decode16(raw)
	case utf8.Valid(raw):
		text = string(raw)
	default:
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(raw)
		if err != nil {
			decoded = bytes.ToValidUTF8(raw, []byte("\ufffd"))
		}
		text = string(decoded)
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.ReplaceAll(text, "\r", "\n")
}

func decode16(raw []byte) string {
	little := raw[0] == 0xff
	raw = raw[2:]
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		if little {
			units = append(units, uint16(raw[i])|uint16(raw[i+1])<<8)
		} else {
			units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
		}
	}
	return string(utf16.Decode(units))
}

// named splits a full name where a file has no better: the last word is the last name.
func named(row *Row, full string) {
	if row.FirstName != "" || row.LastName != "" {
		return
	}
	words := strings.Fields(full)
	if len(words) == 0 {
		return
	}
	row.LastName = words[len(words)-1]
	row.FirstName = strings.Join(words[:len(words)-1], " ")
	if row.FirstName == "" {
		row.FirstName, row.LastName = row.LastName, ""
	}
}
