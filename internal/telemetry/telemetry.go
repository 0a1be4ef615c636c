// Package telemetry tells how the gateway is doing: traces and metrics go out by OTLP where the standard variables of
// OpenTelemetry say so, and an address of its own shows the metrics to Prometheus and the profiles of the process. It is the
// one place that knows OpenTelemetry; what is measured comes to it by functions that the layers take in their Configs, so
// without an endpoint and an address nothing of it runs.
//
// The exporters are its own, and speak OTLP over HTTP in protobuf: those of OpenTelemetry bring gRPC and its
// protobuf, which would be a third of the program.
package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// name is that of the service, unless OTEL_SERVICE_NAME says otherwise, and of what makes its spans and metrics.
const name = "domestique"

// Config is what a [Telemetry] is made of. Its zero value makes one that does nothing.
type Config struct {
	// Endpoint is the base address of an OTLP receiver, as in http://collector:4318. Empty: nothing is exported, unless
	// Lookup has an address for traces or metrics alone.
	Endpoint string
	// Headers go with each export, as OTEL_EXPORTER_OTLP_HEADERS has them: NAME=VALUE, comma separated. They are secret.
	Headers string
	// Lookup finds the other variables of OpenTelemetry, as os.LookupEnv does. Those of the sampler, the batches and the
	// resource the SDK reads for itself, from the process. Nil: there are none.
	Lookup func(string) (string, bool)
	// AdminAddr is where /metrics and /debug/pprof are served. Empty: nowhere.
	AdminAddr string
	// Instance tells this process from the other replicas, whose numbers by OTLP would else be taken for the same ones.
	// OTEL_RESOURCE_ATTRIBUTES may name another. Empty: none.
	Instance string
	// Version is the program's.
	Version string
	// Logger is told where it listens, and when exports begin to fail and succeed again. Nil: nothing is logged.
	Logger *slog.Logger
}

// Telemetry makes spans and keeps metrics, and tells them. It is safe for concurrent use.
type Telemetry struct {
	// Metrics are nil where nobody asks for any.
	Metrics *Metrics

	config   Config
	resource *resource.Resource
	provider *sdktrace.TracerProvider // nil: no spans
	tracer   trace.Tracer
	pusher   *pusher // nil: metrics are not exported
	admin    *admin  // nil: off, or not started
	cancel   context.CancelFunc
	running  sync.WaitGroup
}

// New makes a Telemetry, or fails with what is wrong about the variables. It listens nowhere and calls nobody before Start.
func New(config Config) (*Telemetry, error) {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	t := &Telemetry{config: config}
	to, err := readDestinations(config)
	if err != nil {
		return nil, err
	}
	if config.AdminAddr == "" && to.traces == nil && to.metrics == nil {
		return t, nil
	}
	if t.resource, err = newResource(config); err != nil {
		return nil, err
	}
	t.Metrics = newMetrics(time.Now)
	t.Metrics.watchProcess()
	if to.traces != nil {
		t.provider = sdktrace.NewTracerProvider(
			sdktrace.WithBatcher(&spanExporter{sender: newSender(*to.traces, config.Logger)}), sdktrace.WithResource(t.resource))
		t.tracer = t.provider.Tracer(name)
	}
	if to.metrics != nil {
		t.pusher = &pusher{
			metrics: t.Metrics, resource: t.resource, sender: newSender(*to.metrics, config.Logger), every: to.every,
		}
	}
	return t, nil
}

// newResource says what the telemetry is of. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
// https://opentelemetry.io/docs/specs/semconv/resource/service/
func newResource(config Config) (*resource.Resource, error) {
	attributes := []attribute.KeyValue{attribute.String("service.name", name), attribute.String("service.version", config.Version)}
	if config.Instance != "" {
		attributes = append(attributes, attribute.String("service.instance.id", config.Instance))
	}
	described, err := resource.New(context.Background(),
		resource.WithAttributes(attributes...), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if errors.Is(err, resource.ErrPartialResource) {
		return nil, errors.New("OTEL_RESOURCE_ATTRIBUTES must be NAME=VALUE, comma separated")
	}
	return described, err
}

// Traces reports whether spans are made.
func (t *Telemetry) Traces() bool { return t.provider != nil }

// Start opens the admin address and begins to export metrics. It may be called once; Close ends it.
func (t *Telemetry) Start(ctx context.Context) error {
	if t.config.AdminAddr != "" {
		opened, err := openAdmin(ctx, t)
		if err != nil {
			return err
		}
		t.admin = opened
	}
	if t.pusher != nil {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		t.cancel = cancel
		t.running.Go(func() { t.pusher.run(ctx) })
	}
	return nil
}

// closeFor bounds how long the end of the process waits for a receiver that does not answer.
const closeFor = 3 * time.Second

// Close exports what is left, for three seconds at the most, and closes the admin address. What a receiver does not take in
// that time is lost; that is no error.
func (t *Telemetry) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeFor)
	defer cancel()
	var last sync.WaitGroup
	if t.provider != nil {
		last.Go(func() { _ = t.provider.Shutdown(ctx) }) // The sender has said what went wrong.
	}
	if t.cancel != nil {
		last.Go(func() {
			t.cancel()
			t.running.Wait()
			t.pusher.push(ctx)
		})
	}
	last.Wait()
	if t.admin == nil {
		return nil
	}
	return t.admin.close(ctx)
}
