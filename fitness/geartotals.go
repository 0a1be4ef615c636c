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
	tallies := map[string]*tally{}
	for _, activity := range s.activities {
		if activity.GearID != "" {
			tallyOf(tallies, activity.GearID).add(activity)
		}
	}
	gears := make([]*GearTotals, 0, len(tallies))
	for stravaID, tally := range tallies {
		gears = append(gears, &GearTotals{StravaID: stravaID, Totals: tally.totals()})
	}
	slices.SortFunc(gears, func(a, b *GearTotals) int {
		return cmp.Or(mostFirst(a.Totals, b.Totals), cmp.Compare(a.StravaID, b.StravaID))
	})
	return gears
}
