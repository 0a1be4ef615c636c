package graph_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"domestique/graph"
	"domestique/internal/edge"
	"domestique/strava/stravatest"
)

// unchanging is data that stays as it is.
type unchanging struct{}

func (unchanging) Version(context.Context, bool) (string, time.Time) { return "1", time.Time{} }

func (unchanging) Watch(ctx context.Context) (context.Context, func() time.Time) {
	return ctx, func() time.Time { return time.Time{} }
}

// An answer that is given again has cost nothing, and is as old as it was; what tells of this moment is not given again.
func TestKeptAnswersTellTheirCost(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query string
		kept  bool
	}{
		"a dashboard":            {"{ activities(first: 5) { nodes { name primaryPhoto { url } } } }", true},
		"how the gateway does":   {"{ activities { totalCount } status { version } }", false},
		"what is left":           {"{ ...Q activities { totalCount } } fragment Q on Query { rateLimit { read { day { used } } } }", false},
		"what went wrong inside": {`{ activities(filter: {distance: {min: 2, max: 1}}) { totalCount } }`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, stravatest.Config{})
			handler, err := edge.New(edge.Config{
				Executor: graph.NewExecutor(graph.Config{Service: s.service, Logger: s.log.logger()}), SDL: graph.SDL(),
				OwnerKeys: []string{ownerKey}, Freshness: unchanging{}, MaxAge: graph.MaxAge(), Logger: s.log.logger(), Now: now,
			})
			if err != nil {
				t.Fatal(err)
			}
			s.handler = handler
			first, again := s.ask(t, test.query, ""), s.ask(t, test.query, "")
			if string(first.Data) != string(again.Data) && test.kept {
				t.Errorf("%s, and then %s", first.Data, again.Data)
			}
			if strings.Contains(s.log.String(), "kept=true") != test.kept {
				t.Errorf("kept: %t is not what the log says:\n%s", test.kept, s.log)
			}
			if test.kept {
				if first.Extensions.Cost == nil || *first.Extensions.Cost.UpstreamCalls == 0 {
					t.Errorf("the first one has cost %+v", first.Extensions.Cost)
				}
				s.expectCost(t, again, costs(0, asOfNow))
			}
		})
	}
}
