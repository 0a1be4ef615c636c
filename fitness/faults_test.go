package fitness_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// What Strava does wrong for hours keeps nothing back that is held, tells the owner, and is made up for when it is over.
func TestStravaFailsForHours(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault     stravatest.Fault
		length    time.Duration
		mostCalls int32 // that it meets, of the job, which comes every quarter of an hour, and of the queries
	}{
		"down for a day":            {stravatest.Fault{Status: http.StatusServiceUnavailable}, 24 * time.Hour, 4 * 24},
		"cut off for a day":         {stravatest.Fault{CutAfter: 10}, 24 * time.Hour, 2 * 4 * 24}, // Each is tried twice.
		"a web page for a day":      {stravatest.Fault{Status: http.StatusOK, ContentType: "text/html", Body: "<html>Hello"}, 24 * time.Hour, 4 * 24},
		"a rate limit for an hour":  {stravatest.Fault{Status: http.StatusTooManyRequests, Body: `{"message":"Rate Limit Exceeded"}`}, time.Hour, 4},
		"an empty list for hours":   {stravatest.Fault{Path: "/athlete/activities", Status: http.StatusOK, Body: "[]"}, 3 * time.Hour, 4 * 3 * 3},
		"a list that is no list":    {stravatest.Fault{Path: "/athlete/activities", Status: http.StatusOK, Body: `{"rows":0}`}, 24 * time.Hour, 4 * 24},
		"the rest of an old answer": {stravatest.Fault{Path: "/athlete/activities", Status: http.StatusOK, Body: `}]`}, 24 * time.Hour, 4 * 24},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, daily(450), fitness.Config{Tokens: pinned()})
			g.sync(t)
			held := g.list(t, nil)
			var calls atomic.Int32
			test.fault.Times, test.fault.Arrived = stravatest.Always, func() { calls.Add(1) }
			repair := g.fake.Fault(test.fault)
			g.fake.AddActivity(stravatest.Activity{Name: "Meanwhile", Start: noon.Add(-time.Minute)})
			for began := g.clock.Now(); g.clock.Now().Sub(began) < test.length; g.clock.advance(15 * time.Minute) {
				_ = g.mirror.Keep(asOwner(t))
				g.answersAll(t, held)
			}
			status := g.Status(asOwner(t))
			if name != "an empty list for hours" && (status.Hint == nil || status.Mirror.SyncedAt.After(noon)) {
				t.Errorf("the status hints at nothing: %v, as of %v", status.Hint, status.Mirror.SyncedAt)
			}
			if calls.Load() > test.mostCalls {
				t.Errorf("%d calls meanwhile, at most %d are wanted", calls.Load(), test.mostCalls)
			}
			repair()
			g.clock.advance(15 * time.Minute)
			if err := g.mirror.Keep(asOwner(t)); err != nil {
				t.Fatal(err)
			}
			if got := g.list(t, nil); got.TotalCount != 451 || got.Activities[0].Name != "Meanwhile" {
				t.Errorf("after it %d activities, the newest %q", got.TotalCount, got.Activities[0].Name)
			}
			if hint := g.Status(asOwner(t)).Hint; hint != nil {
				t.Errorf("after it the status hints %q", *hint)
			}
		})
	}
}

// answersAll asks what the list answers, and wants it as it was.
func (g *gateway) answersAll(tb testing.TB, want *fitness.ActivityPage) {
	tb.Helper()
	if got := g.list(tb, nil); got.TotalCount != want.TotalCount || got.Activities[0] != want.Activities[0] {
		tb.Fatalf("%d activities at %v, want %d", got.TotalCount, g.clock.Now(), want.TotalCount)
	}
	stats, err := g.Stats(asOwner(tb), nil)
	if err != nil || stats.Totals().Count != want.TotalCount {
		tb.Fatalf("statistics at %v: %v", g.clock.Now(), err)
	}
	if _, err := stats.Periods(fitness.PeriodMonth, fitness.WeekdayMonday, new(12)); err != nil {
		tb.Fatal(err)
	}
	if found, err := g.Activity(asOwner(tb), want.Activities[7].ID()); err != nil || found != want.Activities[7] {
		tb.Fatalf("an activity at %v: %v", g.clock.Now(), err)
	}
}

