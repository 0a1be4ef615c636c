package fitness_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// pinned is the grant of the fake's athlete, whom nobody has to ask for.
func pinned() grant { return grant{State: tokens.StateConnected, Pinned: true, AthleteID: 7700000042} }

// costOf asks, and expects an answer that cost so many calls and is true as of that time; a zero time is none.
func costOf(tb testing.TB, calls int, asOf time.Time, ask func(context.Context) error) {
	tb.Helper()
	ctx, cost := fitness.WithCost(asOwner(tb))
	if err := ask(ctx); err != nil {
		tb.Errorf("ask: %v", err)
	}
	if got := cost.UpstreamCalls(); got != calls {
		tb.Errorf("the answer cost %d calls, want %d", got, calls)
	}
	if got := cost.AsOf(); !got.Equal(asOf) {
		tb.Errorf("the answer is true as of %v, want %v", got, asOf)
	}
}

func TestTheCostOfAnswers(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{Tokens: pinned()})
	athlete := func(ctx context.Context) error { _, err := g.Athlete(ctx); return err }
	stats := func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err }
	details := func(ctx context.Context) error {
		page, err := g.Activities(ctx, fitness.ActivitiesQuery{First: new(1)})
		if err == nil {
			_, err = g.Details(ctx, page.Activities[0])
		}
		return err
	}
	nothing := func(ctx context.Context) error {
		_ = g.Status(ctx)
		_, err := g.RateLimit(ctx)
		return err
	}

	costOf(t, 0, time.Time{}, nothing)
	costOf(t, 2, time.Time{}, g.Sync) // the list from both of its ends
	costOf(t, 0, noon, stats)
	g.clock.advance(time.Hour)
	costOf(t, 1, noon, details)
	costOf(t, 1, noon.Add(time.Hour), athlete)
	costOf(t, 0, noon.Add(time.Hour), athlete)
	costOf(t, 0, time.Time{}, nothing)

	g.clock.advance(24 * time.Hour)
	later := noon.Add(25 * time.Hour)
	costOf(t, 1, time.Time{}, g.Sync) // it says how much there is, and nothing of what it is
	costOf(t, 0, later, stats)

	g.fake.Fault(stravatest.Fault{Path: "/athlete", Status: http.StatusBadGateway, Times: stravatest.Always})
	costOf(t, 1, noon.Add(time.Hour), athlete) // the stale one, and the call that failed
	costOf(t, 0, noon.Add(time.Hour), athlete)
}

// Whose list it is has to be asked for first, and is no part of the answer.
func TestWhatIsLookedUpCostsAndDoesNotAge(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	g.athlete(t)
	g.clock.advance(time.Minute)
	costOf(t, 2, time.Time{}, g.Sync)
	costOf(t, 0, noon.Add(time.Minute), func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err })
}

// The bike of a page is as old as the athlete that names it.
func TestTheAgeOfWhatIsHeldCounts(t *testing.T) {
	t.Parallel()
	history := []stravatest.Activity{{Sport: "Ride", Start: noon.AddDate(0, 0, -1), GearID: "b17000991", Distance: 20_000}}
	g := newWriter(t, history, everyScope(), tokens.Status{Scopes: everyScope()})
	g.athlete(t)
	g.clock.advance(time.Minute)
	activity := g.list(t, nil).Activities[0]
	costOf(t, 0, noon, func(ctx context.Context) error { _, err := g.Gear(ctx, activity); return err })
}

func TestTheCostOfAWrite(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	activity := g.list(t, nil).Activities[0]
	g.athlete(t)
	g.clock.advance(time.Minute)
	costOf(t, 1, noon.Add(time.Minute), func(ctx context.Context) error {
		_, err := g.UpdateActivity(ctx, fitness.UpdateActivityInput{ID: activity.ID(), Name: new("Renamed")})
		return err
	})
	// Of the athlete only the weight is new.
	costOf(t, 1, noon, func(ctx context.Context) error {
		_, err := g.SetWeight(ctx, fitness.SetWeightInput{Weight: 70, Unit: fitness.MassUnitKilograms})
		return err
	})
}

