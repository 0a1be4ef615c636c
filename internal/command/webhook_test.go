package command_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/strava"
	"domestique/strava/stravatest"
)

// gatewayAt answers checks of push subscriptions as the gateway does.
func gatewayAt(app strava.Application) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := strava.AnswerChallenge(r.URL.Query(), edge.WebhookVerifyToken(app))
		if err != nil || r.URL.Path != edge.WebhookPath(app) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})
}

// callback is the address of a gateway on this machine.
func callback(t *testing.T, app strava.Application) string {
	t.Helper()
	server := httptest.NewServer(gatewayAt(app))
	t.Cleanup(server.Close)
	return server.URL
}

// wire leads all requests to one handler, whatever their address.
type wire struct{ http.Handler }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer.Result(), nil
}

var application = strava.Application{ClientID: "4711", ClientSecret: clientSecret}

// subscriptions are those of the application at the fake.
func subscriptions(t *testing.T, fake *stravatest.Running) *strava.PushSubscriptions {
	t.Helper()
	api, err := strava.NewPushSubscriptions(strava.PushSubscriptionsConfig{
		BaseURL: fake.APIURL(), ClientID: application.ClientID, ClientSecret: application.ClientSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// subscribedTo is where the fake sends its events, "" for nowhere.
func subscribedTo(t *testing.T, fake *stravatest.Running) string {
	t.Helper()
	current, _, err := subscriptions(t, fake).View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return current.CallbackURL
}

func TestWebhookShowsMakesAndMends(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	here := callback(t, application)
	environment = environment.with(env{"PUBLIC_URL": here})
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, _ := strava.AnswerChallenge(r.URL.Query(), "token")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	}))
	t.Cleanup(elsewhere.Close)
	steps := []struct {
		name    string
		prepare func()
		args    []string
		said    []string
	}{
		{name: "none", said: []string{"The Strava application has no push subscription.", "It was made: from now on Strava sends events to " + here + "/…"}},
		{name: "right", said: []string{"Strava sends events to " + here + "/… (subscription 1313", "That is this gateway: nothing is to be done."}},
		{name: "ended", args: []string{"-delete"}, said: []string{"Strava sends events to " + here, "It is ended."}},
		{name: "ended again", args: []string{"-delete"}, said: []string{"has no push subscription", "Nothing is to be done."}},
		{
			name: "another program's",
			prepare: func() {
				if _, err := subscriptions(t, fake).Create(t.Context(), elsewhere.URL+"/secret/hook", "token"); err != nil {
					t.Fatal(err)
				}
			},
			said: []string{"Strava sends events to " + elsewhere.URL + "/…", "That was replaced: from now on it sends them to " + here + "/…"},
		},
	}
	for _, step := range steps {
		if step.prepare != nil {
			step.prepare()
		}
		end := run(t.Context(), environment, append([]string{"webhook"}, step.args...)...)
		if end.code != 0 {
			t.Errorf("%s: %+v", step.name, end)
		}
		for _, want := range step.said {
			if !strings.Contains(end.stdout, want) {
				t.Errorf("%s: said %q, want %q", step.name, end.stdout, want)
			}
		}
		for _, secret := range []string{clientSecret, edge.WebhookPath(application), "/secret/hook"} {
			if strings.Contains(end.stdout+end.stderr, secret) {
				t.Errorf("%s: a secret is shown: %+v", step.name, end)
			}
		}
	}
	if got := subscribedTo(t, fake); got != here+edge.WebhookPath(application) {
		t.Errorf("in the end events go to %s", got)
	}
}

func TestWebhookThatCannotBeMade(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change env
		fault  *stravatest.Fault
		code   int
		said   string
	}{
		{name: "no server", change: env{"PUBLIC_URL": "http://127.0.0.1:1"}, code: 1, said: "The gateway has to run at PUBLIC_URL"},
		{name: "another secret", change: env{"STRAVA_CLIENT_SECRET": "wrong"}, code: 1, said: "client"},
		{
			name: "Strava down", fault: &stravatest.Fault{Path: "/push_subscriptions", Status: 500}, code: 1,
			said: "webhook: look for the push subscription",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake, environment := fakeStrava(t)
			environment = environment.with(env{"PUBLIC_URL": callback(t, application)}).with(test.change)
			if test.fault != nil {
				fake.Fault(*test.fault)
			}
			end := run(t.Context(), environment, "webhook")
			if end.code != test.code || !strings.Contains(end.stderr, test.said) || strings.Contains(end.stderr, "/webhook/") {
				t.Errorf("%+v, want code %d and %q", end, test.code, test.said)
			}
		})
	}
}

// A callback that Strava can't reach is found before what there is is given up for it.
func TestWebhookAtAnAddressThatIsNotPublic(t *testing.T) {
	t.Parallel()
	environment := env{"DATA_DIR": t.TempDir(), "STRAVA_API_URL": "https://strava.invalid/api/v3"}.with(
		env{"STRAVA_CLIENT_ID": "4711", "STRAVA_CLIENT_SECRET": clientSecret, "PUBLIC_URL": "https://gateway.local"})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if end := run(ctx, environment, "webhook"); end.code == 0 || strings.Contains(end.stderr, "/webhook/") {
		t.Errorf("%+v", end)
	}
}

// The server at a public https address subscribes by itself, and ends that when the account is disconnected.
func TestTheServerKeepsUpItsSubscription(t *testing.T) {
	t.Parallel()
	fake := stravatest.Start(t, stravatest.Config{
		ClientID: "4711", ClientSecret: clientSecret, RefreshToken: firstToken, Callback: wire{gatewayAt(application)},
		Activities: []stravatest.Activity{{}}, ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6},
	})
	environment := env{
		"DATA_DIR": t.TempDir(), "STRAVA_API_URL": fake.APIURL(), "STRAVA_OAUTH_URL": fake.OAuthURL(), "STRAVA_CLIENT_ID": "4711",
		"STRAVA_CLIENT_SECRET": clientSecret, "STRAVA_REFRESH_TOKEN": firstToken, "PUBLIC_URL": "https://gateway.example.org",
	}
	cfg, err := config.Load(environment.lookup)
	if err != nil {
		t.Fatal(err)
	}
	custody, err := command.OpenCustody(t.Context(), cfg, command.CustodyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	gateway, err := command.OpenGateway(cfg, command.GatewayConfig{Custody: custody})
	if err != nil {
		t.Fatal(err)
	}
	if err := gateway.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	gateway.Start()
	defer func() {
		if err := gateway.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	want := "https://gateway.example.org" + edge.WebhookPath(application)
	awaitSubscription(t, fake, want)
	if _, err := gateway.Service.Disconnect(fitness.WithViewer(t.Context(), fitness.Owner)); err != nil {
		t.Fatal(err)
	}
	awaitSubscription(t, fake, "")
}

// awaitSubscription waits until the fake sends its events there.
func awaitSubscription(t *testing.T, fake *stravatest.Running, want string) {
	t.Helper()
	deadline, tick := time.After(10*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for {
		got := subscribedTo(t, fake)
		if got == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("events go to %q, want %q", got, want)
		}
	}
}
