package contacts

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"

	"porchlight/app/fault"
)

// field is what a column can be to us.
type field int

const (
	ignored field = iota
	firstName
	lastName
	fullName
	email
	phone
	notes
	unsubscribed // a value here means the person had opted out
	status       // "unsubscribed", "blocklisted", "cleaned"
)

// columns names the columns we take, folded: letters and digits only, lower case. Earlier entries of one field in the
// file's order win; a later one fills only what is empty.
var columns = map[string]field{
	"firstname": firstName, "givenname": firstName, "first": firstName, "vorname": firstName, "prenom": firstName, "nombre": firstName,
	"lastname": lastName, "familyname": lastName, "surname": lastName, "last": lastName, "nachname": lastName, "apellidos": lastName,
	"name": fullName, "displayname": fullName, "fullname": fullName, "fileas": fullName, "contact": fullName, "emaildisplayname": fullName,
	"email": email, "emailaddress": email, "primaryemail": email, "email1value": email, "mail": email, "email1": email, "email1address": email,
	"secondaryemail": email, "email2value": email, "email2address": email, "email3value": email, "email3address": email,
	"phone": phone, "mobilephone": phone, "primaryphone": phone, "phone1value": phone, "mobilenumber": phone, "homephone": phone, "businessphone": phone,
	"workphone": phone, "phonenumber": phone, "mobile": phone, "cell": phone, "sms": phone, "phone2value": phone, "telephone": phone,
	"notes": notes, "note": notes, "comments": notes,
	"unsubtime": unsubscribed, "cleantime": unsubscribed, "emailblacklisted": unsubscribed, "unsubscribed": unsubscribed, "optedout": unsubscribed, "emailoptout": unsubscribed,
	"status": status, "emailstatus": status, "subscriptionstatus": status,
}

// readTable reads separated values; the first line holds the columns' names.
func readTable(text string) ([]Row, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	head, err := r.Read()
	if err != nil {
		return nil, ErrEmpty
	}
	fields, found := make([]field, len(head)), false
	for i, name := range head {
		fields[i] = columns[fold(name)]
		found = found || fields[i] == email
	}
	if !found {
		return nil, ErrNoEmails
	}
	var rows []Row
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "The file is not a proper table: %s.", err)
		}
		line, _ := r.FieldPos(0)
		row := toRow(record, fields)
		if row == (Row{}) {
			continue // blank lines at the end are common
		}
		row.Line = line
		if rows = append(rows, row); len(rows) > MaxRows {
			return nil, ErrTooMany
		}
	}
	if len(rows) == 0 {
		return nil, ErrEmpty
	}
	return rows, nil
}

func toRow(record []string, fields []field) Row {
	var row Row
	full := ""
	for i, value := range record {
		if i >= len(fields) {
			break
		}
		value = strings.TrimSpace(value)
		if value == "" {
			continue
		}
		switch fields[i] {
		case firstName:
			fill(&row.FirstName, value)
		case lastName:
			fill(&row.LastName, value)
		case fullName:
			fill(&full, value)
		case email:
			fill(&row.Email, first(value))
		case phone:
			fill(&row.Phone, first(value))
		case notes:
			fill(&row.Notes, value)
		case unsubscribed:
			row.OptedOut = row.OptedOut || !no[strings.ToLower(value)]
		case status:
			row.OptedOut = row.OptedOut || gone[strings.ToLower(value)]
		}
	}
	named(&row, full)
	return row
}

// no are the ways a table says that somebody had not unsubscribed.
var no = map[string]bool{"0": true, "no": true, "false": true, "n": true, "f": true}

// gone are the words of a status column for people who had.
var gone = map[string]bool{"unsubscribed": true, "blocklisted": true, "blacklisted": true, "cleaned": true, "opted out": true, "opted_out": true, "complained": true, "bounced": true, "disabled": true}

func fill(to *string, value string) {
	if *to == "" {
		*to = value
	}
}

// first takes the first of several values Google joins in one cell.
func first(value string) string {
	value, _, _ = strings.Cut(value, ":::")
	return strings.TrimSpace(value)
}

// separator is the one of comma, semicolon and tab that the first line has most of.
func separator(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best, most := ',', strings.Count(line, ",")
	for _, candidate := range []rune{';', '\t'} {
		if n := strings.Count(line, string(candidate)); n > most {
			best, most = candidate, n
		}
	}
	return best
}

func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
