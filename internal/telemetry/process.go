package telemetry

import (
	"context"
	"runtime/metrics"
)

// watchProcess shows what Go knows of the process. https://opentelemetry.io/docs/specs/semconv/runtime/go-metrics/
func (m *Metrics) watchProcess() {
	memory := m.Gauge("go.memory.used", "By", "Memory used by the Go runtime.")
	limit := m.Gauge("go.memory.limit", "By", "Go runtime memory limit configured by the user, if a limit exists.")
	goroutines := m.Gauge("go.goroutine.count", "{goroutine}", "Count of live goroutines.")
	began := m.Gauge("process.start_time", "s", "When the process started, in seconds since 1970.")
	began.Set(float64(m.began.UnixMilli()) / 1e3)
	m.Observe(func(context.Context) {
		samples := []metrics.Sample{
			{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
			{Name: "/gc/gomemlimit:bytes"}, {Name: "/sched/goroutines:goroutines"},
		}
		metrics.Read(samples)
		memory.Set(float64(samples[0].Value.Uint64() - samples[1].Value.Uint64()))
		if limited := samples[2].Value.Uint64(); limited < 1<<62 {
			limit.Set(float64(limited))
		}
		goroutines.Set(float64(samples[3].Value.Uint64()))
	})
}
