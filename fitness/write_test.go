package fitness_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

const (
	updateCall = "PUT /activities/{id}"
	createCall = "POST /activities"
	starCall   = "PUT /segments/{id}/starred"
	weightCall = "PUT /athlete"
)

// everyScope is what a grant has that may also write.
func everyScope() []string {
	return []string{"read", "read_all", "profile:read_all", "profile:write", "activity:read_all", "activity:write"}
}

// newWriter is a gateway whose grant has the scopes. What the gateway knows of them is in its status.
func newWriter(tb testing.TB, history []stravatest.Activity, granted []string, status tokens.Status) *gateway {
	tb.Helper()
	clock := &clock{now: noon}
	fake := stravatest.Start(tb, stravatest.Config{Now: clock.Now, Activities: history, Scopes: granted})
	status.State = tokens.StateConnected
	service := newService(tb, fitness.Config{
		Strava: newClient(tb, strava.Config{BaseURL: fake.APIURL(), Tokens: minted{fake}, Now: clock.Now}),
		Tokens: grant(status), Now: clock.Now,
	})
	return &gateway{Service: service, fake: fake, clock: clock}
}

// twoRuns are a described run with shoes and an older one.
func twoRuns() []stravatest.Activity {
	return []stravatest.Activity{
		{Name: "Newer", Start: noon.Add(-24 * time.Hour), Distance: 9000, GearID: "g1", Description: "Old words."},
		{Name: "Older", Start: noon.Add(-48 * time.Hour), Distance: 5000},
	}
}

func names(activities []*fitness.Activity) []string {
	var names []string
	for _, a := range activities {
		names = append(names, a.Name)
	}
	return names
}

func TestAWeightIsTheAthletesAtOnce(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	before := g.athlete(t)
	asked := g.calls(athleteCall)
	updated, err := g.SetWeight(asOwner(t), fitness.SetWeightInput{Weight: 150, Unit: fitness.MassUnitPounds})
	if err != nil {
		t.Fatalf("set the weight: %v", err)
	}
	if got := *updated.WeightKilograms; got < 68.038 || got > 68.039 {
		t.Errorf("got %v kg", got)
	}
	if diff := cmp.Diff(before.Shoes, updated.Shoes); diff != "" || len(updated.Shoes) == 0 {
		t.Errorf("shoes (-before +after):\n%s", diff)
	}
	if g.athlete(t).WeightKilograms != updated.WeightKilograms || before.WeightKilograms == updated.WeightKilograms {
		t.Error("the kept athlete is not the updated one, or the one before was changed")
	}
	g.expectCalls(t, weightCall, 1)
	g.expectCalls(t, athleteCall, asked)
}

func TestTheSameWriteTwiceIsTwoWrites(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if _, err := g.CreateActivity(asOwner(t), manual(t, nil)); err != nil {
				t.Errorf("create: %v", err)
			}
		})
	}
	group.Wait()
	g.expectCalls(t, createCall, 3)
}

// Whoever asked may leave; what Strava did is in the list all the same.
func TestAWriteOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	newest := g.list(t, nil).Activities[0]
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Method: http.MethodPut, Arrived: func() { close(arrived) }, Until: release})
	ctx, leave := context.WithCancel(asOwner(t))
	go func() { <-arrived; leave() }()
	if _, err := g.UpdateActivity(ctx, fitness.UpdateActivityInput{ID: newest.ID(), Name: new("Renamed")}); err == nil {
		t.Error("the write waited for the answer although its caller had left")
	}
	close(release)
	// The next write waits for its turn, and so for the end of this one.
	if _, err := g.SetWeight(asOwner(t), fitness.SetWeightInput{Weight: 70, Unit: fitness.MassUnitKilograms}); err != nil {
		t.Fatalf("set the weight: %v", err)
	}
	if got := g.list(t, nil).Activities[0].Name; got != "Renamed" {
		t.Errorf("the list has %q", got)
	}
}

