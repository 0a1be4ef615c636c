package stravatest

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Activity is what a test says about an activity. Strava's fields that are not here (heart rate, trace, kudos ...) are
// made up so that they fit.
type Activity struct {
	// Name, zero: after the time of day, as Strava does it ("Morning Run").
	Name string
	// Sport is Strava's sport_type, or a word that Strava does not have. Zero: Run.
	Sport string
	// Start is when; its location, which must have an IANA name, is the activity's time zone. Zero: an hour ago, UTC.
	Start time.Time
	// Distance and Climb are in metres.
	Distance, Climb float64
	// Moving, zero: the distance at the sport's usual speed, or half an hour. Elapsed, zero: the same as Moving.
	Moving, Elapsed time.Duration
	// Workout is Strava's workout_type: a run has 1 race, 2 long run, 3 workout; a ride 10 none, 11 race, 12 workout.
	Workout int
	// Visibility is everyone, followers_only or only_me. Zero: everyone.
	Visibility string
	// Manual activities have no upload, no trace and no sensors.
	Manual, Trainer, Commute bool
	// GearID, zero: null.
	GearID string
	// Description, zero: null.
	Description string
	// Photos is how many there are; the first is the primary one.
	Photos int
}

// sport is how the made-up athlete does a sport.
type sport struct {
	kind     string  // Strava's older `type`, which newer sports share
	speed    float64 // metres per second
	climb    float64 // metres per kilometre
	heart    float64 // beats per minute; 0: measured by nobody
	cadence  float64 // a minute; for runs of one leg
	watts    float64
	calories float64 // per minute
	outdoors bool    // with a trace
}

// sportNamed knows the sports of the made-up history; of another it assumes that it is done indoors and covers nothing.
func sportNamed(word string) sport {
	switch word {
	case "Run":
		return sport{kind: "Run", speed: 3.1, climb: 7, heart: 149, cadence: 85, calories: 13, outdoors: true}
	case "TrailRun":
		return sport{kind: "Run", speed: 2.5, climb: 34, heart: 151, cadence: 80, calories: 13, outdoors: true}
	case "Ride":
		return sport{kind: "Ride", speed: 7.7, climb: 10, heart: 136, cadence: 84, watts: 178, calories: 11, outdoors: true}
	case "GravelRide":
		return sport{kind: "Ride", speed: 6.3, climb: 14, heart: 138, cadence: 79, watts: 174, calories: 11, outdoors: true}
	case "VirtualRide":
		return sport{kind: "VirtualRide", speed: 9.1, climb: 11, heart: 141, cadence: 88, watts: 196, calories: 12}
	case "Swim":
		return sport{kind: "Swim", speed: 0.72, calories: 9}
	case "Walk":
		return sport{kind: "Walk", speed: 1.4, climb: 9, heart: 97, cadence: 55, calories: 5, outdoors: true}
	case "Hike":
		return sport{kind: "Hike", speed: 1.1, climb: 58, heart: 112, calories: 7, outdoors: true}
	case "NordicSki":
		return sport{kind: "NordicSki", speed: 3.4, climb: 16, heart: 144, calories: 12, outdoors: true}
	case "Kayaking":
		return sport{kind: "Kayaking", speed: 1.8, heart: 108, calories: 6, outdoors: true}
	case "WeightTraining":
		return sport{kind: "WeightTraining", heart: 104, calories: 6}
	case "Yoga":
		return sport{kind: "Yoga", calories: 4}
	case "MountainBikeRide":
		return sport{kind: "Ride", calories: 11}
	case "EMountainBikeRide":
		return sport{kind: "EBikeRide", calories: 6}
	default:
		if slices.Contains(activityTypes(), word) {
			return sport{kind: word, calories: 5}
		}
		return sport{kind: "Workout", calories: 5}
	}
}

// AddActivity records an activity, as an upload would, and returns its id. It panics in Recorded mode, where the history
// is what was recorded.
func (s *Server) AddActivity(a Activity) int64 {
	e := s.own.(*diary).add(given(a, s.cfg.Now()))
	s.tellActivity(nil, &e)
	return e.row.ID
}

// DeleteActivity removes an activity, and reports whether it was there. It panics in Recorded mode.
func (s *Server) DeleteActivity(id int64) bool {
	e, ok := s.own.(*diary).remove(id)
	if ok {
		s.tellActivity(&e, nil)
	}
	return ok
}

// remove takes an activity out of the history.
func (d *diary) remove(id int64) (entry, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.entries, func(e entry) bool { return e.row.ID == id })
	if i < 0 {
		return entry{}, false
	}
	e := d.entries[i]
	d.forget(id)
	d.entries = slices.Delete(slices.Clone(d.entries), i, i+1)
	return e, true
}

// EditActivity changes an activity; what was made up is made up again. It reports whether the activity is there, and
// panics in Recorded mode. Start and with it the id stay as they are.
func (s *Server) EditActivity(id int64, edit func(*Activity)) bool {
	before, after, ok := s.own.(*diary).edit(id, edit)
	if ok {
		s.tellActivity(&before, &after)
	}
	return ok
}

func (d *diary) edit(id int64, edit func(*Activity)) (before, after entry, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.entries, func(e entry) bool { return e.row.ID == id })
	if i < 0 {
		return entry{}, entry{}, false
	}
	before = d.entries[i]
	changed := before.plan
	edit(&changed.Activity)
	changed.Start, changed.measured = before.Start, nil
	return before, d.rewrite(i, changed), true
}

// rewrite describes an activity anew. The caller holds the lock.
func (d *diary) rewrite(i int, changed plan) entry {
	id := d.entries[i].row.ID
	d.forget(id)
	d.entries = slices.Clone(d.entries)
	d.entries[i] = d.describe(changed, id)
	return d.entries[i]
}

// forget drops the efforts of an activity, which is about to change. The caller holds the lock.
func (d *diary) forget(activity int64) {
	maps.DeleteFunc(d.crossings, func(key crossing, _ effort) bool { return key.activity == activity })
}

// sort puts the newest first, by what Strava says of the start.
func (d *diary) sort() {
	slices.SortFunc(d.entries, func(a, b entry) int {
		return cmp.Or(b.shownStart().Compare(a.shownStart()), cmp.Compare(b.row.ID, a.row.ID))
	})
}
