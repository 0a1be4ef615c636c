package fitness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// MaxPage is how many activities a page of the list has at most.
const MaxPage = strava.MaxPerPage

// HistoryPage says which page of the list to read, of MaxPage activities. The zero value is the newest page.
type HistoryPage struct {
	// Before leaves out what started in this second or later. Zero: nothing.
	Before time.Time
	// Page counts from 1. Zero: 1.
	Page int
	// Oldest asks for the list from its other end, the oldest first; Before is not used then.
	Oldest bool
}

// ErrNoSuchActivity says that Strava shows no activity of the id that it was asked for.
var ErrNoSuchActivity = errors.New("no such activity")

// Source is Strava's list of the athlete's activities in the domain's words: what a History reads. It is safe for
// concurrent use. Its errors are not yet explained: see RestUntil for what they ask for.
type Source struct {
	service *Service
}

// Owner is the athlete behind the grant, who is pinned by it. It takes a call where the grant does not tell. To keep the
// copy is the gateway's own work, whoever set it off.
func (s *Source) Owner(ctx context.Context) (int64, error) {
	return s.service.owner(WithViewer(ctx, Owner))
}

// Pinned is the athlete who is known to be behind the grant, 0 while nobody is. It takes no call.
func (s *Source) Pinned(ctx context.Context) int64 {
	if grant := s.service.tokens.Status(ctx); grant.Pinned {
		return grant.AthleteID
	}
	return 0
}

// Page is one page of the list. It takes a call.
//
// Activities of which the athlete hides the start time stand in the list by their true start, though they show midnight.
// A page may be short, or even empty, in the middle of the list, and Strava's order is not to be relied on.
func (s *Source) Page(ctx context.Context, page HistoryPage) ([]*Activity, error) {
	options := strava.ActivitiesOptions{Before: page.Before, Page: page.Page, PerPage: strava.MaxPerPage}
	if page.Oldest {
		// With `after` alone Strava gives the oldest first; no recording is from the first second of 1970.
		options.Before, options.After = time.Time{}, time.Unix(1, 0)
	}
	rows, err := s.service.strava.Activities(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("read a page of the list: %w", err)
	}
	activities := make([]*Activity, len(rows))
	for i := range rows {
		activities[i] = activityOf(&rows[i])
	}
	return activities, nil
}

// Activity is one activity as Strava knows it now. It takes a call. It fails with ErrNoSuchActivity for one that is gone,
// or is not shown to the gateway; for some seconds after an activity was made, Strava says so of that, too.
func (s *Source) Activity(ctx context.Context, stravaID int64) (*Activity, error) {
	detailed, err := s.service.strava.Activity(ctx, stravaID)
	switch {
	case errors.Is(err, strava.ErrNotFound):
		return nil, fmt.Errorf("%w: %w", ErrNoSuchActivity, err)
	case err != nil:
		return nil, fmt.Errorf("read an activity: %w", err)
	default:
		return activityOf(&detailed.SummaryActivity), nil
	}
}

// RestUntil is until when Strava is better left alone after a Source has failed, so that who asks in a loop does not spend
// the quota on an answer that is known. It is zero for what may be tried again at once.
func RestUntil(err error, now time.Time) time.Time {
	if setback := setbackAfter(err, now); setback != nil {
		return setback.until
	}
	return time.Time{}
}

// IsNotConnected reports whether a Source has failed because nobody is connected: there is no grant any more.
func IsNotConnected(err error) bool { return errors.Is(err, tokens.ErrNotConnected) }

// IsOfOneActivity reports whether a Source may have failed for the sake of the one activity that it was asked for: Strava
// answers 500 for a corrupt one for ever.
func IsOfOneActivity(err error) bool { return errors.Is(err, strava.ErrUnavailable) }
