package telemetry

import (
	"context"
	"math"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
)

// pusher exports the metrics from time to time.
type pusher struct {
	metrics  *Metrics
	resource *resource.Resource
	sender   *sender
	every    time.Duration
}

// run exports until ctx ends.
func (p *pusher) run(ctx context.Context) {
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.push(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (p *pusher) push(ctx context.Context) {
	looking, cancel := context.WithTimeout(ctx, collectFor)
	collected := p.metrics.collect(looking)
	cancel()
	if content := encodeMetrics(collected, p.resource, p.metrics.began, p.metrics.now()); ctx.Err() == nil {
		p.sender.send(ctx, content)
	}
}

// encodeMetrics writes an ExportMetricsServiceRequest.
// https://github.com/open-telemetry/opentelemetry-proto/blob/v1.11.0/opentelemetry/proto/metrics/v1/metrics.proto
func encodeMetrics(metrics []*metric, of *resource.Resource, began, now time.Time) message {
	var m message
	m.part(1, func(m *message) {
		m.resource(of)
		m.part(2, func(m *message) {
			m.scope()
			for _, each := range metrics {
				m.part(2, func(m *message) { m.metric(each, uint64(began.UnixNano()), uint64(now.UnixNano())) })
			}
		})
	})
	return m
}

func (m *message) metric(of *metric, began, now uint64) {
	const cumulative = 2
	m.text(1, of.name)
	m.text(2, of.help)
	m.text(3, of.unit)
	switch of.kind {
	case gauge:
		m.part(5, func(m *message) { m.points(of, 0, now) })
	case counter:
		m.part(7, func(m *message) {
			m.points(of, began, now)
			m.number(2, cumulative)
			m.number(3, 1) // It only grows.
		})
	case histogram:
		m.part(9, func(m *message) {
			for _, p := range of.sorted() {
				m.part(1, func(m *message) { m.distribution(of, p, began, now) })
			}
			m.number(2, cumulative)
		})
	}
}

func (m *message) points(of *metric, began, now uint64) {
	for _, p := range of.sorted() {
		m.part(1, func(m *message) {
			m.fixed64(2, began)
			m.fixed64(3, now)
			m.evenZero(4, math.Float64bits(p.value))
			m.attributes(7, p.attributes(of))
		})
	}
}

func (m *message) distribution(of *metric, p *point, began, now uint64) {
	m.fixed64(2, began)
	m.fixed64(3, now)
	m.fixed64(4, p.count())
	m.evenZero(5, math.Float64bits(p.value))
	m.packed(6, p.counts)
	bounds := make([]uint64, len(of.bounds))
	for i, bound := range of.bounds {
		bounds[i] = math.Float64bits(bound)
	}
	m.packed(7, bounds)
	m.attributes(9, p.attributes(of))
}

func (p *point) attributes(of *metric) []attribute.KeyValue {
	pairs := make([]attribute.KeyValue, len(of.labels))
	for i, label := range of.labels {
		pairs[i] = attribute.String(label, p.labels[i])
	}
	return pairs
}
