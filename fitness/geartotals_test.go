package fitness_test

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func TestTotalsByGear(t *testing.T) {
	t.Parallel()
	with := func(id int64, started, gear string, meters float64) *fitness.Activity {
		made := run(t, id, started, meters)
		made.GearID = gear
		return made
	}
	stats := statsOf(t, nil,
		with(8, "2026-11-08T08:00:00", "b4", 20_000),
		with(7, "2026-11-07T08:00:00", "b3", 20_000),
		with(6, "2026-11-06T08:00:00", "b9", 30_000),
		with(5, "2026-11-05T08:00:00", "", 70_000),
		with(4, "2026-11-04T18:00:00", "g1", 4000),
		with(3, "2026-11-04T08:00:00", "g1", 3000),
		with(2, "2026-11-02T08:00:00", "", 70_000),
		with(1, "2026-11-01T08:00:00", "", 70_000))

	want := []*fitness.GearTotals{
		{StravaID: "g1", Totals: &fitness.Totals{Count: 2, DistanceMeters: 7000, ActiveDays: 1}},
		{StravaID: "b9", Totals: &fitness.Totals{Count: 1, DistanceMeters: 30_000, ActiveDays: 1}},
		{StravaID: "b3", Totals: &fitness.Totals{Count: 1, DistanceMeters: 20_000, ActiveDays: 1}},
		{StravaID: "b4", Totals: &fitness.Totals{Count: 1, DistanceMeters: 20_000, ActiveDays: 1}},
	}
	got := stats.ByGear()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	gear := fitness.Gear{StravaID: "g1"}
	if got[0].GearID() != gear.ID() {
		t.Errorf("the gear's id is %q, want that of the gear itself, %q", got[0].GearID(), gear.ID())
	}
	if want := base64.RawURLEncoding.EncodeToString([]byte("Gear:g1")); got[0].GearID() != want {
		t.Errorf("the gear's id is %q, want the global one, %q", got[0].GearID(), want)
	}
}

func TestTotalsByGearOfNothing(t *testing.T) {
	t.Parallel()
	for _, activities := range [][]*fitness.Activity{nil, {run(t, 1, "2026-11-01T08:00:00", 5000)}} {
		if got := statsOf(t, nil, activities...).ByGear(); got == nil || len(got) != 0 {
			t.Errorf("got %v, want an empty list", got)
		}
	}
}

// Each gear's totals are those under a filter for it, and together they are what has gear.
func TestTotalsByGearAreThoseOfTheFilter(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(23, 24))
	for range 50 {
		activities := randomHistory(t, random, random.IntN(100))
		geared := 0
		for _, a := range activities {
			if a.GearID != "" {
				geared++
			}
		}
		gears := statsOf(t, nil, activities...).ByGear()
		for _, gear := range gears {
			alone := statsOf(t, &fitness.ActivityFilter{Gear: []string{gear.GearID()}}, activities...)
			if diff := cmp.Diff(alone.Totals(), gear.Totals); diff != "" {
				t.Fatalf("%s (-filtered +by gear):\n%s", gear.StravaID, diff)
			}
			geared -= gear.Totals.Count
		}
		if geared != 0 {
			t.Fatalf("%d activities with gear are in none of its totals", geared)
		}
		if !slices.IsSortedFunc(gears, func(a, b *fitness.GearTotals) int { return b.Totals.Count - a.Totals.Count }) {
			t.Fatal("the largest count does not come first")
		}
	}
}
