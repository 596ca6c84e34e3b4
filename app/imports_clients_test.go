package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/db"
)

// command is the real program on a data folder of its own, where Maya can sign in.
type command struct {
	t    *testing.T
	data string
}

func newCommand(t *testing.T) command {
	t.Helper()
	c := command{t, t.TempDir()}
	if _, _, code := c.run("correct horse battery", "agent", "add", "--name", "Maya Bell", "--email", "maya@elm.example", "--role", "broker"); code != 0 {
		t.Fatal("no agent")
	}
	return c
}

func (c command) run(stdin string, args ...string) (stdout, stderr string, code int) {
	c.t.Helper()
	file, err := binary()
	if err != nil {
		c.t.Fatal(err)
	}
	process := exec.CommandContext(c.t.Context(), file, args...)
	process.Env = append(os.Environ(), "DATA_DIR="+c.data, "DATABASE_URL=")
	process.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	process.Stdout, process.Stderr = &out, &errs
	err = process.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return out.String(), errs.String(), process.ProcessState.ExitCode()
}

// bring imports a file's text as Maya's clients.
func (c command) bring(text string, args ...string) (stdout, stderr string, code int) {
	c.t.Helper()
	return c.run(text, append([]string{"import", "clients", "--agent", "Maya@elm.example", "-"}, args...)...)
}

