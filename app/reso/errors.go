package reso

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode"

	"porchlight/app/fault"
)

// Error is what a feed answered that is no data, or why there was no answer: a sentence without a secret in it.
type Error struct {
	Say    string
	Status int       // HTTP status; 0: none, or not the reason
	Until  time.Time // with 429: when it may be asked again, where the feed says so
	Link   bool      // the next link is what can't be followed

	again bool     // it may pass
	said  *problem // what the feed says, not yet in Say

	unreached bool
}

func (e *Error) Error() string { return "reso: " + e.Say }

// Refused says that the feed understood the request and will not do it: a resource or an option it does not have.
func (e *Error) Refused() bool {
	switch e.Status {
	case 400, 403, 404, 405, 406, 410, 414, 422, 501:
		return true
	}
	return false
}

// Unreached says that there was no answer at all: no such host, no connection, no word in time.
func (e *Error) Unreached() bool { return e.unreached }

// problem is the body of an answer that is no success: OData's, or RFC 6749's §5.2 of a token endpoint.
type problem struct {
	code, message string
}

// readProblem finds code and message in a body; the code may be a number, and the error a text.
func readProblem(body []byte) problem {
	var outer map[string]any
	if json.Unmarshal(body, &outer) != nil {
		return problem{}
	}
	p := problem{message: text(outer["error_description"])}
	if p.message == "" {
		p.message = text(outer["message"])
	}
	switch inner := outer["error"].(type) {
	case map[string]any:
		p.code, p.message = text(inner["code"]), text(inner["message"])
		if nested, ok := inner["message"].(map[string]any); ok { // OData 2
			p.message = text(nested["value"])
		}
	case string:
		p.code = inner
	}
	return p
}

func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// words is a problem as part of a sentence: at most 300 characters, in one line, without our secrets.
func (c *Client) words(p problem) string {
	said := p.message
	if said == "" {
		said = p.code
	}
	return c.plain(said, 300)
}

// plain takes what a feed said apart from what could steer a page or a terminal, and from every secret of ours.
func (c *Client) plain(said string, most int) string {
	said = strings.ToValidUTF8(said, "\ufffd")
	for _, secret := range c.secrets() {
		said = strings.ReplaceAll(said, secret, "…")
	}
	said = strings.Join(strings.FieldsFunc(said, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }), " ")
	if runes := []rune(said); len(runes) > most {
		said = string(runes[:most]) + "…"
	}
	return said
}

func (c *Client) secrets() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, secret := range []string{c.o.Token, c.o.Secret, c.token} {
		if len(secret) >= 4 {
			all = append(all, secret)
		}
	}
	for _, value := range c.o.Headers {
		if len(value) >= 4 {
			all = append(all, value)
		}
	}
	return all
}

// refused words an HTTP status.
func (c *Client) refused(status int, p problem) *Error {
	e := &Error{Status: status}
	switch {
	case status == 401 && c.o.TokenURL != "":
		e.Say = "The feed does not accept the access token it was asked for with the client id and secret."
	case status == 401:
		e.Say = "The feed does not accept the token."
	case status == 403:
		e.Say = "The feed does not allow this with these credentials."
	case status == 404:
		e.Say = "The feed has nothing at this address."
	case status == 429:
		e.Say, e.again = "The feed has been asked too often.", true
	case status >= 300 && status < 400:
		e.Say = "The feed sends us on to another host. Type the address it moved to as the service root."
	case status >= 500 && status != 501:
		e.Say, e.again = fmt.Sprintf("The feed is out of order (status %d).", status), true
	default:
		e.Say = fmt.Sprintf("The feed refuses the request (status %d).", status)
	}
	if said := c.words(p); said != "" {
		e.Say += " It says: “" + said + "”"
	}
	return e
}

// broken words a request that got no answer. The cause is not kept: net/http puts the whole URL into it.
func (c *Client) broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f := fault.As(err); f != nil { // package outside refuses
		return f
	}
	e := &Error{again: true, unreached: true}
	var lookup *net.DNSError
	var wait net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &lookup):
		e.Say = "There is no host of the name " + c.plain(lookup.Name, 100) + ", or its name can’t be looked up now."
	case errors.As(err, &certificate):
		e.Say, e.again = "The feed’s certificate can’t be trusted.", false
	case errors.As(err, &wait) && wait.Timeout():
		e.Say = "The feed did not answer in time."
	default:
		e.Say = "There is no connection to the feed."
	}
	return e
}
