package telemetry

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// destination is where one signal goes. https://opentelemetry.io/docs/specs/otel/protocol/exporter/
type destination struct {
	url     string
	headers map[string]string
	timeout time.Duration
	gzip    bool
	roots   *x509.CertPool // nil: those of the system
}

// destinations are nil where a signal goes nowhere.
type destinations struct {
	traces, metrics *destination
	every           time.Duration // how often metrics go out
}

// protocol is the one that is spoken.
const protocol = "http/protobuf"

// environment is where the standard variables are looked up. One that is set to the empty string counts as not set.
type environment func(string) (string, bool)

func (e environment) get(name string) string {
	if e == nil {
		return ""
	}
	value, _ := e(name)
	return strings.TrimSpace(value)
}

// of is the variable of one signal, else the one for all of them.
func (e environment) of(signal, name string) string {
	if own := e.get("OTEL_EXPORTER_OTLP_" + signal + "_" + name); own != "" {
		return own
	}
	return e.get("OTEL_EXPORTER_OTLP_" + name)
}

// milliseconds reads a duration as the standard has them.
func (e environment) milliseconds(name string, otherwise time.Duration) (time.Duration, error) {
	text := e.get(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%s must be a number of milliseconds greater than 0, not %q", name, text)
	}
	return time.Duration(n) * time.Millisecond, nil
}

// readDestinations finds out where to export to. What it refuses is a mistake of whoever runs the gateway; what a platform
// may have set by itself, such as a protocol that is not spoken here, is warned of, and nothing is exported.
func readDestinations(config Config) (destinations, error) {
	env := environment(config.Lookup)
	if strings.EqualFold(env.get("OTEL_SDK_DISABLED"), "true") {
		return destinations{}, nil
	}
	var to destinations
	var errs [3]error
	to.traces, errs[0] = env.destination(config, "TRACES", "/v1/traces")
	to.metrics, errs[1] = env.destination(config, "METRICS", "/v1/metrics")
	to.every, errs[2] = env.milliseconds("OTEL_METRIC_EXPORT_INTERVAL", time.Minute)
	return to, errors.Join(errs[:]...)
}

func (e environment) destination(config Config, signal, path string) (*destination, error) {
	address := e.get("OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT") // As it is; the common one is a base.
	if address == "" && config.Endpoint != "" {
		address = strings.TrimRight(config.Endpoint, "/") + path
	}
	if address == "" {
		return nil, nil
	}
	if parsed, err := url.Parse(address); err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_%s_ENDPOINT must be an address like http://collector:4318%s", signal, path)
	}
	switch exporter := e.get("OTEL_" + signal + "_EXPORTER"); exporter {
	case "", "otlp":
	case "none":
		return nil, nil
	default:
		config.Logger.Warn("this exporter is not there, so nothing of the signal is exported: set otlp or none",
			"variable", "OTEL_"+signal+"_EXPORTER", "value", exporter)
		return nil, nil
	}
	if spoken := e.of(signal, "PROTOCOL"); spoken != "" && spoken != protocol {
		config.Logger.Warn("this protocol is not spoken, so nothing of the signal is exported: send it to a collector by "+protocol,
			"variable", "OTEL_EXPORTER_OTLP_PROTOCOL", "value", spoken)
		return nil, nil
	}
	return e.transport(config, signal, address)
}

// transport reads how a signal goes to its address.
func (e environment) transport(config Config, signal, address string) (*destination, error) {
	to := &destination{url: address}
	given := e.get("OTEL_EXPORTER_OTLP_" + signal + "_HEADERS")
	if given == "" {
		given = config.Headers
	}
	var errs [3]error
	to.headers, errs[0] = readHeaders(given)
	own := "OTEL_EXPORTER_OTLP_" + signal + "_TIMEOUT"
	if e.get(own) == "" {
		own = "OTEL_EXPORTER_OTLP_TIMEOUT"
	}
	to.timeout, errs[1] = e.milliseconds(own, 10*time.Second)
	to.roots, errs[2] = readRoots(e.of(signal, "CERTIFICATE"))
	to.gzip = e.of(signal, "COMPRESSION") == "gzip"
	return to, errors.Join(errs[:]...)
}

// readHeaders reads NAME=VALUE pairs, percent-encoded as baggage is. Its errors show none of them.
func readHeaders(text string) (map[string]string, error) {
	headers := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, found := strings.Cut(pair, "=")
		decoded, err := url.PathUnescape(strings.TrimSpace(value))
		if key = strings.TrimSpace(key); !found || key == "" || err != nil || strings.ContainsAny(decoded, "\r\n") {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS must be NAME=VALUE, comma separated, with what is special percent-encoded")
		}
		headers[key] = decoded
	}
	return headers, nil
}

func readRoots(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(text) {
		return nil, errors.New("OTEL_EXPORTER_OTLP_CERTIFICATE must name a file with certificates in PEM")
	}
	return roots, nil
}
