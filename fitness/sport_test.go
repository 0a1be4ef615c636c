package fitness_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// The contract's table of sports, in Strava's words.
const sportTable = `
RUN    Run TrailRun VirtualRun
RIDE   Ride MountainBikeRide GravelRide EBikeRide EMountainBikeRide VirtualRide Velomobile Handcycle
SWIM   Swim
WALK   Walk Hike
WINTER AlpineSki BackcountrySki NordicSki RollerSki Snowboard Snowshoe IceSkate
WATER  Canoeing Kayaking Kitesurf Rowing VirtualRow Sail StandUpPaddling Surfing Windsurf
RACKET Badminton Padel Pickleball Racquetball Squash TableTennis Tennis
BALL   Basketball Cricket Soccer Volleyball
GYM    Crossfit Dance Elliptical HighIntensityIntervalTraining PhysicalTherapy Pilates StairStepper WeightTraining Workout Yoga
OTHER  Golf InlineSkate RockClimbing Skateboard Wheelchair`

func TestEverySportOfStravaIsKnownAndInItsGroup(t *testing.T) {
	t.Parallel()
	seen := map[fitness.Sport]bool{}
	for line := range strings.Lines(strings.TrimSpace(sportTable)) {
		words := strings.Fields(line)
		for _, word := range words[1:] {
			activity := converted(t, `{"id": 1, "sport_type": "`+word+`"}`)
			if activity.Sport == fitness.SportOther {
				t.Errorf("%s is not known", word)
			}
			if got := string(activity.SportGroup()); got != words[0] {
				t.Errorf("%s is in group %s, want %s", word, got, words[0])
			}
			if activity.SportType != word {
				t.Errorf("%s is kept as %q", word, activity.SportType)
			}
			seen[activity.Sport] = true
		}
	}
	if len(seen) != 56 || len(fitness.Sports()) != 57 {
		t.Errorf("got %d sports of the table and %d in all, want 56 and 57", len(seen), len(fitness.Sports()))
	}
}

func TestSportsAreSpelledForTheSchema(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]fitness.Sport{
		"Run":                           "RUN",
		"EBikeRide":                     "E_BIKE_RIDE",
		"EMountainBikeRide":             "E_MOUNTAIN_BIKE_RIDE",
		"HighIntensityIntervalTraining": "HIGH_INTENSITY_INTERVAL_TRAINING",
		"StandUpPaddling":               "STAND_UP_PADDLING",
	} {
		if got := converted(t, `{"id": 1, "sport_type": "`+word+`"}`).Sport; got != want {
			t.Errorf("%s is %s, want %s", word, got, want)
		}
	}
}

func TestAnUnknownSportIsOtherAndKeepsItsWord(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"Quidditch", "RUN", "Trail_Run", ""} {
		activity := converted(t, `{"id": 1, "sport_type": "`+word+`"}`)
		got := []any{activity.Sport, activity.SportGroup(), activity.SportType}
		if diff := cmp.Diff([]any{fitness.SportOther, fitness.SportGroupOther, word}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", word, diff)
		}
	}
}
