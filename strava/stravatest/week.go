package stravatest

import (
	"math/rand/v2"
	"time"
)

// homeDay is a usual day: each weekday has its habits, which change with the weather, and now and then it is skipped.
func (c *calendar) homeDay(day time.Time, r *rand.Rand) []plan {
	if r.IntN(100) < 7 {
		return nil
	}
	warm := warmth(day)
	switch day.Weekday() {
	case time.Monday:
		return c.monday(day, r)
	case time.Tuesday:
		return append(c.commute(day, r, warm), c.tuesday(day, r))
	case time.Wednesday:
		return []plan{c.eveningRide(day, r, warm)}
	case time.Thursday:
		return append(c.commute(day, r, warm), c.thursday(day, r)...)
	case time.Friday:
		return c.friday(day, r)
	case time.Saturday:
		return []plan{c.saturday(day, r, warm)}
	default:
		return c.sunday(day, r)
	}
}

func (c *calendar) monday(day time.Time, r *rand.Rand) []plan {
	switch n := r.IntN(100); {
	case n < 50:
		p := c.session(day, r, "Yoga", 19.5, 45)
		p.Manual = r.IntN(3) == 0
		return []plan{p}
	case n < 92:
		return []plan{c.poolSwim(day, r)}
	}
	return nil
}

// tuesday is for speed, every other week on the track.
func (c *calendar) tuesday(day time.Time, r *rand.Rand) plan {
	p := c.outing(day, r, "Run", 18.2, 10)
	if r.IntN(2) == 0 {
		p.Name, p.Workout = pick(r, "6 × 1000 m", "Track Tuesday", "Tempo & strides", "Hill repeats on Chapel Hill", "3 × 3 km <threshold>"), 3
	}
	return p
}

func (c *calendar) thursday(day time.Time, r *rand.Rand) []plan {
	plans := []plan{c.outing(day, r, "Run", pick(r, 6.6, 6.8, 12.3), 8)}
	if r.IntN(4) == 0 {
		plans = append(plans, c.outing(day, r, "Walk", 19, 3.6))
	}
	return plans
}

func (c *calendar) friday(day time.Time, r *rand.Rand) []plan {
	switch n := r.IntN(100); {
	case n < 60:
		p := c.session(day, r, "WeightTraining", 17.5, 50)
		p.Manual = r.IntN(8) == 0
		return []plan{p}
	case n < 90:
		return []plan{c.poolSwim(day, r)}
	}
	return nil
}

// commute is a short ride in the warmer half of the year.
func (c *calendar) commute(day time.Time, r *rand.Rand, warm float64) []plan {
	if warm < 0.4 || r.IntN(3) == 0 {
		return nil
	}
	p := c.outing(day, r, "Ride", 7.7, 6.2)
	p.Commute, p.GearID, p.Name, p.Photos, p.way = true, commuterBike, "", 0, commuteWay
	p.Moving = time.Duration(p.Moving.Seconds()*wayToWork/p.Distance) * time.Second
	p.Distance, p.Climb = wayToWork, wayToWorkClimb
	p.Elapsed = p.Moving + 90*time.Second
	return []plan{p}
}

func (c *calendar) eveningRide(day time.Time, r *rand.Rand, warm float64) plan {
	switch {
	case warm < 0.3:
		return c.outing(day, r, "VirtualRide", 18.7, 29)
	case r.IntN(4) == 0:
		return c.outing(day, r, "GravelRide", 17.6, 34)
	default:
		return c.outing(day, r, "Ride", 17.5, 41)
	}
}

func (c *calendar) saturday(day time.Time, r *rand.Rand, warm float64) plan {
	n := r.IntN(100)
	switch {
	case warm < 0.25 && n < 40:
		p := c.outing(day, r, "NordicSki", 10, 21)
		p.spot = spot{47.8893, 8.0581, 1120}
		return p
	case warm < 0.3 && n < 75:
		return c.outing(day, r, "VirtualRide", 9.5, 38)
	case warm < 0.3 || n < 9:
		return c.hike(day, r)
	case warm > 0.75 && n < 18:
		p := c.outing(day, r, "Kayaking", 10.5, 8)
		p.spot, p.Climb = spot{47.8946, 8.1510, 846}, 0
		return p
	case n < 38:
		return c.outing(day, r, "GravelRide", 9.6, 62)
	default:
		return c.outing(day, r, "Ride", 8.8, 62+55*warm)
	}
}

