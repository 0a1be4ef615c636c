package main_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// With 1,500 activities the first fill takes ten calls at the most, beside those that keep details warm, and after it a
// thousand queries of a dashboard take none.
func TestADashboardCostsNoCalls(t *testing.T) {
	t.Parallel()
	const activities, mostCalls = 1500, 10
	sports := []string{"Run", "Ride", "Swim"}
	var history []stravatest.Activity
	for n := range activities {
		history = append(history, stravatest.Activity{
			Sport: sports[n%len(sports)], Distance: 1000, Photos: 1,
			Start: time.Now().UTC().Truncate(time.Second).Add(-time.Duration(n+2) * 7 * time.Hour),
		})
	}
	strava := connected(t, stravatest.Config{Activities: history})
	gateway := start(t, t.TempDir(), append(strava.env, "OWNER_KEY="+webhookOwnerKey))
	gateway.mirrored(t, activities)

	details := "GET /activities/{id}"
	gateway.eventually(t, 10*time.Second, func() error {
		if got := strava.Calls()[details]; got != len(sports) {
			return fmt.Errorf("details were asked for %d times, want those of the newest of %d sports", got, len(sports))
		}
		return nil
	})
	calls := apiCalls(strava.Calls())
	if filled := calls - len(sports); filled > mostCalls {
		t.Errorf("the fill took %d calls, at most %d are wanted: %v", filled, mostCalls, strava.Calls())
	}
	t.Logf("the fill took %d calls", calls-len(sports))

	for n := range 1000 {
		var got struct {
			Latest struct {
				Nodes []struct{ PrimaryPhoto *struct{ URL string } }
			}
			List  struct{ Nodes []struct{ Name string } }
			Stats struct {
				Totals   struct{ Count int }
				BySport  []struct{ Totals struct{ Count int } }
				Periods  []struct{ Start string }
				Longest  struct{ Longest *struct{ Length int } }
				Goal     struct{ Done float64 }
				Records  struct{ LongestDistance *struct{ Name string } }
				Estimate struct{ Number int }
			}
		}
		err := gateway.ask(webhookOwnerKey, fmt.Sprintf(`{
			latest: activities(first: 1, filter: {sports: [%s]}) { nodes { primaryPhoto { url } } }
			list: activities(first: %d, orderBy: {field: DISTANCE, direction: DESC}, filter: {movingTime: {min: %d}}) { nodes { name } }
			stats {
				totals { count } bySport { totals { count } } periods(by: MONTH, last: 12) { start }
				longest: streak(by: WEEK) { longest { length } } goal(distance: 1000, period: YEAR) { done }
				records { longestDistance { name } } estimate: eddington { number }
			}
		}`, strings.ToUpper(sports[n%len(sports)]), n%30+1, n%100), &got)
		if err != nil {
			t.Fatalf("query %d: %v\n%s", n, err, gateway.output)
		}
		if got.Stats.Totals.Count != activities || len(got.Stats.Periods) != 12 || len(got.Latest.Nodes) != 1 || got.Latest.Nodes[0].PrimaryPhoto == nil {
			t.Fatalf("query %d: %+v", n, got)
		}
	}
	if after := apiCalls(strava.Calls()); after != calls {
		t.Errorf("a thousand queries took %d calls: %v", after-calls, strava.Calls())
	}
}

// apiCalls are all calls but those for tokens.
func apiCalls(counts map[string]int) int {
	sum := 0
	for operation, count := range counts {
		if !strings.Contains(operation, "oauth") {
			sum += count
		}
	}
	return sum
}
