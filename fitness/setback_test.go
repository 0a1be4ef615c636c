package fitness_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// insist asks for one thing twenty times and expects the code each time.
func insist(tb testing.TB, code fitness.Code, ask func(context.Context) error) {
	tb.Helper()
	for range 20 {
		refused(tb, ask(asOwner(tb)), code, "")
	}
}

// Who asks again and again while nothing is held must not spend the quota on an answer that is known.
func TestAFailureIsGivenAgainWithoutACall(t *testing.T) {
	t.Parallel()
	const moments, minute = 5 * time.Second, time.Minute
	for name, test := range map[string]struct {
		fault stravatest.Fault
		code  fitness.Code
		calls int // that one question takes
		pause time.Duration
	}{
		"a server error": {stravatest.Fault{Status: 500}, fitness.CodeUpstreamUnavailable, 1, moments},
		"a page": {
			stravatest.Fault{Status: 200, ContentType: "text/html", Body: "<html>"}, fitness.CodeUpstreamUnavailable, 1, moments,
		},
		"a dead token": {
			stravatest.Fault{Status: 401, Body: faultBody("Athlete", "access_token", "invalid")}, fitness.CodeUpstreamUnavailable, 2, moments,
		},
		"a request that it finds wrong": {
			stravatest.Fault{Status: 400, Body: faultBody("Application", "after", "future")}, fitness.CodeInternal, 1, moments,
		},
		"a missing scope": {
			stravatest.Fault{Status: 401, Body: faultBody("AccessToken", "activity:read_permission", "missing")},
			fitness.CodeScopeMissing, 1, minute,
		},
		"an inactive application": {
			stravatest.Fault{Status: 403, Body: faultBody("Application", "Status", "Inactive")}, fitness.CodeAppInactive, 1, minute,
		},
		"what subscribers have": {
			stravatest.Fault{Status: 402, Body: faultBody("Athlete", "premium", "required")}, fitness.CodeSubscriptionRequired, 1, minute,
		},
		"a restriction": {
			stravatest.Fault{Status: 403, Body: faultBody("Application", "internal", "invalid")}, fitness.CodeUpstreamUnavailable, 1, minute,
		},
		"too many requests": {stravatest.Fault{Status: 429}, fitness.CodeRateLimited, 1, 15 * time.Minute},
	} {
		for of, question := range questions() {
			t.Run(name+" for "+of, func(t *testing.T) {
				t.Parallel()
				g := newGateway(t, daily(1), fitness.Config{})
				ask := question.ask(t, g)
				fault := test.fault
				fault.Path, fault.Times = question.path, stravatest.Always
				repair := g.fake.Fault(fault)

				insist(t, test.code, ask)
				g.expectCalls(t, "GET "+question.path, test.calls)
				g.clock.advance(test.pause - time.Second)
				insist(t, test.code, ask)
				g.expectCalls(t, "GET "+question.path, test.calls)
				g.clock.advance(time.Second)
				insist(t, test.code, ask)
				g.expectCalls(t, "GET "+question.path, 2*test.calls)

				repair()
				g.clock.advance(test.pause)
				if err := ask(asOwner(t)); err != nil {
					t.Errorf("after the repair: %v", err)
				}
			})
		}
	}
}

// question is something that takes a call to that path while it is not held.
type question struct {
	path string
	// ask readies the gateway, and gives what asks.
	ask func(*testing.T, *gateway) func(context.Context) error
}

