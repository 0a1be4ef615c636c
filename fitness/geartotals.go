package fitness

import (
	"cmp"
	"slices"
)

// GearTotals are the sums over the activities with one bike or one pair of shoes.
type GearTotals struct {
	// StravaID is Strava's own id of the gear.
	StravaID string
	Totals   *Totals
}

// GearID is the gear's global id.
func (t *GearTotals) GearID() string { return gearNode.id(t.StravaID) }

// ByGear are the sums of each bike and each pair of shoes that occurs: the largest count first, of equal counts the
// longer distance. Activities without gear are in none of them.
func (s *Stats) ByGear() []*GearTotals {
	gears := []*GearTotals{}
	for stravaID, totals := range s.figures.byGear() {
		if stravaID != "" {
			gears = append(gears, &GearTotals{StravaID: stravaID, Totals: totals})
		}
	}
	slices.SortFunc(gears, func(a, b *GearTotals) int {
		return cmp.Or(mostFirst(a.Totals, b.Totals), cmp.Compare(a.StravaID, b.StravaID))
	})
	return gears
}
