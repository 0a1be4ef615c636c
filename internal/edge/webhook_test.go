package edge_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domestique/internal/edge"
	"domestique/strava"
)

// letterbox takes deliveries in.
type letterbox struct {
	app    strava.Application // Not known: there is none yet.
	secret strava.Secret
	fails  error
	hangs  bool
	events []strava.PushEvent
}

func (l *letterbox) Application(context.Context) (strava.Application, error) {
	if !l.app.Known() {
		return strava.Application{}, errors.New("no application is known")
	}
	return l.app, nil
}

func (l *letterbox) Receive(ctx context.Context, event strava.PushEvent) error {
	if l.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	l.events = append(l.events, event)
	return l.fails
}

func (l *letterbox) SigningSecret() strava.Secret { return l.secret }

var webhookApp = strava.Application{ClientID: "4711", ClientSecret: "the-secret-of-the-application"}

const delivery = `{"aspect_type":"create","event_time":1549560669,"object_id":16195505756,"object_type":"activity",` +
	`"owner_id":26462176,"subscription_id":120475,"updates":{}}`

func deliver(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func TestDeliveries(t *testing.T) {
	t.Parallel()
	signed := func(secret string, age time.Duration) func(*http.Request) {
		return func(r *http.Request) {
			stamp := fmt.Sprint(time.Now().Add(-age).Unix())
			mac := hmac.New(sha256.New, []byte(secret))
			_, _ = fmt.Fprintf(mac, "%s.%s", stamp, delivery)
			r.Header.Set("X-Strava-Signature", "t="+stamp+",v1="+hex.EncodeToString(mac.Sum(nil)))
		}
	}
	path := edge.WebhookPath(webhookApp)
	tests := map[string]struct {
		path   string // "": the right one
		body   string // "": an event
		change func(*http.Request)
		box    letterbox
		status int
		taken  int
	}{
		"an event":           {status: 200, taken: 1},
		"charset":            {change: func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, status: 200, taken: 1},
		"another path":       {path: "/webhook/" + strings.Repeat("A", 32), status: 404},
		"no path":            {path: "/webhook/", status: 404},
		"path and more":      {path: path + "/more", status: 404},
		"no application yet": {box: letterbox{app: strava.Application{ClientID: "none"}}, status: 404},
		"another secret":     {box: letterbox{app: strava.Application{ClientID: "4711", ClientSecret: "other"}}, status: 404},
		"another method":     {change: func(r *http.Request) { r.Method = http.MethodPut }, status: 405},
		"a form": {change: func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
			status: 415},
		"compressed":            {change: func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, status: 415},
		"too large":             {body: delivery + strings.Repeat(" ", strava.MaxPushEvent), status: 413},
		"no JSON":               {body: "hello", status: 400},
		"no ids":                {body: `{"aspect_type":"create","object_type":"activity"}`, status: 400},
		"store away":            {box: letterbox{fails: errors.New("down")}, status: 503, taken: 1},
		"signed":                {box: letterbox{secret: "w3bhook"}, change: signed("w3bhook", 0), status: 200, taken: 1},
		"not signed":            {box: letterbox{secret: "w3bhook"}, status: 200, taken: 1},
		"signed by a stranger":  {box: letterbox{secret: "w3bhook"}, change: signed("another", 0), status: 403},
		"signed long ago":       {box: letterbox{secret: "w3bhook"}, change: signed("w3bhook", time.Hour), status: 403},
		"signed, but not asked": {change: signed("another", 0), status: 200, taken: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &letterbox{app: webhookApp, secret: test.box.secret, fails: test.box.fails}
			if test.box.app.ClientID != "" {
				box.app = test.box.app
			}
			var log strings.Builder
			handler := newEdge(t, func(c *edge.Config) {
				c.Webhook, c.Logger = box, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			if test.path == "" {
				test.path = path
			}
			if test.body == "" {
				test.body = delivery
			}
			r := deliver(test.path, test.body)
			if test.change != nil {
				test.change(r)
			}
			answer := serve(handler, r)
			if answer.Code != test.status || len(box.events) != test.taken {
				t.Errorf("status %d, %d events taken in; want %d, %d\n%s", answer.Code, len(box.events), test.status, test.taken, answer.Body)
			}
			if said := log.String() + answer.Body.String() + fmt.Sprint(answer.Header()); strings.Contains(said, path[len(path)-8:]) {
				t.Errorf("the path is shown: %s", said)
			}
			if test.taken > 0 && box.events[0].ObjectID != 16195505756 {
				t.Errorf("taken in is %+v", box.events[0])
			}
		})
	}
}

func TestTheWebhookIsThereOnlyWithSomebodyToTakeEvents(t *testing.T) {
	t.Parallel()
	if answer := serve(newEdge(t, nil), deliver(edge.WebhookPath(webhookApp), delivery)); answer.Code != http.StatusNotFound {
		t.Errorf("status %d", answer.Code)
	}
}

// Strava takes an answer after two seconds for none, and comes again after one that is no 200.
func TestAStoreThatHangsIsAnsweredInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler := newEdge(t, func(c *edge.Config) { c.Webhook = &letterbox{app: webhookApp, hangs: true} })
		began := time.Now()
		answer := serve(handler, deliver(edge.WebhookPath(webhookApp), delivery))
		if took := time.Since(began); answer.Code != http.StatusServiceUnavailable || took >= 2*time.Second {
			t.Errorf("status %d after %v", answer.Code, took)
		}
	})
}

