package fitness

import (
	"context"
	"time"
)

// SetWeightInput is the athlete's weight.
type SetWeightInput struct {
	Weight float64
	Unit   MassUnit
}

// maxKilograms is far above any athlete.
const maxKilograms = 1000

// SetWeight tells Strava what the athlete weighs, and gives the athlete. It costs one call, and a reading one where the
// athlete is not held; a weight that nobody can have costs none.
func (s *Service) SetWeight(ctx context.Context, input SetWeightInput) (*Athlete, error) {
	kilograms := input.Weight / input.Unit.fromKilograms(1)
	if !(kilograms > 0 && kilograms <= maxKilograms) {
		return nil, badInput("input.weight", "Nobody weighs that: give a positive weight of at most a tonne.")
	}
	w := &write{
		scope: scopeProfileWrite, subject: "input", arguments: map[string]string{"weight": "input.weight"},
		retry: "To set the same weight twice does no harm.",
	}
	var heldSince time.Time
	updated, err := perform(ctx, s, s.writes, w, func(ctx context.Context) (*Athlete, error) {
		_, err := s.strava.UpdateAthlete(ctx, kilograms)
		switch kept := s.answers.Load(); {
		case err == nil:
			// The rest of what Strava answers here lacks what the profile has, such as the bikes.
			change := func(athlete *Athlete) { athlete.WeightKilograms = &kilograms }
			revised, at := revise(kept, answerKey{kind: kindAthlete}, change)
			heldSince = at
			return revised, nil
		case leavesDoubt(err):
			kept.forget(answerKey{kind: kindAthlete})
		}
		return nil, err
	})
	switch {
	case err != nil:
		return nil, err
	case updated == nil:
		return s.Athlete(ctx)
	default:
		noteAge(ctx, heldSince)
		return updated, nil
	}
}
