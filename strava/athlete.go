package strava

import (
	"context"
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
	// MeasurementPreference is "feet" or "meters".
	MeasurementPreference string `json:"measurement_preference,omitempty"`
	// FTP is the functional threshold power in watts.
	FTP *Int `json:"ftp"`
	// Weight is in kilograms; 0 for an athlete who has not told it.
	Weight *Float        `json:"weight,omitempty"`
	Bikes  []SummaryGear `json:"bikes"`
	Shoes  []SummaryGear `json:"shoes"`
}

// SummaryGear is a bicycle or a pair of shoes as an athlete or an activity refers to it.
type SummaryGear struct {
	// ID is "b…" for a bicycle and "g…" for shoes.
	ID       string `json:"id"`
	Name     string `json:"name"`
	Nickname string `json:"nickname"`
	Primary  bool   `json:"primary"`
	Retired  bool   `json:"retired"`
	// Distance is in metres.
	Distance Float `json:"distance"`
}

// Athlete returns the athlete who granted the token. It costs one call.
//
// Scope: read; profile:read_all for the fields that [DetailedAthlete] adds.
//
// https://developers.strava.com/docs/reference/#api-Athletes-getLoggedInAthlete
func (c *Client) Athlete(ctx context.Context) (*DetailedAthlete, error) {
	const op = "GET /athlete"
	athlete := new(DetailedAthlete)
	if err := c.get(ctx, request{op: op, path: "/athlete"}, athlete); err != nil {
		return nil, err
	}
	if athlete.ID <= 0 {
		return nil, misshapen(op)
	}
	return athlete, nil
}
