package fitness_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// custody is a token manager that starts from a first refresh token at the fake.
func custody(tb testing.TB, fake *stravatest.Running, athleteID int64) *tokens.Manager {
	tb.Helper()
	return custodyIn(tb, tokens.NewMemoryStore(), fake, athleteID)
}

// custodyIn is the same on a store.
func custodyIn(tb testing.TB, store tokens.Store, fake *stravatest.Running, athleteID int64) *tokens.Manager {
	tb.Helper()
	keyring, err := tokens.NewKeyring("a sealing key of thirty-two characters")
	if err != nil {
		tb.Fatalf("make the keyring: %v", err)
	}
	manager, err := tokens.NewManager(tokens.Config{
		Store: store, Keyring: keyring, AthleteID: athleteID, FirstRefreshToken: "first", Now: at(noon),
		OAuth:       strava.NewOAuth(strava.OAuthConfig{URL: fake.OAuthURL(), Now: at(noon)}),
		Application: strava.Application{ClientID: "4242", ClientSecret: "secret"},
	})
	if err != nil {
		tb.Fatalf("make the token manager: %v", err)
	}
	tb.Cleanup(func() {
		if err := manager.Close(context.Background()); err != nil {
			tb.Errorf("close the token manager: %v", err)
		}
	})
	return manager
}

// refreshTokenGateway is a service on a real token manager, which no consent has told whose grant it has.
func refreshTokenGateway(tb testing.TB, configured int64) (*fitness.Service, *tokens.Manager, *stravatest.Running) {
	tb.Helper()
	fake := stravatest.Start(tb, stravatest.Config{
		Now: at(noon), Activities: daily(3), ClientID: "4242", ClientSecret: "secret", RefreshToken: "first",
	})
	manager := custody(tb, fake, configured)
	return newService(tb, fitness.Config{
		Tokens: manager, Strava: newClient(tb, strava.Config{BaseURL: fake.APIURL(), Tokens: manager, Now: at(noon)}),
	}), manager, fake
}

func TestNothingOfAnotherAthleteIsGiven(t *testing.T) {
	t.Parallel()
	service, _, fake := refreshTokenGateway(t, 99)
	for range 3 {
		_, ofAthlete := service.Athlete(asOwner(t))
		_, ofList := service.Activities(asOwner(t), fitness.ActivitiesQuery{})
		_, ofActivity := service.Activity(asOwner(t), "1")
		_, ofStats := service.Stats(asOwner(t), nil)
		_, ofTotals := service.StravaTotals(asOwner(t))
		for _, err := range []error{ofAthlete, ofList, ofActivity, ofStats, ofTotals} {
			checkExplained(t, err, fitness.CodeMisconfigured, "", "STRAVA_ATHLETE_ID")
		}
	}
	if got := fake.Calls()[athleteCall]; got != 1 {
		t.Errorf("the athlete was asked for %d times, want once", got)
	}
	refused(t, service.Sync(asOwner(t)), fitness.CodeMisconfigured, "")
	if calls := fake.Calls(); calls[listCall]+calls[totalsCall]+calls[activityCall] > 0 {
		t.Errorf("another athlete's data was read: %v", calls)
	}
	status := service.Status(asOwner(t))
	if status.Connection != fitness.ConnectionStateMisconfigured || status.Mirror.Activities > 0 {
		t.Errorf("got status %+v", status)
	}
	if !strings.Contains(*status.Hint, "another athlete's. Check STRAVA_ATHLETE_ID") {
		t.Errorf("got the hint %q", *status.Hint)
	}
}

func TestTheAthleteIsPinnedByWhateverIsAskedFirst(t *testing.T) {
	t.Parallel()
	for of, ask := range map[string]func(context.Context, *fitness.Service) error{
		"athlete":    func(ctx context.Context, s *fitness.Service) error { _, err := s.Athlete(ctx); return err },
		"activities": func(ctx context.Context, s *fitness.Service) error { _, err := s.Stats(ctx, nil); return err },
		"totals":     func(ctx context.Context, s *fitness.Service) error { _, err := s.StravaTotals(ctx); return err },
		"sync":       func(ctx context.Context, s *fitness.Service) error { return s.Sync(ctx) },
	} {
		t.Run(of, func(t *testing.T) {
			t.Parallel()
			service, manager, fake := refreshTokenGateway(t, 0)
			for range 2 {
				if err := ask(asOwner(t), service); err != nil {
					t.Fatal(err)
				}
			}
			athlete, err := service.Athlete(asOwner(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := manager.Status(asOwner(t)).AthleteID; got != athlete.StravaID {
				t.Errorf("the athlete %d is pinned, want %d", got, athlete.StravaID)
			}
			if got := fake.Calls()[athleteCall]; got != 1 {
				t.Errorf("the athlete was asked for %d times, want once", got)
			}
		})
	}
}

// movable is a grant that can become another athlete's.
type movable struct{ athlete atomic.Int64 }

func (m *movable) Status(context.Context) tokens.Status {
	return tokens.Status{State: tokens.StateConnected, AthleteID: m.athlete.Load(), Pinned: true}
}

func (m *movable) PinAthlete(context.Context, int64) error { return nil }

func (m *movable) Disconnect(context.Context) error { return nil }

// The owner disconnects and connects another account while the gateway runs.
func TestAnotherAthletesGrantStartsAnew(t *testing.T) {
	t.Parallel()
	upstream, owner := &scripted{rows: hourly(300)}, &movable{}
	clock := &clock{now: noon}
	owner.athlete.Store(1)
	service := upstream.serve(t, fitness.Config{Tokens: owner, Now: clock.Now})
	if err := service.Sync(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	if got := total(t, service); got != 300 {
		t.Fatalf("got %d activities", got)
	}
	version := service.DataVersion(asOwner(t))

	upstream.athlete.Store(2)
	owner.athlete.Store(2)
	for i := range upstream.rows[:250] {
		upstream.rows[i].ID += 1_000_000
	}
	upstream.rows = upstream.rows[:250]
	upstream.down.Store(true)
	refused(t, service.Sync(asOwner(t)), fitness.CodeUpstreamUnavailable, "")
	_, err := service.Stats(asOwner(t), nil)
	refused(t, err, fitness.CodeUpstreamUnavailable, "") // nothing is better than the activities of the one before

	upstream.down.Store(false)
	if err := service.Sync(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	if got := total(t, service); got != 250 {
		t.Errorf("got %d activities, want the 250 of the new athlete alone", got)
	}
	athlete, err := service.Athlete(asOwner(t))
	if err != nil || athlete.StravaID != 2 {
		t.Errorf("got athlete %+v, %v", athlete, err)
	}
	if got := service.DataVersion(asOwner(t)); got <= version {
		t.Errorf("the version went from %d to %d", version, got)
	}
	clock.advance(time.Hour)
	if err := service.Sync(asOwner(t)); err != nil || total(t, service) != 250 {
		t.Errorf("a later sync: %v, %d activities", err, total(t, service))
	}
}
