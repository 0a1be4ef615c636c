package strava

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// SummaryActivity is an activity as the list has it. Distances and heights are in metres, durations in seconds, speeds
// in metres per second, temperatures in degrees Celsius. A nil pointer means that Strava did not say, mostly for want of
// the sensor.
type SummaryActivity struct {
	ID ID `json:"id"`
	// ResourceState is 2 for a summary and 3 for a detailed activity.
	ResourceState Int         `json:"resource_state"`
	Athlete       MetaAthlete `json:"athlete"`
	Name          string      `json:"name"`
	// ExternalID, UploadID and UploadIDStr are empty for a manual entry.
	ExternalID  string `json:"external_id,omitempty"`
	UploadID    ID     `json:"upload_id,omitempty"`
	UploadIDStr string `json:"upload_id_str,omitempty"`

	// SportType is one of Strava's sport types, to which it adds from time to time. Answers of before 2022 lack it.
	SportType string `json:"sport_type"`
	// Type is the older, coarser word: TrailRun is Run, most newer sports are Workout.
	Type        string `json:"type"`
	WorkoutType *Int   `json:"workout_type"`

	// StartDate is the true instant. A hidden start time is reported as one second past midnight.
	StartDate time.Time `json:"start_date"`
	// StartDateLocal is the wall clock at the start. Its Z is false: it is no instant, and only its calendar date and
	// its clock may be used.
	StartDateLocal time.Time `json:"start_date_local"`
	// Timezone is like "(GMT-05:00) America/New_York". The name is right; the prefix ignores daylight saving time.
	Timezone string `json:"timezone"`
	// UTCOffset is in seconds east of UTC at the start, daylight saving time included.
	UTCOffset *Int `json:"utc_offset,omitempty"`

	Distance           Float  `json:"distance"`
	MovingTime         Int    `json:"moving_time"`
	ElapsedTime        Int    `json:"elapsed_time"`
	TotalElevationGain Float  `json:"total_elevation_gain"`
	ElevHigh           *Float `json:"elev_high,omitempty"`
	ElevLow            *Float `json:"elev_low,omitempty"`
	AverageSpeed       Float  `json:"average_speed"`
	MaxSpeed           Float  `json:"max_speed"`

	// LocationCity, LocationState and LocationCountry are mostly empty.
	LocationCity    string `json:"location_city,omitempty"`
	LocationState   string `json:"location_state,omitempty"`
	LocationCountry string `json:"location_country,omitempty"`

	HasHeartrate     bool   `json:"has_heartrate"`
	AverageHeartrate *Float `json:"average_heartrate,omitempty"`
	MaxHeartrate     *Float `json:"max_heartrate,omitempty"`
	// HeartrateOptOut says that the athlete hides the heart rate of this activity from others;
	// DisplayHideHeartrateOption, that Strava's own pages offer to.
	HeartrateOptOut            bool `json:"heartrate_opt_out,omitempty"`
	DisplayHideHeartrateOption bool `json:"display_hide_heartrate_option,omitempty"`
	// AverageCadence is in revolutions a minute; for runs in steps of one leg.
	AverageCadence       *Float `json:"average_cadence,omitempty"`
	AverageTemp          *Float `json:"average_temp,omitempty"`
	AverageWatts         *Float `json:"average_watts,omitempty"`
	MaxWatts             *Int   `json:"max_watts,omitempty"`
	WeightedAverageWatts *Int   `json:"weighted_average_watts,omitempty"`
	// DeviceWatts says that the watts are measured by a power meter, not estimated.
	DeviceWatts bool   `json:"device_watts,omitempty"`
	Kilojoules  *Float `json:"kilojoules,omitempty"`
	// SufferScore is Strava's relative effort, for subscribers.
	SufferScore *Float `json:"suffer_score,omitempty"`

	// Visibility is "everyone", "followers_only" or "only_me"; empty when Strava did not say, which is no permission to
	// show the activity.
	Visibility   string `json:"visibility,omitempty"`
	Private      bool   `json:"private"`
	HideFromHome bool   `json:"hide_from_home,omitempty"`
	Trainer      bool   `json:"trainer"`
	Commute      bool   `json:"commute"`
	Manual       bool   `json:"manual"`
	Flagged      bool   `json:"flagged"`
	// FromAcceptedTag says that the activity is a copy of another athlete's, who tagged this one.
	FromAcceptedTag bool `json:"from_accepted_tag,omitempty"`

	// GearID is empty for an activity without gear.
	GearID     string `json:"gear_id"`
	DeviceName string `json:"device_name,omitempty"`

	StartLatlng LatLng      `json:"start_latlng"`
	EndLatlng   LatLng      `json:"end_latlng"`
	Map         PolylineMap `json:"map"`

	AchievementCount Int `json:"achievement_count"`
	PRCount          Int `json:"pr_count"`
	KudosCount       Int `json:"kudos_count"`
	CommentCount     Int `json:"comment_count"`
	AthleteCount     Int `json:"athlete_count"`
	// PhotoCount counts Instagram photos, TotalPhotoCount all of them.
	PhotoCount      Int  `json:"photo_count"`
	TotalPhotoCount Int  `json:"total_photo_count"`
	HasKudoed       bool `json:"has_kudoed"`
}

