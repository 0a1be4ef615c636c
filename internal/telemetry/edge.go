package telemetry

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// HTTPBounds are the buckets of HTTP, in seconds.
// https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
func HTTPBounds() []float64 {
	return []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
}

// Edge goes around the handler of all requests: each is a span, a part of the caller's trace where its traceparent says so, and
// counts for http.server.request.duration. Probes are neither. Without telemetry it gives the handler back.
func (t *Telemetry) Edge(next http.Handler) http.Handler {
	if t.Metrics == nil {
		return next
	}
	durations := t.Metrics.Histogram("http.server.request.duration", "Duration of HTTP server requests.", HTTPBounds(),
		"http.request.method", "http.route", "http.response.status_code")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/livez" || r.URL.Path == "/readyz" {
			next.ServeHTTP(w, r)
			return
		}
		began, seen := time.Now(), &statusWriter{ResponseWriter: w, status: http.StatusOK}
		r, end := t.arrive(r)
		defer func() {
			end(seen.status)
			if seen.status != http.StatusSwitchingProtocols { // How long a WebSocket is open says nothing.
				durations.Record(time.Since(began), method(r), route(r), strconv.Itoa(seen.status))
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

// arrive begins the span of a request. The request that it returns is the one whose Pattern the router sets.
func (t *Telemetry) arrive(r *http.Request) (_ *http.Request, end func(status int)) {
	if t.tracer == nil {
		return r, func(int) {}
	}
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.tracer.Start(ctx, method(r), trace.WithSpanKind(trace.SpanKindServer))
	r = r.WithContext(ctx)
	return r, func(status int) {
		if span.IsRecording() {
			span.SetName(strings.TrimSpace(method(r) + " " + route(r)))
			span.SetAttributes(attribute.String("http.request.method", method(r)), attribute.String("http.route", route(r)),
				attribute.Int("http.response.status_code", status))
			if status >= http.StatusInternalServerError {
				span.SetAttributes(attribute.String("error.type", strconv.Itoa(status)))
				span.SetStatus(codes.Error, "")
			}
		}
		span.End()
	}
}

// route is the path that the router knows, such as /webhook/ for all below it; empty where it knows none. What a client asked for
// stays out: it may be anything, and a secret.
func route(r *http.Request) string {
	_, path, found := strings.Cut(r.Pattern, " ")
	if !found {
		return r.Pattern
	}
	return path
}

// method is the request's, if it is one of those that there are: a client may send any word.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodDelete,
		http.MethodPatch, http.MethodConnect, http.MethodTrace:
		return r.Method
	default:
		return "_OTHER"
	}
}

// statusWriter remembers the status of an answer. Streams and WebSockets find what they need by Unwrap.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
