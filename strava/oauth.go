package strava

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// DefaultOAuthURL is where Strava's OAuth endpoints are. They stay there when the API moves.
const DefaultOAuthURL = "https://www.strava.com/oauth"

// OAuthConfig is what an [OAuth] is made of. Its zero value works.
type OAuthConfig struct {
	// URL is the address of the OAuth endpoints, with or without a slash at the end. Zero: [DefaultOAuthURL].
	URL string
	// Transport carries the requests. Zero: a clone of [http.DefaultTransport] without keep-alive.
	Transport http.RoundTripper
	// Timeout bounds a request from the connection to the last byte of the body; a context may end it earlier.
	// Zero: 20 seconds.
	Timeout time.Duration
	// Clock is the clock of expiries and of rate limits, and learns Strava's time from the answers. Zero: nothing is
	// learnt, and Now is believed.
	Clock *Clock
	// Now is the clock of expiries and of rate limits where there is no Clock. Zero: [time.Now].
	Now func() time.Time
}

// OAuth gets grants from Strava, for any [Application]. It keeps none of either, and it is safe for concurrent use.
//
// https://developers.strava.com/docs/authentication/
type OAuth struct {
	config OAuthConfig
}

// NewOAuth returns an OAuth. It calls nobody.
func NewOAuth(config OAuthConfig) *OAuth {
	if config.URL == "" {
		config.URL = DefaultOAuthURL
	}
	config.URL = strings.TrimRight(config.URL, "/")
	if config.Transport == nil {
		config.Transport = oneShotTransport()
	}
	if config.Timeout <= 0 {
		config.Timeout = 20 * time.Second
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Clock != nil {
		config.Now = config.Clock.Now
		config.Transport = config.Clock.watch(config.Transport)
	}
	return &OAuth{config: config}
}

// oneShotTransport makes a connection for each request. They are hours apart, and a kept connection that died meanwhile
// would only make it less certain whether a refresh has reached Strava.
func oneShotTransport() http.RoundTripper {
	transport := cloneDefaultTransport()
	if oneShot, ok := transport.(*http.Transport); ok {
		oneShot.DisableKeepAlives = true
	}
	return transport
}

// AuthCodeURL returns the address to which the athlete's browser is sent for consent; it holds the application's id and
// not its secret. Strava sends the browser back to redirectURL, which must lie inside the application's callback domain,
// with the state, a code for [OAuth.Exchange] and the scopes that were granted; they may be fewer than asked for.
func (o *OAuth) AuthCodeURL(app Application, state, redirectURL string, scopes []string) string {
	endpoint := o.endpoint(app, redirectURL)
	if len(scopes) > 0 {
		// One string with commas: x/oauth2 joins with spaces.
		endpoint.Scopes = []string{strings.Join(scopes, ",")}
	}
	return endpoint.AuthCodeURL(state, oauth2.SetAuthURLParam("approval_prompt", "auto"))
}

// Exchange turns the code of the callback into a grant. app and redirectURL are those of [OAuth.AuthCodeURL].
//
// Refusals are [ErrCodeInvalid], [ErrClientInvalid], [ErrAppInactive] and [ErrAthleteLimit]. A fresh code is sometimes
// refused because it has not yet spread inside Strava, and works two seconds later: trying again is left to the caller.
// Every other failure is a [RateLimitError] or [ErrUnavailable].
func (o *OAuth) Exchange(ctx context.Context, app Application, code, redirectURL string) (Grant, error) {
	if code == "" {
		return Grant{}, fmt.Errorf("strava: %s: no authorization code", tokenOp)
	}
	return o.grant(ctx, app, func(ctx context.Context) (*oauth2.Token, error) {
		return o.endpoint(app, redirectURL).Exchange(ctx, code)
	})
}

// Refresh asks once for a usable access token of a grant, of which it takes the refresh token and the application. While
// the present access token has more than an hour left Strava gives the same one again. The refresh token of the answer
// may be another one, and then the one presented is dead: store the answer before anything else.
//
// Refusals are [ErrRefreshTokenInvalid], [ErrClientInvalid] and [ErrAppInactive]. Every other failure is a
// [RateLimitError] or [ErrUnavailable]; after the latter nobody knows whether Strava has acted, also when the context
// ended.
func (o *OAuth) Refresh(ctx context.Context, grant Grant) (Grant, error) {
	if grant.RefreshToken == "" {
		return Grant{}, fmt.Errorf("strava: %s: no refresh token", tokenOp)
	}
	return o.grant(ctx, grant.Application, func(ctx context.Context) (*oauth2.Token, error) {
		spent := &oauth2.Token{RefreshToken: string(grant.RefreshToken)}
		return o.endpoint(grant.Application, "").TokenSource(ctx, spent).Token()
	})
}

// tokenOp names the token endpoint in errors.
const tokenOp = "POST /oauth/token" //nolint:gosec // The name of an operation, not a credential.

// endpoint describes Strava to x/oauth2. The credentials travel as parameters: left to find out, x/oauth2 sends a
// failing request a second time in another style, and with it a single-use code or a refresh token that is rotated.
func (o *OAuth) endpoint(app Application, redirectURL string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     app.ClientID,
		ClientSecret: string(app.ClientSecret),
		Endpoint: oauth2.Endpoint{
			AuthURL:   o.config.URL + "/authorize",
			TokenURL:  o.config.URL + "/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
		RedirectURL: redirectURL,
	}
}

// tokenRequest has x/oauth2 make one request to the token endpoint.
type tokenRequest func(context.Context) (*oauth2.Token, error)

// grant has x/oauth2 make its one request over a transport that takes notes, and puts both together.
func (o *OAuth) grant(ctx context.Context, app Application, request tokenRequest) (Grant, error) {
	notes := &tokenTransport{base: o.config.Transport, now: o.config.Now}
	client := &http.Client{
		Transport:     notes,
		Timeout:       o.config.Timeout,
		CheckRedirect: stayHere,
	}
	token, err := request(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return Grant{}, o.tokenError(err)
	}
	if token.RefreshToken == "" {
		return Grant{}, &outage{op: tokenOp, reason: "the answer has no refresh token"}
	}
	grant := notes.grant
	grant.Application = app
	grant.AccessToken, grant.RefreshToken = Secret(token.AccessToken), Secret(token.RefreshToken)
	return grant, nil
}

// tokenError types what x/oauth2 reports. Its own errors, whose text holds the answer's body, are not passed on.
func (o *OAuth) tokenError(err error) error {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return newOutage(tokenOp, err)
	}
	status := answer.Response.StatusCode
	return o.decided(tokenOp, status, refusal(tokenOp, status, answer.Body), grantRefusals())
}

// decided returns what an answer of the OAuth endpoints means: nil and the certain refusals as they are, and everything
// else as an outage, because then nobody knows what Strava did.
func (o *OAuth) decided(op string, status int, refused error, certain []error) error {
	switch {
	case status == http.StatusTooManyRequests:
		// These endpoints send no counters.
		return &RateLimitError{Op: op, RetryAt: quarterHourEnd(o.config.Now()), Sent: true}
	case refused == nil, slices.ContainsFunc(certain, func(target error) bool { return errors.Is(refused, target) }):
		return refused
	default:
		return &outage{op: op, reason: fmt.Sprintf("an answer that is neither yes nor no (status %d)", status)}
	}
}

// grantRefusals are the answers by which Strava says for certain that it did nothing.
func grantRefusals() []error {
	return []error{ErrRefreshTokenInvalid, ErrCodeInvalid, ErrClientInvalid, ErrAppInactive, ErrAthleteLimit}
}
