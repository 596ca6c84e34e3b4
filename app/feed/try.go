package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"porchlight/app/fault"
	"porchlight/app/reso"
)

// tryTime is how long somebody who presses Try waits at most.
const tryTime = 20 * time.Second

// Try asks the feed for one record with these settings, for the form: what the vendor answers, in words. Secrets left empty
// are those that are stored, but for another host. Faults: Invalid (root, token_url, secret and the other names of Save).
func (r *Runner) Try(ctx context.Context, s Settings) (say string, err error) {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	s, form := s.checked()
	var old row
	old.Settings = "{}"
	if s.ID != 0 {
		if old, err = find(ctx, r.o.Read, s.ID); err != nil {
			return "", err
		}
	}
	locked, err := s.merge(r.o.Vault, old, form)
	if err != nil {
		return "", err
	}
	if err := form.Err(); err != nil {
		return "", err
	}
	secrets, err := r.o.Vault.unlock(locked)
	if err != nil {
		return "", err
	}
	s.Secret, s.Headers = secrets.Secret, secrets.Headers
	o := s.options()
	o.HTTP, o.Clock, o.Tries = r.http, r.clock, 1
	client, err := reso.New(o)
	if err != nil {
		return "", err
	}
	return try(ctx, client, s)
}

func try(ctx context.Context, client *reso.Client, s Settings) (string, error) {
	var form fault.Form
	d := s.dialect()
	page := &gathered{}
	began := time.Now()
	answer, err := client.Page(ctx, client.URL(d.path, reso.Query{Filter: s.Filter, Size: 1}), 1, page)
	var e *reso.Error
	switch f := fault.As(err); {
	case err == nil:
	case errors.As(err, &e):
		switch {
		case e.Status == 401 || e.Status == 403:
			form.Add("secret", "%s", e.Say)
		case e.Status == 400 && s.Filter != "":
			form.Add("filter", "%s", e.Say)
		default:
			form.Add("root", "%s", e.Say)
		}
	case f != nil && f.Kind == fault.Denied:
		form.Add("root", "%s", f.Say)
	case errors.Is(err, context.DeadlineExceeded):
		form.Add("root", "The feed did not answer within %d seconds.", tryTime/time.Second)
	default:
		return "", fmt.Errorf("feed: try: %w", err)
	}
	if err := form.Err(); err != nil {
		return "", err
	}
	took := fmt.Sprintf("%.1f seconds", time.Since(began).Seconds())
	if answer.Records == 0 {
		return "The feed answered in " + took + ", but with no home. If it should have some, look at the filter.", nil
	}
	home, _ := Convert(func(field string) (any, bool) { value, ok := page.records[0][field]; return value, ok })
	place := strings.Trim(home.UnparsedAddress+", "+home.City, ", ")
	if place == "" || !home.InternetAddressDisplayYN {
		place = "number " + home.ListingId
	}
	return fmt.Sprintf("The feed answered in %s. One of its homes: %s (%s).", took, place, home.StandardStatus), nil
}

// Check sees that the settings' addresses don't lead inside, before they are saved: Save itself makes no connection. Faults:
// Invalid (root, token_url).
func (r *Runner) Check(ctx context.Context, s Settings) error {
	ctx, cancel := context.WithTimeout(ctx, tryTime/2)
	defer cancel()
	var form fault.Form
	for _, one := range [][2]string{{"root", s.Root}, {"token_url", s.TokenURL}} {
		request, err := http.NewRequestWithContext(ctx, http.MethodHead, one[1], nil)
		if err != nil || one[1] == "" {
			continue // Save says so
		}
		response, err := r.http.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		if f := fault.As(err); f != nil && f.Kind == fault.Denied {
			form.Add(one[0], "%s", f.Say)
		}
	}
	return form.Err()
}
