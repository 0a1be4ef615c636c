package telemetry

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/otel/attribute"
)

// prometheusText is https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format.
const prometheusText = "text/plain; version=0.0.4; charset=utf-8"

// collectFor bounds how long a look at the gateway takes: Prometheus gives up after 10 s itself.
const collectFor = 5 * time.Second

func (t *Telemetry) serveMetrics(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), collectFor)
	defer cancel()
	var text exposition
	text.target(t.resource.Attributes())
	for _, seen := range t.Metrics.collect(ctx) {
		text.metric(seen)
	}
	w.Header().Set("Content-Type", prometheusText)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // A client that hung up is all that can go wrong here.
}

// exposition is Prometheus' text while it is written.
type exposition []byte

func (e *exposition) write(parts ...string) {
	for _, part := range parts {
		*e = append(*e, part...)
	}
}

// target writes what all metrics are of. Names that the environment gave may become the same here, of which one is shown.
func (e *exposition) target(of []attribute.KeyValue) {
	e.family(&metric{name: "target", unit: "info", help: "What this is.", kind: gauge})
	e.write("target_info")
	separator, seen := "{", map[string]bool{}
	for _, pair := range of {
		if word := prometheusWord(string(pair.Key)); !seen[word] {
			e.write(separator)
			e.label(word, pair.Value.String())
			separator, seen[word] = ",", true
		}
	}
	e.write("} 1\n")
}

func (e *exposition) metric(of *metric) {
	name := e.family(of)
	for _, p := range of.sorted() {
		if of.kind != histogram {
			e.sample(name, of, p, "", p.value)
			continue
		}
		below := uint64(0)
		for i, count := range p.counts {
			bound := math.Inf(1)
			if i < len(of.bounds) {
				bound = of.bounds[i]
			}
			below += count
			e.sample(name+"_bucket", of, p, prometheusNumber(bound), float64(below))
		}
		e.sample(name+"_sum", of, p, "", p.value)
		e.sample(name+"_count", of, p, "", float64(below))
	}
}

// family writes what a metric is, and returns its name.
func (e *exposition) family(of *metric) string {
	name := prometheusName(of)
	help := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(of.help)
	e.write("# HELP ", name, " ", help, "\n# TYPE ", name, " ", string(of.kind), "\n")
	return name
}

// sample writes one line. below is the bound of a bucket; empty: it is none.
func (e *exposition) sample(name string, of *metric, p *point, below string, value float64) {
	e.write(name)
	separator := "{"
	for i, label := range of.labels {
		e.write(separator)
		e.label(prometheusWord(label), p.labels[i])
		separator = ","
	}
	if below != "" {
		e.write(separator)
		e.label("le", below)
		separator = ","
	}
	if separator == "," {
		e.write("}")
	}
	e.write(" ", prometheusNumber(value), "\n")
}

func (e *exposition) label(name, value string) {
	e.write(name, `="`, strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(value), `"`)
}

// prometheusName turns OpenTelemetry's name and unit into Prometheus', as everyone does who translates them.
// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
func prometheusName(of *metric) string {
	name := prometheusWord(of.name)
	switch {
	case of.unit == "s":
		name += "_seconds"
	case of.unit == "By":
		name += "_bytes"
	case of.unit == "1" && of.kind == gauge:
		name += "_ratio"
	case of.unit == "info":
		name += "_info"
	}
	if of.kind == counter {
		name += "_total"
	}
	return name
}

// prometheusWord has letters, digits and underscores alone, and begins with no digit.
func prometheusWord(name string) string {
	word := strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
	if word == "" || unicode.IsDigit(rune(word[0])) {
		return "_" + word
	}
	return word
}

func prometheusNumber(value float64) string {
	if math.IsInf(value, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}