// saved are the clients in the database.
func (c command) saved() []clients.Client {
	c.t.Helper()
	store := c.open()
	defer store.Close()
	var all []clients.Client
	if err := store.Read.NewSelect().Model(&all).Order("id").Scan(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	return all
}

func (c command) open() *db.Store {
	c.t.Helper()
	store, err := db.Open(c.t.Context(), "", c.data)
	if err != nil {
		c.t.Fatal(err)
	}
	return store
}

func TestImportClients(t *testing.T) {
	t.Run("adds who can be taken and lists the others", func(t *testing.T) {
		c := newCommand(t)
		out, errs, code := c.bring("Name,Email,Unsubscribed\nAmara Osei,amara@example.com,\nBo \x1b[31mLi,bo@@example.com,\nDora Im,dora@example.com,yes\n,nobody@example.com,\nMaya Bell,maya@elm.example,\n", "--source", "Open houses")
		want := "line 3: Bo \ufffd[31mLi <bo@@example.com>: There are two @ signs here. Type one address only.\n" +
			"line 5: <nobody@example.com>: There is no name.\n"
		if code != 0 || !strings.HasPrefix(out, want) || !strings.Contains(out, "line 6: Maya Bell <maya@elm.example>: maya@elm.example signs in here") ||
			!strings.HasSuffix(out, "Added to Maya Bell's clients: 2. Of them opted out: 1. Not taken: 3.\n") {
			t.Errorf("%d\n%s", code, out)
		}
		if !strings.Contains(errs, "5 of 5\n") {
			t.Errorf("progress: %q", errs)
		}
		store := c.open()
		defer store.Close()
		var rows []consent.Event
		if err := store.Read.NewSelect().Model(&rows).Order("id").Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		var ledger []string
		for _, e := range rows {
			ledger = append(ledger, fmt.Sprint(e.Kind, " ", e.Door, " ", e.Note, " ", e.Actor))
		}
		if got := strings.Join(ledger, "; "); got != "added import Open houses Maya Bell; added import Open houses Maya Bell; opted_out import Open houses Maya Bell" {
			t.Error(got)
		}
	})

	t.Run("says how many have to say yes themselves, where the house wants it", func(t *testing.T) {
		c := newCommand(t)
		store := c.open()
		_, err := store.Write.ExecContext(t.Context(), "INSERT INTO house_policy (id, confirms, version) VALUES (1, TRUE, 1)")
		if err := errors.Join(err, store.Close()); err != nil {
			t.Fatal(err)
		}
		out, _, code := c.bring("Name,Email\nAmara Osei,amara@example.com\n")
		if code != 0 || !strings.HasSuffix(out, "Not taken: 0.\nNothing goes to 1 of them before they say yes themselves: Maya Bell can ask them, on Home.\n") {
			t.Errorf("%d\n%s", code, out)
		}
	})

	t.Run("ends with 1 where nobody could be taken", func(t *testing.T) {
		c := newCommand(t)
		for range 2 {
			c.bring("Name,Email\nAmara Osei,amara@example.com\n")
		}
		out, errs, code := c.bring("Name,Email\nAmara Osei,amara@example.com\n")
		if code != 1 || !strings.Contains(out, "line 2: Amara Osei <amara@example.com>: You already have this address: Amara Osei.\n") || !strings.Contains(errs, "nobody of these 1 could be added") {
			t.Errorf("%d\n%s\n%s", code, out, errs)
		}
		if n := len(c.saved()); n != 1 {
			t.Errorf("%d clients", n)
		}
	})

	t.Run("says in one line what is wrong", func(t *testing.T) {
		c := newCommand(t)
		for say, args := range map[string][]string{
			"no agent signs in as omar@elm.example": {"import", "clients", "--agent", "omar@elm.example", "-"},
			" is a folder\n":                        {"import", "clients", "--agent", "maya@elm.example", t.TempDir()},
			"no such file":                          {"import", "clients", "--agent", "maya@elm.example", "nowhere.csv"},
			"--source: There is a hidden character": {"import", "clients", "--agent", "maya@elm.example", "--source", "a\x1bb", "-"},
		} {
			out, errs, code := c.run("Name,Email\nAmara Osei,amara@example.com\n", args...)
			if code != 1 || out != "" || !strings.Contains(errs, say) || strings.Count(errs, "\n") != 1 {
				t.Errorf("%s: %d %q %q", say, code, out, errs)
			}
		}
		for say, text := range map[string]string{
			"There are no contacts in this file.": "",
			"no CSV or vCard file":                "PK\x03\x04\x00",
			"more than 10,000 contacts":           "Email\n" + strings.Repeat("a@b.example\n", 10_001),
		} {
			if _, errs, code := c.bring(text); code != 1 || !strings.Contains(errs, say) || strings.Count(errs, "\n") != 1 {
				t.Errorf("%s: %d %q", say, code, errs)
			}
		}
		if n := len(c.saved()); n != 0 {
			t.Errorf("%d clients", n)
		}
	})

	t.Run("works beside a running Porchlight", func(t *testing.T) {
		c := newCommand(t)
		store := c.open()
		defer store.Close()
		if err := store.Own(); err != nil {
			t.Fatal(err)
		}
		if out, errs, code := c.bring(people(2500)); code != 0 || !strings.Contains(errs, "2500 of 2500") {
			t.Errorf("%d %s %s", code, out, errs)
		}
		if n := len(c.saved()); n != 2500 {
			t.Errorf("%d clients", n)
		}
	})
}

// people is a CSV file of so many.
func people(n int) string {
	var all strings.Builder
	all.WriteString("Name,Email\n")
	for i := range n {
		fmt.Fprintf(&all, "Person%d Guilford,p%d@example.com\n", i, i)
	}
	return all.String()
}

func TestImportClientsFromRealExports(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "data", "contacts")
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("the shared data is required and not there")
		}
		t.Skip("no shared data beside the project")
	}
	c := newCommand(t)
	for _, one := range []struct {
		file        string
		added       string // first of them
		code, taken int
	}{
		{"thunderbird/basic_csv_addressbook.csv", "Jane Doe <jane@doe.invalid>", 0, 2},
		{"thunderbird/csv_semicolon.csv", "", 1, 0}, // the same people again
		{"thunderbird/export.csv", "", 1, 0},        // addresses without a dot
		{"thunderbird/dos_vcard_addressbook.vcf", "<example@gmail.com>", 0, 1},
		{"ez-vcard/gmail-list.vcf", "Arnold Smith <asmithk@gmail.com>", 0, 3},
		{"ez-vcard/John_Doe_IPHONE.vcf", "John Doe", 0, 1},
		{"ez-vcard/John_Doe_MS_OUTLOOK.vcf", "", 0, 1},
		{"ez-vcard/outlook-2003.vcf", "John Doe <jdoe@hotmail.com>", 0, 1},
		{"sabre-vobject/issue153.vcf", "", 1, 0}, // no address at all
	} {
		before := len(c.saved())
		out, errs, code := c.run("", "import", "clients", "--agent", "maya@elm.example", filepath.Join(folder, one.file))
		after := c.saved()
		if code != one.code || len(after)-before != one.taken {
			t.Errorf("%s: code %d, %d taken\n%s%s", one.file, code, len(after)-before, out, errs)
		}
		var names []string
		for _, client := range after[before:] {
			names = append(names, client.Name()+" <"+client.Email+">")
		}
		if !strings.Contains(strings.Join(names, ", "), one.added) {
			t.Errorf("%s: %v", one.file, names)
		}
	}
}
