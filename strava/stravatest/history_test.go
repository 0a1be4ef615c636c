package stravatest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// raw is a row or detail, with the spelling of every value as it was on the wire; what is absent is "".
type raw map[string]json.RawMessage

func (r raw) text(name string) string { return string(r[name]) }

func (r raw) str(name string) string {
	var s string
	_ = json.Unmarshal(r[name], &s) // "" where it is not a string.
	return s
}

func (r raw) num(name string) float64 {
	var n float64
	_ = json.Unmarshal(r[name], &n)
	return n
}

func (r raw) start(t *testing.T) time.Time {
	t.Helper()
	start, err := time.Parse(time.RFC3339, r.str("start_date"))
	if err != nil {
		t.Fatal(err)
	}
	return start
}

// years is a made-up history, without a quota in the way.
func years(n int) stravatest.Config {
	return stravatest.Config{Years: n, ReadLimits: [2]int{1e6, 1e6}}
}

// all reads the whole list as a client does: page by page until one is empty.
func (f *fake) all() []raw {
	f.t.Helper()
	token := f.AccessToken()
	var all []raw
	for page := 1; ; page++ {
		rows := decode[[]raw](f.t, f.get(token, fmt.Sprintf("/athlete/activities?per_page=200&page=%d", page)))
		if len(rows) == 0 {
			return all
		}
		all = append(all, rows...)
	}
}

func (f *fake) detail(row raw) raw {
	f.t.Helper()
	return decode[raw](f.t, f.get(f.AccessToken(), "/activities/"+row.text("id")))
}

