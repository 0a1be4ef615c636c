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
	query := r.URL.Query()
	rows := slices.Clone(s.rows)
	if before, _ := strconv.ParseInt(query.Get("before"), 10, 64); before > 0 {
		rows = slices.DeleteFunc(rows, func(row scriptedRow) bool { return row.StartDate.Unix() >= before })
	}
	if query.Has("after") { // which alone turns the list around
		slices.Reverse(rows)
	}
	page, _ := strconv.Atoi(query.Get("page"))
	from := min((max(page, 1)-1)*200, len(rows))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows[from:min(from+200, len(rows))])
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
	page, err := service.Activities(asOwner(tb), fitness.ActivitiesQuery{})
	if err != nil {
		tb.Fatalf("list activities: %v", err)
	}
	return page.TotalCount
}
