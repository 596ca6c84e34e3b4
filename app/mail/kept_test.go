package mail_test

import (
	"bytes"
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
		var back mail.Template
		if err := back.UnmarshalBinary(kept); err != nil {
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
		var once mail.Template
		if err := once.UnmarshalBinary(again); err != nil {
			t.Fatal(err)
		}
		if message, err = once.Message(to); err != nil || !bytes.Equal(message, want) {
			t.Errorf("%s changed when it was kept again: %v", name, err)
		}
	}
}
