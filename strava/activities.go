package strava

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// MaxPerPage is the largest page that Strava gives.
const MaxPerPage = 200

// SummaryActivity is an activity as the list has it. Distances and heights are in metres, durations in seconds, speeds
// in metres per second, temperatures in degrees Celsius. A nil pointer means that Strava did not say, mostly for want of
// the sensor.
type SummaryActivity struct {
	ID ID `json:"id"`
	// ResourceState is 2 for a summary and 3 for a detailed activity.
	ResourceState Int         `json:"resource_state"`
	Athlete       MetaAthlete `json:"athlete"`
	Name          string      `json:"name"`
	// ExternalID and UploadIDStr are empty for a manual entry.
	ExternalID  string `json:"external_id,omitempty"`
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

	HasHeartrate     bool   `json:"has_heartrate"`
	AverageHeartrate *Float `json:"average_heartrate,omitempty"`
	MaxHeartrate     *Float `json:"max_heartrate,omitempty"`
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

// DetailedActivity is an activity with what only a call of its own gives.
//
// It can disagree with the list's row of the same activity: one trainer ride is known whose distance is 101529.0 here
// and 0.0 there.
type DetailedActivity struct {
	SummaryActivity

	Description string `json:"description"`
	// Calories are kilocalories.
	Calories *Float `json:"calories,omitempty"`
	// PerceivedExertion is what the athlete said, from 1 to 10.
	PerceivedExertion *Float        `json:"perceived_exertion"`
	Gear              *SummaryGear  `json:"gear,omitempty"`
	Photos            PhotosSummary `json:"photos"`
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

// PhotosSummary is what a detailed activity tells of its photos.
type PhotosSummary struct {
	Count Int `json:"count"`
	// Primary is nil for an activity without photos.
	Primary *PrimaryPhoto `json:"primary"`
}

// PrimaryPhoto is the photo that stands for an activity.
type PrimaryPhoto struct {
	UniqueID string `json:"unique_id"`
	// URLs maps the length of the longer side in pixels, such as "600", to the picture.
	URLs map[string]string `json:"urls"`
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
	if o.Page < 0 {
		return nil, fmt.Errorf("page %d: must not be negative", o.Page)
	}
	if o.PerPage < 0 || o.PerPage > MaxPerPage {
		return nil, fmt.Errorf("per page %d: must be between 1 and %d, or 0 for the default", o.PerPage, MaxPerPage)
	}
	query := make(url.Values)
	if !o.Before.IsZero() {
		// Rounded up, so that an activity which started in the same second but earlier is not lost.
		query.Set("before", strconv.FormatInt(o.Before.Add(time.Second-1).Unix(), 10))
	}
	if !o.After.IsZero() {
		query.Set("after", strconv.FormatInt(o.After.Unix(), 10))
	}
	if o.Page > 0 {
		query.Set("page", strconv.Itoa(o.Page))
	}
	if o.PerPage > 0 {
		query.Set("per_page", strconv.Itoa(o.PerPage))
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
	const op = "GET /athlete/activities"
	query, err := options.query()
	if err != nil {
		return nil, fmt.Errorf("strava: %s: %w", op, err)
	}
	body, err := c.fetch(ctx, request{op: op, path: "/athlete/activities", query: query})
	if err != nil {
		return nil, err
	}
	rows, skipped, err := decodeList(body, func(row *SummaryActivity) bool { return row.ID > 0 })
	if err != nil {
		return nil, misshapen(op)
	}
	for _, index := range skipped {
		c.logger.WarnContext(ctx, "activity left out: its row could not be decoded", "op", op, "index", index)
	}
	return rows, nil
}

// Activity returns one activity in detail. It costs one call.
//
// Strava answers [ErrNotFound] also for an activity that the athlete may not see, and for some seconds after the
// creation of one. A corrupt activity can answer [ErrUnavailable] for ever.
//
// Scope: activity:read; activity:read_all for one that only the athlete may see.
//
// https://developers.strava.com/docs/reference/#api-Activities-getActivityById
func (c *Client) Activity(ctx context.Context, id int64) (*DetailedActivity, error) {
	const op = "GET /activities/{id}"
	if id <= 0 {
		return nil, fmt.Errorf("strava: %s: no activity has the id %d: %w", op, id, ErrNotFound)
	}
	activity := new(DetailedActivity)
	if err := c.get(ctx, request{op: op, path: "/activities/" + strconv.FormatInt(id, 10)}, activity); err != nil {
		return nil, err
	}
	if activity.ID <= 0 {
		return nil, misshapen(op)
	}
	return activity, nil
}
