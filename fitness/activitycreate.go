package fitness

import (
	"context"
	"fmt"
	"strings"
	"time"

	"domestique/strava"
)

// CreateActivityInput is an activity that was not recorded. Name, Sport, StartedAtLocal and ElapsedTime are required.
type CreateActivityInput struct {
	Name  string
	Sport Sport
	// StartedAtLocal is what the clock showed where the athlete lives.
	StartedAtLocal LocalDateTime
	// ElapsedTime is in seconds.
	ElapsedTime int
	// Distance is in metres.
	Distance    *float64
	Description *string
	IsCommute   *bool
	IsIndoor    *bool
}

// CreateActivity makes a manual entry, and gives it. It costs one call, and each makes another activity, also if it is
// the same input; one more, which only reads, where nobody knows whether Strava acted. An input that cannot mean anything
// costs none.
func (s *Service) CreateActivity(ctx context.Context, input CreateActivityInput) (*Activity, error) {
	activity, err := input.read(s.now())
	if err != nil {
		return nil, err
	}
	w := &write{
		scope: scopeActivityWrite, subject: "input", arguments: activityArguments(),
		retry: "The list of activities was brought up to date as far as Strava answers; to send it again makes a second activity.",
	}
	return perform(ctx, s, s.writes, w, func(ctx context.Context) (*Activity, error) {
		detailed, err := s.strava.CreateActivity(ctx, activity)
		if err != nil {
			if leavesDoubt(err) {
				_ = s.history.Sync(ctx) // Whoever looks sees what became of it; if it fails the next sync tells.
			}
			return nil, err
		}
		return s.take(ctx, detailed), nil
	})
}

// read gives the activity, or says what is wrong with the input.
func (i CreateActivityInput) read(now time.Time) (strava.NewActivity, error) {
	word, err := sportWord(&i.Sport)
	if err != nil {
		return strava.NewActivity{}, err
	}
	if err := checkStart(i.StartedAtLocal, now); err != nil {
		return strava.NewActivity{}, err
	}
	switch {
	case strings.TrimSpace(i.Name) == "":
		return strava.NewActivity{}, badInput("input.name", "An activity needs a name.")
	case i.ElapsedTime < 1:
		return strava.NewActivity{}, badInput("input.elapsedTime", "An activity takes a second at least.")
	case i.Distance != nil && !(*i.Distance >= 0):
		return strava.NewActivity{}, badInput("input.distance", "A distance cannot be negative.")
	}
	return strava.NewActivity{
		Name:           i.Name,
		SportType:      *word,
		StartDateLocal: i.StartedAtLocal.utc(),
		ElapsedTime:    time.Duration(i.ElapsedTime) * time.Second,
		Distance:       given(i.Distance),
		Description:    given(i.Description),
		Commute:        given(i.IsCommute),
		Trainer:        given(i.IsIndoor),
	}, nil
}

// The first year that a start may have, and how far the clocks of the world are ahead of UTC.
const (
	firstStartYear = 1970
	easternmost    = 14 * time.Hour
)

// checkStart refuses what cannot have happened: which zone the athlete lives in is not known here, so a start is in the
// future only once it is that everywhere.
func checkStart(start LocalDateTime, now time.Time) error {
	switch {
	case start.Date.Year < firstStartYear:
		return badInput("input.startedAtLocal", fmt.Sprintf("Strava takes no start before %d.", firstStartYear))
	case start.utc().After(now.Add(easternmost)):
		return badInput("input.startedAtLocal", "This start is in the future.")
	default:
		return nil
	}
}

// given is the value, or the zero one where there is none.
func given[T any](value *T) T {
	if value == nil {
		return *new(T)
	}
	return *value
}