// One activity for which Strava answers 500 for ever is in the list like any other, and keeps back its own details alone.
func TestOneActivityFailsForEver(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(450), fitness.Config{})
	g.sync(t)
	corrupt := g.list(t, nil).Activities[3]
	g.fake.Fault(stravatest.Fault{
		Path: "/activities/" + stravaID(corrupt), Status: http.StatusInternalServerError, Times: stravatest.Always,
	})
	gone := g.list(t, nil).Activities[100]
	g.fake.DeleteActivity(gone.StravaID)
	for range 2 * 48 {
		g.clock.advance(30 * time.Minute)
		if err := g.mirror.Keep(asOwner(t)); err != nil {
			t.Fatal(err)
		}
		g.keepWarm(t)
	}
	list := g.list(t, nil)
	if list.TotalCount != 449 || list.Activities[3].StravaID != corrupt.StravaID || g.Status(asOwner(t)).Hint != nil {
		t.Errorf("%d activities, the fourth %d, and the hint %v", list.TotalCount, list.Activities[3].StravaID, g.Status(asOwner(t)).Hint)
	}
	_, err := g.Details(asOwner(t), list.Activities[3])
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	if _, err := g.Details(asOwner(t), list.Activities[4]); err != nil {
		t.Errorf("its neighbour: %v", err)
	}
}

// Answers that come too slowly are none: who asks for what is held does not wait for them.
func TestSlowAnswersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	fake := stravatest.Start(t, stravatest.Config{Activities: daily(450), Now: at(noon)})
	service := newService(t, fitness.Config{Tokens: pinned(), Strava: newClient(t, strava.Config{
		BaseURL: fake.APIURL(), Tokens: minted{fake}, Timeout: 5 * time.Second, Now: at(noon), // A busy machine takes its time for a page, too.
	})})
	if err := service.Sync(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	release, asked := make(chan struct{}), make(chan struct{})
	repair := fake.Fault(stravatest.Fault{Until: release, Times: stravatest.Always, Arrived: sync.OnceFunc(func() { close(asked) })})
	failed := make(chan error)
	go func() { failed <- service.Sync(asOwner(t)) }()
	<-asked
	for range 100 {
		if got := total(t, service); got != 450 {
			t.Fatalf("%d activities while a sync waits", got)
		}
	}
	select {
	case err := <-failed:
		t.Errorf("the sync did not wait: %v", err)
	default:
	}
	refused(t, <-failed, fitness.CodeUpstreamUnavailable, "")
	if hint := service.Status(asOwner(t)).Hint; hint == nil {
		t.Error("the status hints at nothing")
	}
	repair()
	close(release)
	if err := service.Sync(asOwner(t)); err != nil {
		t.Errorf("after it: %v", err)
	}
}

