package strava

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
)

// StreamType names a channel of a [StreamSet].
type StreamType string

// The channels that Strava has. Segments and routes have only distance, latlng and altitude.
const (
	StreamTime           StreamType = "time"
	StreamDistance       StreamType = "distance"
	StreamLatLng         StreamType = "latlng"
	StreamAltitude       StreamType = "altitude"
	StreamVelocitySmooth StreamType = "velocity_smooth"
	StreamHeartrate      StreamType = "heartrate"
	StreamCadence        StreamType = "cadence"
	StreamWatts          StreamType = "watts"
	StreamTemp           StreamType = "temp"
	StreamMoving         StreamType = "moving"
	StreamGradeSmooth    StreamType = "grade_smooth"
)

// StreamTypes returns all channels that Strava has.
func StreamTypes() []StreamType {
	return append(SegmentStreamTypes(), StreamTime, StreamVelocitySmooth, StreamHeartrate, StreamCadence, StreamWatts,
		StreamTemp, StreamMoving, StreamGradeSmooth)
}

// SegmentStreamTypes returns the channels that a segment has.
func SegmentStreamTypes() []StreamType {
	return []StreamType{StreamDistance, StreamLatLng, StreamAltitude}
}

// StreamSet is what was recorded, sample by sample. All channels that are there are equally long: sample n of one belongs
// to sample n of another. A channel that was not asked for or not recorded is nil.
type StreamSet struct {
	// Time is in seconds since the start.
	Time *Stream[Int] `json:"time,omitempty"`
	// Distance is in metres since the start. Strava sends it whether or not it is asked for.
	Distance *Stream[Float]    `json:"distance,omitempty"`
	LatLng   *Stream[Position] `json:"latlng,omitempty"`
	// Altitude is in metres.
	Altitude *Stream[Float] `json:"altitude,omitempty"`
	// VelocitySmooth is in metres per second.
	VelocitySmooth *Stream[Float] `json:"velocity_smooth,omitempty"`
	// Heartrate is in beats a minute.
	Heartrate *Stream[Int] `json:"heartrate,omitempty"`
	// Cadence is in revolutions a minute; for runs in steps of one leg.
	Cadence *Stream[Int] `json:"cadence,omitempty"`
	// Watts are the power.
	Watts *Stream[Int] `json:"watts,omitempty"`
	// Temp is in degrees Celsius.
	Temp   *Stream[Int]  `json:"temp,omitempty"`
	Moving *Stream[bool] `json:"moving,omitempty"`
	// GradeSmooth is in percent.
	GradeSmooth *Stream[Float] `json:"grade_smooth,omitempty"`
}

// Len returns the number of samples.
func (s *StreamSet) Len() int {
	for _, length := range s.lengths() {
		return length
	}
	return 0
}

// lengths returns those of the channels that are there.
func (s *StreamSet) lengths() []int {
	var lengths []int
	for _, channel := range []interface{ size() (int, bool) }{
		s.Time, s.Distance, s.LatLng, s.Altitude, s.VelocitySmooth, s.Heartrate, s.Cadence, s.Watts, s.Temp, s.Moving, s.GradeSmooth,
	} {
		if length, ok := channel.size(); ok {
			lengths = append(lengths, length)
		}
	}
	return lengths
}

func (s *StreamSet) aligned() bool {
	return len(slices.Compact(s.lengths())) <= 1
}

// Stream is one channel of a [StreamSet].
type Stream[T any] struct {
	// Data has one value for each sample. It is the zero value where Gaps says so.
	Data []T
	// Gaps marks the samples at which Strava sent null: the sensor was silent. It is nil when there are none, else as
	// long as Data.
	Gaps []bool
	// OriginalSize is the number of samples before Strava thinned them.
	OriginalSize Int
	// Resolution is "low", "medium" or "high"; "high" is everything.
	Resolution string
	// SeriesType is "distance" or "time": by what Strava thinned them.
	SeriesType string
}

// At returns sample n; ok is false in a gap.
func (s *Stream[T]) At(n int) (value T, ok bool) {
	return s.Data[n], s.Gaps == nil || !s.Gaps[n]
}

func (s *Stream[T]) size() (length int, ok bool) {
	if s == nil {
		return 0, false
	}
	return len(s.Data), true
}

// wireStream is a channel in Strava's form.
type wireStream[T any] struct {
	Data         []sample[T] `json:"data"`
	SeriesType   string      `json:"series_type,omitempty"`
	OriginalSize Int         `json:"original_size"`
	Resolution   string      `json:"resolution,omitempty"`
}

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (s *Stream[T]) UnmarshalJSON(text []byte) error {
	var wire wireStream[T]
	if err := json.Unmarshal(text, &wire); err != nil {
		return err
	}
	*s = Stream[T]{
		Data:         make([]T, len(wire.Data)),
		OriginalSize: wire.OriginalSize,
		Resolution:   wire.Resolution,
		SeriesType:   wire.SeriesType,
	}
	for n, sample := range wire.Data {
		if sample.known {
			s.Data[n] = sample.value
			continue
		}
		if s.Gaps == nil {
			s.Gaps = make([]bool, len(wire.Data))
		}
		s.Gaps[n] = true
	}
	return nil
}

// MarshalJSON implements [encoding/json.Marshaler] with Strava's own form.
func (s *Stream[T]) MarshalJSON() ([]byte, error) {
	wire := wireStream[T]{
		Data:         make([]sample[T], len(s.Data)),
		OriginalSize: s.OriginalSize,
		Resolution:   s.Resolution,
		SeriesType:   s.SeriesType,
	}
	for n := range s.Data {
		wire.Data[n].value, wire.Data[n].known = s.At(n)
	}
	return json.Marshal(wire)
}

