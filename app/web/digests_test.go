package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

var digestLink = regexp.MustCompile(`http://porchlight\.test(/d/[A-Za-z0-9_-]+)`)

// digested is a salon whose agent was mailed what waits; nobody is signed in where its link is opened.
type digested struct {
	salon
	phone *browser
	path  string
}

func digestOut(t *testing.T) digested {
	t.Helper()
	w := digested{salon: queueUp(t)}
	w.phone = w.visitor()
	w.wantsToHear(autoemail.DigestCome)
	w.pass(time.Hour)
	w.path = w.digest(t)
	return w
}

func (w digested) wantsToHear(digest string) {
	w.t.Helper()
	if err := autoemail.SaveHabits(w.t.Context(), w.store.Write, autoemail.Habits{AgentID: w.agent.ID, Digest: digest, LimitHours: 24}); err != nil {
		w.t.Fatal(err)
	}
}

// digest is the path in the digest that is mailed now.
func (w digested) digest(t *testing.T) string {
	t.Helper()
	if err := autoemail.TellAgents(t.Context(), w.store.Write, time.UTC, w.clock()); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	var found []string
	for _, m := range w.smtp.Received() {
		if m.To != w.agent.Email {
			t.Errorf("mail to %s", m.To)
		}
		found = digestLink.FindStringSubmatch(plainOf(t, m))
	}
	if found == nil {
		t.Fatal("no link")
	}
	return found[1]
}

// act is the form of a home on the page, as it is seen now.
func (w digested) act(id int64, decision string, more ...string) []string {
	return append([]string{"match", fmt.Sprint(id), "version", fmt.Sprint(w.match(id).Version), "decision", decision}, more...)
}

