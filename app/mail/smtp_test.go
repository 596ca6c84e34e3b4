package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
)

// quick are limits under which a stall is a matter of a moment: for servers that stall alone, since on a busy machine one that
// behaves may need that moment too.
var quick = mail.Limits{Connect: 2 * time.Second, Command: 2 * time.Second, Data: 2 * time.Second, Write: 2 * time.Second, FinalDot: 2 * time.Second}

// limitsFor are those for a server that gives this answer.
func limitsFor(answer string) mail.Limits {
	if answer == mailtest.Stall {
		return quick
	}
	return mail.Limits{}
}

func serve(t testing.TB, set func(*mailtest.Server)) *mailtest.Server {
	t.Helper()
	s, err := mailtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	if set != nil {
		set(s)
	}
	t.Cleanup(s.Close)
	return s
}

func connect(t testing.TB, url string, limits mail.Limits) mail.Sender {
	t.Helper()
	route, err := mail.OpenRoute(url, "mail.elmharbor.example", limits)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := route.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	return sender
}

func envelope(to, body string) mail.Envelope {
	return mail.Envelope{From: "maya@elmharbor.example", To: to, Message: []byte("From: maya@elmharbor.example\r\n\r\n" + body)}
}

func open(ctx context.Context, write func() error) error { return write() }

// inBothWays runs a test against a server with PIPELINING and one without.
func inBothWays(t *testing.T, test func(t *testing.T, set func(*mailtest.Server))) {
	for name, without := range map[string]bool{"pipelined": false, "in turn": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, func(s *mailtest.Server) { s.NoPipelining = without })
		})
	}
}

func TestSend_delivers_byte_for_byte_on_one_connection(t *testing.T) {
	inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
		s := serve(t, set)
		sender := connect(t, s.URL(), mail.Limits{})
		bodies := []string{"hello\r\n", ".\r\n..\r\n.dots\r\nx\r\n.\r\n", strings.Repeat(strings.Repeat("long ", 15)+"\r\n", 4000), "\r\n.\r\n"}
		for i, body := range bodies {
			receipt, err := sender.Send(context.Background(), envelope(fmt.Sprintf("c%d@example.com", i), body), open)
			if err != nil {
				t.Fatal(err)
			}
			if receipt.Code != 250 || receipt.Enhanced != "2.0.0" || receipt.Reply != fmt.Sprintf("ok: queued as %d", i+1) {
				t.Errorf("receipt %+v", receipt)
			}
		}
		for i, m := range s.Received() {
			e := envelope(fmt.Sprintf("c%d@example.com", i), bodies[i])
			if m.From != e.From || m.To != e.To || !bytes.Equal(m.Data, e.Message) {
				t.Errorf("message %d came as %.200q", i, m.Data)
			}
		}
		if s.Count() != len(bodies) || s.Connections() != 1 || strings.Contains(strings.Join(s.Commands(), " "), "RSET") {
			t.Errorf("%d messages on %d connections: %v", s.Count(), s.Connections(), s.Commands())
		}
	})
}

func TestSend_asks_the_gate_before_anything_of_DATA_is_written(t *testing.T) {
	inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
		reached := make(chan string, 10)
		s := serve(t, func(s *mailtest.Server) { set(s); s.OnData = func(to string) { reached <- to } })
		sender := connect(t, s.URL(), mail.Limits{})
		closed := errors.New("opted out")
		for range 2 {
			_, err := sender.Send(context.Background(), envelope("gone@example.com", "x\r\n"), func(context.Context, func() error) error { return closed })
			var failed *mail.SendError
			if !errors.As(err, &failed) || failed.Phase != mail.PhaseGate || !errors.Is(err, closed) || failed.Broken() || failed.Ambiguous() || failed.Permanent() {
				t.Fatalf("%#v", err)
			}
		}
		if _, err := sender.Send(context.Background(), envelope("lazy@example.com", "x\r\n"), func(context.Context, func() error) error { return nil }); err == nil {
			t.Error("a gate that did nothing let a letter go")
		}
		if _, err := sender.Send(context.Background(), envelope("here@example.com", "x\r\n"), open); err != nil {
			t.Fatal(err)
		}
		if len(reached) != 1 || <-reached != "here@example.com" || s.Count() != 1 || s.Connections() != 1 {
			t.Errorf("DATA reached for others too: %v", s.Commands())
		}
		if pipelined := !s.NoPipelining; pipelined && strings.Contains(strings.Join(s.Commands(), "\n"), "gone@") {
			t.Error("a refused letter was spoken of")
		}
	})
}