// Two answers that wait for the same calls have them once between them.
func TestAnswersThatWaitTogetherShareTheCost(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	var group sync.WaitGroup
	var costs [8]*fitness.Cost
	for i := range costs {
		var ctx context.Context
		ctx, costs[i] = fitness.WithCost(asOwner(t))
		group.Go(func() {
			if _, err := g.Athlete(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	sum, made := 0, 0
	for _, cost := range costs {
		sum += cost.UpstreamCalls()
		if !cost.AsOf().Equal(noon) {
			t.Errorf("an answer is true as of %v", cost.AsOf())
		}
	}
	for _, calls := range g.fake.Calls() {
		made += calls
	}
	if sum != made || made != 1 {
		t.Errorf("the answers cost %d calls, %d were made, want 1", sum, made)
	}
}

// overheard is a token source that tells with which priority it was asked last.
type overheard struct {
	minted
	priority *atomic.Int64
}

func (o overheard) AccessToken(ctx context.Context) (string, error) {
	o.priority.Store(int64(strava.PriorityOf(ctx)))
	return o.minted.AccessToken(ctx)
}

// A sync that a query begins and does not wait for is none of its cost, and background work.
func TestASyncThatNobodyWaitsForCostsNoAnswer(t *testing.T) {
	t.Parallel()
	clock := &clock{now: noon}
	fake := stravatest.Start(t, stravatest.Config{Now: clock.Now, Activities: daily(3)})
	source := overheard{minted{fake}, new(atomic.Int64)}
	service := newService(t, fitness.Config{
		Strava: newClient(t, strava.Config{BaseURL: fake.APIURL(), Tokens: source, Now: clock.Now}),
		Now:    clock.Now, History: mirrored(t, mirror.Config{Now: clock.Now, SyncEvery: time.Hour}),
	})
	costOf(t, 3, time.Time{}, service.Sync)
	if got := strava.Priority(source.priority.Load()); got != strava.PriorityClient {
		t.Errorf("the first fill is %v", got)
	}

	clock.advance(time.Hour)
	arrived := make(chan struct{})
	fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }})
	ctx, cost := fitness.WithCost(asOwner(t))
	if _, err := service.Stats(ctx, nil); err != nil {
		t.Fatal(err)
	}
	<-arrived
	if got := strava.Priority(source.priority.Load()); got != strava.PriorityBackground {
		t.Errorf("the sync is %v", got)
	}
	if err := service.Close(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	if got := cost.UpstreamCalls(); got != 0 {
		t.Errorf("the answer cost %d calls", got)
	}
}

// A job leaves what clients may need, and its refusal is not theirs.
func TestKeepingUpLeavesAReserve(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(650), fitness.Config{})
	g.athlete(t)
	g.fake.SetUsage([2]int{58, 58}, [2]int{58, 58})

	err := g.Sync(fitness.InBackground(asOwner(t)))
	refused(t, err, fitness.CodeRateLimited, "")
	problem, _ := errors.AsType[*fitness.Error](err)
	if want := noon.Add(15 * time.Minute); !problem.RetryAt.Equal(want) || !strings.Contains(problem.Message, "kept for queries") {
		t.Errorf("got %q until %v, want that it is kept until %v", problem.Message, problem.RetryAt, want)
	}
	g.expectCalls(t, listCall, 2)
	if hint := g.Status(asOwner(t)).Hint; hint == nil || !strings.Contains(*hint, "kept for queries") {
		t.Errorf("the status hints %v", hint)
	}

	if got := g.list(t, nil).TotalCount; got != 650 {
		t.Errorf("a client got %d activities, want 650", got)
	}
	refused(t, g.Sync(fitness.InBackground(asOwner(t))), fitness.CodeRateLimited, "")
	if got := g.list(t, nil).TotalCount; got != 650 {
		t.Errorf("then a client got %d activities, want 650", got)
	}
	g.clock.advance(15 * time.Minute)
	if err := g.Sync(fitness.InBackground(asOwner(t))); err != nil {
		t.Errorf("in the next quarter: %v", err)
	}
}

// A client that begins to wait for work of the background makes it a client's, in the midst of it.
func TestAClientTakesOverWhatABackgroundJobBegan(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(650), fitness.Config{})
	g.athlete(t)
	g.fake.SetUsage([2]int{58, 58}, [2]int{58, 58})
	release := g.hold(t, "/athlete/activities", func() error { return g.Sync(fitness.InBackground(asOwner(t))) })
	asked := make(chan error, 1)
	go func() { asked <- g.Sync(asOwner(t)) }()
	kept := release()
	if err := <-asked; err != nil {
		t.Errorf("the client got %v", err)
	}
	// Whether the client came in time is the scheduler's matter; if so both have the answer.
	if kept != nil {
		refused(t, kept, fitness.CodeRateLimited, "")
	}
}

