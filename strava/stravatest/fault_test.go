package stravatest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava/stravatest"
)

func TestFaultReplacesTheAnswer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name        string
		fault       stravatest.Fault
		status      int
		contentType string
		body        string
	}{
		{"status and body", stravatest.Fault{Status: 500, Body: `{"message":"error"}`}, 500, "application/json; charset=utf-8", `{"message":"error"}`},
		{"status alone", stravatest.Fault{Status: 503}, 503, "application/json; charset=utf-8", ""},
		{"HTML", stravatest.Fault{Body: "<html>", ContentType: "text/html"}, 200, "text/html", "<html>"},
		{"content type alone", stravatest.Fault{ContentType: "text/plain"}, 404, "text/plain",
			`{"message":"Record Not Found","errors":[{"resource":"Activity","field":"id","code":"invalid"}]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			f.Fault(tc.fault)
			got := f.get(f.AccessToken(), "/activities/1")
			if got.status != tc.status || got.header.Get("Content-Type") != tc.contentType || got.body != tc.body {
				t.Errorf("got %d %s %s", got.status, got.header.Get("Content-Type"), got.body)
			}
		})
	}
}

func TestFaultMeets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name         string
		method, path string
		met          bool
	}{
		{"any", "", "", true},
		{"method", http.MethodGet, "", true},
		{"another method", http.MethodPost, "", false},
		{"template", "", "/activities/{id}", true},
		{"pattern", "", "/activities/*", true},
		{"the path itself", "", "/activities/42", true},
		{"another path", "", "/activities/43", false},
		{"another template", "", "/athletes/{id}/stats", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			f.Fault(stravatest.Fault{Method: tc.method, Path: tc.path, Status: 503})
			if got := f.get(f.AccessToken(), "/activities/42"); (got.status == 503) != tc.met {
				t.Errorf("status %d", got.status)
			}
		})
	}
}

func TestFaultTimes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ times, met int }{{0, 1}, {1, 1}, {3, 3}, {stravatest.Always, 5}} {
		f := newFake(t, empty())
		remove := f.Fault(stravatest.Fault{Status: 503, Times: tc.times})
		token, met := f.AccessToken(), 0
		for range 5 {
			if f.get(token, "/athlete").status == 503 {
				met++
			}
		}
		if met != tc.met {
			t.Errorf("Times %d met %d of 5 requests, want %d", tc.times, met, tc.met)
		}
		remove()
		if got := f.get(token, "/athlete"); got.status != http.StatusOK {
			t.Errorf("Times %d, removed: status %d", tc.times, got.status)
		}
	}
}

func TestOldestFaultFirst(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	f.Fault(stravatest.Fault{Status: 500})
	f.Fault(stravatest.Fault{Status: 502})
	token := f.AccessToken()
	for _, want := range []int{500, 502, 200} {
		if got := f.get(token, "/athlete"); got.status != want {
			t.Errorf("status %d, want %d", got.status, want)
		}
	}
}

// A spoiled answer and the quota have nothing to do with each other, but the request was a call.
func TestFaultedRequestsHaveNoEffect(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	f.Fault(stravatest.Fault{Status: 503, Times: 2})
	f.get(token, "/athlete")
	if got := f.refresh(firstRefresh); got.status != 503 {
		t.Errorf("refresh: status %d", got.status)
	}
	f.mustRefresh(firstRefresh) // It was not rotated away.
	if got := f.get(token, "/athlete"); used(got) != "1,1 1,1" {
		t.Errorf("used %s", used(got))
	}
	if f.Calls()["GET /athlete"] != 2 {
		t.Errorf("calls: %v", f.Calls())
	}
}

// tokenForm is a refresh with the first refresh token.
func tokenForm() url.Values {
	return url.Values{
		"client_id": {"4242"}, "client_secret": {"fake-client-secret"}, "grant_type": {"refresh_token"}, "refresh_token": {firstRefresh},
	}
}

func TestApplyThenFail(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]stravatest.Fault{
		"no answer":  {ApplyThenFail: true},
		"502":        {ApplyThenFail: true, Status: 502, Body: "<html>", ContentType: "text/html"},
		"cut answer": {ApplyThenFail: true, CutAfter: 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			fault.Path = "/oauth/token"
			f.Fault(fault)
			res, err := f.Transport().RoundTrip(f.request(http.MethodPost, "/oauth/token", "", tokenForm()))
			var body []byte
			answered := err == nil
			if answered {
				body, err = io.ReadAll(res.Body)
			}
			if answered != (name != "no answer") || (err == nil) != (name == "502") || len(body) != max(fault.CutAfter, len(fault.Body)) {
				t.Errorf("answered %v with %q, %v", answered, body, err)
			}
			wantRefusal(t, f.refresh(firstRefresh), 400, "Bad Request", "RefreshToken", "refresh_token", "invalid")
		})
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, empty())
		f.Fault(stravatest.Fault{Delay: 30 * time.Second, Times: 2})
		start := time.Now()
		if got := f.get(f.AccessToken(), "/athlete"); got.status != http.StatusOK || time.Since(start) != 30*time.Second {
			t.Errorf("status %d after %v", got.status, time.Since(start))
		}

		// A client that leaves has caused nothing.
		client := http.Client{Transport: f.Transport(), Timeout: 10 * time.Second}
		_, err := client.PostForm("http://strava.test/oauth/token", tokenForm())
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		f.mustRefresh(firstRefresh)
	})
}

// Over a socket, too.
func TestAClientThatLeavesASocketIsNoticed(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	f.Fault(stravatest.Fault{Delay: time.Hour})
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		f.ServeHTTP(w, r)
	}))
	t.Cleanup(server.CloseClientConnections)
	client := http.Client{Timeout: 100 * time.Millisecond}
	if _, err := client.PostForm(server.URL+"/oauth/token", tokenForm()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the fake still waits for a client that has left")
	}
	f.mustRefresh(firstRefresh)
}

func TestDelayAfterApplying(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, empty())
		f.Fault(stravatest.Fault{ApplyThenFail: true, Delay: 30 * time.Second})
		client := http.Client{Transport: f.Transport(), Timeout: 10 * time.Second}
		if _, err := client.PostForm("http://strava.test/oauth/token", tokenForm()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if got := f.refresh(firstRefresh); got.status != http.StatusBadRequest {
			t.Errorf("status %d: the refresh token was not rotated", got.status)
		}
	})
}

func TestHoldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, empty())
		token, release := f.AccessToken(), make(chan struct{})
		arrived, answered := 0, 0
		f.Fault(stravatest.Fault{Until: release, Arrived: func() { arrived++ }})
		go func() {
			f.get(token, "/athlete")
			answered++
		}()
		synctest.Wait()
		if arrived != 1 || answered != 0 {
			t.Errorf("before the release: %d arrived, %d answered", arrived, answered)
		}
		close(release)
		synctest.Wait()
		if answered != 1 {
			t.Error("not answered after the release")
		}
	})
}

// On a real wire: what a client sees of a broken connection.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{})
	server := httptest.NewServer(f)
	defer server.Close()
	get := func() (*http.Response, string, error) {
		req := f.request(http.MethodGet, "", f.AccessToken(), nil)
		req.URL, _ = url.Parse(server.URL + "/api/v3/athlete")
		req.Host = ""
		res, err := server.Client().Do(req)
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		return res, string(body), err
	}
	f.Fault(stravatest.Fault{CutAfter: 100})
	res, body, err := get()
	if !errors.Is(err, io.ErrUnexpectedEOF) || res.StatusCode != http.StatusOK || len(body) != 100 {
		t.Errorf("cut: %d bytes, %v", len(body), err)
	}
	f.Fault(stravatest.Fault{ApplyThenFail: true})
	if _, _, err := get(); !errors.Is(err, io.EOF) {
		t.Errorf("no answer: %v", err)
	}
	if _, body, err := get(); err != nil || !strings.Contains(body, `"profile":"`+server.URL+`/pictures/`) {
		t.Errorf("afterwards: %v %s", err, body)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	tb := &recordingTB{}
	running := stravatest.Start(tb, empty())
	res, err := http.Get(running.OAuthURL() + "/authorize?colour=red")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res, err = http.Get(running.APIURL() + "/athlete"); err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("athlete: %v, %v", res, err)
	}
	_ = res.Body.Close()
	for _, end := range tb.cleanups {
		end()
	}
	if len(tb.errors) != 1 || !strings.Contains(tb.errors[0], "%s") {
		t.Errorf("a violation does not fail the test: %v", tb.errors)
	}
	if res, err := http.Get(running.URL); err == nil {
		_ = res.Body.Close()
		t.Error("it still listens after the test")
	}

	bad := &recordingTB{}
	func() {
		defer func() { _ = recover() }()
		stravatest.Start(bad, stravatest.Config{Years: -1})
	}()
	if len(bad.errors) != 1 {
		t.Errorf("a bad Config: %v", bad.errors)
	}
}

// recordingTB is a testing.TB of a test that may fail.
type recordingTB struct {
	cleanups []func()
	errors   []string
}

func (tb *recordingTB) Helper()                        {}
func (tb *recordingTB) Cleanup(f func())               { tb.cleanups = append(tb.cleanups, f) }
func (tb *recordingTB) Errorf(format string, _ ...any) { tb.errors = append(tb.errors, format) }
func (tb *recordingTB) Fatalf(format string, _ ...any) {
	tb.errors = append(tb.errors, format)
	panic("fatal")
}