func questions() map[string]question {
	return map[string]question{
		"the athlete": {"/athlete", func(_ *testing.T, g *gateway) func(context.Context) error {
			return func(ctx context.Context) error { _, err := g.Athlete(ctx); return err }
		}},
		"whose list it is": {"/athlete", func(_ *testing.T, g *gateway) func(context.Context) error {
			return func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err }
		}},
		"the list": {"/athlete/activities", func(_ *testing.T, g *gateway) func(context.Context) error {
			return func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err }
		}},
		"the totals": {"/athletes/{id}/stats", func(_ *testing.T, g *gateway) func(context.Context) error {
			return func(ctx context.Context) error { _, err := g.StravaTotals(ctx); return err }
		}},
		"the details": {"/activities/{id}", func(t *testing.T, g *gateway) func(context.Context) error {
			activity := g.list(t, nil).Activities[0]
			return func(ctx context.Context) error { _, err := g.Details(ctx, activity); return err }
		}},
		"the streams": {"/activities/{id}/streams", func(t *testing.T, g *gateway) func(context.Context) error {
			activity := g.list(t, nil).Activities[0]
			query := fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeTime}}
			return func(ctx context.Context) error { _, err := g.Streams(ctx, activity, query); return err }
		}},
		"the clubs": {"/athlete/clubs", func(_ *testing.T, g *gateway) func(context.Context) error {
			return func(ctx context.Context) error { _, err := g.Clubs(ctx); return err }
		}},
		"a page of routes": {"/athletes/{id}/routes", func(_ *testing.T, g *gateway) func(context.Context) error {
			return func(ctx context.Context) error { _, err := g.Routes(ctx, fitness.ListQuery{}); return err }
		}},
	}
}

// One query asks for several things that wait for the same.
func TestASetbackIsTheSameForAllThatWaitForIt(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{})
	g.fake.Fault(stravatest.Fault{Status: http.StatusInternalServerError, Times: stravatest.Always})
	_, err := g.Athlete(asOwner(t))
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	g.clock.advance(4 * time.Second)
	stats := func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err }
	totals := func(ctx context.Context) error { _, err := g.StravaTotals(ctx); return err }
	insist(t, fitness.CodeUpstreamUnavailable, stats)
	insist(t, fitness.CodeUpstreamUnavailable, totals)
	g.expectCalls(t, athleteCall, 1)

	g.clock.advance(time.Second) // being given again has not made it last longer
	insist(t, fitness.CodeUpstreamUnavailable, stats)
	insist(t, fitness.CodeUpstreamUnavailable, totals)
	g.expectCalls(t, athleteCall, 2)
}

// unstorable is a grant whose store is away.
type unstorable struct{ grant }

func (unstorable) PinAthlete(context.Context, int64) error { return tokens.ErrUnavailable }

func TestAnAthleteWhoCannotBePinnedIsNotAskedForAgainAtOnce(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{Tokens: unstorable{}})
	insist(t, fitness.CodeUpstreamUnavailable, func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err })
	g.expectCalls(t, athleteCall, 1)
	g.expectCalls(t, listCall, 0)
}

// The job comes seldom, and may come a moment after a query that failed.
func TestSyncAsksInSpiteOfASetback(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/athlete", "/athlete/activities"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, daily(1), fitness.Config{})
			g.fake.Fault(stravatest.Fault{Path: path, Status: 403, Body: faultBody("Application", "Status", "Inactive")})
			insist(t, fitness.CodeAppInactive, func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err })
			g.sync(t)
			g.list(t, nil)
		})
	}
}

// limited is a token source whose refreshes are too many; it counts how often it was asked.
type limited struct {
	oneToken
	asked *atomic.Int64
}

func (l limited) AccessToken(ctx context.Context) (string, error) {
	l.asked.Add(1)
	return l.oneToken.AccessToken(ctx)
}

func TestQueriesDoNotPressALimitThatIsNotTheClients(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	cause := &strava.RateLimitError{RetryAt: noon.Add(time.Minute), Sent: true}
	clock := &clock{now: noon}
	service := newService(t, fitness.Config{Now: clock.Now, Strava: newClient(t, strava.Config{
		BaseURL: "http://127.0.0.1:1", Tokens: limited{oneToken{err: cause}, &asked},
	})})
	for _, want := range []int64{1, 1, 2} {
		_, err := service.Stats(asOwner(t), nil)
		refused(t, err, fitness.CodeRateLimited, "")
		if got := asked.Load(); got != want {
			t.Errorf("a token was asked for %d times, want %d", got, want)
		}
		clock.advance(30 * time.Second)
	}
}

// connecting is a token source without a token until a person connects.
type connecting struct {
	connected *atomic.Bool
	until     error
	minted
}

func (c connecting) AccessToken(ctx context.Context) (string, error) {
	if !c.connected.Load() {
		return "", c.until
	}
	return c.minted.AccessToken(ctx)
}

