package graph_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// dashboard is a page of activities with sums, of which every part can be asked for with other variables.
const dashboard = `query Dashboard($goal: Float!, $first: Int!, $from: Date!) {
  athlete { firstName lastName city picture measurement }
  activities(first: $first) {
    totalCount
    nodes {
      id stravaId url name sport startedAt localDate distance movingTime elapsedTime elevationGain averageSpeed averageHeartRate
      kudosCount commentCount isCommute isIndoor
      map { summaryPolyline }
    }
  }
  stats(filter: {dates: {from: $from}}) {
    totals { count distance movingTime elevationGain }
    bySport { sport totals { count distance movingTime } }
    periods(by: MONTH, last: 12) { start totals { count distance movingTime elevationGain } }
    goal(distance: $goal) { done target share }
  }
}`

// What it takes to answer a dashboard's query that was never asked before, over four years of activities.
func BenchmarkDashboard(b *testing.B) {
	s := newPatientStack(b, stravatest.Config{Years: 4}, time.Minute).filled(b)
	asked := 0
	b.ReportAllocs()
	for b.Loop() {
		asked++
		body := fmt.Sprintf(`{"query":%s,"variables":{"goal":%d,"first":30,"from":"2026-01-01"}}`, strconv.Quote(dashboard), 1000+asked)
		r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader([]byte(body)))
		r.Header.Set("Authorization", "Bearer "+ownerKey)
		r.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		s.handler.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusOK || bytes.Contains(recorder.Body.Bytes(), []byte(`"errors"`)) {
			b.Fatalf("%d %s", recorder.Code, recorder.Body)
		}
	}
}
