package main_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	dto "github.com/prometheus/client_model/go"

	metric "go.opentelemetry.io/proto/slim/otlp/metrics/v1"
	trace "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"domestique/strava/stravatest"
)

const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
)

// traced posts a document as a part of the caller's trace.
func (p *process) traced(t *testing.T, key, trace, document string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, p.URL+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("traceparent", "00-"+trace+"-"+callersSpan+"-01")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("status %d", res.StatusCode)
	}
}

// One query goes through every layer, and all of it is one trace. It is the first that is asked, once the copy is whole and a
// while old: so what is stored is looked at for its sake, and for nobody else's. The newest activities' details are held already.
func TestOneQueryIsOneTrace(t *testing.T) {
	t.Parallel()
	collector := startReceiver(t)
	env := append(connected(t, stravatest.Config{}).env, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.url, "OTEL_BSP_SCHEDULE_DELAY=50",
		"OTEL_EXPORTER_OTLP_HEADERS=x-key=a%20b", "OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_SERVICE_NAME=mine", "LOG_FORMAT=json",
		"ADMIN_ADDR=127.0.0.1:0", "CONTAINER_APP_REPLICA_NAME=replica-1")
	gateway := start(t, t.TempDir(), env)
	gateway.await(t, adminAddress)
	gateway.eventually(t, 30*time.Second, func() error {
		seen := gateway.scrape(t)
		complete := labelled(seen["domestique_mirror_complete"]).GetGauge().GetValue()
		if age := labelled(seen["domestique_mirror_age_seconds"]).GetGauge().GetValue(); complete != 1 || age < 5 {
			return fmt.Errorf("complete: %v, %v s old", complete, age)
		}
		return nil
	})
	gateway.traced(t, gateway.ownerKey(t), callersTrace, "query Latest { status { connection } activities(first: 10) { nodes { description } } }")
	spans := collector.awaitTrace(t, gateway, callersTrace, "POST /graphql")
	layers := map[string]string{
		"edge": "POST /graphql", "operation": "query", "list": "find the list of activities", "detail": "find the details of an activity",
		"client": "GET /activities/{id}", "store": "load activities",
	}
	for layer, name := range layers {
		if seen := names(spans); !slices.Contains(seen, name) {
			t.Errorf("no span of the %s, %q, among %q", layer, name, seen)
		}
	}
	for _, name := range layers {
		if chain := ancestry(spans, name); chain[len(chain)-1] != callersSpan || !slices.Contains(chain, "POST /graphql") {
			t.Errorf("%q is not below the caller's span: %q", name, chain)
		}
	}
	want := []string{"GET /activities/{id}", "find the details of an activity", "query", "POST /graphql", callersSpan}
	if chain := ancestry(spans, want[0]); !slices.Equal(chain, want) {
		t.Errorf("the call to Strava is below %q, want %q", chain, want)
	}
	for _, span := range spans {
		if got := words(span.GetAttributes()); span.GetName() == "POST /graphql" &&
			(got["http.route"] != "/graphql" || got["http.response.status_code"] != "200" || span.GetKind() != trace.Span_SPAN_KIND_SERVER) {
			t.Errorf("the span of the edge: %v", span)
		}
	}
	collector.mu.Lock()
	if collector.resource["service.name"] != "mine" || collector.resource["service.instance.id"] != "replica-1" ||
		collector.headers.Get("x-key") != "a b" {
		t.Errorf("resource %v, headers %v", collector.resource, collector.headers)
	}
	collector.mu.Unlock()
	line := regexp.MustCompile(`"msg":"graphql","operation":"Latest".*"trace_id":"` + callersTrace + `","span_id":"`)
	gateway.eventually(t, 10*time.Second, func() error {
		if !line.MatchString(gateway.output.String()) {
			return errors.New("the access log does not name the trace")
		}
		return nil
	})
}

// ancestry are the names from a span up, and at last the id of the parent that is not the gateway's.
func ancestry(spans map[string]*trace.Span, name string) []string {
	var chain []string
	for _, span := range spans {
		if span.GetName() != name {
			continue
		}
		chain = nil
		for at := span; at != nil; at = spans[hex.EncodeToString(at.GetParentSpanId())] {
			chain = append(chain, at.GetName())
			if spans[hex.EncodeToString(at.GetParentSpanId())] == nil {
				chain = append(chain, hex.EncodeToString(at.GetParentSpanId()))
			}
		}
		if chain[len(chain)-1] == callersSpan {
			return chain
		}
	}
	return append(chain, "no such span")
}

