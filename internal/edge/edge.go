// Package edge is the gateway's HTTP side: the routes, who is asking, GraphQL over HTTP, and the probes. It decides what
// a client sees of a request that is not an operation yet; what an operation answers is decided by the executor that is
// handed in. It keeps no data and knows no resolver.
package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Config is what the edge needs from the outside. New names the field that is wrong.
type Config struct {
	// Executor runs GraphQL operations, with its limits and its error presenter set. Required.
	Executor graphql.GraphExecutor
	// SDL is the schema as text, served at /schema.graphql. Required.
	SDL string
	// OwnerKeys are the bearer keys; whoever sends one of them is the owner. Required unless DemoLoopbackOwner is set.
	OwnerKeys []string
	// DemoLoopbackOwner makes everyone on this machine the owner. For the demo alone, whose data is made up.
	DemoLoopbackOwner bool
	// Ready returns why the gateway cannot serve at the moment, and nil when it can; it is also how a server that is
	// about to stop gets out of the load balancer's rotation. Nil: always ready.
	Ready func(context.Context) error
	// Version is what /version says.
	Version VersionInfo
	// Playground serves /playground and everything below it, with the paths as they came and a content security policy
	// of its own. Nil: there is none.
	Playground http.Handler
	// Now is the clock of the access log. Nil: time.Now.
	Now func() time.Time
	// Logger gets one line per GraphQL request, and why the gateway is not ready. Nil: nothing is logged.
	Logger *slog.Logger
}

// Format implements fmt.Formatter for all verbs: a Config holds keys, so it is never printed.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// VersionInfo is the program's build, as /version shows it.
type VersionInfo struct {
	// Version is the release, such as 1.2.0.
	Version string `json:"version"`
	// Commit is the revision that it was built from; empty when unknown.
	Commit string `json:"commit,omitempty"`
	// Built is when, in RFC 3339; empty when unknown.
	Built string `json:"built,omitempty"`
	// Go is the version of Go that built it; empty when unknown.
	Go string `json:"go,omitempty"`
}

// readyTimeout bounds a readiness check; probes of containers usually give up after one to five seconds themselves.
const readyTimeout = 3 * time.Second

// edge is the state behind the routes. It does not change after New, so requests share it freely.
type edge struct {
	Config
	owners owners
}

// New returns the handler of all routes. It is safe for concurrent use and never calls http.Error with an error's text.
func New(cfg Config) (http.Handler, error) {
	owners, err := newOwners(cfg.OwnerKeys, cfg.DemoLoopbackOwner)
	switch {
	case err != nil:
		return nil, err
	case cfg.Executor == nil:
		return nil, errors.New("edge: Executor is required")
	case cfg.SDL == "":
		return nil, errors.New("edge: SDL is required")
	}
	if cfg.Ready == nil {
		cfg.Ready = func(context.Context) error { return nil }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	e := &edge{Config: cfg, owners: owners}
	return securityHeaders(e.routes()), nil
}

func (e *edge) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", e.serveGraphQL)
	mux.HandleFunc("GET /schema.graphql", e.serveSDL)
	mux.HandleFunc("GET /livez", e.serveLivez)
	mux.HandleFunc("GET /readyz", e.serveReadyz)
	mux.HandleFunc("GET /version", e.serveVersion)
	if e.Playground != nil {
		mux.Handle("/playground", e.Playground)
		mux.Handle("/playground/", e.Playground)
		mux.Handle("GET /{$}", http.RedirectHandler("/playground", http.StatusFound))
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

// serveSDL shows the schema to whoever may introspect: the owner.
func (e *edge) serveSDL(w http.ResponseWriter, r *http.Request) {
	if !e.owners.include(r) {
		e.write(w, mediaJSON, refusedAnswer(refuseUnauthenticated()))
		return
	}
	writeText(w, http.StatusOK, e.SDL)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // A client that hung up is all that can go wrong here.
}
