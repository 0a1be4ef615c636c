package fitness

import (
	"context"
	"strconv"
)

// Club is one of Strava's clubs, as the list of an athlete's clubs tells it. What takes a call of its own is in
// [ClubDetails].
type Club struct {
	StravaID int64
	Name     string
	// SportType is Strava's own word for what the club does, such as cycling, running, triathlon or other.
	SportType *string
	// Sports are those whose activities count in the club.
	Sports  []Sport
	City    *string
	State   *string
	Country *string
	// Picture and CoverPhoto are URLs of the largest size.
	Picture     *string
	CoverPhoto  *string
	IsPrivate   bool
	IsFeatured  bool
	IsVerified  bool
	MemberCount int
}

// ClubDetails are the parts of a club that take a call of their own, the same one for all of them. A part that Strava does
// not give is nil.
type ClubDetails struct {
	Club        *Club
	Description *string
	// Kind is Strava's own word for the kind of club, such as casual_club or company.
	Kind *string
	// Membership is the athlete's, nil for one who is no member.
	Membership *ClubMembership
	IsAdmin    bool
	IsOwner    bool
	// FollowingCount is how many of those whom the athlete follows are members.
	FollowingCount int
	// Website is a URL.
	Website *string
}

// ClubMembership is how an athlete belongs to a club.
type ClubMembership string

const (
	ClubMembershipMember  ClubMembership = "MEMBER"
	ClubMembershipPending ClubMembership = "PENDING"
)

// ID is the club's global id.
func (c *Club) ID() string { return clubNode.id(strconv.FormatInt(c.StravaID, 10)) }

// URL is the club's page at Strava.
func (c *Club) URL() string { return stravaSite + "/clubs/" + strconv.FormatInt(c.StravaID, 10) }

// Clubs are those that the athlete belongs to.
func (s *Service) Clubs(ctx context.Context) ([]*Club, error) {
	clubs, err := answered(ask(ctx, s.answers.Load(), question[[]*Club]{
		kind: kindClubs, mustExist: true,
		fetch: func(ctx context.Context) (*[]*Club, error) {
			return allPages(func(page int) (*[]*Club, error) {
				return convertedAll(clubOf)(s.strava.AthleteClubs(ctx, pageOptions(page)))
			})
		},
	}))
	return listOf(clubs), err
}

// ClubByID finds a club by its global id or by Strava's own; nil if there is none.
func (s *Service) ClubByID(ctx context.Context, id string) (*Club, error) {
	stravaID, err := clubNode.lookUpNumber(id)
	if err != nil {
		return nil, err
	}
	details, err := s.clubDetails(ctx, stravaID)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Club, nil
}

// ClubDetails are what one further call tells of the club; nil for one that Strava no longer knows.
func (s *Service) ClubDetails(ctx context.Context, club *Club) (*ClubDetails, error) {
	return s.clubDetails(ctx, club.StravaID)
}

func (s *Service) clubDetails(ctx context.Context, stravaID int64) (*ClubDetails, error) {
	return answered(ask(ctx, s.answers.Load(), question[ClubDetails]{
		kind: kindClub, id: strconv.FormatInt(stravaID, 10),
		fetch: func(ctx context.Context) (*ClubDetails, error) {
			return converted(clubDetailsOf)(s.strava.Club(ctx, stravaID))
		},
	}))
}
