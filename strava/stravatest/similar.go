package stravatest

import "slices"

// wireSimilar compares an activity with those on the same way. Without any others all numbers are 0.
type wireSimilar struct {
	EffortCount     int       `json:"effort_count"`
	AverageSpeed    climb     `json:"average_speed"`
	MinAverageSpeed climb     `json:"min_average_speed"`
	MidAverageSpeed climb     `json:"mid_average_speed"`
	MaxAverageSpeed climb     `json:"max_average_speed"`
	PRRank          *int      `json:"pr_rank"`
	Milestone       *string   `json:"frequency_milestone"`
	Trend           wireTrend `json:"trend"`
	ResourceState   int       `json:"resource_state"`
}

type wireTrend struct {
	Speeds       decimals `json:"speeds"`
	CurrentIndex *int     `json:"current_activity_index"`
	MinSpeed     climb    `json:"min_speed"`
	MidSpeed     climb    `json:"mid_speed"`
	MaxSpeed     climb    `json:"max_speed"`
	Direction    int      `json:"direction"`
}

// similar looks at the ground that the activity was on, up to the activity itself; the trend is that of the last ten.
func (d *diary) similar(e entry) wireSimilar {
	w := wireSimilar{Trend: wireTrend{Speeds: decimals{}}, ResourceState: 2}
	grounds := []ground{commuteGround()}
	for _, r := range races() {
		grounds = append(grounds, r.ground())
	}
	i := slices.IndexFunc(grounds, func(g ground) bool { return g.carries(e) })
	if i < 0 {
		return w
	}
	total := 0.0
	for _, other := range slices.Backward(d.snapshot()) {
		if !grounds[i].carries(other) || other.Start.After(e.Start) {
			continue
		}
		speed := other.Distance / other.Moving.Seconds() // Strava does not round it.
		w.Trend.Speeds = append(w.Trend.Speeds, speed)
		total += speed
	}
	w.EffortCount = len(w.Trend.Speeds)
	w.AverageSpeed = climb(total / float64(w.EffortCount))
	w.Trend.Speeds = w.Trend.Speeds[max(0, w.EffortCount-10):]
	w.Trend.CurrentIndex = new(len(w.Trend.Speeds) - 1)
	low, high := slices.Min(w.Trend.Speeds), slices.Max(w.Trend.Speeds)
	w.MinAverageSpeed, w.MidAverageSpeed, w.MaxAverageSpeed = climb(low), climb((low+high)/2), climb(high)
	w.Trend.MinSpeed, w.Trend.MidSpeed, w.Trend.MaxSpeed = w.MinAverageSpeed, w.MidAverageSpeed, w.MaxAverageSpeed
	return w
}
