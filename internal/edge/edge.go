// Package edge is the gateway's HTTP side: the routes, who is asking, GraphQL over HTTP, the pages on which the owner signs
// in and connects to Strava, and the probes. It decides what a client sees of a request that is not an operation yet; what
// an operation answers is decided by the executor that is handed in. It keeps no data and knows no resolver.
package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// readyTimeout bounds a readiness check; probes of containers usually give up after one to five seconds themselves.
const readyTimeout = 3 * time.Second

// edge is the state behind the routes. What changes after New is safe for concurrent use.
type edge struct {
	Config
	owners owners
	// files has a place for each request with a file that is under way; it bounds the memory for them.
	files    chan struct{}
	streams  *streams
	guesses  *guesses
	packer   *packer
	finished *finishedAnswers
	sdl      payload
	vary     []string // The header, which does not change.

	documents documents

	// What follows is for browsers, and nil without a Keyring; consents without a Consent, too.
	publicURL *url.URL
	pages     *pages
	sameSite  *http.CrossOriginProtection
	consents  *consents

	deliveries *deliveries // nil without a Webhook
}

// Gateway is the handler of all routes. It is safe for concurrent use.
type Gateway struct {
	http.Handler

	streams  *streams
	finished *finishedAnswers
}

// Forget drops every answer that is kept, and lets none be kept that is on its way: for when what they were made of has to
// be gone.
func (g *Gateway) Forget() { g.finished.forget() }

// New returns the gateway. It never calls http.Error with an error's text.
func New(cfg Config) (*Gateway, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	keys, err := newOwnerKeys(cfg.OwnerKeys)
	if err != nil {
		return nil, err
	}
	e := &edge{
		Config:  cfg,
		owners:  owners{keys: keys, everyoneLocal: cfg.DemoLoopbackOwner},
		files:   make(chan struct{}, filesAtATime),
		streams: newStreams(cfg.Streams),
		sdl:     payload{plain: []byte(cfg.SDL)},
		vary:    []string{"Accept, Accept-Encoding, Authorization, Cookie"},
	}
	if len(cfg.AllowedOrigins) > 0 {
		e.vary[0] += ", Origin"
	}
	if e.documents, err = newDocuments(cfg.Documents, cfg.TrustedDocuments); err != nil {
		return nil, err
	}
	if err := e.keepInMemory(); err != nil {
		return nil, fmt.Errorf("edge: make what is kept in memory: %w", err)
	}
	if cfg.Keyring != nil {
		if err := e.admitBrowsers(); err != nil {
			return nil, err
		}
	}
	if cfg.Webhook != nil {
		if e.deliveries, err = newDeliveries(cfg.Now); err != nil {
			return nil, fmt.Errorf("edge: make the count of deliveries: %w", err)
		}
	}
	headers := hardening(strings.HasPrefix(cfg.PublicURL, "https://"))
	return &Gateway{securityHeaders(headers, asWritten(e.routes())), e.streams, e.finished}, nil
}

func (e *edge) keepInMemory() error {
	var errs [3]error
	e.guesses, errs[0] = newGuesses(e.Now)
	e.packer, errs[1] = newPacker()
	e.finished, errs[2] = newFinishedAnswers()
	return errors.Join(errs[:]...)
}

// admitBrowsers makes what sessions and pages need.
func (e *edge) admitBrowsers() error {
	var err error
	if e.publicURL, err = url.Parse(e.PublicURL); err != nil || e.publicURL.Host == "" {
		return errors.New("edge: PublicURL is required with a Keyring, and an address like https://example.org")
	}
	e.pages = newPages()
	e.sameSite = http.NewCrossOriginProtection()
	if err := e.sameSite.AddTrustedOrigin(originOf(e.publicURL)); err != nil {
		return fmt.Errorf("edge: trust PublicURL: %w", err)
	}
	e.sameSite.SetDenyHandler(http.HandlerFunc(e.refuseOtherSite))
	secure := e.publicURL.Scheme == "https"
	if e.owners.sessions, err = newSessions(e.owners.keys, e.Config, secure); err != nil {
		return fmt.Errorf("edge: make the sessions: %w", err)
	}
	if e.Consent != nil {
		e.consents = newConsents(e.Consent, e.Keyring, secure, e.Now)
	}
	return nil
}

func (e *edge) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", e.serveGraphQL)
	mux.HandleFunc("GET /schema.graphql", e.serveSDL)
	mux.HandleFunc("GET /livez", e.serveLivez)
	mux.HandleFunc("GET /readyz", e.serveReadyz)
	mux.HandleFunc("GET /version", e.serveVersion)
	if e.Webhook != nil {
		mux.HandleFunc(webhookPath, e.serveWebhook)
	}
	if e.Playground != nil {
		mux.Handle("/playground", e.Playground)
		mux.Handle("/playground/", e.Playground)
	}
	if e.Pages != nil {
		for _, path := range []string{"/{$}", "/activities/", "/widget.js", "/widget", "/widget/", "/assets/", "/licenses.txt"} {
			mux.Handle(path, e.Pages)
		}
	}
	if e.owners.sessions != nil {
		mux.Handle("GET /login", e.page(e.serveLogin))
		mux.Handle("POST /login", e.page(e.logIn))
		mux.Handle("POST /logout", e.page(e.logOut))
	}
	if e.consents != nil {
		mux.Handle("GET /connect", e.page(e.ownerOnly(e.serveConnect)))
		mux.Handle("POST /connect", e.page(e.ownerOnly(e.beginConsent)))
		mux.Handle("GET "+callbackPath, e.page(e.serveCallback))
	}
	return mux
}

// serveLivez says that the process handles requests. It looks at nothing else: a gateway that cannot reach Strava still
// serves what it holds, and restarting it would not help.
func (e *edge) serveLivez(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusOK, "ok\n")
}

// serveReadyz says ok or not; the log says why.
func (e *edge) serveReadyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := e.Ready(ctx); err != nil {
		e.Logger.WarnContext(ctx, "not ready", "error", err)
		writeText(w, http.StatusServiceUnavailable, "not ok\n")
		return
	}
	writeText(w, http.StatusOK, "ok\n")
}

func (e *edge) serveVersion(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// The struct holds strings alone, which always encode; what is left is a client that hung up.
	_ = json.NewEncoder(w).Encode(e.Version)
}

// serveSDL shows the schema to whoever may introspect.
func (e *edge) serveSDL(w http.ResponseWriter, r *http.Request) {
	viewer, refused := e.identify(r)
	if refused == nil && !e.mayIntrospect(viewer) {
		refused = refuseUnauthenticated()
	}
	if refused != nil {
		e.refuse(w, r, refused)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	e.send(w, r, http.StatusOK, &e.sdl)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // A client that hung up is all that can go wrong here.
}
