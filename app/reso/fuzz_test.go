package reso_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"porchlight/app/feed/feedtest"
	"porchlight/app/reso"
)

// answer is a transport that always answers the same.
type answer struct {
	body   []byte
	header http.Header
}

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header, Body: closer{bytes.NewReader(a.body)}, ContentLength: -1, Request: r}, nil
}

type closer struct{ *bytes.Reader }

func (closer) Close() error { return nil }

// FuzzAnswer wants of any answer: a page or a sentence, no more records than there are, and a next link to the same host.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"value":[{"ListingKey":"1"},{"ListingKey":2}],"@odata.nextLink":"https://reso.example/odata/Property?$skip=2"}`, `{"value":[]}`, `{"value":null}`, `[]`, `null`, ``, `{`, `{"value":[{}`, `{"value":[1,"x",null]}`,
		"\ufeff{\"value\":[]}", `<html>`, `{"error":{"code":1,"message":{"value":"x"}}}`, `{"error":"x","error_description":"y"}`, `{"value":[],"value":[{}]}`, `{"value":[]} x`, `{"@odata.nextLink":"//evil.example","value":[]}`,
		`{"@odata.nextLink":"\\\\evil.example\\x","value":[{"a":{"b":[[]]}}]}`, `{"@odata.nextLink":"?a b='c'%zz","value":[]}`, `{"@odata.nextLink":7,"value":[]}`, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff",
	} {
		f.Add([]byte(seed), "", false)
	}
	f.Add([]byte(`{"value":[]}`), `<https://reso.example/odata?x>; rel="next"`, false)
	f.Add([]byte(`{"value":[]}`), `<<>>;;,,rel=next`, true)
	f.Fuzz(func(t *testing.T, body []byte, link string, packed bool) {
		header := http.Header{}
		if link != "" {
			header.Set("Link", link)
		}
		if packed {
			header.Set("Content-Encoding", "gzip")
		}
		client, err := reso.New(reso.Options{Root: "https://reso.example/odata", Tries: 1, HTTP: &http.Client{Transport: answer{body, header}}, Clock: (&clock{now: noon}).Now})
		if err != nil {
			t.Fatal(err)
		}
		var got keys
		page, err := client.Page(t.Context(), client.URL("Property", reso.Query{}), 0, &got)
		var e *reso.Error
		if err != nil {
			if !errors.As(err, &e) || e.Say == "" {
				t.Errorf("no sentence: %v", err)
			}
			return
		}
		if len(got) != page.Records {
			t.Errorf("%d records, told of %d", page.Records, len(got))
		}
		if page.Next != "" && !strings.HasPrefix(page.Next, "https://reso.example/") {
			t.Errorf("next: %q", page.Next)
		}
		if _, err := http.NewRequest(http.MethodGet, page.Next, nil); err != nil || strings.ContainsAny(page.Next, " \t\r\n\"<>") {
			t.Errorf("next: %q %v", page.Next, err)
		}
		if !packed && !json.Valid(bytes.TrimPrefix(body, []byte("\ufeff"))) {
			t.Errorf("taken for JSON: %q", body)
		}
	})
}

func FuzzMetadata(f *testing.F) {
	server, err := feedtest.Start()
	if err != nil {
		f.Fatal(err)
	}
	defer server.Close()
	server.Put("Property", feedtest.Homes(1, noon)...)
	response, err := http.Get(server.Root() + "/$metadata")
	if err != nil {
		f.Fatal(err)
	}
	var seed bytes.Buffer
	_, _ = seed.ReadFrom(response.Body)
	_ = response.Body.Close()
	f.Add(seed.Bytes())
	f.Add([]byte(`<EntityType Name="Property" BaseType="Property"><Property Name="ListingKey"/></EntityType>`))
	f.Add([]byte(`<html><body>no`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := reso.ReadMetadata(bytes.NewReader(text))
		if err != nil {
			return
		}
		known := m.Known("Property", []string{"ListingKey", "Nonsense"})
		if len(known) > 0 && !m.Has("Property") {
			t.Error("fields of what there is not")
		}
	})
}

func TestMetadataTellsFieldsAndWhatTheyBring(t *testing.T) {
	r := start(t, 1, nil)
	m, err := r.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Known("Property", []string{"ListPrice", "Nonsense", "City"}); len(got) != 2 || !m.Has("Media") || m.Has("Lookup") || !m.Expands("Property", "Media") || m.Expands("Media", "Property") {
		t.Errorf("%v", got)
	}
	for _, wrong := range []string{"<html><p>no", "", "{}", "<EntityType Name='x'"} {
		if _, err := reso.ReadMetadata(strings.NewReader(wrong)); err == nil {
			t.Errorf("%q is no metadata", wrong)
		}
	}
}
