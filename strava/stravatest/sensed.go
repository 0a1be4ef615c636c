package stravatest

import (
	"math"
	"slices"
)

// course is an activity with all that was recorded on its way; a channel that nobody recorded is nil.
type course struct {
	entry
	movement
	loop loop

	trace    []position
	altitude []float64 // metres
	grade    []float64 // per cent
	heart    []int     // beats per minute
	cadence  []int     // a minute; for runs of one leg
	watts    []int
	degrees  []int // Celsius
}

// record makes up what the device recorded. Averages and peaks are those of the row.
func (d *diary) record(e entry) course {
	c := course{entry: e, movement: d.move(e), loop: d.knownLoop(e.plan)}
	if e.Manual {
		return c
	}
	if e.uploaded != nil {
		c.trace, c.altitude = e.uploaded.trace, e.uploaded.altitude
		if e.uploaded.heart != nil {
			c.heart = whole(e.uploaded.heart)
		}
		return c
	}
	c.heart = d.sense(c, 2, e.row.AverageHeartrate, e.row.MaxHeartrate, 1.1)
	c.cadence = d.sense(c, 3, e.row.AverageCadence, nil, 1.08)
	var peak *decimal
	if e.row.MaxWatts != nil {
		peak = new(decimal(*e.row.MaxWatts))
	}
	c.watts = d.sense(c, 4, e.row.AverageWatts, peak, 2)
	if e.row.AverageTemp != nil {
		c.degrees = d.sense(c, 5, new(decimal(*e.row.AverageTemp)), new(decimal(*e.row.AverageTemp+2)), 1)
	}
	if e.hasTrace() {
		c.tellPlace(d)
	}
	return c
}

// sense makes up a channel with a mean and a peak; without a peak it is that much above the mean.
func (d *diary) sense(c course, stream uint64, mean, peak *decimal, above float64) []int {
	if mean == nil {
		return nil
	}
	r := d.stream(c.plan, stream)
	waves := wavesBetween(r, 0.3, 1, 2, 5, 13, 29)
	highest := float64(*mean) * above
	if peak != nil {
		highest = float64(*peak)
	}
	seconds := float64(c.last())
	curve := func(share float64) float64 {
		warmingUp := math.Exp(-share * seconds / 90)
		return sum(waves, 2*math.Pi*share) - 1.2*warmingUp
	}
	return whole(fit(c.last()+1, curve, float64(*mean), highest))
}

// tellPlace lays the way on the map. No receiver is better than some two metres.
func (c *course) tellPlace(d *diary) {
	r := d.stream(c.plan, 6)
	shares := make([]float64, len(c.distance))
	c.altitude = make([]float64, len(c.distance))
	for i, metres := range c.distance {
		shares[i] = metres / c.Distance
		c.altitude[i] = c.spot.altitude + c.Climb*c.loop.height(shares[i])
	}
	c.trace = c.loop.along(c.spot, c.Distance, shares)
	turns := max(1, math.Round(c.Distance/300))
	north, east := wavesBetween(r, 2e-5, turns), wavesBetween(r, 2e-5, turns)
	for i, share := range shares {
		angle := 2 * math.Pi * share
		c.trace[i].latitude += north[0].at(angle) - north[0].at(0)
		c.trace[i].longitude += east[0].at(angle) - east[0].at(0)
	}
	c.grade = make([]float64, len(c.distance))
	for i := range c.grade {
		from, to := max(0, i-5), min(c.last(), i+5)
		if run := c.distance[to] - c.distance[from]; run > 0 {
			c.grade[i] = 100 * (c.altitude[to] - c.altitude[from]) / run
		}
	}
}

// polyline is the trace, thinned to what a map needs.
func (c course) polyline() string {
	return encodePolyline(thinned(c.trace, min(max(int(c.Distance/20), 150), 1500)))
}

// thinned leaves that many points, and the first one; fewer when there are fewer.
func thinned(trace []position, points int) []position {
	points = min(points, len(trace)-1)
	left := make([]position, 0, points+1)
	for i := range points + 1 {
		left = append(left, trace[i*(len(trace)-1)/points])
	}
	return left
}

// mean is that of a channel on a stretch, both ends included; null where there is none.
func mean(channel []int, from, to int) *decimal {
	if channel == nil {
		return nil
	}
	total := 0
	for _, v := range channel[from : to+1] {
		total += v
	}
	return new(decimal(float64(total) / float64(to+1-from)))
}

func peak(channel []int, from, to int) *decimal {
	if channel == nil {
		return nil
	}
	return new(decimal(slices.Max(channel[from : to+1])))
}

// rounded is a tenth's precision, or null.
func rounded(v *decimal) *decimal {
	if v == nil {
		return nil
	}
	return new(round(float64(*v), 1))
}
