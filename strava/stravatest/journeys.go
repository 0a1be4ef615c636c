package stravatest

import (
	"math/rand/v2"
	"time"
)

// journey is a time away, with the sports of that place.
type journey struct {
	place string
	zone  string
	spot  spot
	// month and dayOfMonth are when, for the journeys of autumn.
	month      time.Month
	dayOfMonth int
	outings    []outing
	// oldZone is what a watch that was never updated calls the zone, for the first day.
	oldZone string
}

// outing is what is done there, at the hour of day that jet lag allows.
type outing struct {
	sport    string
	hour, km float64
}

func springJourneys() []journey {
	return []journey{
		{place: "Mallorca", zone: "Europe/Madrid", spot: spot{39.8770, 3.0840, 20},
			outings: []outing{{"Ride", 9.3, 105}, {"Ride", 9.8, 128}, {"Swim", 17, 1.6}, {"Ride", 9.5, 92}}},
		{place: "Tokyo", zone: "Asia/Tokyo", spot: spot{35.6846, 139.7561, 15},
			outings: []outing{{"Run", 6.4, 10.2}, {"Walk", 14.2, 8}, {"Run", 6.7, 5.2}}},
		{place: "Mallorca", zone: "Europe/Madrid", spot: spot{39.8770, 3.0840, 20},
			outings: []outing{{"Ride", 9.4, 112}, {"Run", 7.2, 8}, {"Ride", 9.1, 140}}},
		{place: "Boulder", zone: "America/Denver", spot: spot{40.0089, -105.2797, 1650},
			outings: []outing{{"TrailRun", 17.6, 12}, {"GravelRide", 8.6, 55}, {"Hike", 9, 13}}},
	}
}

func autumnJourneys() []journey {
	return []journey{
		{place: "New York", zone: "America/New_York", spot: spot{40.7794, -73.9632, 25}, month: time.October, dayOfMonth: 27,
			oldZone: "EST5EDT", outings: []outing{{"Run", 20.6, 9.8}, {"Walk", 11, 9}, {"Run", 20.9, 6.1}}},
		{place: "Kathmandu", zone: "Asia/Kathmandu", spot: spot{27.7340, 85.3800, 1420}, month: time.October, dayOfMonth: 12,
			outings: []outing{{"Hike", 7, 15}, {"Hike", 7.3, 12}, {"Walk", 16, 5}}},
		{place: "Cape Town", zone: "Africa/Johannesburg", spot: spot{-33.9258, 18.4040, 60}, month: time.September, dayOfMonth: 12,
			outings: []outing{{"TrailRun", 7.2, 13}, {"Ride", 7, 76}, {"Run", 17.3, 10}}},
	}
}

func journeys() []journey { return append(springJourneys(), autumnJourneys()...) }

// day is one day there: most of them are active.
func (j journey) day(c *calendar, day time.Time, r *rand.Rand) []plan {
	if r.IntN(6) == 0 {
		return nil
	}
	o := j.outings[day.YearDay()%len(j.outings)]
	p := c.outing(day, r, o.sport, o.hour, o.km)
	year, month, date := p.Start.Date()
	hour, minute, second := p.Start.Clock()
	p.Start = time.Date(year, month, date, hour, minute, second, 0, c.zones[j.zone])
	p.spot = j.spot
	if r.IntN(3) == 0 {
		p.Name = pick(r, "Hello "+j.place, j.place+" before breakfast", "Lost in "+j.place+" 🗺️", j.place+", day "+day.Format("2"))
	}
	if j.oldZone != "" && r.IntN(4) == 0 {
		p.zoneName = j.oldZone
	}
	if p.Sport == "Swim" {
		p.Climb = 0
	}
	return []plan{p}
}
