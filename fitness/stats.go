package fitness

import (
	"cmp"
	"slices"
)

// Stats are sums and series over a choice of activities, computed in each activity's local time. They are computed when
// asked for, from an unchanging list, and safe for concurrent use.
type Stats struct {
	activities []*Activity
	figures    *figures  // of activities
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
	return s.sumOf(func(*figure) bool { return true })
}

// sumOf are the sums over those that are kept.
func (s *Stats) sumOf(keep func(*figure) bool) *Totals {
	var sum tally
	for i := range s.figures.rows {
		if row := &s.figures.rows[i]; keep(row) {
			sum.add(row)
		}
	}
	return sum.totals()
}

// BySport are the sums of each sport that occurs: the largest count first, of equal counts the longer distance.
func (s *Stats) BySport() []*SportTotals {
	sports := []*SportTotals{}
	for sport, totals := range s.figures.bySport() {
		sports = append(sports, &SportTotals{Sport: Sport(sport), Totals: totals})
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
	days        dateSet
}

func (t *tally) add(f *figure) {
	t.count++
	t.distance += f.distance
	t.movingTime += f.movingTime
	t.elapsedTime += f.elapsedTime
	t.climb += f.climb
	t.days.add(f.date)
}

// totals are whole millimetres, so that a sum is the same in whatever order it was added up.
func (t *tally) totals() *Totals {
	return &Totals{
		Count:               t.count,
		DistanceMeters:      wholeMillimeters(t.distance),
		MovingTime:          t.movingTime,
		ElapsedTime:         t.elapsedTime,
		ElevationGainMeters: wholeMillimeters(t.climb),
		ActiveDays:          t.days.size(),
	}
}
