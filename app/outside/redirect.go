package outside

import (
	"net/http"

	"porchlight/app/fault"
)

// hops is how many redirects are followed.
const hops = 5

// redirect decides about following one. Go's own client drops Authorization and Cookie only, keeps them for subdomains and
// repeats a body on 307 and 308; feeds carry their key in other headers too (MLS Grid's User-Agent) and in a form's body
// (OAuth2), so away from the first origin nothing goes along.
func redirect(r *http.Request, via []*http.Request) error {
	if len(via) > hops {
		return fault.New(fault.Denied, "This address leads from one to another and on, more than %d times.", hops)
	}
	first := origin(via[0])
	away := origin(r) != first
	for _, earlier := range via {
		away = away || origin(earlier) != first
	}
	if !away {
		return nil
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return fault.New(fault.Denied, "This address sends what was meant for %s on to %s. Porchlight does not hand it over.", via[0].URL.Host, r.URL.Host)
	}
	kept := http.Header{"User-Agent": {"Porchlight"}}
	if accept := r.Header.Values("Accept"); accept != nil {
		kept["Accept"] = accept
	}
	r.Header = kept
	return nil
}

func origin(r *http.Request) string { return r.URL.Scheme + "://" + r.URL.Host }