// What is said of the grant takes no call, and is over the moment a person connects.
func TestWhatIsSaidOfTheGrantIsNotRemembered(t *testing.T) {
	t.Parallel()
	for _, until := range []error{
		tokens.ErrNotConnected, errors.Join(tokens.ErrNeedsConsent, strava.ErrRefreshTokenInvalid), tokens.ErrAppInactive,
		errors.Join(tokens.ErrMisconfigured, tokens.ErrOtherAthlete),
		errors.Join(tokens.ErrUnavailable, &strava.RateLimitError{RetryAt: noon.Add(time.Hour)}),
	} {
		t.Run(until.Error(), func(t *testing.T) {
			t.Parallel()
			fake := stravatest.Start(t, stravatest.Config{Now: at(noon), Activities: daily(1)})
			source := connecting{connected: new(atomic.Bool), until: until, minted: minted{fake}}
			service := newService(t, fitness.Config{Strava: newClient(t, strava.Config{BaseURL: fake.APIURL(), Tokens: source, Now: at(noon)})})
			for _, wantErr := range []bool{true, false} {
				_, ofAthlete := service.Athlete(asOwner(t))
				_, ofTotals := service.StravaTotals(asOwner(t))
				_, ofStats := service.Stats(asOwner(t), nil)
				for _, err := range []error{ofAthlete, ofTotals, ofStats} {
					if (err != nil) != wantErr {
						t.Errorf("got error %v with connected %t", err, !wantErr)
					}
				}
				source.connected.Store(true)
			}
		})
	}
}

// What Strava refuses of one thing says nothing of the next: only a spent quota, and what subscribers alone have, hold back
// more than what was asked for.
func TestASetbackIsOfOneThing(t *testing.T) {
	t.Parallel()
	details := func(ctx context.Context, g *gateway, a *fitness.Activity) error {
		_, err := g.Details(ctx, a)
		return err
	}
	zones := func(ctx context.Context, g *gateway, a *fitness.Activity) error {
		_, err := g.Zones(ctx, a)
		return err
	}
	streams := func(ctx context.Context, g *gateway, a *fitness.Activity) error {
		_, err := g.Streams(ctx, a, fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeTime}})
		return err
	}
	none := fitness.Code("")
	for name, test := range map[string]struct {
		path  string
		ask   func(context.Context, *gateway, *fitness.Activity) error
		fault stravatest.Fault
		one   fitness.Code // for the one that Strava refuses
		next  fitness.Code // for the next one, which it would give
	}{
		"402 for details":  {"/activities/%s", details, stravatest.Fault{Status: 402}, fitness.CodeSubscriptionRequired, none},
		"402 for streams":  {"/activities/%s/streams", streams, stravatest.Fault{Status: 402}, fitness.CodeSubscriptionRequired, none},
		"402 for zones":    {"/activities/%s/zones", zones, stravatest.Fault{Status: 402}, fitness.CodeSubscriptionRequired, fitness.CodeSubscriptionRequired},
		"403 for details":  {"/activities/%s", details, stravatest.Fault{Status: 403}, fitness.CodeUpstreamUnavailable, none},
		"404 for details":  {"/activities/%s", details, stravatest.Fault{Status: 404}, none, none},
		"500 for details":  {"/activities/%s", details, stravatest.Fault{Status: 500}, fitness.CodeUpstreamUnavailable, none},
		"a cut detail":     {"/activities/%s", details, stravatest.Fault{CutAfter: 9}, fitness.CodeUpstreamUnavailable, none},
		"the quota, spent": {"/activities/%s", details, stravatest.Fault{Status: 429}, fitness.CodeRateLimited, fitness.CodeRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, daily(3), fitness.Config{})
			list := g.list(t, nil).Activities
			test.fault.Path, test.fault.Times = fmt.Sprintf(test.path, stravaID(list[0])), stravatest.Always
			g.fake.Fault(test.fault)
			wants := []fitness.Code{test.one, test.next, test.next}
			for i, want := range wants {
				if err := test.ask(asOwner(t), g, list[i]); want != none {
					refused(t, err, want, "")
				} else if err != nil {
					t.Errorf("the one at %d: %v", i, err)
				}
			}
		})
	}
}
