package strava

import "context"

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
	PerceivedExertion *Float `json:"perceived_exertion"`
	// PreferPerceivedExertion says that the athlete wants Strava to count it in place of the heart rate.
	PreferPerceivedExertion bool          `json:"prefer_perceived_exertion,omitempty"`
	Gear                    *SummaryGear  `json:"gear,omitempty"`
	Photos                  PhotosSummary `json:"photos"`

	Laps []Lap `json:"laps,omitempty"`
	// SplitsMetric are kilometres and SplitsStandard miles; runs have them.
	SplitsMetric   []Split `json:"splits_metric,omitempty"`
	SplitsStandard []Split `json:"splits_standard,omitempty"`
	// BestEfforts are the fastest of the distances that Strava knows, such as "1 mile"; runs have them. They have no
	// Segment.
	BestEfforts    []DetailedSegmentEffort `json:"best_efforts,omitempty"`
	SegmentEfforts []DetailedSegmentEffort `json:"segment_efforts,omitempty"`

	// SimilarActivities is nil where Strava compares the activity with nothing.
	SimilarActivities *SimilarActivities `json:"similar_activities,omitempty"`
	StatsVisibility   []StatVisibility   `json:"stats_visibility,omitempty"`
	// AvailableZones name the zone distributions that [Client.ActivityZones] has: "heartrate", "pace", "power".
	AvailableZones []string `json:"available_zones,omitempty"`
	// EmbedToken is for embedding the activity in another page.
	EmbedToken string `json:"embed_token,omitempty"`
}

// Split is a kilometre or a mile of an activity; the last one is what was left. Metres, seconds, metres per second.
type Split struct {
	// Split counts from 1.
	Split       Int   `json:"split"`
	Distance    Float `json:"distance"`
	MovingTime  Int   `json:"moving_time"`
	ElapsedTime Int   `json:"elapsed_time"`
	// ElevationDifference is the end's height less the start's; nil without heights.
	ElevationDifference *Float `json:"elevation_difference"`
	AverageSpeed        Float  `json:"average_speed"`
	// AverageGradeAdjustedSpeed is what the speed would have been on the flat.
	AverageGradeAdjustedSpeed *Float `json:"average_grade_adjusted_speed,omitempty"`
	AverageHeartrate          *Float `json:"average_heartrate,omitempty"`
	// PaceZone is 0 where Strava knows no pace zones of the athlete's.
	PaceZone Int `json:"pace_zone"`
}

// SimilarActivities compare an activity with others of its athlete on the same course. Speeds are in metres per second.
type SimilarActivities struct {
	EffortCount     Int           `json:"effort_count"`
	AverageSpeed    Float         `json:"average_speed"`
	MinAverageSpeed Float         `json:"min_average_speed"`
	MidAverageSpeed Float         `json:"mid_average_speed"`
	MaxAverageSpeed Float         `json:"max_average_speed"`
	PRRank          *Int          `json:"pr_rank"`
	Trend           ActivityTrend `json:"trend"`
	ResourceState   Int           `json:"resource_state"`
}

// ActivityTrend are the average speeds of similar activities, oldest first.
type ActivityTrend struct {
	Speeds []Float `json:"speeds"`
	// CurrentActivityIndex is the activity's own place among the speeds.
	CurrentActivityIndex *Int  `json:"current_activity_index"`
	MinSpeed             Float `json:"min_speed"`
	MidSpeed             Float `json:"mid_speed"`
	MaxSpeed             Float `json:"max_speed"`
	// Direction is 0 for no trend; Strava does not tell what else there is.
	Direction Int `json:"direction"`
}

// StatVisibility tells who may see one figure of an activity.
type StatVisibility struct {
	// Type is "heart_rate", "pace", "power", "speed" or "calories".
	Type string `json:"type"`
	// Visibility is "everyone" or "only_me".
	Visibility string `json:"visibility"`
}

// MetaActivity is all that a lap or an effort tells of its activity.
type MetaActivity struct {
	ID ID `json:"id"`
	// Visibility is like that of a [SummaryActivity].
	Visibility string `json:"visibility,omitempty"`
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
	return object(ctx, c, reading("/activities/{id}").of(id), (*DetailedActivity).identified)
}

func (a *DetailedActivity) identified() bool { return a.ID > 0 }