// Every trap that real lists are known to have. A count is how many rows have it at least.
func TestListHasEveryTrap(t *testing.T) {
	t.Parallel()
	rows := newFake(t, stravatest.Config{}).all()
	for _, trap := range []struct {
		name  string
		least int
		has   func(r raw) bool
	}{
		{"an id beyond 31 bits", len(rows), func(r raw) bool { return r.num("id") > 1<<31 }},
		{"an id of this year, around 2e10", 100, func(r raw) bool { return r.num("id") > 1.9e10 && r.num("id") < 2.2e10 }},
		{"a fraction in utc_offset", len(rows), func(r raw) bool { return strings.HasSuffix(r.text("utc_offset"), ".0") }},
		{"a fraction in max_heartrate", 900, func(r raw) bool { return strings.HasSuffix(r.text("max_heartrate"), ".0") }},
		{"a fraction in suffer_score", 900, func(r raw) bool { return strings.HasSuffix(r.text("suffer_score"), ".0") }},
		{"a climb of 0", 100, func(r raw) bool { return r.text("total_elevation_gain") == "0" }},
		{"a climb with a fraction", 500, func(r raw) bool { return strings.HasSuffix(r.text("total_elevation_gain"), ".0") }},
		{"gear_id null", 100, func(r raw) bool { return r.text("gear_id") == "null" }},
		{"gear_id", 100, func(r raw) bool { return strings.HasPrefix(r.str("gear_id"), "g") }},
		{"workout_type null", 100, func(r raw) bool { return r.text("workout_type") == "null" }},
		{"workout_type 0", 50, func(r raw) bool { return r.text("workout_type") == "0" }},
		{"a race", 5, func(r raw) bool { return r.text("workout_type") == "1" }},
		{"a long run", 50, func(r raw) bool { return r.text("workout_type") == "2" }},
		{"a workout", 50, func(r raw) bool { return r.text("workout_type") == "3" }},
		{"a ride race", 1, func(r raw) bool { return r.text("workout_type") == "11" }},
		{"workout_type of weights", 50, func(r raw) bool { return r.text("workout_type") == "30" }},
		{"a manual entry", 10, func(r raw) bool {
			return r.text("manual") == "true" && r.text("upload_id") == "null" && r.text("external_id") == "null" && r.text("start_latlng") == "null"
		}},
		{"heart rate absent", 100, func(r raw) bool { return r.text("average_heartrate") == "" && r.text("suffer_score") == "" }},
		{"climb absent", 100, func(r raw) bool { return r.text("elev_high") == "" }},
		{"cadence absent", 100, func(r raw) bool { return r.text("average_cadence") == "" }},
		{"temperature absent outdoors", 50, func(r raw) bool { return r.text("average_temp") == "" && r.text("start_latlng") != "[]" }},
		{"temperature without a fraction", 500, func(r raw) bool {
			return r.text("average_temp") != "" && !strings.Contains(r.text("average_temp"), ".")
		}},
		{"no trace: [] and \"\"", 100, func(r raw) bool {
			return r.text("start_latlng") == "[]" && strings.Contains(r.text("map"), `"summary_polyline":""`)
		}},
		{"no trace: null", 10, func(r raw) bool { return strings.Contains(r.text("map"), `"summary_polyline":null`) }},
		{"measured power", 50, func(r raw) bool { return r.text("device_watts") == "true" && r.text("weighted_average_watts") != "" }},
		{"guessed power", 50, func(r raw) bool { return r.text("device_watts") == "false" && r.text("weighted_average_watts") == "" }},
		{"daylight saving, where the GMT prefix is wrong", 300, func(r raw) bool {
			return strings.HasPrefix(r.str("timezone"), "(GMT+01:00) Europe/") && r.num("utc_offset") == 7200
		}},
		{"an old name of a zone", 1, func(r raw) bool { return strings.HasSuffix(r.str("timezone"), " EST5EDT") }},
		{"an offset that is not whole hours", 5, func(r raw) bool {
			return r.num("utc_offset") == 20700 && r.str("timezone") == "(GMT+05:45) Asia/Kathmandu"
		}},
		{"a zone west of Greenwich", 5, func(r raw) bool { return r.num("utc_offset") == -14400 }},
		{"another date in UTC", 10, func(r raw) bool { return r.str("start_date")[:10] != r.str("start_date_local")[:10] }},
		{"a hidden start", 2, func(r raw) bool {
			return strings.HasSuffix(r.str("start_date"), "T00:00:01Z") && strings.HasSuffix(r.str("start_date_local"), "T00:00:01Z")
		}},
		{"elapsed far above moving", 20, func(r raw) bool { return r.num("elapsed_time") > 1.45*r.num("moving_time") }},
		{"elapsed below moving", 2, func(r raw) bool { return r.num("elapsed_time") < r.num("moving_time") }},
		{"everyone", 1000, func(r raw) bool { return r.str("visibility") == "everyone" && r.text("private") == "false" }},
		{"followers_only", 50, func(r raw) bool { return r.str("visibility") == "followers_only" && r.text("private") == "false" }},
		{"only_me", 20, func(r raw) bool { return r.str("visibility") == "only_me" && r.text("private") == "true" }},
		{"muted", 5, func(r raw) bool { return r.text("hide_from_home") == "true" }},
		{"a sport that nobody knows", 2, func(r raw) bool { return r.str("sport_type") == "Jetpacking" && r.str("type") == "Workout" }},
		{"a newer sport under an older type", 50, func(r raw) bool { return r.str("sport_type") == "TrailRun" && r.str("type") == "Run" }},
		{"an indoor ride", 50, func(r raw) bool { return r.str("sport_type") == "VirtualRide" && r.text("trainer") == "true" }},
		{"a pool swim", 100, func(r raw) bool { return r.str("sport_type") == "Swim" && r.text("start_latlng") == "[]" }},
		{"a commute", 50, func(r raw) bool { return r.text("commute") == "true" }},
		{"photos", 100, func(r raw) bool { return r.num("total_photo_count") > 0 && r.text("photo_count") == "0" }},
		{"no photos", 100, func(r raw) bool { return r.num("total_photo_count") == 0 }},
		{"company", 50, func(r raw) bool { return r.num("athlete_count") > 1 }},
		{"a name with characters that JSON escapes", 5, func(r raw) bool { return strings.ContainsAny(r.str("name"), "<&") }},
		{"a name beyond ASCII", 20, func(r raw) bool { return len(r.str("name")) != len([]rune(r.str("name"))) }},
		{"location_city null", len(rows), func(r raw) bool { return r.text("location_city") == "null" }},
	} {
		count := 0
		for _, row := range rows {
			if trap.has(row) {
				count++
			}
		}
		if count < trap.least {
			t.Errorf("%s: %d rows of %d, want %d or more", trap.name, count, len(rows), trap.least)
		}
	}
}

