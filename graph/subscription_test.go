package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/graph"
	"domestique/strava/stravatest"
)

// listener is a subscription that has begun: it hears of whatever happens from now on.
type listener struct {
	t    *testing.T
	ctx  context.Context
	next graphql.ResponseHandler
}

// listen subscribes until the test is over, or for a minute.
func (s *stack) listen(t *testing.T, query string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(graphql.StartOperationTrace(fitness.WithViewer(t.Context(), fitness.Owner)), time.Minute)
	t.Cleanup(cancel)
	executor := s.executor()
	operation, errs := executor.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
	if len(errs) > 0 {
		t.Fatalf("%s: %v", query, errs)
	}
	next, ctx := executor.DispatchOperation(ctx, operation)
	return &listener{t, ctx, next}
}

func (s *stack) executor() *executor.Executor {
	return graph.NewExecutor(graph.Config{Service: s.service, Logger: s.log.logger()})
}

// hear waits for the next answer.
func (l *listener) hear() answer {
	l.t.Helper()
	response := l.next(l.ctx)
	if response == nil {
		l.t.Fatalf("no answer: %v", l.ctx.Err())
	}
	encoded, err := json.Marshal(response)
	if err != nil {
		l.t.Fatal(err)
	}
	var got answer
	if err := json.Unmarshal(encoded, &got); err != nil {
		l.t.Fatalf("%v: %s", err, encoded)
	}
	return got
}

// mustHear is what the next answer says, which has no error.
func (l *listener) mustHear() string {
	l.t.Helper()
	got := l.hear()
	if len(got.Errors) > 0 {
		l.t.Fatalf("%+v", got.Errors)
	}
	return string(got.Data)
}

func (l *listener) mustEnd() {
	l.t.Helper()
	if response := l.next(l.ctx); response != nil || l.ctx.Err() != nil {
		l.t.Errorf("got %+v, %v; want the end", response, l.ctx.Err())
	}
}

func (s *stack) sync(t *testing.T) {
	t.Helper()
	if err := s.service.Sync(fitness.WithViewer(t.Context(), fitness.Owner)); err != nil {
		t.Fatalf("sync: %v", err)
	}
}

func TestActivityChanged(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, threeRuns(), time.Minute).filled(t)
	heard := s.listen(t, "subscription { activityChanged { kind activity { name stravaId } } }")
	ids := s.listen(t, "subscription { activityChanged { kind id activity { id } } }")

	added := s.fake.AddActivity(stravatest.Activity{Name: "Fourth", Start: now().Add(-2 * time.Hour), Distance: 1000})
	later := s.fake.AddActivity(stravatest.Activity{Name: "Fifth", Start: now().Add(-time.Hour), Distance: 1000})
	s.sync(t)
	for _, want := range []string{
		fmt.Sprintf(`{"activityChanged":{"kind":"CREATED","activity":{"name":"Fourth","stravaId":"%d"}}}`, added),
		fmt.Sprintf(`{"activityChanged":{"kind":"CREATED","activity":{"name":"Fifth","stravaId":"%d"}}}`, later),
	} {
		if got := heard.mustHear(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}

	s.fake.EditActivity(later, func(a *stravatest.Activity) { a.Name = "Renamed" })
	s.sync(t)
	if got := heard.mustHear(); got != fmt.Sprintf(`{"activityChanged":{"kind":"UPDATED","activity":{"name":"Renamed","stravaId":"%d"}}}`, later) {
		t.Errorf("got %s", got)
	}
	s.fake.DeleteActivity(added)
	s.sync(t)
	if got := heard.mustHear(); got != `{"activityChanged":{"kind":"DELETED","activity":null}}` {
		t.Errorf("got %s", got)
	}

	// Who has not listened until now hears of what is left of all that.
	var got struct {
		ActivityChanged struct {
			Kind, ID string
			Activity *struct{ ID string }
		}
	}
	if err := json.Unmarshal([]byte(ids.mustHear()), &got); err != nil {
		t.Fatal(err)
	}
	if change := got.ActivityChanged; change.Kind != "CREATED" || change.Activity == nil || change.Activity.ID != change.ID {
		t.Errorf("got %+v", change)
	}
}

