package address_test

import (
	"slices"
	"strings"
	"testing"

	"porchlight/app/address"
)

func TestMailbox_is_one_for_all_spellings_a_provider_delivers_there(t *testing.T) {
	for wanted, spellings := range map[string][]string{
		"mayabell@gmail.com":     {"mayabell@gmail.com", "Maya.Bell@gmail.com", "m.a.y.a.bell+clients@GoogleMail.com", "mayabell+a+b@googlemail.com"},
		"mayabell@proton.me":     {"maya.bell@proton.me", "maya_bell+x@protonmail.com", "Maya-Bell@pm.me", "mayabell@protonmail.ch"},
		"maya.bell@icloud.com":   {"maya.bell@icloud.com", "Maya.Bell+x@me.com", "maya.bell@mac.com"},
		"maya.bell@outlook.com":  {"maya.bell@outlook.com", "maya.bell+home@Outlook.com"},
		"maya@fastmail.com":      {"maya@fastmail.com", "maya+x@fastmail.com", "anything@maya.fastmail.com", "a+b@Maya.fastmail.com"},
		"maya.bell@hotmail.com":  {"maya.bell+x@hotmail.com"},
		"maya.bell@elm.example":  {"Maya.Bell+x@elm.example"},
		"+x@elm.example":         {"+x@elm.example"},
		"---@proton.me":          {"---@proton.me"}, // whatever that is, it is somebody
		"maya@mail.gmail.com":    {"maya+a@mail.gmail.com"},
		"a@b.maya.fastmail.com":  {"a@b.maya.fastmail.com"},
		"maya.bell@notproton.me": {"maya.bell@notproton.me"},
		"mayabell2@gmail.com":    {"maya.bell2@gmail.com"},
		"maya_bell@gmail.com":    {"maya_bell@gmail.com"},
		"maya-bell@icloud.com":   {"maya-bell+n@icloud.com"},
	} {
		for _, one := range spellings {
			a, err := address.Parse(one)
			if err != nil {
				t.Fatal(one, err)
			}
			if got := a.Mailbox(); got != wanted {
				t.Errorf("%s: %s, want %s", one, got, wanted)
			}
			if !slices.Contains(a.Mailboxes(), a.Domain()) {
				t.Errorf("%s: its own domain is not among %q", one, a.Mailboxes())
			}
		}
	}
}

func FuzzMailbox(f *testing.F) {
	for _, seed := range []string{"maya.bell+x@gmail.com", "---@pm.me", "x@maya.fastmail.com", "a@fastmail.com", "+a@me.com"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		a, err := address.Parse(typed)
		if err != nil {
			return
		}
		box := a.Mailbox()
		if strings.Count(box, "@") != 1 || strings.HasPrefix(box, "@") || !slices.Contains(a.Mailboxes(), a.Domain()) {
			t.Fatalf("%q is mailbox %q at %q", typed, box, a.Mailboxes())
		}
		if again, err := address.Parse(box); err == nil && again.Mailbox() != box {
			t.Fatalf("%q is mailbox %q, that is %q", typed, box, again.Mailbox())
		}
	})
}
