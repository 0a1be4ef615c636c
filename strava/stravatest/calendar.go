package stravatest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// calendar plans the athlete's years: a week's pattern at home, with the seasons; races; journeys; weeks off.
type calendar struct {
	seed  uint64
	first time.Time // days are midnights in UTC
	last  time.Time
	zones map[string]*time.Location
	spans []span
}

// span is a time that is not as usual.
type span struct {
	from, to time.Time // both included
	days     func(c *calendar, day time.Time, r *rand.Rand) []plan
}

const homeZone = "Europe/Berlin"

// newCalendar covers the years before now and the current one up to yesterday, so that the same day gives the same
// history at any time of it.
func newCalendar(seed uint64, now time.Time, years int) (*calendar, error) {
	today := now.UTC().Truncate(24 * time.Hour)
	c := &calendar{
		seed:  seed,
		first: time.Date(today.Year()-years, 1, 1, 0, 0, 0, 0, time.UTC),
		last:  today.AddDate(0, 0, -1),
		zones: map[string]*time.Location{},
	}
	names := []string{homeZone}
	for _, j := range journeys() {
		names = append(names, j.zone)
	}
	for _, name := range names {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil, fmt.Errorf("load a journey's time zone: %w", err)
		}
		c.zones[name] = zone
	}
	for year := c.first.Year(); year <= today.Year(); year++ {
		c.planYear(year)
	}
	return c, nil
}

// planYear lays out the times that are not as usual. None of them touches the last four weeks: what a frontend shows
// first should be a normal week.
func (c *calendar) planYear(year int) {
	r := c.random(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), 1)
	add := func(month time.Month, day, jitter, length int, days func(*calendar, time.Time, *rand.Rand) []plan) {
		from := time.Date(year, month, day+r.IntN(jitter), 0, 0, 0, 0, time.UTC)
		s := span{from, from.AddDate(0, 0, length-1), days}
		if s.to.Before(c.last.AddDate(0, 0, -27)) {
			c.spans = append(c.spans, s)
		}
	}
	n := year - c.first.Year()
	if n%2 == 1 {
		add(time.February, 1, 14, 20, (*calendar).injuredDay)
	}
	spring, autumn := springJourneys(), autumnJourneys()
	add(time.March, 8, 12, 9, spring[n%len(spring)].day)
	add(time.June, 20, 10, 5, (*calendar).dayOff)
	add(time.August, 4, 12, 9, (*calendar).dayOff)
	journey := autumn[n%len(autumn)]
	add(journey.month, journey.dayOfMonth, 3, 10, journey.day)
	add(time.November, 9, 5, 7, (*calendar).dayOff)
}

// random is a source that depends on the seed and the day alone.
func (c *calendar) random(day time.Time, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(c.seed+stream<<32, uint64(day.Unix())))
}

func (c *calendar) plans() []plan {
	var plans []plan
	for day := c.first; !day.After(c.last); day = day.AddDate(0, 0, 1) {
		plans = append(plans, c.day(day)...)
	}
	plans = append(c.freshen(plans), c.newYearsDay()...)
	markOddities(plans)
	return plans
}

func (c *calendar) day(day time.Time) []plan {
	r := c.random(day, 0)
	for _, s := range c.spans {
		if !day.Before(s.from) && !day.After(s.to) {
			return s.days(c, day, r)
		}
	}
	if race, ok := c.raceOn(day); ok {
		return []plan{race}
	}
	return c.homeDay(day, r)
}

// freshen makes sure that the last two days have a run and a ride, and that the newest of each has a photo for all to
// see: that is what a frontend shows first.
func (c *calendar) freshen(plans []plan) []plan {
	r := c.random(c.last, 2)
	if !c.fresh(plans, "Run") {
		plans = append(plans, c.outing(c.last, r, "Run", 7.2, 9.4))
	}
	if !c.fresh(plans, "Ride") {
		plans = append(plans, c.outing(c.last, r, "Ride", 15.5, 46))
	}
	for _, kinds := range [][]string{{"Run"}, {"Ride", "VirtualRide"}} {
		newest := -1
		for i, p := range plans {
			if slices.Contains(kinds, sportNamed(p.Sport).kind) && (newest < 0 || p.Start.After(plans[newest].Start)) {
				newest = i
			}
		}
		plans[newest].Visibility, plans[newest].Photos = everyone, max(1, plans[newest].Photos)
	}
	return plans
}

// fresh reports whether a sport was done in the last two days, and in the last day's year.
func (c *calendar) fresh(plans []plan, sport string) bool {
	return slices.ContainsFunc(plans, func(p plan) bool {
		return p.Sport == sport && !p.Commute && p.Start.Year() == c.last.Year() && !p.Start.Before(c.last.AddDate(0, 0, -1))
	})
}

