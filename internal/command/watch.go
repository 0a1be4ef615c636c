package command

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"domestique/fitness"
	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/internal/telemetry"
	"domestique/strava"
	"domestique/tokens"
)

// Watch is who looks on while the gateway works: it hands the layers what they tell it by, and turns that into spans and
// metrics. Where nobody asked for telemetry, and in a nil Watch, it hands out nothing, so that nothing is told. It is safe for
// concurrent use.
type Watch struct {
	*telemetry.Telemetry

	flush func() // Of the log.

	operations *telemetry.Histogram
	details    *telemetry.Counter
	calls      *telemetry.Histogram
	refreshes  *telemetry.Counter
	storage    *telemetry.Histogram
	deliveries *telemetry.Counter
	lag        *telemetry.Histogram
}

// newWatch opens the telemetry that the environment asks for, with every metric that is told of; what is looked at is added
// by Look.
func newWatch(cfg config.Config, env Env, logger *slog.Logger) (*Watch, error) {
	instance, err := instanceOf(env)
	if err != nil {
		return nil, err
	}
	opened, err := telemetry.New(telemetry.Config{
		Endpoint: cfg.OTLPEndpoint, Headers: string(cfg.OTLPHeaders), Lookup: env.Lookup, AdminAddr: cfg.AdminAddr,
		Instance: instance, Version: Build(env.Version).Version, Logger: logger,
	})
	if err != nil {
		return nil, config.Problems{err.Error()}
	}
	w := &Watch{Telemetry: opened}
	m := opened.Metrics
	if m == nil {
		return w, nil
	}
	// A query out of memory takes some microseconds, one that waits for Strava seconds.
	w.operations = m.Histogram("domestique.operation.duration", "How long operations took, from the request to the answer.",
		[]float64{.0001, .001, .005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30}, "type", "code", "kept")
	w.details = m.Counter("domestique.answers", "{answer}",
		"Answers to what the list of activities lacks, by where they came from: memory, strava, stale or none.", "from")
	w.calls = m.Histogram("http.client.request.duration", "Duration of HTTP client requests: those to Strava's API.",
		telemetry.HTTPBounds(), "http.request.method", "url.template", "http.response.status_code")
	w.refreshes = m.Counter("domestique.token.refreshes", "{refresh}", "Refreshes of the grant at Strava, by what came of them.", "outcome")
	w.storage = m.Histogram("db.client.operation.duration", "Duration of database client operations: those of the stores.",
		[]float64{.001, .005, .01, .05, .1, .5, 1, 5, 10}, "db.collection.name", "db.operation.name", "error.type")
	w.deliveries = m.Counter("domestique.webhook.events", "{event}", "Events that Strava told and that were stored.")
	w.lag = m.Histogram("domestique.webhook.lag", "From what happened at Strava until its event was stored, and until it was handled.",
		[]float64{1, 2, 5, 10, 30, 60, 300, 900, 3600, 21600}, "until")
	// A counter that begins with its first event hides that one.
	for _, kind := range []string{"query", "mutation", "subscription"} {
		w.operations.Expect(kind, string(fitness.CodeInternal), strconv.FormatBool(false))
	}
	for _, outcome := range refreshOutcomes() {
		w.refreshes.Add(0, outcome)
	}
	for _, from := range []fitness.AnswerFrom{
		fitness.AnswerFromMemory, fitness.AnswerFromStrava, fitness.AnswerStale, fitness.AnswerNone,
	} {
		w.details.Add(0, string(from))
	}
	w.deliveries.Add(0)
	w.lag.Expect(lagStored)
	w.lag.Expect(lagHandled)
	return w, nil
}

// instanceBytes of randomness tell a process from all others.
const instanceBytes = 16

// instanceOf names this process among the replicas: as Azure Container Apps does, where it does, and else at random.
// https://learn.microsoft.com/azure/container-apps/environment-variables#built-in-environment-variables
func instanceOf(env Env) (string, error) {
	if replica, _ := env.Lookup("CONTAINER_APP_REPLICA_NAME"); replica != "" {
		return replica, nil
	}
	drawn := make([]byte, instanceBytes)
	if _, err := io.ReadFull(env.rand(), drawn); err != nil {
		return "", fmt.Errorf("draw a name for this process: %w", err)
	}
	return hex.EncodeToString(drawn), nil
}

