package model_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/graph/model"
)

func written(m graphql.Marshaler) string {
	var text strings.Builder
	m.MarshalGQL(&text)
	return text.String()
}

func TestScalarsOnTheWire(t *testing.T) {
	t.Parallel()
	zurich := time.FixedZone("CET", 3600)
	for want, scalar := range map[string]graphql.Marshaler{
		`"9007199254740993"`:     model.MarshalStravaID(9007199254740993), // 2^53 + 1, which no float64 holds.
		`"2026-11-22T09:30:00Z"`: model.MarshalDateTime(time.Date(2026, 11, 22, 10, 30, 0, 5e8, zurich)),
		`"2026-11-22"`:           model.MarshalDate(fitness.Date{Year: 2026, Month: 11, Day: 22}),
		`"2026-03-29T02:30:00"`: model.MarshalLocalDateTime(fitness.LocalDateTime{
			Date: fitness.Date{Year: 2026, Month: 3, Day: 29}, Hour: 2, Minute: 30}),
		`"https://www.strava.com/a?b=\"c\""`: model.MarshalURL(`https://www.strava.com/a?b="c"`),
	} {
		if got := written(scalar); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestFloatsArePlainDigits(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		1234500: "1234500", 0.1: "0.1", 43210000.5: "43210000.5", 0: "0", -3: "-3",
		math.NaN(): "null", math.Inf(1): "null",
	} {
		var text strings.Builder
		model.MarshalFloat(value).MarshalGQL(&text)
		if text.String() != want {
			t.Errorf("%v: %s, want %s", value, &text, want)
		}
	}
	if model.MarshalFloat(math.Inf(-1)) != graphql.Null {
		t.Error("what is no number does not count as null, so it could stand where the schema promises a number")
	}
}

// A recording has so many numbers that whatever each of them holds until the answer is written counts.
func TestANumberHoldsNothingElse(t *testing.T) {
	marshal := map[string]func() graphql.Marshaler{
		"float":  func() graphql.Marshaler { return model.MarshalFloat(47.97254) },
		"sample": func() graphql.Marshaler { return model.MarshalSample(47.97254) },
	}
	for name, marshaler := range marshal {
		var kept graphql.Marshaler
		if allocs := testing.AllocsPerRun(100, func() { kept = marshaler() }); allocs > 1 || kept == nil {
			t.Errorf("%s: %v allocations, want one for the number", name, allocs)
		}
		if size := reflect.TypeOf(kept).Size(); size > 8 {
			t.Errorf("%s: %d bytes, want those of the number", name, size)
		}
	}
}

// read gives each reader one shape.
func read[T any](unmarshal func(any) (T, error)) func(any) (any, error) {
	return func(v any) (any, error) { return unmarshal(v) }
}

func TestScalarsAreRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		read func(any) (any, error)
		from any
		want any // Nil: an error for the client.
	}{
		{read(model.UnmarshalStravaID), "17000000006", int64(17000000006)},
		{read(model.UnmarshalStravaID), "b111", nil},
		{read(model.UnmarshalStravaID), nil, nil},

		{read(model.UnmarshalDateTime), "2026-11-22T10:30:00+01:00", time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)},
		{read(model.UnmarshalDateTime), "2026-11-22T09:30:00.5Z", time.Date(2026, 11, 22, 9, 30, 0, 5e8, time.UTC)},
		{read(model.UnmarshalDateTime), "2026-11-22T09:30:00", nil},
		{read(model.UnmarshalDateTime), "2026-11-22", nil},
		{read(model.UnmarshalDateTime), "2026-02-30T09:30:00Z", nil},
		{read(model.UnmarshalDateTime), int64(1795340000), nil},
		{read(model.UnmarshalDateTime), nil, nil},

		{read(model.UnmarshalLocalDateTime), "2026-03-29T02:30:00", fitness.LocalDateTime{
			Date: fitness.Date{Year: 2026, Month: 3, Day: 29}, Hour: 2, Minute: 30}},
		{read(model.UnmarshalLocalDateTime), "2026-03-29T02:30:00Z", nil},
		{read(model.UnmarshalLocalDateTime), "2026-03-29", nil},

		{read(model.UnmarshalDate), "2024-02-29", fitness.Date{Year: 2024, Month: 2, Day: 29}},
		{read(model.UnmarshalDate), "2026-02-29", nil},
		{read(model.UnmarshalDate), "2026-2-9", nil},
		{read(model.UnmarshalDate), "22.11.2026", nil},
		{read(model.UnmarshalDate), json.Number("20261122"), nil},
		{read(model.UnmarshalDate), map[string]any{}, nil},

		{read(model.UnmarshalURL), "https://example.com/a", "https://example.com/a"},
		{read(model.UnmarshalURL), "/a", nil},
		{read(model.UnmarshalURL), "//example.com/a", nil},
		{read(model.UnmarshalURL), "javascript:alert(1)", nil},
		{read(model.UnmarshalURL), 5, nil},

		{read(model.UnmarshalFloat), int64(5), 5.0},
		{read(model.UnmarshalFloat), 5.5, 5.5},
		{read(model.UnmarshalFloat), true, nil},
	}
	for _, test := range tests {
		got, err := test.read(test.from)
		if test.want == nil {
			failure, ok := errors.AsType[*fitness.Error](err)
			if !ok || failure.Code != fitness.CodeBadUserInput || !strings.HasPrefix(failure.Message, "Give ") {
				t.Errorf("%v: %v %v, want BAD_USER_INPUT that says what to give", test.from, got, err)
			}
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%v: %v (-want +got):\n%s", test.from, err, diff)
		}
	}
}
