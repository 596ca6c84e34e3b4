// Package feedtest is a RESO Web API server for tests: it listens on a real socket of 127.0.0.1, serves the records it
// was given as each vendor would, and misbehaves as told. It promises to answer what was asked by OData's rules (filter,
// order, select, expand, paging), so that what a walk brings home can be compared with what is here.
package feedtest

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Record is one record by field. Its key is in the field named by its resource: ListingKey, MediaKey, OpenHouseKey …
type Record = map[string]any

// keys name each resource's key.
var keys = map[string]string{"Property": "ListingKey", "Media": "MediaKey", "OpenHouse": "OpenHouseKey", "Member": "MemberKey", "Office": "OfficeKey"}

// Paging is how the next page is named.
type Paging int

// The ways of paging.
const (
	Skip     Paging = iota // nextLink with $skip; when the total divides by the page size the last page is empty
	Opaque                 // nextLink with a token that says nothing, forgotten when the server is told so
	Relative               // nextLink relative to the service root's folder
	Raw                    // nextLink with spaces and quotes as they are
	Header                 // a Link header, as Bridge's replication endpoint does, at /Property/replication too
)

// Server is a running server. Set its fields before requests come.
type Server struct {
	Paging      Paging
	Size, Most  int             // of a page: where nothing is asked, and at most; 0: 100 and 2,000
	Token       string          // bearer token; empty: nobody is asked for one
	ClientID    string          // with Secret: client credentials at /token
	Secret      string          //
	TokenLasts  int             // requests that one access token of /token is good for; 0: all
	Numbers     bool            // numbers come as strings
	NoMetadata  bool            // $metadata is not there
	NoExpand    bool            // $expand is refused with 400
	NoSelect    bool            // $select is refused with 400
	NoOrder     bool            // $orderby is refused with 400
	Strict      bool            // a field nobody has in $select is refused with 400
	Missing     map[string]bool // resources that answer 404
	OnRequest   func(n int, r *http.Request)
	Instead     func(r *http.Request) Wrong // what goes wrong with this request for data; nil: nothing
	Clock       func() time.Time
	Gzip        bool // pack every answer that may be
	NeedGzip    bool // refuse who does not offer gzip, as MLS Grid does
	MoreHeaders http.Header

	listener net.Listener
	server   *http.Server
	done     chan struct{}

	mu      sync.Mutex
	records map[string][]Record // by resource, in the order they came
	files   map[string]file
	script  []Wrong
	asked   []Asked
	tokens  map[string]int // access tokens to requests served
	issued  int
	pages   map[string]string // opaque tokens
}

// Asked is one request as it came.
type Asked struct {
	Method, Path, Query string
	Header              http.Header
}

type file struct {
	kind    string
	content []byte
}

// Start runs a server on a free port of 127.0.0.1. Close it.
func Start() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("feedtest: %w", err)
	}
	s := &Server{listener: listener, records: map[string][]Record{}, files: map[string]file{}, tokens: map[string]int{}, pages: map[string]string{}, done: make(chan struct{})}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(listener)
	}()
	return s, nil
}

// Close stops the server.
func (s *Server) Close() {
	_ = s.server.Close()
	<-s.done
}

// Root is the service root; TokenURL is where access tokens are had.
func (s *Server) Root() string { return s.base() + "/odata" }

// TokenURL is where client credentials get an access token.
func (s *Server) TokenURL() string { return s.base() + "/token" }

func (s *Server) base() string { return "http://" + s.listener.Addr().String() }

// Put adds records to a resource, or replaces those with their keys.
func (s *Server) Put(resource string, records ...Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.records[resource]
	at := make(map[any]int, len(all))
	for i, r := range all {
		at[r[keys[resource]]] = i
	}
	for _, r := range records {
		key := r[keys[resource]]
		if i, known := at[key]; known && key != nil {
			all[i] = r
			continue
		}
		at[key] = len(all)
		all = append(all, r)
	}
	s.records[resource] = all
}

// Append adds records as they are, also a second one with the same key.
func (s *Server) Append(resource string, records ...Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[resource] = append(s.records[resource], records...)
}

// Change sets fields of one record.
func (s *Server) Change(resource, key string, fields Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.records[resource] {
		if fmt.Sprint(r[keys[resource]]) == key {
			changed := maps.Clone(r)
			maps.Copy(changed, fields)
			s.records[resource][i] = changed
		}
	}
}

// Each changes every record of a resource: a mass bump of timestamps.
func (s *Server) Each(resource string, change func(Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range s.records[resource] {
		changed := maps.Clone(r)
		change(changed)
		s.records[resource][i] = changed
	}
}

// Vanish takes records away without a word, as most feeds do.
func (s *Server) Vanish(resource string, gone ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[resource] = slices.DeleteFunc(s.records[resource], func(r Record) bool {
		return slices.Contains(gone, fmt.Sprint(r[keys[resource]]))
	})
}

// Serve serves a file at a path, and returns its URL: a photo.
func (s *Server) Serve(path, kind string, content []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = file{kind, content}
	return s.base() + path
}

// Wrong is what the server does once instead of answering well.
type Wrong func(w http.ResponseWriter, r *http.Request, well func(http.ResponseWriter))

// Next lets the next requests for data go wrong, one each; nil is good behaviour.
func (s *Server) Next(wrongs ...Wrong) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append(s.script, wrongs...)
}

// Forget makes opaque links and access tokens worthless, as a restart does.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.pages)
	clear(s.tokens)
}

// Requests are all requests so far; those for data only if data is set.
func (s *Server) Requests(data bool) []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Asked
	for _, a := range s.asked {
		if !data || isData(a.Path) {
			all = append(all, a)
		}
	}
	return all
}
