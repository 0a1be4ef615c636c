package graph_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
	"domestique/graph"
	"domestique/mirror"
	"domestique/strava"
	"domestique/strava/stravatest"
)

// showing is a gateway that shows anybody what is public, below HTTP.
type showing struct {
	fake     *stravatest.Server
	service  *fitness.Service
	mirror   *mirror.Mirror
	executor *executor.Executor
	elapsed  atomic.Int64 // since now
}

// newShowing shows traces cut by so many metres, none for 0; nothing at all where public is nil. The copy is empty.
func newShowing(t *testing.T, history []stravatest.Activity, public *fitness.Projection) *showing {
	t.Helper()
	s := &showing{}
	var err error
	s.fake, err = stravatest.New(stravatest.Config{
		Now: s.now, Activities: history, ReadLimits: [2]int{10_000, 10_000},
		ClientID: "4242", ClientSecret: "planted-client-secret", RefreshToken: "planted-refresh-token",
	})
	if err != nil {
		t.Fatalf("fake Strava: %v", err)
	}
	logger := new(lockedBuffer).logger()
	manager := newManager(t, s.fake, logger)
	client, err := strava.New(strava.Config{
		BaseURL: "http://strava.test/api/v3", Tokens: manager, Transport: s.fake.Transport(), Timeout: time.Minute, Now: s.now,
	})
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	s.service, err = fitness.NewService(fitness.Config{
		Strava: client, Tokens: manager, Version: "1.2.3", Now: s.now, Public: public,
		History: func(source *fitness.Source) (_ fitness.History, err error) {
			s.mirror, err = mirror.New(mirror.Config{Source: source, Store: mirror.NewMemoryStore(), Now: s.now})
			return s.mirror, err
		},
	})
	if err != nil {
		t.Fatalf("service: %v", err)
	}
	closeAfter(t, s.service)
	closeAfter(t, s.mirror)
	s.executor = graph.NewExecutor(graph.Config{Service: s.service, Logger: logger})
	return s
}

func (s *showing) now() time.Time { return now().Add(time.Duration(s.elapsed.Load())) }

// fill brings the copy up to date, and holds the athlete and the details of these activities.
func (s *showing) fill(t *testing.T, detailed ...int64) {
	t.Helper()
	ctx := fitness.WithViewer(t.Context(), fitness.Owner)
	if err := s.service.Sync(ctx); err != nil {
		t.Fatalf("sync: %v", err)
	}
	if _, err := s.service.Athlete(ctx); err != nil {
		t.Fatalf("athlete: %v", err)
	}
	for _, id := range detailed {
		activity, err := s.service.ActivityOf(ctx, id)
		if err == nil && activity != nil {
			_, err = s.service.Details(ctx, activity)
		}
		if err != nil {
			t.Fatalf("details: %v", err)
		}
	}
}

// remove deletes an activity at Strava, which tells of it.
func (s *showing) remove(t *testing.T, id int64) {
	t.Helper()
	if !s.fake.DeleteActivity(id) {
		return
	}
	if err := s.mirror.Remove(t.Context(), id); err != nil {
		t.Fatalf("remove an activity: %v", err)
	}
}

// shownAnswer is a whole answer, as far as a client can tell two apart: the order of errors means nothing.
type shownAnswer struct {
	Data       json.RawMessage
	Errors     gqlerror.List
	Extensions map[string]any
}

func (a shownAnswer) codes() (codes []string) {
	for _, failure := range a.Errors {
		code, _ := json.Marshal(failure.Extensions["code"])
		codes = append(codes, strings.Trim(string(code), `"`))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func (a shownAnswer) text(t *testing.T) string {
	t.Helper()
	slices.SortFunc(a.Errors, func(x, y *gqlerror.Error) int {
		return cmp.Or(cmp.Compare(x.Path.String(), y.Path.String()), cmp.Compare(x.Message, y.Message))
	})
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatalf("encode the answer: %v", err)
	}
	return string(text)
}

// ask runs a query as anybody.
func (s *showing) ask(t *testing.T, query string) shownAnswer {
	t.Helper()
	return s.askIn(fitness.WithViewer(t.Context(), fitness.Anonymous), query)
}

func (s *showing) askIn(ctx context.Context, query string) shownAnswer {
	return askWith(ctx, s.executor, query, nil)
}

func askWith(ctx context.Context, exec *executor.Executor, query string, variables map[string]any) shownAnswer {
	ctx = graphql.StartOperationTrace(ctx)
	operation, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables})
	ctx = graphql.WithOperationContext(ctx, operation)
	var response *graphql.Response
	if errs != nil {
		response = exec.DispatchError(ctx, errs)
	} else {
		next, ctx := exec.DispatchOperation(ctx, operation)
		response = next(ctx)
	}
	return shownAnswer{Data: response.Data, Errors: response.Errors, Extensions: response.Extensions}
}