// What holds for every row, traps or not.
func TestRowsAreConsistent(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{})
	rows := f.all()
	seen := map[string]bool{}
	before := f.clock.Now()
	for _, row := range rows {
		complain := func(what string) { t.Errorf("%s: %s %s", row.text("id"), row.str("name"), what) }
		if seen[row.text("id")] {
			complain("occurs twice")
		}
		seen[row.text("id")] = true
		start := row.start(t)
		if start.After(before) {
			complain("is out of order")
		}
		before = start
		local, err := time.Parse(time.RFC3339, row.str("start_date_local"))
		hidden := strings.HasSuffix(row.str("start_date"), "T00:00:01Z")
		if err != nil || !hidden && local.Sub(start).Seconds() != row.num("utc_offset") {
			complain("utc_offset is not local time minus UTC")
		}
		if (row.text("has_heartrate") == "true") != (row.text("average_heartrate") != "") {
			complain("has_heartrate lies")
		}
		if moving := row.num("moving_time"); moving <= 0 || start.Add(time.Duration(row.num("elapsed_time"))*time.Second).After(f.clock.Now()) {
			complain("has not happened yet, or took no time")
		}
		if speed := row.num("average_speed"); speed < 0 || speed > 12 || row.num("max_speed") < speed && row.text("manual") == "false" {
			complain("has an unbelievable speed")
		}
		if row.str("name") == "" {
			complain("has no name")
		}
	}
}

// The list says 0 where the detail has a distance; the details of the other rides agree with their rows.
func TestListAndDetailDisagreeOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	disagree := 0
	for _, row := range f.all() {
		if row.str("sport_type") != "Ride" || row.text("commute") == "true" {
			continue
		}
		detail := f.detail(row)
		if detail.num("distance") == row.num("distance") {
			continue
		}
		disagree++
		if row.text("distance") != "0.0" || row.text("total_elevation_gain") != "0" || row.text("trainer") != "true" || detail.num("distance") < 1000 {
			t.Errorf("row %s, detail %s", row.text("distance"), detail.text("distance"))
		}
	}
	if disagree != 1 {
		t.Errorf("%d details disagree with their rows, want 1", disagree)
	}
}

func TestHistoryIsBelievable(t *testing.T) {
	t.Parallel()
	for _, now := range []string{"2026-11-22T12:00:00Z", "2026-01-02T00:00:00Z", "2027-01-01T00:00:00Z", "2028-02-29T23:59:59Z"} {
		for seed := uint64(1); seed <= 2; seed++ {
			t.Run(fmt.Sprintf("%s seed %d", now, seed), func(t *testing.T) {
				t.Parallel()
				c := at(t, now)
				rows := newFake(t, stravatest.Config{Seed: seed, Now: c.Now}).all()
				if len(rows) < 1500 {
					t.Errorf("%d activities", len(rows))
				}
				newest := map[string]raw{}
				perYear, longestGap := map[string]int{}, time.Duration(0)
				for i, row := range rows {
					if _, ok := newest[row.str("sport_type")]; !ok {
						newest[row.str("sport_type")] = row
					}
					perYear[row.str("start_date_local")[:4]]++
					if i == 0 {
						continue
					}
					gap := rows[i-1].start(t).Sub(row.start(t))
					longestGap = max(longestGap, gap)
					if gap > 5*24*time.Hour && row.start(t).After(c.Now().AddDate(0, 0, -26)) {
						t.Errorf("nothing for %v before %s, although the last weeks should be usual ones", gap, rows[i-1].str("start_date"))
					}
				}
				if len(newest) < 10 || len(perYear) < 5 {
					t.Errorf("%d sports, years %v", len(newest), perYear)
				}
				if age := c.Now().Sub(rows[0].start(t)); age > 48*time.Hour {
					t.Errorf("the newest is %v old", age)
				}
				if longestGap < 6*24*time.Hour || longestGap > 21*24*time.Hour {
					t.Errorf("the longest time off is %v", longestGap)
				}
				for _, sport := range []string{"Run", "Ride"} {
					row, age := newest[sport], c.Now().Sub(newest[sport].start(t))
					if age > 72*time.Hour || row.num("distance") <= 0 {
						t.Errorf("the newest %s is %v old: %s m", sport, age, row.text("distance"))
					}
					if row.str("start_date_local")[:4] != c.Now().Format("2006") {
						t.Errorf("no %s this year", sport)
					}
				}
			})
		}
	}
}

// What a frontend shows first has a picture.
func TestNewestRunAndRideHaveAPhoto(t *testing.T) {
	t.Parallel()
	c := at(t, "2026-01-01T12:00:00Z")
	for range 28 { // Every weekday, in every season.
		f := newFake(t, stravatest.Config{Now: c.Now, Years: 1})
		wanted := map[string]bool{"Run": true, "Ride": true}
		for _, row := range decode[[]raw](t, f.get(f.AccessToken(), "/athlete/activities")) {
			group := strings.TrimPrefix(row.str("type"), "Virtual")
			if wanted[group] && (row.num("total_photo_count") == 0 || row.str("visibility") != "everyone") {
				t.Errorf("%v: the newest %s has no photo for all to see", c.Now(), group)
			}
			wanted[group] = false
		}
		c.advance(313 * time.Hour)
	}
}

