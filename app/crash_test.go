package main_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/outbox"
	"porchlight/db"
	"porchlight/views"
)

var kills = flag.Int("kills", 20, "how often the crash test kills the program")

// binary builds the real program once.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "porchlight-test-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(folder, "porchlight")
	out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return file, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if file, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(file))
	}
	os.Exit(code)
}

// crash is a brokerage whose process keeps being killed.
type crash struct {
	t       *testing.T
	smtp    *mailtest.Server
	data    string
	address string
	ledger  *consent.Ledger
	clients []clients.Client
	mailing outbox.MailingID

	mu       sync.Mutex
	answered map[string]time.Time   // address → when its opt-out page had answered
	arrived  map[string][]time.Time // address → when DATA for it came
}

// TestKill kills the real program at random moments while letters leave and clients opt out. No letter is lost, none
// leaves after an answered opt-out, and copies exist only of letters in hand at a kill.
func TestKill(t *testing.T) {
	const workers, people = 8, 1500
	c := &crash{t: t, answered: map[string]time.Time{}, arrived: map[string][]time.Time{}}
	var err error
	if c.smtp, err = mailtest.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.smtp.Close)
	c.smtp.OnData = func(to string) {
		now := time.Now()
		time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond) // so that the run outlasts its kills
		c.mu.Lock()
		c.arrived[to] = append(c.arrived[to], now)
		c.mu.Unlock()
	}
	c.found(people)
	// Between a kill and the next start the port is anybody's, and tests of other packages open ports on 127.0.0.1 all the time.
	// On Linux the program has a loopback address that they don't use.
	own := "127.0.0.1"
	if runtime.GOOS == "linux" {
		own = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(200), rand.IntN(200), 1+rand.IntN(200))
	}
	free, err := net.Listen("tcp", own+":0")
	if err != nil {
		t.Fatal(err)
	}
	c.address = free.Addr().String()
	_ = free.Close()

	stopVisits := c.visit()
	killed := 0
	for killed < *kills {
		process := c.start(workers)
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		_ = process.Process.Kill()
		_ = process.Wait()
		killed++
	}
	process := c.start(workers)
	c.await()
	stopVisits()
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("the program did not stop cleanly: %v\n%s", err, process.Stderr)
	}
	c.judge(killed, workers)
}