// sample is one value of a channel, or none.
type sample[T any] struct {
	value T
	known bool
}

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (s *sample[T]) UnmarshalJSON(text []byte) error {
	if string(text) == "null" || string(text) == "[]" {
		return nil
	}
	s.known = true
	switch into := any(&s.value).(type) {
	case json.Unmarshaler:
		return into.UnmarshalJSON(text)
	case *bool:
		*into = string(text) == "true"
		if !*into && string(text) != "false" {
			return errors.New("neither true nor false")
		}
		return nil
	default:
		return json.Unmarshal(text, into)
	}
}

// MarshalJSON implements [encoding/json.Marshaler].
func (s sample[T]) MarshalJSON() ([]byte, error) {
	if !s.known {
		return []byte("null"), nil
	}
	return json.Marshal(s.value)
}

// Position is a latitude and a longitude in degrees.
type Position [2]float64

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (p *Position) UnmarshalJSON(text []byte) error {
	inner, isList := bytes.CutPrefix(text, []byte("["))
	inner, isWhole := bytes.CutSuffix(inner, []byte("]"))
	latitude, longitude, isPair := bytes.Cut(inner, []byte(","))
	if !isList || !isWhole || !isPair {
		return errors.New("not a latitude and a longitude")
	}
	for i, part := range [][]byte{latitude, longitude} {
		degrees, err := parseMeasure(bytes.TrimSpace(part))
		if err != nil {
			return err
		}
		p[i] = degrees
	}
	return nil
}

func (p Position) onEarth() bool {
	return math.Abs(p[0]) <= 90 && math.Abs(p[1]) <= 180
}

// streamKeys are the channels to ask for, out of those that there are.
type streamKeys struct {
	types, known []StreamType
}

func (k streamKeys) query() (url.Values, error) {
	if len(k.types) == 0 {
		return nil, errors.New("stream types: name at least one")
	}
	var names []string
	for _, name := range k.types {
		if !slices.Contains(k.known, name) {
			return nil, fmt.Errorf("stream type %q: must be one of %v", string(name), k.known)
		}
		names = append(names, string(name))
	}
	return url.Values{"keys": {strings.Join(names, ",")}, "key_by_type": {"true"}}, nil
}

// ActivityStreams returns channels of an activity, all of them for the price of one call.
//
// Strava gives every sample. For some minutes after the upload there may be none yet, and a manual entry never has any:
// that is [ErrNotFound] or an empty set.
//
// Scope: activity:read; activity:read_all for an activity that only the athlete may see, and for the parts of a course
// that a privacy zone hides.
//
// https://developers.strava.com/docs/reference/#api-Streams-getActivityStreams
func (c *Client) ActivityStreams(ctx context.Context, activityID int64, types []StreamType) (*StreamSet, error) {
	return c.streams(ctx, reading("/activities/{id}/streams").of(activityID).with(streamKeys{types, StreamTypes()}))
}

// SegmentStreams returns channels of a segment: those of [SegmentStreamTypes]. It costs one call.
//
// Scope: read; read_all for a private segment.
//
// https://developers.strava.com/docs/reference/#api-Streams-getSegmentStreams
func (c *Client) SegmentStreams(ctx context.Context, segmentID int64, types []StreamType) (*StreamSet, error) {
	return c.streams(ctx, reading("/segments/{id}/streams").of(segmentID).with(streamKeys{types, SegmentStreamTypes()}))
}

// SegmentEffortStreams returns channels of the athlete's effort on a segment. It costs one call.
//
// Only subscribers have it: for others it is [ErrSubscriptionRequired] or [ErrRestricted].
//
// Scope: read_all.
//
// https://developers.strava.com/docs/reference/#api-Streams-getSegmentEffortStreams
func (c *Client) SegmentEffortStreams(ctx context.Context, effortID int64, types []StreamType) (*StreamSet, error) {
	return c.streams(ctx, reading("/segment_efforts/{id}/streams").of(effortID).with(streamKeys{types, StreamTypes()}))
}

// RouteStreams returns the channels of a route: distance, latlng and altitude. It costs one call.
//
// Scope: read; read_all for a private route.
//
// https://developers.strava.com/docs/reference/#api-Streams-getRouteStreams
func (c *Client) RouteStreams(ctx context.Context, routeID int64) (*StreamSet, error) {
	return c.streams(ctx, reading("/routes/{id}/streams").of(routeID))
}

func (c *Client) streams(ctx context.Context, r request) (*StreamSet, error) {
	body, err := c.fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	streams, err := decodeStreams(body)
	if err != nil {
		return nil, misshapen(r.op)
	}
	return streams, nil
}

// decodeStreams reads both forms: the object that key_by_type=true gives, and the list of channels that routes and
// Strava's own examples have.
func decodeStreams(body []byte) (*StreamSet, error) {
	if first(body) == '[' {
		var err error
		if body, err = keyByType(body); err != nil {
			return nil, err
		}
	}
	if !isObject(body) {
		return nil, errors.New("no streams")
	}
	streams := new(StreamSet)
	if err := json.Unmarshal(body, streams); err != nil {
		return nil, err
	}
	if !streams.aligned() {
		return nil, errors.New("streams of several lengths")
	}
	return streams, nil
}

// keyByType turns a list of channels into an object.
func keyByType(body []byte) ([]byte, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(body, &elements); err != nil {
		return nil, err
	}
	channels := make(map[StreamType]json.RawMessage, len(elements))
	for _, element := range elements {
		var channel struct {
			Type StreamType `json:"type"`
		}
		if err := json.Unmarshal(element, &channel); err != nil {
			return nil, err
		}
		channels[channel.Type] = element
	}
	return json.Marshal(channels)
}
