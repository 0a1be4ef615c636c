package edge

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// acceptTimeout bounds what follows the way back from Strava: the exchange of the code, repeated if it is too fresh, and
// the write.
const acceptTimeout = time.Minute

// serveCallback is the way back from Strava. Whatever comes of it, the browser's cookie is gone.
func (e *edge) serveCallback(w http.ResponseWriter, r *http.Request) {
	if looksAhead(w, r) {
		return
	}
	e.consents.cookie.remove(w)
	e.ownerOnly(e.endConsent)(w, r)
}

// endConsent connects. The code in the address is good for one exchange, so the browser can't cancel what has begun, and
// once it is exchanged it leaves the address bar.
func (e *edge) endConsent(w http.ResponseWriter, r *http.Request) {
	begun, err := e.consents.cookie.read(r)
	query := r.URL.Query()
	if err == nil {
		err = e.consents.claim(begun, query.Get("state"))
	}
	if err != nil {
		e.Logger.WarnContext(r.Context(), "refused a way back from Strava", "error", err)
		e.renderRefusal(w, http.StatusBadRequest, refusedStates(err))
		return
	}
	if err := e.accept(r.Context(), begun, query); err != nil {
		e.renderRefusal(w, consentStatus(err), e.consents.Explain(err))
		return
	}
	seeOther(w, r, "/connect")
}

func (e *edge) accept(ctx context.Context, begun attempt, query url.Values) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), acceptTimeout)
	defer cancel()
	app := strava.Application{ClientID: begun.ClientID, ClientSecret: strava.Secret(begun.ClientSecret)}
	if !app.Known() {
		known, _, err := e.consents.Application(ctx)
		if err != nil {
			e.Logger.WarnContext(ctx, "look for the Strava application", "error", err)
			return err
		}
		app = known
	}
	_, err := e.consents.Accept(ctx, app, begun.RedirectURL, query) // It logs what it fails with.
	return err
}

// What is wrong with the state of a way back.
var (
	errOtherState = errors.New("the state is not that of the browser's cookie")
	errSpentState = errors.New("the state was used already")
)

// claim takes the state of a way back, once.
func (c *consents) claim(begun attempt, state string) error {
	switch {
	case begun.State == "" || subtle.ConstantTimeCompare([]byte(state), []byte(begun.State)) == 0:
		return errOtherState
	case !c.spent.spend(begun.State):
		return errSpentState
	default:
		return nil
	}
}

// refusedStates says to a person why a way back counts for nothing.
func refusedStates(err error) string {
	switch {
	case errors.Is(err, errCookieExpired):
		return "This took longer than ten minutes, so it does not count any more. Start again."
	case errors.Is(err, errSpentState):
		return "This way back from Strava was used already. See whether you are connected, or start again."
	default:
		return "This way back from Strava was not begun in this browser, or it was used already. Start again."
	}
}

// consentStatus is the HTTP status of a consent that failed.
func consentStatus(err error) int {
	_, rateLimited := errors.AsType[*strava.RateLimitError](err)
	switch {
	case errors.Is(err, tokens.ErrConsentDenied), errors.Is(err, tokens.ErrOtherAthlete),
		errors.Is(err, strava.ErrAppInactive), errors.Is(err, strava.ErrAthleteLimit):
		return http.StatusForbidden
	case errors.Is(err, tokens.ErrNoCode), errors.Is(err, strava.ErrCodeInvalid), errors.Is(err, strava.ErrClientInvalid),
		errors.Is(err, tokens.ErrNoApplication):
		return http.StatusBadRequest
	case rateLimited, errors.Is(err, tokens.ErrStoring), errors.Is(err, tokens.ErrUnavailable):
		return http.StatusServiceUnavailable
	case errors.Is(err, strava.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return http.StatusBadGateway
	default:
		return http.StatusInternalServerError
	}
}

func (e *edge) renderRefusal(w http.ResponseWriter, status int, text string) {
	e.note(w, status, notePage{
		Title: "Not connected", Text: text, Link: "/connect", LinkText: "Back to the connection",
	})
}

// spentStates are the states that have come back to this process, as long as they would be good otherwise. What another
// replica has seen is not here: the cookie is gone from the browser by then, and Strava takes a code once. It is safe
// for concurrent use.
type spentStates struct {
	mu    sync.Mutex
	now   func() time.Time
	until map[string]time.Time
}

func newSpentStates(now func() time.Time) *spentStates {
	return &spentStates{now: now, until: make(map[string]time.Time)}
}

// spend reports whether it is the first to spend a state.
func (s *spentStates) spend(state string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for old, until := range s.until {
		if !now.Before(until) {
			delete(s.until, old)
		}
	}
	_, spent := s.until[state]
	s.until[state] = now.Add(consentLife)
	return !spent
}
