package fitness_test

import (
	"reflect"
	"strings"
	"testing"

	"domestique/fitness"
)

// What is kept by a condition tells what the condition is about, so a condition by what is not shown is refused. One that is
// added to the filter has to be told here.
func TestAnybodyFiltersByWhatIsShown(t *testing.T) {
	t.Parallel()
	const shown, traces, hidden = "shown", "traces", "hidden"
	conditions := map[string]string{
		"Sports": shown, "SportGroups": shown, "Dates": shown, "StartedAt": shown, "Distance": shown, "MovingTime": shown,
		"ElevationGain": shown, "IsCommute": shown, "IsIndoor": shown, "IsManual": shown, "NameContains": shown, "Not": shown, "Or": shown,
		"HasMap": traces,
		"Gear":   hidden, "Visibility": hidden, "WorkoutTypes": hidden, "HasHeartRate": hidden, "HasPower": hidden, "StartsNear": hidden,
	}
	withTraces := anybodys(t, &listed{})
	without := newService(t, fitness.Config{History: (&listed{}).open, Public: &fitness.Projection{}})
	for field := range reflect.TypeFor[fitness.ActivityFilter]().Fields() {
		who, known := conditions[field.Name]
		if !known {
			t.Errorf("it is not said who may filter by %s", field.Name)
		}
		filter := &fitness.ActivityFilter{}
		value := reflect.ValueOf(filter).Elem().FieldByIndex(field.Index)
		switch value.Kind() {
		case reflect.Slice:
			value.Set(reflect.MakeSlice(value.Type(), 0, 0)) // That it is given is enough.
		default:
			value.Set(reflect.New(value.Type().Elem()))
		}
		name := strings.ToLower(field.Name[:1]) + field.Name[1:]
		for path, nested := range map[string]*fitness.ActivityFilter{
			"filter.": filter, "filter.not.": {Not: filter}, "filter.or.1.not.": {Or: []*fitness.ActivityFilter{{}, {Not: filter}}},
		} {
			mayFilter(t, withTraces, nested, path+name, who != hidden)
			mayFilter(t, without, nested, path+name, who == shown)
		}
	}
}

func mayFilter(t *testing.T, service *fitness.Service, filter *fitness.ActivityFilter, path string, may bool) {
	t.Helper()
	for _, err := range []error{
		failure(service.Stats(asAnybody(t), filter)),
		failure(service.Activities(asAnybody(t), fitness.ActivitiesQuery{Filter: filter})),
	} {
		switch {
		case may && err != nil:
			t.Errorf("%s: %v, want it to be allowed", path, err)
		case !may && err == nil:
			t.Errorf("%s is allowed to anybody", path)
		case !may:
			refused(t, err, fitness.CodeForbidden, path)
		}
	}
	if err := failure(service.Stats(asOwner(t), filter)); err != nil {
		t.Errorf("%s: %v for the owner", path, err)
	}
}

func TestAnybodyOrdersByWhatIsShown(t *testing.T) {
	t.Parallel()
	service := anybodys(t, &listed{})
	for order, may := range map[fitness.ActivityOrderField]bool{
		"": true, fitness.ActivityOrderFieldStartedAt: true, fitness.ActivityOrderFieldDistance: true,
		fitness.ActivityOrderFieldMovingTime: true, fitness.ActivityOrderFieldElapsedTime: true,
		fitness.ActivityOrderFieldElevationGain: true, fitness.ActivityOrderFieldAverageSpeed: true,
		fitness.ActivityOrderFieldName: true, fitness.ActivityOrderFieldRelativeEffort: false,
	} {
		query := fitness.ActivitiesQuery{Order: fitness.ActivityOrder{Field: order}}
		switch err := failure(service.Activities(asAnybody(t), query)); {
		case may && err != nil:
			t.Errorf("%s: %v", order, err)
		case !may:
			refused(t, err, fitness.CodeForbidden, "orderBy.field")
		}
		if err := failure(service.Activities(asOwner(t), query)); err != nil {
			t.Errorf("%s: %v for the owner", order, err)
		}
	}
}
