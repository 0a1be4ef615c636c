package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"domestique/internal/telemetry"
)

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, ok := env[name]; return value, ok }
}

// Where each signal goes, and with what.
func TestDestinations(t *testing.T) {
	t.Parallel()
	const common = "http://collector:4318"
	tests := map[string]struct {
		endpoint        string
		env             map[string]string
		traces, metrics bool
		warns           string
	}{
		"nothing":     {},
		"everything":  {endpoint: common, traces: true, metrics: true},
		"disabled":    {endpoint: common, env: map[string]string{"OTEL_SDK_DISABLED": "True"}},
		"traces only": {env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": common + "/v1/traces"}, traces: true},
		"no metrics":  {endpoint: common, env: map[string]string{"OTEL_METRICS_EXPORTER": "none"}, traces: true},
		"no traces":   {endpoint: common, env: map[string]string{"OTEL_TRACES_EXPORTER": "none"}, metrics: true},
		"another exporter": {
			endpoint: common, env: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, metrics: true, warns: "OTEL_TRACES_EXPORTER",
		},
		"gRPC": {endpoint: common, env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, warns: "http/protobuf"},
		"gRPC for metrics": {
			endpoint: common, env: map[string]string{"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "grpc"}, traces: true, warns: "http/protobuf",
		},
		"protobuf, spelled out": {
			endpoint: common, env: map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, traces: true, metrics: true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			made, err := telemetry.New(telemetry.Config{
				Endpoint: test.endpoint, Lookup: lookup(test.env), Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = made.Close(canceled()) })
			if made.Traces() != test.traces || (made.Metrics != nil) != (test.traces || test.metrics) {
				t.Errorf("traces %v, metrics %v", made.Traces(), made.Metrics != nil)
			}
			if warned := log.String(); !strings.Contains(warned, test.warns) || test.warns == "" && warned != "" {
				t.Errorf("the log: %s", warned)
			}
		})
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestMistakesAreNamedWithoutSecrets(t *testing.T) {
	t.Parallel()
	for variable, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "collector:4318", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "the-key-alone",
		"OTEL_EXPORTER_OTLP_TIMEOUT": "10s", "OTEL_METRIC_EXPORT_INTERVAL": "0", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/no/such/file",
	} {
		_, err := telemetry.New(telemetry.Config{Endpoint: "http://collector:4318", Lookup: lookup(map[string]string{variable: value})})
		if err == nil || !strings.Contains(err.Error(), strings.Replace(variable, "TRACES_HEADERS", "HEADERS", 1)) ||
			strings.Contains(err.Error(), "the-key-alone") {
			t.Errorf("%s=%s: %v", variable, value, err)
		}
	}
}

// A receiver that is busy is asked once more; that exports fail is said once, and that they work again, too.
func TestABusyReceiver(t *testing.T) {
	t.Parallel()
	var asked, refuses atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked.Add(1)
		if refuses.Add(-1) >= 0 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(receiver.Close)
	var log bytes.Buffer
	for name, test := range map[string]struct {
		refuses, asked int32
		told           bool
	}{"once": {1, 2, false}, "for longer": {9, 2, true}} {
		asked.Store(0)
		refuses.Store(test.refuses)
		log.Reset()
		made, err := telemetry.New(telemetry.Config{
			Endpoint: receiver.URL, Lookup: lookup(map[string]string{"OTEL_METRICS_EXPORTER": "none"}),
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, end := made.Span(t.Context(), telemetry.Internal, "a span")
		end("")
		if err := made.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if told := strings.Contains(log.String(), "not delivered"); asked.Load() != test.asked || told != test.told {
			t.Errorf("%s: asked %d times, told %v\n%s", name, asked.Load(), told, &log)
		}
	}
}

func TestLinesNameTheirSpan(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	plain := slog.New(slog.NewJSONHandler(&lines, nil))
	off, err := telemetry.New(telemetry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if off.Log(plain) != plain {
		t.Error("without traces the logger is another one")
	}
	on, err := telemetry.New(telemetry.Config{Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close(canceled()) })
	logger := on.Log(plain).With("a", 1)
	if ctx, _ := on.Inner(t.Context(), telemetry.Internal, "a look"); ctx != t.Context() {
		t.Error("a look on nobody's behalf is a trace of its own")
	}
	ctx, end := on.Span(t.Context(), telemetry.Internal, "a span")
	if inner, done := on.Inner(ctx, telemetry.Internal, "a look"); inner == ctx {
		t.Error("a look inside of a trace is no span")
	} else {
		done("")
	}
	logger.InfoContext(ctx, "inside")
	end("")
	logger.InfoContext(t.Context(), "outside")
	for line := range strings.Lines(lines.String()) {
		var got map[string]any
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		trace, _ := got["trace_id"].(string)
		span, _ := got["span_id"].(string)
		if inside := got["msg"] == "inside"; inside != (len(trace) == 32) || inside != (len(span) == 16) || got["a"] != 1.0 {
			t.Errorf("%s", line)
		}
	}
}

// What is of interest inside of a trace alone begins none.
func TestInnerSpansBeginNoTrace(t *testing.T) {
	t.Parallel()
	on, err := telemetry.New(telemetry.Config{Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close(canceled()) })
	outside := t.Context()
	if inner, _ := on.Inner(outside, telemetry.Client, "inner"); inner != outside {
		t.Error("a span begins outside of a trace")
	}
	inside, end := on.Span(outside, telemetry.Internal, "a span")
	defer end("")
	inner, endInner := on.Inner(inside, telemetry.Client, "inner")
	defer endInner("")
	if inner == inside {
		t.Error("no span begins inside of a trace")
	}
}

// Without telemetry nothing goes around anything.
func TestOffIsNothing(t *testing.T) {
	off, err := telemetry.New(telemetry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	called := false
	handler := off.Edge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, wrapped := w.(interface{ Unwrap() http.ResponseWriter })
		called = !wrapped
	}))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if !called || off.Operations() != nil || off.Metrics != nil {
		t.Error("something is in the way of requests")
	}
	ctx := t.Context()
	if allocations := testing.AllocsPerRun(100, func() {
		_, end := off.Span(ctx, telemetry.Client, "a span")
		end("")
	}); allocations > 0 {
		t.Errorf("a span that is not made takes %v allocations", allocations)
	}
	if err := off.Close(ctx); err != nil {
		t.Error(err)
	}
}

// listening is a Telemetry with an admin address, and that.
func listening(t *testing.T) (_ *telemetry.Telemetry, address string) {
	t.Helper()
	var log bytes.Buffer
	on, err := telemetry.New(telemetry.Config{
		AdminAddr: "127.0.0.1:0", Instance: "one", Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err == nil {
		err = on.Start(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close(context.Background()) })
	return on, regexp.MustCompile(`admin=(\S+)`).FindStringSubmatch(log.String())[1]
}

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, address string) map[string]*dto.MetricFamily {
	t.Helper()
	res, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	seen, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// What stands in a label or a help may be anything, and still is one line.
func TestPrometheusReadsOddWords(t *testing.T) {
	t.Parallel()
	on, address := listening(t)
	const odd = "a \"b\"\n\\c{}"
	on.Metrics.Counter("odd.words", "{word}", "Help\nwith \\ lines.", "word").Add(2, odd)
	on.Metrics.Histogram("odd.times", "Times.", []float64{1, 2}, "word").Record(1500*time.Millisecond, odd)
	seen := scrape(t, address)
	words := seen["odd_words_total"].GetMetric()[0]
	if words.GetLabel()[0].GetValue() != odd || words.GetCounter().GetValue() != 2 || seen["odd_words_total"].GetHelp() != "Help\nwith \\ lines." {
		t.Errorf("%v", seen["odd_words_total"])
	}
	times := seen["odd_times_seconds"].GetMetric()[0].GetHistogram()
	var below []uint64
	for _, bucket := range times.GetBucket() {
		below = append(below, bucket.GetCumulativeCount())
	}
	if !slices.Equal(below, []uint64{0, 1, 1}) || times.GetSampleSum() != 1.5 || times.GetSampleCount() != 1 {
		t.Errorf("%v", times)
	}
}

// Each replica's numbers are its own: https://opentelemetry.io/docs/specs/semconv/resource/service/
func TestAReplicaIsNamed(t *testing.T) {
	t.Parallel()
	_, address := listening(t)
	target := scrape(t, address)["target_info"].GetMetric()[0]
	if !slices.ContainsFunc(target.GetLabel(), func(label *dto.LabelPair) bool {
		return label.GetName() == "service_instance_id" && label.GetValue() == "one"
	}) {
		t.Errorf("the target is %v", target)
	}
}

// A request counts by what the router knows of its path: what a client asked for may be anything, and a secret.
func TestRequestsCountByTheirRoute(t *testing.T) {
	t.Parallel()
	on, address := listening(t)
	mux := http.NewServeMux()
	for _, pattern := range []string{"GET /login", "/webhook/"} {
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	}
	handler := on.Edge(mux)
	for _, asked := range []string{"GET /login", "POST /webhook/some-secret", "GET /other-secret", "BREW /login", "GET /livez"} {
		method, path, _ := strings.Cut(asked, " ")
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, path, nil))
	}
	var got []string
	for _, m := range scrape(t, address)["http_server_request_duration_seconds"].GetMetric() {
		var labels []string
		for _, label := range m.GetLabel() {
			labels = append(labels, label.GetValue())
		}
		got = append(got, strings.Join(labels, " "))
	}
	want := []string{"GET  404", "GET /login 200", "POST /webhook/ 200", "_OTHER  405"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("method, route and status (-want +got):\n%s", diff)
	}
}

// BenchmarkWatch is what it costs to be watched: a request around a handler that does nothing, and a span inside.
func BenchmarkWatch(b *testing.B) {
	for name, config := range map[string]telemetry.Config{
		"off": {}, "metrics": {AdminAddr: "127.0.0.1:0"},
		"traces": {Endpoint: "http://127.0.0.1:1", Lookup: lookup(map[string]string{"OTEL_METRICS_EXPORTER": "none"})},
	} {
		b.Run(name, func(b *testing.B) {
			watch, err := telemetry.New(config)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = watch.Close(canceled()) })
			handler := watch.Edge(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, end := watch.Span(r.Context(), telemetry.Internal, "inside")
				end("")
			}))
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/graphql", nil)
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(w, r)
			}
		})
	}
}

// The waits of a streaming answer and of a WebSocket find their way through.
func TestEdgeLetsStreamsThrough(t *testing.T) {
	t.Parallel()
	on, err := telemetry.New(telemetry.Config{AdminAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(on.Edge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		control := http.NewResponseController(w)
		if err := control.SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Errorf("set a deadline: %v", err)
		}
		if err := control.Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
		connection, _, err := control.Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		_ = connection.Close()
	})))
	t.Cleanup(server.Close)
	if res, err := http.Get(server.URL); err == nil {
		_ = res.Body.Close()
	}
}
