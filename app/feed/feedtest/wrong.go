package feedtest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

func writeJSON(w http.ResponseWriter, status int, out Record) {
	body, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// Fail answers with an OData error, its code a text.
func Fail(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, Record{"error": Record{"code": strconv.Itoa(status), "message": message}})
}

// Status answers with an OData error whose code is a number, as MLS Grid does, and more headers as name, value.
func Status(status int, message string, headers ...string) Wrong {
	return func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		writeJSON(w, status, Record{"error": Record{"code": status, "message": message}})
	}
}

// Say answers 200 with a body as it is.
func Say(kind, body string) Wrong {
	return func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(body))
	}
}

// HTML answers with a page for people.
var HTML = Say("text/html", "<!DOCTYPE html><title>Maintenance</title><p>We’ll be back.")

// CutOff answers well but hangs up in the middle, having promised more.
func CutOff(w http.ResponseWriter, _ *http.Request, well func(http.ResponseWriter)) {
	whole := record(well)
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
	_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
	panic(http.ErrAbortHandler)
}

// Ends answers well but stops in the middle as if that were all.
func Ends(w http.ResponseWriter, _ *http.Request, well func(http.ResponseWriter)) {
	whole := record(well)
	for name, values := range whole.Header() {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
}

// HangUp closes the connection without a word.
func HangUp(http.ResponseWriter, *http.Request, func(http.ResponseWriter)) {
	panic(http.ErrAbortHandler)
}

// Stall sends half an answer and then nothing more until the asker gives up; it is never finished properly, which an
// asker that is just leaving could still read as the answer's end.
func Stall(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
	_, _ = w.Write([]byte(`{"value":[`))
	_ = http.NewResponseController(w).Flush()
	select {
	case <-r.Context().Done():
	case <-time.After(30 * time.Second):
	}
	panic(http.ErrAbortHandler)
}

// Huge answers with so many bytes of homes, packed with gzip if bomb is set.
func Huge(size int64, bomb bool) Wrong {
	return func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		one := []byte(`{"ListingKey":"H1","City":"` + strings.Repeat("x", 1<<16) + `"},`)
		if bomb { // one member of gzip after another, each packed once
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(pack([]byte(`{"value":[`)))
			member := pack(bytes.Repeat(one, 16))
			for sent := int64(0); sent < size; sent += 16 * int64(len(one)) {
				if _, err := w.Write(member); err != nil {
					return
				}
			}
			return
		}
		_, _ = w.Write([]byte(`{"value":[`))
		for sent := int64(0); sent < size; sent += int64(len(one)) {
			if _, err := w.Write(one); err != nil {
				return
			}
		}
	}
}

func pack(text []byte) []byte {
	var packed bytes.Buffer
	packer := gzip.NewWriter(&packed)
	_, _ = packer.Write(text)
	_ = packer.Close()
	return packed.Bytes()
}

// Empty packs nothing into so many bytes of gzip: an unpacked size of zero that never ends.
func Empty(size int64) Wrong {
	return func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
		many := bytes.Repeat(pack(nil), 1000)
		w.Header().Set("Content-Encoding", "gzip")
		for sent := int64(0); sent < size; sent += int64(len(many)) {
			if _, err := w.Write(many); err != nil {
				return
			}
		}
	}
}

// Link answers well but with another link to the next page.
func Link(link string) Wrong {
	return func(w http.ResponseWriter, _ *http.Request, well func(http.ResponseWriter)) {
		var out Record
		if err := json.Unmarshal(record(well).Body.Bytes(), &out); err != nil {
			panic(fmt.Errorf("feedtest: %w", err))
		}
		out["@odata.nextLink"] = link
		writeJSON(w, http.StatusOK, out)
	}
}

// Redirect sends the asker elsewhere.
func Redirect(to string) Wrong {
	return func(w http.ResponseWriter, r *http.Request, _ func(http.ResponseWriter)) {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
	}
}

// record answers well, into memory and not packed.
func record(well func(http.ResponseWriter)) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	well(w)
	return w
}
