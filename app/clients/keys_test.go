package clients_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/db/dbtest"
)

func FuzzCursor(f *testing.F) {
	f.Add("bmFtZSAxIG9zZWkJYW1hcmE")
	f.Add("bmV3ZXN0IDEgMTcwMDAwMDAwMDAwMDAwMA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		again, ok := clients.RoundTrip(text)
		if !ok {
			return
		}
		if third, ok := clients.RoundTrip(again); !ok || third != again {
			t.Errorf("%q reads as %q, that as %q", text, again, third)
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Muñoz", "İstanbul", "ŁUKASZ", "ﷺ", "小明", "\xff\x00", "ΣΊΣΥΦΟΣ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded := clients.Fold(text)
		if !utf8.ValidString(folded) || strings.ContainsAny(folded, "\x00\n\r\t") || folded != strings.TrimSpace(folded) {
			t.Errorf("%q folds to %q", text, folded)
		}
		if twice := clients.Fold(folded); twice != folded {
			t.Errorf("%q folds to %q, and again to %q", text, folded, twice)
		}
		if upper := clients.Fold(strings.ToUpper(text)); strings.IndexFunc(text, func(r rune) bool { return r > 0x17f }) < 0 && upper != folded {
			t.Errorf("%q folds to %q, in capitals to %q", text, folded, upper)
		}
	})
}

// BenchmarkMyClients is what the page of 50 rows asks of the database at 100,000 clients.
func BenchmarkMyClients(b *testing.B) {
	store := dbtest.New(b)
	maya, err := agents.Add(b.Context(), store.Write, agents.New{Name: "Maya Bell", Email: "maya@elmrealty.example", Password: "correct horse battery", Role: agents.RoleBroker}, noon)
	if err != nil {
		b.Fatal(err)
	}
	err = store.Write.RunInTx(b.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		for i := range 100_000 {
			form := clients.Form{FirstName: fmt.Sprintf("First%d", i*7919%1000), LastName: fmt.Sprintf("Last%d", i*104729%100_000), Phone: fmt.Sprintf("203-555-%04d", i%10_000),
				Email: fmt.Sprintf("client%d@example.com", i), Status: clients.Statuses[i%4], Notes: "Wants a porch and a garden."}
			if _, err := clients.Create(ctx, db, maya.ID, form, noon.Add(time.Duration(i)*time.Second)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	first, err := clients.List(b.Context(), store.Read, clients.Filter{Agent: maya.ID})
	if err != nil {
		b.Fatal(err)
	}
	for name, f := range map[string]clients.Filter{
		"by name":     {},
		"second page": {After: first.Next},
		"one status":  {Status: clients.Prospect},
		"by newest":   {Sort: clients.ByNewest},
		"search":      {Query: "last777 first"},
		"new search":  {Query: "last777 first", Sort: clients.ByNewest},
		"search none": {Query: "nobody"},
	} {
		f.Agent = maya.ID
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := clients.List(b.Context(), store.Read, f); err != nil {
					b.Fatal(err)
				}
				if _, err := clients.Counts(b.Context(), store.Read, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
