package fitness_test

import (
	"fmt"
	"testing"

	"domestique/fitness"
	"domestique/tokens"
)

func TestAStarIsInTheSegmentAndTheList(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	id := fmt.Sprint(g.fake.SegmentIDs()[0])
	segment := func() *fitness.Segment {
		found, err := g.SegmentByID(asOwner(t), id)
		if err != nil || found == nil {
			t.Fatalf("segment: %v, %v", found, err)
		}
		return found
	}
	for _, starred := range []bool{!segment().IsStarred, segment().IsStarred} {
		before := g.starred(t)
		got, err := g.StarSegment(asOwner(t), fitness.StarSegmentInput{ID: segment().ID(), Starred: starred})
		if err != nil || got.IsStarred != starred {
			t.Fatalf("star %v: got %+v, %v", starred, got, err)
		}
		if segment().IsStarred != starred {
			t.Errorf("the segment is not starred %v", starred)
		}
		if after := g.starred(t); (after > before) != starred || after == before {
			t.Errorf("starred %v: there were %d, and are %d", starred, before, after)
		}
	}
	g.expectCalls(t, starCall, 2)
}

// starred is how many segments are.
func (g *gateway) starred(tb testing.TB) int {
	tb.Helper()
	page, err := g.StarredSegments(asOwner(tb), fitness.ListQuery{First: new(200)})
	if err != nil {
		tb.Fatalf("list starred segments: %v", err)
	}
	return len(page.Nodes)
}

// A segment that Strava does not have takes the call that says so.
func TestASegmentThatStravaDoesNotHave(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{})
	_, err := g.StarSegment(asOwner(t), fitness.StarSegmentInput{ID: "999999999", Starred: true})
	refused(t, err, fitness.CodeBadUserInput, "input.id")
}
