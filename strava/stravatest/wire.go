package stravatest

import (
	"bytes"
	"strconv"
	"time"
)

// The wire types spell numbers and nothingness as Strava does, not as its documents say: a *T without omitempty is null
// where nothing is, with omitempty it is absent; a nil []float64 is null, an empty one [].

// decimal is a number that always has a fraction: 162.0 where the documents say integer.
type decimal float64

// MarshalJSON implements json.Marshaler.
func (d decimal) MarshalJSON() ([]byte, error) {
	text := strconv.AppendFloat(nil, float64(d), 'f', -1, 64)
	if !bytes.ContainsRune(text, '.') {
		text = append(text, ".0"...)
	}
	return text, nil
}

// climb is a decimal, but 0 for nothing: both spellings occur in one list.
type climb float64

// MarshalJSON implements json.Marshaler.
func (m climb) MarshalJSON() ([]byte, error) {
	if m == 0 {
		return []byte("0"), nil
	}
	return decimal(m).MarshalJSON()
}

// The visibilities of an activity.
const (
	everyone      = "everyone"
	followersOnly = "followers_only"
	onlyMe        = "only_me"
)

type reference struct {
	ID            int64 `json:"id"`
	ResourceState int   `json:"resource_state"`
}

type summaryAthlete struct {
	ID            int64   `json:"id"`
	Username      *string `json:"username"`
	ResourceState int     `json:"resource_state"`
	Firstname     string  `json:"firstname"`
	Lastname      string  `json:"lastname"`
	Bio           *string `json:"bio"`
	City          *string `json:"city"`
	State         *string `json:"state"`
	Country       *string `json:"country"`
	Sex           *string `json:"sex"`
	Premium       bool    `json:"premium"`
	Summit        bool    `json:"summit"`
	CreatedAt     string  `json:"created_at"`
	UpdatedAt     string  `json:"updated_at"`
	BadgeTypeID   int     `json:"badge_type_id"`
	Weight        decimal `json:"weight"`
	ProfileMedium string  `json:"profile_medium"`
	Profile       string  `json:"profile"`
	Friend        *string `json:"friend"`
	Follower      *string `json:"follower"`
}

type detailedAthlete struct {
	summaryAthlete
	Blocked               bool       `json:"blocked"`
	CanFollow             bool       `json:"can_follow"`
	FollowerCount         int        `json:"follower_count"`
	FriendCount           int        `json:"friend_count"`
	MutualFriendCount     int        `json:"mutual_friend_count"`
	AthleteType           int        `json:"athlete_type"`
	DatePreference        string     `json:"date_preference"`
	MeasurementPreference string     `json:"measurement_preference"`
	Clubs                 []wireClub `json:"clubs"`
	PostableClubsCount    int        `json:"postable_clubs_count"`
	FTP                   *int       `json:"ftp"`
	Bikes                 []wireGear `json:"bikes"`
	Shoes                 []wireGear `json:"shoes"`
}

type wireGear struct {
	ID                string  `json:"id"`
	Primary           bool    `json:"primary"`
	Name              string  `json:"name"`
	Nickname          *string `json:"nickname"`
	ResourceState     int     `json:"resource_state"`
	Retired           bool    `json:"retired"`
	Distance          int     `json:"distance"`
	ConvertedDistance decimal `json:"converted_distance"`
}

type summaryActivity struct {
	ResourceState        int       `json:"resource_state"`
	Athlete              reference `json:"athlete"`
	Name                 string    `json:"name"`
	Distance             decimal   `json:"distance"`
	MovingTime           int       `json:"moving_time"`
	ElapsedTime          int       `json:"elapsed_time"`
	TotalElevationGain   climb     `json:"total_elevation_gain"`
	Type                 string    `json:"type"`
	SportType            string    `json:"sport_type"`
	WorkoutType          *int      `json:"workout_type"`
	DeviceName           string    `json:"device_name,omitempty"`
	ID                   int64     `json:"id"`
	StartDate            string    `json:"start_date"`
	StartDateLocal       string    `json:"start_date_local"`
	Timezone             string    `json:"timezone"`
	UTCOffset            decimal   `json:"utc_offset"`
	LocationCity         *string   `json:"location_city"`
	LocationState        *string   `json:"location_state"`
	LocationCountry      *string   `json:"location_country"`
	AchievementCount     int       `json:"achievement_count"`
	KudosCount           int       `json:"kudos_count"`
	CommentCount         int       `json:"comment_count"`
	AthleteCount         int       `json:"athlete_count"`
	PhotoCount           int       `json:"photo_count"`
	Map                  wireMap   `json:"map"`
	Trainer              bool      `json:"trainer"`
	Commute              bool      `json:"commute"`
	Manual               bool      `json:"manual"`
	Private              bool      `json:"private"`
	Visibility           string    `json:"visibility"`
	Flagged              bool      `json:"flagged"`
	GearID               *string   `json:"gear_id"`
	StartLatlng          []float64 `json:"start_latlng"`
	EndLatlng            []float64 `json:"end_latlng"`
	AverageSpeed         decimal   `json:"average_speed"`
	MaxSpeed             decimal   `json:"max_speed"`
	AverageCadence       *decimal  `json:"average_cadence,omitempty"`
	AverageTemp          *int      `json:"average_temp,omitempty"`
	AverageWatts         *decimal  `json:"average_watts,omitempty"`
	MaxWatts             *int      `json:"max_watts,omitempty"`
	WeightedAverageWatts *int      `json:"weighted_average_watts,omitempty"`
	DeviceWatts          *bool     `json:"device_watts,omitempty"`
	Kilojoules           *decimal  `json:"kilojoules,omitempty"`
	HasHeartrate         bool      `json:"has_heartrate"`
	AverageHeartrate     *decimal  `json:"average_heartrate,omitempty"`
	MaxHeartrate         *decimal  `json:"max_heartrate,omitempty"`
	HeartrateOptOut      bool      `json:"heartrate_opt_out"`
	ShowHideHeartrate    bool      `json:"display_hide_heartrate_option"`
	ElevHigh             *decimal  `json:"elev_high,omitempty"`
	ElevLow              *decimal  `json:"elev_low,omitempty"`
	UploadID             *int64    `json:"upload_id"`
	UploadIDStr          string    `json:"upload_id_str,omitempty"`
	ExternalID           *string   `json:"external_id"`
	FromAcceptedTag      bool      `json:"from_accepted_tag"`
	PRCount              int       `json:"pr_count"`
	TotalPhotoCount      int       `json:"total_photo_count"`
	HasKudoed            bool      `json:"has_kudoed"`
	HideFromHome         bool      `json:"hide_from_home,omitempty"`
	SufferScore          *decimal  `json:"suffer_score,omitempty"`
}

