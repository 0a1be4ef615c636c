package command

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// callbackPath is where Strava sends the browser back to.
const callbackPath = "/connect/callback"

// stateBytes of randomness bind the way back to the way out.
const stateBytes = 32

// A code that has just been made is not known everywhere inside Strava; two seconds later it is.
const (
	exchangeAttempts = 3
	exchangePause    = 2 * time.Second
)

// errDenied is why there is no grant when the athlete said no.
var errDenied = errors.New("the consent was denied on Strava's page")

// connected is what came of a consent.
type connected struct {
	athleteID int64
	scopes    []string // as granted
}

// outcome is the end of a consent flow, good or bad.
type outcome struct {
	connected
	err error
}

// consent is one consent flow: one address for the athlete, one way back.
type consent struct {
	custody     Custody
	redirectURL string
	state       string
	used        atomic.Bool
	done        chan outcome
}

func newConsent(custody Custody, redirectURL string, random io.Reader) (*consent, error) {
	state := make([]byte, stateBytes)
	if _, err := io.ReadFull(random, state); err != nil {
		return nil, fmt.Errorf("draw a state: %w", err)
	}
	return &consent{
		custody:     custody,
		redirectURL: redirectURL,
		state:       base64.RawURLEncoding.EncodeToString(state),
		done:        make(chan outcome, 1), // the state is good for one outcome
	}, nil
}

func (c *consent) authorizeURL(scopes []string) string {
	return c.custody.OAuth.AuthCodeURL(c.state, c.redirectURL, scopes)
}

// wait serves the way back until the flow has an outcome or ctx ends; then the cause of ctx is the error. A way back
// that is under way when ctx ends is served to its end: the code in it is good for one exchange.
func (c *consent) wait(ctx context.Context, listener net.Listener) (connected, error) {
	mux := http.NewServeMux()
	mux.Handle("GET "+callbackPath, c)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 2 * storeTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var end outcome
	select {
	case end = <-c.done:
	case err := <-served:
		return connected{}, fmt.Errorf("serve the way back from Strava: %w", err)
	case <-ctx.Done():
		end.err = context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	_ = server.Shutdown(ctx) // the answer's last bytes are all that an error could cost
	<-served
	select {
	case end = <-c.done:
	default:
	}
	return end.connected, end.err
}

// ServeHTTP is the way back from Strava. A request with another state, or with one that was used, is none of this flow
// and changes nothing: the flow goes on waiting.
func (c *consent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer") // the address holds the code
	query := r.URL.Query()
	if !c.claim(query.Get("state")) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "This address is not valid, or no longer. Run `domestique connect` to get one.\n")
		return
	}
	// The browser may go away, the code cannot be used again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	var end outcome
	end.connected, end.err = c.accept(ctx, query.Get("error"), query.Get("code"), query.Get("scope"))
	if end.err != nil {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "Not connected. The terminal says why; this window can be closed.\n")
	} else {
		_, _ = io.WriteString(w, "Connected. This window can be closed.\n")
	}
	c.done <- end
}

// claim reports whether a state is the flow's own, the first time it comes.
func (c *consent) claim(state string) bool {
	return subtle.ConstantTimeCompare([]byte(state), []byte(c.state)) == 1 && c.used.CompareAndSwap(false, true)
}

// accept turns what Strava sent the browser back with into a stored grant.
func (c *consent) accept(ctx context.Context, refusal, code, scope string) (connected, error) {
	switch {
	case refusal == "access_denied":
		return connected{}, errDenied
	case refusal != "" || code == "":
		return connected{}, errors.New("strava sent the browser back without a code")
	}
	grant, err := c.exchange(ctx, code)
	if err != nil {
		return connected{}, fmt.Errorf("exchange the code: %w", err)
	}
	// The callback alone says what was granted; the answer to the exchange does not.
	scopes := strings.FieldsFunc(scope, func(r rune) bool { return r == ',' || r == ' ' })
	switch err := c.custody.Tokens.Install(ctx, grant, scopes); {
	case errors.Is(err, tokens.ErrOtherAthlete):
		return connected{}, fmt.Errorf("store the grant of athlete %d, when the gateway is another's: %w", grant.AthleteID, err)
	case err != nil:
		return connected{}, fmt.Errorf("store the grant: %w", err)
	}
	return connected{athleteID: grant.AthleteID, scopes: scopes}, nil
}

func (c *consent) exchange(ctx context.Context, code string) (strava.Grant, error) {
	for attempt := 1; ; attempt++ {
		grant, err := c.custody.OAuth.Exchange(ctx, code, c.redirectURL)
		if attempt == exchangeAttempts || !errors.Is(err, strava.ErrCodeInvalid) {
			return grant, err
		}
		select {
		case <-time.After(exchangePause):
		case <-ctx.Done():
			return strava.Grant{}, errors.Join(err, ctx.Err())
		}
	}
}
