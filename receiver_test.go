package main_test

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metricsservice "go.opentelemetry.io/proto/slim/otlp/collector/metrics/v1"
	traceservice "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	metric "go.opentelemetry.io/proto/slim/otlp/metrics/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver takes OTLP over HTTP in protobuf, as a collector does, and reads it by OpenTelemetry's own definitions.
type receiver struct {
	url string

	mu       sync.Mutex
	spans    []*trace.Span
	metrics  map[string]*metric.Metric
	resource map[string]string
	headers  http.Header
	bodies   []string // as they came, unpacked
	faults   []error
}

func startReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{metrics: map[string]*metric.Metric{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", r.take(func(body []byte) error {
		var sent traceservice.ExportTraceServiceRequest
		if err := unmarshal(body, &sent); err != nil {
			return err
		}
		for _, of := range sent.GetResourceSpans() {
			r.resource = words(of.GetResource().GetAttributes())
			for _, scope := range of.GetScopeSpans() {
				r.spans = append(r.spans, scope.GetSpans()...)
			}
		}
		return nil
	}))
	mux.HandleFunc("POST /v1/metrics", r.take(func(body []byte) error {
		var sent metricsservice.ExportMetricsServiceRequest
		if err := unmarshal(body, &sent); err != nil {
			return err
		}
		for _, of := range sent.GetResourceMetrics() {
			r.resource = words(of.GetResource().GetAttributes())
			for _, scope := range of.GetScopeMetrics() {
				for _, m := range scope.GetMetrics() {
					r.metrics[m.GetName()] = m
				}
			}
		}
		return nil
	}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() {
		for _, fault := range r.faults {
			t.Error(fault)
		}
	})
	r.url = server.URL
	return r
}

// unmarshal also fails for a field that is not in the definitions.
func unmarshal(body []byte, into proto.Message) error {
	if err := proto.Unmarshal(body, into); err != nil {
		return err
	}
	again, err := proto.Marshal(into)
	if err != nil || len(again) != len(body) {
		return fmt.Errorf("%T: %d bytes were sent, %d are understood, %w", into, len(body), len(again), err)
	}
	return nil
}

func (r *receiver) take(read func([]byte) error) http.HandlerFunc {
	return func(w http.ResponseWriter, sent *http.Request) {
		body, err := io.ReadAll(sent.Body)
		if err == nil && sent.Header.Get("Content-Encoding") == "gzip" {
			var unpacked *gzip.Reader
			if unpacked, err = gzip.NewReader(strings.NewReader(string(body))); err == nil {
				body, err = io.ReadAll(unpacked)
			}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.headers = sent.Header
		r.bodies = append(r.bodies, string(body))
		if err == nil && sent.Header.Get("Content-Type") != "application/x-protobuf" {
			err = fmt.Errorf("sent as %q", sent.Header.Get("Content-Type"))
		}
		if err == nil {
			err = read(body)
		}
		if err != nil {
			r.faults = append(r.faults, err)
		}
	}
}

func words(of []*common.KeyValue) map[string]string {
	found := map[string]string{}
	for _, pair := range of {
		found[pair.GetKey()] = pair.GetValue().GetStringValue()
		if number, is := pair.GetValue().GetValue().(*common.AnyValue_IntValue); is {
			found[pair.GetKey()] = fmt.Sprint(number.IntValue)
		}
	}
	return found
}

// traceOf are the spans of one trace that have come so far, by their ids.
func (r *receiver) traceOf(id string) map[string]*trace.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := map[string]*trace.Span{}
	for _, span := range r.spans {
		if hex.EncodeToString(span.GetTraceId()) == id {
			found[hex.EncodeToString(span.GetSpanId())] = span
		}
	}
	return found
}

// awaitTrace waits for a span of a trace, the one that ends last, and what came with it.
func (r *receiver) awaitTrace(t *testing.T, gateway *process, id, last string) map[string]*trace.Span {
	t.Helper()
	gateway.eventually(t, 20*time.Second, func() error {
		if seen := names(r.traceOf(id)); !slices.Contains(seen, last) {
			return fmt.Errorf("no span %q among %q", last, seen)
		}
		return nil
	})
	return r.traceOf(id)
}

func names(of map[string]*trace.Span) []string {
	found := map[string]bool{}
	for _, span := range of {
		found[span.GetName()] = true
	}
	return slices.Sorted(maps.Keys(found))
}
