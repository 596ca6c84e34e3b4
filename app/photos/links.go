package photos

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"

	"porchlight/app/listings"
)

// maxHosts is how many hosts a feed's linked photos may be on: each is named in a header of every page of homes.
const maxHosts = 20

// hostName is what may stand in a Content-Security-Policy without being able to say anything else there.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[0-9]{1,5})?$`)

// LinkedHosts are the hosts of the photos that pages show from the feeds' own addresses, for the pages'
// Content-Security-Policy.
func (c *Cache) LinkedHosts(ctx context.Context) ([]string, error) {
	var hosts []string
	if err := c.o.Read.NewRaw("SELECT DISTINCT host FROM photo_hosts ORDER BY host").Scan(ctx, &hosts); err != nil {
		return nil, fmt.Errorf("photos: hosts: %w", err)
	}
	return hosts, nil
}

// allow writes down the hosts that a home's links need and returns those allowed to the feed.
func (c *Cache) allow(ctx context.Context, t *task) ([]string, error) {
	var hosts []string
	if err := c.o.Read.NewRaw("SELECT host FROM photo_hosts WHERE feed_id = ?", t.FeedID).Scan(ctx, &hosts); err != nil {
		return nil, fmt.Errorf("photos: hosts of feed %d: %w", t.FeedID, err)
	}
	for _, m := range t.media {
		host := linkHost(m.MediaURL)
		if host == "" || slices.Contains(hosts, host) || len(hosts) >= maxHosts {
			continue
		}
		if _, err := c.o.Write.NewRaw("INSERT INTO photo_hosts (feed_id, host) VALUES (?, ?) ON CONFLICT DO NOTHING", t.FeedID, host).Exec(ctx); err != nil {
			return nil, fmt.Errorf("photos: hosts of feed %d: %w", t.FeedID, err)
		}
		hosts = append(hosts, host)
	}
	return hosts, nil
}

// linkHost is the host of an address that a page may link, else "".
func linkHost(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.User != nil || len(address) > 2000 || !hostName.MatchString(u.Host) {
		return ""
	}
	return u.Host
}

// link is the row of a photo that stays where it is.
func link(m listings.Media, hosts []string) listings.Photo {
	host := linkHost(m.MediaURL)
	p := listings.Photo{MediaKey: m.MediaKey, State: linked, File: m.MediaURL}
	switch {
	case host == "":
		p.State, p.File, p.Say, p.Tries = failed, "", "The feed’s address of this photo is none that a page may link: it must be on a named https server.", maxTries
	case !slices.Contains(hosts, host):
		p.State, p.File, p.Say, p.Tries = failed, "", fmt.Sprintf("The feed’s photos are on more than %d servers.", maxHosts), maxTries
	}
	return p
}