// writes are one of each kind.
func writes(tb testing.TB, g *gateway) map[string]func(context.Context) error {
	tb.Helper()
	newest := g.list(tb, nil).Activities[0]
	return map[string]func(context.Context) error{
		updateCall: func(ctx context.Context) error {
			_, err := g.UpdateActivity(ctx, fitness.UpdateActivityInput{ID: newest.ID(), Name: new("Renamed")})
			return err
		},
		createCall: func(ctx context.Context) error {
			_, err := g.CreateActivity(ctx, manual(tb, nil))
			return err
		},
		uploadCall: func(ctx context.Context) error {
			_, err := g.UploadActivity(ctx, fitness.UploadActivityInput{File: file(gpx(3))})
			return err
		},
		starCall: func(ctx context.Context) error {
			_, err := g.StarSegment(ctx, fitness.StarSegmentInput{ID: fmt.Sprint(g.fake.SegmentIDs()[0]), Starred: true})
			return err
		},
		weightCall: func(ctx context.Context) error {
			_, err := g.SetWeight(ctx, fitness.SetWeightInput{Weight: 70, Unit: fitness.MassUnitKilograms})
			return err
		},
	}
}

// Strava acts and its answer is lost: the one attempt is all there is, and the error says what is not known.
func TestAWriteOfUnknownOutcomeIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]stravatest.Fault{
		"no answer":  {ApplyThenFail: true},
		"cut answer": {ApplyThenFail: true, CutAfter: 20},
		"a 502":      {ApplyThenFail: true, Status: http.StatusBadGateway, Body: "<html>", ContentType: "text/html"},
		"not JSON":   {ApplyThenFail: true, Status: http.StatusOK, Body: "<html>", ContentType: "text/html"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
			for call, write := range writes(t, g) {
				fault.Method, fault.Path, _ = strings.Cut(call, " ")
				g.fake.Fault(fault)
				err := write(asOwner(t))
				refused(t, err, fitness.CodeUpstreamUnavailable, "")
				if !strings.Contains(fmt.Sprint(err), "may have been made") {
					t.Errorf("%s: %v", call, err)
				}
				g.expectCalls(t, call, 1)
			}
			// What Strava did shows to whoever looks.
			if got := names(g.list(t, nil).Activities); !slices.Contains(got, "Renamed") || !slices.Contains(got, "Yoga") {
				t.Errorf("the list has %v", got)
			}
		})
	}
}

// Without a connection nothing was made, and the error does not make anybody look for it.
func TestAWriteThatNeverLeftRaisesNoDoubt(t *testing.T) {
	t.Parallel()
	service := newService(t, fitness.Config{Tokens: grant{State: tokens.StateConnected, Pinned: true, AthleteID: 1}})
	_, err := service.SetWeight(asOwner(t), fitness.SetWeightInput{Weight: 70, Unit: fitness.MassUnitKilograms})
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	if strings.Contains(fmt.Sprint(err), "may have been made") {
		t.Errorf("got %v", err)
	}
}

func TestAWriteWithoutItsScope(t *testing.T) {
	t.Parallel()
	readOnly := []string{"read", "read_all", "profile:read_all", "activity:read_all"}
	scopes := map[string]string{
		updateCall: "activity:write", createCall: "activity:write", uploadCall: "activity:write",
		starCall: "profile:write", weightCall: "profile:write",
	}
	for name, known := range map[string]bool{"known": true, "not known": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, calls := tokens.Status{}, 1
			if known {
				status.Scopes, calls = readOnly, 0
			}
			g := newWriter(t, twoRuns(), readOnly, status)
			for call, write := range writes(t, g) {
				err := write(asOwner(t))
				refused(t, err, fitness.CodeScopeMissing, "")
				if problem := asError(err); problem.Scope != scopes[call] || !strings.Contains(problem.Message, scopes[call]) {
					t.Errorf("%s: scope %q, %q", call, problem.Scope, problem.Message)
				}
				g.expectCalls(t, call, calls)
			}
		})
	}
}

func TestWhatStravaRefusesNamesTheArgument(t *testing.T) {
	t.Parallel()
	for fault, argument := range map[string]string{
		`{"message":"Bad Request","errors":[{"resource":"Activity","field":"gear_id","code":"invalid"}]}`:          "input.gear",
		`{"message":"Bad Request","errors":[{"resource":"Activity","field":"start_date_local","code":"invalid"}]}`: "input.startedAtLocal",
		`{"message":"Bad Request"}`: "input",
	} {
		g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
		id := g.list(t, nil).Activities[0].ID()
		g.fake.Fault(stravatest.Fault{Method: http.MethodPut, Status: http.StatusBadRequest, Body: fault})
		_, err := g.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{ID: id, Name: new("Renamed")})
		refused(t, err, fitness.CodeBadUserInput, argument)
	}
}

