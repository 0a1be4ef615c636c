package stravatest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava/stravatest"
)

func TestPushSubscription(t *testing.T) {
	t.Parallel()
	b := &callback{}
	cfg := empty()
	cfg.Callback = b
	f := newFake(t, cfg)
	path := "/push_subscriptions" + credentials
	if got := f.get("", path); got.status != http.StatusOK || got.body != "[]" {
		t.Errorf("none: %d %s", got.status, got.body)
	}
	got := f.subscribe(nil)
	const row = `{"id":131301,"resource_state":2,"application_id":4242,"callback_url":"https://gateway.example/webhook/x",` +
		`"created_at":"2026-11-22T12:00:00Z","updated_at":"2026-11-22T12:00:00Z"}`
	if got.status != http.StatusCreated || got.body != row {
		t.Errorf("created: %d %s", got.status, got.body)
	}
	if b.query.Get("hub.mode") != "subscribe" || b.query.Get("hub.verify_token") != "v" || len(b.query.Get("hub.challenge")) != 32 {
		t.Errorf("the callback was asked %v", b.query)
	}
	wantRefusal(t, f.subscribe(nil), 400, "Bad Request", "PushSubscription", "", "already exists")
	if got := f.get("", path); got.body != "["+row+"]" || used(got) == "" {
		t.Errorf("one: %d %s", got.status, got.body)
	}
	wantRefusal(t, f.delete(131302), 404, "Record Not Found", "PushSubscription", "id", "invalid")
	wantRefusal(t, f.delete(0), 404, "Record Not Found", "PushSubscription", "id", "invalid")
	if got := f.delete(131301); got.status != http.StatusNoContent || got.body != "" {
		t.Errorf("deleted: %d %s", got.status, got.body)
	}
	if got := f.get("", path); got.body != "[]" {
		t.Errorf("after the deletion: %s", got.body)
	}
	if got := f.subscribe(nil); got.status != http.StatusCreated || strings.Contains(got.body, "131301") {
		t.Errorf("the second one: %s", got.body)
	}
	if len(f.Violations()) > 0 {
		t.Errorf("violations: %v", f.Violations())
	}
}

func TestPushSubscriptionsAreStrict(t *testing.T) {
	t.Parallel()
	secret := url.Values{"client_secret": {"wrong"}}
	const bad, app, push = "Bad Request", "Application", "PushSubscription"
	tests := []struct {
		name                 string
		ask                  func(f *fake) reply
		status               int
		message              string
		resource, field, why string
		violation            bool
	}{
		{"another secret", func(f *fake) reply { return f.subscribe(secret) }, 400, bad, app, "client_secret", "invalid", false},
		{"another secret to view", func(f *fake) reply { return f.get("", "/push_subscriptions?client_id=4242&client_secret=x") }, 400, bad, app, "client_secret", "invalid", false},
		{"no client", func(f *fake) reply { return f.get("", "/push_subscriptions") }, 400, bad, app, "client_id", "missing", false},
		{"another client", func(f *fake) reply { return f.subscribe(url.Values{"client_id": {"1"}}) }, 400, bad, app, "client_id", "invalid", false},
		{"credentials in the URL of a POST", func(f *fake) reply {
			return f.post("/api/v3/push_subscriptions"+credentials, url.Values{})
		}, 400, bad, app, "", "invalid", true},
		{"outside of the API", func(f *fake) reply { return f.post("/push_subscriptions", url.Values{"callback_url": {callbackURL}}) }, 404, "Record Not Found", "resource", "path", "invalid", false},
		{"no callback", func(f *fake) reply { return f.subscribe(url.Values{"callback_url": {""}}) }, 400, bad, push, "callback url", "missing", true},
		{"a long callback", func(f *fake) reply {
			return f.subscribe(url.Values{"callback_url": {callbackURL + strings.Repeat("x", 255)}})
		}, 400, bad, push, "callback url", "too long", true},
		{"no web address", func(f *fake) reply { return f.subscribe(url.Values{"callback_url": {"ftp://h/"}}) }, 400, bad, push, "callback url", "invalid", true},
		{"an unknown field", func(f *fake) reply { return f.subscribe(url.Values{"hub": {"1"}}) }, 400, bad, app, "hub", "invalid", true},
		{"an inactive application", func(f *fake) reply { f.Deactivate(true); return f.subscribe(nil) }, 403, "Forbidden", app, "Status", "Inactive", false},
		{"a spent quota", func(f *fake) reply { f.SetUsage([2]int{100, 100}, [2]int{100, 100}); return f.subscribe(nil) }, 429, "Rate Limit Exceeded", app, "read rate limit", "exceeded", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := empty()
			b := &callback{}
			cfg.Callback = b
			f := newFake(t, cfg)
			got := test.ask(f)
			if test.field == "" { // Which of the two parameters is named is chance.
				if got.status != test.status {
					t.Errorf("got %d %s", got.status, got.body)
				}
			} else {
				wantRefusal(t, got, test.status, test.message, test.resource, test.field, test.why)
			}
			if len(f.Violations()) > 0 != test.violation {
				t.Errorf("violations: %v", f.Violations())
			}
			f.Deactivate(false)
			f.SetUsage([2]int{}, [2]int{})
			if there := f.get("", "/push_subscriptions"+credentials); there.body != "[]" || b.query != nil {
				t.Errorf("a refused call had an effect: %s, callback asked %v", there.body, b.query)
			}
		})
	}
}

