package stravatest

import (
	"math"
	"time"
)

// ground is a way of a fixed length that is done again and again: the way to work, and the courses of the races. What
// lies on one, a segment or a route, lies at the same place for every activity there.
type ground struct {
	spot   spot
	way    int
	metres float64
	ascent float64
	kind   string // of sport
}

// The way to work, and its climb.
const (
	wayToWork      = 6240
	wayToWorkClimb = 58
)

func commuteGround() ground {
	return ground{spot: home(), way: commuteWay, metres: wayToWork, ascent: wayToWorkClimb, kind: "Ride"}
}

// The numbers of the loops that are always the same.
const (
	commuteWay = 1
	raceWay    = 7
)

// ground is the course of a race.
func (r race) ground() ground {
	s := sportNamed(r.sport)
	return ground{spot: home(), way: raceWay, metres: r.km * 1000, ascent: r.km * s.climb, kind: s.kind}
}

// carries reports whether an activity was on the ground.
func (g ground) carries(e entry) bool {
	return e.hasTrace() && e.spot == g.spot && e.way == g.way && math.Abs(e.Distance-g.metres) < 1 && sportNamed(e.Sport).kind == g.kind
}

// outline is a stretch of the ground, between shares of its length.
type outline struct {
	trace              []position
	distance, altitude []float64
}

func (d *diary) outline(g ground, from, to float64, points int) outline {
	loop := d.knownLoop(plan{spot: g.spot, way: g.way})
	var o outline
	shares := make([]float64, points+1)
	for i := range shares {
		shares[i] = from + (to-from)*float64(i)/float64(points)
		o.distance = append(o.distance, (shares[i]-from)*g.metres)
		o.altitude = append(o.altitude, g.spot.altitude+g.ascent*loop.height(shares[i]))
	}
	o.trace = loop.along(g.spot, g.metres, shares)
	return o
}

// gain is the sum of all ups.
func (o outline) gain() float64 {
	total := 0.0
	for i := 1; i < len(o.altitude); i++ {
		total += max(0, o.altitude[i]-o.altitude[i-1])
	}
	return total
}

// grades are the mean and the steepest one, in per cent.
func (o outline) grades() (mean, steepest float64) {
	last := len(o.distance) - 1
	steepest = math.Inf(-1)
	for i := 1; i <= last; i++ {
		steepest = max(steepest, 100*(o.altitude[i]-o.altitude[i-1])/(o.distance[i]-o.distance[i-1]))
	}
	return 100 * (o.altitude[last] - o.altitude[0]) / o.distance[last], steepest
}

func (o outline) channels() channels {
	return channels{
		"distance": roundAll(o.distance, 1), "altitude": roundAll(o.altitude, 1), "latlng": latlngs(o.trace),
	}
}

// starred is when the athlete starred a segment; false when they did not, or do no longer.
func (d *diary) starred(segment int64) (time.Time, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	when, ok := d.stars[segment]
	return when, ok
}
