package mail_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"testing"

	"porchlight/app/mail"
)

// A letter in the database when Porchlight was updated must be tried again with the same bytes.
func TestTemplate_kept_by_the_first_version_still_makes_the_same_bytes(t *testing.T) {
	for _, name := range []string{"letter", "note"} {
		kept, err := os.ReadFile("testdata/kept-1-" + name + ".bin")
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/" + name + ".eml")
		if err != nil {
			t.Fatal(err)
		}
		back, err := mail.ReadTemplate(kept, nil)
		if err != nil {
			t.Fatal(err)
		}
		to := sampleRecipient()
		if name == "note" {
			to.Unsubscribe = ""
		}
		message, err := back.Message(to)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(message, want) {
			t.Errorf("%s changed:\n%s", name, message)
		}
		if back.HasHomes() {
			t.Errorf("%s has homes", name)
		}
		again, err := back.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		once, err := mail.ReadTemplate(again, nil)
		if err != nil {
			t.Fatal(err)
		}
		if message, err = once.Message(to); err != nil || !bytes.Equal(message, want) {
			t.Errorf("%s changed when it was kept again: %v", name, err)
		}
	}
}

// Letters with homes once held their homes themselves.
func TestTemplate_kept_with_its_homes_in_it_still_makes_the_same_bytes(t *testing.T) {
	kept, err := os.ReadFile("testdata/kept-2-homes.bin")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/kept-2-homes.eml")
	if err != nil {
		t.Fatal(err)
	}
	back, err := mail.ReadTemplate(kept, nil)
	if err != nil {
		t.Fatal(err)
	}
	if message, err := back.Message(homesRecipient()); err != nil || !bytes.Equal(message, want) || !back.HasHomes() {
		t.Errorf("it changed: %v\n%s", err, message)
	}
}

// from finds the cards of a template as they are kept.
func from(t *mail.Template) func([]mail.CardSum) ([]*mail.Card, error) {
	kept := map[mail.CardSum][]byte{}
	for _, c := range t.Cards() {
		kept[c.Sum()] = c.Keep()
	}
	return func(sums []mail.CardSum) (all []*mail.Card, err error) {
		for _, sum := range sums {
			c, err := mail.ReadCard(kept[sum], sum)
			if err != nil {
				return nil, err
			}
			all = append(all, c)
		}
		return all, nil
	}
}

func TestTemplate_is_kept_without_its_homes(t *testing.T) {
	letter := homesLetter(t, sampleHomes())
	kept, err := letter.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(kept, []byte("14 Elm Street, Unit 3")) {
		t.Error("a home is in it")
	}
	if _, err := mail.ReadTemplate(kept, nil); err == nil {
		t.Error("a letter was read without its homes")
	}
	if _, err := mail.ReadTemplate(kept, func([]mail.CardSum) ([]*mail.Card, error) { return letter.Cards()[:1], nil }); err == nil {
		t.Error("a letter was read with half of its homes")
	}
	if _, err := mail.ReadTemplate(kept, func([]mail.CardSum) ([]*mail.Card, error) { return nil, os.ErrNotExist }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("why a home is missing is not said: %v", err)
	}
}

func TestCard_read_back_is_the_one_that_was_asked_for(t *testing.T) {
	all := cards(t, newRenderer(t), sampleHomes())
	if all[0].Sum() == all[1].Sum() {
		t.Fatal("two cards have one sum")
	}
	if _, err := mail.ReadCard(all[0].Keep(), all[1].Sum()); err == nil {
		t.Error("another card was taken")
	}
	damaged := all[0].Keep()
	damaged[len(damaged)/2]++
	if _, err := mail.ReadCard(damaged, all[0].Sum()); err == nil {
		t.Error("a damaged card was taken")
	}
	again := cards(t, newRenderer(t), sampleHomes())
	if again[0].Sum() != all[0].Sum() {
		t.Error("equal homes are kept twice")
	}
}

func FuzzReadCard(f *testing.F) {
	for _, c := range cards(f, newRenderer(f), sampleHomes()) {
		f.Add(c.Keep())
	}
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	l := sampleLetter()
	l.Homes = cards(f, newRenderer(f), sampleHomes())[:1]
	letter := letterTemplate(f, l)
	kept, err := letter.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := mail.ReadCard(b, sha256.Sum256(b))
		if err != nil {
			return
		}
		back, err := mail.ReadTemplate(kept, func([]mail.CardSum) ([]*mail.Card, error) { return []*mail.Card{letter.Cards()[0], c}, nil })
		if err != nil {
			t.Fatal(err)
		}
		if message, err := back.Message(homesRecipient()); err == nil && mail.Check(message) != nil {
			t.Fatal("bytes that don't pass Check")
		}
	})
}