// A store that is away for a day costs no answer and no change; the status tells of it, and what was taken in meanwhile is
// stored when it is back.
func TestTheStoreIsAwayForADay(t *testing.T) {
	t.Parallel()
	clock := &clock{now: noon}
	fake := stravatest.Start(t, stravatest.Config{Now: clock.Now, Activities: daily(450), Scopes: everyScope()})
	store := mirrortest.WithFaults(mirror.NewMemoryStore())
	open := func() *fitness.Service {
		return newService(t, fitness.Config{
			Strava: newClient(t, strava.Config{BaseURL: fake.APIURL(), Tokens: minted{fake}, Now: clock.Now}), Now: clock.Now,
			Tokens:  grant{State: tokens.StateConnected, Pinned: true, AthleteID: 7700000042, Scopes: everyScope()},
			History: mirrored(t, mirror.Config{Store: store, Now: clock.Now}),
		})
	}
	service := open()
	if err := service.Sync(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	store.Always(mirrortest.Down)
	for range 24 {
		clock.advance(time.Hour)
		if err := service.Sync(asOwner(t)); err != nil || total(t, service) != 450 {
			t.Fatalf("%d activities, %v", total(t, service), err)
		}
	}
	page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{ID: page.Activities[5].ID(), Name: new("Written meanwhile")}); err != nil {
		t.Fatal(err)
	}
	if hint := service.Status(asOwner(t)).Hint; hint == nil || !strings.Contains(*hint, "can't be stored") {
		t.Errorf("the status hints %v", hint)
	}

	store.Always(nil)
	clock.advance(time.Hour)
	if err := service.Sync(asOwner(t)); err != nil || service.Status(asOwner(t)).Hint != nil {
		t.Errorf("after it: %v, and the hint %v", err, service.Status(asOwner(t)).Hint)
	}
	fake.Fault(stravatest.Fault{Status: http.StatusServiceUnavailable, Times: stravatest.Always})
	page, err = open().Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil || page.TotalCount != 450 || page.Activities[5].Name != "Written meanwhile" {
		t.Errorf("the next process: %+v, %v", page, err)
	}
}

// This machine's clock is an hour off, either way. From the first answer of Strava's on that makes no difference: what is
// told is dated right, what is a week old goes in time, and a pause lasts as long as it should.
func TestThisMachinesClockIsAnHourOff(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			truth := &clock{now: noon}
			fake := stravatest.Start(t, stravatest.Config{Now: truth.Now, Activities: daily(450)})
			here := strava.NewClock(func() time.Time { return truth.Now().Add(off) })
			api := newClient(t, strava.Config{BaseURL: fake.APIURL(), Tokens: minted{fake}, Clock: here, Transport: dated{truth}})
			held := mirrored(t, mirror.Config{Now: here.Now})
			service := newService(t, fitness.Config{Strava: api, Now: here.Now, Tokens: pinned(), History: held})
			sync := func() {
				t.Helper()
				if err := service.Sync(asOwner(t)); err != nil {
					t.Fatal(err)
				}
			}
			sync() // The first page is asked for by the wrong clock.
			truth.advance(15 * time.Minute)
			sync()
			status := service.Status(asOwner(t)).Mirror
			if age := truth.Now().Sub(*status.SyncedAt); age < -2*time.Second || age > 2*time.Second {
				t.Errorf("a sync of now is dated %v ago", age)
			}
			if status.OldestFetchedAt.After(truth.Now().Add(2 * time.Second)) {
				t.Errorf("something is from the future: %v", status.OldestFetchedAt)
			}

			// A limit that Strava names ends with its quarter of an hour.
			repair := fake.Fault(stravatest.Fault{Status: http.StatusTooManyRequests, Body: `{}`, Times: stravatest.Always})
			err := service.Sync(asOwner(t))
			refused(t, err, fitness.CodeRateLimited, "")
			repair()
			truth.advance(15*time.Minute + 2*time.Second)
			sync()

			// What is a week old is given no more, by Strava's clock and neither an hour earlier nor later.
			fake.Fault(stravatest.Fault{Status: http.StatusServiceUnavailable, Times: stravatest.Always})
			truth.advance(service.Status(asOwner(t)).Mirror.OldestFetchedAt.Add(fitness.KeptAtMost).Sub(truth.Now()) - 10*time.Second)
			if got := total(t, service); got != 450 {
				t.Errorf("%d activities shortly before a week is over", got)
			}
			truth.advance(20 * time.Second)
			if got := total(t, service); got == 450 || service.Status(asOwner(t)).Mirror.Complete {
				t.Errorf("%d activities shortly after a week", got)
			}
		})
	}
}

// dated puts Strava's time on what its fake answers.
type dated struct{ clock *clock }

// RoundTrip implements http.RoundTripper.
func (d dated) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		response.Header.Set("Date", d.clock.Now().UTC().Format(http.TimeFormat))
	}
	return response, err
}
