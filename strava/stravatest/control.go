package stravatest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Calls counts the requests that arrived, refused and spoiled ones too, by method and Strava's template: "GET
// /activities/{id}", "POST /oauth/token". Those for unknown paths are under "(unknown)".
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// Refusals counts refreshes with a dead or unknown refresh token. A client that keeps its grant well causes none.
func (s *Server) Refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals
}

// Violations are requests that Strava might have tolerated and a careful client does not send.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Report writes what Calls, Refusals and Violations say, for people.
func (s *Server) Report(w io.Writer) error {
	var b strings.Builder
	calls := s.Calls()
	for _, op := range slices.Sorted(maps.Keys(calls)) {
		fmt.Fprintf(&b, "%6d  %s\n", calls[op], op)
	}
	fmt.Fprintf(&b, "%6d  refused refreshes\n", s.Refusals())
	for _, what := range s.Violations() {
		fmt.Fprintf(&b, "a careful client does not do this: %s\n", what)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Forgive empties the list of violations: for a test that caused some on purpose.
func (s *Server) Forgive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violations = nil
}

// violation notes what a client did; never with a value that it sent.
func (c *call) violation(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	what = c.r.Method + " " + c.path + ": " + what
	c.violations = append(c.violations, what)
	c.cfg.Logger.Warn("violation", "request", what)
}

// Consent is what the athlete does on the consent page. The zero value approves everything at once.
type Consent struct {
	// Refuse sends the browser back with error=access_denied.
	Refuse bool
	// Untick names scopes that are not granted although asked for.
	Untick []string
	// AthleteID is who is logged in. Zero: the athlete whose history this is; anyone else has an empty one.
	AthleteID int64
	// TooFresh is how often the exchange of the code fails before it works: Strava's codes need a moment to spread.
	TooFresh int
}

// SetConsent decides what happens on the consent page from now on.
func (s *Server) SetConsent(c Consent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consent = c
}

// RevokeAll ends all grants, as an athlete does on Strava's settings page: every token is dead at once.
func (s *Server) RevokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, athlete := range slices.Sorted(maps.Keys(s.authority.grants)) {
		s.endGrant(athlete)
	}
}

// ExpireAccessTokens makes Strava forget all access tokens before their time; refresh tokens stay good.
func (s *Server) ExpireAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authority.forget()
}

// Deactivate makes every call answer that the application is inactive, or ends that.
func (s *Server) Deactivate(inactive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inactive = inactive
}

// SetUsage sets what counts as used in the current windows, quarter hour and day, by reads and overall.
func (s *Server) SetUsage(read, overall [2]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	s.quota.read.roll(now)
	s.quota.overall.roll(now)
	s.quota.read.used, s.quota.overall.used = read, overall
}

// AccessToken mints an access token for the athlete beside the OAuth flow: for tests of a client that has no business
// with grants. Without scopes it has those of Config.Scopes.
func (s *Server) AccessToken(scopes ...string) string {
	if len(scopes) == 0 {
		scopes = s.cfg.Scopes
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token, _ := s.authority.issue(s.athlete, scopes, s.cfg.Now())
	return token
}

// Environment returns the settings, NAME=value, that connect a gateway to this fake when it listens at baseURL (without
// a trailing slash).
func (s *Server) Environment(baseURL string) []string {
	return []string{
		"STRAVA_API_URL=" + baseURL + apiPrefix,
		"STRAVA_OAUTH_URL=" + baseURL + "/oauth",
		"STRAVA_CLIENT_ID=" + s.cfg.ClientID,
		"STRAVA_CLIENT_SECRET=" + s.cfg.ClientSecret,
		"STRAVA_REFRESH_TOKEN=" + s.cfg.RefreshToken,
	}
}
