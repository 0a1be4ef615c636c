package stravatest

import (
	"net/http"
	"strconv"
	"time"
)

type wireClub struct {
	ID              int64    `json:"id"`
	ResourceState   int      `json:"resource_state"`
	Name            string   `json:"name"`
	ProfileMedium   string   `json:"profile_medium"`
	Profile         string   `json:"profile"`
	CoverPhoto      *string  `json:"cover_photo"`
	CoverPhotoSmall *string  `json:"cover_photo_small"`
	ActivityTypes   []string `json:"activity_types"`
	Icon            string   `json:"activity_types_icon"`
	Dimensions      []string `json:"dimensions"`
	SportType       string   `json:"sport_type"`
	LocalizedSport  string   `json:"localized_sport_type"`
	City            *string  `json:"city"`
	State           *string  `json:"state"`
	Country         *string  `json:"country"`
	Private         bool     `json:"private"`
	MemberCount     int      `json:"member_count"`
	Featured        bool     `json:"featured"`
	Verified        bool     `json:"verified"`
	URL             *string  `json:"url"`
}

type detailedClub struct {
	wireClub
	Membership     string  `json:"membership"`
	Admin          bool    `json:"admin"`
	Owner          bool    `json:"owner"`
	Description    string  `json:"description"`
	ClubType       string  `json:"club_type"`
	FollowingCount int     `json:"following_count"`
	Website        *string `json:"website"`
}

type wireClubEvent struct {
	ID                 int64        `json:"id"`
	ResourceState      int          `json:"resource_state"`
	Title              string       `json:"title"`
	Description        string       `json:"description"`
	ClubID             int64        `json:"club_id"`
	Club               wireClubName `json:"club"`
	OrganizingAthlete  *string      `json:"organizing_athlete"`
	ActivityType       string       `json:"activity_type"`
	CreatedAt          string       `json:"created_at"`
	RouteID            *int64       `json:"route_id"`
	WomenOnly          bool         `json:"women_only"`
	Private            bool         `json:"private"`
	SkillLevels        int          `json:"skill_levels"`
	Terrain            int          `json:"terrain"`
	UpcomingOccurences []string     `json:"upcoming_occurrences"`
	Zone               string       `json:"zone"`
	Address            string       `json:"address"`
	Joined             bool         `json:"joined"`
	StartLatlng        []float64    `json:"start_latlng"`
}

type wireClubName struct {
	ID            int64  `json:"id"`
	ResourceState int    `json:"resource_state"`
	Name          string `json:"name"`
}

// club is one of which the athlete is a member.
type club struct {
	id           int64
	name, url    string
	sport        string
	description  string
	members      int
	private      bool
	hasCover     bool
	meetingPoint string
}

func clubs() []club {
	return []club{
		{id: 7_700_000_201, name: "Dreisam Dawn Patrol", url: "dreisamdawn", sport: "Run", members: 214, hasCover: true,
			description: "Six o'clock, every Thursday.\r\n\r\nCoffee at seven & no excuses.", meetingPoint: "Schwabentorbrücke"},
		{id: 7_700_000_202, name: "Gravel & Gâteau", sport: "Ride", members: 38, private: true, meetingPoint: "Café by the old mill"},
		{id: 7_700_000_203, name: "High Forest Loipers", url: "loipers", sport: "NordicSki", members: 1207, hasCover: true,
			description: "Snow willing."},
	}
}

func (d *diary) clubs(link linker) []wireClub {
	all := []wireClub{}
	if d.self().id != robin().id {
		return all
	}
	for _, each := range clubs() {
		all = append(all, each.wire(link))
	}
	return all
}

func (k club) wire(link linker) wireClub {
	sport := map[string]string{"Run": "running", "Ride": "cycling"}[k.sport]
	setDefault(&sport, "other")
	w := wireClub{
		ID: k.id, ResourceState: 2, Name: k.name,
		ProfileMedium: link(picturePath(k.id, "medium")), Profile: link(picturePath(k.id, "large")),
		ActivityTypes: []string{k.sport}, Icon: "sports_" + sport + "_normal",
		Dimensions: []string{"distance", "num_activities", "best_activities_distance", "elev_gain", "moving_time", "velocity"},
		SportType:  sport, LocalizedSport: sport,
		City: new("Freiburg im Breisgau"), State: new("Baden-Württemberg"), Country: new("Germany"),
		Private: k.private, MemberCount: k.members, Verified: k.members > 1000, URL: orNull(k.url),
	}
	if k.hasCover {
		w.CoverPhoto, w.CoverPhotoSmall = new(link(picturePath(k.id, "cover"))), new(link(picturePath(k.id, "cover")))
	}
	return w
}

func (c *call) listClubs(d *diary) answer { return listAnswer(c, d.clubs(c.link)) }

// clubOf finds the club that the path names.
func (c *call) clubOf() (club, *answer) {
	for _, k := range clubs() {
		if strconv.FormatInt(k.id, 10) == c.id {
			return k, nil
		}
	}
	a := notFound("Club", "id")
	return club{}, &a
}

func (c *call) getClub(*diary) answer {
	k, refused := c.clubOf()
	if refused != nil {
		return *refused
	}
	detail := detailedClub{
		wireClub: k.wire(c.link), Membership: "member", Description: k.description, ClubType: "casual_club", FollowingCount: 4,
	}
	detail.ResourceState = 3
	return jsonAnswer(http.StatusOK, detail)
}

// listClubEvents tells when the club meets next. Strava does not document it.
func (c *call) listClubEvents(*diary) answer {
	k, refused := c.clubOf()
	if refused != nil {
		return *refused
	}
	events := []wireClubEvent{}
	if k.meetingPoint != "" {
		next := c.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 3).Add(5 * time.Hour)
		events = append(events, wireClubEvent{
			ID: k.id + 10_000, ResourceState: 2, Title: k.name + ", together", ClubID: k.id, Club: wireClubName{k.id, 1, k.name},
			ActivityType: k.sport, SkillLevels: 1, UpcomingOccurences: []string{next.Format(time.RFC3339)}, Zone: homeZone,
			Address: k.meetingPoint, Joined: true, StartLatlng: position{home().latitude, home().longitude}.rounded(),
		})
	}
	return listAnswer(c, events)
}
