package fitness

import (
	"strconv"
	"time"
)

// Athlete is the connected athlete. A text that is empty at Strava is nil here. Athletes are shared between queries and
// must not be changed.
type Athlete struct {
	StravaID  int64
	FirstName *string
	LastName  *string
	Username  *string
	Bio       *string
	City      *string
	State     *string
	Country   *string
	// Measurement is the system of units that the athlete prefers.
	Measurement *Measurement
	// Picture is the URL of the largest profile picture.
	Picture *string
	// WeightKilograms and what follows it need the scope profile:read_all; they are nil without it.
	WeightKilograms *float64
	FTP             *int // functional threshold power, watts
	FollowerCount   *int
	FriendCount     *int
	CreatedAt       *time.Time
	Bikes           []*Gear
	Shoes           []*Gear
}

// ID is the athlete's global id.
func (a *Athlete) ID() string { return athleteNode.id(strconv.FormatInt(a.StravaID, 10)) }

// URL is the athlete's page at Strava.
func (a *Athlete) URL() string { return stravaSite + "/athletes/" + strconv.FormatInt(a.StravaID, 10) }

// Weight is nil where Strava does not tell it.
func (a *Athlete) Weight(unit MassUnit) *float64 {
	if a.WeightKilograms == nil {
		return nil
	}
	return new(unit.fromKilograms(*a.WeightKilograms))
}

// gear is the athlete's bike or pair of shoes of that id, nil if it is neither.
func (a *Athlete) gear(stravaID string) *Gear {
	for _, gears := range [][]*Gear{a.Bikes, a.Shoes} {
		for _, gear := range gears {
			if gear.StravaID == stravaID {
				return gear
			}
		}
	}
	return nil
}