func TestSend_hangs_up_when_a_gate_fails_after_writing(t *testing.T) {
	inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
		s := serve(t, set)
		sender := connect(t, s.URL(), mail.Limits{})
		late := errors.New("commit failed")
		_, err := sender.Send(context.Background(), envelope("c@example.com", "x\r\n"), func(_ context.Context, write func() error) error {
			if err := write(); err != nil {
				return err
			}
			return late
		})
		var failed *mail.SendError
		if !errors.As(err, &failed) || failed.Phase != mail.PhaseGate || !errors.Is(err, late) || !failed.Broken() || failed.Ambiguous() {
			t.Fatalf("%#v", err)
		}
		if s.Count() != 0 {
			t.Error("the letter went")
		}
	})
}

func TestSend_meets_hostile_servers(t *testing.T) {
	type want struct {
		phase                        mail.Phase
		code                         int
		enhanced                     string
		permanent, ambiguous, broken bool
	}
	cases := map[string]struct {
		command, answer string
		want            want
		arrives         int // messages the server has although it did not say so
	}{
		"MAIL stalls":            {"MAIL", mailtest.Stall, want{mail.PhaseMail, 0, "", false, false, true}, 0},
		"MAIL hangs up":          {"MAIL", mailtest.Drop, want{mail.PhaseMail, 0, "", false, false, true}, 0},
		"MAIL 421":               {"MAIL", "421 4.3.2 closing", want{mail.PhaseMail, 421, "4.3.2", false, false, true}, 0},
		"MAIL 451":               {"MAIL", "451 4.7.1 slow down", want{mail.PhaseMail, 451, "4.7.1", false, false, false}, 0},
		"MAIL 530":               {"MAIL", "530 5.7.0 sign in first", want{mail.PhaseMail, 530, "5.7.0", true, false, false}, 0},
		"MAIL garbage":           {"MAIL", mailtest.Garbage, want{mail.PhaseMail, 0, "", false, false, true}, 0},
		"MAIL no reply":          {"MAIL", "what is this", want{mail.PhaseMail, 0, "", false, false, true}, 0},
		"MAIL 354":               {"MAIL", "354 odd", want{mail.PhaseMail, 0, "", false, false, true}, 0},
		"RCPT stalls":            {"RCPT", mailtest.Stall, want{mail.PhaseRcpt, 0, "", false, false, true}, 0},
		"RCPT hangs up":          {"RCPT", mailtest.Drop, want{mail.PhaseRcpt, 0, "", false, false, true}, 0},
		"RCPT 421":               {"RCPT", "421 too many", want{mail.PhaseRcpt, 421, "", false, false, true}, 0},
		"RCPT 450":               {"RCPT", "450 4.2.0 greylisted", want{mail.PhaseRcpt, 450, "4.2.0", false, false, false}, 0},
		"RCPT 550 on two lines":  {"RCPT", "550-5.1.1 no such\r\n550 5.1.1 person", want{mail.PhaseRcpt, 550, "5.1.1", true, false, false}, 0},
		"RCPT garbage":           {"RCPT", mailtest.Garbage, want{mail.PhaseRcpt, 0, "", false, false, true}, 0},
		"DATA stalls":            {"DATA", mailtest.Stall, want{mail.PhaseData, 0, "", false, false, true}, 0},
		"DATA hangs up":          {"DATA", mailtest.Drop, want{mail.PhaseData, 0, "", false, false, true}, 0},
		"DATA 421":               {"DATA", "421 4.3.2 closing", want{mail.PhaseData, 421, "4.3.2", false, false, true}, 0},
		"DATA 451":               {"DATA", "451 4.3.0 disk", want{mail.PhaseData, 451, "4.3.0", false, false, false}, 0},
		"DATA 554":               {"DATA", "554 5.7.1 spam", want{mail.PhaseData, 554, "5.7.1", true, false, false}, 0},
		"DATA 250":               {"DATA", "250 odd", want{mail.PhaseData, 0, "", false, false, true}, 0},
		"DATA garbage":           {"DATA", mailtest.Garbage, want{mail.PhaseData, 0, "", false, false, true}, 0},
		"dot stalls":             {"DOT", mailtest.Stall, want{mail.PhaseFinalDot, 0, "", false, true, true}, 1},
		"dot hangs up":           {"DOT", mailtest.Drop, want{mail.PhaseFinalDot, 0, "", false, true, true}, 1},
		"dot garbage":            {"DOT", mailtest.Garbage, want{mail.PhaseFinalDot, 0, "", false, true, true}, 1},
		"dot no reply":           {"DOT", "sure", want{mail.PhaseFinalDot, 0, "", false, true, true}, 1},
		"dot 354":                {"DOT", "354 more", want{mail.PhaseFinalDot, 0, "", false, true, true}, 1},
		"dot 421":                {"DOT", "421 4.3.2 closing", want{mail.PhaseFinalDot, 421, "4.3.2", false, false, true}, 0},
		"dot 451":                {"DOT", "451 4.3.0 later", want{mail.PhaseFinalDot, 451, "4.3.0", false, false, false}, 0},
		"dot 552":                {"DOT", "552 5.2.2 full", want{mail.PhaseFinalDot, 552, "5.2.2", true, false, false}, 0},
		"dot wrong enhanced":     {"DOT", "550 2.0.0 odd", want{mail.PhaseFinalDot, 550, "", true, false, false}, 0},
		"dot control characters": {"DOT", "550 5.7.1 a\x1b[31mb\xffc\x00", want{mail.PhaseFinalDot, 550, "5.7.1", true, false, false}, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
				s := serve(t, set)
				sender := connect(t, s.URL(), limitsFor(c.answer))
				s.Script(c.command, c.answer)
				_, err := sender.Send(context.Background(), envelope("c@example.com", "hello\r\n"), open)
				var failed *mail.SendError
				if !errors.As(err, &failed) {
					t.Fatalf("%#v", err)
				}
				got := want{failed.Phase, failed.Code, failed.Enhanced, failed.Permanent(), failed.Ambiguous(), failed.Broken()}
				if got != c.want {
					t.Errorf("\n got %+v (%v)\nwant %+v", got, err, c.want)
				}
				if strings.ContainsAny(failed.Reply, "\r\n\x00\x1b") || len(failed.Reply) > 600 || failed.Error() == "" {
					t.Errorf("reply %q", failed.Reply)
				}
				s.Script(c.command, "")
				if failed.Broken() {
					if _, err := sender.Send(context.Background(), envelope("d@example.com", "x\r\n"), open); err == nil {
						t.Error("a broken connection took a letter")
					}
				} else if _, err := sender.Send(context.Background(), envelope("d@example.com", "hello again\r\n"), open); err != nil {
					t.Errorf("the connection can’t be used again: %v\n%s", err, strings.Join(s.Commands(), "\n"))
				} else if last := s.Received()[s.Count()-1]; last.To != "d@example.com" || !strings.HasSuffix(string(last.Data), "hello again\r\n") {
					t.Errorf("the next letter came as %q", last.Data)
				}
				kept := c.arrives
				if !failed.Broken() {
					kept++
				}
				if s.Count() != kept {
					t.Errorf("%d messages arrived, want %d", s.Count(), kept)
				}
			})
		})
	}
}

