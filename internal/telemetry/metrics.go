package telemetry

import (
	"context"
	"slices"
	"sort"
	"sync"
	"time"
)

// maxLabels is how many labels a metric has at the most: enough for ours, and an array of them is a key without garbage.
const maxLabels = 4

type labelValues [maxLabels]string

// kind is what a metric's numbers mean.
type kind string

const (
	counter   kind = "counter"   // It only grows.
	gauge     kind = "gauge"     // It goes up and down.
	histogram kind = "histogram" // It counts how often something took how long.
)

// Metrics are the gateway's numbers. They are safe for concurrent use.
type Metrics struct {
	now   func() time.Time
	began time.Time

	collecting sync.Mutex // Held while the observers run.
	mu         sync.Mutex
	metrics    []*metric
	observers  []func(context.Context)
}

func newMetrics(now func() time.Time) *Metrics { return &Metrics{now: now, began: now()} }

// metric is one of them: a number, or a distribution, for each combination of label values.
type metric struct {
	name, unit, help string // unit is UCUM's: s, By, 1, {call}
	kind             kind
	labels           []string
	bounds           []float64 // of a histogram, rising

	mu     sync.Mutex
	points map[labelValues]*point
}

// point is the state of one combination of label values.
type point struct {
	labels labelValues
	value  float64  // of a histogram the sum
	counts []uint64 // of a histogram, one more than bounds
}

func (m *Metrics) add(added *metric) *metric {
	if len(added.labels) > maxLabels {
		panic("telemetry: " + added.name + " has too many labels") // A mistake in the program, found by its first run.
	}
	added.points = map[labelValues]*point{}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.metrics = append(m.metrics, added)
	return added
}

// at is the point of these label values; the caller holds mu.
func (m *metric) at(values []string) *point {
	var key labelValues
	copy(key[:], values)
	found, ok := m.points[key]
	if !ok {
		found = &point{labels: key}
		if m.kind == histogram {
			found.counts = make([]uint64, len(m.bounds)+1)
		}
		m.points[key] = found
	}
	return found
}

// Counter counts what happens. A nil one counts nothing.
type Counter struct{ metric *metric }

// Counter makes a counter. Its name is OpenTelemetry's form, as in domestique.token.refreshes.
func (m *Metrics) Counter(name, unit, help string, labels ...string) *Counter {
	return &Counter{m.add(&metric{name: name, unit: unit, help: help, kind: counter, labels: labels})}
}

// Add counts so many. Zero makes it known that there were none yet, so that the first one shows as a change.
func (c *Counter) Add(many int, labels ...string) {
	if c == nil {
		return
	}
	c.metric.mu.Lock()
	defer c.metric.mu.Unlock()
	c.metric.at(labels).value += float64(many)
}

// Histogram counts durations by their length. A nil one counts nothing.
type Histogram struct{ metric *metric }

// Histogram makes a histogram of seconds, with the upper bounds of its buckets in rising order.
func (m *Metrics) Histogram(name, help string, bounds []float64, labels ...string) *Histogram {
	return &Histogram{m.add(&metric{name: name, unit: "s", help: help, kind: histogram, labels: labels, bounds: bounds})}
}

// Record counts one duration.
func (h *Histogram) Record(took time.Duration, labels ...string) {
	if h == nil {
		return
	}
	seconds := took.Seconds()
	bucket := sort.SearchFloat64s(h.metric.bounds, seconds)
	h.metric.mu.Lock()
	defer h.metric.mu.Unlock()
	at := h.metric.at(labels)
	at.value += seconds
	at.counts[bucket]++
}

// Expect makes it known that nothing was counted yet.
func (h *Histogram) Expect(labels ...string) {
	h.metric.mu.Lock()
	defer h.metric.mu.Unlock()
	h.metric.at(labels)
}

// Gauge shows a state.
type Gauge struct{ metric *metric }

// Gauge makes a gauge.
func (m *Metrics) Gauge(name, unit, help string, labels ...string) *Gauge {
	return &Gauge{m.add(&metric{name: name, unit: unit, help: help, kind: gauge, labels: labels})}
}

// Set shows a value.
func (g *Gauge) Set(value float64, labels ...string) {
	g.metric.mu.Lock()
	defer g.metric.mu.Unlock()
	g.metric.at(labels).value = value
}

// Clear shows nothing, for what is not known.
func (g *Gauge) Clear() {
	g.metric.mu.Lock()
	defer g.metric.mu.Unlock()
	clear(g.metric.points)
}

// Observe has a function set gauges whenever somebody looks. It must not wait for long.
func (m *Metrics) Observe(look func(context.Context)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.observers = append(m.observers, look)
}

// collect returns a copy of everything that has a value, in the order in which it was made.
func (m *Metrics) collect(ctx context.Context) []*metric {
	m.collecting.Lock()
	defer m.collecting.Unlock()
	m.mu.Lock()
	metrics, observers := slices.Clone(m.metrics), slices.Clone(m.observers)
	m.mu.Unlock()
	for _, look := range observers {
		look(ctx)
	}
	var collected []*metric
	for _, known := range metrics {
		if seen := known.snapshot(); len(seen.points) > 0 {
			collected = append(collected, seen)
		}
	}
	return collected
}

func (m *metric) snapshot() *metric {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := &metric{name: m.name, unit: m.unit, help: m.help, kind: m.kind, labels: m.labels, bounds: m.bounds}
	seen.points = make(map[labelValues]*point, len(m.points))
	for key, p := range m.points {
		seen.points[key] = &point{labels: p.labels, value: p.value, counts: slices.Clone(p.counts)}
	}
	return seen
}

// sorted are the points in a fixed order.
func (m *metric) sorted() []*point {
	points := make([]*point, 0, len(m.points))
	for _, p := range m.points {
		points = append(points, p)
	}
	slices.SortFunc(points, func(a, b *point) int { return slices.Compare(a.labels[:], b.labels[:]) })
	return points
}

func (p *point) count() uint64 {
	var all uint64
	for _, n := range p.counts {
		all += n
	}
	return all
}
