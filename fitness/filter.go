package fitness

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

const (
	// maxFilterConditions bounds what one activity is held against. It is the schema's promise.
	maxFilterConditions = 50
	// maxFilterDepth bounds the nesting, which needs no condition of its own.
	maxFilterDepth = 50
	// maxNamePart bounds what names are searched for, in characters.
	maxNamePart = 200
)

// ActivityFilter keeps the activities for which all given conditions hold. A nil condition is not given; a list that is
// given but empty keeps nothing, as does an empty Or.
type ActivityFilter struct {
	Sports      []Sport
	SportGroups []SportGroup
	// Dates are local dates, both ends included.
	Dates     *DateRange
	StartedAt *DateTimeRange
	// Distance is in metres.
	Distance *FloatRange
	// MovingTime is in seconds.
	MovingTime *IntRange
	// ElevationGain is in metres.
	ElevationGain *FloatRange
	// Gear holds global ids or Strava's own.
	Gear         []string
	Visibility   []Visibility
	WorkoutTypes []WorkoutType
	IsCommute    *bool
	IsIndoor     *bool
	IsManual     *bool
	HasMap       *bool
	HasHeartRate *bool
	HasPower     *bool
	// NameContains is looked for anywhere in the name, in any case; at most 200 characters.
	NameContains *string
	StartsNear   *NearInput
	Not          *ActivityFilter
	Or           []*ActivityFilter
}

// DateRange includes both of its ends; an absent end is open.
type DateRange struct {
	From *Date
	To   *Date
}

// DateTimeRange includes both of its ends; an absent end is open.
type DateTimeRange struct {
	From *time.Time
	To   *time.Time
}

// FloatRange includes both of its ends; an absent end is open.
type FloatRange struct {
	Min *float64
	Max *float64
}

// IntRange includes both of its ends; an absent end is open.
type IntRange struct {
	Min *int
	Max *int
}

// NearInput is the neighbourhood of a point.
type NearInput struct {
	Latitude  float64 // degrees
	Longitude float64 // degrees
	Meters    float64
}

// keeps decides whether an activity is one of those that were asked for.
type keeps func(*Activity) bool

// Check fails with the BAD_USER_INPUT that everything would fail with that takes the filter.
func (f *ActivityFilter) Check() error {
	_, err := f.decision()
	return err
}

// decision checks the filter and turns it into one decision; nil, as a nil filter is, keeps everything. A filter that
// cannot mean anything is refused, with the dotted path of its wrong part.
func (f *ActivityFilter) decision() (keeps, error) {
	const argument = "filter"
	if f == nil {
		return nil, nil
	}
	decision, conditions, err := f.compile(argument, 0)
	if err != nil {
		return nil, err
	}
	if conditions > maxFilterConditions {
		return nil, badInput(argument, fmt.Sprintf("The filter has %d conditions; at most %d are allowed.",
			conditions, maxFilterConditions))
	}
	return decision, nil
}

// of are the activities that are kept, in their order.
func (keep keeps) of(activities []*Activity) []*Activity {
	kept := make([]*Activity, 0, len(activities)/4) // Most ask for a part of the years.
	for _, activity := range activities {
		if keep(activity) {
			kept = append(kept, activity)
		}
	}
	return kept
}

// compile checks the filter, which stands at path, and turns it into one decision. It counts the conditions, those of
// nested filters included; a filter without any counts as one, because it has to be looked at too.
func (f *ActivityFilter) compile(path string, depth int) (decision keeps, conditions int, err error) {
	if depth > maxFilterDepth {
		return nil, 0, badInput(path, fmt.Sprintf("The filter is nested more than %d deep.", maxFilterDepth))
	}
	if err := f.check(path); err != nil {
		return nil, 0, err
	}
	all := f.conditions()
	conditions = len(all)
	if f.Not != nil {
		refused, nested, err := f.Not.compile(path+".not", depth+1)
		if err != nil {
			return nil, 0, err
		}
		conditions += nested
		all = append(all, func(a *Activity) bool { return !refused(a) })
	}
	if f.Or != nil {
		anyOf, nested, err := compileAlternatives(f.Or, path+".or", depth+1)
		if err != nil {
			return nil, 0, err
		}
		conditions += nested
		all = append(all, anyOf)
	}
	return allOf(all), max(conditions, 1), nil
}

