package fitness_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// season is a list in which every activity differs from the others in what filters look at.
func season(tb testing.TB) []*fitness.Activity {
	race := activity(tb, 1, fitness.SportRun, "2026-11-20T08:00:00", "UTC")
	race.Name, race.DistanceMeters, race.MovingTime, race.ElevationGainMeters = "Bärner RACE", 10000, 2400, 80
	race.WorkoutType, race.Visibility = new(fitness.WorkoutTypeRace), new(fitness.VisibilityEveryone)
	race.HasHeartRate, race.GearID, race.SummaryPolyline = true, "g1", "_p~iF"
	race.Start = &fitness.Coordinates{Latitude: 46.948, Longitude: 7.4474}

	commute := activity(tb, 2, fitness.SportEBikeRide, "2026-11-19T07:00:00", "UTC")
	commute.Name, commute.DistanceMeters, commute.MovingTime, commute.ElevationGainMeters = "To work", 5000, 900, 20
	commute.WorkoutType, commute.Visibility = new(fitness.WorkoutTypeDefault), new(fitness.VisibilityOnlyMe)
	commute.IsCommute, commute.GearID, commute.AveragePower = true, "b1", new(150.0)

	gym := activity(tb, 3, fitness.SportWeightTraining, "2026-11-18T18:00:00", "UTC")
	gym.Name, gym.MovingTime, gym.IsManual, gym.IsIndoor = "Weights", 3600, true, true

	// In Los Angeles it is still the 17th.
	evening := activity(tb, 4, fitness.SportTrailRun, "2026-11-17T20:00:00", "America/Los_Angeles")
	evening.Name, evening.DistanceMeters, evening.MovingTime, evening.ElevationGainMeters = "Evening trail", 12000, 4000, 600
	evening.Visibility = new(fitness.VisibilityFollowersOnly)
	evening.Start = &fitness.Coordinates{Latitude: 34.05, Longitude: -118.24}

	return []*fitness.Activity{race, commute, gym, evening}
}

