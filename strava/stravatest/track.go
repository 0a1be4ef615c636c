package stravatest

import (
	"encoding/xml"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
)

// trackPoint is one of a file. What the file does not say is nil.
type trackPoint struct {
	time     time.Time
	position *position
	altitude *float64 // metres
	distance *float64 // metres since the start
	heart    *float64
}

// track is what a file says, second by second. A channel that it lacks is nil.
type track struct {
	sport    string
	start    time.Time
	distance []float64
	trace    []position
	altitude []float64
	heart    []float64
}

// longestTrack is in seconds: a file of more is taken for a wrong one.
const longestTrack = 7 * 24 * 3600

// errNoTime and errEmpty are Strava's words for files that are no tracks.
var (
	errNoTime = errors.New("Time information is missing from file.") //nolint:staticcheck // Strava's spelling.
	errEmpty  = errors.New("The file is empty.")                     //nolint:staticcheck // Strava's spelling.
)

// newTrack puts the points in order and fills the seconds between them.
func newTrack(sport string, points []trackPoint) (track, error) {
	if len(points) < 2 {
		return track{}, errEmpty
	}
	if slices.ContainsFunc(points, func(p trackPoint) bool { return p.time.IsZero() }) {
		return track{}, errNoTime
	}
	slices.SortStableFunc(points, func(a, b trackPoint) int { return a.time.Compare(b.time) })
	t := track{sport: sport, start: points[0].time.Truncate(time.Second)}
	seconds := int(points[len(points)-1].time.Sub(t.start).Seconds())
	if seconds < 1 || seconds > longestTrack {
		return track{}, errFormat
	}
	lay := func(channel func(trackPoint) *float64) []float64 {
		return everySecond(t.start, seconds, points, channel)
	}
	latitude := lay(func(p trackPoint) *float64 { return coordinate(p.position, true) })
	longitude := lay(func(p trackPoint) *float64 { return coordinate(p.position, false) })
	for i := range latitude {
		t.trace = append(t.trace, position{latitude[i], longitude[i]})
	}
	t.altitude = lay(func(p trackPoint) *float64 { return p.altitude })
	t.heart = lay(func(p trackPoint) *float64 { return p.heart })
	t.distance = lay(func(p trackPoint) *float64 { return p.distance })
	if t.distance == nil {
		t.distance = make([]float64, seconds+1)
		for i := 1; i < len(t.trace); i++ {
			t.distance[i] = t.distance[i-1] + t.trace[i-1].to(t.trace[i])
		}
	}
	for i := 1; i <= seconds; i++ { // Some devices count backwards when they have lost their way.
		t.distance[i] = max(t.distance[i], t.distance[i-1])
	}
	return t, nil
}

func coordinate(p *position, latitude bool) *float64 {
	switch {
	case p == nil:
		return nil
	case latitude:
		return &p.latitude
	default:
		return &p.longitude
	}
}

// everySecond interpolates a channel; nil when no point has it.
func everySecond(start time.Time, seconds int, points []trackPoint, channel func(trackPoint) *float64) []float64 {
	var at, values []float64
	for _, p := range points {
		if v := channel(p); v != nil {
			at, values = append(at, p.time.Sub(start).Seconds()), append(values, *v)
		}
	}
	if len(values) == 0 {
		return nil
	}
	all := make([]float64, seconds+1)
	next := 0
	for i := range all {
		for next < len(at) && at[next] < float64(i) {
			next++
		}
		switch {
		case next == 0:
			all[i] = values[0]
		case next == len(at):
			all[i] = values[next-1]
		default:
			share := (float64(i) - at[next-1]) / (at[next] - at[next-1])
			all[i] = values[next-1] + share*(values[next]-values[next-1])
		}
	}
	return all
}

func (t track) metres() float64 { return t.distance[len(t.distance)-1] }

func (t track) climb() float64 {
	total := 0.0
	for i := 1; i < len(t.altitude); i++ {
		total += max(0, t.altitude[i]-t.altitude[i-1])
	}
	return total
}

// to is the way to another point in metres, on a map that is flat nearby.
func (p position) to(other position) float64 {
	const metresPerDegree = 111_320
	north := (other.latitude - p.latitude) * metresPerDegree
	east := (other.longitude - p.longitude) * metresPerDegree * math.Cos(p.latitude*math.Pi/180)
	return math.Hypot(north, east)
}

// readGPX reads https://www.topografix.com/GPX/1/1/ and its predecessor.
func readGPX(content []byte) (sport string, points []trackPoint, err error) {
	var file struct {
		XMLName xml.Name   `xml:"gpx"`
		Types   []string   `xml:"trk>type"`
		Points  []gpxPoint `xml:"trk>trkseg>trkpt"`
	}
	if err := xml.Unmarshal(content, &file); err != nil {
		return "", nil, err
	}
	for _, p := range file.Points {
		when, err := fileTime(p.Time)
		if err != nil {
			return "", nil, err
		}
		points = append(points, trackPoint{time: when, position: &position{p.Latitude, p.Longitude}, altitude: p.Elevation})
	}
	return sportIn(file.Types), points, nil
}

// readTCX reads https://www8.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd
func readTCX(content []byte) (sport string, points []trackPoint, err error) {
	var file struct {
		XMLName    xml.Name `xml:"TrainingCenterDatabase"`
		Activities []struct {
			Sport  string     `xml:"Sport,attr"`
			Points []tcxPoint `xml:"Lap>Track>Trackpoint"`
		} `xml:"Activities>Activity"`
	}
	if err := xml.Unmarshal(content, &file); err != nil {
		return "", nil, err
	}
	var sports []string
	for _, a := range file.Activities {
		sports = append(sports, a.Sport)
		for _, p := range a.Points {
			when, err := fileTime(p.Time)
			if err != nil {
				return "", nil, err
			}
			point := trackPoint{time: when, altitude: p.Altitude, distance: p.Distance, heart: p.Heartrate}
			if p.Position != nil {
				point.position = &position{p.Position.Latitude, p.Position.Longitude}
			}
			points = append(points, point)
		}
	}
	return sportIn(sports), points, nil
}

// fileTime is zero where there is none.
func fileTime(text string) (time.Time, error) {
	if text = strings.TrimSpace(text); text == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, text)
}

// sportIn understands the words that files have for the commonest sports; Strava takes the rest for rides.
func sportIn(words []string) string {
	for _, word := range words {
		switch strings.ToLower(word) {
		case "running", "run":
			return "Run"
		case "swimming", "swim":
			return "Swim"
		case "hiking", "hike":
			return "Hike"
		case "walking", "walk":
			return "Walk"
		}
	}
	return "Ride"
}