// compileAlternatives makes one decision of several filters, one of which must keep the activity.
func compileAlternatives(filters []*ActivityFilter, path string, depth int) (decision keeps, conditions int, err error) {
	var alternatives []keeps
	for i, filter := range filters {
		alternative, nested, err := filter.compile(path+"."+strconv.Itoa(i), depth)
		if err != nil {
			return nil, 0, err
		}
		conditions += nested
		alternatives = append(alternatives, alternative)
	}
	anyOf := func(a *Activity) bool {
		return slices.ContainsFunc(alternatives, func(keep keeps) bool { return keep(a) })
	}
	return anyOf, conditions, nil
}

func allOf(conditions []keeps) keeps {
	if len(conditions) == 1 {
		return conditions[0]
	}
	return func(a *Activity) bool {
		return !slices.ContainsFunc(conditions, func(keep keeps) bool { return !keep(a) })
	}
}

// conditions are the filter's own, without those of the filters nested in it.
func (f *ActivityFilter) conditions() []keeps {
	var all []keeps
	when := func(given bool, condition keeps) {
		if given {
			all = append(all, condition)
		}
	}
	when(f.Sports != nil, func(a *Activity) bool { return slices.Contains(f.Sports, a.Sport) })
	when(f.SportGroups != nil, func(a *Activity) bool { return slices.Contains(f.SportGroups, a.SportGroup()) })
	when(f.Dates != nil, f.Dates.condition())
	when(f.StartedAt != nil, func(a *Activity) bool { return f.StartedAt.holds(a.StartedAt) })
	when(f.Distance != nil, func(a *Activity) bool { return f.Distance.holds(a.DistanceMeters) })
	when(f.MovingTime != nil, func(a *Activity) bool { return f.MovingTime.holds(a.MovingTime) })
	when(f.ElevationGain != nil, func(a *Activity) bool { return f.ElevationGain.holds(a.ElevationGainMeters) })
	when(f.Gear != nil, f.hasGear())
	when(f.Visibility != nil, func(a *Activity) bool { return isOneOf(f.Visibility, a.Visibility) })
	when(f.WorkoutTypes != nil, func(a *Activity) bool { return isOneOf(f.WorkoutTypes, a.WorkoutType) })
	when(f.IsCommute != nil, func(a *Activity) bool { return a.IsCommute == *f.IsCommute })
	when(f.IsIndoor != nil, func(a *Activity) bool { return a.IsIndoor == *f.IsIndoor })
	when(f.IsManual != nil, func(a *Activity) bool { return a.IsManual == *f.IsManual })
	when(f.HasMap != nil, func(a *Activity) bool { return a.HasMap() == *f.HasMap })
	when(f.HasHeartRate != nil, func(a *Activity) bool { return a.HasHeartRate == *f.HasHeartRate })
	when(f.HasPower != nil, func(a *Activity) bool { return a.HasPower() == *f.HasPower })
	when(f.NameContains != nil, f.nameContains())
	when(f.StartsNear != nil, func(a *Activity) bool { return f.StartsNear.holds(a.Start) })
	return all
}

func (f *ActivityFilter) hasGear() keeps {
	wanted := map[string]bool{}
	for _, id := range f.Gear {
		wanted[gearStravaID(id)] = true
	}
	return func(a *Activity) bool { return a.GearID != "" && wanted[a.GearID] }
}

func (f *ActivityFilter) nameContains() keeps {
	if f.NameContains == nil {
		return nil
	}
	search := newNameSearch(*f.NameContains) // not for sharing, so each query has its own
	return func(a *Activity) bool { return search.finds(a.Name) }
}

func (f *ActivityFilter) nameProblem() string {
	if f.NameContains != nil && utf8.RuneCountInString(*f.NameContains) > maxNamePart {
		return fmt.Sprintf("The text must not be longer than %d characters.", maxNamePart)
	}
	return ""
}