func TestBadWritesTakeNoCall(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	newest := g.list(t, nil).Activities[0]
	athlete := g.athlete(t)
	update := func(change func(*fitness.UpdateActivityInput)) func() error {
		return func() error {
			input := fitness.UpdateActivityInput{ID: newest.ID()}
			change(&input)
			_, err := g.UpdateActivity(asOwner(t), input)
			return err
		}
	}
	create := func(change func(*fitness.CreateActivityInput)) func() error {
		return func() error { _, err := g.CreateActivity(asOwner(t), manual(t, change)); return err }
	}
	weight := func(weight float64) func() error {
		return func() error {
			_, err := g.SetWeight(asOwner(t), fitness.SetWeightInput{Weight: weight, Unit: fitness.MassUnitKilograms})
			return err
		}
	}
	star := func(id string) func() error {
		return func() error { _, err := g.StarSegment(asOwner(t), fitness.StarSegmentInput{ID: id}); return err }
	}
	zero := 0.0
	tests := map[string]struct {
		write    func() error
		argument string
	}{
		"an update that names nothing": {update(func(*fitness.UpdateActivityInput) {}), "input"},
		"an unknown activity":          {update(func(i *fitness.UpdateActivityInput) { i.ID, i.Name = "12345", new("x") }), "input.id"},
		"another type's id":            {update(func(i *fitness.UpdateActivityInput) { i.ID, i.Name = athlete.ID(), new("x") }), "input.id"},
		"no id":                        {update(func(i *fitness.UpdateActivityInput) { i.ID, i.Name = "x", new("x") }), "input.id"},
		"an empty name":                {update(func(i *fitness.UpdateActivityInput) { i.Name = new("") }), "input.name"},
		"a name of blanks":             {update(func(i *fitness.UpdateActivityInput) { i.Name = new(" \t") }), "input.name"},
		"an unknown sport":             {update(func(i *fitness.UpdateActivityInput) { i.Sport = new(fitness.SportOther) }), "input.sport"},
		"gear of another type":         {update(func(i *fitness.UpdateActivityInput) { i.Gear = new(athlete.ID()) }), "input.gear"},
		"no gear id":                   {update(func(i *fitness.UpdateActivityInput) { i.Gear = new("bike") }), "input.gear"},
		"gear of somebody else":        {update(func(i *fitness.UpdateActivityInput) { i.Gear = new("b999999") }), "input.gear"},

		"no name":             {create(func(i *fitness.CreateActivityInput) { i.Name = " " }), "input.name"},
		"no sport":            {create(func(i *fitness.CreateActivityInput) { i.Sport = fitness.SportOther }), "input.sport"},
		"no time at all":      {create(func(i *fitness.CreateActivityInput) { i.ElapsedTime = 0 }), "input.elapsedTime"},
		"a negative time":     {create(func(i *fitness.CreateActivityInput) { i.ElapsedTime = -60 }), "input.elapsedTime"},
		"a negative distance": {create(func(i *fitness.CreateActivityInput) { i.Distance = new(-0.5) }), "input.distance"},
		"a start before computers": {create(func(i *fitness.CreateActivityInput) {
			i.StartedAtLocal = localTime(t, "1969-12-31T23:59:59")
		}), "input.startedAtLocal"},
		"a start tomorrow everywhere": {create(func(i *fitness.CreateActivityInput) {
			i.StartedAtLocal = localTime(t, "2026-11-23T02:00:01")
		}), "input.startedAtLocal"},

		"a segment of another type": {star(newest.ID()), "input.id"},
		"no segment":                {star("-5"), "input.id"},

		"no weight":         {weight(0), "input.weight"},
		"a negative weight": {weight(-70), "input.weight"},
		"two tonnes":        {weight(2000), "input.weight"},
		"not a number":      {weight(zero / zero), "input.weight"},
	}
	before := g.fake.Calls()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { refused(t, test.write(), fitness.CodeBadUserInput, test.argument) })
	}
	if after := g.fake.Calls(); !maps.Equal(before, after) {
		t.Errorf("calls (-before +after):\n%s", cmp.Diff(before, after))
	}
}
