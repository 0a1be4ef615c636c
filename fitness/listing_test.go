package fitness_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava"
	"domestique/tokens"
)

// planner is a Strava whose athlete has planned many routes.
type planner struct {
	ids   atomic.Pointer[[]int64]
	calls atomic.Int64
}

func (p *planner) plan(from, to int64) {
	var ids []int64
	for id := from; id <= to; id++ {
		ids = append(ids, id)
	}
	p.ids.Store(&ids)
}

func (p *planner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.calls.Add(1)
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	perPage, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	rows := []map[string]any{}
	for i, id := range *p.ids.Load() {
		if i/perPage == page-1 {
			rows = append(rows, map[string]any{"id": id, "name": strconv.FormatInt(id, 10)})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows)
}

func (p *planner) serve(tb testing.TB, clock *clock) *fitness.Service {
	tb.Helper()
	server := httptest.NewServer(p)
	tb.Cleanup(server.Close)
	return newService(tb, fitness.Config{
		Now: clock.Now, Tokens: grant{State: tokens.StateConnected, Pinned: true, AthleteID: 7},
		Strava: newClient(tb, strava.Config{BaseURL: server.URL, Tokens: oneToken{token: "token"}}),
	})
}

func routes(tb testing.TB, service *fitness.Service, first int, after *string) *fitness.ListPage[*fitness.Route] {
	tb.Helper()
	page, err := service.Routes(asOwner(tb), fitness.ListQuery{First: &first, After: after})
	if err != nil {
		tb.Fatalf("ask for routes: %v", err)
	}
	return page
}

func routeIDs(page *fitness.ListPage[*fitness.Route]) (ids []int64) {
	for _, route := range page.Nodes {
		ids = append(ids, route.StravaID)
	}
	return ids
}

// As few of Strava's pages are read as tell what the page holds and whether more follows.
func TestStravasPagesAreReadAsFarAsNeeded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		planned, first int
		hasNext        bool
		calls          int64
	}{
		{0, 30, false, 1}, {5, 30, false, 1}, {30, 30, false, 1}, {31, 30, true, 1}, {450, 30, true, 1},
		{199, 200, false, 1}, {200, 200, false, 2}, {201, 200, true, 2}, {450, 199, true, 1}, {450, 0, true, 1}, {0, 0, false, 1},
	} {
		upstream := &planner{}
		upstream.plan(1, int64(test.planned))
		page := routes(t, upstream.serve(t, &clock{now: noon}), test.first, nil)
		if len(page.Nodes) != min(test.first, test.planned) || page.HasNext != test.hasNext || page.HasPrevious {
			t.Errorf("%+v: %d routes, hasNext %t, hasPrevious %t", test, len(page.Nodes), page.HasNext, page.HasPrevious)
		}
		if calls := upstream.calls.Load(); calls != test.calls {
			t.Errorf("%+v: %d calls", test, calls)
		}
	}
}

func TestPagesGoOnOverStravasPages(t *testing.T) {
	t.Parallel()
	upstream := &planner{}
	upstream.plan(1, 450)
	service := upstream.serve(t, &clock{now: noon})
	var all []int64
	for after := (*string)(nil); ; {
		page := routes(t, service, 150, after)
		all = append(all, routeIDs(page)...)
		if !page.HasNext {
			break
		}
		after = &page.Cursors[len(page.Cursors)-1]
	}
	if len(all) != 450 || !slices.IsSorted(all) || len(slices.Compact(all)) != 450 {
		t.Errorf("got %d routes", len(all))
	}
	if calls := upstream.calls.Load(); calls != 3 {
		t.Errorf("%d calls, want 3", calls)
	}
}

// A route is planned, or deleted, between two pages.
func TestACursorFollowsItsElement(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		from, to int64
		want     []int64
	}{
		"unchanged":       {1, 10, []int64{4, 5}},
		"two came before": {-1, 10, []int64{4, 5}},
		"one went before": {2, 10, []int64{4, 5}},
		"its element too": {4, 10, []int64{7, 8}}, // by its place then
		"all but one":     {10, 10, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream, clock := &planner{}, &clock{now: noon}
			upstream.plan(1001, 1010)
			service := upstream.serve(t, clock)
			third := routes(t, service, 3, nil).Cursors[2]

			upstream.plan(1000+test.from, 1000+test.to)
			clock.advance(2 * time.Hour)
			page := routes(t, service, 2, &third)
			var want []int64
			for _, id := range test.want {
				want = append(want, 1000+id)
			}
			if diff := cmp.Diff(want, routeIDs(page)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a cursor is spelled like, it is one of this list or a mistake of the client's.
func FuzzListCursor(f *testing.F) {
	upstream := &planner{}
	upstream.plan(1, 3)
	service := upstream.serve(f, &clock{now: noon})
	for _, cursor := range routes(f, service, 3, nil).Cursors {
		f.Add(cursor)
	}
	f.Add("")
	f.Add("cm91dGVzIDEgMQ==")
	f.Add("cm91dGVzIC0xIDE")
	f.Add("a3Vkb3M6MSAxIA")
	f.Fuzz(func(t *testing.T, cursor string) {
		page, err := service.Routes(asOwner(t), fitness.ListQuery{First: new(2), After: &cursor})
		if err != nil {
			refused(t, err, fitness.CodeBadUserInput, "after")
			return
		}
		if len(page.Nodes) > 2 || len(page.Cursors) != len(page.Nodes) || !page.HasPrevious && len(page.Nodes) > 0 {
			t.Errorf("%q gives %+v", cursor, page)
		}
	})
}