// Until when the lag of events is told.
const lagStored, lagHandled = "stored", "handled"

// Flush writes what is left of the log.
func (w *Watch) Flush() { w.flush() }

// isOn reports whether anybody looks.
func (w *Watch) isOn() bool { return w != nil && w.Metrics != nil }

// Answered is for edge.Config.
func (w *Watch) Answered() func(edge.Answered) {
	if !w.isOn() {
		return nil
	}
	return func(told edge.Answered) {
		w.operations.Record(told.Took, told.Kind, told.Code, strconv.FormatBool(told.Kept))
	}
}

// service is for fitness.Config.
func (w *Watch) service() fitness.Watch {
	if !w.isOn() {
		return fitness.Watch{}
	}
	watch := fitness.Watch{Answered: func(_ string, from fitness.AnswerFrom) { w.details.Add(1, string(from)) }}
	if w.Traces() {
		watch.Begin = func(ctx context.Context, what string) (context.Context, func(error)) {
			ctx, end := w.Span(ctx, telemetry.Internal, "find "+what)
			return ctx, func(err error) { end(classOf(err)) }
		}
	}
	return watch
}

// client is for strava.Config.
func (w *Watch) client() func(ctx context.Context, op string) (context.Context, func(status int, err error)) {
	if !w.isOn() {
		return nil
	}
	return func(ctx context.Context, op string) (context.Context, func(status int, err error)) {
		began := time.Now()
		method, template, _ := strings.Cut(op, " ")
		ctx, end := w.Span(ctx, telemetry.Client, op, telemetry.Attribute{Name: "http.request.method", Value: method},
			telemetry.Attribute{Name: "url.template", Value: template})
		return ctx, func(status int, err error) {
			text, problem := strconv.Itoa(status), classOf(err)
			if status >= 400 {
				problem = text
			}
			w.calls.Record(time.Since(began), method, template, text)
			end(problem, telemetry.Attribute{Name: "http.response.status_code", Value: text})
		}
	}
}

// job makes a piece of work that nobody has asked for a trace of its own.
func (w *Watch) job(ctx context.Context, name string, work func(context.Context) error) error {
	if w == nil {
		return work(ctx)
	}
	ctx, end := w.Span(ctx, telemetry.Internal, name)
	err := work(ctx)
	end(classOf(err))
	return err
}

// classOf names what went wrong, without anything of which there are many; empty for nothing.
func classOf(err error) string {
	failure, explained := errors.AsType[*fitness.Error](err)
	switch {
	case err == nil:
		return ""
	case explained:
		return string(failure.Code)
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	default:
		return "_OTHER"
	}
}

// refreshOutcomes are all that can come of asking Strava for a new access token.
func refreshOutcomes() []string {
	return []string{"rotated", "kept", "refused", "client_refused", "app_inactive", "rate_limited", "no_answer"}
}

// watchedOAuth counts refreshes.
type watchedOAuth struct {
	tokens.OAuth
	watch *Watch
}

func (w *Watch) oauth(oauth tokens.OAuth) tokens.OAuth {
	if !w.isOn() {
		return oauth
	}
	return watchedOAuth{oauth, w}
}

// Refresh implements tokens.OAuth.
func (o watchedOAuth) Refresh(ctx context.Context, grant strava.Grant) (strava.Grant, error) {
	ctx, end := o.watch.Span(ctx, telemetry.Client, "refresh the grant")
	fresh, err := o.OAuth.Refresh(ctx, grant)
	outcome := refreshOutcome(grant, fresh, err)
	o.watch.refreshes.Add(1, outcome)
	if err == nil {
		end("")
	} else {
		end(outcome)
	}
	return fresh, err
}

func refreshOutcome(before, fresh strava.Grant, err error) string {
	_, limited := errors.AsType[*strava.RateLimitError](err)
	switch {
	case limited:
		return "rate_limited"
	case errors.Is(err, strava.ErrRefreshTokenInvalid):
		return "refused"
	case errors.Is(err, strava.ErrClientInvalid):
		return "client_refused"
	case errors.Is(err, strava.ErrAppInactive):
		return "app_inactive"
	case err != nil:
		return "no_answer"
	case fresh.RefreshToken == before.RefreshToken:
		return "kept"
	default:
		return "rotated"
	}
}
