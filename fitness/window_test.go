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

	"domestique/fitness"
	"domestique/strava"
)

// scripted is a Strava that lists just what a test says, in its order.
type scripted struct {
	athlete atomic.Int64 // who it is; zero: 1
	down    atomic.Bool  // whether the list fails
	rows    []scriptedRow
}

type scriptedRow struct {
	ID             int64     `json:"id"`
	Name           string    `json:"name"`
	SportType      string    `json:"sport_type"`
	StartDate      time.Time `json:"start_date"`
	StartDateLocal time.Time `json:"start_date_local"`
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/athlete" {
		_ = json.NewEncoder(w).Encode(map[string]int64{"id": max(s.athlete.Load(), 1)})
		return
	}
	if s.down.Load() {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min((page-1)*200, len(s.rows))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s.rows[from:min(from+200, len(s.rows))])
}

func (s *scripted) service(tb testing.TB) *fitness.Service {
	tb.Helper()
	return s.serve(tb, fitness.Config{})
}

func (s *scripted) serve(tb testing.TB, config fitness.Config) *fitness.Service {
	tb.Helper()
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	config.Strava = newClient(tb, strava.Config{BaseURL: server.URL, Tokens: oneToken{token: "token"}})
	return newService(tb, config)
}

// hourly is a row an hour, the newest with the highest id.
func hourly(count int) []scriptedRow {
	var rows []scriptedRow
	for hour := range count {
		start := noon.Add(-time.Duration(hour) * time.Hour)
		rows = append(rows, scriptedRow{ID: int64(count - hour), SportType: "Run", StartDate: start, StartDateLocal: start})
	}
	return rows
}

func total(tb testing.TB, service *fitness.Service) int {
	tb.Helper()
	page, err := service.Activities(tb.Context(), fitness.ActivitiesQuery{})
	if err != nil {
		tb.Fatalf("list activities: %v", err)
	}
	return page.TotalCount
}

// Strava lists an activity with a hidden start time by the true one, and shows midnight. One such at the end of the page
// must not make those between its place and midnight, on the next page, look deleted.
func TestAHiddenStartAtThePagesEndHidesNothingElse(t *testing.T) {
	t.Parallel()
	upstream := &scripted{rows: hourly(300)}
	upstream.rows[199].StartDate = upstream.rows[199].StartDate.Truncate(24 * time.Hour).Add(time.Second)
	service := upstream.service(t)
	if got := total(t, service); got != 300 {
		t.Fatalf("got %d activities", got)
	}
	if err := service.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := total(t, service); got != 300 {
		t.Errorf("got %d activities after a sync without news, want 300", got)
	}
}

// An old activity whose start was edited moves up; what stood before its old place is not deleted.
func TestAnOldActivityThatMovesUpTakesNothingAway(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]int{"to the top": 0, "to the end of the page": 199} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := &scripted{rows: hourly(700)}
			service := upstream.service(t)
			if got := total(t, service); got != 700 {
				t.Fatalf("got %d activities", got)
			}
			moved := upstream.rows[600]
			moved.StartDate = upstream.rows[to].StartDate.Add(time.Minute)
			upstream.rows = slices.Insert(slices.Delete(slices.Clone(upstream.rows), 600, 601), to, moved)
			if err := service.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := total(t, service); got != 700 {
				t.Errorf("got %d activities, want 700", got)
			}
		})
	}
}

// A list that never ends is not read for ever.
func TestAnEndlessListIsGivenUp(t *testing.T) {
	t.Parallel()
	var pages atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/athlete" {
			_, _ = w.Write([]byte(`{"id": 1}`))
			return
		}
		pages.Add(1)
		_, _ = w.Write([]byte(shortPage))
	}))
	t.Cleanup(server.Close)
	service := newService(t, fitness.Config{Strava: newClient(t, strava.Config{BaseURL: server.URL, Tokens: oneToken{token: "token"}})})
	_, err := service.Activities(t.Context(), fitness.ActivitiesQuery{})
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	if got := pages.Load(); got != 500 {
		t.Errorf("%d pages were read, want 500", got)
	}
}
