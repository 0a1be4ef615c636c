package fitness_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// shown is the activity as one that everyone may see.
func shown(activity *fitness.Activity) *fitness.Activity {
	activity.Visibility = new(fitness.VisibilityEveryone)
	return activity
}

// anybodys is a service over that history that shows what is public, traces without their first and last 100 m included.
func anybodys(tb testing.TB, history *listed) *fitness.Service {
	tb.Helper()
	return newService(tb, fitness.Config{History: history.open, Public: &fitness.Projection{TraceCut: 100}})
}

// fill gives every field of a struct a value that is not its zero one.
func fill(tb testing.TB, value reflect.Value) {
	tb.Helper()
	switch value.Kind() {
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(tb, value.Elem())
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(tb, value.Index(0))
	case reflect.Struct:
		if value.Type() == reflect.TypeFor[time.Time]() {
			value.Set(reflect.ValueOf(noon))
			return
		}
		for _, field := range value.Fields() {
			fill(tb, field)
		}
	case reflect.String:
		value.SetString("text")
	case reflect.Bool:
		value.SetBool(true)
	case reflect.Float64:
		value.SetFloat(5000)
	default:
		value.SetInt(7)
	}
}

// filledFields are the names of the fields that are not zero.
func filledFields(value reflect.Value) []string {
	var names []string
	for field, held := range value.Fields() {
		if !held.IsZero() {
			names = append(names, field.Name)
		}
	}
	slices.Sort(names)
	return names
}

func words(text string) []string { return slices.Sorted(slices.Values(strings.Fields(text))) }

// What is not shown of an activity is not in the copy that anybody gets, so that nothing above can show it.
func TestAnybodysActivityHasWhatIsShownAlone(t *testing.T) {
	t.Parallel()
	whole := &fitness.Activity{}
	fill(t, reflect.ValueOf(whole).Elem())
	// A line of some 2.2 km to the north.
	whole.SummaryPolyline = encodePolyline(fitness.Trace{{Latitude: 50}, {Latitude: 50.01}, {Latitude: 50.02}})
	service := anybodys(t, &listed{activities: []*fitness.Activity{shown(whole)}})
	got, err := service.ActivityOf(asAnybody(t), whole.StravaID)
	if err != nil || got == nil {
		t.Fatalf("got %v, %v", got, err)
	}
	want := words(`StravaID Name Sport SportType StartedAt StartedAtLocal TimeZone UTCOffset DistanceMeters MovingTime ElapsedTime
		ElevationGainMeters AverageMetersPerSecond MaxMetersPerSecond HasPowerMeter IsCommute IsIndoor IsManual IsFlagged GearID
		SummaryPolyline KudosCount CommentCount AchievementCount PersonalRecordCount PhotoCount AthleteCount`)
	if diff := cmp.Diff(want, filledFields(reflect.ValueOf(got).Elem())); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	trace, err := fitness.DecodePolyline(got.SummaryPolyline)
	if err != nil || len(trace) != 3 || trace[0].Latitude < 50.0009 || trace[2].Latitude > 50.0191 {
		t.Errorf("the trace is %v, %v; want it without 100 m at both ends", trace, err)
	}
}

func TestAnybodysAthleteHasWhatIsShownAlone(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{Public: &fitness.Projection{}})
	_, err := g.Athlete(asAnybody(t))
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	whole, err := g.Athlete(asOwner(t))
	if err != nil {
		t.Fatal(err)
	}
	g.clock.advance(2 * time.Hour) // An owner's question would ask Strava again.
	got, err := g.Athlete(asAnybody(t))
	if err != nil {
		t.Fatal(err)
	}
	want := words("StravaID FirstName LastName Username City State Country Measurement Picture")
	if diff := cmp.Diff(want, filledFields(reflect.ValueOf(got).Elem())); diff != "" || *got.City != *whole.City {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	g.expectCalls(t, athleteCall, 1)
	if node, err := g.Node(asAnybody(t), got.ID()); err != nil || node == nil {
		t.Errorf("the athlete's node is %v, %v", node, err)
	}
}

