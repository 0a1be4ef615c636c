package edge

import "net/http"

// answerPolicy lets what is no page load nothing. A page brings a policy of its own, which takes this one's place.
const answerPolicy = "default-src 'none'; frame-ancestors 'none'"

// securityHeaders sets what holds for every answer: types are not guessed, addresses are not passed on, and nobody frames
// us.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Content-Security-Policy", answerPolicy)
		next.ServeHTTP(w, r)
	})
}
