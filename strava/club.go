package strava

import (
	"context"
	"time"
)

// MetaClub is all that a club event tells of its club.
type MetaClub struct {
	ID            ID     `json:"id"`
	ResourceState Int    `json:"resource_state"`
	Name          string `json:"name"`
}

// SummaryClub is a club as the athlete's list has it.
type SummaryClub struct {
	MetaClub

	// Profile and ProfileMedium are the club's picture, CoverPhoto and CoverPhotoSmall the banner: URLs, or
	// "avatar/club/large.png" for none.
	Profile         string `json:"profile"`
	ProfileMedium   string `json:"profile_medium"`
	CoverPhoto      string `json:"cover_photo"`
	CoverPhotoSmall string `json:"cover_photo_small"`
	// ActivityTypes are sport types; the first is the club's main one.
	ActivityTypes     []string `json:"activity_types"`
	ActivityTypesIcon string   `json:"activity_types_icon,omitempty"`
	// Dimensions are what the club's leaderboard compares, such as "distance".
	Dimensions []string `json:"dimensions,omitempty"`
	// SportType is older than ActivityTypes: "cycling", "running", "triathlon" or "other".
	SportType          string `json:"sport_type"`
	LocalizedSportType string `json:"localized_sport_type,omitempty"`
	City               string `json:"city"`
	State              string `json:"state"`
	Country            string `json:"country"`
	Private            bool   `json:"private"`
	// MemberCount is 0 in the clubs of a [DetailedAthlete], whatever the club's size.
	MemberCount Int  `json:"member_count"`
	Featured    bool `json:"featured"`
	Verified    bool `json:"verified"`
	// URL is the club's name in https://www.strava.com/clubs/{url}.
	URL string `json:"url"`

	// Membership is "member", "pending" or empty. [Client.AthleteClubs] does not tell it, nor Admin and Owner.
	Membership string `json:"membership,omitempty"`
	Admin      bool   `json:"admin,omitempty"`
	Owner      bool   `json:"owner,omitempty"`
}

// DetailedClub is a club with what only a call of its own gives.
type DetailedClub struct {
	SummaryClub

	Description string `json:"description"`
	// ClubType is like "casual_club", "racing_team", "shop", "company".
	ClubType string `json:"club_type"`
	Website  string `json:"website"`
	// FollowingCount is how many of its members the athlete follows.
	FollowingCount Int `json:"following_count"`
}

// ClubEvent is a meeting of a club's members.
type ClubEvent struct {
	ID            ID       `json:"id"`
	ResourceState Int      `json:"resource_state"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	ClubID        ID       `json:"club_id"`
	Club          MetaClub `json:"club"`
	// OrganizingAthlete is nil where Strava does not tell who organizes it.
	OrganizingAthlete *SummaryAthlete `json:"organizing_athlete"`
	// ActivityType is a sport type.
	ActivityType string `json:"activity_type"`
	// CreatedAt is an instant, and mostly empty.
	CreatedAt string `json:"created_at"`
	// RouteID is 0 for an event without a route.
	RouteID ID     `json:"route_id"`
	Route   *Route `json:"route"`
	// UpcomingOccurrences are instants, the next one first.
	UpcomingOccurrences []time.Time `json:"upcoming_occurrences"`
	// Zone is the name of the event's time zone, such as "Europe/Berlin".
	Zone string `json:"zone"`
	// Address is where to meet, in the organizer's words, and StartLatlng on the map.
	Address     string `json:"address"`
	StartLatlng LatLng `json:"start_latlng"`
	// SkillLevels is 1 for casual, 2 for tempo, 4 for hammerfest.
	SkillLevels Int `json:"skill_levels"`
	// Terrain is 0 for mostly flat, 1 for rolling hills, 2 for killer climbs.
	Terrain   Int  `json:"terrain"`
	WomenOnly bool `json:"women_only"`
	Private   bool `json:"private"`
	// Joined says that the athlete takes part.
	Joined bool `json:"joined"`
}

// AthleteClubs returns one page of the clubs that the athlete is a member of. It costs one call.
//
// Scope: read.
//
// https://developers.strava.com/docs/reference/#api-Clubs-getLoggedInAthleteClubs
func (c *Client) AthleteClubs(ctx context.Context, options PageOptions) ([]SummaryClub, error) {
	return list(ctx, c, reading("/athlete/clubs").with(options), func(club *SummaryClub) bool { return club.ID > 0 })
}

// Club returns a club in detail. It costs one call.
//
// Its members, administrators and activities are no longer to be had: Strava removed them on 1 September 2026.
//
// Scope: read.
//
// https://developers.strava.com/docs/reference/#api-Clubs-getClubById
func (c *Client) Club(ctx context.Context, id int64) (*DetailedClub, error) {
	return object(ctx, c, reading("/clubs/{id}").of(id), func(club *DetailedClub) bool { return club.ID > 0 })
}

// ClubEvents returns one page of the events of a club. It costs one call.
//
// The endpoint is not documented by Strava; other clients use it.
//
// Scope: read.
func (c *Client) ClubEvents(ctx context.Context, clubID int64, options PageOptions) ([]ClubEvent, error) {
	r := reading("/clubs/{id}/group_events").of(clubID).with(options)
	return list(ctx, c, r, func(event *ClubEvent) bool { return event.ID > 0 })
}
