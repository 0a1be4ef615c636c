package tokens

import "errors"

// State says how the grant is doing. Its values are the words of the schema's ConnectionState.
type State string

// The states of a grant.
const (
	// StateConnected: Strava took the grant when it was last asked.
	StateConnected State = "CONNECTED"
	// StateNotConnected: there is no grant, or only a first refresh token that has not been tried yet.
	StateNotConnected State = "NOT_CONNECTED"
	// StateNeedsConsent: Strava refused the refresh token, and the one before it; only the athlete can help.
	StateNeedsConsent State = "NEEDS_CONSENT"
	// StateScopeMissing: the grant works, but the athlete unticked a scope of Config.Scopes. It is never stored: it
	// follows from the scopes.
	StateScopeMissing State = "SCOPE_MISSING"
	// StateAppInactive: Strava deactivated the application, or its owner's subscription ended. Ends by itself.
	StateAppInactive State = "APP_INACTIVE"
	// StateMisconfigured: Strava refused the client id or secret (ends by itself once they are right), or the row can't
	// be read, can't be opened with the keys at hand, is another athlete's than Config.AthleteID or another application's
	// than Config.Application, or no application is known.
	StateMisconfigured State = "MISCONFIGURED"
)

// Errors that a caller reacts to. They may be wrapped, several at a time: use errors.Is. The first five are what
// [Manager.AccessToken] fails with; a caller's own cancelled context stays context.Canceled.
var (
	ErrNotConnected  = errors.New("no grant: the athlete has not connected yet")
	ErrNeedsConsent  = errors.New("strava no longer takes the grant: the athlete has to consent again")
	ErrAppInactive   = errors.New("strava has deactivated the application")
	ErrMisconfigured = errors.New("the gateway is misconfigured")
	// ErrUnavailable: no usable token right now, because Strava or the store is away; it may help to ask again.
	ErrUnavailable = errors.New("no usable token right now")

	// ErrNoApplication: neither the configuration nor the stored grant names a Strava application, so Strava can't be asked.
	ErrNoApplication = errors.New("no Strava application is known")
	// ErrOtherApplication: the stored grant was given to another Strava application than the configured one.
	ErrOtherApplication = errors.New("another Strava application's grant")
	// ErrOtherAthlete: the consent is not that of the pinned athlete.
	ErrOtherAthlete = errors.New("another athlete's consent")

	// ErrConflict, ErrNotFound and ErrCorrupt are a Store's: the row is not at the given revision, there is no row,
	// there is one that can't be read. ErrCorrupt is also what sealed text that doesn't open is.
	ErrConflict = errors.New("the stored grant has changed meanwhile")
	ErrNotFound = errors.New("no stored grant")
	ErrCorrupt  = errors.New("the stored grant is unreadable")
)

// Failure is the kind of the last thing that went wrong with the grant. The zero value is none.
type Failure string

// The kinds of failure.
const (
	// FailureNoAnswer: Strava's answer to a refresh never came, so nobody knows whether it acted.
	FailureNoAnswer Failure = "no_answer"
	// FailureRateLimited: Strava wants fewer requests.
	FailureRateLimited Failure = "rate_limited"
	// FailureRefused: Strava refused the refresh token.
	FailureRefused Failure = "refused"
	// FailureAnswerLost: Strava refused the refresh token after an answer to an earlier refresh with it had been lost.
	FailureAnswerLost Failure = "answer_lost"
	// FailureClient: Strava refused the client id or secret.
	FailureClient Failure = "client"
	// FailureAppInactive: Strava has deactivated the application.
	FailureAppInactive Failure = "app_inactive"
	// FailureTokenRefused: Strava's API refuses the access token that Strava's token endpoint hands out.
	FailureTokenRefused Failure = "token_refused"
	// FailureStore: the store does not answer. Never stored.
	FailureStore Failure = "store"
	// FailureCorrupt: the row can't be read or opened. Never stored.
	FailureCorrupt Failure = "corrupt"
	// FailureNoApplication: there is a grant, but no Strava application is known to refresh it with. Never stored.
	FailureNoApplication Failure = "no_application"
	// FailureOtherApplication: the stored grant is not that of Config.Application. Never stored.
	FailureOtherApplication Failure = "other_application"
	// FailureOtherAthlete: the stored grant is not that of Config.AthleteID. Never stored.
	FailureOtherAthlete Failure = "other_athlete"
)

// String is a sentence for people; it holds nothing secret. An unknown kind, of a newer version, has a sentence too.
func (f Failure) String() string {
	switch f {
	case "":
		return ""
	case FailureNoAnswer:
		return "Strava's answer to a refresh did not arrive; it is asked again."
	case FailureRateLimited:
		return "Strava asked for a pause before the next refresh."
	case FailureRefused:
		return "Strava refused the refresh token: the grant was revoked, or the token was used elsewhere."
	case FailureAnswerLost:
		return "Strava's answer to a refresh was lost on the way into the store, and with it the new refresh token."
	case FailureClient:
		return "Strava refused the client id or the client secret."
	case FailureAppInactive:
		return "Strava has deactivated the application, or the subscription of its owner has ended."
	case FailureTokenRefused:
		return "Strava refuses the access token that it handed out itself; it is asked again."
	case FailureStore:
		return "The store of the grant does not answer, or does not take a write; the log says why."
	case FailureCorrupt:
		return "The stored grant can't be read with the sealing keys at hand; it was left as it is."
	case FailureNoApplication:
		return "No Strava application is known to refresh the stored grant with."
	case FailureOtherApplication:
		return "The stored grant was given to another Strava application than the configured one."
	case FailureOtherAthlete:
		return "The stored grant is another athlete's than the configured one."
	default:
		return "Something went wrong that this version has no words for."
	}
}
