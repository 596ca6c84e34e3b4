package contacts_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/app/contacts"
)

func TestReadTables(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		want contacts.Row
	}{
		"google":                 {"Name,Given Name,Family Name,Notes,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Value\nAda Lovelace,Ada,Lovelace,met in May,* Home,ada@home.example ::: a@b.example,203 555 0101\n", contacts.Row{Line: 2, FirstName: "Ada", LastName: "Lovelace", Email: "ada@home.example", Phone: "203 555 0101", Notes: "met in May"}},
		"semicolons, a mark":     {"\ufeffDisplay Name;First Name;Last Name;Primary Email\nJohn Doe;John;Doe;john@doe.example\n", contacts.Row{Line: 2, FirstName: "John", LastName: "Doe", Email: "john@doe.example"}},
		"only a full name":       {"email,name,attributes\nx@y.example,Maria del Carmen Ruiz,\"{}\"\n", contacts.Row{Line: 2, FirstName: "Maria del Carmen", LastName: "Ruiz", Email: "x@y.example"}},
		"mailchimp, gone":        {"Email Address,First Name,Last Name,UNSUB_TIME\nx@y.example,X,Y,2024-01-02\n", contacts.Row{Line: 2, FirstName: "X", LastName: "Y", Email: "x@y.example", OptedOut: true}},
		"brevo, gone":            {"EMAIL;LASTNAME;FIRSTNAME;EMAIL_BLACKLISTED\nx@y.example;Y;X;1\n", contacts.Row{Line: 2, FirstName: "X", LastName: "Y", Email: "x@y.example", OptedOut: true}},
		"brevo, still there":     {"EMAIL;LASTNAME;FIRSTNAME;EMAIL_BLACKLISTED\nx@y.example;Y;X;0\n", contacts.Row{Line: 2, FirstName: "X", LastName: "Y", Email: "x@y.example"}},
		"listmonk, blocked":      {"uuid,email,name,status\n1,x@y.example,X Y,blocklisted\n", contacts.Row{Line: 2, FirstName: "X", LastName: "Y", Email: "x@y.example", OptedOut: true}},
		"windows-1252":           {"First Name,Last Name,E-mail Address\nRen\xe9e,Lef\xe8vre,r@l.example\n", contacts.Row{Line: 2, FirstName: "Renée", LastName: "Lefèvre", Email: "r@l.example"}},
		"carriage returns":       {"First Name,Last Name,Email\rA,B,a@b.example\r\r", contacts.Row{Line: 2, FirstName: "A", LastName: "B", Email: "a@b.example"}},
		"a line break in a cell": {"Notes,Email,Name\n\"one\ntwo\",a@b.example,A B\n", contacts.Row{Line: 2, FirstName: "A", LastName: "B", Email: "a@b.example", Notes: "one\ntwo"}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := contacts.Read(strings.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != 1 || rows[0] != test.want {
				t.Errorf("got %+v, want %+v", rows, test.want)
			}
		})
	}
}

func TestReadCards(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		want contacts.Row
	}{
		"a bare encoding":            {"BEGIN:VCARD\nN;QUOTED-PRINTABLE:Lef=C3=A8vre;Ren=C3=A9e\nEMAIL;INTERNET:r@l.example\nEND:VCARD\n", contacts.Row{Line: 1, FirstName: "Renée", LastName: "Lefèvre", Email: "r@l.example"}},
		"a broken line, typed":       {"BEGIN:VCARD\nN:Doe;John\nADR;HOME;ENCODING=QUOTED-PRINTABLE:;;1 Elm=\n St;Guilford:CT\nEMAIL:j@d.example\nEND:VCARD\n", contacts.Row{Line: 1, FirstName: "John", LastName: "Doe", Email: "j@d.example"}},
		"a folded note with its own": {"BEGIN:VCARD\nVERSION:3.0\nN:Doe;John\nNOTE:met\n  in May;June: twice\nEMAIL:j@d.example\nEND:VCARD\n", contacts.Row{Line: 1, FirstName: "John", LastName: "Doe", Email: "j@d.example", Notes: "met in May;June: twice"}},
		"an unfinished card before":  {"BEGIN:VCARD\nN:Lost;Al\nBEGIN:VCARD\nN:Doe;John\nEMAIL:j@d.example\nEND:VCARD\n", contacts.Row{Line: 3, FirstName: "John", LastName: "Doe", Email: "j@d.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := contacts.Read(strings.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != 1 || rows[0] != test.want {
				t.Errorf("got %+v, want %+v", rows, test.want)
			}
		})
	}
}

func TestReadRefusesInWords(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		want error
	}{
		"nothing":       {" \n", contacts.ErrEmpty},
		"only a header": {"Email,Name\n", contacts.ErrEmpty},
		"no e-mails":    {"Town,Price\nGuilford,1\n", contacts.ErrNoEmails},
		"a workbook":    {"PK\x03\x04\x14\x00\x06\x00xl/worksheets", contacts.ErrNoText},
		"too many":      {"Email\n" + strings.Repeat("a@b.example\n", contacts.MaxRows+1), contacts.ErrTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := contacts.Read(strings.NewReader(test.file)); err != test.want {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// real are exports that programs made, with how many people each holds and one of them.
var real = map[string]struct {
	people int
	email  string
}{
	"ez-vcard/John_Doe_GMAIL.vcf":             {1, ""},
	"ez-vcard/John_Doe_IPHONE.vcf":            {1, ""},
	"ez-vcard/John_Doe_MS_OUTLOOK.vcf":        {1, ""},
	"ez-vcard/John_Doe_EVOLUTION.vcf":         {1, ""},
	"ez-vcard/gmail-list.vcf":                 {3, "asmithk@gmail.com"},
	"ez-vcard/outlook-2003.vcf":               {1, "jdoe@hotmail.com"},
	"thunderbird/basic_addressbook.csv":       {1, "johndoe@host.invalid"},
	"thunderbird/basic_csv_addressbook.csv":   {2, "jane@doe.invalid"},
	"thunderbird/basic_vcard_addressbook.vcf": {2, "jane.doe@genericemail.invalid"},
	"thunderbird/csv_semicolon.csv":           {2, "john@doe.invalid"},
	"thunderbird/dos_vcard_addressbook.vcf":   {1, "example@gmail.com"},
	"thunderbird/export.csv":                  {2, "contact2@invalid"},
	"thunderbird/export.vcf":                  {2, "contact1@invalid"},
}

func TestReadRealExports(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "data", "contacts")
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("the shared data is required and not there")
		}
		t.Skip("no shared data beside the project")
	}
	for name, want := range real {
		t.Run(name, func(t *testing.T) {
			file, err := os.Open(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			rows, err := contacts.Read(file)
			if err != nil {
				t.Fatal(err)
			}
			found := want.email == ""
			for _, row := range rows {
				found = found || row.Email == want.email
				if row.FirstName+row.LastName == "" {
					t.Errorf("no name in %+v", row)
				}
			}
			if len(rows) != want.people || !found {
				t.Errorf("got %+v, want %d people with %s", rows, want.people, want.email)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("Email,Name\na@b.example,A B\n")
	f.Add("BEGIN:VCARD\nN:Doe;John\nEMAIL;ENCODING=QUOTED-PRINTABLE:a=\n@b\nEND:VCARD\n")
	f.Fuzz(func(t *testing.T, file string) {
		rows, err := contacts.Read(strings.NewReader(file))
		if (err == nil) != (len(rows) > 0) {
			t.Errorf("%d rows with error %v", len(rows), err)
		}
	})
}
