package portal_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

func (w *shelfWorld) write(v portal.Visitor, home listings.ID, body string) portal.Message {
	w.t.Helper()
	m, err := portal.Write(w.t.Context(), w.store.Write, v, home, body, "", w.now)
	w.must(err)
	return m
}

func (w *shelfWorld) answer(v portal.Visitor, home listings.ID, body string) portal.Message {
	w.t.Helper()
	m, err := portal.Answer(w.t.Context(), w.store.Write, v.Client.AgentID, v.Client.ID, home, body, "", w.now)
	w.must(err)
	return m
}

// said are the bodies of a portal's talk.
func (w *shelfWorld) said(v portal.Visitor, home listings.ID, limit int) string {
	w.t.Helper()
	all, err := portal.Talk(w.t.Context(), w.store.Read, v.Client.ID, home, limit)
	w.must(err)
	var out []string
	for _, m := range all {
		out = append(out, m.Body)
	}
	return strings.Join(out, "|")
}

func (w *shelfWorld) wantsSaid(v portal.Visitor, home listings.ID, want string) {
	w.t.Helper()
	if got := w.said(v, home, 100); got != want {
		w.t.Errorf("home %d: %q, want %q", home, got, want)
	}
}

// faulty fails the test unless err is a fault of this kind; it returns its sentence of the field message.
func faulty(t *testing.T, err error, kind fault.Kind) string {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != kind {
		t.Errorf("%v, want %v", err, kind)
		return ""
	}
	return f.Fields["message"]
}

