package feedtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

func isData(path string) bool {
	return strings.HasPrefix(path, "/odata/") && !strings.HasSuffix(path, "$metadata")
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, Asked{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone()})
	n := len(s.asked)
	var wrong Wrong
	if isData(r.URL.Path) && len(s.script) > 0 {
		wrong, s.script = s.script[0], s.script[1:]
	}
	content, isFile := s.files[r.URL.Path]
	s.mu.Unlock()
	if s.OnRequest != nil {
		s.OnRequest(n, r)
	}
	if wrong == nil && s.Instead != nil && isData(r.URL.Path) {
		wrong = s.Instead(r)
	}
	if s.Clock != nil {
		w.Header().Set("Date", s.Clock().UTC().Format(http.TimeFormat))
	}
	for name, values := range s.MoreHeaders {
		w.Header()[name] = values
	}
	switch {
	case isFile:
		w.Header().Set("Content-Type", content.kind)
		_, _ = w.Write(content.content)
	case r.URL.Path == "/token":
		s.giveToken(w, r)
	case wrong != nil:
		wrong(w, r, func(w http.ResponseWriter) { s.answer(w, r) })
	default:
		s.answer(w, r)
	}
}

// giveToken is the client credentials grant (RFC 6749 §4.4), the credentials in the form.
func (s *Server) giveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.FormValue("grant_type") != "client_credentials" || r.FormValue("client_id") != s.ClientID || r.FormValue("client_secret") != s.Secret {
		writeJSON(w, http.StatusBadRequest, Record{"error": "invalid_client", "error_description": "Unknown client " + r.FormValue("client_secret")})
		return
	}
	s.mu.Lock()
	s.issued++
	token := fmt.Sprintf("access-token-%d", s.issued)
	s.tokens[token] = 0
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, Record{"access_token": token, "expires_in": 28800, "token_type": "Bearer"})
}

// Issued is how many access tokens were given out.
func (s *Server) Issued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issued
}

func (s *Server) allowed(r *http.Request) bool {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if s.Secret == "" {
		return s.Token == "" || token == s.Token
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	served, known := s.tokens[token]
	if !known || s.TokenLasts > 0 && served >= s.TokenLasts {
		return false
	}
	s.tokens[token]++
	return true
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	resource, found := strings.CutPrefix(r.URL.Path, "/odata/")
	resource = strings.TrimSuffix(resource, "/replication")
	switch {
	case s.NeedGzip && !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
		Fail(w, http.StatusBadRequest, "Accept-Encoding: gzip is required.")
	case !s.allowed(r):
		Fail(w, http.StatusUnauthorized, "The token is no good.")
	case resource == "$metadata" && !s.NoMetadata:
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write(s.edmx())
	case !found || keys[resource] == "" || s.Missing[resource]:
		Fail(w, http.StatusNotFound, "No resource "+resource+".")
	default:
		s.collection(w, r, resource)
	}
}

func (s *Server) collection(w http.ResponseWriter, r *http.Request, resource string) {
	query, err := s.query(r)
	if err == nil {
		err = s.refuse(resource, query)
	}
	var all []Record
	if err == nil {
		all, err = s.find(resource, query)
	}
	if err != nil {
		Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	most := s.Most
	if most == 0 {
		most = 2000
	}
	size := s.Size
	if size == 0 {
		size = 100
	}
	if n, err := strconv.Atoi(query.Get("$top")); err == nil {
		size = min(n, most)
	}
	for _, preference := range r.Header.Values("Prefer") {
		if n, err := strconv.Atoi(strings.TrimPrefix(preference, "odata.maxpagesize=")); err == nil {
			size = min(n, most)
		}
	}
	skip, _ := strconv.Atoi(query.Get("$skip"))
	page := all[min(skip, len(all)):min(skip+size, len(all))]
	out := Record{"@odata.context": s.Root() + "/$metadata#" + resource, "value": s.dress(resource, page, query)}
	if query.Get("$count") == "true" {
		out["@odata.count"] = len(all)
	}
	// A full page has a next one, even if that turns out to be empty: as the reference server does.
	if len(page) == size && size > 0 {
		s.link(w, r, out, query, skip+size)
	}
	s.write(w, r, out)
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, out Record) {
	body, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json;odata.metadata=minimal")
	w.Header().Set("OData-Version", "4.0")
	if s.Gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body = pack(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// query reads what is asked; a token stands for all of it.
func (s *Server) query(r *http.Request) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if token := values.Get("page"); token != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		kept, known := s.pages[token]
		if !known {
			return nil, fmt.Errorf("the link has expired")
		}
		return url.ParseQuery(kept)
	}
	return values, nil
}

// link names the next page.
func (s *Server) link(w http.ResponseWriter, r *http.Request, out Record, query url.Values, skip int) {
	query.Set("$skip", strconv.Itoa(skip))
	address := s.base() + r.URL.Path + "?" + query.Encode()
	switch s.Paging {
	case Opaque:
		s.mu.Lock()
		token := fmt.Sprintf("p%d-%d", len(s.pages), skip)
		s.pages[token] = query.Encode()
		s.mu.Unlock()
		address = s.base() + r.URL.Path + "?page=" + token
	case Relative:
		address = r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:] + "?" + query.Encode()
	case Raw:
		var parts []string
		for name, values := range query {
			parts = append(parts, name+"="+values[0])
		}
		address = s.base() + r.URL.Path + "?" + strings.Join(parts, "&")
	case Header:
		w.Header().Add("Link", "<"+s.base()+"/first>; rel=\"first\", <"+address+"&access_token=leaked>; rel=\"next\"")
		return
	}
	out["@odata.nextLink"] = address
}
