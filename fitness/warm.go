package fitness

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// warmAtMost bounds the activities whose details are kept warm: it is more than the sports that a person has.
	warmAtMost = 30
	// warmFor is how old warm details may become. What Strava tells of a change drops them earlier; this leaves days to try
	// again in, before they may be kept no longer.
	warmFor = KeptAtMost - 48*time.Hour
	// warmSetbacks is how many failures end a round: that many are no matter of one activity.
	warmSetbacks = 2
	// warmPause is how long an activity is left alone whose details Strava did not give: it answers 500 for a corrupt one
	// for ever.
	warmPause = 6 * time.Hour
)

// warming is what has come of keeping details warm. Its zero value is ready.
type warming struct {
	mu     sync.Mutex
	failed map[*Activity]time.Time // by the row of the list, which is another one after a change
}

// KeepWarm sees to it that the details of the newest public activity of each sport are held, and where something is public
// the athlete, for those for whom no call is made. It is for a job, leaves quota to those who wait, and takes no call for details that are held and unchanged. It
// fails with what kept Strava from being asked.
func (s *Service) KeepWarm(ctx context.Context) error {
	if err := ownerOnly(ctx); err != nil {
		return err
	}
	s.warming.mu.Lock()
	defer s.warming.mu.Unlock()
	snapshot, _ := s.history.Held()
	wanted := newestPublic(snapshot.activities())
	maps.DeleteFunc(s.warming.failed, func(a *Activity, at time.Time) bool {
		return !slices.Contains(wanted, a) || !s.now().Before(at.Add(warmPause))
	})
	if err := s.keepAthleteWarm(ctx); err != nil {
		return err
	}
	failures := 0
	for _, activity := range wanted {
		if _, failed := s.warming.failed[activity]; failed || s.isWarm(activity) {
			continue
		}
		_, err := s.Details(InBackground(ctx), activity)
		if err == nil {
			continue
		}
		if failures++; failures == warmSetbacks || !IsOfOneActivity(err) {
			return err
		}
		if s.warming.failed == nil {
			s.warming.failed = map[*Activity]time.Time{}
		}
		s.warming.failed[activity] = s.now()
	}
	return nil
}

func (s *Service) keepAthleteWarm(ctx context.Context) error {
	kept, isKept := s.answers.Load().stale(answerKey{kind: kindAthlete}, nil)
	if s.publication == nil || isKept && s.now().Before(kept.at.Add(warmFor)) {
		return nil
	}
	_, err := s.athlete(InBackground(ctx))
	return err
}

func (s *Service) isWarm(activity *Activity) bool {
	kept, isKept := s.answers.Load().stale(answerKey{kindDetails, activity.stravaID()}, activity)
	return isKept && s.now().Before(kept.at.Add(warmFor))
}

// newestPublic are the newest activity of each sport that everyone may see, the newest first, of a list in that order.
func newestPublic(activities []*Activity) []*Activity {
	var newest []*Activity
	seen := map[Sport]bool{}
	for _, activity := range activities {
		if activity.IsPublic() && !seen[activity.Sport] && len(newest) < warmAtMost {
			seen[activity.Sport] = true
			newest = append(newest, activity)
		}
	}
	return newest
}