func TestCallbackIsVerified(t *testing.T) {
	t.Parallel()
	const unverifiable, not200 = "not verifiable", "GET to callback URL does not return 200"
	tests := []struct {
		name  string
		check func(w http.ResponseWriter, challenge string)
		want  string
	}{
		{"no route", func(w http.ResponseWriter, _ string) { w.WriteHeader(404) }, not200},
		{"accepted is not OK", func(w http.ResponseWriter, c string) { w.WriteHeader(202); echo(w, c) }, not200},
		{"a redirect", func(w http.ResponseWriter, _ string) { w.Header().Set("Location", "/"); w.WriteHeader(302) }, not200},
		{"another challenge", func(w http.ResponseWriter, _ string) { echo(w, "x") }, unverifiable},
		{"plain text", func(w http.ResponseWriter, c string) { fmt.Fprint(w, c) }, unverifiable},
		{"JSON as text", func(w http.ResponseWriter, c string) { fmt.Fprintf(w, `{"hub.challenge":%q}`, c) }, unverifiable},
		{"nothing", func(http.ResponseWriter, string) {}, unverifiable},
		{"too late", func(w http.ResponseWriter, c string) { time.Sleep(2*time.Second + 1); echo(w, c) }, unverifiable},
		{"late", func(w http.ResponseWriter, c string) { time.Sleep(2*time.Second - 1); echo(w, c) }, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := empty()
				b := &callback{check: test.check}
				cfg.Callback = b
				f := newFake(t, cfg)
				got := f.subscribe(nil)
				if test.want == "" {
					if got.status != http.StatusCreated {
						t.Errorf("got %d %s", got.status, got.body)
					}
					return
				}
				wantRefusal(t, got, 400, "Bad Request", "PushSubscription", "callback url", test.want)
				b.check = nil
				if got := f.subscribe(nil); got.status != http.StatusCreated {
					t.Errorf("after the refusal: %d %s", got.status, got.body)
				}
			})
		})
	}
}

// While the callback of one request is checked, the place is taken.
func TestOneSubscriptionAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		cfg := empty()
		cfg.Callback = &callback{check: func(w http.ResponseWriter, c string) { <-goOn; echo(w, c) }}
		f := newFake(t, cfg)
		first := make(chan int, 1)
		go func() { first <- f.subscribe(nil).status }()
		synctest.Wait()
		wantRefusal(t, f.subscribe(nil), 400, "Bad Request", "PushSubscription", "", "already exists")
		if got := f.get("", "/push_subscriptions"+credentials); got.body != "[]" {
			t.Errorf("before it is verified: %s", got.body)
		}
		wantRefusal(t, f.delete(0), 404, "Record Not Found", "PushSubscription", "id", "invalid")
		f.AddActivity(stravatest.Activity{})
		f.wantCounts(stravatest.EventCounts{})
		close(goOn)
		if status := <-first; status != http.StatusCreated {
			t.Errorf("the first: %d", status)
		}
	})
}