func TestSend_ends_a_DATA_that_nobody_is_to_receive(t *testing.T) {
	s := serve(t, nil)
	sender := connect(t, s.URL(), mail.Limits{})
	s.Script("DATA", "354 whatever you say") // some servers do, even after refusing the recipient
	_, err := sender.Send(context.Background(), envelope("550@example.com", "secret\r\n"), open)
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.Phase != mail.PhaseRcpt || failed.Code != 550 || failed.Broken() {
		t.Fatalf("%#v", err)
	}
	if _, err := sender.Send(context.Background(), envelope("d@example.com", "x\r\n"), open); err != nil {
		t.Fatal(err)
	}
	if s.Count() != 1 || strings.Contains(string(s.Received()[0].Data), "secret") {
		t.Errorf("%q", s.Received())
	}
}

func TestSend_uses_a_fresh_connection_when_a_kept_one_is_closed(t *testing.T) {
	inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
		s := serve(t, set)
		sender := connect(t, s.URL(), mail.Limits{})
		for i := range 3 {
			if _, err := sender.Send(context.Background(), envelope("c@example.com", "x\r\n"), open); err != nil {
				t.Fatalf("letter %d: %v", i, err)
			}
			s.HangUp()
		}
		if s.Count() != 3 {
			t.Errorf("%d arrived", s.Count())
		}
	})
}

