package strava

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// MetaAthlete is all that an activity tells of its athlete.
type MetaAthlete struct {
	ID ID `json:"id"`
}

// SummaryAthlete is an athlete as the token exchange gives it, and the part of a [DetailedAthlete] that every scope
// sees.
type SummaryAthlete struct {
	ID ID `json:"id"`
	// ResourceState is 2 for a summary and 3 for a detailed athlete.
	ResourceState Int    `json:"resource_state"`
	Username      string `json:"username"`
	Firstname     string `json:"firstname"`
	Lastname      string `json:"lastname"`
	Bio           string `json:"bio"`
	City          string `json:"city"`
	State         string `json:"state"`
	Country       string `json:"country"`
	// Sex is "M", "F" or empty.
	Sex       string    `json:"sex"`
	Premium   bool      `json:"premium"`
	Summit    bool      `json:"summit"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// BadgeTypeID is the kind of the badge on the profile picture.
	BadgeTypeID Int `json:"badge_type_id,omitempty"`
	// Friend and Follower are "accepted", "pending" or "blocked", as the token's athlete sees the other; empty for
	// themselves and for strangers.
	Friend   string `json:"friend,omitempty"`
	Follower string `json:"follower,omitempty"`
	// Blocked and CanFollow are about others than the token's athlete, too.
	Blocked   bool `json:"blocked,omitempty"`
	CanFollow bool `json:"can_follow,omitempty"`
	// Profile and ProfileMedium are URLs of pictures; "avatar/athlete/large.png" stands for none.
	Profile       string `json:"profile"`
	ProfileMedium string `json:"profile_medium"`
}

// DetailedAthlete is the athlete of the token. Without the scope profile:read_all Strava answers with a summary: then
// ResourceState is 2 and the fields that this type adds are nil or empty.
type DetailedAthlete struct {
	SummaryAthlete

	FollowerCount *Int `json:"follower_count,omitempty"`
	FriendCount   *Int `json:"friend_count,omitempty"`
	// MutualFriendCount is 0 for the token's own athlete.
	MutualFriendCount Int `json:"mutual_friend_count,omitempty"`
	// AthleteType is 0 for a cyclist and 1 for a runner.
	AthleteType *Int `json:"athlete_type,omitempty"`
	// DatePreference is like "%m/%d/%Y", in the letters of strftime.
	DatePreference string `json:"date_preference,omitempty"`
	// MeasurementPreference is "feet" or "meters".
	MeasurementPreference string `json:"measurement_preference,omitempty"`
	// FTP is the functional threshold power in watts.
	FTP *Int `json:"ftp"`
	// Weight is in kilograms; 0 for an athlete who has not told it.
	Weight *Float        `json:"weight,omitempty"`
	Bikes  []SummaryGear `json:"bikes"`
	Shoes  []SummaryGear `json:"shoes"`
	Clubs  []SummaryClub `json:"clubs"`
	// PostableClubsCount is the number of clubs in which the athlete may post.
	PostableClubsCount Int `json:"postable_clubs_count,omitempty"`
}

// Athlete returns the athlete who granted the token. It costs one call.
//
// Scope: read; profile:read_all for the fields that [DetailedAthlete] adds.
//
// https://developers.strava.com/docs/reference/#api-Athletes-getLoggedInAthlete
func (c *Client) Athlete(ctx context.Context) (*DetailedAthlete, error) {
	return object(ctx, c, reading("/athlete"), (*DetailedAthlete).identified)
}

// UpdateAthlete sets the athlete's weight, in kilograms, and returns the athlete. It costs one call.
//
// It is the only thing of an athlete that Strava lets an application change. The specification has the weight in the
// path, which has no place for it; it goes as a form.
//
// Scope: profile:write.
//
// https://developers.strava.com/docs/reference/#api-Athletes-updateLoggedInAthlete
func (c *Client) UpdateAthlete(ctx context.Context, weight float64) (*DetailedAthlete, error) {
	r := writing(http.MethodPut, "/athlete")
	if !(weight > 0) || math.IsInf(weight, 0) {
		return nil, r.refuse(fmt.Errorf("weight %v kg: must be positive", weight))
	}
	form := url.Values{"weight": {strconv.FormatFloat(weight, 'f', -1, 64)}}
	return object(ctx, c, r.form(form), (*DetailedAthlete).identified)
}

func (a *DetailedAthlete) identified() bool { return a.ID > 0 }
