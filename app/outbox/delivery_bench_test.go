package outbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"porchlight/app/clients"
	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/outbox"
	"porchlight/db"
)

const (
	benchClients = 20_000
	benchBytes   = 20 << 10
	benchRounds  = 3
	benchWorkers = 8 // MAIL_WORKERS' default
)

// BenchmarkDelivery writes a 20 KB letter to 20,000 clients of a SQLite database on disk, synchronous=FULL, and delivers
// it over loopback SMTP: from Post until every row says sent. The courier has a process of its own, so that its memory
// and CPU are its own. In the same rounds postfix's smtp-source sends as many messages of that size to the same smtp-sink.
//
//	go test ./app/outbox -run '^$' -bench Delivery -benchtime 1x
//
// Without postfix's tools it delivers to mailtest, and the ratio is missing.
func BenchmarkDelivery(b *testing.B) {
	path := filepath.Join(b.TempDir(), "porchlight.db")
	benchSeed(b, path)
	sink, source := benchSink(b)
	var ours, theirs, ratios []float64
	var peak, cpu float64
	for range b.N {
		for range benchRounds {
			if source != nil {
				theirs = append(theirs, source())
			}
			r := benchCourier(b, path, sink)
			ours = append(ours, benchClients/r.Seconds)
			peak, cpu = max(peak, r.PeakMB), r.CPU/benchClients*1e6
			if source != nil {
				ratios = append(ratios, ours[len(ours)-1]/theirs[len(theirs)-1])
			}
			b.Logf("round %d: %.0f letters/s, posted in %.2f s, %.0f us CPU a letter, %.0f MB; smtp-source %.0f/s", len(ours), ours[len(ours)-1], r.Posted, cpu, r.PeakMB, last(theirs))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(ours), "letters/s")
	b.ReportMetric(peak, "peak-MB")
	b.ReportMetric(cpu, "us-CPU/letter")
	if source != nil {
		b.ReportMetric(median(theirs), "smtp-source/s")
		b.ReportMetric(median(ratios), "x-smtp-source")
	}
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func last(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	return of[len(of)-1]
}

// benchSeed makes the database with its clients.
func benchSeed(b *testing.B, path string) {
	ctx := context.Background()
	store, err := db.OpenFile(ctx, path)
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
	h := furnish(b, store)
	domains := make([]string, 50)
	for i := range domains {
		domains[i] = fmt.Sprintf("d%02d.example", i)
	}
	h.crowd(benchClients, domains...)
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}

// benchSink starts smtp-sink and returns how to have smtp-source send to it; else mailtest and nil.
func benchSink(b *testing.B) (addr string, source func() float64) {
	sinkTool, sourceTool := postfixTool("smtp-sink"), postfixTool("smtp-source")
	if sinkTool == "" || sourceTool == "" {
		b.Log("no smtp-sink and smtp-source here (Debian: postfix): delivering to mailtest, without the comparison")
		s, err := mailtest.Start()
		if err != nil {
			b.Fatal(err)
		}
		s.Forget = true
		b.Cleanup(s.Close)
		return strings.TrimSuffix(strings.TrimPrefix(s.URL(), "smtp://"), "?tls=none"), nil
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr = free.Addr().String()
	_ = free.Close()
	args := []string{addr, "1024"}
	if os.Getuid() == 0 {
		args = append([]string{"-u", "nobody"}, args...)
	}
	sink := exec.Command(sinkTool, args...)
	sink.Dir = "/"
	if err := sink.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sink.Process.Kill(); _ = sink.Wait() })
	for range 100 {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return addr, func() float64 {
		begin := time.Now()
		out, err := exec.Command(sourceTool, "-d", "-s", "16", "-m", strconv.Itoa(benchClients), "-l", strconv.Itoa(benchBytes),
			"-f", "a@example.com", "-t", "b@example.com", addr).CombinedOutput()
		if err != nil {
			b.Fatalf("smtp-source: %v %s", err, out)
		}
		return benchClients / time.Since(begin).Seconds()
	}
}

func postfixTool(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	// Not on the path of whoever is not root.
	if path := "/usr/sbin/" + name; exec.Command(path).Err == nil {
		return path
	}
	return ""
}

// benchReport is what the courier's process says of a round.
type benchReport struct{ Seconds, Posted, PeakMB, CPU, Commits float64 }

const benchEnv = "PORCHLIGHT_BENCH_COURIER"

// benchCourier runs one round in a process of its own.
func benchCourier(b *testing.B, path, sink string) benchReport {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), benchEnv+"="+path+"|"+sink)
	child.Stderr = os.Stderr
	out, err := child.Output()
	var r benchReport
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil {
		b.Fatalf("the courier's process: %v %s", err, out)
	}
	return r
}

// benchChild is that process: it says so, and does its round, where the environment asks for it.
func benchChild() bool {
	path, sink, asked := strings.Cut(os.Getenv(benchEnv), "|")
	if !asked {
		return false
	}
	r, err := benchRound(path, sink)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

func benchRound(path, sink string) (r benchReport, err error) {
	ctx := context.Background()
	store, err := db.OpenFile(ctx, path)
	if err != nil {
		return r, err
	}
	h := &house{store: store}
	if err := h.reopen(ctx); err != nil {
		return r, err
	}
	h.now = time.Now().UTC().Truncate(time.Microsecond)
	var ids []clients.ID
	if err := store.Read.NewRaw("SELECT id FROM clients").Scan(ctx, &ids); err != nil {
		return r, err
	}
	text, err := h.heavy()
	if err != nil {
		return r, err
	}
	route, err := mail.OpenRoute("smtp://"+sink+"?tls=none", "localhost.localdomain", mail.Limits{})
	if err != nil {
		return r, err
	}
	permits, _, err := h.ledger.CheckAll(ctx, store.Read, h.jane.ID, ids, h.now)
	if err != nil {
		return r, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	courier := h.courierOf(route, benchWorkers)
	ended := make(chan error, 1)
	go func() { ended <- courier.Run(running) }()
	begin := time.Now()
	m, err := outbox.Post(ctx, store.Write, h.ledger, h.jane, permits, text, h.now)
	if err != nil {
		return r, err
	}
	r.Posted = time.Since(begin).Seconds()
	courier.Kick()
	for waiting := true; waiting; time.Sleep(20 * time.Millisecond) {
		err := store.Read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM letters WHERE state = 'ready' AND prio >= 0) OR EXISTS (SELECT 1 FROM letters WHERE state = 'sending')").Scan(&waiting)
		if err != nil {
			return r, err
		}
	}
	r.Seconds = time.Since(begin).Seconds()
	p, err := outbox.FindMailing(ctx, store.Read, h.jane.ID, m)
	if err != nil || p.Count[outbox.Sent] != benchClients {
		return r, fmt.Errorf("%v sent, %w", p.Count, err)
	}
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return r, err
	}
	r.PeakMB = float64(used.Maxrss) / 1024
	r.Commits = float64(metrics.GetOrCreateCounter("outbox_commits_total").Get())
	r.CPU = time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
	stop()
	if err := <-ended; err != nil {
		return r, err
	}
	return r, store.Close()
}
