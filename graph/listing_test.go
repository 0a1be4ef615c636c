package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// forward is a page of any connection that only goes forward.
type forward struct {
	Nodes    []json.RawMessage
	Edges    []struct{ Cursor string }
	PageInfo struct {
		HasNextPage, HasPreviousPage bool
		StartCursor, EndCursor       *string
	}
}

// Pages of every list of Strava's join up to the whole, and Strava is asked for it once.
func TestPagesOfStravasListsJoinUp(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, thirty(), time.Minute)
	var busy struct {
		Activities struct{ Nodes []struct{ StravaID string } }
	}
	s.mustAnswer(t, `{ activities(filter: {dates: {to: "2026-11-19"}}, first: 1) { nodes { stravaId } } }`, &busy)
	activity := busy.Activities.Nodes[0].StravaID
	for query, call := range map[string]string{
		"{ in: athlete { list: routes(ARGS) { nodes { stravaId } PAGE } } }":                                           "/athletes/{id}/routes",
		"{ in: athlete { list: starredSegments(ARGS) { nodes { stravaId } PAGE } } }":                                  "/segments/starred",
		"{ in: activity(id: " + activity + ") { list: kudos(ARGS) { nodes { giver { firstName lastName } } PAGE } } }": "/activities/{id}/kudos",
		"{ in: activity(id: " + activity + ") { list: comments(ARGS) { nodes { stravaId text } PAGE } } }":             "/activities/{id}/comments",
	} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			var joined []json.RawMessage
			args := "first: 2"
			for len(joined) < 100 {
				page := s.page(t, query, args)
				if has := page.PageInfo.HasPreviousPage; has != (len(joined) > 0) {
					t.Errorf("after %d: hasPreviousPage is %t", len(joined), has)
				}
				joined = append(joined, page.Nodes...)
				if !page.PageInfo.HasNextPage {
					break
				}
				args = fmt.Sprintf("first: 2, after: %q", *page.PageInfo.EndCursor)
			}
			whole := s.page(t, query, "first: 200")
			if len(whole.Nodes) < 3 {
				t.Fatalf("%d elements are no list to cut into pages", len(whole.Nodes))
			}
			if diff := cmp.Diff(whole.Nodes, joined); diff != "" {
				t.Errorf("(-whole +pages):\n%s", diff)
			}
			none := s.page(t, query, "first: 0")
			if len(none.Nodes) != 0 || !none.PageInfo.HasNextPage || none.PageInfo.EndCursor != nil {
				t.Errorf("an empty page: %+v", none)
			}
			if got := s.fake.Calls()["GET "+call]; got != 1 {
				t.Errorf("%d calls, want one", got)
			}
		})
	}
}

// page asks for a page and checks that it agrees with itself.
func (s *stack) page(t *testing.T, query, args string) forward {
	t.Helper()
	query = strings.NewReplacer("ARGS", args, "PAGE", "edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }").Replace(query)
	var got struct{ In struct{ List forward } }
	s.mustAnswer(t, query, &got)
	page := got.In.List
	if len(page.Edges) != len(page.Nodes) {
		t.Fatalf("%s: %d edges and %d nodes", query, len(page.Edges), len(page.Nodes))
	}
	if last := len(page.Edges) - 1; last >= 0 &&
		!slices.Equal([]string{page.Edges[0].Cursor, page.Edges[last].Cursor}, []string{*page.PageInfo.StartCursor, *page.PageInfo.EndCursor}) {
		t.Errorf("%s: the cursors of pageInfo are not those of the edges", query)
	}
	return page
}
