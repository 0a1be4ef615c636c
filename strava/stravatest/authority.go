package stravatest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// authority keeps the grants that athletes have given to the one application, and the tokens of each.
type authority struct {
	life   time.Duration
	mint   func() string // a token that was never there before
	grants map[int64]*grant
	tokens map[string]accessToken
	codes  map[string]code
	dead   map[string]bool // refresh tokens that have been valid
}

// grant is what one athlete allowed.
type grant struct {
	athlete int64
	scopes  []string
	refresh string
	access  string // the newest; "" before the first refresh
	expires time.Time
}

// accessToken is what a bearer token stands for.
type accessToken struct {
	athlete int64
	scopes  []string
	expires time.Time
}

// code is what the consent page sends to the callback.
type code struct {
	athlete int64
	scopes  []string
	expires time.Time
	// unspread is how often an exchange fails because the code is not yet known everywhere at Strava.
	unspread int
}

// codeLife is how long a code waits to be exchanged; Strava does not say.
const codeLife = 10 * time.Minute

func newAuthority(life time.Duration, mint func() string) *authority {
	return &authority{
		life: life, mint: mint,
		grants: map[int64]*grant{}, tokens: map[string]accessToken{}, codes: map[string]code{}, dead: map[string]bool{},
	}
}

// tokenMint makes tokens that look like Strava's, the same ones for the same seed and start.
func tokenMint(seed uint64, start time.Time) func() string {
	minted := 0
	return func() string {
		minted++
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d", seed, start.UnixNano(), minted))
		return hex.EncodeToString(sum[:20])
	}
}

// adopt takes in a grant that was given before the fake was born.
func (a *authority) adopt(athlete int64, refresh string, scopes []string) {
	a.grants[athlete] = &grant{athlete: athlete, scopes: scopes, refresh: refresh}
}

// check finds the access token, unless it has expired or was revoked.
func (a *authority) check(bearer string, now time.Time) (accessToken, bool) {
	token, ok := a.tokens[bearer]
	return token, ok && now.Before(token.expires)
}

// allows reports whether the token has one of the scopes, or is asked for none.
func (t accessToken) allows(scopes ...string) bool {
	return len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(t.scopes, s) })
}

// refresh answers a refresh token by Strava's rules: the same access token comes back while it has time enough left,
// otherwise a new one, and the refresh token is rotated with it; the old one is dead at once. Old access tokens work
// until they expire. Strava rotates more rarely; a client has to survive this.
// https://developers.strava.com/docs/authentication/#refreshing-expired-access-tokens
func (a *authority) refresh(token string, now time.Time) (*grant, bool) {
	for _, g := range a.grants {
		if g.refresh != token {
			continue
		}
		if g.access == "" || g.expires.Sub(now) <= a.renewal() {
			a.renew(g, now)
		}
		return g, true
	}
	return nil, false
}

// renewal is the time before expiry in which a refresh mints a new token: an hour of Strava's six.
func (a *authority) renewal() time.Duration { return min(time.Hour, a.life/6) }

// renew mints both tokens of a grant.
func (a *authority) renew(g *grant, now time.Time) {
	if g.refresh != "" {
		a.dead[g.refresh] = true
	}
	g.access, g.expires = a.issue(g.athlete, g.scopes, now)
	g.refresh = a.mint()
}

// issue mints an access token. It expires on a whole second, and never earlier than it says.
func (a *authority) issue(athlete int64, scopes []string, now time.Time) (token string, expires time.Time) {
	for old, t := range a.tokens {
		if !now.Before(t.expires) {
			delete(a.tokens, old)
		}
	}
	token, expires = a.mint(), now.Add(a.life+time.Second-time.Nanosecond).Truncate(time.Second)
	a.tokens[token] = accessToken{athlete, scopes, expires}
	return token, expires
}

// approve makes a code for what an athlete has just allowed.
func (a *authority) approve(athlete int64, scopes []string, now time.Time, unspread int) string {
	value := a.mint()
	a.codes[value] = code{athlete, scopes, now.Add(codeLife), unspread}
	return value
}

// exchange turns a code, once, into a grant. It replaces the grant that the athlete gave before.
func (a *authority) exchange(value string, now time.Time) (*grant, bool) {
	c, ok := a.codes[value]
	if !ok || !now.Before(c.expires) {
		return nil, false
	}
	if c.unspread > 0 {
		c.unspread--
		a.codes[value] = c
		return nil, false
	}
	delete(a.codes, value)
	g := a.grants[c.athlete]
	if g == nil {
		g = &grant{athlete: c.athlete}
		a.grants[c.athlete] = g
	}
	g.scopes = c.scopes
	a.renew(g, now)
	return g, true
}

// owner finds whose token it is, access or refresh.
func (a *authority) owner(token string, now time.Time) (athlete int64, ok bool) {
	if t, ok := a.check(token, now); ok {
		return t.athlete, true
	}
	for _, g := range a.grants {
		if g.refresh == token {
			return g.athlete, true
		}
	}
	return 0, false
}

// revoke ends an athlete's grant and everything that came from it.
func (a *authority) revoke(athlete int64) {
	if g := a.grants[athlete]; g != nil {
		a.dead[g.refresh] = true
	}
	delete(a.grants, athlete)
	for value, t := range a.tokens {
		if t.athlete == athlete {
			delete(a.tokens, value)
		}
	}
}

// forget drops all access tokens while the grants stay.
func (a *authority) forget() {
	clear(a.tokens)
	for _, g := range a.grants {
		g.access = ""
	}
}
