package outside_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/app/fault"
	"porchlight/app/outside"
)

// TestMain lets the real client trust httptest's certificate the way a host would: by the system's own list.
func TestMain(m *testing.M) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	folder, err := os.MkdirTemp("", "outside")
	if err != nil {
		panic(err)
	}
	file := filepath.Join(folder, "roots.pem")
	err = os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600)
	server.Close()
	os.Setenv("SSL_CERT_FILE", file)
	os.Setenv("HTTPS_PROXY", "http://127.0.0.1:1") // whoever asked it would fail
	os.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	if err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

var here = netip.MustParsePrefix("127.0.0.1/32")

// serve answers on another loopback address than the one that is allowed where at is given.
func serve(t *testing.T, at string, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", at+":0")
	if err != nil {
		t.Skipf("no loopback address %s here: %v", at, err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.Listener.Close()
	s.Listener = listener
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func denied(t *testing.T, err error, words string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Denied {
		t.Fatalf("want a Denied fault, got %v", err)
	}
	if !strings.Contains(f.Say, words) {
		t.Errorf("%q says nothing of %q", f.Say, words)
	}
}

func TestAPageIsFetchedAndNoProxyIsAsked(t *testing.T) {
	s := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	answer, err := outside.Client(outside.Options{Inside: []netip.Prefix{here}}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); string(body) != "hello" {
		t.Errorf("got %q", body)
	}
}

func TestNothingInsideIsReachedByNameByNumberOrByRedirect(t *testing.T) {
	reached := false
	secret := serve(t, "127.0.0.2", func(http.ResponseWriter, *http.Request) { reached = true })
	door := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, secret.URL, http.StatusFound) })
	_, port, _ := net.SplitHostPort(secret.Listener.Addr().String())
	strict := outside.Client(outside.Options{})
	for _, address := range []string{secret.URL, "https://localhost:" + port, "https://[::1]:" + port, "https://[::ffff:127.0.0.2]:" + port, "https://0.0.0.0:" + port} {
		_, err := strict.Get(address)
		denied(t, err, "public internet")
	}
	_, err := outside.Client(outside.Options{Inside: []netip.Prefix{here}}).Get(door.URL)
	denied(t, err, "127.0.0.2, which is this machine itself")
	if reached {
		t.Error("the server inside was reached")
	}
}

func TestPlainHTTPIsOnlyForNetworksTheHostAllows(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	defer s.Close()
	answer, err := outside.Client(outside.Options{Inside: []netip.Prefix{here}}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	_, err = outside.Client(outside.Options{}).Get("http://192.31.196.7/") // of the public internet, never connected to
	denied(t, err, "https://")
	for _, scheme := range []string{"ftp://example.com/", "file:///etc/passwd", "gopher://example.com/"} {
		_, err := outside.Client(outside.Options{}).Get(scheme)
		denied(t, err, "https://")
	}
}

func TestWhatIsMeantForOneHostIsNotToldToAnother(t *testing.T) {
	var got http.Header
	stranger := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) { got = r.Header })
	to := stranger.URL
	first := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	})
	client := outside.Client(outside.Options{Inside: []netip.Prefix{here}})
	r, _ := http.NewRequest("GET", first.URL+"/?token=secret", nil)
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "User-Agent"} {
		r.Header.Set(name, "secret")
	}
	r.Header.Set("Accept", "image/*")
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if all := fmt.Sprint(got); strings.Contains(all, "secret") || got.Get("Accept") != "image/*" {
		t.Errorf("the other host was told %v", got)
	}
	_, err = client.PostForm(first.URL, url.Values{"client_secret": {"secret"}})
	denied(t, err, "does not hand it over")

	same := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			http.Redirect(w, r, "/b", http.StatusFound)
			return
		}
		got = r.Header
	})
	r, _ = http.NewRequest("GET", same.URL+"/a", nil)
	r.Header.Set("X-Api-Key", "secret")
	if answer, err = client.Do(r); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got.Get("X-Api-Key") != "secret" {
		t.Error("the same host's own redirect lost the header")
	}
}

func TestFiveRedirectsAreFollowedAndASixthIsNot(t *testing.T) {
	s := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		n := len(r.URL.Path) - 1
		if n > 0 {
			http.Redirect(w, r, "/"+strings.Repeat("x", n-1), http.StatusFound)
		}
	})
	client := outside.Client(outside.Options{Inside: []netip.Prefix{here}})
	answer, err := client.Get(s.URL + "/xxxxx")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	_, err = client.Get(s.URL + "/xxxxxx")
	denied(t, err, "more than 5")
}

func TestARequestEndsInItsTime(t *testing.T) {
	// The server must not go by the request's own end: it hears the client leave and would finish its answer in time to be read.
	over := make(chan struct{})
	s := serve(t, "127.0.0.1", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-over
	})
	t.Cleanup(func() { close(over) })
	answer, err := outside.Client(outside.Options{Inside: []netip.Prefix{here}, Timeout: 200 * time.Millisecond}).Get(s.URL)
	if err == nil {
		defer answer.Body.Close()
		_, err = io.ReadAll(answer.Body)
	}
	var late net.Error
	if !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("an answer that never ends: %v", err)
	}
}
