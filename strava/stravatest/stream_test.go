package stravatest_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

func decodeRaw[T any](t *testing.T, text json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("decode: %v: %.200s", err, text)
	}
	return v
}

// streams is a StreamSet.
type streams struct {
	Time      struct{ Data []float64 }
	Distance  struct{ Data []float64 }
	Latlng    struct{ Data [][2]float64 }
	Altitude  struct{ Data []float64 }
	Velocity  struct{ Data []float64 } `json:"velocity_smooth"`
	Heartrate struct{ Data []float64 }
	Cadence   struct{ Data []float64 }
	Watts     struct{ Data []float64 }
	Temp      struct{ Data []float64 }
	Moving    struct{ Data []bool }
	Grade     struct{ Data []float64 } `json:"grade_smooth"`
}

const allKeys = "time,distance,latlng,altitude,velocity_smooth,heartrate,cadence,watts,temp,moving,grade_smooth"

func (f *fake) streams(path string) streams {
	f.t.Helper()
	return decode[streams](f.t, f.get(f.AccessToken(), path+"/streams?key_by_type=true&keys="+allKeys))
}

func average(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total / float64(len(values))
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

func TestStreamsAgreeWithTheActivity(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	channels := map[string]int{}
	for i, row := range f.all() {
		if i%13 > 0 || row.text("manual") == "true" {
			continue
		}
		id := row.text("id")
		detail, s := f.detail(row), f.streams("/activities/"+id)
		n := len(s.Time.Data)
		complain := func(format string, values ...any) {
			t.Errorf("%s %s: %s", id, row.str("name"), fmt.Sprintf(format, values...))
		}
		if float64(n-1) != detail.num("moving_time") || s.Time.Data[0] != 0 || s.Time.Data[n-1] != detail.num("elapsed_time") {
			complain("%d samples up to %v s, moving %s s of %s s", n, s.Time.Data[n-1], detail.text("moving_time"), detail.text("elapsed_time"))
		}
		if !near(s.Distance.Data[n-1], detail.num("distance"), 0.1) || !slices.IsSorted(s.Distance.Data) || !slices.IsSorted(s.Time.Data) {
			complain("distance %v, the activity has %s", s.Distance.Data[n-1], detail.text("distance"))
		}
		for name, length := range map[string]int{
			"distance": len(s.Distance.Data), "latlng": len(s.Latlng.Data), "altitude": len(s.Altitude.Data), "velocity": len(s.Velocity.Data),
			"heartrate": len(s.Heartrate.Data), "cadence": len(s.Cadence.Data), "watts": len(s.Watts.Data), "temp": len(s.Temp.Data),
			"moving": len(s.Moving.Data), "grade": len(s.Grade.Data),
		} {
			if length == 0 {
				continue
			}
			channels[name]++
			if length != n {
				complain("%d samples of %s, %d of time", length, name, n)
			}
		}
		for field, data := range map[string][]float64{"average_heartrate": s.Heartrate.Data, "average_cadence": s.Cadence.Data, "average_watts": s.Watts.Data} {
			if (detail.text(field) == "") != (len(data) == 0) || len(data) > 0 && !near(average(data), detail.num(field), 0.1) {
				complain("%s is %s, the stream's is %v", field, detail.text(field), average(data))
			}
		}
		if len(s.Heartrate.Data) > 0 && (slices.Max(s.Heartrate.Data) != detail.num("max_heartrate") || slices.Min(s.Heartrate.Data) < 40) {
			complain("heart rate from %v to %v, at most %s", slices.Min(s.Heartrate.Data), slices.Max(s.Heartrate.Data), detail.text("max_heartrate"))
		}
		if len(s.Velocity.Data) > 0 && (!near(slices.Max(s.Velocity.Data), detail.num("max_speed"), 0.01) || slices.Min(s.Velocity.Data) < 0) {
			complain("speed from %v to %v, at most %s", slices.Min(s.Velocity.Data), slices.Max(s.Velocity.Data), detail.text("max_speed"))
		}
		if len(s.Latlng.Data) > 0 {
			full, _ := traces(t, detail)
			if ends := [][2]float64{s.Latlng.Data[0], full[0]}; metres(ends) > 2 {
				complain("the stream and the line start %.0f m apart", metres(ends))
			}
			if got := metres(s.Latlng.Data); !near(got, detail.num("distance"), 0.1*detail.num("distance")) {
				complain("the trace is %.0f m long, the activity %s", got, detail.text("distance"))
			}
		}
		f.checkPieces(detail, s)
	}
	for name, least := range map[string]int{"latlng": 20, "altitude": 20, "heartrate": 20, "cadence": 20, "watts": 5, "temp": 10, "grade": 20, "velocity": 20} {
		if channels[name] < least {
			t.Errorf("only %d activities have a stream %s", channels[name], name)
		}
	}
}

// checkPieces holds laps, best efforts and segment efforts to the streams.
func (f *fake) checkPieces(detail raw, s streams) {
	t := f.t
	t.Helper()
	type piece struct {
		Name       string
		Distance   float64
		Elapsed    float64  `json:"elapsed_time"`
		Moving     float64  `json:"moving_time"`
		From       int      `json:"start_index"`
		To         int      `json:"end_index"`
		Heart      *float64 `json:"average_heartrate"`
		PaceZone   int      `json:"pace_zone"`
		StartLocal string   `json:"start_date_local"`
	}
	for _, kind := range []string{"laps", "best_efforts", "segment_efforts"} {
		if detail[kind] == nil {
			continue
		}
		for _, p := range decodeRaw[[]piece](t, detail[kind]) {
			if p.Elapsed != s.Time.Data[p.To]-s.Time.Data[p.From] || p.Moving != float64(p.To-p.From) {
				t.Errorf("%s: %s %+v lasts %v s in the streams", detail.text("id"), kind, p, s.Time.Data[p.To]-s.Time.Data[p.From])
			}
			if got := s.Distance.Data[p.To] - s.Distance.Data[p.From]; !near(got, p.Distance, 15) {
				t.Errorf("%s: %s %+v is %v m long in the streams", detail.text("id"), kind, p, got)
			}
			if p.Heart != nil && !near(*p.Heart, average(s.Heartrate.Data[p.From:p.To+1]), 0.06) {
				t.Errorf("%s: %s %+v has the wrong heart rate", detail.text("id"), kind, p)
			}
		}
	}
	if detail["best_efforts"] == nil {
		return
	}
	best := map[string]float64{}
	for _, p := range decodeRaw[[]piece](t, detail["best_efforts"]) {
		best[p.Name] = p.Elapsed
	}
	for _, split := range decodeRaw[[]piece](t, detail["splits_metric"]) {
		if split.Distance >= 1001 && best["1K"] > split.Elapsed {
			t.Errorf("%s: the best kilometre took %v s, one of the splits %v s", detail.text("id"), best["1K"], split.Elapsed)
		}
	}
}

func TestEffortsLieOnTheSegment(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	token := f.AccessToken()
	ranked := 0
	for _, id := range f.SegmentIDs() {
		segment := decode[raw](t, f.get(token, fmt.Sprintf("/segments/%d", id)))
		ground := decode[streams](t, f.get(token, fmt.Sprintf("/segments/%d/streams?keys=distance,latlng,altitude&key_by_type=true", id)))
		last := len(ground.Latlng.Data) - 1
		if !near(ground.Distance.Data[last], segment.num("distance"), 0.1) || slices.Max(ground.Altitude.Data) != segment.num("elevation_high") {
			t.Errorf("segment %d: %s m, its stream %v", id, segment.text("distance"), ground.Distance.Data[last])
		}
		efforts := decode[[]raw](t, f.get(token, fmt.Sprintf("/segment_efforts?segment_id=%d&per_page=20", id)))
		stats := decodeRaw[raw](t, segment["athlete_segment_stats"])
		if len(efforts) == 0 || stats.text("pr_elapsed_time") != efforts[0].text("elapsed_time") {
			t.Errorf("segment %d: %d efforts, record %s", id, len(efforts), stats.text("pr_elapsed_time"))
			continue
		}
		for _, row := range []raw{efforts[0], efforts[len(efforts)-1]} {
			if row.num("id") < 1<<53 {
				t.Errorf("effort id %s", row.text("id"))
			}
			effort := decode[raw](t, f.get(token, "/segment_efforts/"+row.text("id")))
			part := f.streams("/segment_efforts/" + row.text("id"))
			n := len(part.Latlng.Data) - 1
			activity := f.streams("/activities/" + decodeRaw[raw](t, effort["activity"]).text("id"))
			if from := int(effort.num("start_index")); n != int(effort.num("end_index"))-from || activity.Latlng.Data[from] != part.Latlng.Data[0] {
				t.Errorf("effort %s is not a stretch of its activity", row.text("id"))
			}
			for i, j := range map[int]int{0: 0, n: last} {
				if gap := metres([][2]float64{part.Latlng.Data[i], ground.Latlng.Data[j]}); gap > 20 {
					t.Errorf("effort %s: %.0f m from the segment", row.text("id"), gap)
				}
			}
			if part.Time.Data[n]-part.Time.Data[0] != effort.num("elapsed_time") {
				t.Errorf("effort %s: %s s, in the streams %v", row.text("id"), effort.text("elapsed_time"), part.Time.Data[n]-part.Time.Data[0])
			}
			if effort.text("pr_rank") == "1" {
				ranked++
			}
			if effort.text("kom_rank") != "null" || decodeRaw[raw](t, effort["activity"]).text("name") == "" {
				t.Errorf("effort: %v", effort)
			}
		}
	}
	if ranked == 0 {
		t.Error("no effort was a record")
	}
	if len(f.Violations()) > 0 {
		t.Errorf("violations: %v", f.Violations())
	}
}

func TestEffortsByDate(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	for day := 1; day <= 5; day++ {
		f.AddActivity(stravatest.Activity{Sport: "Ride", Commute: true, Distance: 6240, Start: time.Date(2026, 11, day, 7, 0, 0, 0, time.UTC)})
	}
	path := fmt.Sprintf("/segment_efforts?segment_id=%d&start_date_local=2026-11-02T00:00:00Z&end_date_local=2026-11-04T23:59:59Z", f.SegmentIDs()[0])
	efforts := decode[[]raw](t, f.get(f.AccessToken(), path))
	if len(efforts) != 3 {
		t.Errorf("%d efforts in three days", len(efforts))
	}
	for i, effort := range efforts {
		if i > 0 && effort.num("elapsed_time") < efforts[i-1].num("elapsed_time") {
			t.Error("the fastest is not the first")
		}
	}
	old := decode[[]raw](t, f.get(f.AccessToken(), fmt.Sprintf("/segments/%d/all_efforts", f.SegmentIDs()[0])))
	if len(old) != 5 {
		t.Errorf("%d efforts in the older list", len(old))
	}
	for _, effort := range old { // A rank is that of its day: what came later does not count.
		rank := 1
		for _, other := range old {
			if other.str("start_date") < effort.str("start_date") && other.num("elapsed_time") <= effort.num("elapsed_time") {
				rank++
			}
		}
		want := fmt.Sprint(rank)
		if rank > 3 {
			want = "null"
		}
		if effort.text("pr_rank") != want || (effort.text("achievements") == "[]") != (rank > 3) {
			t.Errorf("%s: rank %s, want %s, achievements %s", effort.text("start_date"), effort.text("pr_rank"), want, effort.text("achievements"))
		}
	}
}

func TestSimilarActivities(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	var counts []string
	for day := 1; day <= 3; day++ {
		id := f.AddActivity(stravatest.Activity{Sport: "Ride", Commute: true, Distance: 6240, Start: time.Date(2026, 11, day, 7, 0, 0, 0, time.UTC)})
		detail := decode[raw](t, f.get(f.AccessToken(), fmt.Sprintf("/activities/%d", id)))
		similar := decodeRaw[raw](t, detail["similar_activities"])
		counts = append(counts, similar.text("effort_count"))
		if trend := decodeRaw[raw](t, similar["trend"]); len(decodeRaw[[]float64](t, trend["speeds"])) != day || trend.text("current_activity_index") != fmt.Sprint(day-1) {
			t.Errorf("day %d: %s", day, detail.text("similar_activities"))
		}
	}
	first := f.all()[2]
	if detail := f.detail(first); decodeRaw[raw](t, detail["similar_activities"]).text("effort_count") != "1" {
		t.Errorf("the first knows of later ones: %s", detail.text("similar_activities"))
	}
	alone := f.AddActivity(stravatest.Activity{Distance: 5000})
	detail := f.get(f.AccessToken(), fmt.Sprintf("/activities/%d", alone))
	if !slices.Equal(counts, []string{"1", "2", "3"}) || !strings.Contains(detail.body, `"similar_activities":{"effort_count":0,"average_speed":0,`) {
		t.Errorf("counts %v; alone: %s", counts, detail.body)
	}
}

func TestEditedActivityHasOtherEfforts(t *testing.T) {
	t.Parallel()
	f, ride, _, _, _ := world(t)
	took := func() float64 {
		return decode[raw](t, f.get(f.AccessToken(), "/segment_efforts/"+f.effortOf(ride))).num("elapsed_time")
	}
	before := took()
	f.EditActivity(ride, func(a *stravatest.Activity) { a.Moving, a.Elapsed = 3*a.Moving, 3*a.Moving })
	if after := took(); after < 2*before {
		t.Errorf("the effort took %v s, and %v s in three times the time", before, after)
	}
}

func TestStreamsWithoutWhatIsRequired(t *testing.T) {
	t.Parallel()
	f, _, run, _, _ := world(t)
	token := f.AccessToken()
	path := fmt.Sprintf("/activities/%d/streams", run)
	without := decode[raw](t, f.get(token, path+"?key_by_type=true"))
	if len(without) != 1 || without["distance"] == nil || len(f.Violations()) != 1 {
		t.Errorf("without keys: %d streams, violations %v", len(without), f.Violations())
	}
	f.Forgive()
	list := decode[[]raw](t, f.get(token, path+"?keys=cadence,distance"))
	if len(list) != 2 || list[0].str("type") != "distance" || list[0].str("series_type") != "distance" || len(f.Violations()) != 1 {
		t.Errorf("without key_by_type: %d streams, violations %v", len(list), f.Violations())
	}
	f.Forgive()
	segment := decode[raw](t, f.get(token, fmt.Sprintf("/segments/%d/streams?key_by_type=true", f.SegmentIDs()[0])))
	if len(segment) != 3 || len(f.Violations()) != 1 {
		t.Errorf("a segment's without keys: %d streams, violations %v", len(segment), f.Violations())
	}
	f.Forgive()
	some := f.get(token, path+"?keys=time&key_by_type=true")
	if set := decode[raw](t, some); len(set) != 2 || !strings.Contains(set.text("distance"), `"data":[0.0,`) {
		t.Errorf("time alone: %.200s", some.body)
	}
}

func TestZonesAddUp(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	token := f.AccessToken()
	kinds := map[string]int{}
	for i, row := range f.all() {
		if i%17 > 0 {
			continue
		}
		zones := decode[[]raw](t, f.get(token, "/activities/"+row.text("id")+"/zones"))
		var types []string
		for _, zone := range zones {
			kinds[zone.str("type")]++
			types = append(types, zone.str("type"))
			total := 0.0
			for _, bucket := range decodeRaw[[]raw](t, zone["distribution_buckets"]) {
				total += bucket.num("time")
				if spelled := strings.HasSuffix(bucket.text("time"), ".0"); spelled != (zone.str("type") == "heartrate") {
					t.Errorf("%s: %s s in a zone of %s", row.text("id"), bucket.text("time"), zone.str("type"))
				}
			}
			if total != row.num("moving_time") {
				t.Errorf("%s: %v s in zones of %s, it took %s s", row.text("id"), total, zone.str("type"), row.text("moving_time"))
			}
		}
		slices.Sort(types)
		available := decodeRaw[[]string](t, f.detail(row)["available_zones"])
		slices.Sort(available)
		if !slices.Equal(types, available) {
			t.Errorf("%s: zones %v, the detail says %v", row.text("id"), types, available)
		}
	}
	if kinds["heartrate"] < 10 || kinds["pace"] < 5 || kinds["power"] < 1 {
		t.Errorf("zones: %v", kinds)
	}
	if got := f.get(token, "/athlete/zones").body; !strings.Contains(got, `{"min":173,"max":-1}`) || strings.Contains(got, "power") {
		t.Errorf("athlete's zones: %s", got)
	}
	f.SetFTP(250)
	if got := f.get(token, "/athlete/zones").body; !strings.Contains(got, `"power":{"zones":[{"min":0,"max":137}`) {
		t.Errorf("athlete's zones with an FTP: %s", got)
	}
}

func TestGearAddsUp(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(2))
	token := f.AccessToken()
	sums := map[string]float64{}
	for _, row := range f.all() {
		distance := row.num("distance")
		if distance == 0 && row.text("trainer") == "true" {
			distance = f.detail(row).num("distance")
		}
		sums[row.str("gear_id")] += distance
	}
	delete(sums, "")
	for id, sum := range sums {
		got := f.get(token, "/gear/"+id)
		gear := decode[raw](t, got)
		if !near(gear.num("distance"), sum, 1) || !near(gear.num("converted_distance"), sum/1000, 0.1) || !strings.Contains(gear.text("converted_distance"), ".") {
			t.Errorf("%s: %s m and %s km, the activities have %.1f m", id, gear.text("distance"), gear.text("converted_distance"), sum)
		}
		bike := strings.HasPrefix(id, "b")
		if (gear.text("frame_type") != "") != bike || (gear.text("notification_distance") != "") == bike || gear.text("nickname") == "null" {
			t.Errorf("%s", got.body)
		}
	}
	if !f.EditGear("b9921340", func(g *stravatest.Gear) { g.Name, g.Retired, g.Brand = "Rusty", true, "Garage" }) || f.EditGear("b1", func(*stravatest.Gear) {}) {
		t.Error("EditGear does not find gear that is used, or finds some that is not")
	}
	if gear := decode[raw](t, f.get(token, "/gear/b9921340")); gear.str("name") != "Rusty" || gear.text("retired") != "true" || gear.str("brand_name") != "Garage" {
		t.Errorf("edited gear: %v", gear)
	}
	if athlete := f.get(token, "/athlete").body; strings.Contains(athlete, "b9921340") {
		t.Error("the athlete lists retired gear")
	}
}

func TestSubscriberFieldsGo(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	scored := func() (rows, details int) {
		all := f.all()
		for i, row := range all {
			if row.text("suffer_score") != "" {
				rows++
			}
			if i < 10 && f.detail(row).text("suffer_score") != "" {
				details++
			}
		}
		return rows, details
	}
	if rows, details := scored(); rows == 0 || details == 0 {
		t.Errorf("%d rows and %d details are scored for a subscriber", rows, details)
	}
	f.Subscriber(false)
	if rows, details := scored(); rows+details != 0 {
		t.Errorf("%d rows and %d details are scored without a subscription", rows, details)
	}
	if athlete := decode[raw](t, f.get(f.AccessToken(), "/athlete")); athlete.text("premium") != "false" || athlete.text("summit") != "false" {
		t.Errorf("athlete: %v", athlete)
	}
}