func TestDeliveriesAreLimitedByTheirSender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		box := &letterbox{app: webhookApp}
		handler := newEdge(t, func(c *edge.Config) { c.Webhook = box })
		from := func(remote, path string) int {
			r := deliver(path, delivery)
			r.RemoteAddr = remote
			return serve(handler, r).Code
		}
		for n := range 600 {
			if code := from("198.51.100.9:4000", "/webhook/guess"); code != http.StatusNotFound {
				t.Fatalf("guess %d: status %d", n, code)
			}
		}
		if code := from("198.51.100.9:4001", edge.WebhookPath(webhookApp)); code != http.StatusTooManyRequests {
			t.Errorf("after 600 guesses: status %d", code)
		}
		if code := from("203.0.113.5:4000", edge.WebhookPath(webhookApp)); code != http.StatusOK {
			t.Errorf("another sender: status %d", code)
		}
		time.Sleep(time.Minute)
		if code := from("198.51.100.9:4000", edge.WebhookPath(webhookApp)); code != http.StatusOK {
			t.Errorf("a minute later: status %d", code)
		}
	})
}

func TestTheCheckOfTheCallback(t *testing.T) {
	t.Parallel()
	handler := newEdge(t, func(c *edge.Config) { c.Webhook = &letterbox{app: webhookApp} })
	right := url.Values{
		"hub.mode": {"subscribe"}, "hub.challenge": {"15f7d1a91c1f40f8a748fd134752feb3"},
		"hub.verify_token": {string(edge.WebhookVerifyToken(webhookApp))},
	}
	answer := serve(handler, httptest.NewRequest(http.MethodGet, edge.WebhookPath(webhookApp)+"?"+right.Encode(), nil))
	if got := answer.Body.String(); answer.Code != 200 || got != `{"hub.challenge":"15f7d1a91c1f40f8a748fd134752feb3"}` ||
		answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("status %d, %s, %v", answer.Code, got, answer.Header())
	}
	for name, change := range map[string]func(url.Values){
		"another token": func(v url.Values) { v.Set("hub.verify_token", "guess") },
		"no challenge":  func(v url.Values) { v.Del("hub.challenge") },
		"another mode":  func(v url.Values) { v.Set("hub.mode", "unsubscribe") },
	} {
		wrong := url.Values{}
		for key := range right {
			wrong.Set(key, right.Get(key))
		}
		change(wrong)
		answer := serve(handler, httptest.NewRequest(http.MethodGet, edge.WebhookPath(webhookApp)+"?"+wrong.Encode(), nil))
		if answer.Code != http.StatusForbidden || strings.Contains(answer.Body.String(), "15f7") {
			t.Errorf("%s: status %d, %s", name, answer.Code, answer.Body)
		}
	}
}

func TestTheWebhooksAddress(t *testing.T) {
	t.Parallel()
	path, token := edge.WebhookPath(webhookApp), string(edge.WebhookVerifyToken(webhookApp))
	seen := map[string]bool{}
	for _, app := range []strava.Application{
		webhookApp, {ClientID: "4712", ClientSecret: webhookApp.ClientSecret}, {ClientID: "4711", ClientSecret: "other"},
	} {
		for _, derived := range []string{edge.WebhookPath(app), string(edge.WebhookVerifyToken(app))} {
			if seen[derived] {
				t.Errorf("%s is derived twice", derived)
			}
			seen[derived] = true
		}
	}
	if !edge.IsWebhookPath(path) || edge.IsWebhookPath("/webhook/strava") || edge.IsWebhookPath("/hooks/"+token) {
		t.Error("paths of gateways are not told from others")
	}
	if strings.Contains(path+token, string(webhookApp.ClientSecret)) || len(path) != len("/webhook/")+32 {
		t.Errorf("the path is %s", path)
	}
}