// newYearsDay gives the first of January something that counts for the new year, although nothing of the day itself is
// in the history yet: a run and a ride just after midnight, which is still the old year in UTC.
func (c *calendar) newYearsDay() []plan {
	midnight := c.last.AddDate(0, 0, 1)
	if midnight.YearDay() != 1 {
		return nil
	}
	start := time.Date(midnight.Year(), 1, 1, 0, 4, 0, 0, c.zones[homeZone])
	return []plan{
		{spot: home(), Activity: Activity{Name: "First run of the year", Sport: "Run", Start: start,
			Distance: 3100, Climb: 14, Moving: 17 * time.Minute, GearID: shoeOn(start), Photos: 1}},
		{spot: home(), Activity: Activity{Name: "First ride of the year", Sport: "Ride", Start: start.Add(20 * time.Minute),
			Distance: 8200, Climb: 31, Moving: 24 * time.Minute, GearID: commuterBike, Photos: 1}},
	}
}

// markOddities spreads what is rare and what a client trips over.
func markOddities(plans []plan) {
	n := len(plans)
	odd := func(sport string, from int, mark func(*plan)) {
		if i := nextOf(plans, sport, from); i >= 0 {
			mark(&plans[i])
		}
	}
	for _, from := range []int{n / 3, 2 * n / 3} {
		odd("Run", from, func(p *plan) { p.hiddenStart = true })
		odd("WeightTraining", from, func(p *plan) {
			p.Sport, p.Name, p.Description = "Jetpacking", "Jetpack taster session", "Two metres up, one metre down. Again!"
		})
		odd("Walk", from, func(p *plan) { p.Elapsed = p.Moving - 7*time.Second }) // It happens, and nobody knows why.
	}
	odd("VirtualRide", n/2, func(p *plan) { p.Sport, p.listless = "Ride", true })
}

// nextOf finds the first plan of a sport from an index on.
func nextOf(plans []plan, sport string, from int) int {
	for i := from; i < len(plans); i++ {
		if plans[i].Sport == sport {
			return i
		}
	}
	return -1
}

// outing is a session of a sport that covers a distance, at home, from a time of day (hours) on. Its pace follows the
// athlete's form, which grows over the years and is best in summer.
func (c *calendar) outing(day time.Time, r *rand.Rand, sport string, hour, km float64) plan {
	p := c.session(day, r, sport, hour, 0)
	s := sportNamed(sport)
	years := day.Sub(c.first).Hours() / 24 / 365
	form := 0.95 + 0.012*years + 0.03*warmth(day)
	p.Distance = km * 1000 * between(r, 0.9, 1.12)
	p.Moving = time.Duration(p.Distance/(s.speed*form*between(r, 0.95, 1.05))) * time.Second
	p.Climb = p.Distance / 1000 * s.climb * between(r, 0.7, 1.4)
	p.Elapsed = time.Duration(p.Moving.Seconds()*between(r, 1, 1.09)) * time.Second
	if (sport == "Ride" || sport == "Hike") && r.IntN(6) == 0 {
		p.Elapsed = time.Duration(p.Moving.Seconds()*between(r, 1.5, 2)) * time.Second // There was cake.
	}
	return p
}

// session is one that covers no distance.
func (c *calendar) session(day time.Time, r *rand.Rand, sport string, hour float64, minutes int) plan {
	year, month, date := day.Date()
	start := time.Date(year, month, date, 0, 0, 0, 0, c.zones[homeZone])
	start = start.Add(time.Duration((hour+between(r, -0.3, 0.3))*3600) * time.Second)
	p := plan{spot: home(), muted: r.IntN(60) == 0, Activity: Activity{
		Sport: sport, Start: start, Visibility: visibility(r), GearID: gearFor(sport, start), Trainer: sport == "VirtualRide",
		Moving: time.Duration(float64(minutes)*60*between(r, 0.9, 1.1)) * time.Second,
	}}
	p.Elapsed = p.Moving
	p.Name, p.Description = words(p, r)
	p.Photos = photosOf(sport, r)
	return p
}

func visibility(r *rand.Rand) string {
	switch n := r.IntN(100); {
	case n < 4:
		return onlyMe
	case n < 11:
		return followersOnly
	default:
		return everyone
	}
}

// photosOf: some sports have more of a view than others.
func photosOf(sport string, r *rand.Rand) int {
	chance := map[string]int{"Hike": 75, "NordicSki": 60, "Kayaking": 80, "TrailRun": 40, "GravelRide": 45, "Ride": 25, "Walk": 25, "Run": 12}
	if r.IntN(100) >= chance[sport] {
		return 0
	}
	return 1 + r.IntN(4)
}

func between(r *rand.Rand, low, high float64) float64 { return low + (high-low)*r.Float64() }
