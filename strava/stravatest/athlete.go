package stravatest

import (
	"fmt"
	"net/http"
	"strconv"
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
	ftp                 int // watts; 0: null
	subscriber          bool
}

// robin is made up. The id is one that Strava has not reached, so that no link leads to a real person.
func robin() person {
	return person{
		id: 7_700_000_042, username: "robin_slipstream", firstname: "Robin", lastname: "Slipstream",
		bio:  "Rides for coffee, runs for cake, skis when nobody looks.",
		city: "Freiburg im Breisgau", state: "Baden-Württemberg", country: "Germany",
		since: time.Date(2017, 5, 14, 9, 30, 11, 0, time.UTC), followers: 143, friends: 121, weight: 68.5, subscriber: true,
	}
}

// stranger is anyone else.
func stranger(id int64) person {
	return person{id: id, username: fmt.Sprintf("stranger_%d", id), firstname: "Some", lastname: "Stranger",
		since: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// self is the athlete as of now.
func (d *diary) self() person {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.athlete
}

func (d *diary) profile(link linker) summaryAthlete {
	a := d.self()
	return summaryAthlete{
		ID: a.id, Username: &a.username, ResourceState: 2, Firstname: a.firstname, Lastname: a.lastname,
		Bio: orNull(a.bio), City: orNull(a.city), State: orNull(a.state), Country: orNull(a.country),
		Premium: a.subscriber, Summit: a.subscriber, BadgeTypeID: 1, Weight: decimal(a.weight),
		CreatedAt: a.since.Format(time.RFC3339), UpdatedAt: a.since.AddDate(2, 3, 4).Format(time.RFC3339),
		ProfileMedium: link(picturePath(a.id, "medium")), Profile: link(picturePath(a.id, "large")),
	}
}

// detailedProfile: friend and, unless a test says otherwise, ftp are null, although the documents promise a number for ftp.
func (d *diary) detailedProfile(link linker) any {
	self := d.self()
	a := detailedAthlete{
		summaryAthlete: d.profile(link), CanFollow: true,
		FollowerCount: self.followers, FriendCount: self.friends, AthleteType: 1,
		DatePreference: "%d/%m/%Y", MeasurementPreference: "meters",
		Clubs: d.clubs(link), PostableClubsCount: len(clubs()), Bikes: []wireGear{}, Shoes: []wireGear{},
	}
	a.ResourceState = 3
	if self.ftp > 0 {
		a.FTP = &self.ftp
	}
	for _, g := range d.garage() {
		if g.Retired {
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

// setWeight takes the weight from the form or from the query; the specification has it in a path that has no place for it.
func (c *call) setWeight(d *diary) answer {
	form, refused := c.form("weight")
	if refused != nil {
		return *refused
	}
	value := form.Get("weight")
	setDefault(&value, c.r.URL.Query().Get("weight"))
	weight, err := strconv.ParseFloat(value, 64)
	if err != nil || weight <= 0 || weight > 1000 {
		return *c.badParameter("weight", "weight is not a number of kilograms")
	}
	d.mu.Lock()
	d.athlete.weight = weight
	d.mu.Unlock()
	return jsonAnswer(http.StatusOK, d.detailedProfile(c.link))
}

// Subscriber gives the athlete Strava's subscription, which they have at first, or takes it away: zones and segment
// efforts are for subscribers, and so is suffer_score. It panics in Recorded mode.
func (s *Server) Subscriber(subscriber bool) {
	d := s.own.(*diary)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.athlete.subscriber = subscriber
}

// SetFTP gives the athlete a functional threshold power in watts, and with it power zones; 0 takes it away. It panics in
// Recorded mode.
func (s *Server) SetFTP(watts int) {
	d := s.own.(*diary)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.athlete.ftp = watts
}

// subscribed reports whether the token's athlete is; who was recorded was.
func (c *call) subscribed() bool {
	d, madeUp := c.historyOf(c.token.athlete).(*diary)
	return !madeUp || d.self().subscriber
}

// orNull is null for "".
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
