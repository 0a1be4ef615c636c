package fitness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// Code is the machine-readable kind of an error. Clients rely on its words.
type Code string

const (
	CodeBadUserInput         Code = "BAD_USER_INPUT"
	CodeForbidden            Code = "FORBIDDEN"
	CodeNotConnected         Code = "NOT_CONNECTED"
	CodeNeedsConsent         Code = "NEEDS_CONSENT"
	CodeScopeMissing         Code = "SCOPE_MISSING"
	CodeSubscriptionRequired Code = "SUBSCRIPTION_REQUIRED"
	CodeAppInactive          Code = "APP_INACTIVE"
	CodeMisconfigured        Code = "MISCONFIGURED"
	CodeRateLimited          Code = "RATE_LIMITED"
	CodeUpstreamUnavailable  Code = "UPSTREAM_UNAVAILABLE"
	CodeInternal             Code = "INTERNAL_SERVER_ERROR"
)

// Error is what every method of [Service] fails with, but for a cancelled context, which stays itself.
type Error struct {
	Code Code
	// Message is for a person: it says what to do, and holds nothing that another system answered.
	Message string
	// RetryAt is when Strava answers again, for RATE_LIMITED where it is known.
	RetryAt time.Time
	// Scope is the missing one, for SCOPE_MISSING.
	Scope string
	// Argument is the dotted path of the argument that is wrong, or not the viewer's to use, for BAD_USER_INPUT and
	// FORBIDDEN: "filter.distance".
	Argument string

	err error
}

// Error is for logs: the message and what caused it.
func (e *Error) Error() string {
	if e.err == nil {
		return e.Message
	}
	return e.Message + ": " + e.err.Error()
}

// Unwrap is what caused the error; only for logs and for errors.Is.
func (e *Error) Unwrap() error { return e.err }

// badInput is the error for an argument that cannot mean anything.
func badInput(argument, message string) *Error {
	return &Error{Code: CodeBadUserInput, Message: message, Argument: argument}
}

// meaning is what an error of Strava or of the token manager means to a client.
type meaning struct {
	cause   error
	code    Code
	message string
}

// meanings are tried in this order. What is said of the grant comes before what is said of a call, because a call that
// had no token failed for the grant's sake.
func meanings() []meaning {
	return []meaning{
		{tokens.ErrNotConnected, CodeNotConnected,
			"No Strava account is connected yet. Open /connect (or run `domestique connect`) to connect one."},
		{tokens.ErrNeedsConsent, CodeNeedsConsent,
			"Strava no longer accepts the gateway's grant. Open /connect (or run `domestique connect`) and consent again."},
		{tokens.ErrAppInactive, CodeAppInactive, messageAppInactive},
		{tokens.ErrCorrupt, CodeMisconfigured, messageCorrupt},
		{tokens.ErrOtherAthlete, CodeMisconfigured, messageOtherAthlete},
		{tokens.ErrNoApplication, CodeMisconfigured, messageNoApplication},
		{tokens.ErrOtherApplication, CodeMisconfigured, messageOtherApplication},
		{strava.ErrClientInvalid, CodeMisconfigured, messageClient},
		{tokens.ErrMisconfigured, CodeMisconfigured,
			"The gateway is misconfigured. Check STRAVA_CLIENT_ID, STRAVA_CLIENT_SECRET, STRAVA_ATHLETE_ID and SEAL_KEYS."},
		{strava.ErrAppInactive, CodeAppInactive, messageAppInactive},
		{strava.ErrAthleteLimit, CodeMisconfigured,
			"Strava lets the application connect no more athletes. Raise its limit at " +
				"https://www.strava.com/settings/api, or disconnect another."},
		{strava.ErrScopeMissing, CodeScopeMissing,
			"The athlete has not granted what this needs. Open /connect (or run `domestique connect`) and leave all boxes ticked."},
		// The grant itself is good: only a refused refresh token needs consent.
		{strava.ErrUnauthorized, CodeUpstreamUnavailable,
			"Strava refuses the access token that it has just handed out. Try again in a minute; should that last, open " +
				"/connect (or run `domestique connect`) and consent again."},
		{strava.ErrSubscriptionRequired, CodeSubscriptionRequired,
			"Strava gives this to its subscribers only."},
		{strava.ErrRestricted, CodeUpstreamUnavailable,
			"Strava does not let this application have this."},
		{strava.ErrNotFound, CodeUpstreamUnavailable,
			"Strava does not know what was asked for. Check STRAVA_API_URL if that lasts."},
		{tokens.ErrUnavailable, CodeUpstreamUnavailable,
			"There is no usable access to Strava at the moment. Try again in a minute."},
		{strava.ErrUnavailable, CodeUpstreamUnavailable, messageUnavailable},
		{context.DeadlineExceeded, CodeUpstreamUnavailable, messageUnavailable},
		{ErrClosed, CodeUpstreamUnavailable, "The gateway is shutting down. Try again in a moment."},
	}
}

