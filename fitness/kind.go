package fitness

import "time"

// kind is a kind of thing that takes a call to Strava of its own. Its words stand in errors: "fetch the gear".
type kind string

const (
	kindAthlete       kind = "the athlete"
	kindTotals        kind = "Strava's totals"
	kindTrainingZones kind = "the training zones"
	kindClubs         kind = "the clubs"
	kindRoutes        kind = "the routes"
	kindStarred       kind = "the starred segments"

	kindDetails  kind = "the details of an activity"
	kindStreams  kind = "the streams of an activity"
	kindZones    kind = "the zones of an activity"
	kindPhotos   kind = "the photos of an activity"
	kindComments kind = "the comments on an activity"
	kindKudos    kind = "the kudos for an activity"

	kindGear           kind = "the gear"
	kindClub           kind = "the club"
	kindRoute          kind = "the route"
	kindRouteStreams   kind = "the streams of a route"
	kindSegment        kind = "the segment"
	kindSegmentStreams kind = "the streams of a segment"
	kindSegmentEfforts kind = "the efforts on a segment"
	kindEffort         kind = "the segment effort"
	kindEffortStreams  kind = "the streams of a segment effort"

	kindUpload kind = "the upload"
)

// freshFor is how long an answer of the kind is given without asking again.
func (k kind) freshFor() time.Duration {
	switch k {
	case kindUpload:
		// Strava asks not to be asked more often: https://developers.strava.com/docs/uploads/
		return time.Second
	case kindTotals:
		// Strava counts a few times a day, and people compare right after an activity.
		return 15 * time.Minute
	case kindStreams, kindEffortStreams:
		// A recording changes only when it is cropped or corrected, and then the list's row changes with it.
		return KeptAtMost
	case kindRouteStreams, kindSegmentStreams, kindClub, kindClubs, kindZones:
		// The ground stays where it is, and a club what it is; a day is soon enough.
		return 24 * time.Hour
	default:
		// What a person edits, or others add to. Strava tells of no such change (its webhook names title, type and
		// privacy only, https://developers.strava.com/docs/webhooks/), so it shows after an hour at the latest.
		return time.Hour
	}
}

// ofAthlete reports whether there is one answer for an athlete, and not one for each element of some list. Such questions
// do not wait for their turn behind the many that a list sets off.
func (k kind) ofAthlete() bool {
	switch k {
	case kindAthlete, kindTotals, kindTrainingZones, kindClubs, kindRoutes, kindStarred:
		return true
	default:
		return false
	}
}

// forSubscribers reports whether Strava has all of the kind for its subscribers alone. Of the other kinds it may refuse one
// thing for want of a subscription, and give the next.
func (k kind) forSubscribers() bool {
	switch k {
	case kindZones, kindSegmentEfforts, kindEffort, kindEffortStreams:
		return true
	default:
		return false
	}
}