type wireMap struct {
	ID              string  `json:"id"`
	Polyline        *string `json:"polyline,omitempty"`
	SummaryPolyline *string `json:"summary_polyline"`
	ResourceState   int     `json:"resource_state"`
}

type detailedActivity struct {
	summaryActivity
	Description             *string          `json:"description"`
	Calories                decimal          `json:"calories"`
	PerceivedExertion       *int             `json:"perceived_exertion"`
	PreferPerceivedExertion bool             `json:"prefer_perceived_exertion"`
	SegmentEfforts          []wireEffort     `json:"segment_efforts"`
	SplitsMetric            []wireSplit      `json:"splits_metric,omitempty"`
	SplitsStandard          []wireSplit      `json:"splits_standard,omitempty"`
	Laps                    []wireLap        `json:"laps"`
	BestEfforts             []wireBestEffort `json:"best_efforts,omitempty"`
	Gear                    *wireGear        `json:"gear,omitempty"`
	Photos                  wirePhotos       `json:"photos"`
	StatsVisibility         []wireStatsFlag  `json:"stats_visibility"`
	HideFromHome            bool             `json:"hide_from_home"`
	EmbedToken              string           `json:"embed_token"`
	SimilarActivities       wireSimilar      `json:"similar_activities"`
	AvailableZones          []string         `json:"available_zones"`
}

type wireStatsFlag struct {
	Type       string `json:"type"`
	Visibility string `json:"visibility"`
}

type wirePhotos struct {
	Primary         *wirePhoto `json:"primary"`
	UsePrimaryPhoto bool       `json:"use_primary_photo,omitempty"`
	Count           int        `json:"count"`
}

type wirePhoto struct {
	UniqueID  string            `json:"unique_id"`
	URLs      map[string]string `json:"urls"`
	Source    int               `json:"source"`
	MediaType int               `json:"media_type"`
}

type wireSplit struct {
	Distance                  decimal  `json:"distance"`
	ElapsedTime               int      `json:"elapsed_time"`
	ElevationDifference       decimal  `json:"elevation_difference"`
	MovingTime                int      `json:"moving_time"`
	Split                     int      `json:"split"`
	AverageSpeed              decimal  `json:"average_speed"`
	AverageGradeAdjustedSpeed *decimal `json:"average_grade_adjusted_speed"`
	AverageHeartrate          *decimal `json:"average_heartrate,omitempty"`
	PaceZone                  int      `json:"pace_zone"`
}

type wireLap struct {
	ID                 int64        `json:"id"`
	ResourceState      int          `json:"resource_state"`
	Name               string       `json:"name"`
	Activity           wireActivity `json:"activity"`
	Athlete            reference    `json:"athlete"`
	ElapsedTime        int          `json:"elapsed_time"`
	MovingTime         int          `json:"moving_time"`
	StartDate          string       `json:"start_date"`
	StartDateLocal     string       `json:"start_date_local"`
	Distance           decimal      `json:"distance"`
	AverageSpeed       decimal      `json:"average_speed"`
	MaxSpeed           decimal      `json:"max_speed"`
	LapIndex           int          `json:"lap_index"`
	Split              int          `json:"split"`
	StartIndex         int          `json:"start_index"`
	EndIndex           int          `json:"end_index"`
	TotalElevationGain climb        `json:"total_elevation_gain"`
	DeviceWatts        bool         `json:"device_watts"`
	AverageCadence     *decimal     `json:"average_cadence,omitempty"`
	AverageWatts       *decimal     `json:"average_watts,omitempty"`
	AverageHeartrate   *decimal     `json:"average_heartrate,omitempty"`
	MaxHeartrate       *decimal     `json:"max_heartrate,omitempty"`
}

type wireBestEffort struct {
	ID             int64        `json:"id"`
	ResourceState  int          `json:"resource_state"`
	Name           string       `json:"name"`
	Activity       wireActivity `json:"activity"`
	Athlete        reference    `json:"athlete"`
	ElapsedTime    int          `json:"elapsed_time"`
	MovingTime     int          `json:"moving_time"`
	StartDate      string       `json:"start_date"`
	StartDateLocal string       `json:"start_date_local"`
	Distance       int          `json:"distance"`
	PRRank         *int         `json:"pr_rank"`
	Achievements   []any        `json:"achievements"`
	StartIndex     int          `json:"start_index"`
	EndIndex       int          `json:"end_index"`
}

type wireActivity struct {
	ID            int64  `json:"id"`
	Visibility    string `json:"visibility"`
	ResourceState int    `json:"resource_state"`
}

// falseZ writes the wall clock of t with a Z that is not true, as Strava does for local times.
func falseZ(t time.Time) string { return t.Format("2006-01-02T15:04:05Z") }