func TestSend_stops_for_its_context_until_the_body_leaves(t *testing.T) {
	for _, command := range []string{"MAIL", "RCPT", "DATA"} {
		inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
			s := serve(t, set)
			sender := connect(t, s.URL(), mail.Limits{})
			s.Script(command, mailtest.Stall)
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(50*time.Millisecond, cancel)
			_, err := sender.Send(ctx, envelope("c@example.com", "x\r\n"), open)
			var failed *mail.SendError
			if !errors.As(err, &failed) || !errors.Is(err, context.Canceled) || !failed.Broken() || failed.Ambiguous() {
				t.Errorf("%s: %#v", command, err)
			}
		})
	}
	inBothWays(t, func(t *testing.T, set func(*mailtest.Server)) {
		ctx, cancel := context.WithCancel(context.Background())
		s := serve(t, set)
		s.Script("DOT", mailtest.Stall)
		sender := connect(t, s.URL(), mail.Limits{FinalDot: 400 * time.Millisecond})
		began := time.Now()
		go func() { // the body has left when the server has it
			defer cancel()
			for s.Count() == 0 && time.Since(began) < time.Minute {
				time.Sleep(time.Millisecond)
			}
		}()
		_, err := sender.Send(ctx, envelope("c@example.com", "x\r\n"), open)
		var failed *mail.SendError
		if !errors.As(err, &failed) || !failed.Ambiguous() || time.Since(began) < 350*time.Millisecond {
			t.Errorf("the answer to the dot was not waited for: %#v", err)
		}
	})
}

func TestSend_keeps_off_the_wire_what_does_not_belong_there(t *testing.T) {
	s := serve(t, func(s *mailtest.Server) { s.Offer = []string{"SIZE 500"} })
	sender := connect(t, s.URL(), mail.Limits{})
	before := len(s.Commands())
	for name, e := range map[string]mail.Envelope{
		"command in To":    envelope("a@b.com> SIZE=1", "x\r\n"),
		"space in To":      envelope("a b@x.com", "x\r\n"),
		"newline in To":    envelope("a@b.com\r\nDATA", "x\r\n"),
		"nobody":           envelope("", "x\r\n"),
		"letters in To":    envelope("élise@example.com", "x\r\n"),
		"bare LF":          envelope("c@example.com", "x\n.\nMAIL FROM:<a@b.c>\r\n"),
		"bare CR":          envelope("c@example.com", "x\ry\r\n"),
		"NUL":              envelope("c@example.com", "x\x00\r\n"),
		"no end":           envelope("c@example.com", "x"),
		"a very long line": envelope("c@example.com", strings.Repeat("x", 999)+"\r\n"),
		"too big":          envelope("c@example.com", strings.Repeat("0123456789\r\n", 50)),
		"no sender":        {To: "c@example.com", Message: []byte("x\r\n")},
	} {
		_, err := sender.Send(context.Background(), e, func(context.Context, func() error) error {
			t.Error("asked the gate for", name)
			return errors.New("no")
		})
		var failed *mail.SendError
		if !errors.As(err, &failed) || !failed.Permanent() || failed.Broken() || !strings.HasPrefix(failed.Reply, "not sent") {
			t.Errorf("%s: %#v", name, err)
		}
	}
	if len(s.Commands()) != before {
		t.Errorf("said: %q", s.Commands()[before:])
	}
	if _, err := sender.Send(context.Background(), envelope("x@bücher.example", "x\r\n"), open); err != nil || s.Received()[0].To != "x@xn--bcher-kva.example" {
		t.Errorf("a domain in letters: %v %q", err, s.Received())
	}
}

func TestSend_says_SMTPUTF8_only_where_an_address_needs_it(t *testing.T) {
	s := serve(t, func(s *mailtest.Server) { s.Offer = []string{"SMTPUTF8", "SIZE"} })
	sender := connect(t, s.URL(), mail.Limits{})
	for _, to := range []string{"élise@bücher.example", "c@example.com"} {
		if _, err := sender.Send(context.Background(), envelope(to, "x\r\n"), open); err != nil {
			t.Fatal(err)
		}
	}
	said := strings.Join(s.Commands(), "\n")
	if strings.Count(said, " SMTPUTF8") != 1 || s.Received()[0].To != "élise@xn--bcher-kva.example" {
		t.Error(said)
	}
}