const (
	messageAppInactive = "Strava has deactivated the application. Its owner needs a Strava subscription and has to " +
		"reactivate it at https://www.strava.com/settings/api."
	messageStore = "The store of the grant does not answer, or does not take a write; the log says why. In the first minutes of a " +
		"deployment to Azure, wait ten minutes: the role on the table takes that long. Later, check the disk, or Azure and the role " +
		"assignment on the table."
	messageCorrupt = "The stored grant can't be read with the sealing keys at hand, and was left as it is. Put the one that it was " +
		"stored with back into SEAL_KEYS, or its file into DATA_DIR; the log says what is wrong."
	messageOtherAthlete = "The stored grant is another athlete's. Check STRAVA_ATHLETE_ID."
	messageClient       = "Strava refused the client id or the client secret. Check STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET, or what " +
		"was entered at /connect."
	messageNoApplication = "No Strava application is known. Enter yours at /connect, or set STRAVA_CLIENT_ID and " +
		"STRAVA_CLIENT_SECRET."
	messageOtherApplication = "The stored grant was given to another Strava application than that of STRAVA_CLIENT_ID. Open " +
		"/connect (or run `domestique connect`) and consent again, or put the former application back."
	messageUnavailable = "Strava did not give a usable answer. Try again in a minute."
)

// explained is what a caller of Service sees of an error from below. Errors that are explained already, and a caller's
// own cancelled context, stay as they are; what nobody expected becomes an internal error.
func explained(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if limit, ok := asRateLimit(err); ok {
		message := "Strava's rate limit is spent. Try again later."
		if limit.Kept() {
			message = "What is left of Strava's rate limit is kept for queries; work in the background goes on later."
		}
		return &Error{Code: CodeRateLimited, Message: message, RetryAt: limit.RetryAt, err: err}
	}
	for _, known := range meanings() {
		if errors.Is(err, known.cause) {
			return &Error{Code: known.code, Message: known.message, Scope: missingScope(err), err: err}
		}
	}
	return &Error{Code: CodeInternal, Message: "Something went wrong inside the gateway.", err: err}
}

// answered is an answer for a caller of Service.
func answered[V any](value *V, err error) (*V, error) { return value, explained(err) }

// forSubscribers tells of what Strava has for subscribers alone that this is why it was refused: sometimes Strava itself
// says no more than 403.
func forSubscribers[V any](value V, err error) (V, error) {
	if errors.Is(err, strava.ErrRestricted) {
		err = fmt.Errorf("%w: %w", strava.ErrSubscriptionRequired, err)
	}
	return value, err
}

func asRateLimit(err error) (*strava.RateLimitError, bool) {
	return errors.AsType[*strava.RateLimitError](err)
}

// missingScope is the scope that Strava named, "" for another error or an unnamed one.
func missingScope(err error) string {
	if refusal, ok := errors.AsType[*strava.APIError](err); ok && errors.Is(err, strava.ErrScopeMissing) {
		return refusal.Scope()
	}
	return ""
}