// An athlete who was held before the grant became another's is nobody's to see.
func TestAnybodySeesNoFormerAthlete(t *testing.T) {
	t.Parallel()
	former := &scripted{}
	custody := &movingGrant{}
	service := former.serve(t, fitness.Config{Tokens: custody, Public: &fitness.Projection{}})
	if _, err := service.Athlete(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	custody.status = tokens.Status{State: tokens.StateConnected, Pinned: true, AthleteID: 2}
	_, err := service.Athlete(asAnybody(t))
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
}

// movingGrant is a grant that a test changes between two questions.
type movingGrant struct{ status tokens.Status }

func (m *movingGrant) Status(context.Context) tokens.Status  { return m.status }
func (*movingGrant) PinAthlete(context.Context, int64) error { return nil }
func (*movingGrant) Disconnect(context.Context) error        { return nil }

// nobodysBusiness are activities that are hidden, each in another way, all of them newer than those that are shown.
func nobodysBusiness(tb testing.TB) []*fitness.Activity {
	tb.Helper()
	unknown := run(tb, 13, "2026-11-21T10:00:00", 3000)
	followers := run(tb, 12, "2026-11-21T09:00:00", 2000)
	followers.Visibility = new(fitness.VisibilityFollowersOnly)
	private := activity(tb, 14, fitness.SportSwim, "2026-11-22T23:00:00", "Pacific/Auckland")
	private.Visibility = new(fitness.VisibilityOnlyMe)
	return []*fitness.Activity{private, unknown, followers}
}

func TestNothingTellsAnybodyOfWhatIsHidden(t *testing.T) {
	t.Parallel()
	public := []*fitness.Activity{shown(run(t, 2, "2026-11-20T08:00:00", 5000)), shown(run(t, 1, "2026-11-18T08:00:00", 7000))}
	hidden := nobodysBusiness(t)
	service := anybodys(t, &listed{activities: append(hidden, public...)})
	ctx := asAnybody(t)

	page, err := service.Activities(ctx, fitness.ActivitiesQuery{First: new(1)})
	if err != nil {
		t.Fatal(err)
	}
	if page.TotalCount != 2 || page.HasPrevious || page.Activities[0].StravaID != 2 {
		t.Errorf("the first page is %+v", page)
	}
	for _, activity := range hidden {
		byID, err := service.Activity(ctx, activity.ID())
		node, failure := service.Node(ctx, activity.ID())
		if byID != nil || node != nil || errors.Join(err, failure) != nil {
			t.Errorf("%d: got %v and %v, %v, %v", activity.StravaID, byID, node, err, failure)
		}
	}
	for _, other := range []string{"R2VhcjpiMTcwMDA5OTE", "Q2x1Yjox", "Um91dGU6MQ", "U2VnbWVudDox", "U2VnbWVudEVmZm9ydDox"} {
		if node, err := service.Node(ctx, other); node != nil || err != nil {
			t.Errorf("node %s: got %v, %v; want nothing, as for what is unknown", other, node, err)
		}
	}
	stats, err := service.Stats(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := stats.Totals(); got.Count != 2 || got.DistanceMeters != 12000 {
		t.Errorf("the sums are %+v", got)
	}
	// In Auckland, where the newest of all was, the 23rd has begun.
	days, err := stats.Periods(fitness.PeriodDay, fitness.WeekdayMonday, new(1))
	if err != nil || days[0].Start != date(t, "2026-11-22") {
		t.Errorf("today is %v, %v; want the date where the newest was that is shown", days, err)
	}
	if got := service.Status(ctx).Mirror.Activities; got != 2 {
		t.Errorf("the status counts %d", got)
	}
}

// The version is what answers are kept by: one that moves would tell that something did.
func TestAnybodysVersionMovesWithWhatIsShown(t *testing.T) {
	t.Parallel()
	walk := shown(run(t, 1, "2026-11-18T08:00:00", 7000))
	all := append(nobodysBusiness(t), walk)
	history := &listed{activities: all}
	service := anybodys(t, history)
	find := func() *fitness.Activity {
		found, err := service.ActivityOf(asAnybody(t), 1)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	before, version := find(), service.DataVersion(asAnybody(t))
	if version == 0 {
		t.Fatal("there is no version")
	}
	measured, renamed := *walk, *walk
	measured.AverageHeartRate, measured.Device = new(150.0), new("watch")
	renamed.Name = "Parkrun"
	for _, test := range []struct {
		name       string
		activities []*fitness.Activity
		moves      bool
	}{
		{"nothing", all, false},
		{"a hidden one goes", all[1:], false},
		{"all hidden ones go", all[3:], false},
		{"they come back, one of them twice", append(nobodysBusiness(t)[:1], all...), false},
		{"what is not shown of one", []*fitness.Activity{&measured}, false},
		{"a name", []*fitness.Activity{&renamed}, true},
		{"another one comes", []*fitness.Activity{shown(run(t, 2, "2026-11-19T08:00:00", 7000)), &renamed}, true},
		{"they become hidden", []*fitness.Activity{run(t, 2, "2026-11-19T08:00:00", 7000)}, true},
		{"a hidden one goes, and nothing is left", nil, false},
	} {
		history.activities = test.activities
		got := service.DataVersion(asAnybody(t))
		if moved := got > version; moved != test.moves || got < version {
			t.Errorf("%s: version %d became %d", test.name, version, got)
		}
		if !test.moves && version == 1 && find() != before {
			t.Errorf("%s: the activity is made anew", test.name)
		}
		version = got
	}
}

// How old the hidden activities are would tell that there are some.
func TestAnybodysAnswerIsAsOldAsWhatIsShown(t *testing.T) {
	t.Parallel()
	history := daily(2)
	history[0].Visibility = "only_me"
	g := newGateway(t, history, fitness.Config{Public: &fitness.Projection{}})
	public := g.list(t, nil).Activities[1]
	g.clock.advance(time.Hour)
	if err := g.mirror.Refetch(asOwner(t), public.StravaID); err != nil {
		t.Fatal(err)
	}
	for viewer, want := range map[fitness.Viewer]time.Time{fitness.Owner: noon, fitness.Anonymous: noon.Add(time.Hour + time.Second)} {
		ctx, cost := fitness.WithCost(fitness.WithViewer(t.Context(), viewer))
		if _, err := g.Stats(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if !cost.AsOf().Equal(want) || !g.Status(ctx).Mirror.OldestFetchedAt.Equal(want) {
			t.Errorf("viewer %d: as of %v, want %v", viewer, cost.AsOf(), want)
		}
	}
}

// Strangers must not be able to spend the owner's quota.
func TestAnybodyGetsWhatIsHeldAndCausesNoCall(t *testing.T) {
	t.Parallel()
	history := []stravatest.Activity{
		{Start: noon.AddDate(0, 0, -1), Distance: 5000, Photos: 2}, {Start: noon.AddDate(0, 0, -2), Distance: 5000, Photos: 2},
	}
	g := newGateway(t, history, fitness.Config{Public: &fitness.Projection{TraceCut: 200}})
	_, err := g.Activities(asAnybody(t), fitness.ActivitiesQuery{})
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	if status := g.Status(asAnybody(t)); status.Mirror.Activities != 0 || g.DataVersion(asAnybody(t)) != 0 {
		t.Errorf("before there is anything: %+v", status.Mirror)
	}
	if calls := g.fake.Calls(); len(calls) != 0 {
		t.Errorf("a stranger began the fill: %v", calls)
	}

	owned := g.list(t, nil).Activities
	details, err := g.Details(asOwner(t), owned[0])
	if err != nil {
		t.Fatal(err)
	}
	before := g.fake.Calls()
	g.clock.advance(3 * time.Hour) // An owner's question would ask Strava again.
	ctx, cost := fitness.WithCost(asAnybody(t))
	page, err := g.Activities(ctx, fitness.ActivitiesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	held, err := g.Details(ctx, page.Activities[0])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(details.PrimaryPhoto, held.PrimaryPhoto); diff != "" || held.PrimaryPhoto == nil {
		t.Errorf("the photo that is held (-owner's +anybody's):\n%s", diff)
	}
	if got := filledFields(reflect.ValueOf(held).Elem()); !slices.Equal(got, []string{"Polyline", "PrimaryPhoto"}) {
		t.Errorf("anybody gets %v of the details", got)
	}
	if photo, err := g.PrimaryPhoto(ctx, page.Activities[1]); photo != nil || err != nil {
		t.Errorf("of what is not held anybody gets %v, %v; want nothing", photo, err)
	}
	if got := cost.AsOf(); !got.Equal(noon) || cost.UpstreamCalls() != 0 {
		t.Errorf("as of %v with %d calls, want noon and none", got, cost.UpstreamCalls())
	}
	if diff := cmp.Diff(before, g.fake.Calls()); diff != "" {
		t.Errorf("a stranger had Strava asked (-before +after):\n%s", diff)
	}
}

// Reading lets the copy be synced when that is due: not for anybody.
func TestAnybodyBeginsNoSync(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		viewer fitness.Viewer
		begins bool
	}{"the owner": {fitness.Owner, true}, "anybody": {fitness.Anonymous, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				service := newService(t, fitness.Config{
					Public: &fitness.Projection{}, Now: time.Now, Tokens: grant{State: tokens.StateConnected, Pinned: true, AthleteID: 1},
					Strava: newClient(t, strava.Config{Tokens: oneToken{token: "token"}, Transport: answering(func(*http.Request) *http.Response {
						calls.Add(1)
						return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("[]"))}
					})}),
					History: mirrored(t, mirror.Config{SyncEvery: time.Minute}),
				})
				if err := service.Sync(asOwner(t)); err != nil {
					t.Fatal(err)
				}
				before := calls.Load()
				time.Sleep(time.Hour)
				if _, err := service.Stats(fitness.WithViewer(t.Context(), test.viewer), nil); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if begun := calls.Load() > before; begun != test.begins {
					t.Errorf("a sync was begun: %t, want %t", begun, test.begins)
				}
			})
		})
	}
}

// Why there is nothing to show is the owner's business, but for what the status tells everybody.
func TestWhyNothingIsHeldIsNotTold(t *testing.T) {
	t.Parallel()
	for state, code := range map[tokens.State]fitness.Code{
		tokens.StateNotConnected:  fitness.CodeNotConnected,
		tokens.StateNeedsConsent:  fitness.CodeUpstreamUnavailable,
		tokens.StateMisconfigured: fitness.CodeUpstreamUnavailable,
	} {
		service := newService(t, fitness.Config{Public: &fitness.Projection{}, Tokens: grant{State: state}})
		for name, err := range map[string]error{
			"list":    failure(service.Activities(asAnybody(t), fitness.ActivitiesQuery{})),
			"athlete": failure(service.Athlete(asAnybody(t))),
		} {
			refused(t, err, code, "")
			if problem := asError(err); strings.Contains(problem.Message, "/connect") || problem.Unwrap() != nil {
				t.Errorf("%s, %s: %v tells what the owner has to do", state, name, err)
			}
		}
		status := service.Status(asAnybody(t))
		if status.Hint != nil || status.Scopes != nil || status.TokenExpiresAt != nil || status.Connection == "" {
			t.Errorf("%s: the status is %+v", state, status)
		}
	}
}
