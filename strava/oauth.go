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

// OAuthConfig is what an [OAuth] is made of. ClientID and ClientSecret are required.
type OAuthConfig struct {
	// URL is the address of the OAuth endpoints, with or without a slash at the end. Zero: [DefaultOAuthURL].
	URL string
	// ClientID and ClientSecret are those of the owner's own Strava application.
	ClientID     string
	ClientSecret Secret
	// Transport carries the requests. Zero: a clone of [http.DefaultTransport] without keep-alive.
	Transport http.RoundTripper
	// Timeout bounds a request from the connection to the last byte of the body; a context may end it earlier.
	// Zero: 20 seconds.
	Timeout time.Duration
	// Now is the clock of expiries and of rate limits. Zero: [time.Now].
	Now func() time.Time
}

// OAuth gets grants from Strava. It keeps none of them, and it is safe for concurrent use.
//
// https://developers.strava.com/docs/authentication/
type OAuth struct {
	// config is a function because fmt prints nothing of what a function holds; see Secret.
	config func() OAuthConfig
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
	return &OAuth{config: func() OAuthConfig { return config }}
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

// AuthCodeURL returns the address to which the athlete's browser is sent for consent. Strava sends it back to
// redirectURL, which must lie inside the application's callback domain, with the state, a code for [OAuth.Exchange] and
// the scopes that were granted; they may be fewer than asked for.
func (o *OAuth) AuthCodeURL(state, redirectURL string, scopes []string) string {
	endpoint := o.endpoint(redirectURL)
	if len(scopes) > 0 {
		// One string with commas: x/oauth2 joins with spaces.
		endpoint.Scopes = []string{strings.Join(scopes, ",")}
	}
	return endpoint.AuthCodeURL(state, oauth2.SetAuthURLParam("approval_prompt", "auto"))
}

// Exchange turns the code of the callback into a grant. redirectURL is the one of [OAuth.AuthCodeURL].
//
// Refusals are [ErrCodeInvalid], [ErrClientInvalid], [ErrAppInactive] and [ErrAthleteLimit]. A fresh code is sometimes
// refused because it has not yet spread inside Strava, and works two seconds later: trying again is left to the caller.
// Every other failure is a [RateLimitError] or [ErrUnavailable].
func (o *OAuth) Exchange(ctx context.Context, code, redirectURL string) (Grant, error) {
	if code == "" {
		return Grant{}, fmt.Errorf("strava: %s: no authorization code", tokenOp)
	}
	return o.grant(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return o.endpoint(redirectURL).Exchange(ctx, code)
	})
}

// Refresh asks once for a usable access token. While the present one has more than an hour left Strava gives the same
// one again. The refresh token of the grant may be another one, and then the one presented is dead: store the grant
// before anything else.
//
// Refusals are [ErrRefreshTokenInvalid], [ErrClientInvalid] and [ErrAppInactive]. Every other failure is a
// [RateLimitError] or [ErrUnavailable]; after the latter nobody knows whether Strava has acted, also when the context
// ended.
func (o *OAuth) Refresh(ctx context.Context, refreshToken Secret) (Grant, error) {
	if refreshToken == "" {
		return Grant{}, fmt.Errorf("strava: %s: no refresh token", tokenOp)
	}
	return o.grant(ctx, func(ctx context.Context) (*oauth2.Token, error) {
		return o.endpoint("").TokenSource(ctx, &oauth2.Token{RefreshToken: string(refreshToken)}).Token()
	})
}

// tokenOp names the token endpoint in errors.
const tokenOp = "POST /oauth/token" //nolint:gosec // The name of an operation, not a credential.

// endpoint describes Strava to x/oauth2. The credentials travel as parameters: left to find out, x/oauth2 sends a
// failing request a second time in another style, and with it a single-use code or a refresh token that is rotated.
func (o *OAuth) endpoint(redirectURL string) *oauth2.Config {
	config := o.config()
	return &oauth2.Config{
		ClientID:     config.ClientID,
		ClientSecret: string(config.ClientSecret),
		Endpoint: oauth2.Endpoint{
			AuthURL:   config.URL + "/authorize",
			TokenURL:  config.URL + "/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
		RedirectURL: redirectURL,
	}
}

// grant has x/oauth2 make its one request over a transport that takes notes, and puts both together.
func (o *OAuth) grant(ctx context.Context, request func(context.Context) (*oauth2.Token, error)) (Grant, error) {
	config := o.config()
	notes := &tokenTransport{base: config.Transport, now: config.Now}
	client := &http.Client{
		Transport:     notes,
		Timeout:       config.Timeout,
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
	if status == http.StatusTooManyRequests {
		// Token requests carry no counters.
		return &RateLimitError{Op: tokenOp, RetryAt: quarterHourEnd(o.config().Now()), Sent: true}
	}
	refused := refusal(tokenOp, status, answer.Body)
	if slices.ContainsFunc(grantRefusals(), func(target error) bool { return errors.Is(refused, target) }) {
		return refused
	}
	return &outage{op: tokenOp, reason: fmt.Sprintf("an answer that is neither yes nor no (status %d)", status)}
}

// grantRefusals are the answers by which Strava says for certain that it did nothing.
func grantRefusals() []error {
	return []error{ErrRefreshTokenInvalid, ErrCodeInvalid, ErrClientInvalid, ErrAppInactive, ErrAthleteLimit}
}
