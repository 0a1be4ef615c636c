package stravatest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
)

// detail makes up the rest of an activity when it is asked for.
func (d *diary) detail(id int64, link linker) (any, bool) {
	e, ok := d.find(id)
	if !ok {
		return nil, false
	}
	return d.detailOf(e, link), true
}

func (d *diary) detailOf(e entry, link linker) detailedActivity {
	r := d.random(e.plan)
	s := sportNamed(e.Sport)
	a := detailedActivity{
		summaryActivity: e.row,
		Description:     orNull(e.Description), Calories: e.calories(s), SegmentEfforts: []wireEffort{},
		Photos: e.photos(link), HideFromHome: e.muted, EmbedToken: embedToken(e.row.ID), SimilarActivities: d.similar(e), AvailableZones: []string{},
		StatsVisibility: []wireStatsFlag{},
	}
	if !d.self().subscriber {
		a.SufferScore = nil
	}
	a.ResourceState = 3
	a.Distance, a.TotalElevationGain = round(e.Distance, 1), climb(math.Round(e.Climb))
	if r.IntN(5) == 0 {
		a.PerceivedExertion = new(3 + r.IntN(6))
	}
	for _, what := range []string{"heart_rate", "pace", "power", "speed", "calories"} {
		a.StatsVisibility = append(a.StatsVisibility, wireStatsFlag{what, everyone})
	}
	if e.row.HasHeartrate {
		a.AvailableZones = append(a.AvailableZones, "heartrate")
	}
	if e.row.DeviceWatts != nil && *e.row.DeviceWatts {
		a.AvailableZones = append(a.AvailableZones, "power")
	}
	if s.kind == "Run" && !e.Manual {
		a.AvailableZones = append(a.AvailableZones, "pace")
	}
	for _, g := range d.garage() {
		if g.id == e.GearID {
			a.Gear = new(g.wire())
		}
	}
	d.tellCourse(&a, e, s)
	return a
}

// calories are the power's where there is some: a kilojoule at the pedal costs about a kilocalorie.
func (e entry) calories(s sport) decimal {
	if e.row.Kilojoules != nil {
		return round(float64(*e.row.Kilojoules)*1.02, 0)
	}
	return round(e.Moving.Minutes()*s.calories*e.effort(), 0)
}

// tellCourse writes what happened on the way: the full trace, laps, splits, best efforts, segments.
func (d *diary) tellCourse(a *detailedActivity, e entry, s sport) {
	a.Map.ResourceState, a.Map.Polyline = 3, a.Map.SummaryPolyline
	a.Laps = []wireLap{}
	if e.Manual {
		return
	}
	course := d.record(e)
	if course.trace != nil {
		a.Map.Polyline = new(course.polyline())
	}
	for _, p := range course.laps() {
		a.Laps = append(a.Laps, p.lap())
	}
	a.SegmentEfforts = d.effortsIn(course)
	if s.kind != "Run" && s.kind != "Walk" && s.kind != "Hike" {
		return
	}
	for _, p := range course.pieces(1000) {
		a.SplitsMetric = append(a.SplitsMetric, p.split())
	}
	for _, p := range course.pieces(1609.344) {
		a.SplitsStandard = append(a.SplitsStandard, p.split())
	}
	if s.kind == "Run" {
		a.BestEfforts = course.bestEfforts()
	}
}

func embedToken(id int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "embed %d", id))
	return hex.EncodeToString(sum[:20])
}
