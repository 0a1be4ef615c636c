package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

type connection struct {
	Activities struct {
		TotalCount int
		Nodes      []struct{ Name string }
		Edges      []struct {
			Cursor string
			Node   struct{ Name string }
		}
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       string
		}
	}
}

const connectionFields = "{ totalCount nodes { name } edges { cursor node { name } } " +
	"pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"

// Page after page gives the list, in both directions, and every page agrees with itself.
func TestPagesJoinUp(t *testing.T) {
	t.Parallel()
	var history []stravatest.Activity
	for i := range 23 {
		history = append(history, stravatest.Activity{
			Name: fmt.Sprintf("Run %02d", i), Start: now().AddDate(0, 0, -1-i), Distance: float64(1000 * (i%4 + 1)),
		})
	}
	s := newStack(t, stravatest.Config{Activities: history})
	for _, order := range []string{"", "orderBy: {field: DISTANCE, direction: ASC}, "} {
		var whole connection
		s.mustAnswer(t, fmt.Sprintf("{ activities(%sfirst: 200) %s }", order, connectionFields), &whole)
		forward := s.walk(t, order+"first: 5", "after", func(c connection) (string, bool) {
			return c.Activities.PageInfo.EndCursor, c.Activities.PageInfo.HasNextPage
		})
		backward := s.walk(t, order+"last: 5", "before", func(c connection) (string, bool) {
			return c.Activities.PageInfo.StartCursor, c.Activities.PageInfo.HasPreviousPage
		})
		slices.Reverse(backward)

		want := namesOf(whole)
		if len(want) != 23 {
			t.Fatalf("%d of 23 activities", len(want))
		}
		if diff := cmp.Diff(want, slices.Concat(forward...)); diff != "" {
			t.Errorf("%sforward (-whole +pages):\n%s", order, diff)
		}
		if diff := cmp.Diff(want, slices.Concat(backward...)); diff != "" {
			t.Errorf("%sbackward (-whole +pages):\n%s", order, diff)
		}
	}
}

// walk asks for page after page until next says that there is none, and returns the names on each.
func (s *stack) walk(t *testing.T, arguments, cursor string, next func(connection) (string, bool)) (pages [][]string) {
	t.Helper()
	from := ""
	for len(pages) < 10 {
		var page connection
		s.mustAnswer(t, fmt.Sprintf("{ activities(%s%s) %s }", arguments, from, connectionFields), &page)
		checkPage(t, page)
		pages = append(pages, namesOf(page))
		at, more := next(page)
		if !more {
			return pages
		}
		from = fmt.Sprintf(", %s: %q", cursor, at)
	}
	t.Fatalf("no end after %d pages", len(pages))
	return nil
}

func namesOf(c connection) (names []string) {
	for _, node := range c.Activities.Nodes {
		names = append(names, node.Name)
	}
	return names
}

func checkPage(t *testing.T, page connection) {
	t.Helper()
	list := page.Activities
	if list.TotalCount != 23 || len(list.Edges) != len(list.Nodes) || len(list.Edges) == 0 {
		t.Fatalf("a page of %d nodes and %d edges, of %d", len(list.Nodes), len(list.Edges), list.TotalCount)
	}
	for i, edge := range list.Edges {
		if edge.Node.Name != list.Nodes[i].Name {
			t.Errorf("edge %d is %s, node %d is %s", i, edge.Node.Name, i, list.Nodes[i].Name)
		}
	}
	if first, last := list.Edges[0].Cursor, list.Edges[len(list.Edges)-1].Cursor; list.PageInfo.StartCursor != first || list.PageInfo.EndCursor != last {
		t.Errorf("pageInfo %+v, want the cursors %s and %s", list.PageInfo, first, last)
	}
}
