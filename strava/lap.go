package strava

import (
	"context"
	"time"
)

// Lap is a part of an activity that the athlete or the device marked; an activity without marks is one lap. Metres,
// seconds, metres per second.
type Lap struct {
	ID            ID           `json:"id"`
	ResourceState Int          `json:"resource_state"`
	Name          string       `json:"name"`
	Activity      MetaActivity `json:"activity"`
	Athlete       MetaAthlete  `json:"athlete"`
	// LapIndex counts from 1.
	LapIndex Int `json:"lap_index"`
	// Split is the number of the lap, too.
	Split Int `json:"split"`
	// StartIndex and EndIndex are places in the activity's streams, both included.
	StartIndex Int `json:"start_index"`
	EndIndex   Int `json:"end_index"`

	StartDate time.Time `json:"start_date"`
	// StartDateLocal is a wall clock with a false Z.
	StartDateLocal time.Time `json:"start_date_local"`

	Distance           Float `json:"distance"`
	MovingTime         Int   `json:"moving_time"`
	ElapsedTime        Int   `json:"elapsed_time"`
	TotalElevationGain Float `json:"total_elevation_gain"`
	AverageSpeed       Float `json:"average_speed"`
	MaxSpeed           Float `json:"max_speed"`

	// AverageCadence is in revolutions a minute; for runs in steps of one leg.
	AverageCadence   *Float `json:"average_cadence,omitempty"`
	AverageHeartrate *Float `json:"average_heartrate,omitempty"`
	MaxHeartrate     *Float `json:"max_heartrate,omitempty"`
	AverageWatts     *Float `json:"average_watts,omitempty"`
	// DeviceWatts says that the watts are measured by a power meter, not estimated.
	DeviceWatts bool `json:"device_watts,omitempty"`
	PaceZone    *Int `json:"pace_zone,omitempty"`
}

// Laps returns the laps of an activity, in their order. It costs one call; [Client.Activity] has the same laps.
//
// Scope: activity:read; activity:read_all for an activity that only the athlete may see.
//
// https://developers.strava.com/docs/reference/#api-Activities-getLapsByActivityId
func (c *Client) Laps(ctx context.Context, activityID int64) ([]Lap, error) {
	return list(ctx, c, reading("/activities/{id}/laps").of(activityID), func(lap *Lap) bool { return lap.ID > 0 })
}
