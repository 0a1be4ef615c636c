package stravatest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// event is what a callback is told.
type event struct {
	Object   string            `json:"object_type"`
	ID       int64             `json:"object_id"`
	Aspect   string            `json:"aspect_type"`
	Owner    int64             `json:"owner_id"`
	Time     int64             `json:"event_time"`
	Updates  map[string]string `json:"updates"`
	Receiver int64             `json:"subscription_id"`
}

// callback is a receiver without a network. respond, when set, answers deliveries in place of a plain 200.
type callback struct {
	respond func(try int, r *http.Request) (int, error)
	check   func(w http.ResponseWriter, challenge string)

	mu     sync.Mutex
	tries  []time.Time
	bodies []string
	header []http.Header
	query  url.Values
}

func (b *callback) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		rec := httptest.NewRecorder()
		b.query = r.URL.Query()
		if b.check != nil {
			b.check(rec, r.URL.Query().Get("hub.challenge"))
		} else {
			echo(rec, r.URL.Query().Get("hub.challenge"))
		}
		return rec.Result(), r.Context().Err()
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.tries = append(b.tries, time.Now())
	b.bodies = append(b.bodies, string(body))
	b.header = append(b.header, r.Header)
	try := len(b.tries)
	b.mu.Unlock()
	status := http.StatusOK
	if b.respond != nil {
		if status, err = b.respond(try, r); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func echo(w http.ResponseWriter, challenge string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"hub.challenge":%q}`, challenge)
}

// events are those that arrived, without what all of them share.
func (b *callback) events(t *testing.T) []event {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	all := []event{}
	for _, body := range b.bodies {
		var e event
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// aspects are the events in short.
func (b *callback) aspects(t *testing.T) []string {
	t.Helper()
	all := []string{}
	for _, e := range b.events(t) {
		all = append(all, e.Aspect)
	}
	return all
}

const callbackURL = "https://gateway.example/webhook/x"

func (f *fake) subscribe(form url.Values) reply {
	f.t.Helper()
	all := url.Values{"callback_url": {callbackURL}, "verify_token": {"v"}}
	maps.Copy(all, form)
	return f.post("/api/v3/push_subscriptions", all)
}

const credentials = "?client_id=4242&client_secret=fake-client-secret"

func (f *fake) delete(id int64) reply {
	f.t.Helper()
	return f.send(f.request(http.MethodDelete, fmt.Sprintf("/api/v3/push_subscriptions/%d%s", id, credentials), "", nil))
}

func (f *fake) await() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Hour)
	defer cancel()
	if err := f.AwaitEvents(ctx); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fake) wantCounts(want stravatest.EventCounts) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.EventCounts()); diff != "" {
		f.t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// subscribed is a fake with an activity and a subscription, in a bubble where waiting costs nothing.
func subscribed(t *testing.T, scopes []string, test func(f *fake, b *callback, activity int64)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &callback{}
		cfg := empty()
		cfg.Callback, cfg.Scopes = b, scopes
		f := newFake(t, cfg)
		defer f.Close()
		id := f.AddActivity(stravatest.Activity{Name: "First", Sport: "Run", Distance: 5000})
		if got := f.subscribe(nil); got.status != http.StatusCreated {
			t.Fatalf("subscribe: %d %s", got.status, got.body)
		}
		test(f, b, id)
	})
}