func TestFilterKeeps(t *testing.T) {
	t.Parallel()
	globalGear := base64.RawURLEncoding.EncodeToString([]byte("Gear:b1"))
	late := time.Date(2026, time.November, 18, 18, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		filter *fitness.ActivityFilter
		want   []int64
	}{
		"nothing given":  {&fitness.ActivityFilter{}, []int64{1, 2, 3, 4}},
		"no filter":      {nil, []int64{1, 2, 3, 4}},
		"a sport":        {&fitness.ActivityFilter{Sports: []fitness.Sport{"RUN", "E_BIKE_RIDE"}}, []int64{1, 2}},
		"no sport":       {&fitness.ActivityFilter{Sports: []fitness.Sport{}}, nil},
		"a group":        {&fitness.ActivityFilter{SportGroups: []fitness.SportGroup{"RUN"}}, []int64{1, 4}},
		"a local date":   {&fitness.ActivityFilter{Dates: days(t, "2026-11-17", "2026-11-17")}, []int64{4}},
		"dates included": {&fitness.ActivityFilter{Dates: days(t, "2026-11-18", "2026-11-19")}, []int64{2, 3}},
		"from a date":    {&fitness.ActivityFilter{Dates: days(t, "2026-11-19", "")}, []int64{1, 2}},
		"to a date":      {&fitness.ActivityFilter{Dates: days(t, "", "2026-11-18")}, []int64{3, 4}},
		"an instant":     {&fitness.ActivityFilter{StartedAt: &fitness.DateTimeRange{From: &late}}, []int64{1, 2, 3}},
		"until an instant": {
			&fitness.ActivityFilter{StartedAt: &fitness.DateTimeRange{To: &late}}, []int64{3, 4},
		},
		"distances":         {&fitness.ActivityFilter{Distance: &fitness.FloatRange{Min: new(5000.0), Max: new(10000.0)}}, []int64{1, 2}},
		"moving times":      {&fitness.ActivityFilter{MovingTime: &fitness.IntRange{Min: new(2401)}}, []int64{3, 4}},
		"climbs":            {&fitness.ActivityFilter{ElevationGain: &fitness.FloatRange{Max: new(80.0)}}, []int64{1, 2, 3}},
		"Strava's gear":     {&fitness.ActivityFilter{Gear: []string{"g1"}}, []int64{1}},
		"global gear":       {&fitness.ActivityFilter{Gear: []string{globalGear}}, []int64{2}},
		"no gear":           {&fitness.ActivityFilter{Gear: []string{""}}, nil},
		"visibility":        {&fitness.ActivityFilter{Visibility: []fitness.Visibility{"EVERYONE", "FOLLOWERS_ONLY"}}, []int64{1, 4}},
		"a workout type":    {&fitness.ActivityFilter{WorkoutTypes: []fitness.WorkoutType{"DEFAULT"}}, []int64{2}},
		"commutes":          {&fitness.ActivityFilter{IsCommute: new(true)}, []int64{2}},
		"no commutes":       {&fitness.ActivityFilter{IsCommute: new(false)}, []int64{1, 3, 4}},
		"indoors":           {&fitness.ActivityFilter{IsIndoor: new(true)}, []int64{3}},
		"not manual":        {&fitness.ActivityFilter{IsManual: new(false)}, []int64{1, 2, 4}},
		"a trace":           {&fitness.ActivityFilter{HasMap: new(true)}, []int64{1}},
		"a heart rate":      {&fitness.ActivityFilter{HasHeartRate: new(true)}, []int64{1}},
		"power":             {&fitness.ActivityFilter{HasPower: new(true)}, []int64{2}},
		"a name":            {&fitness.ActivityFilter{NameContains: new("BÄRNER race")}, []int64{1}},
		"a name with a dot": {&fitness.ActivityFilter{NameContains: new("\u0130")}, nil}, // İ, which is no i
		"a name, folded":    {&fitness.ActivityFilter{NameContains: new("weightſ")}, []int64{3}},
		"near Bern": {
			&fitness.ActivityFilter{StartsNear: &fitness.NearInput{Latitude: 46.95, Longitude: 7.45, Meters: 500}}, []int64{1},
		},
		"not quite near": {
			&fitness.ActivityFilter{StartsNear: &fitness.NearInput{Latitude: 46.95, Longitude: 7.45, Meters: 200}}, nil,
		},
		// A hundredth of a degree to the east is 1112 m at the equator, and 759 m here.
		"near, to the east": {
			&fitness.ActivityFilter{StartsNear: &fitness.NearInput{Latitude: 46.948, Longitude: 7.4574, Meters: 765}}, []int64{1},
		},
		"not quite near, to the east": {
			&fitness.ActivityFilter{StartsNear: &fitness.NearInput{Latitude: 46.948, Longitude: 7.4574, Meters: 755}}, nil,
		},
		"all conditions": {&fitness.ActivityFilter{SportGroups: []fitness.SportGroup{"RUN"}, HasMap: new(false)}, []int64{4}},
		"not": {
			&fitness.ActivityFilter{Not: &fitness.ActivityFilter{SportGroups: []fitness.SportGroup{"RUN"}}}, []int64{2, 3},
		},
		"not all of them": {
			&fitness.ActivityFilter{Not: &fitness.ActivityFilter{
				SportGroups: []fitness.SportGroup{"RUN"}, HasMap: new(true),
			}}, []int64{2, 3, 4},
		},
		"or": {
			&fitness.ActivityFilter{Or: []*fitness.ActivityFilter{{IsManual: new(true)}, {IsCommute: new(true)}}}, []int64{2, 3},
		},
		"and an or": {
			&fitness.ActivityFilter{IsIndoor: new(false), Or: []*fitness.ActivityFilter{{IsManual: new(true)}, {IsCommute: new(true)}}},
			[]int64{2},
		},
		"or nothing": {&fitness.ActivityFilter{Or: []*fitness.ActivityFilter{}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page, err := serviceOf(t, season(t)...).Activities(asOwner(t), fitness.ActivitiesQuery{Filter: test.filter})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, ids(page.Activities)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if page.TotalCount != len(test.want) {
				t.Errorf("got total count %d, want %d", page.TotalCount, len(test.want))
			}
		})
	}
}