// check refuses ranges that can hold nothing, places that are nowhere, and texts that are too long.
func (f *ActivityFilter) check(path string) error {
	for _, part := range []struct{ name, problem string }{
		{"dates", f.Dates.problem()},
		{"startedAt", f.StartedAt.problem()},
		{"distance", f.Distance.problem()},
		{"movingTime", f.MovingTime.problem()},
		{"elevationGain", f.ElevationGain.problem()},
		{"nameContains", f.nameProblem()},
		{"startsNear", f.StartsNear.problem()},
	} {
		if part.problem != "" {
			return badInput(path+"."+part.name, part.problem)
		}
	}
	for i, id := range f.Gear {
		if typ, _, ok := parseNodeID(id); ok && typ != gearNode {
			return badInput(fmt.Sprintf("%s.gear.%d", path, i), gearNode.otherType(typ))
		}
	}
	return nil
}

// isOneOf is false for what is not known.
func isOneOf[T comparable](wanted []T, value *T) bool {
	return value != nil && slices.Contains(wanted, *value)
}

// condition holds for what happened on these dates.
func (r *DateRange) condition() keeps {
	first, final := dayNumber(math.MinInt32), dayNumber(math.MaxInt32)
	if r != nil && r.From != nil {
		first = r.From.number()
	}
	if r != nil && r.To != nil {
		final = r.To.number()
	}
	return func(a *Activity) bool {
		on := a.LocalDate().number()
		return first <= on && on <= final
	}
}

func (r *DateRange) problem() string {
	if r != nil && r.From != nil && r.To != nil && r.From.After(*r.To) {
		return "The range ends before it begins: from is after to."
	}
	return ""
}

func (r *DateTimeRange) holds(at time.Time) bool {
	return (r.From == nil || !at.Before(*r.From)) && (r.To == nil || !at.After(*r.To))
}

func (r *DateTimeRange) problem() string {
	if r != nil && r.From != nil && r.To != nil && r.From.After(*r.To) {
		return "The range ends before it begins: from is after to."
	}
	return ""
}

func (r *FloatRange) holds(value float64) bool { return within(value, r.Min, r.Max) }

func (r *FloatRange) problem() string {
	if r == nil {
		return ""
	}
	return boundsProblem(r.Min, r.Max)
}

func (r *IntRange) holds(value int) bool { return within(value, r.Min, r.Max) }

func (r *IntRange) problem() string {
	if r == nil {
		return ""
	}
	return boundsProblem(r.Min, r.Max)
}

func within[T cmp.Ordered](value T, least, most *T) bool {
	return (least == nil || value >= *least) && (most == nil || value <= *most)
}

func boundsProblem[T cmp.Ordered](least, most *T) string {
	if least != nil && most != nil && *least > *most {
		return "The range is empty: min is greater than max."
	}
	return ""
}

// holds reports whether the point lies in the neighbourhood; an unknown point does not.
func (n *NearInput) holds(point *Coordinates) bool {
	if point == nil {
		return false
	}
	return metersBetween(Coordinates{Latitude: n.Latitude, Longitude: n.Longitude}, *point) <= n.Meters
}

func (n *NearInput) problem() string {
	switch {
	case n == nil:
		return ""
	case math.Abs(n.Latitude) > 90:
		return "The latitude must lie between -90 and 90 degrees."
	case math.Abs(n.Longitude) > 180:
		return "The longitude must lie between -180 and 180 degrees."
	case n.Meters < 0:
		return "The distance to the point must not be negative."
	default:
		return ""
	}
}

// metersBetween is the distance over the globe, taken as a sphere (the haversine formula): within 0.5 % of the truth.
func metersBetween(a, b Coordinates) float64 {
	const (
		earthRadius = 6371008.8 // metres, the mean
		degree      = math.Pi / 180
	)
	northward := math.Sin((b.Latitude - a.Latitude) * degree / 2)
	eastward := math.Sin((b.Longitude - a.Longitude) * degree / 2)
	chord := northward*northward + math.Cos(a.Latitude*degree)*math.Cos(b.Latitude*degree)*eastward*eastward
	return 2 * earthRadius * math.Asin(math.Sqrt(min(chord, 1)))
}
