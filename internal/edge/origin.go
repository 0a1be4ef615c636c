package edge

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// page is what kind of page a WebSocket was opened by. Browsers ask nobody's leave before they open one to another site,
// and send the cookies along; all that tells is the Origin header, which a page cannot leave out or make up.
type page int

const (
	noPage      page = iota // Not a browser: it sent no Origin.
	ownPage                 // One of the gateway's.
	allowedPage             // One of AllowedOrigins.
	otherPage
)

// openedBy tells which page opened the WebSocket.
func (e *edge) openedBy(r *http.Request) page {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		switch r.Header.Get("Sec-Fetch-Site") {
		case "", "none", "same-origin":
			return noPage
		default: // A browser after all, whose Origin was lost on the way.
			return otherPage
		}
	}
	origin, ok := readOrigin(origins[0])
	switch {
	case !ok || len(origins) > 1:
		return otherPage
	case e.isOwn(origin, r.Host):
		return ownPage
	case slices.Contains(e.AllowedOrigins, originOf(origin)):
		return allowedPage
	default:
		return otherPage
	}
}

// isOwn holds for the origin of PublicURL, and for that of the name that the request came by: a gateway in a network of
// one's own has several. Under PublicURL's name the scheme has to be right too, because a page by plain http can have been
// written by anyone on the way.
func (e *edge) isOwn(origin *url.URL, host string) bool {
	if e.publicURL != nil && origin.Host == hostOf(e.publicURL.Scheme, e.publicURL.Host) {
		return origin.Scheme == e.publicURL.Scheme
	}
	return origin.Host == hostOf(origin.Scheme, host)
}

// readOrigin reads an Origin header. "null", which sandboxed pages and files send, is none.
func readOrigin(text string) (*url.URL, bool) {
	origin, err := url.Parse(text)
	if err != nil || origin.Scheme != "http" && origin.Scheme != "https" || origin.Host == "" ||
		!strings.EqualFold(text, originOf(origin)) {
		return nil, false
	}
	origin.Host = hostOf(origin.Scheme, origin.Host)
	return origin, true
}

// checkOrigins refuses what no browser would send, and so would never match.
func checkOrigins(origins []string) error {
	for _, text := range origins {
		if origin, ok := readOrigin(text); !ok || originOf(origin) != text {
			return fmt.Errorf("edge: AllowedOrigins holds %q, which is no origin like https://example.org", text)
		}
	}
	return nil
}

// hostOf is a host in the form that browsers send: in lower case, without the port that the scheme implies.
func hostOf(scheme, host string) string {
	host = strings.ToLower(host)
	if scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}
