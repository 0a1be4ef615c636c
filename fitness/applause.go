package fitness

import (
	"context"
	"strconv"
	"time"

	"domestique/strava"
)

// Person is another athlete, of whom Strava tells no more than this: the first name and the initial of the last.
type Person struct {
	FirstName *string
	LastName  *string
}

// Comment is what somebody wrote about an activity.
type Comment struct {
	StravaID      int64
	Text          string
	Author        *Person
	CreatedAt     time.Time
	ReactionCount int

	cursor string // Strava's own, for what follows it; "" for the last one
}

// Kudo is somebody's applause for an activity.
type Kudo struct {
	Giver *Person
}

// Comments is one page of the comments on the activity, the oldest first; nil for one that Strava no longer shows. Where
// the list tells that there are none it costs no call.
func (s *Service) Comments(ctx context.Context, activity *Activity, query ListQuery) (*ListPage[*Comment], error) {
	return listing[*Comment]{
		name: ListOfComments.of(activity),
		key:  func(c *Comment) string { return strconv.FormatInt(c.StravaID, 10) },
		page: func(ctx context.Context, number int, last *Comment) (*[]*Comment, error) {
			options := strava.CommentsOptions{PageSize: strava.MaxPerPage}
			if last != nil {
				options.AfterCursor = last.cursor
			}
			if activity.CommentCount == 0 || last != nil && last.cursor == "" {
				return &[]*Comment{}, nil
			}
			return ask(ctx, s.answers.Load(), question[[]*Comment]{
				kind: kindComments, id: activity.stravaID() + "/" + strconv.Itoa(number), basis: activity.CommentCount,
				fetch: func(ctx context.Context) (*[]*Comment, error) {
					return convertedAll(commentOf)(s.strava.Comments(ctx, activity.StravaID, options))
				},
			})
		},
	}.cut(ctx, query)
}

// Kudos is one page of the kudos for the activity; nil for one that Strava no longer shows. Where the list tells that there
// are none it costs no call.
func (s *Service) Kudos(ctx context.Context, activity *Activity, query ListQuery) (*ListPage[*Kudo], error) {
	return listing[*Kudo]{
		name: ListOfKudos.of(activity),
		key:  func(*Kudo) string { return "" },
		page: func(ctx context.Context, number int, _ *Kudo) (*[]*Kudo, error) {
			if activity.KudosCount == 0 {
				return &[]*Kudo{}, nil
			}
			return ask(ctx, s.answers.Load(), question[[]*Kudo]{
				kind: kindKudos, id: activity.stravaID() + "/" + strconv.Itoa(number), basis: activity.KudosCount,
				fetch: func(ctx context.Context) (*[]*Kudo, error) {
					return convertedAll(kudoOf)(s.strava.Kudoers(ctx, activity.StravaID, pageOptions(number)))
				},
			})
		},
	}.cut(ctx, query)
}