// found makes the database as a broker would find it, with one mailing to everybody.
func (c *crash) found(people int) {
	t, ctx := c.t, c.t.Context()
	c.data = t.TempDir()
	store, err := db.Open(ctx, "", c.data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	if c.ledger, err = consent.NewLedger(ctx, store.Write, store.AdvisoryLock, now); err != nil {
		t.Fatal(err)
	}
	broker, err := agents.Add(ctx, store.Write, agents.New{Name: "Maya Bell", Email: "maya@elm.example", Password: "correct horse battery", Role: agents.RoleBroker}, now)
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := mail.NewRenderer(views.Letters())
	if err != nil {
		t.Fatal(err)
	}
	template, err := renderer.Letter(mail.Letter{
		Identity: mail.Identity{FromName: "Maya Bell", FromAddress: "maya@elm.example"},
		House:    mail.House{Name: "Elm", PostalAddress: "14 Elm Street, Guilford, CT 06437", BaseURL: "http://localhost"}, AgentName: "Maya Bell",
		Subject: "Hello", Markdown: strings.Repeat("A house by the water. ", 100),
	})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var permits []consent.Permit
		for i := range people {
			one, err := clients.Create(ctx, db, broker.ID, clients.Form{FirstName: "Client", LastName: fmt.Sprint(i), Email: fmt.Sprintf("client%d@post.example", i)}, now)
			if err != nil {
				return err
			}
			if err := c.ledger.Enroll(ctx, db, one, consent.By{Agent: broker, Door: consent.DoorAgent}, now); err != nil {
				return err
			}
			permit, err := c.ledger.Check(ctx, db, broker.ID, one.ID, now)
			if err != nil {
				return err
			}
			c.clients, permits = append(c.clients, one), append(permits, permit)
		}
		c.mailing, err = outbox.Post(ctx, db, c.ledger, broker, permits, outbox.Text{Subject: "Hello", Template: template, IdempotencyKey: "crash"}, now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// start runs the program, always on the same port.
func (c *crash) start(workers int) *exec.Cmd {
	file, err := binary()
	if err != nil {
		c.t.Fatal(err)
	}
	process := exec.Command(file)
	process.Env = append(os.Environ(), "LISTEN_ADDR="+c.address, "BASE_URL=http://localhost", "DATA_DIR="+c.data,
		"DATABASE_URL=", "SMTP_URL="+c.smtp.URL(), fmt.Sprint("MAIL_WORKERS=", workers))
	process.Stderr = &bytes.Buffer{}
	if err := process.Start(); err != nil {
		c.t.Fatal(err)
	}
	return process
}

// visit lets clients opt out, half by the page and half by their mail program, until stopped. Only an answer counts.
func (c *crash) visit() (stop func()) {
	ctx, cancel := context.WithCancel(c.t.Context())
	var done sync.WaitGroup
	for part := range 3 {
		done.Go(func() {
			browser := &http.Client{Timeout: 5 * time.Second}
			for i := len(c.clients) - 1 - part; i >= 0 && ctx.Err() == nil; {
				if c.optOut(browser, c.clients[i], i%2 == 0) {
					i -= 7
				}
				time.Sleep(time.Duration(rand.IntN(12)) * time.Millisecond)
			}
		})
	}
	return func() { cancel(); done.Wait() }
}

// optOut says whether the program answered.
func (c *crash) optOut(browser *http.Client, who clients.Client, byPage bool) bool {
	link := c.ledger.Sign(consent.Link{Client: who.ID, Agent: who.AgentID, Mailing: int64(c.mailing), Hash: c.ledger.Hash(who.EmailKey)})
	form := url.Values{"List-Unsubscribe": {"One-Click"}}
	if byPage {
		form = url.Values{"choice": {"all"}}
	}
	answer, err := browser.PostForm("http://"+c.address+"/u/"+link, form)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return false
	}
	c.mu.Lock()
	c.answered[who.Email] = time.Now()
	c.mu.Unlock()
	return true
}

// await waits until nothing is left to send.
func (c *crash) await() {
	store, err := db.Open(c.t.Context(), "", c.data)
	if err != nil {
		c.t.Fatal(err)
	}
	defer store.Close()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		left, err := store.Read.NewSelect().Table("letters").Where("state IN ('ready', 'sending')").Where("client_id <> 0").Count(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		if left == 0 {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%d letters still unsent", left)
		}
	}
}

// judge holds the promises against what the server saw.
func (c *crash) judge(killed, workers int) {
	t := c.t
	store, err := db.Open(t.Context(), "", c.data)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var letters []outbox.Letter
	if err := store.Read.NewSelect().Model(&letters).Column("to_address", "state", "reason", "ambiguous").Where("mailing_id = ?", c.mailing).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(letters) != len(c.clients) {
		t.Errorf("%d letters for %d clients", len(letters), len(c.clients))
	}
	bodies := map[string][]byte{}
	taken := map[string]int{}
	for _, m := range c.smtp.Received() { // the notices to the agent are among them
		if !strings.HasPrefix(m.To, "client") {
			continue
		}
		taken[m.To]++
		if first, again := bodies[m.To]; again && !bytes.Equal(first, m.Data) {
			t.Errorf("two different letters to %s", m.To)
		}
		bodies[m.To] = m.Data
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	copies, withheld := 0, 0
	for _, l := range letters {
		switch l.State {
		case outbox.Sent:
			if taken[l.ToAddress] == 0 {
				t.Errorf("%s is sent, but nobody took it", l.ToAddress)
			}
		case outbox.Withheld:
			withheld++
		default:
			t.Errorf("%s ended as %s: %s", l.ToAddress, l.State, l.Reason)
		}
		if n := taken[l.ToAddress]; n > 1 {
			copies += n - 1
			if n > 1+l.Ambiguous {
				t.Errorf("%s came %d times with %d doubtful tries", l.ToAddress, n, l.Ambiguous)
			}
		}
	}
	if copies > killed*workers {
		t.Errorf("%d copies, more than the %d letters in hand at %d kills", copies, killed*workers, killed)
	}
	// What was written before the answer may still lie in the socket for a moment, a longer one where this process waits for a
	// processor as well; app/outbox proves the order exactly.
	const inTheSocket = time.Second
	for who, answered := range c.answered {
		for _, arrived := range c.arrived[who] {
			if arrived.After(answered.Add(inTheSocket)) {
				t.Errorf("DATA for %s came %v after the opt-out had answered", who, arrived.Sub(answered))
			}
		}
	}
	if len(c.answered) == 0 || withheld == 0 {
		t.Errorf("%d opt-outs answered and %d letters withheld: nothing was proven", len(c.answered), withheld)
	}
	t.Logf("%d kills, %d letters taken, %d copies, %d opt-outs answered, %d letters withheld", killed, len(c.smtp.Received()), copies, len(c.answered), withheld)
}
