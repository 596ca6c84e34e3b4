package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/listings"
	"porchlight/app/portal"
	"porchlight/app/tokens"
	"porchlight/db"
)

// browsers is a house whose clients all look at their portals.
type browsers struct {
	b       *testing.B
	data    string
	address string
	cookie  string // the name of the portals' cookie
	homes   [][]listings.ID
}

// BenchmarkPortals has 1,000 clients with 40 homes each browse their portals at once, each in a browser of their own, through the real
// program in a process of its own:
//
//	go test ./app -run '^$' -bench Portals -benchtime 1x
//
// Each opens the feed, a shelf and a home, the page tells that it is read, and they say what they think of the home. In a
// rush everybody presses the next thing as soon as the answer is there: the ratio of p99 to p50 may be 5, no answer may be an
// error, and the process may have taken 150 MB at its peak. At their pace they look at it for some seconds: nobody waits for
// anybody then, and the ratio is that of a short answer to a long one on a machine that does other things, too.
func BenchmarkPortals(b *testing.B) {
	const people = 1000
	for _, pace := range []struct {
		name   string
		rounds int
		look   time.Duration
	}{{"rush", 2, 0}, {"pace", 2, 16 * time.Second}} {
		b.Run(pace.name, func(b *testing.B) {
			h := &browsers{b: b}
			h.found(people)
			process := h.start()
			var took []time.Duration
			var wrong []string
			for b.Loop() {
				some, faults := h.browse(people, pace.rounds, pace.look)
				took, wrong = append(took, some...), append(wrong, faults...)
			}
			peak := h.peak(process.Process.Pid)
			if err := process.Process.Signal(os.Interrupt); err != nil {
				b.Fatal(err)
			}
			if err := process.Wait(); err != nil {
				b.Errorf("the program did not stop cleanly: %v\n%s", err, process.Stderr)
			}
			if len(wrong) > 0 {
				b.Errorf("%d errors, the first: %s\n%.3000s", len(wrong), wrong[0], process.Stderr)
			}
			slices.Sort(took)
			p50, p99 := took[len(took)/2], took[len(took)*99/100]
			b.ReportMetric(float64(len(wrong)), "errors")
			b.ReportMetric(float64(len(took)), "answers")
			b.ReportMetric(float64(p50.Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(p99)/float64(p50), "ratio")
			b.ReportMetric(peak, "peak-MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// device is the token of a client's browser.
func device(client int) string { return fmt.Sprintf("device-%064d", client) }

// found makes the database: 2,000 homes, of which each client got 40 in eight letters.
func (h *browsers) found(people int) {
	ctx := h.b.Context()
	h.data = h.b.TempDir()
	store, err := db.Open(ctx, "", h.data)
	if err != nil {
		h.b.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		h.b.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Microsecond)
	ledger, err := consent.NewLedger(ctx, store.Write, store.AdvisoryLock, now)
	if err != nil {
		h.b.Fatal(err)
	}
	keys, err := portal.OpenKeys(ctx, store.Write, now)
	if err != nil {
		h.b.Fatal(err)
	}
	h.cookie = "porchlight-portal-" + keys.Mark()
	broker, err := agents.Add(ctx, store.Write, agents.New{Name: "Maya Bell", Email: "maya@elm.example", Password: "correct horse battery", Role: agents.RoleBroker}, now)
	if err != nil {
		h.b.Fatal(err)
	}
	err = store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := tokens.Make(ctx, db, tokens.Kind{Purpose: "letter links"}, now.AddDate(0, 0, -8)); err != nil {
			return err
		}
		if err := market(ctx, db, now); err != nil {
			return err
		}
		for i := range people {
			one, err := clients.Create(ctx, db, broker.ID, clients.Form{FirstName: "Client", LastName: fmt.Sprint(i), Email: fmt.Sprintf("client%d@post.example", i)}, now)
			if err != nil {
				return err
			}
			if err := ledger.Enroll(ctx, db, one, consent.By{Agent: broker, Door: consent.DoorAgent}, now); err != nil {
				return err
			}
			if err := h.send(ctx, db, one, i, now); err != nil {
				return err
			}
		}
		_, err := db.ExecContext(ctx, "ANALYZE")
		return err
	})
	if err != nil {
		h.b.Fatal(err)
	}
}

// market brings 2,000 homes in, a week ago.
func market(ctx context.Context, db bun.Tx, now time.Time) error {
	number := func(n int64) *int64 { return &n }
	var records []listings.Record
	for i := range 2000 {
		lat, lon := 41.2+float64(i%50)/200, -72.9+float64(i/50)/50
		records = append(records, listings.Record{
			Listing: listings.Listing{
				ListingKey: fmt.Sprint("k", i), ListingId: fmt.Sprint("24-", i), StandardStatus: listings.Active, PropertyType: "Residential", PropertySubType: "Single Family Residence",
				ListPrice: number(int64(300_000+500*i) * 100), OnMarketDate: now.AddDate(0, 0, -i%60).Format(time.DateOnly), UnparsedAddress: fmt.Sprint(i+1, " Elm Street"), City: "Mystic", StateOrProvince: "CT", PostalCode: "06355",
				Latitude: &lat, Longitude: &lon, BedroomsTotal: number(3), BathroomQuarters: number(10), LivingArea: number(1840), LotSizeSquareFeet: number(17_424), YearBuilt: number(1928),
				ListOfficeName: "Harborview Properties", AttributionContact: "860-555-0110", InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true,
			},
			PublicRemarks: strings.Repeat("Shingle cape two streets from the green, with a porch to the west. ", 9),
			Details:       []listings.Detail{{Name: "Heating", Value: "Forced Air"}},
		})
	}
	_, err := listings.Apply(ctx, db, listings.Source{Feed: 7}, records, now.AddDate(0, 0, -7))
	return err
}

// send gives a client eight letters that left, of five homes each, and a device.
func (h *browsers) send(ctx context.Context, db bun.Tx, one clients.Client, i int, now time.Time) error {
	var own []listings.ID
	for j := range 8 {
		n, at := i*8+j+1, now.Add(-time.Duration(8-j)*20*time.Hour)
		if _, err := db.ExecContext(ctx, "INSERT INTO mailings (id, agent_id, kind, state, idempotency_key, subject, markdown, template, created_at) VALUES (?, ?, 'letter', 'sending', ?, 'Five homes for you', '', ?, ?)", n, one.AgentID, fmt.Sprint("k", n), []byte{}, at); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, `INSERT INTO letters (id, mailing_id, agent_id, client_id, prio, to_name, to_address, address_hash, domain, token, message_id, state, reason, attempts, ambiguous, not_before, expires_at, lease_owner, lease_gen, code, enhanced, reply, created_at, ended_at)
			VALUES (?, ?, ?, ?, 1, '', '', '', '', '', ?, 'sent', '', 1, 0, ?, ?, '', 0, 0, '', '', ?, ?)`, n, n, one.AgentID, one.ID, fmt.Sprint("m", n), at, at, at, at); err != nil {
			return err
		}
		for k := range 5 {
			home := listings.ID((i*37+j*5+k)%2000 + 1)
			own = append(own, home)
			if _, err := db.ExecContext(ctx, "INSERT INTO mailing_homes (mailing_id, position, listing_id, note, list_price) VALUES (?, ?, ?, '', ?)", n, k+1, home, 400_000_00); err != nil {
				return err
			}
		}
	}
	h.homes = append(h.homes, own)
	sum := sha256.Sum256([]byte(device(i)))
	_, err := db.ExecContext(ctx, "INSERT INTO portal_devices (token_hash, email_key, user_agent, ip, created_at, seen_at, expires_at) VALUES (?, ?, 'Benchmark', '', ?, ?, ?)",
		hex.EncodeToString(sum[:]), one.EmailKey, now, now, now.AddDate(0, 0, 100))
	return err
}

// start runs the program and waits until it answers.
func (h *browsers) start() *exec.Cmd {
	file, err := binary()
	if err != nil {
		h.b.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.b.Fatal(err)
	}
	h.address = free.Addr().String()
	_ = free.Close()
	process := exec.Command(file)
	process.Env = append(os.Environ(), "LISTEN_ADDR="+h.address, "BASE_URL=http://"+h.address, "DATA_DIR="+h.data, "DATABASE_URL=", "SMTP_URL=mailbox:")
	process.Stderr = &bytes.Buffer{}
	if err := process.Start(); err != nil {
		h.b.Fatal(err)
	}
	for range 100 {
		if answer, err := http.Get("http://" + h.address + "/readyz"); err == nil {
			_ = answer.Body.Close()
			return process
		}
		time.Sleep(50 * time.Millisecond)
	}
	h.b.Fatalf("the program does not answer\n%s", process.Stderr)
	return nil
}

// browse has everybody go round their portal so often. It returns how long each answer took, and what went wrong.
func (h *browsers) browse(people, rounds int, look time.Duration) (took []time.Duration, wrong []string) {
	var mu sync.Mutex
	var done sync.WaitGroup
	for i := range people {
		done.Go(func() {
			browser := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
			defer browser.CloseIdleConnections()
			// People do not come at the same instant, nor take the same time.
			wait := func() {
				if look > 0 {
					time.Sleep(look/2 + rand.N(look))
				}
			}
			for range rounds {
				home := h.homes[i][rand.IntN(len(h.homes[i]))]
				for _, ask := range []struct {
					method, path, form string
					want               int
				}{
					{"GET", "/p", "", http.StatusOK}, {"POST", "/p/seen", "", http.StatusNoContent}, {"GET", "/p/homes", "", http.StatusOK}, {"GET", fmt.Sprint("/p/homes/", home), "", http.StatusOK},
					{"POST", fmt.Sprint("/p/seen?home=", home), "", http.StatusNoContent},
					{"POST", fmt.Sprintf("/p/homes/%d/reaction", home), "at=home&kind=" + []string{"favorite", "possibility", "discard"}[rand.IntN(3)], http.StatusOK},
				} {
					if ask.method == "GET" {
						wait()
					}
					before := time.Now()
					fault := h.ask(browser, i, ask.method, ask.path, ask.form, ask.want)
					mu.Lock()
					if took = append(took, time.Since(before)); fault != "" {
						wrong = append(wrong, fault)
					}
					mu.Unlock()
				}
			}
		})
	}
	done.Wait()
	return took, wrong
}

// ask sends one request and reads the answer to its end.
func (h *browsers) ask(browser *http.Client, i int, method, path, form string, want int) (fault string) {
	request, err := http.NewRequest(method, "http://"+h.address+path, strings.NewReader(form))
	if err != nil {
		return err.Error()
	}
	request.AddCookie(&http.Cookie{Name: h.cookie, Value: device(i)})
	if method == "POST" {
		request.Header.Set("Origin", "http://"+h.address)
		request.Header.Set("HX-Request", "true")
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := browser.Do(request)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	if answer.StatusCode != want || method == "GET" && !bytes.Contains(body, []byte("Elm Street")) {
		return fmt.Sprintf("%s %s: %s\n%.300s", method, path, answer.Status, body)
	}
	return ""
}

// peak is the most memory that a process was resident with, in MB (proc(5), VmHWM).
func (h *browsers) peak(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		h.b.Logf("no peak of memory: %v", err)
		return 0
	}
	var kb float64
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "VmHWM: %f kB", &kb)
	}
	return kb / 1000
}
