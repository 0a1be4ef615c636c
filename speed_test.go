package main_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// dashboardQuery is what a dashboard asks for: who, 30 activities with their maps and numbers, and the year's sums.
const dashboardQuery = `query Dashboard($goal: Float!) {
  athlete { firstName lastName city picture measurement }
  activities(first: 30) {
    totalCount
    nodes {
      id stravaId url name sport startedAt localDate distance movingTime elapsedTime elevationGain averageSpeed averageHeartRate
      kudosCount commentCount isCommute isIndoor
      map { summaryPolyline }
    }
  }
  stats(filter: {dates: {from: "2026-01-01"}}) {
    totals { count distance movingTime elevationGain }
    bySport { sport totals { count distance movingTime } }
    periods(by: MONTH, last: 12) { start totals { count distance movingTime elevationGain } }
    goal(distance: $goal) { done target share }
  }
}`

// TestSpeed drives the program, and beside it a plain net/http handler that writes the same bytes out of memory, with the
// same load, and compares the two: rates mean little on a machine that others use, too, ratios within one run do. As one of
// the tests it only shows that everything is answered; `make bench` measures for long enough and holds the bounds.
func TestSpeed(t *testing.T) { //nolint:paralleltest // It measures.
	measured := os.Getenv("BENCH") != ""
	length, rounds := 100*time.Millisecond, 1
	if measured {
		length, rounds = 4*time.Second, 5
	}
	dir := t.TempDir()
	fake := connected(t, stravatest.Config{Years: 4}) // Some 1,500 activities.
	gateway := start(t, dir, fake.env)
	key := gateway.ownerKey(t)
	var filled struct{ Sync struct{ Activities int } }
	if err := gateway.ask(key, "mutation { sync { activities } }", &filled); err != nil {
		t.Fatal(err)
	}
	gateway = restarted(t, gateway, fake.env, filled.Sync.Activities, measured)

	asked := "/graphql?query=" + url.QueryEscape(dashboardQuery) + "&variables=" + url.QueryEscape(`{"goal":1500}`)
	body, tag := gateway.tagged(t, key, asked)
	file := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	plain := startPlain(t, file)
	ours := strings.TrimPrefix(gateway.URL, "http://")

	get := func(host, more string) func(int) []byte {
		request := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nAccept: application/json\r\n%s\r\n", asked, host, key, more)
		return func(int) []byte { return request }
	}
	quoted := strconv.Quote(dashboardQuery)
	never := func(n int) []byte { // the same twice
		body := fmt.Sprintf(`{"query":%s,"variables":{"goal":%d}}`, quoted, 1_000+n)
		return fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: %d\r\n\r\n%s",
			ours, key, len(body), body)
	}
	matching := "If-None-Match: " + tag + "\r\n"
	rows := []struct {
		name        string
		ours, plain load
		ratio       float64 // of the plain handler's rate, at the least
		rate        float64 // in answers a second, which is enough whatever the ratio; zero: there is none
		p99         float64 // of the plain handler's, at the most; zero: whatever
	}{
		{"a finished answer", load{ours, get(ours, ""), 200}, load{plain, get(plain, ""), 200}, 0.6, 0, 2},
		{"variables that are never the same", load{ours, never, 200}, load{plain, get(plain, ""), 200}, 0.1, 5_000, 0},
		{"304", load{ours, get(ours, matching), 304}, load{plain, get(plain, matching), 304}, 0.8, 0, 0},
	}
	for _, row := range rows {
		var ratios, slower, rates, plains []float64
		size := 0
		for range rounds {
			reference := row.plain.run(t, length)
			got := row.ours.run(t, length)
			size = got.bytes
			ratios, slower = append(ratios, got.perSecond/reference.perSecond), append(slower, float64(got.p99)/float64(reference.p99))
			rates, plains = append(rates, got.perSecond), append(plains, reference.perSecond)
		}
		ratio, p99, rate := median(ratios), median(slower), median(rates)
		t.Logf("%-34s %6d bytes %8.0f/s beside %8.0f/s of net/http: ratio %.2f (want %.1f), p99 %.2f times", row.name, size, rate, median(plains), ratio, row.ratio, p99)
		if measured && ratio < row.ratio && (row.rate == 0 || rate < row.rate) {
			t.Errorf("%s: ratio %.2f, want %.1f at least", row.name, ratio, row.ratio)
		}
		if measured && row.p99 > 0 && p99 > row.p99 {
			t.Errorf("%s: p99 is %.2f times the plain handler's, want %.0f at most", row.name, p99, row.p99)
		}
	}
}

// restarted ends the gateway and starts it on its stored copy: what it takes then, in time and memory, is what a restart takes.
func restarted(t *testing.T, gateway *process, env []string, activities int, measured bool) *process {
	t.Helper()
	if code := gateway.signal(t, os.Interrupt); code != 0 {
		t.Fatalf("exit code %d\n%s", code, gateway.output)
	}
	var quickest time.Duration
	for round := range 5 {
		if round > 0 {
			gateway.signal(t, os.Interrupt)
		}
		began := time.Now()
		gateway = startLogging(t, gateway.cmd.Dir, env)
		var count struct{ Activities struct{ TotalCount int } }
		if err := gateway.ask(gateway.ownerKey(t), "{ activities(first: 1) { totalCount } }", &count); err != nil || count.Activities.TotalCount != activities {
			t.Fatalf("after the restart: %+v, %v", count, err)
		}
		if took := time.Since(began); quickest == 0 || took < quickest {
			quickest = took
		}
	}
	resident := residentMB(t, gateway)
	t.Logf("%-34s %8.0f ms (want 100), idle with %.1f MB resident (want 40), %d activities", "start to first answer", quickest.Seconds()*1e3, resident, activities)
	if measured && (quickest > 100*time.Millisecond || resident > 40) {
		t.Errorf("start to first answer took %v, and %.1f MB are resident", quickest, resident)
	}
	return gateway
}

// residentMB is the memory of the process that is in RAM.
func residentMB(t *testing.T, p *process) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Logf("no memory is measured here: %v", err)
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return float64(kilobytes) / 1024
		}
	}
	t.Fatal("no VmRSS")
	return 0
}

// tagged asks with GET, and returns the answer with its tag.
func (p *process) tagged(t *testing.T, key, path string) (body []byte, tag string) {
	t.Helper()
	if errs, err := p.get(key, path); err != nil || strings.Contains(string(errs), `"errors"`) {
		t.Fatalf("%s, %v", errs, err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Accept", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	tag = answer.Header.Get("ETag")
	_ = answer.Body.Close()
	if body, err = p.get(key, path); err != nil || tag == "" {
		t.Fatalf("tag %q, %v", tag, err)
	}
	return body, tag
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