func TestSameSeedAndDaySameHistory(t *testing.T) {
	t.Parallel()
	body := func(seed uint64, now string) string {
		f := newFake(t, stravatest.Config{Seed: seed, Now: at(t, now).Now})
		var all strings.Builder
		for page := 1; page <= 3; page++ {
			all.WriteString(f.get(f.AccessToken(), fmt.Sprintf("/athlete/activities?per_page=200&page=%d", page)).body)
		}
		id := decode[[]listed](t, f.get(f.AccessToken(), "/athlete/activities"))[0].ID
		return all.String() + f.get(f.AccessToken(), fmt.Sprintf("/activities/%d", id)).body
	}
	first := body(1, "2026-11-22T00:00:00Z")
	if body(1, "2026-11-22T23:59:59Z") != first {
		t.Error("another history later on the same day")
	}
	dates := func(seed uint64) (all []time.Time) {
		f := newFake(t, stravatest.Config{Seed: seed})
		for _, row := range decode[[]listed](t, f.get(f.AccessToken(), "/athlete/activities?per_page=200")) {
			all = append(all, row.StartDate)
		}
		return all
	}
	if slices.Equal(dates(1), dates(2)) {
		t.Error("the seed decides nothing")
	}
	if body(1, "2026-11-23T00:00:00Z") == first {
		t.Error("a new day brings nothing")
	}
}

func TestStatsHaveTheirTraps(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{})
	got := f.get(f.AccessToken(), "/athletes/7700000042/stats")
	stats := decode[map[string]raw](t, got)
	count, moving := 0, 0.0
	for _, row := range f.all() {
		if row.str("type") == "Run" && row.str("visibility") == "everyone" {
			count++
			moving += row.num("moving_time")
		}
	}
	all, year, recent := stats["all_run_totals"], stats["ytd_run_totals"], stats["recent_run_totals"]
	if all.num("count") != float64(count) || all.num("moving_time") != moving {
		t.Errorf("all runs: %s in %s s, want %d in %.0f", all.text("count"), all.text("moving_time"), count, moving)
	}
	if !strings.HasSuffix(year.text("moving_time"), ".0") || strings.Contains(year.text("distance"), ".") || strings.Contains(all.text("moving_time"), ".") {
		t.Errorf("spelling: %v", stats)
	}
	if recent.text("achievement_count") == "" || year.text("achievement_count") != "" || all.text("achievement_count") != "" {
		t.Error("achievement_count belongs to the recent totals alone")
	}
	if len(stats) != 9 {
		t.Errorf("%d totals, want 9 and no biggest ride or climb", len(stats))
	}
	if zero := stats["recent_swim_totals"]; zero.text("elevation_gain") != "0" {
		t.Errorf("a climb of nothing: %s", zero.text("elevation_gain"))
	}

	// The recent totals lag behind: what was done today is in the others already.
	before := stats["recent_run_totals"].num("count")
	f.AddActivity(stravatest.Activity{Start: f.clock.Now().Add(-2 * time.Hour), Distance: 5000})
	stats = decode[map[string]raw](t, f.get(f.AccessToken(), "/athletes/7700000042/stats"))
	if stats["recent_run_totals"].num("count") != before || stats["ytd_run_totals"].num("count") != year.num("count")+1 {
		t.Error("a run of two hours ago: recent totals should not have it, those of the year should")
	}
}

func TestAthleteHasItsTraps(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{})
	athlete := decode[raw](t, f.get(f.AccessToken(), "/athlete"))
	for _, name := range []string{"friend", "follower", "ftp"} {
		if athlete.text(name) != "null" {
			t.Errorf("%s is %s, want null", name, athlete.text(name))
		}
	}
	var gear []struct {
		ID       string
		Primary  bool
		Distance json.Number
	}
	for _, kind := range []string{"bikes", "shoes"} {
		if err := json.Unmarshal(athlete[kind], &gear); err != nil || len(gear) < 3 || gear[0].Distance == "0" {
			t.Errorf("%s: %s, %v", kind, athlete.text(kind), err)
		}
	}
	if athlete.num("id") < 1<<31 {
		t.Errorf("id %s", athlete.text("id"))
	}
}
