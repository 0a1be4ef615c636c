package fitness_test

import (
	"reflect"
	"testing"

	"domestique/fitness"
)

func TestAFiltersWeight(t *testing.T) {
	t.Parallel()
	commute := &fitness.ActivityFilter{IsCommute: new(true)}
	tests := map[string]struct {
		filter *fitness.ActivityFilter
		want   int
	}{
		"none":        {nil, 0},
		"empty":       {&fitness.ActivityFilter{}, 10},
		"a condition": {commute, 10},
		"a list":      {&fitness.ActivityFilter{Sports: make([]fitness.Sport, 900)}, 910},
		"a name":      {&fitness.ActivityFilter{NameContains: new("x")}, 210},
		"nested":      {&fitness.ActivityFilter{Not: commute, Or: []*fitness.ActivityFilter{commute, {NameContains: new("x")}, {}}}, 10 + 10 + 10 + 210 + 10},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.filter.Weight(); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

// Whatever may be a condition weighs something, and so does every element of a list in it.
func TestEveryConditionWeighs(t *testing.T) {
	t.Parallel()
	empty := (&fitness.ActivityFilter{}).Weight()
	typ := reflect.TypeFor[fitness.ActivityFilter]()
	for i := range typ.NumField() {
		field := typ.Field(i)
		if field.Type.Kind() != reflect.Slice {
			continue
		}
		filter := &fitness.ActivityFilter{}
		list := reflect.MakeSlice(field.Type, 500, 500)
		reflect.ValueOf(filter).Elem().Field(i).Set(list)
		if got := filter.Weight(); got < empty+500 && field.Name != "Or" {
			t.Errorf("500 of %s weigh %d", field.Name, got)
		}
	}
}