func TestTalk(t *testing.T) {
	t.Run("goes both ways, oldest first, by home or all of it", func(t *testing.T) {
		w := openShelves(t)
		w.letter(w.ana, "sent", 5)
		w.write(w.ana, 0, "  Hello\r\nMaya ")
		w.answer(w.ana, 5, "Look at the porch")
		w.now = w.now.Add(time.Minute)
		m := w.write(w.ana, 5, "It is small")
		w.write(w.ben, 0, "Not Ana’s")
		w.wantsSaid(w.ana, portal.Anywhere, "Hello\nMaya|Look at the porch|It is small")
		w.wantsSaid(w.ana, 5, "Look at the porch|It is small")
		w.wantsSaid(w.ana, 0, "Hello\nMaya")
		if got := w.said(w.ana, portal.Anywhere, 2); got != "Look at the porch|It is small" {
			t.Error("not the newest:", got)
		}
		if m.Author != portal.FromClient || m.MemberID != w.ana.Member.ID || m.AgentID != w.ana.Client.AgentID || !m.At.Equal(w.now) || !m.SeenAt.IsZero() || !m.ToldAt.IsZero() {
			t.Errorf("%+v", m)
		}
	})
	t.Run("takes words that can be read, and only those", func(t *testing.T) {
		w := openShelves(t)
		for typed, kept := range map[string]string{
			"<script>alert(1)</script>":             "<script>alert(1)</script>",
			"a\x00b\x1b[31m\u202Egnol\u2066":        "ab[31mgnol",
			"one\n\n\n \n\n\ntwo":                   "one\n\ntwo",
			"bad \xff utf8":                         "bad \uFFFD utf8",
			"👩‍👩‍👧 שלום":                            "👩‍👩‍👧 שלום",
			strings.Repeat("é", 4000):               strings.Repeat("é", 4000),
			"  " + strings.Repeat("x", 4000) + "\n": strings.Repeat("x", 4000),
		} {
			if got := w.write(w.ana, 0, typed).Body; got != kept {
				t.Errorf("%.40q became %.40q", typed, got)
			}
		}
		for _, empty := range []string{"", " \r\n\t ", "\u200b\u2060", "\x00\x07"} {
			_, err := portal.Write(t.Context(), w.store.Write, w.ana, 0, empty, "", w.now)
			if faulty(t, err, fault.Invalid) != "Write something first." {
				t.Errorf("%q: %v", empty, err)
			}
		}
		for _, long := range []string{strings.Repeat("é", 4001), strings.Repeat("<b>\n", 1<<18)} {
			_, err := portal.Write(t.Context(), w.store.Write, w.ana, 0, long, "", w.now)
			if !strings.Contains(faulty(t, err, fault.Invalid), "can have 4,000 characters") {
				t.Error(err)
			}
			_, err = portal.Answer(t.Context(), w.store.Write, w.ana.Client.AgentID, w.ana.Client.ID, 0, long, "", w.now)
			faulty(t, err, fault.Invalid)
		}
	})
	t.Run("is written once for each key, which is one person’s in one portal", func(t *testing.T) {
		w := openShelves(t)
		with := portal.Visitor{Client: w.ana.Client, Member: w.ben.Client}
		for range 2 {
			for _, v := range []portal.Visitor{w.ana, w.ben, with} {
				if m, err := portal.Write(t.Context(), w.store.Write, v, 0, "from "+v.Member.FirstName, "same", w.now); err != nil || m.Body != "from "+v.Member.FirstName || m.ClientID != v.Client.ID {
					t.Error(m, err)
				}
			}
			m, err := portal.Answer(t.Context(), w.store.Write, w.ana.Client.AgentID, w.ana.Client.ID, 0, "from Maya", "same", w.now)
			if err != nil || m.Body != "from Maya" {
				t.Error(m, err)
			}
		}
		w.wantsSaid(w.ana, 0, "from Ana|from Ben|from Maya")
		w.wantsSaid(w.ben, 0, "from Ben")
		if n, _ := w.store.Read.NewSelect().Model((*portal.Message)(nil)).Where("once_key LIKE '%same%'").Count(t.Context()); n != 0 {
			t.Error("a key stands as it was sent")
		}
	})
	t.Run("of two who write at once, and of one who presses twice at once, loses nothing and doubles nothing", func(t *testing.T) {
		w := openShelves(t)
		with := portal.Visitor{Client: w.ana.Client, Member: w.ben.Client}
		var all sync.WaitGroup
		for i := range 5 {
			for _, v := range []portal.Visitor{w.ana, w.ana, with} {
				all.Go(func() {
					err := w.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
						_, err := portal.Write(ctx, db, v, 0, "words", fmt.Sprint("k", i), w.now)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		if got := w.said(w.ana, 0, 100); strings.Count(got, "words") != 10 {
			t.Error(got)
		}
	})
	t.Run("is refused where a home was never sent, the agent looks on, too much was written, or nobody is there", func(t *testing.T) {
		w := openShelves(t)
		w.letter(w.ben, "sent", 5)
		w.letter(w.ana, "ready", 6)
		for _, home := range []listings.ID{5, 6, 7, -1, -9} {
			_, err := portal.Write(t.Context(), w.store.Write, w.ana, home, "x", "", w.now)
			faulty(t, err, fault.NotFound)
			_, err = portal.Answer(t.Context(), w.store.Write, w.ana.Client.AgentID, w.ana.Client.ID, home, "x", "", w.now)
			faulty(t, err, fault.NotFound)
		}
		looks := w.ana
		looks.ReadOnly = true
		_, err := portal.Write(t.Context(), w.store.Write, looks, 0, "x", "", w.now)
		faulty(t, err, fault.Denied)
		tom, err := agents.Add(t.Context(), w.store.Write, agents.New{Name: "Tom Reed", Email: "tom@elm.example", Password: "correct horse battery", Role: agents.RoleAgent}, w.now)
		w.must(err)
		for _, one := range []struct {
			by agents.ID
			of clients.ID
		}{{tom.ID, w.ana.Client.ID}, {w.ana.Client.AgentID, 999}} {
			_, err := portal.Answer(t.Context(), w.store.Write, one.by, one.of, 0, "x", "", w.now)
			faulty(t, err, fault.NotFound)
		}
		for i := range portal.MostMessages {
			w.write(w.ana, 0, fmt.Sprint(i))
		}
		_, err = portal.Write(t.Context(), w.store.Write, w.ana, 0, "one more", "", w.now)
		faulty(t, err, fault.Denied)
		w.write(w.ben, 0, "another’s hour")
		w.answer(w.ana, 0, "the agent’s")
		if _, err := portal.Write(t.Context(), w.store.Write, w.ana, 0, "later", "", w.now.Add(time.Hour)); err != nil {
			t.Error(err)
		}
		w.exec("DELETE FROM clients WHERE id = ?", w.ben.Client.ID)
		_, err = portal.Write(t.Context(), w.store.Write, w.ben, 0, "x", "", w.now.Add(2*time.Hour))
		faulty(t, err, fault.NotFound)
	})
}

func TestUnread(t *testing.T) {
	w := openShelves(t)
	w.letter(w.ana, "sent", 5)
	agent := w.ana.Client.AgentID
	wants := func(by agents.ID, ana, ben, hers int) {
		t.Helper()
		got, err := portal.Unread(t.Context(), w.store.Read, by)
		w.must(err)
		f, err := portal.Count(t.Context(), w.store.Read, w.ana, w.now)
		w.must(err)
		if got[w.ana.Client.ID] != ana || got[w.ben.Client.ID] != ben || f.Unread != hers {
			t.Errorf("%v and %d, want %d, %d and %d", got, f.Unread, ana, ben, hers)
		}
	}
	w.write(w.ana, 0, "1")
	note := w.write(w.ana, 5, "2")
	w.write(w.ben, 0, "3")
	w.answer(w.ana, 0, "4")
	shown := w.answer(w.ana, 5, "5")
	w.answer(w.ana, 5, "6")
	wants(agent, 2, 1, 3)
	wants(agent+1, 0, 0, 3)
	w.must(portal.ReadBy(t.Context(), w.store.Write, w.ana.Client.ID, agent+1, w.now))
	wants(agent, 2, 1, 3)
	w.must(portal.ReadUpTo(t.Context(), w.store.Write, w.ana.Client.ID, agent, portal.Anywhere, note.ID-1, w.now))
	wants(agent, 1, 1, 3)
	w.must(portal.ReadBy(t.Context(), w.store.Write, w.ana.Client.ID, agent, w.now))
	wants(agent, 0, 1, 3)
	w.must(portal.ReadUpTo(t.Context(), w.store.Write, w.ana.Client.ID, 0, 5, shown.ID, w.now))
	wants(agent, 0, 1, 2)
	w.must(portal.ReadUpTo(t.Context(), w.store.Write, w.ana.Client.ID, 0, portal.Anywhere, shown.ID, w.now))
	wants(agent, 0, 1, 1)
	w.must(portal.ReadBy(t.Context(), w.store.Write, w.ana.Client.ID, 0, w.now))
	wants(agent, 0, 1, 0)
}

func TestTold(t *testing.T) {
	w := openShelves(t)
	at := w.now
	untold := func(limit int) string {
		t.Helper()
		all, err := portal.Untold(t.Context(), w.store.Read, w.now, limit)
		w.must(err)
		var out []string
		for _, m := range all {
			out = append(out, m.Body)
		}
		return strings.Join(out, "|")
	}
	told := func(author string) bool {
		t.Helper()
		ok, err := portal.Told(t.Context(), w.store.Write, w.ana.Client.ID, author, w.now)
		w.must(err)
		return ok
	}
	w.write(w.ana, 0, "first")
	w.now = at.Add(time.Minute)
	w.write(w.ana, 0, "second")
	w.write(w.ben, 0, "Ben’s")
	w.answer(w.ana, 0, "answer")
	w.now = at.Add(portal.TellAfter - time.Microsecond)
	if got := untold(10); got != "" || told(portal.FromClient) {
		t.Errorf("too early: %s", got)
	}
	w.now = at.Add(portal.TellAfter)
	if got := untold(10); got != "first" {
		t.Error(got)
	}
	w.now = at.Add(time.Hour)
	w.write(w.ana, 0, "just now")
	if got := untold(10); got != "first|Ben’s|answer" {
		t.Error(got)
	}
	if got := untold(2); got != "first|Ben’s" {
		t.Error(got)
	}
	waits, err := portal.Waiting(t.Context(), w.store.Read, w.ana.Client.ID, portal.FromClient, w.now)
	if err != nil || len(waits) != 3 || waits[2].Body != "just now" {
		t.Error(waits, err)
	}
	if !told(portal.FromClient) || told(portal.FromClient) {
		t.Error("not told once")
	}
	w.must(portal.ReadBy(t.Context(), w.store.Write, w.ana.Client.ID, 0, w.now))
	if told(portal.FromAgent) {
		t.Error("told what was read")
	}
	w.now = w.now.Add(time.Hour)
	if got := untold(10); got != "Ben’s" {
		t.Error(got)
	}
	t.Run("by many at once is told by one", func(t *testing.T) {
		var all sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for range 6 {
			all.Go(func() {
				ok, err := portal.Told(t.Context(), w.store.Write, w.ben.Client.ID, portal.FromClient, w.now)
				mu.Lock()
				defer mu.Unlock()
				if n += map[bool]int{true: 1}[ok]; err != nil {
					t.Error(err)
				}
			})
		}
		if all.Wait(); n != 1 {
			t.Errorf("%d told", n)
		}
	})
}

// FuzzWrite is for what words can be: what is kept can be read, is not too long, and stays the same when it is written again.
func FuzzWrite(f *testing.F) {
	for _, seed := range []string{"", "hello", "a\r\n\r\n\r\n\nb", "\xff\x00", "\u202e<script>", strings.Repeat("x", 4001), " \u2029 x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		kept, err := portal.Words(body)
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		if !utf8.ValidString(kept) || utf8.RuneCountInString(kept) > portal.LongestMessage || strings.TrimSpace(kept) == "" || strings.Contains(kept, "\n\n\n") {
			t.Errorf("%q", kept)
		}
		if strings.ContainsFunc(kept, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
			t.Errorf("control characters in %q", kept)
		}
		if again, err := portal.Words(kept); err != nil || again != kept {
			t.Errorf("%q became %q, %v", kept, again, err)
		}
	})
}