// A refusal of background work leaves no pause in which a client would get what is stale.
func TestARefusalOfBackgroundWorkIsNoSetback(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{})
	g.athlete(t)
	g.clock.advance(2 * time.Hour)
	g.fake.SetUsage([2]int{70, 70}, [2]int{70, 70})
	if _, err := g.StravaTotals(asOwner(t)); err != nil { // it brings the news of the usage
		t.Fatal(err)
	}
	background := strava.WithPriority(asOwner(t), strava.PriorityBackground)
	before := g.calls(athleteCall)
	if _, err := g.Athlete(background); err != nil {
		t.Fatalf("the stale one: %v", err)
	}
	if _, err := g.Clubs(background); err == nil {
		t.Error("background work spent the reserve")
	}
	g.expectCalls(t, athleteCall, before)
	if _, err := g.Clubs(asOwner(t)); err != nil {
		t.Errorf("a client: %v", err)
	}
	costOf(t, 0, noon.Add(2*time.Hour), func(ctx context.Context) error { _, err := g.Athlete(ctx); return err })
}

// When the quota is spent, what is held is given with its age, and the rest says until when.
func TestWhatIsHeldIsGivenWhenTheQuotaIsSpent(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{Tokens: pinned()})
	g.athlete(t)
	activities := g.list(t, nil).Activities
	_, _ = g.Details(asOwner(t), activities[0])
	g.clock.advance(2 * time.Hour)
	g.fake.SetUsage([2]int{100, 100}, [2]int{100, 100})
	_, err := g.Clubs(asOwner(t))
	refused(t, err, fitness.CodeRateLimited, "")

	calls := g.fake.Calls()
	costOf(t, 0, noon, func(ctx context.Context) error { _, err := g.Stats(ctx, nil); return err })
	costOf(t, 0, noon, func(ctx context.Context) error { _, err := g.Athlete(ctx); return err })
	costOf(t, 0, noon, func(ctx context.Context) error { _, err := g.Details(ctx, activities[0]); return err })
	ctx, cost := fitness.WithCost(asOwner(t))
	_, err = g.Details(ctx, activities[1])
	refused(t, err, fitness.CodeRateLimited, "")
	problem, _ := errors.AsType[*fitness.Error](err)
	if want := noon.Add(2*time.Hour + 15*time.Minute); !problem.RetryAt.Equal(want) || cost.UpstreamCalls() != 0 || !cost.AsOf().IsZero() {
		t.Errorf("until %v at %d calls as of %v, want %v", problem.RetryAt, cost.UpstreamCalls(), cost.AsOf(), want)
	}
	if after := g.fake.Calls(); !slices.Equal(sorted(calls), sorted(after)) {
		t.Errorf("Strava was asked: %v, then %v", calls, after)
	}
	if read := quota(t, g.Service).Read; read.QuarterHour.Remaining() != 0 || read.Day.Used == 0 {
		t.Errorf("the quota shows %+v", read.QuarterHour)
	}

	g.clock.advance(7*24*time.Hour - 2*time.Hour) // nothing is held any more
	g.fake.SetUsage([2]int{100, 100}, [2]int{100, 100})
	_, _ = g.Clubs(asOwner(t))
	_, err = g.Stats(asOwner(t), nil)
	refused(t, err, fitness.CodeRateLimited, "")
}

// quota is what is left of it.
func quota(t *testing.T, service *fitness.Service) *fitness.RateLimit {
	t.Helper()
	left, err := service.RateLimit(asOwner(t))
	if err != nil {
		t.Fatalf("tell the quota: %v", err)
	}
	return left
}

// sorted are the counts of calls in a form that can be compared.
func sorted(calls map[string]int) []string {
	var lines []string
	for op, count := range calls {
		lines = append(lines, op+strings.Repeat(" *", count))
	}
	slices.Sort(lines)
	return lines
}

// Where Strava tells only of all calls, the reads show the default that is reckoned with.
func TestALimitThatIsNotToldIsShownAsItIsReckonedWith(t *testing.T) {
	t.Parallel()
	service := newService(t, fitness.Config{Strava: newClient(t, strava.Config{
		Tokens: oneToken{token: "token"}, Now: at(noon), Transport: answering(func(*http.Request) *http.Response {
			return &http.Response{
				StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"id": 1}`)),
				Header: http.Header{"X-Ratelimit-Limit": {"400,4000"}, "X-Ratelimit-Usage": {"7,70"}},
			}
		}),
	})})
	if quota(t, service) != nil {
		t.Error("there is a quota before Strava's first answer")
	}
	if _, err := service.Athlete(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	got := quota(t, service)
	want := [4]int{100, 1000, 393, 3930}
	left := [4]int{
		got.Read.QuarterHour.Remaining(), got.Read.Day.Remaining(), got.Overall.QuarterHour.Remaining(), got.Overall.Day.Remaining(),
	}
	if left != want {
		t.Errorf("%v are left, want %v", left, want)
	}
}

// answering is a Strava without a network.
type answering func(*http.Request) *http.Response

func (a answering) RoundTrip(request *http.Request) (*http.Response, error) { return a(request), nil }
