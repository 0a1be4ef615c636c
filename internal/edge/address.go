package edge

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
)

// callbackPath is where Strava sends the browser back to.
const callbackPath = "/connect/callback"

// localPath returns next if it leads to a page of this gateway, else the front page: a link to our login must not send
// anyone on to another site. Browsers read a backslash as a slash and skip control characters, so neither is let through.
func localPath(next string) string {
	const front = "/"
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsFunc(next, func(r rune) bool { return r == '\\' || unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return front
	}
	if u, err := url.Parse(next); err != nil || u.IsAbs() || u.Host != "" {
		return front
	}
	return next
}

// callbackURL is the address that Strava is told to send the browser back to. A gateway on the person's own machine has
// several names, and a cookie belongs to one of them: the name that the browser came by stays.
func callbackURL(publicURL *url.URL, r *http.Request) *url.URL {
	callback := publicURL.JoinPath(callbackPath)
	came, err := url.Parse("http://" + r.Host)
	if err == nil && loopbackName(publicURL.Host) && loopbackName(came.Host) {
		callback.Host = came.Host
	}
	return callback
}

// asWritten turns addresses away whose path http.ServeMux would clean by a redirect: that would repeat the code or the
// link in the query. Nobody is sent to an address of that kind.
func asWritten(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := r.URL.Path
		if !strings.HasPrefix(clean, "/") {
			clean = "/" + clean
		}
		clean = path.Clean(clean)
		if r.URL.Path != clean && r.URL.Path != strings.TrimSuffix(clean, "/")+"/" {
			writeText(w, http.StatusNotFound, "There is no such page.\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// originOf returns the scheme, host and port of an address, as policies and Origin headers name them.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// byBrowser reports whether a person's browser asks for a page, and not a program for an answer.
func byBrowser(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// looksAhead answers a request for a single-use address that nobody has opened yet, a HEAD or what a browser fetches
// in advance, without letting it use anything up. It reports whether there is nothing left to do.
func looksAhead(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case r.Method == http.MethodHead:
		w.Header().Set("Allow", http.MethodGet)
		writeText(w, http.StatusMethodNotAllowed, "")
	case strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch"), r.Header.Get("Purpose") == "prefetch",
		r.Header.Get("X-Moz") == "prefetch":
		writeText(w, http.StatusServiceUnavailable, "This address works once, so it is not fetched in advance.\n")
	default:
		return false
	}
	return true
}
