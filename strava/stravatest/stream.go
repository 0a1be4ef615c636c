package stravatest

import (
	"net/http"
	"slices"
	"strings"
)

func streamParameters() []string { return []string{"keys", "key_by_type"} }

// streamTypes are all that https://developers.strava.com/docs/reference/#api-models-StreamSet has.
func streamTypes() []string {
	return []string{
		"time", "distance", "latlng", "altitude", "velocity_smooth", "heartrate", "cadence", "watts", "temp", "moving", "grade_smooth",
	}
}

// wireStream is one channel. Its type is told in the old form alone, where the streams are a list.
type wireStream struct {
	Type         string `json:"type,omitempty"`
	Data         any    `json:"data"`
	SeriesType   string `json:"series_type,omitempty"`
	OriginalSize int    `json:"original_size,omitempty"`
	Resolution   string `json:"resolution,omitempty"`
}

// decimals are many numbers, each with a fraction.
type decimals []float64

// MarshalJSON implements json.Marshaler.
func (d decimals) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 8*len(d)+2)
	text = append(text, '[')
	for i, v := range d {
		if i > 0 {
			text = append(text, ',')
		}
		number, _ := decimal(v).MarshalJSON() // It has no error.
		text = append(text, number...)
	}
	return append(text, ']'), nil
}

func roundAll(values []float64, digits int) decimals {
	all := make(decimals, len(values))
	for i, v := range values {
		all[i] = float64(round(v, digits))
	}
	return all
}

// channels are the streams by type; of a channel that nobody recorded there is none.
type channels map[string]any

// channels are the course's between two samples, both included.
func (c course) channels(from, to int) channels {
	to++
	all := channels{"time": c.clock[from:to], "distance": roundAll(c.distance[from:to], 1), "moving": c.moves(from, to)}
	if c.Distance > 0 {
		all["velocity_smooth"] = roundAll(c.velocity[from:to], 2)
	}
	if c.trace != nil {
		all["latlng"] = latlngs(c.trace[from:to])
	}
	if c.altitude != nil {
		all["altitude"] = roundAll(c.altitude[from:to], 1)
	}
	if c.grade != nil {
		all["grade_smooth"] = roundAll(c.grade[from:to], 1)
	}
	for name, sensor := range map[string][]int{"heartrate": c.heart, "cadence": c.cadence, "watts": c.watts, "temp": c.degrees} {
		if sensor != nil {
			all[name] = sensor[from:to]
		}
	}
	return all
}

// moves is false at the start and where the wearer has just stood.
func (c course) moves(from, to int) []bool {
	moving := make([]bool, 0, to-from)
	for i := from; i < to; i++ {
		moving = append(moving, i > 0 && c.clock[i]-c.clock[i-1] <= 1)
	}
	return moving
}

func latlngs(trace []position) [][]float64 {
	all := make([][]float64, len(trace))
	for i, p := range trace {
		all[i] = p.rounded()
	}
	return all
}

// getStreams: a manual activity has none, which is a 404.
func (c *call) getStreams(d *diary) answer {
	e, refused := c.activityOf(d)
	if refused != nil {
		return *refused
	}
	if e.Manual {
		return notFound("Stream", "id") // The resource's name is a guess.
	}
	course := d.record(e)
	return c.streamAnswer(course.channels(0, course.last()), streamTypes(), nil)
}

// streamAnswer picks what keys asks for, and the distance, which is always there. Without keys there is what was recorded
// to be there then; without key_by_type=true the streams are a list. The specification requires both parameters.
func (c *call) streamAnswer(all channels, known, unasked []string) answer {
	query := c.r.URL.Query()
	size := 0
	if distance, ok := all["distance"].(decimals); ok {
		size = len(distance)
	}
	keys := strings.FieldsFunc(query.Get("keys"), func(r rune) bool { return r == ',' })
	if len(keys) == 0 {
		c.violation("keys is missing")
		keys = unasked
	}
	for _, key := range keys {
		if !slices.Contains(known, key) {
			return *c.badParameter("keys", "keys has a stream that Strava does not have")
		}
	}
	byType := query.Get("key_by_type")
	if byType != "true" {
		c.violation("key_by_type is not true: the answer is a list")
	}
	streams := []wireStream{}
	set := map[string]wireStream{}
	for _, name := range known {
		data, ok := all[name]
		if !ok || name != "distance" && !slices.Contains(keys, name) {
			continue
		}
		stream := wireStream{Data: data, SeriesType: "distance", OriginalSize: size, Resolution: "high"}
		set[name] = stream
		stream.Type = name
		streams = append(streams, stream)
	}
	if byType != "true" {
		return jsonAnswer(http.StatusOK, streams)
	}
	return jsonAnswer(http.StatusOK, set)
}
