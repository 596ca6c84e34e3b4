package web_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
)

// serve lets the house answer on a real socket.
func (h *house) serve() string {
	h.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	h.serveOn(listener)
	return listener.Addr().String()
}

// serveOn is serve on a socket that is open already.
func (h *house) serveOn(listener net.Listener) {
	done := make(chan error, 1)
	go func() { done <- h.server.App().Listener(listener) }()
	h.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := h.server.Shutdown(ctx); err != nil {
			h.t.Error(err)
		}
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
}

func TestPackedBody(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	var bomb bytes.Buffer
	pack := gzip.NewWriter(&bomb)
	for range 64 {
		if _, err := pack.Write(bytes.Repeat([]byte("name=A&"), 1<<17)); err != nil {
			t.Fatal(err)
		}
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	for _, encoding := range []string{"gzip", "deflate", "br", "zstd", "identity, gzip"} {
		r := httptest.NewRequest(http.MethodPost, "/settings/profile", bytes.NewReader(bomb.Bytes()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Content-Encoding", encoding)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.do(r).wants(t, http.StatusUnsupportedMediaType, "without compression")
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
			t.Errorf("%s: %d MB taken for a body that unpacks to 56 MB", encoding, grown>>20)
		}
	}
}

func TestHugeBody(t *testing.T) {
	h := open(t)
	address := h.serve()
	const size = 100 << 20
	for name, head := range map[string]string{
		"with its length said": fmt.Sprintf("Content-Length: %d\r\n", size),
		"in chunks":            "Transfer-Encoding: chunked\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			fmt.Fprintf(connection, "POST /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nContent-Type: application/x-www-form-urlencoded\r\n%s\r\n", head)
			go func() {
				block := bytes.Repeat([]byte("a"), 64<<10)
				if name == "in chunks" {
					block = append(append([]byte("10000\r\n"), block...), "\r\n"...)
				}
				for sent := 0; sent < size; sent += 64 << 10 {
					if _, err := connection.Write(block); err != nil {
						return // refused and closed, as it should be
					}
				}
			}()
			if err := connection.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
			runtime.ReadMemStats(&after)
			if err == nil { // else the connection was reset before the answer could be read: refused as well
				body, _ := io.ReadAll(answer.Body)
				if answer.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "Too large") {
					t.Errorf("%s %s", answer.Status, body)
				}
				if answer.Header.Get("Content-Security-Policy") == "" {
					t.Error("the error page has no Content-Security-Policy")
				}
			} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Error("neither answered nor closed")
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 24<<20 {
				t.Errorf("%d MB taken", grown>>20)
			}
		})
	}
	t.Run("and the next visitor is served", func(t *testing.T) {
		answer, err := http.Get("http://" + address + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Error(answer.Status)
		}
	})
}

func TestSlowClient(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the server's patience to end")
	}
	t.Parallel()
	h := open(t)
	address := h.serve()
	for name, start := range map[string]string{
		"header": "GET /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nX-Slow: ",
		"body":   "POST /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			connection, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			if _, err := io.WriteString(connection, start); err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			defer close(stop)
			go func() { // a byte now and then must not buy more time
				tick := time.NewTicker(500 * time.Millisecond)
				defer tick.Stop()
				for {
					select {
					case <-stop:
						return
					case <-tick.C:
						if _, err := connection.Write([]byte("a")); err != nil {
							return
						}
					}
				}
			}()
			if err := connection.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(connection)
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Errorf("still open after 30 s: %q", answer)
			}
			if strings.HasPrefix(string(answer), "HTTP/1.1 200") {
				t.Errorf("answered %q", answer)
			}
		})
	}
}

func TestOddRequests(t *testing.T) {
	h := open(t)
	h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	address := h.serve()
	for name, c := range map[string]struct {
		request string
		status  int
	}{
		"an unknown page":         {"GET /nowhere HTTP/1.1\r\nHost: porchlight.test\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		"a method a page lacks":   {"DELETE /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		"a way out of the folder": {"GET /static/../../go.mod HTTP/1.1\r\nHost: porchlight.test\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		"a coded way out":         {"GET /static/%2e%2e%2f%2e%2e%2fgo.mod HTTP/1.1\r\nHost: porchlight.test\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		"a zero byte":             {"GET /clients/%00 HTTP/1.1\r\nHost: porchlight.test\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		"no HTTP at all":          {"hello\r\n\r\n", http.StatusBadRequest},
		"a giant header":          {"GET /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nX: " + strings.Repeat("a", 40<<10) + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"metrics without token":   {"GET /metrics HTTP/1.1\r\nHost: porchlight.test\r\nConnection: close\r\n\r\n", http.StatusNotFound},
		"a page asked by HEAD":    {"HEAD /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nConnection: close\r\n\r\n", http.StatusOK},
		"a body that is no form":  {"POST /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", http.StatusForbidden},
		"a broken multipart form": {"POST /sign-in HTTP/1.1\r\nHost: porchlight.test\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\nConnection: close\r\n\r\n--x\r\n", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			connection, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			if _, err := io.WriteString(connection, c.request); err != nil {
				t.Fatal(err)
			}
			answer, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: strings.Fields(c.request)[0]})
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != c.status {
				t.Errorf("%s, want %d\n%s", answer.Status, c.status, body)
			}
			if answer.Header.Get("Content-Security-Policy") == "" || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers %v", answer.Header)
			}
			for _, leak := range []string{"goroutine", ".go:", "fasthttp", "panic"} {
				if strings.Contains(string(body), leak) {
					t.Errorf("tells %q:\n%s", leak, body)
				}
			}
		})
	}
}

// requestName is the random name of a request, on a page and in a line, in which any three letters can stand.
var requestName = regexp.MustCompile(`(<code>|\()[A-Z2-7]{10}(</code>|\))`)

func TestUnforeseenError(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	if _, err := h.store.Write.ExecContext(t.Context(), "ALTER TABLE notices RENAME TO notices_gone"); err != nil {
		t.Fatal(err)
	}
	page := b.Get("/")
	page.wants(t, http.StatusInternalServerError, "That did not work", "Request <code>", "oops")
	page.Body = requestName.ReplaceAllString(page.Body, "")
	page.lacks(t, "notices", "SQL", ".go")
	line := b.HTMX().Post("/notices/1/dismissal")
	line.wants(t, http.StatusInternalServerError, "That did not work", `role="alert"`)
	line.Body = requestName.ReplaceAllString(line.Body, "")
	line.lacks(t, "<html", "SQL", "no such table")
	if line.Header.Get("HX-Retarget") != "#flash" || line.Header.Get("HX-Reswap") != "innerHTML" {
		t.Errorf("%v", line.Header)
	}
}
