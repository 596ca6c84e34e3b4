package tokens_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/tokens"
	"porchlight/db"
	"porchlight/db/dbtest"
)

var (
	pairs = tokens.Kind{Purpose: "pairs", Numbers: 2}
	now   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func keysOf(t testing.TB, store *db.Store, kind tokens.Kind) tokens.Keys {
	t.Helper()
	err := store.Write.RunInTx(context.Background(), nil, func(ctx context.Context, db bun.Tx) error { return tokens.Make(ctx, db, kind, now) })
	if err != nil {
		t.Fatal(err)
	}
	keys, err := tokens.Load(context.Background(), store.Read, kind)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func sign(t testing.TB, keys tokens.Keys, numbers ...int64) string {
	t.Helper()
	token, err := keys.Sign(now, numbers...)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestATokenSaysWhatWasSigned(t *testing.T) {
	store := dbtest.New(t)
	if keys, err := tokens.Load(t.Context(), store.Read, pairs); err != nil || !keys.None() {
		t.Fatal("keys before there were any", err)
	}
	keys := keysOf(t, store, pairs)
	token := sign(t, keys, 7, 1<<62)
	if numbers, ok := keys.Read(token); !ok || len(numbers) != 2 || numbers[0] != 7 || numbers[1] != 1<<62 {
		t.Fatal(numbers, ok)
	}
	if again := sign(t, keysOf(t, store, pairs), 7, 1<<62); again != token {
		t.Errorf("made again it is %s, not %s", again, token)
	}
	for name, wrong := range map[string]string{
		"cut": token[:len(token)-1], "longer": token + "A", "empty": "", "other letters": "!" + token[1:],
		"one letter changed": token[:5] + string('A'+(token[5]-'A'+1)%26) + token[6:],
		"another purpose's":  sign(t, keysOf(t, store, tokens.Kind{Purpose: "others", Numbers: 2}), 7, 1<<62),
		"fewer numbers":      sign(t, keysOf(t, store, tokens.Kind{Purpose: "pairs", Numbers: 1}), 7),
		"another house's":    sign(t, keysOf(t, dbtest.New(t), pairs), 7, 1<<62),
	} {
		if numbers, ok := keys.Read(wrong); ok {
			t.Errorf("%s: read as %v", name, numbers)
		}
	}
}

func FuzzRead(f *testing.F) {
	keys := keysOf(f, dbtest.New(f), pairs)
	good := sign(f, keys, 42, 7)
	for _, seed := range []string{good, good[:len(good)-1], "", "AQMq", "====", sign(f, keys, 1<<62, 0)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if numbers, ok := keys.Read(token); ok && sign(t, keys, numbers...) != token {
			t.Errorf("%q reads as %v and is not their token", token, numbers)
		}
	})
}
