package strava

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// What a caller can react to. All of them arrive wrapped: test with [errors.Is].
var (
	// ErrNotFound: there is no such object, or the athlete may not see it.
	ErrNotFound = errors.New("not found at Strava")
	// ErrUnauthorized: Strava does not accept the access token.
	ErrUnauthorized = errors.New("access token refused by Strava")
	// ErrScopeMissing: the athlete did not grant the scope that [APIError.Scope] names. Refreshing never helps.
	ErrScopeMissing = errors.New("scope not granted by the athlete")
	// ErrSubscriptionRequired: only subscribers of Strava have this.
	ErrSubscriptionRequired = errors.New("only for subscribers of Strava")
	// ErrAppInactive: the application is switched off until its owner subscribes and reactivates it at
	// https://www.strava.com/settings/api. Tokens stay as they are.
	ErrAppInactive = errors.New("application inactive at Strava")
	// ErrRestricted: Strava does not let this application or athlete have this.
	ErrRestricted = errors.New("not allowed by Strava")
	// ErrUnavailable: no usable answer came, for a reason that may pass: a transport failure, a time-out, a server
	// error, an answer that is not Strava's, that is cut or too large. Whether Strava acted is unknown.
	ErrUnavailable = errors.New("strava is unavailable")

	// ErrRefreshTokenInvalid: the refresh token is revoked, rotated away or another application's.
	ErrRefreshTokenInvalid = errors.New("refresh token refused by Strava")
	// ErrCodeInvalid: the authorization code is used, expired, or too fresh to be known everywhere inside Strava.
	ErrCodeInvalid = errors.New("authorization code refused by Strava")
	// ErrClientInvalid: the client id, the client secret or the redirect URL is wrong: a matter of configuration.
	ErrClientInvalid = errors.New("client id or secret refused by Strava")
	// ErrAthleteLimit: the application may not connect any more athletes.
	ErrAthleteLimit = errors.New("limit of connected athletes exceeded")
)

// APIError is an answer of Strava that says no. [errors.Is] tells which of this package's errors it is; one that is none
// of them is a request that Strava finds wrong.
//
// Its text never repeats what Strava wrote.
type APIError struct {
	// Op is the method and the path's template, such as "GET /activities/{id}".
	Op string
	// Status is the HTTP status.
	Status int
	// Faults are Strava's own words for what is wrong; there may be none. They are another system's text: for programs
	// and operators, not for a page.
	Faults []Fault
}

// Error says what the answer means, or else its status.
func (e *APIError) Error() string {
	if meaning := e.meaning(); meaning != nil {
		return fmt.Sprintf("strava: %s: %v (status %d)", e.Op, meaning, e.Status)
	}
	return fmt.Sprintf("strava: %s: refused with status %d", e.Op, e.Status)
}

// Is reports whether target is the one of this package's errors that the answer means.
func (e *APIError) Is(target error) bool {
	meaning := e.meaning()
	return meaning != nil && target == meaning
}

// Scope returns the scope that the athlete did not grant, such as "activity:read", when the error is
// [ErrScopeMissing]; else it is empty.
func (e *APIError) Scope() string {
	for _, fault := range e.Faults {
		if scope := fault.scope(); scope != "" {
			return scope
		}
	}
	return ""
}

// meaning returns the sentinel for the answer, or nil. A fault says more than the status, but outside of 4xx nothing in
// the body is believed: a server error may claim anything.
func (e *APIError) meaning() error {
	if e.Status < 400 || e.Status > 499 {
		return ErrUnavailable
	}
	for _, fault := range e.Faults {
		if meaning := fault.meaning(); meaning != nil {
			return meaning
		}
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusPaymentRequired:
		return ErrSubscriptionRequired
	case http.StatusForbidden:
		return ErrRestricted
	case http.StatusNotFound:
		return ErrNotFound
	default:
		return nil
	}
}

// RateLimitError says that the quota of the application is spent, or that what is left of it is kept for more urgent calls.
// It comes from Strava's status 429, or, when that much is known of the quota, from the client itself, which then has not
// sent the request.
type RateLimitError struct {
	// Op is the method and the path's template, such as "GET /athlete".
	Op string
	// RetryAt is when a call of that priority may be made again, in UTC: the spent window ends, or its reserve has shrunk.
	RetryAt time.Time
	// Priority is that of the call. One that is less urgent than a client's may be refused where a client's would not.
	Priority Priority
	// Sent is false when the request was refused before the network and so cost nothing.
	Sent bool
}

// Error says until when to wait.
func (e *RateLimitError) Error() string {
	reached := "rate limit reached"
	if e.Kept() {
		reached = "what is left of the rate limit is not for " + e.Priority.String()
	}
	return fmt.Sprintf("strava: %s: %s, try again at %s", e.Op, reached, e.RetryAt.UTC().Format(time.RFC3339))
}

// Kept reports whether the call was refused for being less urgent than a client's, which may still go.
func (e *RateLimitError) Kept() bool {
	return !e.Sent && e.Priority != PriorityClient
}

// outage is why no usable answer came; it is [ErrUnavailable] and its cause. Its text is this package's own, because
// the text of the cause may hold the URL, an address or a piece of the answer.
type outage struct {
	op     string
	reason string
	cause  error
}

func (e *outage) Error() string {
	return fmt.Sprintf("strava: %s: %v: %s", e.op, ErrUnavailable, e.reason)
}

func (e *outage) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrUnavailable}
	}
	return []error{ErrUnavailable, e.cause}
}

// newOutage words a failure of the transport or of reading a body.
func newOutage(op string, cause error) *outage {
	// The text of a url.Error is the URL; what is inside it is all that a caller may need.
	if wrapper, ok := errors.AsType[*url.Error](cause); ok {
		cause = wrapper.Err
	}
	return &outage{op: op, reason: outageReason(cause), cause: cause}
}

func outageReason(cause error) string {
	timeout, canTimeOut := errors.AsType[net.Error](cause)
	_, unknownHost := errors.AsType[*net.DNSError](cause)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](cause)
	operation, onNetwork := errors.AsType[*net.OpError](cause)
	switch {
	case errors.Is(cause, context.Canceled):
		return "the request was cancelled"
	case canTimeOut && timeout.Timeout():
		return "no answer in time"
	case unknownHost:
		return "host name not found"
	case untrusted:
		return "certificate not trusted"
	case onNetwork && operation.Op == "dial":
		return "cannot connect"
	case errors.Is(cause, io.EOF), errors.Is(cause, io.ErrUnexpectedEOF):
		return "the answer was cut off"
	case errors.Is(cause, errTooLarge):
		return "the answer is too large"
	case errors.Is(cause, errNoTokens):
		return "the answer has no tokens"
	default:
		return "the connection failed"
	}
}