func TestDigest(t *testing.T) {
	t.Run("comes by mail with clients, numbers and one link, and stands nowhere else", func(t *testing.T) {
		w := digestOut(t)
		all := w.smtp.Received()
		if len(all) != 1 {
			t.Fatalf("%d mails", len(all))
		}
		text := plainOf(t, all[0])
		for _, words := range []string{"4 homes wait for your yes", "Ana Silva: 3 homes, the oldest found 1 hour ago.", "Bob Stone: 1 home, found 1 hour ago."} {
			if !strings.Contains(text+readable(string(all[0].Data)), words) {
				t.Errorf("no %q in\n%s", words, text)
			}
		}
		w.maya.Get("/").lacks(t, "wait for your yes")
	})

	t.Run("shows what to decide without signing in, and names nobody more than it must", func(t *testing.T) {
		w := digestOut(t)
		r := w.phone.Get(w.path)
		r.wants(t, http.StatusOK, "4 homes to look at", "Ana S.", "Bob S.", "12 Elm Street", "$449,000", "3 beds", "New today", "Near the harbor", "Approve all", `name="reason"`, "Not what they asked for", "Elm &amp; Harbor Realty")
		r.lacks(t, "Silva", "Stone", "@example.com", "maya@", "Maya", "/clients/", "Sign out")
		guarded(t, r)
		private(t, r)
		clean(t, r.Body)
		if r.Header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(r.Header.Get("X-Robots-Tag"), "noindex") || r.Header.Get("Set-Cookie") != "" {
			t.Error(r.Header)
		}
		w.stand(autoemail.Unsent, append(w.homes, w.bobs)...)
	})

	t.Run("approves, with a note, and takes it back", func(t *testing.T) {
		w := digestOut(t)
		id := w.homes[0]
		r := w.phone.Post(w.path, w.act(id, "approve", "note", "Look at the porch!\r\nReally")...)
		if r.Status != http.StatusSeeOther || r.Header.Get("Location") != fmt.Sprintf("%s#match-%d", w.path, id) {
			t.Fatal(r.Status, r.Header)
		}
		w.stand(autoemail.Approved, id)
		if m := w.match(id); m.Note != "Look at the porch!\nReally" || m.DecidedBy != w.agent.ID {
			t.Errorf("%+v", m)
		}
		w.phone.Get(w.path).wants(t, http.StatusOK, "3 homes to look at", "Approved. It leaves in under a minute, in one letter to Ana S.", "Undo")
		w.pass(59 * time.Second)
		if r := w.phone.Post(w.path+"/undo", "match", fmt.Sprint(id)); r.Status != http.StatusSeeOther {
			t.Fatal(r.Status, r.Body)
		}
		w.stand(autoemail.Unsent, id)
	})

	t.Run("swaps one card for htmx", func(t *testing.T) {
		w := digestOut(t)
		r := w.phone.HTMX().Post(w.path, w.act(w.homes[1], "reject", "reason", "Condition", "note", "")...)
		r.wants(t, http.StatusOK, fmt.Sprintf(`id="match-%d"`, w.homes[1]), "Rejected: Condition.", "Undo", "3 homes to look at")
		r.lacks(t, "<html", "12 Elm Street", "Bob S.")
		w.stand(autoemail.Rejected, w.homes[1])
		w.pass(time.Minute)
		w.phone.Get(w.path).wants(t, http.StatusOK, "Rejected: Condition.")
		w.phone.Get(w.path).lacks(t, "Undo")
	})

	t.Run("approves all that waits in the batch and nothing that came later", func(t *testing.T) {
		w := digestOut(t)
		later := w.finds(w.agent, w.bob, w.vets(w.agent, w.bob, "Later"), "12")[0]
		w.phone.Post(w.path, w.act(w.homes[2], "reject", "reason", "")...)
		w.comeIn(onElm("31", asking(440_000)), onElm("22", asking(640_000)))
		w.phone.Post(w.path+"/all").wants(t, http.StatusOK, "2 homes approved. In under a minute they leave", "1 home is left: look at it.", "It asks $640,000 now")
		w.stand(autoemail.Approved, w.homes[0], w.bobs)
		w.stand(autoemail.Rejected, w.homes[2])
		w.stand(autoemail.Unsent, w.homes[1], later)
		w.phone.Post(w.path+"/all").wants(t, http.StatusOK, "Nothing was left to approve.")
	})

	t.Run("asks before a home leaves that changed since it was found", func(t *testing.T) {
		w := digestOut(t)
		w.comeIn(onElm("22", asking(640_000)))
		r := w.phone.Post(w.path, w.act(w.homes[1], "approve", "note", "Still good")...)
		r.wants(t, http.StatusConflict, "It asks $640,000 now; it was $650,000 when it was found.", "Approve anyway", `name="anyway"`, "Still good")
		w.stand(autoemail.Unsent, w.homes[1])
		if r := w.phone.Post(w.path, w.act(w.homes[1], "approve", "note", "Still good", "anyway", "1")...); r.Status != http.StatusSeeOther {
			t.Fatal(r.Status, r.Body)
		}
		w.stand(autoemail.Approved, w.homes[1])
	})

	t.Run("tells the second who opens a forwarded link what was decided", func(t *testing.T) {
		w := digestOut(t)
		stale := w.act(w.homes[0], "approve")
		w.phone.Post(w.path, w.act(w.homes[0], "reject", "reason", "Lot")...)
		other := w.visitor()
		other.Post(w.path, stale...).wants(t, http.StatusConflict, "This home was rejected already, a moment ago.", "Rejected: Lot.")
		other.HTMX().Post(w.path, stale...).wants(t, http.StatusConflict, "This home was rejected already, a moment ago.")
		w.stand(autoemail.Rejected, w.homes[0])
		if r := w.maya.Post(decide(w.bobs, "approval"), w.on(w.bobs)...); r.Status >= 400 {
			t.Fatal(r.Status, r.Body)
		}
		w.phone.Get(w.path).wants(t, http.StatusOK, "2 homes to look at", "in one letter to Bob S. <time")
	})

	t.Run("decides that batch and nothing else", func(t *testing.T) {
		w := digestOut(t)
		later := w.finds(w.agent, w.bob, w.vets(w.agent, w.bob, "Later"), "12")[0]
		for _, id := range []string{fmt.Sprint(later), "0", "-1", "999", "x", "", "99999999999999999999"} {
			for _, path := range []string{w.path, w.path + "/undo"} {
				r := w.phone.Post(path, "match", id, "version", "1", "decision", "approve")
				r.wants(t, http.StatusNotFound, "not of this e-mail")
			}
		}
		w.stand(autoemail.Unsent, append(w.homes, later)...)
	})

	t.Run("says what is no longer there", func(t *testing.T) {
		w := digestOut(t)
		if err := autoemail.Delete(t.Context(), w.store.Write, w.agent.ID, w.search, w.clock()); err != nil {
			t.Fatal(err)
		}
		w.phone.Get(w.path).wants(t, http.StatusOK, "1 home to look at", "3 homes of this e-mail are no longer in the queue", "Bob S.")
		w.phone.Post(w.path, w.act(w.homes[0], "approve")...).wants(t, http.StatusNotFound, "not in your queue any more")
		w.phone.HTMX().Post(w.path, w.act(w.homes[0], "approve")...).wants(t, http.StatusNotFound, "not in your queue any more")
		w.stand(autoemail.Unsent, w.homes[0])
	})

	t.Run("refuses what may not leave, in the words of the gate", func(t *testing.T) {
		w := digestOut(t)
		ana, err := clients.Find(t.Context(), w.store.Read, w.agent.ID, w.ana)
		if err != nil {
			t.Fatal(err)
		}
		w.stop(w.agent, ana)
		w.phone.Get(w.path).wants(t, http.StatusOK, "Nothing can leave to them now.", "Opted out")
		w.phone.Post(w.path, w.act(w.homes[0], "approve")...).wants(t, http.StatusForbidden, "Opted out")
		w.stand(autoemail.Unsent, w.homes[0])
		w.comeIn(onElm("40", func(r *listings.Record) { r.InternetEntireListingDisplayYN = false }))
		r := w.phone.Post(w.path, w.act(w.bobs, "approve", "anyway", "1")...)
		r.wants(t, http.StatusConflict, "This home can’t be sent any more.")
		r.lacks(t, "Approve anyway")
	})

	t.Run("keeps what was typed when a note or a reason can't be taken", func(t *testing.T) {
		w := digestOut(t)
		w.phone.Post(w.path, w.act(w.homes[0], "approve", "note", strings.Repeat("x", 1001))...).wants(t, http.StatusUnprocessableEntity, "1001 characters, and 1000 fit", strings.Repeat("x", 1001))
		w.phone.Post(w.path, w.act(w.homes[0], "reject", "reason", "The neighbors", "note", "Kept")...).wants(t, http.StatusUnprocessableEntity, "never about people", "Kept")
		w.phone.Post(w.path, w.act(w.homes[0], "burn")...).wants(t, http.StatusConflict, "Press Approve or Reject")
		w.stand(autoemail.Unsent, w.homes[0])
		if note := w.match(w.homes[0]).Note; note != "" {
			t.Errorf("note %q of an act that failed", note)
		}
	})

	t.Run("changes nothing when it is looked at, and ends after seven days", func(t *testing.T) {
		w := digestOut(t)
		before := dump(t, w.house)
		for _, path := range []string{w.path, w.path + "?decision=approve&match=" + fmt.Sprint(w.bobs), w.path + "/all", w.path + "/undo"} {
			w.phone.Get(path)
			w.phone.do(httptest.NewRequest(http.MethodHead, path, nil))
		}
		if diff := differences(before, dump(t, w.house)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
		w.pass(autoemail.DigestLife)
		w.phone.Get(w.path).wants(t, http.StatusGone, "This link has ended", "until November 19, 2026", "/concierge")
		w.phone.Post(w.path, w.act(w.bobs, "approve")...).wants(t, http.StatusGone)
		w.phone.Post(w.path+"/all").wants(t, http.StatusGone)
		w.phone.HTMX().Post(w.path, w.act(w.bobs, "approve")...).wants(t, http.StatusGone, "This link has ended")
		w.stand(autoemail.Unsent, w.bobs)
		w.phone.Get(w.path[:len(w.path)-2]).wants(t, http.StatusNotFound, "This link is not complete")
		w.phone.Post("/d/x/all").wants(t, http.StatusNotFound)
	})

	t.Run("takes the form of a page that tells no referrer", func(t *testing.T) {
		w := digestOut(t)
		form := url.Values{}
		for i, pairs := 0, w.act(w.bobs, "approve"); i+1 < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		r := httptest.NewRequest(http.MethodPost, w.path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "null")
		if got := w.phone.do(r); got.Status != http.StatusSeeOther {
			t.Fatal(got.Status, got.Body)
		}
		w.stand(autoemail.Approved, w.bobs)
	})

	t.Run("comes again only with something new", func(t *testing.T) {
		w := digestOut(t)
		w.pass(3 * time.Hour)
		if again := w.digest(t); again != w.path || len(w.smtp.Received()) != 1 {
			t.Errorf("%d mails", len(w.smtp.Received()))
		}
		w.finds(w.agent, w.bob, w.vets(w.agent, w.bob, "Later"), "12")
		w.pass(autoemail.Gather)
		if again := w.digest(t); again == w.path || len(w.smtp.Received()) != 2 {
			t.Errorf("%d mails", len(w.smtp.Received()))
		}
	})
}

func TestDigest_on_a_phone_becomes_one_letter_to_the_client(t *testing.T) {
	w := digestOut(t)
	for _, id := range w.homes[:2] {
		if r := w.phone.Post(w.path, w.act(id, "approve", "note", "Look at the porch!")...); r.Status != http.StatusSeeOther {
			t.Fatal(r.Status, r.Body)
		}
	}
	w.pass(autoemail.UndoFor + time.Second)
	w.house.search()
	w.deliver()
	text := plainOf(t, w.mailTo("ana@example.com"))
	for _, words := range []string{"12 Elm Street", "22 Elm Street", "Look at the porch!"} {
		if !strings.Contains(text, words) {
			t.Errorf("no %q in\n%s", words, text)
		}
	}
	w.stand(autoemail.Sent, w.homes[:2]...)
	w.phone.Post(w.path+"/undo", "match", fmt.Sprint(w.homes[0])).wants(t, http.StatusGone, "This home was sent already")
	w.phone.Get(w.path).wants(t, http.StatusOK, "2 homes to look at", "Sent to Ana S.")
}

func TestConciergeSettings(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	her := h.as(maya)
	habits := func() autoemail.Habits {
		t.Helper()
		saved, err := autoemail.HabitsOf(t.Context(), h.store.Read, maya.ID)
		if err != nil {
			t.Fatal(err)
		}
		return saved
	}

	t.Run("begin with the morning, quiet nights and a day", func(t *testing.T) {
		r := her.Get("/settings/concierge")
		r.wants(t, http.StatusOK, `value="morning" checked`, `value="20:00"`, `value="08:00"`, `value="24"`, "Quiet from", "Hours a client may wait")
		clean(t, r.Body)
	})

	t.Run("are kept", func(t *testing.T) {
		r := her.Post("/settings/concierge", "digest", "come", "quiet_from", "21:30", "quiet_to", "06:45:00", "limit_hours", " 4 ")
		her.follow(r).wants(t, http.StatusOK, "Saved.", `value="come" checked`, `value="21:30"`, `value="06:45"`, `value="4"`)
		if got := habits(); got.Digest != "come" || got.QuietFrom != 21*60+30 || got.QuietTo != 6*60+45 || got.LimitHours != 4 {
			t.Errorf("%+v", got)
		}
		her.HTMX().Post("/settings/concierge", "digest", "off", "quiet_from", "", "quiet_to", "", "limit_hours", "24").wants(t, http.StatusOK, `value="off" checked`)
		if got := habits(); got.QuietFrom != got.QuietTo || got.Digest != "off" {
			t.Errorf("%+v", got)
		}
	})

	t.Run("say beside the field what can't be taken", func(t *testing.T) {
		for _, c := range []struct {
			digest, from, to, limit, say, id string
		}{
			{"sometimes", "20:00", "08:00", "24", "Choose when you want to hear of it.", "digest-why"},
			{"come", "25:00", "08:00", "24", "Type a time of day, like 20:00.", "quiet_from-why"},
			{"come", "20:00", "noon", "24", "Type a time of day, like 20:00.", "quiet_to-why"},
			{"come", "20:00", "", "24", "Type both times", "quiet_to-why"},
			{"come", "", "08:00", "24", "Type both times", "quiet_from-why"},
			{"come", "20:00", "08:00", "0", "Type a number of hours from 1 to 720.", "limit_hours-why"},
			{"come", "20:00", "08:00", "many", "Type a number of hours", "limit_hours-why"},
			{"come", "20:00", "08:00", "99999999999999999999", "Type a number of hours", "limit_hours-why"},
		} {
			before := habits()
			r := her.Post("/settings/concierge", "digest", c.digest, "quiet_from", c.from, "quiet_to", c.to, "limit_hours", c.limit)
			r.wants(t, http.StatusUnprocessableEntity, c.say, `id="`+c.id+`"`, `value="`+c.limit+`"`)
			if habits() != before {
				t.Errorf("saved %+v", habits())
			}
		}
	})
}
