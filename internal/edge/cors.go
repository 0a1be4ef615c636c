package edge

import (
	"net/http"
	"slices"
	"strings"
)

// What pages of ALLOWED_ORIGINS may do: ask by key, or for what is public. Cookies never count for another origin's page,
// so Access-Control-Allow-Credentials is never sent, and no origin is ever a star.
const (
	corsMethods = "GET, POST"
	corsHeaders = "Accept, Authorization, Content-Type, " + preflightHeader + ", Apollo-Require-Preflight, X-Apollo-Operation-Name"
	// corsMaxAge is how many seconds a browser may remember the permission: two hours, the most that Chrome takes.
	corsMaxAge = "7200"
	corsExpose = "ETag, Retry-After, Server-Timing"
)

// allowOrigin lets the page of an allowed origin read the answer.
func (e *edge) allowOrigin(header http.Header, r *http.Request) {
	if len(e.AllowedOrigins) == 0 {
		return
	}
	if origin, ok := e.allowedOrigin(r); ok {
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Expose-Headers", corsExpose)
		header.Set("Timing-Allow-Origin", origin)
	}
}

func (e *edge) allowedOrigin(r *http.Request) (string, bool) {
	origins := r.Header["Origin"]
	if len(origins) != 1 || !slices.Contains(e.AllowedOrigins, strings.ToLower(origins[0])) {
		return "", false
	}
	return origins[0], true
}

// answerPreflight answers a browser that asks whether another origin's page may ask. It reports false when that is not what
// the request is about.
func (e *edge) answerPreflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || len(r.Header["Origin"]) == 0 || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	header := w.Header()
	header.Set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
	origin, ok := e.allowedOrigin(r)
	if !ok {
		w.WriteHeader(http.StatusForbidden) // A browser reads nothing but the missing permission.
		return true
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Allow-Methods", corsMethods)
	header.Set("Access-Control-Allow-Headers", corsHeaders)
	header.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
