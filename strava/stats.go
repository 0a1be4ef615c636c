package strava

import "context"

// ActivityStats are Strava's own totals of an athlete. They count only rides, runs and swims that everyone may see, the
// recent ones (four weeks) are known to lag behind, and they have been wrong for weeks at a time: for correct totals add
// up the activities.
type ActivityStats struct {
	// BiggestRideDistance is in metres; nil when Strava leaves it out.
	BiggestRideDistance *Float `json:"biggest_ride_distance,omitempty"`
	// BiggestClimbElevationGain is in metres; nil when Strava leaves it out.
	BiggestClimbElevationGain *Float `json:"biggest_climb_elevation_gain,omitempty"`

	RecentRideTotals ActivityTotal `json:"recent_ride_totals"`
	RecentRunTotals  ActivityTotal `json:"recent_run_totals"`
	RecentSwimTotals ActivityTotal `json:"recent_swim_totals"`
	YTDRideTotals    ActivityTotal `json:"ytd_ride_totals"`
	YTDRunTotals     ActivityTotal `json:"ytd_run_totals"`
	YTDSwimTotals    ActivityTotal `json:"ytd_swim_totals"`
	AllRideTotals    ActivityTotal `json:"all_ride_totals"`
	AllRunTotals     ActivityTotal `json:"all_run_totals"`
	AllSwimTotals    ActivityTotal `json:"all_swim_totals"`
}

// ActivityTotal is one line of [ActivityStats]: metres and seconds.
type ActivityTotal struct {
	Count         Int   `json:"count"`
	Distance      Float `json:"distance"`
	MovingTime    Int   `json:"moving_time"`
	ElapsedTime   Int   `json:"elapsed_time"`
	ElevationGain Float `json:"elevation_gain"`
	// AchievementCount is known for the recent totals only.
	AchievementCount *Int `json:"achievement_count,omitempty"`
}

// Stats returns Strava's totals of the athlete. It costs one call.
//
// The athlete must be the one who granted the token; Strava refuses every other.
//
// Scope: read.
//
// https://developers.strava.com/docs/reference/#api-Athletes-getStats
func (c *Client) Stats(ctx context.Context, athleteID int64) (*ActivityStats, error) {
	return object(ctx, c, reading("/athletes/{id}/stats").ofAthlete(athleteID), func(*ActivityStats) bool { return true })
}
