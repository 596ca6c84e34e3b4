package main_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// may is the house's plan: what each room may call. Calls go down; news goes up as rows.
var may = map[string][]string{
	"app/fault":         {},
	"app/address":       {},
	"app/contacts":      {"app/fault"},
	"app/tokens":        {},
	"app/agents":        {"app/fault", "app/address"},
	"app/mail":          {"app/fault", "app/address"},
	"app/mail/mailtest": {},
	"app/clients":       {"app/fault", "app/address", "app/agents"},
	"app/consent":       {"app/fault", "app/address", "app/agents", "app/clients"},
	"app/outbox":        {"app/fault", "app/address", "app/agents", "app/clients", "app/consent", "app/mail", "app/tokens"},
	"app/outside":       {"app/fault"},
	"app/listings":      {"app/fault"},
	"app/reso":          {"app/fault", "app/outside"},
	"app/feed":          {"app/fault", "app/agents", "app/listings", "app/reso", "app/outside"},
	"app/feed/feedtest": {},
	"app/photos":        {"app/fault", "app/listings", "app/outside"},
	"app/portal":        {"app/fault", "app/address", "app/agents", "app/clients", "app/listings"},
	"app/letters":       {"app/fault", "app/agents", "app/listings", "app/feed", "app/photos", "app/mail"},
	"app/autoemail":     {"app/portal", "app/fault", "app/agents", "app/clients", "app/consent", "app/listings", "app/mail", "app/letters", "app/outbox", "app/tokens"},
	"app/nudge":         {"app/portal", "app/letters", "app/agents", "app/clients", "app/consent", "app/listings", "app/mail", "app/outbox"},
	"app/demo/houses":   {},
	"app/demo":          {"app/portal", "app/letters", "app/autoemail", "app/demo/houses", "app/listings", "app/feed", "app/photos", "app/fault", "app/address", "app/agents", "app/clients", "app/consent", "app/mail", "app/outbox"},
	"app/web":           {"app/portal", "app/letters", "app/autoemail", "app/fault", "app/address", "app/contacts", "app/agents", "app/clients", "app/consent", "app/mail", "app/outbox", "app/listings", "app/feed", "app/photos", "db", "static", "views"},
	"app":               {"app/nudge", "app/portal", "app/letters", "app/autoemail", "app/fault", "app/address", "app/contacts", "app/agents", "app/clients", "app/consent", "app/mail", "app/outbox", "app/listings", "app/feed", "app/photos", "app/demo", "app/web", "db", "static", "views"},
	"db":                {},
	"db/dbtest":         {"db"},
	"static":            {},
	"views":             {},
}

// only names foreign packages that belong to one room.
var only = map[string]string{
	"github.com/gofiber/fiber":    "app/web",
	"github.com/valyala/fasthttp": "app/web",
	"github.com/gofiber/template": "views",
	"github.com/uptrace/bun/dial": "db",
	"github.com/mattn":            "db",
	"github.com/jackc":            "db",
	"net/smtp":                    "app/mail",
}

func TestImportsFollowThePlan(t *testing.T) {
	seen := 0
	err := filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() != ".." && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		seen++
		room := path.Clean(strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), "../"))
		allowed, known := may[room]
		if !known {
			t.Errorf("%s: the plan has no room %s", file, room)
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			check(t, file, room, name, allowed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < len(may) {
		t.Errorf("read %d files for %d rooms", seen, len(may))
	}
}

func check(t *testing.T, file, room, name string, allowed []string) {
	t.Helper()
	if inside, ours := strings.CutPrefix(name, "porchlight/"); ours {
		for _, a := range allowed {
			if a == inside {
				return
			}
		}
		t.Errorf("%s: %s may not import %s", file, room, inside)
		return
	}
	for prefix, owner := range only {
		if strings.HasPrefix(name, prefix) && room != owner {
			t.Errorf("%s: only %s may import %s", file, owner, name)
		}
	}
}
