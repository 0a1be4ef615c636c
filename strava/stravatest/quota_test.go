package stravatest_test

import (
	"net/http"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// used is what the four headers say: overall and read usage.
func used(r reply) string {
	return r.header.Get("X-RateLimit-Usage") + " " + r.header.Get("X-ReadRateLimit-Usage")
}

func TestQuotaByTheCalendar(t *testing.T) {
	t.Parallel()
	c := at(t, "2026-11-22T23:44:50Z")
	cfg := empty()
	cfg.Now, cfg.ReadLimits = c.Now, [2]int{2, 5}
	f := newFake(t, cfg)
	token := f.AccessToken()
	step := func(what string, wantStatus int, wantUsed string) {
		t.Helper()
		got := f.get(token, "/athlete")
		if got.status != wantStatus || used(got) != wantUsed {
			t.Errorf("%s: status %d, used %s; want %d, %s", what, got.status, used(got), wantStatus, wantUsed)
		}
		if limits := got.header.Get("X-RateLimit-Limit") + " " + got.header.Get("X-ReadRateLimit-Limit"); limits != "4,10 2,5" {
			t.Errorf("%s: limits %s", what, limits)
		}
		if got.status == http.StatusTooManyRequests {
			wantRefusal(t, got, 429, "Rate Limit Exceeded", "Application", "read rate limit", "exceeded")
		}
	}
	step("first", 200, "1,1 1,1")
	step("second", 200, "2,2 2,2")
	step("the quarter hour is spent", 429, "3,3 3,3")
	c.advance(9 * time.Second) // 23:44:59
	step("still", 429, "4,4 4,4")
	c.advance(time.Second) // 23:45:00: a natural quarter hour, though the first call was 10 s ago
	step("a new quarter hour, and the refused ones count for the day", 200, "1,5 1,5")
	step("the day is spent", 429, "2,6 2,6")
	c.advance(15 * time.Minute) // 00:00:00
	step("a new day", 200, "1,1 1,1")
}

func TestOverallLimit(t *testing.T) {
	t.Parallel()
	cfg := empty()
	cfg.ReadLimits, cfg.OverallLimits = [2]int{10, 10}, [2]int{1, 10}
	f := newFake(t, cfg)
	token := f.AccessToken()
	f.get(token, "/athlete")
	wantRefusal(t, f.get(token, "/athlete"), 429, "Rate Limit Exceeded", "Application", "overall rate limit", "exceeded")
}

// Uploads do not count as reads, even where the fake does not know what to do with them.
func TestUploadsAreNotReads(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	for _, path := range []string{"/activities", "/uploads"} {
		f.send(f.request(http.MethodPost, "/api/v3"+path, token, nil))
	}
	if got := f.get(token, "/athlete"); used(got) != "3,3 1,1" {
		t.Errorf("used %s", used(got))
	}
}

func TestRefusalsCountToo(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken("read")
	for path, want := range map[string]int{"/activities/1": 401, "/nowhere": 404, "/athlete?x=1": 400} {
		if got := f.get(token, path); got.status != want || got.header.Get("X-RateLimit-Usage") == "" {
			t.Errorf("%s: status %d, headers %v", path, got.status, got.header)
		}
	}
	if got := f.get("guess", "/athlete"); got.header.Get("X-RateLimit-Limit") != "" {
		t.Error("a call of nobody's has rate-limit headers")
	}
	if got := f.get(token, "/athlete"); used(got) != "4,4 4,4" {
		t.Errorf("used %s", used(got))
	}
}

func TestSetUsage(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{Activities: []stravatest.Activity{}})
	f.SetUsage([2]int{98, 998}, [2]int{120, 1500})
	token := f.AccessToken()
	if got := f.get(token, "/athlete"); used(got) != "121,1501 99,999" {
		t.Errorf("used %s", used(got))
	}
	f.clock.advance(15 * time.Minute)
	if got := f.get(token, "/athlete"); used(got) != "1,1502 1,1000" {
		t.Errorf("used %s after a quarter hour", used(got))
	}
	if got := f.get(token, "/athlete"); got.status != http.StatusTooManyRequests {
		t.Errorf("status %d", got.status)
	}
}
