package stravatest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// detail makes up the rest of an activity when it is asked for.
func (d *diary) detail(id int64, link linker) (any, bool) {
	for _, e := range d.snapshot() {
		if e.row.ID == id {
			return d.detailOf(e, link), true
		}
	}
	return nil, false
}

func (d *diary) detailOf(e entry, link linker) detailedActivity {
	r := d.random(e.plan)
	s := sportNamed(e.Sport)
	a := detailedActivity{
		summaryActivity: e.row,
		Description:     orNull(e.Description), Calories: e.calories(s), SegmentEfforts: []any{},
		Photos: e.photos(link), HideFromHome: e.muted, EmbedToken: embedToken(e.row.ID), AvailableZones: []string{},
		StatsVisibility: []wireStatsFlag{},
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
	for _, g := range d.garage() {
		if g.id == e.GearID {
			a.Gear = new(g.wire())
		}
	}
	d.tellCourse(&a, e, s, r)
	return a
}

// calories are the power's where there is some: a kilojoule at the pedal costs about a kilocalorie.
func (e entry) calories(s sport) decimal {
	if e.row.Kilojoules != nil {
		return round(float64(*e.row.Kilojoules)*1.02, 0)
	}
	return round(e.Moving.Minutes()*s.calories*e.effort(), 0)
}

// tellCourse writes what happened on the way: the full trace, laps, splits, best efforts.
func (d *diary) tellCourse(a *detailedActivity, e entry, s sport, r *rand.Rand) {
	a.Map.ResourceState, a.Map.Polyline = 3, a.Map.SummaryPolyline
	loop := newLoop(e.spot, e.way)
	if e.hasTrace() {
		trace := loop.trace(e.spot, e.Distance, min(max(int(e.Distance/20), 100), 1500))
		for i := range trace { // No receiver is better than some two metres.
			trace[i].latitude += 2e-5 * (2*r.Float64() - 1)
			trace[i].longitude += 2e-5 * (2*r.Float64() - 1)
		}
		a.Map.Polyline = new(encodePolyline(trace))
	}
	a.Laps = []wireLap{}
	if e.Manual {
		return
	}
	course := course{entry: e, loop: loop, rhythm: []wave{{0.02, 1, 6 * r.Float64()}, {0.01, 3, 6 * r.Float64()}}}
	lap := map[string]float64{"Run": 5000, "Ride": 20000, "Swim": 500}[s.kind]
	if e.Workout == 3 {
		lap = 1000
	}
	for _, p := range course.parts(lap) {
		a.Laps = append(a.Laps, p.lap())
	}
	if s.kind != "Run" && s.kind != "Walk" && s.kind != "Hike" {
		return
	}
	for _, p := range course.parts(1000) {
		a.SplitsMetric = append(a.SplitsMetric, p.split())
	}
	for _, p := range course.parts(1609.344) {
		a.SplitsStandard = append(a.SplitsStandard, p.split())
	}
	if s.kind == "Run" {
		a.BestEfforts = course.bestEfforts()
	}
}

// course is how an activity went on its way.
type course struct {
	entry
	loop   loop
	rhythm []wave // faster here, slower there
}

// after is the share of the time that a share of the way took.
func (c course) after(share float64) float64 {
	angle := 2 * math.Pi * share
	return share + sum(c.rhythm, angle) - sum(c.rhythm, 0)
}

// part is a piece of the course.
type part struct {
	course
	number          int
	from, to        float64 // shares of the way
	starts, seconds int     // moving
	elapsed         int
	metres, rise    float64
}

// parts cuts the course; zero metres, or a course of no length, gives one piece. The pieces add up to the whole.
func (c course) parts(metres float64) []part {
	count := 1
	if metres > 0 && c.Distance > metres {
		count = int(math.Ceil(c.Distance / metres))
	}
	at := func(total time.Duration, share float64) int { return int(math.Round(total.Seconds() * c.after(share))) }
	parts := make([]part, count)
	for i := range parts {
		from, to := 0.0, 1.0
		if count > 1 {
			from, to = float64(i)*metres/c.Distance, min(1, float64(i+1)*metres/c.Distance)
		}
		parts[i] = part{
			course: c, number: i + 1, from: from, to: to,
			starts: at(c.Elapsed, from), seconds: at(c.Moving, to) - at(c.Moving, from), elapsed: at(c.Elapsed, to) - at(c.Elapsed, from),
			metres: c.Distance * (to - from), rise: c.Climb * (c.loop.height(to) - c.loop.height(from)),
		}
	}
	return parts
}

func (p part) duration() time.Duration { return time.Duration(p.seconds) * time.Second }

// heart rises on the way.
func (p part) heart() *decimal {
	if !p.row.HasHeartrate {
		return nil
	}
	return new(decimal(float64(*p.row.AverageHeartrate) * (0.95 + 0.1*(p.from+p.to)/2))) // Strava does not round it.
}

func (p part) split() wireSplit {
	pace := speed(p.metres, p.duration())
	return wireSplit{
		Distance: round(p.metres, 1), ElapsedTime: p.elapsed, MovingTime: p.seconds, Split: p.number,
		ElevationDifference: round(p.rise, 1), AverageSpeed: round(float64(pace), 2),
		AverageGradeAdjustedSpeed: new(round(float64(pace)*(1+3*p.rise/max(1, p.metres)), 2)),
		AverageHeartrate:          p.heart(), PaceZone: 2,
	}
}

func (p part) lap() wireLap {
	start := p.shownStart().Add(time.Duration(p.starts) * time.Second)
	l := wireLap{
		ID: 2*p.row.ID + int64(p.number), ResourceState: 2, Name: "Lap " + strconv.Itoa(p.number),
		Activity: p.activity(), Athlete: p.row.Athlete, ElapsedTime: p.elapsed, MovingTime: p.seconds,
		StartDate: start.UTC().Format(time.RFC3339), StartDateLocal: falseZ(start),
		Distance: round(p.metres, 1), AverageSpeed: speed(p.metres, p.duration()), MaxSpeed: p.row.MaxSpeed,
		LapIndex: p.number, Split: p.number, StartIndex: p.starts, EndIndex: p.starts + p.elapsed,
		TotalElevationGain: climb(round(max(0, p.rise), 1)), AverageCadence: p.row.AverageCadence,
		AverageWatts: p.row.AverageWatts, DeviceWatts: p.row.DeviceWatts != nil && *p.row.DeviceWatts,
		AverageHeartrate: p.heart(),
	}
	if p.row.HasHeartrate {
		l.MaxHeartrate = p.row.MaxHeartrate
	}
	return l
}

func (e entry) activity() wireActivity { return wireActivity{e.row.ID, e.row.Visibility, 1} }

// bestEfforts: the shorter, the faster.
func (c course) bestEfforts() []wireBestEffort {
	distances := []struct {
		name   string
		metres int
	}{
		{"400m", 400}, {"1/2 mile", 805}, {"1K", 1000}, {"1 mile", 1609}, {"2 mile", 3219}, {"5K", 5000}, {"10K", 10000},
		{"15K", 15000}, {"10 mile", 16090}, {"20K", 20000}, {"Half-Marathon", 21097}, {"30K", 30000}, {"Marathon", 42195},
	}
	var efforts []wireBestEffort
	for i, d := range distances {
		share := float64(d.metres) / c.Distance
		if share > 1 {
			break
		}
		seconds := int(c.Moving.Seconds() * share * (0.9 + 0.1*share))
		starts := int(c.Elapsed.Seconds() * (1 - share) / 2)
		start := c.shownStart().Add(time.Duration(starts) * time.Second)
		efforts = append(efforts, wireBestEffort{
			ID: 3*c.row.ID + int64(i), ResourceState: 2, Name: d.name, Activity: c.activity(), Athlete: c.row.Athlete,
			ElapsedTime: seconds, MovingTime: seconds, StartDate: start.UTC().Format(time.RFC3339), StartDateLocal: falseZ(start),
			Distance: d.metres, Achievements: []any{}, StartIndex: starts, EndIndex: starts + seconds,
		})
	}
	return efforts
}

// photos: none at all is "primary":null and a count of 0.
func (e entry) photos(link linker) wirePhotos {
	if e.Photos == 0 {
		return wirePhotos{}
	}
	photo := photoID(e.row.ID)
	return wirePhotos{
		Primary: &wirePhoto{UniqueID: photo, Source: 1, MediaType: 1, URLs: map[string]string{
			"600": link(photoPath(photo, large)), "100": link(photoPath(photo, small)),
		}},
		UsePrimaryPhoto: true, Count: e.Photos,
	}
}

func embedToken(id int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "embed %d", id))
	return hex.EncodeToString(sum[:20])
}