// Each event is an answer of its own: what it asks Strava for is fetched when it comes, is its own cost, and its failures
// stand at their place in it.
func TestAnEventIsAnAnswer(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, threeRuns(), time.Minute).filled(t)
	heard := s.listen(t, "subscription { change: activityChanged { activity { name laps { number } } } }")

	s.fake.AddActivity(stravatest.Activity{Name: "With laps", Start: now().Add(-3 * time.Hour), Distance: 1000})
	s.sync(t)
	first := heard.hear()
	if len(first.Errors) > 0 || string(first.Data) != `{"change":{"activity":{"name":"With laps","laps":[{"number":1}]}}}` {
		t.Errorf("%s %+v", first.Data, first.Errors)
	}
	s.expectCost(t, first, costs(1, asOfNow))

	s.fake.Fault(stravatest.Fault{Path: "/activities/{id}", Status: http.StatusServiceUnavailable, Times: stravatest.Always})
	s.fake.AddActivity(stravatest.Activity{Name: "Without", Start: now().Add(-2 * time.Hour), Distance: 1000})
	s.sync(t)
	second := heard.hear()
	if string(second.Data) != `{"change":{"activity":{"name":"Without","laps":null}}}` || len(second.Errors) != 1 {
		t.Fatalf("%s %+v", second.Data, second.Errors)
	}
	if failure := second.Errors[0]; failure.code() != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("%+v", failure)
	}
	if diff := cmp.Diff([]any{"change", "activity", "laps"}, second.Errors[0].Path); diff != "" {
		t.Errorf("the path of the error (-want +got):\n%s", diff)
	}

	s.fake.AddActivity(stravatest.Activity{Name: "Third", Start: now().Add(-time.Hour), Distance: 1000})
	s.sync(t)
	if third := heard.hear(); string(third.Data) != `{"change":{"activity":{"name":"Third","laps":null}}}` {
		t.Errorf("an error has ended the stream: %s %+v", third.Data, third.Errors)
	}
}

func TestSyncProgress(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, stravatest.Config{Years: 1}, time.Minute)
	heard := s.listen(t, "subscription { syncProgress { complete activities } }")
	if got := heard.mustHear(); got != `{"syncProgress":{"complete":false,"activities":0}}` {
		t.Errorf("before anything is there: %s", got)
	}
	go func() { _ = s.service.Sync(fitness.WithViewer(t.Context(), fitness.Owner)) }()
	held := 0
	for {
		var got struct {
			SyncProgress struct {
				Complete   bool
				Activities int
			}
		}
		if err := json.Unmarshal([]byte(heard.mustHear()), &got); err != nil {
			t.Fatal(err)
		}
		if got.SyncProgress.Activities < held {
			t.Errorf("the progress goes from %d to %d", held, got.SyncProgress.Activities)
		}
		if held = got.SyncProgress.Activities; got.SyncProgress.Complete {
			break
		}
	}
	heard.mustEnd()
	if held < 200 {
		t.Errorf("the copy is complete with %d activities", held)
	}

	late := s.listen(t, "subscription { syncProgress { complete } }")
	if got := late.mustHear(); got != `{"syncProgress":{"complete":true}}` {
		t.Errorf("when all is there: %s", got)
	}
	late.mustEnd()
}

// An event may ask for much of its activity, but several come at once.
func TestSubscriptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	executor := newStack(t, threeRuns()).executor()
	ctx := graphql.StartOperationTrace(fitness.WithViewer(t.Context(), fitness.Owner))
	for query, code := range map[string]string{
		"subscription { activityChanged { activity { name description calories primaryPhoto { url } laps { number distance averagePace } " +
			"splits { number averagePace } bestEfforts { name } zones { type buckets { min max time } } streams(" + everyChannel +
			", points: 500) { time distance altitude } comments(first: 30) { nodes { text } } } } }": "",
		"subscription { activityChanged { id } syncProgress { complete } }": "GRAPHQL_VALIDATION_FAILED",
		"subscription { __typename }":                                       "GRAPHQL_VALIDATION_FAILED",
		"subscription { syncProgress }":                                     "GRAPHQL_VALIDATION_FAILED",
		"subscription { activityChanged { activity { " + aliased(8, "comments(first: 200) { nodes { text author { firstName } } }")[1:] + " } }": "QUERY_TOO_COMPLEX",
	} {
		operation, errs := executor.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
		if len(errs) == 0 {
			if code != "" {
				t.Errorf("%.100s: it runs, want %s", query, code)
			}
			continue
		}
		refused := executor.DispatchError(graphql.WithOperationContext(ctx, operation), errs)
		if got := refused.Errors[0].Extensions["code"]; got != fitness.Code(code) {
			t.Errorf("%.100s: %v, want %s", query, got, code)
		}
	}
}