// PolylineMap is the trace of an activity in Google's encoded polyline format, precision 5. Both lines are empty for an
// activity without GPS.
type PolylineMap struct {
	ID string `json:"id"`
	// SummaryPolyline is thinned by Strava.
	SummaryPolyline string `json:"summary_polyline"`
	// Polyline is the full trace, in a detailed activity only.
	Polyline string `json:"polyline,omitempty"`
}

// LatLng is a point in degrees, or none: Strava sends [] or null where there is no GPS.
type LatLng []float64

// Coordinates returns the point; ok is false when there is none.
func (p LatLng) Coordinates() (latitude, longitude float64, ok bool) {
	if len(p) != 2 {
		return 0, 0, false
	}
	return p[0], p[1], true
}

// ActivitiesOptions say which part of the list to ask for. The zero value asks for the newest 30.
type ActivitiesOptions struct {
	// Before and After bound the start date; Strava compares whole seconds. Zero means no bound. An After in the future
	// is refused by Strava.
	Before, After time.Time
	// Page counts from 1; zero means the first.
	Page int
	// PerPage is at most [MaxPerPage]; zero means Strava's default of 30.
	PerPage int
}

func (o ActivitiesOptions) query() (url.Values, error) {
	query, err := PageOptions{Page: o.Page, PerPage: o.PerPage}.query()
	if err != nil {
		return nil, err
	}
	if !o.Before.IsZero() {
		// Rounded up, so that an activity which started in the same second but earlier is not lost.
		query.Set("before", strconv.FormatInt(o.Before.Add(time.Second-1).Unix(), 10))
	}
	if !o.After.IsZero() {
		query.Set("after", strconv.FormatInt(o.After.Unix(), 10))
	}
	return query, nil
}

// Activities returns one page of the athlete's activities. It costs one call.
//
// The order is not to be relied on: newest first, but oldest first when only After is set. Pages shift when an activity
// is added while they are read, so the same activity can come twice. An empty page is the end of the list; a short one
// need not be.
//
// A row that cannot be decoded is left out and logged by its place, because one corrupt activity must not hide the
// others; a page with no decodable row at all is an error, because it must not look like the end of the list.
//
// Scope: activity:read; activity:read_all for those that only the athlete may see.
//
// https://developers.strava.com/docs/reference/#api-Activities-getLoggedInAthleteActivities
func (c *Client) Activities(ctx context.Context, options ActivitiesOptions) ([]SummaryActivity, error) {
	return list(ctx, c, reading("/athlete/activities").with(options), func(row *SummaryActivity) bool { return row.ID > 0 })
}
