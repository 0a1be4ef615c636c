package stravatest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// piece is a stretch of a course, from one sample to another.
type piece struct {
	course
	number   int
	from, to int
}

func (p piece) metres() float64         { return p.distance[p.to] - p.distance[p.from] }
func (p piece) seconds() int            { return p.to - p.from }
func (p piece) elapsed() int            { return p.clock[p.to] - p.clock[p.from] }
func (p piece) duration() time.Duration { return time.Duration(p.seconds()) * time.Second }

// begins is when, as Strava admits it.
func (p piece) begins() time.Time {
	return p.shownStart().Add(time.Duration(p.clock[p.from]) * time.Second)
}

// rise is the difference in height, climbed the sum of all ups.
func (p piece) rise() float64 {
	if p.altitude == nil {
		return 0
	}
	return p.altitude[p.to] - p.altitude[p.from]
}

func (p piece) climbed() float64 {
	total := 0.0
	for i := p.from + 1; i <= p.to && p.altitude != nil; i++ {
		total += max(0, p.altitude[i]-p.altitude[i-1])
	}
	return total
}

// pieces cuts the course every so many metres; zero metres, or a course of no length, gives one piece. They share their
// ends, so they add up to the whole.
func (c course) pieces(metres float64) []piece {
	var pieces []piece
	from := 0
	for n := 1; metres > 0 && float64(n)*metres < c.Distance; n++ {
		to := c.at(float64(n) * metres)
		if to == c.last() {
			break
		}
		pieces = append(pieces, piece{c, n, from, to})
		from = to
	}
	return append(pieces, piece{c, len(pieces) + 1, from, c.last()})
}

// laps are what the device cut by itself.
func (c course) laps() []piece {
	if c.Manual {
		return nil
	}
	metres := map[string]float64{"Run": 5000, "Ride": 20000, "Swim": 500}[sportNamed(c.asMeasured().Sport).kind]
	if c.Workout == 3 {
		metres = 1000
	}
	return c.pieces(metres)
}

func (p piece) split() wireSplit {
	pace := speed(p.metres(), p.duration())
	return wireSplit{
		Distance: round(p.metres(), 1), ElapsedTime: p.elapsed(), MovingTime: p.seconds(), Split: p.number,
		ElevationDifference: round(p.rise(), 1), AverageSpeed: round(float64(pace), 2),
		AverageGradeAdjustedSpeed: new(round(float64(pace)*(1+3*p.rise()/max(1, p.metres())), 2)),
		AverageHeartrate:          mean(p.heart, p.from, p.to), PaceZone: 2, // Strava does not round the heart rate.
	}
}

func (p piece) lap() wireLap {
	return wireLap{
		ID: 2*p.row.ID + int64(p.number), ResourceState: 2, Name: "Lap " + strconv.Itoa(p.number),
		Activity: p.activity(), Athlete: p.row.Athlete, ElapsedTime: p.elapsed(), MovingTime: p.seconds(),
		StartDate: p.begins().UTC().Format(time.RFC3339), StartDateLocal: falseZ(p.begins()),
		Distance: round(p.metres(), 2), AverageSpeed: round(float64(speed(p.metres(), p.duration())), 2),
		MaxSpeed: round(slices.Max(p.velocity[p.from:p.to+1]), 3),
		LapIndex: p.number, Split: p.number, StartIndex: p.from, EndIndex: p.to,
		TotalElevationGain: climb(round(p.climbed(), 1)), DeviceWatts: p.row.DeviceWatts != nil && *p.row.DeviceWatts,
		AverageCadence:   rounded(mean(p.cadence, p.from, p.to)),
		AverageWatts:     rounded(mean(p.watts, p.from, p.to)),
		AverageHeartrate: rounded(mean(p.heart, p.from, p.to)), MaxHeartrate: peak(p.heart, p.from, p.to),
	}
}

func (e entry) activity() wireActivity { return wireActivity{e.row.ID, e.row.Visibility, 1} }

// bestEfforts are the fastest stretches of the usual lengths, wherever they begin.
func (c course) bestEfforts() []wireBestEffort {
	distances := []struct {
		name   string
		metres int
	}{
		{"400m", 400}, {"1/2 mile", 805}, {"1K", 1000}, {"1 mile", 1609}, {"2 mile", 3219}, {"5K", 5000}, {"10K", 10000},
		{"15K", 15000}, {"10 mile", 16090}, {"20K", 20000}, {"Half-Marathon", 21097}, {"30K", 30000}, {"Marathon", 42195},
	}
	var efforts []wireBestEffort
	for i, d := range distances {
		from, to, ok := c.fastest(float64(d.metres))
		if !ok {
			break
		}
		p := piece{c, i + 1, from, to}
		efforts = append(efforts, wireBestEffort{
			ID: 3*c.row.ID + int64(i), ResourceState: 2, Name: d.name, Activity: c.activity(), Athlete: c.row.Athlete,
			ElapsedTime: p.elapsed(), MovingTime: p.seconds(),
			StartDate: p.begins().UTC().Format(time.RFC3339), StartDateLocal: falseZ(p.begins()),
			Distance: d.metres, Achievements: []any{}, StartIndex: from, EndIndex: to,
		})
	}
	return efforts
}

// listLaps repeats the laps of the detail.
func (c *call) listLaps(d *diary) answer {
	e, refused := c.activityOf(d)
	if refused != nil {
		return *refused
	}
	laps := []wireLap{}
	for _, p := range d.record(e).laps() {
		laps = append(laps, p.lap())
	}
	return jsonAnswer(http.StatusOK, laps)
}
