package edge

import "net/http"

// answerPolicy lets what is no page load nothing. A page brings a policy of its own, which takes this one's place.
const answerPolicy = "default-src 'none'; frame-ancestors 'none'"

// hardening is what holds for every answer: types are not guessed, addresses are not passed on, nobody frames us, other
// sites' pages don't load what is here as if it were theirs. With https there is no way back to plain http for a year.
func hardening(https bool) map[string][]string {
	headers := map[string][]string{
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"no-referrer"},
		"Content-Security-Policy":      {answerPolicy},
		"Cross-Origin-Resource-Policy": {"same-origin"},
	}
	if https {
		headers["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
	return headers
}

// securityHeaders sets headers before anything else does. Their values are shared: a handler may replace one, as
// http.Header.Set does, and not change it.
func securityHeaders(headers map[string][]string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		for name, values := range headers {
			header[name] = values[:1:1]
		}
		next.ServeHTTP(w, r)
	})
}
