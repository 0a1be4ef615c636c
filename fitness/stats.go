package fitness

import (
	"cmp"
	"slices"
)

// Stats are sums and series over a choice of activities, computed in each activity's local time. They are computed when
// asked for, from an unchanging list, and safe for concurrent use.
type Stats struct {
	activities []*Activity
	dates      DateRange // the filter's
	today      Date
}

// Totals are sums over activities.
type Totals struct {
	Count               int
	DistanceMeters      float64
	MovingTime          int // seconds
	ElapsedTime         int // seconds
	ElevationGainMeters float64
	// ActiveDays is the number of local dates with at least one activity.
	ActiveDays int
}

// Distance is what was covered.
func (t *Totals) Distance(unit LengthUnit) float64 { return unit.fromMeters(t.DistanceMeters) }

// ElevationGain is what was climbed.
func (t *Totals) ElevationGain(unit LengthUnit) float64 {
	return unit.fromMeters(t.ElevationGainMeters)
}

// SportTotals are the sums of one sport.
type SportTotals struct {
	Sport  Sport
	Totals *Totals
}

// Totals are the sums over all activities of the choice.
func (s *Stats) Totals() *Totals {
	var all tally
	for _, activity := range s.activities {
		all.add(activity)
	}
	return all.totals()
}

// BySport are the sums of each sport that occurs: the largest count first, of equal counts the longer distance.
func (s *Stats) BySport() []*SportTotals {
	tallies := map[Sport]*tally{}
	for _, activity := range s.activities {
		tallyOf(tallies, activity.Sport).add(activity)
	}
	sports := make([]*SportTotals, 0, len(tallies))
	for sport, tally := range tallies {
		sports = append(sports, &SportTotals{Sport: sport, Totals: tally.totals()})
	}
	slices.SortFunc(sports, func(a, b *SportTotals) int {
		return cmp.Or(mostFirst(a.Totals, b.Totals), cmp.Compare(a.Sport, b.Sport))
	})
	return sports
}

// mostFirst puts the larger count first, and of equal counts the longer distance.
func mostFirst(a, b *Totals) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(b.DistanceMeters, a.DistanceMeters))
}

// tally adds activities up. Its zero value is empty.
type tally struct {
	count       int
	distance    float64 // metres
	movingTime  int     // seconds
	elapsedTime int     // seconds
	climb       float64 // metres
	days        map[Date]bool
}

func (t *tally) add(a *Activity) {
	if t.days == nil {
		t.days = map[Date]bool{}
	}
	t.count++
	t.distance += a.DistanceMeters
	t.movingTime += a.MovingTime
	t.elapsedTime += a.ElapsedTime
	t.climb += a.ElevationGainMeters
	t.days[a.LocalDate()] = true
}

// totals are whole millimetres, so that a sum is the same in whatever order it was added up.
func (t *tally) totals() *Totals {
	return &Totals{
		Count:               t.count,
		DistanceMeters:      wholeMillimeters(t.distance),
		MovingTime:          t.movingTime,
		ElapsedTime:         t.elapsedTime,
		ElevationGainMeters: wholeMillimeters(t.climb),
		ActiveDays:          len(t.days),
	}
}

func tallyOf[K comparable](tallies map[K]*tally, key K) *tally {
	if tallies[key] == nil {
		tallies[key] = &tally{}
	}
	return tallies[key]
}
