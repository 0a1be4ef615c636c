package strava

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The endpoints that end a grant, as errors name them.
const (
	revokeOp      = "POST /oauth/revoke"
	deauthorizeOp = "POST /oauth/deauthorize"
)

// Revoke ends a grant at Strava, and every token of it; it needs the application that the grant was given to. A grant that
// Strava does not know any more counts as revoked.
//
// Refusals are [ErrClientInvalid] and [ErrAppInactive]. [ErrUnauthorized] says that only the older endpoint is there, which
// takes nothing but an access token, and that this one has expired: with a fresh one it will work. Every other failure is
// a [RateLimitError] or [ErrUnavailable], after which the grant may be revoked or not; it may be revoked again.
//
// https://developers.strava.com/docs/authentication/#deauthorization
func (o *OAuth) Revoke(ctx context.Context, grant Grant) error {
	// Either token ends the whole grant. Both are presented because one that is rotated away or expired ends nothing, and
	// is answered like one that does (RFC 7009, section 2.2).
	tokens := slices.DeleteFunc([]Secret{grant.RefreshToken, grant.AccessToken}, func(s Secret) bool { return s == "" })
	if len(tokens) == 0 {
		return fmt.Errorf("strava: %s: no token", revokeOp)
	}
	for _, token := range tokens {
		switch err := o.revoke(ctx, grant.Application, token); {
		case errors.Is(err, errNoSuchEndpoint):
			return o.deauthorize(ctx, grant)
		case err != nil:
			return err
		}
	}
	return nil
}

// errNoSuchEndpoint: there is no /oauth/revoke at this Strava.
var errNoSuchEndpoint = errors.New("no such endpoint")

func (o *OAuth) revoke(ctx context.Context, app Application, token Secret) error {
	form := url.Values{"token": {string(token)}}
	reply, err := o.post(ctx, "/revoke", form, func(r *http.Request) {
		r.SetBasicAuth(url.QueryEscape(app.ClientID), url.QueryEscape(string(app.ClientSecret))) // RFC 6749, 2.3.1
	})
	if err != nil {
		return newOutage(revokeOp, err)
	}
	switch reply.status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		return errNoSuchEndpoint
	}
	refused := o.revocation(revokeOp, reply)
	switch {
	case errors.Is(refused, ErrRefreshTokenInvalid), namesDeadToken(refused):
		return nil
	case errors.Is(refused, ErrUnauthorized):
		// What identifies the caller here is the client, not a token.
		return fmt.Errorf("strava: %s: %w (status %d)", revokeOp, ErrClientInvalid, reply.status)
	default:
		return refused
	}
}

// deauthorize is the older way, there until June 2027.
func (o *OAuth) deauthorize(ctx context.Context, grant Grant) error {
	if grant.AccessToken == "" {
		return fmt.Errorf("strava: %s: %w: there is none", deauthorizeOp, ErrUnauthorized)
	}
	reply, err := o.post(ctx, "/deauthorize", nil, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+string(grant.AccessToken))
	})
	if err != nil {
		return newOutage(deauthorizeOp, err)
	}
	refused := o.revocation(deauthorizeOp, reply)
	if errors.Is(refused, ErrUnauthorized) && o.config.Now().Before(grant.ExpiresAt) {
		return nil // Dead before its time: the grant is.
	}
	return refused
}

// revocation returns what the answer to a revocation means; here a token that is refused is an answer, too.
func (o *OAuth) revocation(op string, reply answer) error {
	return o.decided(op, reply.status, reply.check(op), append(grantRefusals(), ErrUnauthorized))
}

// namesDeadToken reports whether Strava says in words that it does not know the token.
func namesDeadToken(err error) bool {
	refused, ok := errors.AsType[*APIError](err)
	return ok && slices.ContainsFunc(refused.Faults, func(fault Fault) bool { return fault.Field == "access_token" })
}

// post sends a form to an endpoint of the OAuth pages, once.
func (o *OAuth) post(ctx context.Context, path string, form url.Values, authorize func(*http.Request)) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.config.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	authorize(request)
	client := &http.Client{Transport: o.config.Transport, Timeout: o.config.Timeout, CheckRedirect: stayHere}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	reply := answer{status: response.StatusCode, header: response.Header}
	reply.body, err = readBody(response.Body, reply.limit())
	return reply, err
}

// stayHere keeps the client's secret and the token from everybody else: a redirect is an answer that is neither yes nor
// no.
func stayHere(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