func TestConnect_signs_in(t *testing.T) {
	s := serve(t, func(s *mailtest.Server) {
		s.Login = func(line string) error {
			if line != "PLAIN AHVAZXgAcCB3" { // \0u@ex\0p w
				return errors.New(line)
			}
			return nil
		}
	})
	connect(t, strings.Replace(s.URL(), "//", "//u%40ex:p%20w@", 1), mail.Limits{})
	route, err := mail.OpenRoute(strings.Replace(s.URL(), "//", "//u%40ex:wrong@", 1), "mail.example.com", mail.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = route.Connect(context.Background())
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.Phase != mail.PhaseAuth || failed.Code != 535 || failed.Enhanced != "5.7.8" || !failed.Broken() {
		t.Errorf("%#v", err)
	}
	if strings.Contains(route.String()+err.Error(), "wrong") {
		t.Error("the password can be read")
	}
}

func TestConnect_meets_hostile_servers(t *testing.T) {
	for name, c := range map[string]struct {
		command, answer string
		phase           mail.Phase
		code            int
	}{
		"greeting stalls":  {"GREETING", mailtest.Stall, mail.PhaseConnect, 0},
		"greeting 554":     {"GREETING", "554 5.7.1 go away", mail.PhaseConnect, 554},
		"greeting 421":     {"GREETING", "421 busy", mail.PhaseConnect, 421},
		"greeting garbage": {"GREETING", mailtest.Garbage, mail.PhaseConnect, 0},
		"greeting drops":   {"GREETING", mailtest.Drop, mail.PhaseConnect, 0},
		"EHLO stalls":      {"EHLO", mailtest.Stall, mail.PhaseConnect, 0},
		"EHLO garbage":     {"EHLO", mailtest.Garbage, mail.PhaseConnect, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, nil)
			s.Script(c.command, c.answer)
			route, err := mail.OpenRoute(s.URL(), "mail.example.com", limitsFor(c.answer))
			if err != nil {
				t.Fatal(err)
			}
			_, err = route.Connect(context.Background())
			var failed *mail.SendError
			if !errors.As(err, &failed) || failed.Phase != c.phase || failed.Code != c.code || !failed.Broken() {
				t.Errorf("%#v", err)
			}
		})
	}
	s := serve(t, nil)
	route, err := mail.OpenRoute(strings.TrimSuffix(s.URL(), "?tls=none"), "mail.example.com", mail.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = route.Connect(context.Background())
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.Phase != mail.PhaseTLS {
		t.Errorf("a server without STARTTLS: %#v", err)
	}
	s.Close()
	if _, err = route.Connect(context.Background()); !errors.As(err, &failed) || failed.Phase != mail.PhaseConnect || failed.Code != 0 {
		t.Errorf("a server that is down: %#v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := route.Connect(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestOpenRoute_names_what_is_wrong_and_never_the_password(t *testing.T) {
	for url, word := range map[string]string{
		"":                                   "start with smtp://",
		"mail.example.com:587":               "",
		"http://x":                           "start with smtp://",
		"smtp://":                            "names no server",
		"smtp://u:hunter2@h:port":            "can’t be read",
		"smtp://u:hunter2@h?tls=none":        "unencrypted",
		"smtp://u:hunter2@10.0.0.1?tls=none": "unencrypted",
		"smtps://h?tls=none":                 "both",
		"smtp://h?tls=off":                   "?tls",
		"smtp://h?skip=1":                    "?skip",
		"smtp://h/path":                      "does not belong",
		"smtp://u%0d%0aMAIL:hunter2@h":       "can’t be used",
		"smtp://:hunter2@h":                  "can’t be used",
	} {
		_, err := mail.OpenRoute(url, "mail.example.com", mail.Limits{})
		if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := mail.OpenRoute("smtp://h", "a b\r\n", mail.Limits{}); err == nil {
		t.Error("an EHLO name with a line break")
	}
	for url, want := range map[string]string{
		"smtp://u:hunter2@mail.example.com": "smtp://u@mail.example.com:587",
		"smtps://u:p@mail.example.com":      "smtps://u@mail.example.com:465",
		"smtp://127.0.0.1:2525?tls=none":    "smtp://127.0.0.1:2525?tls=none",
		"smtp://u:p@[::1]:25?tls=none":      "smtp://u@[::1]:25?tls=none",
	} {
		route, err := mail.OpenRoute(url, "mail.example.com", mail.Limits{})
		if err != nil || route.String() != want {
			t.Errorf("%s: %v, %v", url, route, err)
		}
	}
}

func TestSend_does_not_listen_without_end(t *testing.T) {
	s := serve(t, nil)
	sender := connect(t, s.URL(), mail.Limits{})
	s.Script("MAIL", strings.Repeat("250-and another thing\r\n", 10_000)+"250 ok")
	_, err := sender.Send(context.Background(), envelope("c@example.com", "x\r\n"), open)
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.Phase != mail.PhaseMail || !failed.Broken() {
		t.Errorf("%#v", err)
	}
}