func TestFilterRefuses(t *testing.T) {
	t.Parallel()
	backwards := &fitness.FloatRange{Min: new(2.0), Max: new(1.0)}
	now := noon
	for name, test := range map[string]struct {
		filter   fitness.ActivityFilter
		argument string
	}{
		"distance":       {fitness.ActivityFilter{Distance: backwards}, "filter.distance"},
		"elevation gain": {fitness.ActivityFilter{ElevationGain: backwards}, "filter.elevationGain"},
		"moving time":    {fitness.ActivityFilter{MovingTime: &fitness.IntRange{Min: new(2), Max: new(1)}}, "filter.movingTime"},
		"dates":          {fitness.ActivityFilter{Dates: days(t, "2026-02-01", "2026-01-31")}, "filter.dates"},
		"started at": {
			fitness.ActivityFilter{StartedAt: &fitness.DateTimeRange{From: &now, To: new(now.Add(-1))}}, "filter.startedAt",
		},
		"name":      {fitness.ActivityFilter{NameContains: new(strings.Repeat("ä", 201))}, "filter.nameContains"},
		"latitude":  {fitness.ActivityFilter{StartsNear: &fitness.NearInput{Latitude: 90.1}}, "filter.startsNear"},
		"longitude": {fitness.ActivityFilter{StartsNear: &fitness.NearInput{Longitude: -180.1}}, "filter.startsNear"},
		"radius":    {fitness.ActivityFilter{StartsNear: &fitness.NearInput{Meters: -1}}, "filter.startsNear"},
		"nested": {
			fitness.ActivityFilter{Not: &fitness.ActivityFilter{Or: []*fitness.ActivityFilter{{}, {Distance: backwards}}}},
			"filter.not.or.1.distance",
		},
		"too many":        {alternatives(51), "filter"},
		"too many in all": {fitness.ActivityFilter{IsCommute: new(true), Not: new(alternatives(50))}, "filter"},
		"too many of nothing": {
			fitness.ActivityFilter{Or: make51Empty()}, "filter",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := serviceOf(t)
			_, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{Filter: &test.filter})
			refused(t, err, fitness.CodeBadUserInput, test.argument)
			_, err = service.Stats(asOwner(t), &test.filter)
			refused(t, err, fitness.CodeBadUserInput, test.argument)
		})
	}
}

func TestFilterAllowsFiftyConditions(t *testing.T) {
	t.Parallel()
	filter := alternatives(49)
	filter.NameContains = new(strings.Repeat("ä", 200))
	if _, err := serviceOf(t).Activities(asOwner(t), fitness.ActivitiesQuery{Filter: &filter}); err != nil {
		t.Error(err)
	}
}

func TestFilterRefusesToGoDeep(t *testing.T) {
	t.Parallel()
	filter := &fitness.ActivityFilter{}
	for range 1000 {
		filter = &fitness.ActivityFilter{Not: filter}
	}
	_, err := serviceOf(t).Stats(asOwner(t), filter)
	if err == nil {
		t.Error("a filter of a thousand levels is taken")
	}
}

// alternatives is a filter of so many conditions.
func alternatives(count int) fitness.ActivityFilter {
	var filter fitness.ActivityFilter
	for range count {
		filter.Or = append(filter.Or, &fitness.ActivityFilter{HasMap: new(true)})
	}
	return filter
}

func make51Empty() []*fitness.ActivityFilter {
	var empty []*fitness.ActivityFilter
	for range 51 {
		empty = append(empty, &fitness.ActivityFilter{})
	}
	return empty
}

// days is a range of dates; an empty text leaves its end open.
func days(tb testing.TB, from, to string) *fitness.DateRange {
	tb.Helper()
	var dates fitness.DateRange
	if from != "" {
		dates.From = new(date(tb, from))
	}
	if to != "" {
		dates.To = new(date(tb, to))
	}
	return &dates
}
