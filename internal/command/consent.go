package command

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// callbackPath is where Strava sends the browser back to.
const callbackPath = "/connect/callback"

// stateBytes of randomness bind the way back to the way out.
const stateBytes = 32

// outcome is the end of a flow, good or bad.
type outcome struct {
	consented tokens.Consented
	err       error
}

// flow is a consent by way of this machine's loopback: one address for the athlete, one way back.
type flow struct {
	consent     *tokens.Consent
	app         strava.Application
	redirectURL string
	state       string
	used        atomic.Bool
	done        chan outcome
}

func newFlow(consent *tokens.Consent, app strava.Application, redirectURL string, random io.Reader) (*flow, error) {
	state := make([]byte, stateBytes)
	if _, err := io.ReadFull(random, state); err != nil {
		return nil, fmt.Errorf("draw a state: %w", err)
	}
	return &flow{
		consent:     consent,
		app:         app,
		redirectURL: redirectURL,
		state:       base64.RawURLEncoding.EncodeToString(state),
		done:        make(chan outcome, 1), // the state is good for one outcome
	}, nil
}

// address is that of Strava's page.
func (f *flow) address() string { return f.consent.URL(f.app, f.state, f.redirectURL) }

// wait serves the way back until the flow has an outcome or ctx ends; then the cause of ctx is the error. A way back
// that is under way when ctx ends is served to its end: the code in it is good for one exchange.
func (f *flow) wait(ctx context.Context, listener net.Listener) (tokens.Consented, error) {
	server := &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: 2 * storeTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var end outcome
	select {
	case end = <-f.done:
	case err := <-served:
		return tokens.Consented{}, fmt.Errorf("serve the way back from Strava: %w", err)
	case <-ctx.Done():
		end.err = context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	_ = server.Shutdown(ctx) // the answer's last bytes are all that an error could cost
	<-served
	select {
	case end = <-f.done:
	default:
	}
	return end.consented, end.err
}

// ServeHTTP is the way back from Strava. A request with another state, or with one that was used, is none of this flow
// and changes nothing: the flow goes on waiting.
func (f *flow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")                  // the address holds the code
	if r.Method != http.MethodGet || r.URL.Path != callbackPath { // A mux would repeat the code in a redirect to the clean path.
		http.NotFound(w, r)
		return
	}
	query := r.URL.Query()
	if !f.claim(query.Get("state")) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "This address is not valid, or no longer. Run `domestique connect` to get one.\n")
		return
	}
	// The browser may go away, the code cannot be used again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	consented, err := f.consent.Accept(ctx, f.app, f.redirectURL, query)
	if err != nil {
		err = &explained{f.consent.Explain(err), err}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "Not connected. The terminal says why; this window can be closed.\n")
	} else {
		_, _ = io.WriteString(w, "Connected. This window can be closed.\n")
	}
	f.done <- outcome{consented, err}
}

// claim reports whether a state is the flow's own, the first time it comes.
func (f *flow) claim(state string) bool {
	return subtle.ConstantTimeCompare([]byte(state), []byte(f.state)) == 1 && f.used.CompareAndSwap(false, true)
}

// explained is an error in words for a person. What it was stays to be asked for.
type explained struct {
	text string
	err  error
}

func (e *explained) Error() string { return e.text }
func (e *explained) Unwrap() error { return e.err }
