package mirror

import (
	"context"
	"errors"
	"slices"

	"domestique/fitness"
)

// checksAtATime bounds the calls that one sync makes to ask for activities that are missing in the list. Thousands of
// deletions show within the 48 hours of API Policy 6.3 all the same.
const checksAtATime = 20

// checkSuspects asks for each activity that is missing where it should be: only Strava's own word that there is no such
// activity makes it a deletion. One that was moved in the list by an edit is found so, too.
func (r *reading) checkSuspects(ctx context.Context) error {
	for _, id := range r.someSuspects() {
		at := r.now().Unix()
		r.calls++
		activity, err := r.source.Activity(ctx, id)
		gone := errors.Is(err, fitness.ErrNoSuchActivity)
		if err != nil && !gone && !fitness.IsOfOneActivity(err) {
			return err
		}
		err = r.update(r.era, func(l *ledger) Changes {
			delete(l.suspects, id) // One that Strava can't tell about is suspect again in the next round.
			switch {
			case gone:
				return l.remove(at, id)
			case activity != nil:
				return l.take([]*fitness.Activity{activity}, at)
			default:
				return Changes{}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) someSuspects() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []int64
	for id := range r.ledger.suspects {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	slices.Reverse(ids) // The newest are looked at first, by people too.
	return ids[:min(len(ids), checksAtATime)]
}
