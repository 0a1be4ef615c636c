package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"go.opentelemetry.io/otel/sdk/resource"
)

// The kinds of spans that the layers make.
const (
	Internal = trace.SpanKindInternal
	Client   = trace.SpanKindClient
)

// Attribute is a word that a span has by a name.
type Attribute struct{ Name, Value string }

// Span begins a span on ctx, with what ends it: problem is the class of what went wrong, empty for nothing. Without traces it
// gives ctx back and a function that does nothing.
func (t *Telemetry) Span(
	ctx context.Context, kind trace.SpanKind, name string, of ...Attribute,
) (_ context.Context, end func(problem string, more ...Attribute)) {
	if t.tracer == nil {
		return ctx, func(string, ...Attribute) {}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(kind))
	if !span.IsRecording() {
		return ctx, func(string, ...Attribute) { span.End() }
	}
	span.SetAttributes(attributes(of)...)
	return ctx, func(problem string, more ...Attribute) {
		span.SetAttributes(attributes(more)...)
		if problem != "" {
			span.SetAttributes(attribute.String("error.type", problem))
			span.SetStatus(codes.Error, "") // An error's text may quote what is nobody's business here.
		}
		span.End()
	}
}

// Inner is Span for what is of interest inside of a trace alone: without one it does nothing. A store is looked at every few
// seconds on nobody's behalf.
func (t *Telemetry) Inner(
	ctx context.Context, kind trace.SpanKind, name string, of ...Attribute,
) (_ context.Context, end func(problem string, more ...Attribute)) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, func(string, ...Attribute) {}
	}
	return t.Span(ctx, kind, name, of...)
}

func attributes(of []Attribute) []attribute.KeyValue {
	pairs := make([]attribute.KeyValue, 0, len(of))
	for _, a := range of {
		if a.Value != "" {
			pairs = append(pairs, attribute.String(a.Name, a.Value))
		}
	}
	return pairs
}

// spanExporter hands the SDK's batches to a sender.
type spanExporter struct{ sender *sender }

var _ sdktrace.SpanExporter = (*spanExporter)(nil)

// ExportSpans implements sdktrace.SpanExporter. It never fails: the sender says in the log what went wrong, and the SDK
// would say it to a global handler.
func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if len(spans) > 0 {
		e.sender.send(ctx, encodeSpans(spans))
	}
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (e *spanExporter) Shutdown(context.Context) error { return nil }

// encodeSpans writes an ExportTraceServiceRequest. All spans are of one resource and one scope.
// https://github.com/open-telemetry/opentelemetry-proto/blob/v1.11.0/opentelemetry/proto/trace/v1/trace.proto
func encodeSpans(spans []sdktrace.ReadOnlySpan) message {
	var m message
	m.part(1, func(m *message) {
		m.resource(spans[0].Resource())
		m.part(2, func(m *message) {
			m.scope()
			for _, span := range spans {
				m.part(2, func(m *message) { m.span(span) })
			}
		})
	})
	return m
}

func (m *message) resource(of *resource.Resource) {
	m.part(1, func(m *message) { m.attributes(1, of.Attributes()) })
}

func (m *message) scope() {
	m.part(1, func(m *message) { m.text(1, name) })
}

func (m *message) span(span sdktrace.ReadOnlySpan) {
	this, parent := span.SpanContext(), span.Parent()
	traceID, spanID, parentID := this.TraceID(), this.SpanID(), parent.SpanID()
	m.bytes(1, traceID[:])
	m.bytes(2, spanID[:])
	m.text(3, this.TraceState().String())
	if parent.HasSpanID() {
		m.bytes(4, parentID[:])
	}
	m.text(5, span.Name())
	m.number(6, uint64(span.SpanKind()))
	m.fixed64(7, uint64(span.StartTime().UnixNano()))
	m.fixed64(8, uint64(span.EndTime().UnixNano()))
	m.attributes(9, span.Attributes())
	m.number(10, uint64(span.DroppedAttributes()))
	if span.Status().Code == codes.Error {
		m.part(15, func(m *message) { m.number(3, 2) })
	}
	m.fixed32(16, flags(this, parent))
}

// flags are the trace's own, and whether the parent is another process's.
func flags(this, parent trace.SpanContext) uint32 {
	const knowsRemote, isRemote = 0x100, 0x200
	of := uint32(this.TraceFlags()) | knowsRemote
	if parent.IsRemote() {
		of |= isRemote
	}
	return of
}
