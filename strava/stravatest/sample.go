package stravatest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"
)

// TrackFile makes a file to upload, of a run of half an hour and 5,580 m that began then. The data type is one of
// Strava's: fit, tcx or gpx, or the same with .gz. A GPX file has no distances: there it is the trace that has them. It
// panics on another data type.
func TrackFile(dataType string, start time.Time) []byte {
	format, zipped := strings.CutSuffix(dataType, ".gz")
	points := samplePoints(start.UTC().Truncate(time.Second))
	var file []byte
	switch format {
	case "fit":
		file = sampleFIT(points)
	case "tcx":
		file = sampleTCX(points)
	case "gpx":
		file = sampleGPX(points)
	default:
		panic("stravatest: no such data type: " + dataType)
	}
	if !zipped {
		return file
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(file) // A buffer takes everything.
	_ = writer.Close()
	return packed.Bytes()
}

// samplePoints are ten seconds apart.
func samplePoints(start time.Time) []trackPoint {
	const seconds, speed = 1800, 3.1
	loop := newLoop(home(), 9)
	trace := loop.trace(home(), seconds*speed, seconds/10)
	points := make([]trackPoint, len(trace))
	for i, p := range trace {
		at := position{float64(round(p.latitude, 6)), float64(round(p.longitude, 6))}
		height := float64(round(home().altitude+40*loop.height(float64(i)/float64(len(trace)-1)), 1))
		points[i] = trackPoint{
			time: start.Add(time.Duration(10*i) * time.Second), position: &at, altitude: &height,
			distance: new(10 * speed * float64(i)), heart: new(float64(140 + i%20)),
		}
	}
	return points
}

func sampleGPX(points []trackPoint) []byte {
	file := gpxFile{Creator: "stravatest", Version: "1.1"}
	file.Track.Name, file.Track.Type = "Sample", "running"
	for _, p := range points {
		file.Track.Points = append(file.Track.Points, gpxPoint{
			Latitude: p.position.latitude, Longitude: p.position.longitude, Elevation: p.altitude, Time: p.time.Format(time.RFC3339),
		})
	}
	body, err := xml.Marshal(file)
	if err != nil { // A type of this package that does not marshal.
		panic("stravatest: encode track: " + err.Error())
	}
	return append([]byte(xml.Header), body...)
}

func sampleTCX(points []trackPoint) []byte {
	var b strings.Builder
	b.WriteString(xml.Header + `<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">` +
		`<Activities><Activity Sport="Running"><Lap><Track>`)
	for _, p := range points {
		fmt.Fprintf(&b, `<Trackpoint><Time>%s</Time><Position><LatitudeDegrees>%f</LatitudeDegrees><LongitudeDegrees>%f</LongitudeDegrees>`+
			`</Position><AltitudeMeters>%.1f</AltitudeMeters><DistanceMeters>%.1f</DistanceMeters><HeartRateBpm><Value>%.0f</Value></HeartRateBpm></Trackpoint>`,
			p.time.Format(time.RFC3339), p.position.latitude, p.position.longitude, *p.altitude, *p.distance, *p.heart)
	}
	b.WriteString(`</Track></Lap></Activity></Activities></TrainingCenterDatabase>`)
	return []byte(b.String())
}

// sampleFIT has one session and the records, in little-endian order.
func sampleFIT(points []trackPoint) []byte {
	data := []byte{
		0x40, 0, 0, fitSession, 0, 1, fitSessionSport, 1, 0, // definition 0
		0x00, 1, // running
		0x41, 0, 0, fitRecord, 0, 6, // definition 1
		fitTimestamp, 4, 0x86, fitLatitude, 4, 0x85, fitLongitude, 4, 0x85, fitAltitude, 2, 0x84, fitHeartrate, 1, 2, fitMileage, 4, 0x86,
	}
	semicircles := func(degrees float64) uint32 { return uint32(int32(math.Round(degrees / degreesPerSemicircle))) }
	for _, p := range points {
		data = append(data, 0x01)
		data = binary.LittleEndian.AppendUint32(data, uint32(p.time.Sub(fitEpoch()).Seconds()))
		data = binary.LittleEndian.AppendUint32(data, semicircles(p.position.latitude))
		data = binary.LittleEndian.AppendUint32(data, semicircles(p.position.longitude))
		data = binary.LittleEndian.AppendUint16(data, uint16(math.Round(5*(*p.altitude+500))))
		data = append(data, uint8(*p.heart))
		data = binary.LittleEndian.AppendUint32(data, uint32(math.Round(100**p.distance)))
	}
	file := []byte{14, 0x20, 0, 0}
	file = binary.LittleEndian.AppendUint32(file, uint32(len(data)))
	file = append(file, ".FIT"...)
	file = binary.LittleEndian.AppendUint16(file, fitCRC(file))
	file = append(file, data...)
	return binary.LittleEndian.AppendUint16(file, fitCRC(file))
}
