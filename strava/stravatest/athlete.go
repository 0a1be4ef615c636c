package stravatest

import (
	"fmt"
	"time"
)

// person is who a diary belongs to.
type person struct {
	id                  int64
	username            string
	firstname, lastname string
	bio                 string
	city, state         string
	country             string
	since               time.Time
	followers, friends  int
	weight              float64
}

// robin is made up. The id is one that Strava has not reached, so that no link leads to a real person.
func robin() person {
	return person{
		id: 7_700_000_042, username: "robin_slipstream", firstname: "Robin", lastname: "Slipstream",
		bio:  "Rides for coffee, runs for cake, skis when nobody looks.",
		city: "Freiburg im Breisgau", state: "Baden-Württemberg", country: "Germany",
		since: time.Date(2017, 5, 14, 9, 30, 11, 0, time.UTC), followers: 143, friends: 121, weight: 68.5,
	}
}

// stranger is anyone else.
func stranger(id int64) person {
	return person{id: id, username: fmt.Sprintf("stranger_%d", id), firstname: "Some", lastname: "Stranger",
		since: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (d *diary) profile(link linker) summaryAthlete {
	a := d.athlete
	return summaryAthlete{
		ID: a.id, Username: &a.username, ResourceState: 2, Firstname: a.firstname, Lastname: a.lastname,
		Bio: orNull(a.bio), City: orNull(a.city), State: orNull(a.state), Country: orNull(a.country),
		Premium: true, Summit: true, BadgeTypeID: 1, Weight: decimal(a.weight),
		CreatedAt: a.since.Format(time.RFC3339), UpdatedAt: a.since.AddDate(2, 3, 4).Format(time.RFC3339),
		ProfileMedium: link(picturePath(a.id, "medium")), Profile: link(picturePath(a.id, "large")),
	}
}

// detailedProfile: friend and ftp are null, although the documents promise a number for ftp.
func (d *diary) detailedProfile(link linker) any {
	a := detailedAthlete{
		summaryAthlete: d.profile(link), CanFollow: true,
		FollowerCount: d.athlete.followers, FriendCount: d.athlete.friends, AthleteType: 1,
		DatePreference: "%d/%m/%Y", MeasurementPreference: "meters",
		Clubs: []any{}, Bikes: []wireGear{}, Shoes: []wireGear{},
	}
	a.ResourceState = 3
	for _, g := range d.garage() {
		if g.retired {
			continue // Retired gear is not listed, but activities go on naming it.
		}
		if g.bike() {
			a.Bikes = append(a.Bikes, g.wire())
		} else {
			a.Shoes = append(a.Shoes, g.wire())
		}
	}
	return a
}

// orNull is null for "".
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