var adminAddress = regexp.MustCompile(`"?admin"?[=:]"?([0-9.]+:\d+)`)

// scrape reads the metrics as Prometheus does.
func (p *process) scrape(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	res, err := client.Get("http://" + adminAddress.FindStringSubmatch(p.output.String())[1] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if media := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || media != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("status %d, %s", res.StatusCode, media)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil {
		t.Fatalf("Prometheus can't read it: %v", err)
	}
	return families
}

// labelled is the metric with that value of a label; with none, the only one.
func labelled(family *dto.MetricFamily, value ...string) *dto.Metric {
	for _, m := range family.GetMetric() {
		if len(value) == 0 {
			return m
		}
		for _, label := range m.GetLabel() {
			if slices.Contains(value, label.GetValue()) {
				return m
			}
		}
	}
	return nil
}

// isExpected reports whether a histogram with those label values is there and has counted nothing.
func isExpected(family *dto.MetricFamily, values ...string) bool {
	return slices.ContainsFunc(family.GetMetric(), func(m *dto.Metric) bool {
		has := func(value string) bool {
			return slices.ContainsFunc(m.GetLabel(), func(label *dto.LabelPair) bool { return label.GetValue() == value })
		}
		return m.GetHistogram().GetSampleCount() == 0 && !slices.ContainsFunc(values, func(value string) bool { return !has(value) })
	})
}

// operated is a gateway with an admin address that has answered, from memory and from Strava.
func operated(t *testing.T, env ...string) *process {
	t.Helper()
	gateway := start(t, t.TempDir(), append(connected(t, stravatest.Config{}).env,
		append(env, "ADMIN_ADDR=127.0.0.1:0", "LOG_FORMAT=text", "LOG_LEVEL=debug")...))
	key := gateway.ownerKey(t)
	const document = "{ activities(first: 1) { nodes { description } } }"
	for range 3 {
		if _, err := gateway.post(key, document); err != nil {
			t.Fatal(err)
		}
	}
	gateway.eventually(t, 20*time.Second, func() error {
		var got struct {
			Status struct{ Mirror struct{ Complete bool } }
		}
		if err := gateway.ask(key, "{ status { mirror { complete } } }", &got); err != nil || !got.Status.Mirror.Complete {
			return fmt.Errorf("not complete, %w", err)
		}
		return nil
	})
	return gateway
}

func TestMetricsTellWhatHappens(t *testing.T) {
	t.Parallel()
	collector := startReceiver(t)
	gateway := operated(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+collector.url, "OTEL_METRIC_EXPORT_INTERVAL=50", "OTEL_TRACES_EXPORTER=none",
		"OTEL_RESOURCE_ATTRIBUTES=deployment.environment-name=at home,deployment.environment.name=also,1st=a\"b,service.instance.id=the only one",
		"CONTAINER_APP_REPLICA_NAME=replica-1")
	seen := gateway.scrape(t)

	for _, word := range []string{"at home", `a"b`, "domestique", "the only one"} {
		if labelled(seen["target_info"], word) == nil {
			t.Errorf("the target has no %q: %v", word, seen["target_info"])
		}
	}
	kept := labelled(seen["domestique_operation_duration_seconds"], "true")
	if kept.GetHistogram().GetSampleCount() == 0 {
		t.Error("no operation was answered out of the finished answers")
	}
	for _, kind := range []string{"query", "mutation", "subscription"} { // So that the first one shows as a change.
		if !isExpected(seen["domestique_operation_duration_seconds"], kind, "INTERNAL_SERVER_ERROR") {
			t.Errorf("there is no sum of no internal errors of a %s", kind)
		}
	}
	for name, value := range map[string]string{
		"domestique_connection_state": "CONNECTED", "domestique_token_refreshes_total": "rotated", "domestique_answers_total": "strava",
	} {
		m := labelled(seen[name], value)
		if m.GetGauge().GetValue()+m.GetCounter().GetValue() < 1 {
			t.Errorf("%s of %s: %v", name, value, m)
		}
	}
	for name, most := range map[string]float64{
		"domestique_token_expiry_seconds": 7 * 3600, "domestique_mirror_age_seconds": 60, "domestique_mirror_activities": 1e6,
		"domestique_strava_quota_left": 2000, "go_goroutine_count": 1e4,
	} {
		if got := seen[name].GetMetric()[0].GetGauge().GetValue(); got <= 0 || got > most {
			t.Errorf("%s is %v, want up to %v", name, got, most)
		}
	}
	if call := labelled(seen["http_client_request_duration_seconds"], "/activities/{id}"); call.GetHistogram().GetSampleCount() != 1 {
		t.Errorf("the call for the description: %v", call)
	}
	gateway.eventually(t, 20*time.Second, func() error {
		collector.mu.Lock()
		defer collector.mu.Unlock()
		durations := collector.metrics["domestique.operation.duration"].GetHistogram().GetDataPoints()
		if !slices.ContainsFunc(durations, func(of *metric.HistogramDataPoint) bool {
			return of.GetCount() > 0 && len(of.GetBucketCounts()) == len(of.GetExplicitBounds())+1
		}) {
			return fmt.Errorf("the durations by OTLP: %v", durations)
		}
		if got := collector.resource["service.instance.id"]; got != "the only one" {
			return fmt.Errorf("the metrics are of the instance %q", got)
		}
		refreshes := collector.metrics["domestique.token.refreshes"].GetSum()
		if !refreshes.GetIsMonotonic() || len(refreshes.GetDataPoints()) != 7 {
			return fmt.Errorf("the refreshes by OTLP: %v", refreshes)
		}
		return nil
	})
	if len(collector.spans) > 0 {
		t.Errorf("%d spans in spite of OTEL_TRACES_EXPORTER=none", len(collector.spans))
	}
	for path, want := range map[string]int{"/debug/pprof/": 200, "/debug/pprof/heap": 200, "/graphql": 404} {
		res, err := client.Get("http://" + adminAddress.FindStringSubmatch(gateway.output.String())[1] + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s at the admin address: status %d, want %d", path, res.StatusCode, want)
		}
	}
	if raw, err := gateway.get(gateway.ownerKey(t), "/metrics"); err != nil || strings.Contains(string(raw), "# TYPE") {
		t.Errorf("the metrics are at the public address, too: %v", err)
	}
}

// What the dashboard and the alerts ask for is there, by these very names, in a scrape of a gateway that runs. What Prometheus
// adds to a scrape, such as up, is not among it: metrics that come by OTLP lack that.
func TestDashboardAndAlertsAskForWhatThereIs(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, gateway := range []*process{operated(t), reachable(t)} {
		for name, family := range gateway.scrape(t) {
			names[name] = true
			if family.GetType() == dto.MetricType_HISTOGRAM {
				names[name+"_bucket"], names[name+"_sum"], names[name+"_count"] = true, true, true
			}
		}
	}
	word := regexp.MustCompile(`\b(?:up|(?:domestique|http|db|go|process|target)_[a-z0-9_]+)\b`)
	labels := regexp.MustCompile(`\{[^{}]*\}|(?:by|without|on|ignoring) *\([^()]*\)|"[^"]*"`)
	for file, expressions := range map[string][]string{
		"infra/grafana/domestique.json": dashboardExpressions(t), "infra/grafana/alerts.yaml": alertExpressions(t),
	} {
		if len(expressions) < 5 {
			t.Errorf("%s: only %d expressions", file, len(expressions))
		}
		for _, expression := range expressions {
			asked := word.FindAllString(labels.ReplaceAllString(expression, " "), -1)
			if len(asked) == 0 {
				t.Errorf("%s: %q asks for no metric", file, expression)
			}
			for _, name := range asked {
				if !names[name] {
					t.Errorf("%s asks for %s, which is not there", file, name)
				}
			}
		}
	}
}

// reachable is a gateway that has an https address, so that it wants Strava's events.
func reachable(t *testing.T) *process {
	t.Helper()
	gateway := launch(t, t.TempDir(), append(connected(t, stravatest.Config{}).env, "PUBLIC_URL=https://gateway.example.org",
		"ADMIN_ADDR=127.0.0.1:0", "LOG_FORMAT=text"))
	gateway.await(t, adminAddress)
	return gateway
}

// An event counts, and so does how late it is, when it is stored and when it is handled.
func TestMetricsTellOfEvents(t *testing.T) {
	t.Parallel()
	c := subscribe(t, t.TempDir(), "ADMIN_ADDR=127.0.0.1:0", "LOG_FORMAT=text")
	c.rename(t, c.ids[0], "Edited")
	c.delivered(t)
	c.gateway.eventually(t, 10*time.Second, func() error {
		seen := c.gateway.scrape(t)
		lag := seen["domestique_webhook_lag_seconds"]
		stored, handled := labelled(lag, "stored").GetHistogram(), labelled(lag, "handled").GetHistogram()
		events := seen["domestique_webhook_events_total"].GetMetric()[0].GetCounter().GetValue()
		if events != 1 || stored.GetSampleCount() != 1 || handled.GetSampleCount() != 1 || handled.GetSampleSum() > 10 {
			return fmt.Errorf("%v events, lag %v", events, lag)
		}
		return nil
	})
}

// A receiver that takes connections and answers nothing costs neither answers nor the end of the process more than 3 s.
func TestADeadReceiverHarmsNothing(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, endpoint := range map[string]string{"silent": "http://" + silent.Addr().String(), "refused": "http://127.0.0.1:1"} {
		t.Run(name, func(t *testing.T) {
			gateway := operated(t, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint, "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_METRIC_EXPORT_INTERVAL=50")
			began := time.Now()
			if code := gateway.signal(t, syscall.SIGTERM); code != 0 {
				t.Errorf("exit code %d\n%s", code, gateway.output)
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("the end took %v", took)
			}
			if told := strings.Count(gateway.output.String(), "telemetry is not delivered"); name == "refused" && told != 2 {
				t.Errorf("it was told %d times, want once for traces and once for metrics\n%s", told, gateway.output)
			}
		})
	}
}

func TestAdminAddress(t *testing.T) {
	t.Parallel()
	fake := connected(t, stravatest.Config{})
	open := start(t, t.TempDir(), append(fake.env, "ADMIN_ADDR=0.0.0.0:0"))
	open.signal(t, syscall.SIGTERM)
	wantOutput(t, open, "can be reached from other machines")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	refused := launch(t, t.TempDir(), append(fake.env, "ADMIN_ADDR="+taken.Addr().String()))
	if code := refused.wait(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	wantOutput(t, refused, "listen at ADMIN_ADDR")
	wrong := launch(t, t.TempDir(), append(fake.env, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_METRIC_EXPORT_INTERVAL=often"))
	if code := wrong.wait(t); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	wantOutput(t, wrong, "OTEL_METRIC_EXPORT_INTERVAL must be a number of milliseconds")
}

// A platform that sets up gRPC by itself must not keep the gateway from starting.
func TestAProtocolThatIsNotSpokenIsAWarning(t *testing.T) {
	t.Parallel()
	gateway := start(t, t.TempDir(), append(connected(t, stravatest.Config{}).env,
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"))
	wantOutput(t, gateway, "http/protobuf")
	if code := gateway.signal(t, syscall.SIGTERM); code != 0 || strings.Contains(gateway.output.String(), "not delivered") {
		t.Errorf("exit code %d\n%s", code, gateway.output)
	}
}

// dashboardExpressions are the queries of the dashboard's panels.
func dashboardExpressions(t *testing.T) []string {
	t.Helper()
	var dashboard struct {
		Title  string
		Panels []struct {
			Type, Title, Description string
			Targets                  []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, "infra/grafana/domestique.json")), &dashboard); err != nil || dashboard.Title == "" {
		t.Fatalf("the dashboard: %v", err)
	}
	var expressions []string
	for _, panel := range dashboard.Panels {
		if panel.Type != "row" && (panel.Title == "" || panel.Description == "" || len(panel.Targets) == 0) {
			t.Errorf("a panel without title, description or query: %+v", panel)
		}
		for _, target := range panel.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	return expressions
}

// alertExpressions are the conditions of the alerts. Each has a heading in docs/operate.md.
func alertExpressions(t *testing.T) []string {
	t.Helper()
	var rules struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.UnmarshalWithOptions([]byte(readFile(t, "infra/grafana/alerts.yaml")), &rules, yaml.Strict()); err != nil {
		t.Fatalf("the alerts: %v", err)
	}
	operate := readFile(t, "docs/operate.md")
	var expressions []string
	for _, rule := range rules.Groups[0].Rules {
		expressions = append(expressions, rule.Expr)
		if _, err := model.ParseDuration(rule.For); err != nil || rule.Alert == "" || rule.Labels["severity"] == "" || rule.Annotations["summary"] == "" {
			t.Errorf("the alert %+v lacks something: %v", rule, err)
		}
		page, anchor, _ := strings.Cut(rule.Annotations["runbook"], "#")
		heading := "\n### " + strings.ReplaceAll(anchor, "-", " ") + "\n"
		if page != "docs/operate.md" || !strings.Contains(strings.ToLower(operate), heading) {
			t.Errorf("%s leads to %q, which docs/operate.md does not have", rule.Alert, rule.Annotations["runbook"])
		}
	}
	return expressions
}
