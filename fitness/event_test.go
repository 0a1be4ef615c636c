package fitness_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestEventOf(t *testing.T) {
	t.Parallel()
	at := time.Unix(1549560669, 0).UTC()
	tests := map[string]struct {
		body string
		want fitness.Event
		ok   bool
	}{
		"created": {
			`{"aspect_type":"create","event_time":1549560669,"object_id":16195505756,"object_type":"activity","owner_id":7,"subscription_id":12,"updates":{}}`,
			fitness.Event{Kind: fitness.EventActivityCreated, ActivityID: 16195505756, AthleteID: 7, SubscriptionID: 12, At: at}, true,
		},
		"updated": {
			`{"aspect_type":"update","event_time":1549560669,"object_id":5,"object_type":"activity","owner_id":7,"subscription_id":12,"updates":{"title":"Messy"}}`,
			fitness.Event{Kind: fitness.EventActivityUpdated, ActivityID: 5, AthleteID: 7, SubscriptionID: 12, At: at}, true,
		},
		"deleted": {
			`{"aspect_type":"delete","event_time":1549560669,"object_id":5,"object_type":"activity","owner_id":7,"subscription_id":12,"updates":{}}`,
			fitness.Event{Kind: fitness.EventActivityDeleted, ActivityID: 5, AthleteID: 7, SubscriptionID: 12, At: at}, true,
		},
		"deauthorized": {
			`{"aspect_type":"update","event_time":1549560669,"object_id":7,"object_type":"athlete","owner_id":7,"subscription_id":12,"updates":{"authorized":"false"}}`,
			fitness.Event{Kind: fitness.EventAthleteDeauthorized, AthleteID: 7, SubscriptionID: 12, At: at}, true,
		},
		"of a kind to come": {
			`{"aspect_type":"update","event_time":1549560669,"object_id":7,"object_type":"athlete","owner_id":7,"subscription_id":12,"updates":{"weight":"60"}}`,
			fitness.Event{}, false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			push, err := strava.ParsePushEvent([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			got, ok := fitness.EventOf(push)
			if diff := cmp.Diff(test.want, got); diff != "" || ok != test.ok {
				t.Errorf("means something: %t (-want +got):\n%s", ok, diff)
			}
		})
	}
}

// That a grant is ended is believed only when Strava refuses to refresh it.
func TestADeauthorizationHasToBeTrue(t *testing.T) {
	t.Parallel()
	for said, test := range map[string]struct {
		prepare func(*stravatest.Running)
		fails   bool
	}{
		"nothing":             {func(*stravatest.Running) {}, false},
		"a dead access token": {func(fake *stravatest.Running) { fake.ExpireAccessTokens() }, false},
		"that it can't tell": {func(fake *stravatest.Running) {
			fake.Fault(stravatest.Fault{Path: "/athlete", Times: stravatest.Always, Status: 500})
		}, true},
		"that it can't refresh it": {func(fake *stravatest.Running) {
			fake.ExpireAccessTokens()
			fake.Fault(stravatest.Fault{Path: "/oauth/token", Status: 503})
		}, true},
	} {
		t.Run(said, func(t *testing.T) {
			t.Parallel()
			service, manager, fake := refreshTokenGateway(t, 0)
			if got := total(t, service); got != 3 {
				t.Fatalf("%d activities", got)
			}
			test.prepare(fake)
			err := service.Deauthorized(asOwner(t))
			if got := manager.Status(asOwner(t)).State; got != tokens.StateConnected || total(t, service) != 3 || (err != nil) != test.fails {
				t.Errorf("the grant is %s, %d activities are held, %v", got, total(t, service), err)
			}
		})
	}
	t.Run("the truth", func(t *testing.T) {
		t.Parallel()
		service, manager, fake := refreshTokenGateway(t, 0)
		if got := total(t, service); got != 3 {
			t.Fatalf("%d activities", got)
		}
		fake.RevokeAll()
		for range 2 { // It may be told twice.
			if err := service.Deauthorized(asOwner(t)); err != nil {
				t.Fatal(err)
			}
			if got := manager.Status(asOwner(t)).State; got != tokens.StateNotConnected || service.Status(asOwner(t)).Mirror.Activities > 0 {
				t.Errorf("the grant is %s, %+v is held", got, service.Status(asOwner(t)).Mirror)
			}
		}
	})
}

func TestWhatIsKeptOfAChangedActivityIsForgotten(t *testing.T) {
	t.Parallel()
	service, _, fake := refreshTokenGateway(t, 0)
	page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() int {
		for _, activity := range page.Activities {
			if _, err := service.Details(asOwner(t), activity); err != nil {
				t.Fatal(err)
			}
		}
		return fake.Calls()[activityCall]
	}
	before := ask()
	if got := ask(); got != before {
		t.Fatalf("%d calls again", got-before)
	}
	service.ForgetActivities(page.Activities[1].StravaID)
	if got := ask(); got != before+1 {
		t.Errorf("%d calls after one activity was forgotten, want one", got-before)
	}
}

// Another process may have disconnected: then nothing that is kept here is given any more.
func TestAllIsForgotten(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	newest := g.list(t, nil).Activities[0]
	ask := func() {
		t.Helper()
		if _, err := g.Athlete(asOwner(t)); err != nil {
			t.Fatal(err)
		}
		g.detailsOf(t, newest)
	}
	ask()
	before := g.fake.Calls()
	ask()
	release := g.hold(t, "/athletes/{id}/stats", func() error { return failure(g.StravaTotals(asOwner(t))) })
	g.ForgetAll()
	if err := release(); err != nil { // Who asked before is answered, and nobody else.
		t.Fatal(err)
	}
	ask()
	if _, err := g.StravaTotals(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]int{athleteCall: before[athleteCall] + 1, activityCall: before[activityCall] + 1, totalsCall: 2} {
		g.expectCalls(t, call, want)
	}
}
