package reso

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// authorize returns the bearer token for a request. With client credentials (RFC 6749 §4.4) it is fetched when there is
// none or it is about to expire; Trestle's lives for eight hours and wants to be used that long.
func (c *Client) authorize(ctx context.Context) (string, error) {
	if c.o.TokenURL == "" {
		return c.o.Token, nil
	}
	c.mu.Lock()
	token, expires, basic := c.token, c.expires, c.basic
	c.mu.Unlock()
	if token != "" && c.o.Clock().Before(expires) {
		return token, nil
	}
	token, life, err := c.fetchToken(ctx, basic)
	if e, ok := err.(*Error); ok && !basic && (e.Status == 400 || e.Status == 401) {
		// The RFC makes the header the way every server must know, and the form the one that vendors describe.
		if token, life, err = c.fetchToken(ctx, true); err != nil {
			return "", e
		}
		basic = true
	}
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	c.token, c.expires, c.basic = token, c.o.Clock().Add(life), basic
	c.mu.Unlock()
	return token, nil
}

// expire forgets the token; it says whether another can be had.
func (c *Client) expire() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = ""
	return c.o.TokenURL != ""
}

func (c *Client) fetchToken(ctx context.Context, basic bool) (string, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Stall)
	defer cancel()
	form := url.Values{"grant_type": {"client_credentials"}}
	if c.o.Scope != "" {
		form.Set("scope", c.o.Scope)
	}
	if !basic {
		form.Set("client_id", c.o.ClientID)
		form.Set("client_secret", c.o.Secret)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.o.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, &Error{Say: "The token address can’t be read."}
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "Porchlight")
	if basic {
		request.SetBasicAuth(url.QueryEscape(c.o.ClientID), url.QueryEscape(c.o.Secret))
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", 0, c.broken(ctx, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxError))
	if err != nil {
		return "", 0, c.broken(ctx, err)
	}
	if response.StatusCode != http.StatusOK {
		return "", 0, c.noToken(response, readProblem(body))
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   any    `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.AccessToken == "" {
		return "", 0, &Error{Say: "The token address did not answer with a token."}
	}
	return answer.AccessToken, life(answer.ExpiresIn), nil
}

func (c *Client) noToken(response *http.Response, p problem) *Error {
	e := c.refused(response.StatusCode, p)
	switch status := response.StatusCode; {
	case status == 400 || status == 401 || status == 403:
		e.Say = "The feed gives no access token for this client id and secret."
		if said := c.words(p); said != "" {
			e.Say += " It says: “" + said + "”"
		}
	case status == 404 || status >= 300 && status < 400:
		e.Say = "The token address leads nowhere. Check it with your MLS."
	case status == 429:
		if at, ok := told(response.Header, 0, c.o.Clock()); ok {
			e.Until = at
		}
	}
	return e
}

// life is how long to use a token: a minute less than it lives, or half as long if that is short.
func life(expiresIn any) time.Duration {
	seconds := 1800.0
	switch v := expiresIn.(type) {
	case float64:
		seconds = v
	case string:
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			seconds = n
		}
	}
	seconds = min(max(seconds, 0), 7*24*3600)
	return time.Duration(max(seconds-60, seconds/2) * float64(time.Second))
}