// sunday is for the long run.
func (c *calendar) sunday(day time.Time, r *rand.Rand) []plan {
	var plans []plan
	switch n := r.IntN(100); {
	case n < 62:
		p := c.outing(day, r, "Run", 8.6, 18)
		p.Workout = 2
		plans = append(plans, p)
	case n < 88:
		p := c.outing(day, r, "TrailRun", 9.2, 15)
		p.spot = spot{47.9772, 7.8892, 340}
		plans = append(plans, p)
	default:
		plans = append(plans, c.hike(day, r))
	}
	if r.IntN(4) == 0 {
		plans = append(plans, c.outing(day, r, "Walk", 16, 4.5))
	}
	return plans
}

func (c *calendar) hike(day time.Time, r *rand.Rand) plan {
	p := c.outing(day, r, "Hike", 9.5, 14)
	p.spot = spot{47.9121, 7.8989, 1010}
	return p
}

// poolSwim counts lanes of 25 m and has no trace.
func (c *calendar) poolSwim(day time.Time, r *rand.Rand) plan {
	p := c.outing(day, r, "Swim", 6.7, 1.9)
	p.Distance, p.Climb = float64(int(p.Distance/25)*25), 0
	p.Elapsed = time.Duration(p.Moving.Seconds()*1.15) * time.Second
	return p
}

// injuredDay is a day of the three weeks of a bad Achilles tendon.
func (c *calendar) injuredDay(day time.Time, r *rand.Rand) []plan {
	var p plan
	switch day.Weekday() {
	case time.Tuesday:
		p = c.outing(day, r, "Walk", 17, 2.5)
		p.Name = pick(r, "Stupid tendon", "One foot in front of the other", "Rehab walk")
	case time.Friday:
		p = c.session(day, r, "Yoga", 18, 35)
		p.Manual = true
	default:
		return nil
	}
	return []plan{p}
}

func (c *calendar) dayOff(time.Time, *rand.Rand) []plan { return nil }

// race is one of the five Sundays a year with a number on the chest.
type race struct {
	month          time.Month
	week           int
	name, sport    string
	hour, km       float64
	workout, photo int
}

func races() []race {
	return []race{
		{time.February, 2, "High Forest ski marathon", "NordicSki", 10, 30, 0, 2},
		{time.April, 1, "Three Rivers Half Marathon", "Run", 9.5, 21.2, 1, 3},
		{time.June, 2, "Old Mill 10k", "Run", 18.5, 10.05, 1, 1},
		{time.July, 2, "Cuckoo Gran Fondo", "Ride", 7.5, 138, 11, 4},
		{time.October, 1, "Vineyard Marathon", "Run", 9, 42.4, 1, 4},
	}
}

// raceOn is the race of a day.
func (c *calendar) raceOn(day time.Time) (plan, bool) {
	for _, race := range races() {
		if day.Weekday() != time.Sunday || race.month != day.Month() || race.week != (day.Day()+6)/7 {
			continue
		}
		ground := race.ground()
		p := c.outing(day, c.random(day, 3), race.sport, race.hour, race.km)
		p.Name, p.Description, p.Workout, p.Photos = race.name, "Legs empty, heart full.\r\n\r\nThank you to everyone along the road!", race.workout, race.photo
		p.Visibility, p.spot, p.way = everyone, ground.spot, ground.way
		faster := ground.metres / p.Distance * 0.92 // The course is measured, and it is a race.
		p.Distance, p.Climb = ground.metres, ground.ascent
		p.Moving = time.Duration(p.Moving.Seconds()*faster) * time.Second
		p.Elapsed = p.Moving + 12*time.Second
		p.GearID = raceGear(race.sport, p.GearID)
		return p, true
	}
	return plan{}, false
}
