package fitness

import "cmp"

// minSpeedRecordMeters is the least distance that counts for speed: the shortest that people race over. Less is what a
// recorder makes up that was started by mistake.
const minSpeedRecordMeters = 100

// Records are the activities with the most of something. One is nil where no activity has any of it, and of equals it is
// the earlier: a record stands until it is beaten.
//
// What is flagged at Strava as wrong holds no record, as it holds none there. What was entered by hand does: it counts in
// every sum as well, and the filter can leave it out.
type Records struct {
	LongestDistance   *Activity
	LongestMovingTime *Activity
	MostElevationGain *Activity
	// FastestAverageSpeed is by the average speed that Strava gives, over a distance of at least 100 m.
	FastestAverageSpeed *Activity
}

// Records are those among the activities of the choice.
func (s *Stats) Records() *Records {
	return &Records{
		LongestDistance:     s.record(func(a *Activity) float64 { return a.DistanceMeters }),
		LongestMovingTime:   s.record(func(a *Activity) float64 { return float64(a.MovingTime) }),
		MostElevationGain:   s.record(func(a *Activity) float64 { return a.ElevationGainMeters }),
		FastestAverageSpeed: s.record(recordSpeed),
	}
}

// record is the activity with the most of what is measured, if it is more than nothing.
func (s *Stats) record(measure func(*Activity) float64) *Activity {
	var holder *Activity
	most := 0.0
	for _, activity := range s.activities {
		if activity.IsFlagged {
			continue
		}
		value := measure(activity)
		if value > most || value == most && holder != nil && activity.before(holder) {
			holder, most = activity, value
		}
	}
	return holder
}

func recordSpeed(a *Activity) float64 {
	if a.AverageMetersPerSecond == nil || a.DistanceMeters < minSpeedRecordMeters {
		return 0
	}
	return *a.AverageMetersPerSecond
}

// before reports whether a started before other; of those that started at once, the one that Strava had first did.
func (a *Activity) before(other *Activity) bool {
	return cmp.Or(a.StartedAt.Compare(other.StartedAt), cmp.Compare(a.StravaID, other.StravaID)) < 0
}
