package tokens

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"domestique/strava"
)

// Errors of a consent that did not come about. What else [Consent.Accept] fails with is Strava's refusal of the code or of
// the client, and what [Manager.Install] fails with.
var (
	// ErrConsentDenied: the athlete said no on Strava's page.
	ErrConsentDenied = errors.New("the consent was denied on Strava's page")
	// ErrNoCode: Strava sent the browser back with neither a code nor the athlete's no.
	ErrNoCode = errors.New("strava sent the browser back without a code")
	// ErrStoring: the consent was given, but the store has not taken the grant yet. The write goes on.
	ErrStoring = errors.New("the new grant is not stored yet")
)

// A code that has just been made is not known everywhere inside Strava; two seconds later it is.
const (
	exchangeAttempts = 3
	exchangePause    = 2 * time.Second
)

// ConsentOAuth is what a Consent asks of Strava; *strava.OAuth is one.
type ConsentOAuth interface {
	// AuthCodeURL is the address of Strava's consent page.
	AuthCodeURL(app strava.Application, state, redirectURL string, scopes []string) string
	// Exchange turns a code into a grant: one request, never repeated inside, ended by ctx.
	Exchange(ctx context.Context, app strava.Application, code, redirectURL string) (strava.Grant, error)
}

// ConsentConfig is what a Consent is made of. OAuth, Tokens and Scopes are required.
type ConsentConfig struct {
	OAuth  ConsentOAuth
	Tokens *Manager
	// Scopes are those that the athlete is asked for.
	Scopes []string
	// Pause is how long a code that is too fresh is left alone before it is tried again. Zero: 2 seconds.
	Pause time.Duration
}

// Consent is the way to a first or a new grant, without its transport: who serves the callback also makes the state, and
// checks it before Accept. It keeps nothing between URL and Accept, which may happen in different processes, and it is safe
// for concurrent use.
type Consent struct {
	oauth  ConsentOAuth
	tokens *Manager
	scopes []string
	pause  time.Duration
}

// NewConsent returns a Consent. It calls nobody.
func NewConsent(cfg ConsentConfig) (*Consent, error) {
	switch {
	case cfg.OAuth == nil:
		return nil, errors.New("make a consent: ConsentConfig.OAuth is missing")
	case cfg.Tokens == nil:
		return nil, errors.New("make a consent: ConsentConfig.Tokens is missing")
	case len(cfg.Scopes) == 0:
		return nil, errors.New("make a consent: ConsentConfig.Scopes is empty")
	}
	if cfg.Pause <= 0 {
		cfg.Pause = exchangePause
	}
	return &Consent{oauth: cfg.OAuth, tokens: cfg.Tokens, scopes: slices.Clone(cfg.Scopes), pause: cfg.Pause}, nil
}

// Format implements fmt.Formatter for all verbs: a Consent is never printed.
func (c *Consent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// Application returns the Strava application that a consent would be asked for, and fails as Manager.Application does.
// fixed says that it is the configured one, and that no other can be entered.
func (c *Consent) Application(ctx context.Context) (app strava.Application, fixed bool, err error) {
	app, err = c.tokens.Application(ctx)
	return app, c.tokens.apps.configured().Known(), err
}

// URL returns the address of Strava's consent page, for the athlete's browser. Strava sends it back to redirectURL, with
// the state.
func (c *Consent) URL(app strava.Application, state, redirectURL string) string {
	return c.oauth.AuthCodeURL(app, state, redirectURL, c.scopes)
}

// Consented is what an athlete's consent came to.
type Consented struct {
	AthleteID int64
	Granted   []string // By Strava's word in the callback.
	Missing   []string // Asked for, but unticked by the athlete.
}

// Accept turns the query that Strava sent the browser back with into a stored grant. app and redirectURL are those of URL.
// Whatever it fails with, the grant that was stored before is untouched, unless that is ErrStoring.
//
// The code can be exchanged once: ctx should not end because a browser goes away.
func (c *Consent) Accept(ctx context.Context, app strava.Application, redirectURL string, callback url.Values) (Consented, error) {
	consented, err := c.accept(ctx, app, redirectURL, callback)
	if err != nil && !errors.Is(err, ErrConsentDenied) {
		c.tokens.log.Warn("the consent came to nothing", "error", err)
	}
	return consented, err
}

func (c *Consent) accept(ctx context.Context, app strava.Application, redirectURL string, callback url.Values) (Consented, error) {
	code, refusal := callback.Get("code"), callback.Get("error")
	switch {
	case refusal == "access_denied":
		return Consented{}, ErrConsentDenied
	case refusal != "" || code == "":
		return Consented{}, ErrNoCode
	case !app.Known():
		return Consented{}, ErrNoApplication
	}
	grant, err := c.exchange(ctx, app, code, redirectURL)
	if err != nil {
		return Consented{}, fmt.Errorf("exchange the code: %w", err)
	}
	// The callback alone says what was granted; the answer to the exchange does not.
	granted := grantedScopes(callback.Get("scope"))
	err = c.tokens.Install(ctx, grant, granted)
	switch {
	case err != nil && ctx.Err() != nil:
		return Consented{}, fmt.Errorf("%w: %w", ErrStoring, err)
	case err != nil:
		return Consented{}, fmt.Errorf("athlete %d: %w", grant.AthleteID, err)
	}
	return Consented{AthleteID: grant.AthleteID, Granted: granted, Missing: MissingScopes(granted, c.scopes)}, nil
}

// exchange tries a code that may be too fresh a few times: Strava's refusal does not tell that from one that is no good.
func (c *Consent) exchange(ctx context.Context, app strava.Application, code, redirectURL string) (strava.Grant, error) {
	for attempt := 1; ; attempt++ {
		grant, err := c.oauth.Exchange(ctx, app, code, redirectURL)
		if attempt == exchangeAttempts || !errors.Is(err, strava.ErrCodeInvalid) {
			return grant, err
		}
		if !pause(ctx, c.pause) {
			return strava.Grant{}, errors.Join(err, ctx.Err())
		}
	}
}

// maxScopes is more than Strava has. The callback comes from a browser, and what is in it is stored.
const maxScopes = 32

var scopeName = regexp.MustCompile(`^[a-z_]{1,32}(:[a-z_]{1,32})?$`)

// grantedScopes reads the callback's list of scopes, those that look like one.
func grantedScopes(list string) []string {
	var scopes []string
	for _, scope := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		if len(scopes) < maxScopes && scopeName.MatchString(scope) && !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}
