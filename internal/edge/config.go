package edge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/tokens"
)

// Config is what the edge needs from the outside. New names the field that is wrong.
type Config struct {
	// Executor runs GraphQL operations, with its limits and its error presenter set. Required.
	Executor graphql.GraphExecutor
	// SDL is the schema as text, served at /schema.graphql. Required.
	SDL string
	// OwnerKeys are the bearer keys; whoever sends one of them is the owner. Required unless DemoLoopbackOwner is set.
	OwnerKeys []string
	// Keyring seals what browsers carry; all replicas need the same. Nil: no browser can sign in, and /login, /logout and
	// /connect are not there.
	Keyring *tokens.Keyring
	// Endings is where replicas note the sessions that were ended. Nil: each knows of its own alone, until it stops.
	Endings Endings
	// PublicURL is the address that others know the gateway by, without a slash at its end. Required with a Keyring.
	PublicURL string
	// Access says what others than the owner may ask. Zero: nothing. What they see is decided
	// by the domain, which finds the viewer in the context: see fitness.WithViewer.
	Access Access
	// TrustedDocuments is a folder of .graphql files, or a manifest, a JSON object of SHA-256 and document. Empty: there are
	// none but Documents.
	TrustedDocuments string
	// Documents are trusted without being looked for. Zero: none.
	Documents []string
	// Freshness lets answers be kept whole. Nil: none is.
	Freshness Freshness
	// MaxAge says for how long the answer to a query may be kept, by what the query asks for; zero: not at all, not here
	// either. Nil: no answer may.
	MaxAge func(*ast.OperationDefinition) time.Duration
	// OperationTimeout is how long a query or a mutation without a file may run. Zero: 90 s, which is below the time that the
	// server has to write its answer.
	OperationTimeout time.Duration
	// AllowedOrigins are origins like https://example.org whose pages may ask here and open a WebSocket, as the gateway's own
	// may. A cookie doesn't count there: such a page has to bring a key, or gets what anybody gets. Zero: none.
	AllowedOrigins []string
	// Streams bounds subscriptions and WebSockets. Zero: as it says itself.
	Streams Streams
	// StartLink signs in whoever opens it, once. Nil: there is none.
	StartLink *StartLink
	// Consent connects the gateway to Strava. Nil: /connect is not there. It needs a Keyring.
	Consent *tokens.Consent
	// Grant tells /connect how the connection is doing. Required with a Consent.
	Grant Grant
	// History tells /connect how far the copy of the activities has come. Nil: nothing is said of it.
	History History
	// Scopes are those that Consent asks for, to name at /connect what was not granted. Zero: nothing is named.
	Scopes []string
	// Webhook takes in what Strava tells. Nil: /webhook/ is not there.
	Webhook Webhook
	// DemoLoopbackOwner makes everyone on this machine the owner. For the demo alone, whose data is made up.
	DemoLoopbackOwner bool
	// Ready returns why the gateway cannot serve at the moment, and nil when it can; it is also how a server that is
	// about to stop gets out of the load balancer's rotation. Nil: always ready.
	Ready func(context.Context) error
	// Version is what /version says.
	Version VersionInfo
	// Pages serves /, /activities/ID, /widget.js, /widget/, /assets/ and /licenses.txt, with the paths as they came and content
	// security policies of its own. Nil: there are none.
	Pages http.Handler
	// Playground serves /playground and everything below it, with the paths as they came and a content security policy
	// of its own. Nil: there is none.
	Playground http.Handler
	// Now is the clock of the access log, of sessions and of consents. Nil: time.Now.
	Now func() time.Time
	// Draw makes the states of consents: texts that nobody can guess. Nil: crypto/rand.Text.
	Draw func() string
	// Answered is told of each operation, as the access log is. It must not wait. Nil: nobody is told.
	Answered func(Answered)
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

func (cfg Config) check() error {
	switch {
	case len(cfg.OwnerKeys) == 0 && !cfg.DemoLoopbackOwner:
		return errors.New("edge: OwnerKeys is required: without a key nobody could ask anything")
	case cfg.Executor == nil:
		return errors.New("edge: Executor is required")
	case cfg.SDL == "":
		return errors.New("edge: SDL is required")
	case cfg.StartLink != nil && (cfg.Keyring == nil || len(cfg.OwnerKeys) == 0):
		return errors.New("edge: StartLink needs a Keyring and OwnerKeys: it opens a session for the first of them")
	case cfg.Consent != nil && (cfg.Keyring == nil || cfg.Grant == nil):
		return errors.New("edge: Consent needs a Keyring and a Grant")
	case cfg.Access != AccessOff && cfg.Access != AccessSummary && cfg.Access != AccessTrusted:
		return fmt.Errorf("edge: Access is %q, which is no level of access", cfg.Access)
	default:
		return checkOrigins(cfg.AllowedOrigins)
	}
}

func (cfg Config) withDefaults() Config {
	if cfg.Ready == nil {
		cfg.Ready = func(context.Context) error { return nil }
	}
	if cfg.OperationTimeout == 0 {
		cfg.OperationTimeout = 90 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Draw == nil {
		cfg.Draw = rand.Text
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg
}
