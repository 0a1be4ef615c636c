package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// program is a run of the command inside the test.
type program struct {
	t      *testing.T
	env    map[string]string
	stdout *bufio.Scanner
	stderr *bytes.Buffer // read it after stop
	cancel context.CancelFunc
	ended  chan error
}

// start runs the command until it has printed its environment.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	p := &program{t, map[string]string{}, bufio.NewScanner(reader), &bytes.Buffer{}, cancel, make(chan error, 1)}
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), writer, p.stderr)
		_ = writer.CloseWithError(io.EOF)
		p.ended <- err
	}()
	t.Cleanup(cancel)
	for len(p.env) < 5 && p.stdout.Scan() {
		name, value, _ := strings.Cut(p.stdout.Text(), "=")
		p.env[name] = value
	}
	if len(p.env) < 5 {
		t.Fatalf("it ended with %v", <-p.ended)
	}
	return p
}

// stop ends the command as a signal does and returns what it had to say.
func (p *program) stop() (report string) {
	p.t.Helper()
	p.cancel()
	for p.stdout.Scan() {
		report += p.stdout.Text() + "\n"
	}
	if err := <-p.ended; err != nil {
		p.t.Errorf("ended with %v", err)
	}
	return report
}

// refresh sends a refresh token and returns the status and the access token.
func (p *program) refresh(token string) (status int, access string) {
	p.t.Helper()
	res, err := http.PostForm(p.env["STRAVA_OAUTH_URL"]+"/token", url.Values{
		"client_id": {p.env["STRAVA_CLIENT_ID"]}, "client_secret": {p.env["STRAVA_CLIENT_SECRET"]},
		"grant_type": {"refresh_token"}, "refresh_token": {token},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, got.AccessToken
}

func (p *program) get(access, path string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.env["STRAVA_API_URL"]+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+access)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

func TestRun(t *testing.T) {
	t.Parallel()
	p := start(t, "-limits", "7,70", "-token-life", "30s")
	first := p.env["STRAVA_REFRESH_TOKEN"]
	_, access := p.refresh(first)
	res := p.get(access, "/athlete")
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("X-RateLimit-Limit") != "14,140" || res.Header.Get("X-ReadRateLimit-Limit") != "7,70" {
		t.Errorf("athlete: %s %v", res.Status, res.Header)
	}
	for range 2 {
		if status, _ := p.refresh(first); status != http.StatusBadRequest {
			t.Errorf("a dead refresh token: status %d", status)
		}
	}

	report := p.stop()
	for _, line := range []string{"     1  GET /athlete\n", "     3  POST /oauth/token\n", "     2  refused refreshes\n"} {
		if !strings.Contains(report, line) {
			t.Errorf("the report lacks %q:\n%s", line, report)
		}
	}
	log := p.stderr.String()
	if !strings.Contains(log, "kind=dead count=2") || strings.Contains(log, first) || strings.Contains(log, access) {
		t.Errorf("log:\n%s", log)
	}
}

func TestRunServesRecordedAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"athlete.json": `{"id":7}`, "athlete_stats.json": `{}`,
		"athlete_activities_page1.json": `[{"id":1,"start_date":"2025-01-01T00:00:00Z"}]`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "-recorded", dir)
	_, access := p.refresh(p.env["STRAVA_REFRESH_TOKEN"])
	res := p.get(access, "/athlete")
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || string(body) != `{"id":7}` {
		t.Errorf("athlete: %s, %v", body, err)
	}
	p.stop()
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	taken := start(t)
	for name, args := range map[string][]string{
		"unknown flag":      {"-color", "red"},
		"half a limit":      {"-limits", "100"},
		"too much of one":   {"-limits", "100,1000,5"},
		"half a second":     {"-token-life", "500ms"},
		"an empty folder":   {"-recorded", t.TempDir()},
		"parts of nothing":  {"-recorded-parts"},
		"an argument":       {"please"},
		"an address in use": {"-addr", strings.TrimSuffix(strings.TrimPrefix(taken.env["STRAVA_API_URL"], "http://"), "/api/v3")},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := run(t.Context(), []string{"-h"}, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
	taken.stop()
}
