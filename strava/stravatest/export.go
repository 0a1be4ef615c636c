package stravatest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

type gpxFile struct {
	XMLName  xml.Name `xml:"http://www.topografix.com/GPX/1/1 gpx"`
	Creator  string   `xml:"creator,attr"`
	Version  string   `xml:"version,attr"`
	Metadata struct {
		Name        string `xml:"name"`
		Description string `xml:"desc,omitempty"`
	} `xml:"metadata"`
	Track struct {
		Name   string     `xml:"name"`
		Type   string     `xml:"type,omitempty"`
		Points []gpxPoint `xml:"trkseg>trkpt"`
	} `xml:"trk"`
}

type gpxPoint struct {
	Latitude  float64  `xml:"lat,attr"`
	Longitude float64  `xml:"lon,attr"`
	Elevation *float64 `xml:"ele,omitempty"`
	Time      string   `xml:"time,omitempty"`
}

type tcxFile struct {
	XMLName xml.Name   `xml:"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2 TrainingCenterDatabase"`
	Name    string     `xml:"Courses>Course>Name"`
	Length  float64    `xml:"Courses>Course>Lap>DistanceMeters"`
	Points  []tcxPoint `xml:"Courses>Course>Track>Trackpoint"`
}

type tcxPoint struct {
	Time      string       `xml:"Time,omitempty"`
	Position  *tcxPosition `xml:"Position,omitempty"`
	Altitude  *float64     `xml:"AltitudeMeters,omitempty"`
	Distance  *float64     `xml:"DistanceMeters,omitempty"`
	Heartrate *float64     `xml:"HeartRateBpm>Value,omitempty"`
}

type tcxPosition struct {
	Latitude  float64 `xml:"LatitudeDegrees"`
	Longitude float64 `xml:"LongitudeDegrees"`
}

// exportGPX has no times: nobody has been there yet.
func (c *call) exportGPX(d *diary) answer {
	t, refused := c.itineraryNamed(d)
	if refused != nil {
		return *refused
	}
	file := gpxFile{Creator: "StravaGPX", Version: "1.1"}
	file.Metadata.Name, file.Metadata.Description, file.Track.Name = t.name, t.description, t.name
	o := t.full(d)
	for i, p := range o.trace {
		at, height := p.rounded(), float64(round(o.altitude[i], 2))
		file.Track.Points = append(file.Track.Points, gpxPoint{Latitude: at[0], Longitude: at[1], Elevation: &height})
	}
	return fileAnswer("application/gpx+xml", t.name+".gpx", file)
}

// exportTCX has times of someone who would go at the usual speed from the day on that the route was made.
func (c *call) exportTCX(d *diary) answer {
	t, refused := c.itineraryNamed(d)
	if refused != nil {
		return *refused
	}
	file := tcxFile{Name: t.name, Length: t.ground.metres}
	o, speed := t.full(d), sportNamed(t.ground.kind).speed
	for i, p := range o.trace {
		at, height, metres := p.rounded(), float64(round(o.altitude[i], 2)), float64(round(o.distance[i], 1))
		when := t.created.Add(time.Duration(o.distance[i]/speed) * time.Second)
		file.Points = append(file.Points, tcxPoint{
			Time: when.Format(time.RFC3339), Position: &tcxPosition{at[0], at[1]}, Altitude: &height, Distance: &metres,
		})
	}
	return fileAnswer("application/tcx+xml", t.name+".tcx", file)
}

// fileAnswer sends a file with the name in both forms, as recorded.
func fileAnswer(contentType, name string, file any) answer {
	body, err := xml.MarshalIndent(file, "", " ")
	if err != nil { // A wire type of this package that does not marshal.
		panic("stravatest: encode answer: " + err.Error())
	}
	a := bytesAnswer(http.StatusOK, contentType, append([]byte(xml.Header), body...))
	a.header.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="strava_%s"; filename*=UTF-8''strava_%s`, name, url.PathEscape(name)))
	return a
}
