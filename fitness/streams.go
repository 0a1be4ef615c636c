package fitness

import (
	"context"
	"math"
	"slices"

	"domestique/strava"
)

// StreamType is a channel of a recording.
type StreamType string

const (
	StreamTypeTime        StreamType = "TIME"
	StreamTypeDistance    StreamType = "DISTANCE"
	StreamTypeCoordinates StreamType = "COORDINATES"
	StreamTypeAltitude    StreamType = "ALTITUDE"
	StreamTypeSpeed       StreamType = "SPEED"
	StreamTypeHeartRate   StreamType = "HEART_RATE"
	StreamTypeCadence     StreamType = "CADENCE"
	StreamTypePower       StreamType = "POWER"
	StreamTypeTemperature StreamType = "TEMPERATURE"
	StreamTypeMoving      StreamType = "MOVING"
	StreamTypeGrade       StreamType = "GRADE"
)

// The points that a recording can be thinned to. More than the greatest is more than any screen shows; who wants
// everything leaves the number out.
const (
	minPoints = 2
	maxPoints = 10_000
)

// StreamsQuery asks for channels of a recording. It is a BAD_USER_INPUT to ask for no channel, for fewer than 2 points or
// for more than 10,000.
type StreamsQuery struct {
	Types []StreamType
	// Points is to how many samples the recording is thinned, so that its shape stays. Nil: all of them.
	Points *int
}

// Sample is a value of a channel. It is NaN where the sensor was silent.
type Sample float64

// Streams are channels of a recording, thinned all alike: the nth sample of one belongs to the nth sample of another. A
// channel that was not asked for, or not recorded, is nil.
type Streams struct {
	// SampleCount is how many samples the recording has; the channels may be thinned to fewer.
	SampleCount int

	chosen *recording
}

// recording is what the sensors told of an activity, or what a map tells of a course, whole. Every channel has a value for
// each sample, NaN where there is none.
type recording struct {
	samples  int
	channels []channel
}

// channel is one kind of values; coordinates have two of each, first the latitudes and then the longitudes.
type channel struct {
	typ    StreamType
	values [][]float64
}

// of answers the query from a recording, which is asked for whole, so that another choice of channels or points costs
// nothing more. Nil: there is no recording.
func (q StreamsQuery) of(ctx context.Context, a *answers, of question[recording]) (*Streams, error) {
	if err := q.Check(); err != nil {
		return nil, err
	}
	whole, err := ask(ctx, a, of)
	if whole == nil || err != nil || whole.samples == 0 {
		return nil, explained(err)
	}
	chosen, err := q.thin(whole)
	if err != nil {
		return nil, explained(err)
	}
	return &Streams{SampleCount: whole.samples, chosen: chosen}, nil
}

// Check fails with the BAD_USER_INPUT that everything would fail with that takes the query.
func (q StreamsQuery) Check() error {
	switch {
	case len(q.Types) == 0:
		return badInput("types", "Name at least one type.")
	case q.Points != nil && (*q.Points < minPoints || *q.Points > maxPoints):
		return badInput("points", "points must be from 2 to 10000; leave it out for all of the samples.")
	default:
		return nil
	}
}

// thin chooses the channels and the samples.
func (q StreamsQuery) thin(whole *recording) (*recording, error) {
	chosen := &recording{samples: whole.samples}
	var shapes [][]float64
	for _, c := range whole.channels {
		if slices.Contains(q.Types, c.typ) {
			chosen.channels = append(chosen.channels, c)
			if c.typ != StreamTypeTime && c.typ != StreamTypeDistance { // these only ever rise
				shapes = append(shapes, c.values...)
			}
		}
	}
	if q.Points == nil || *q.Points >= whole.samples {
		return chosen, nil
	}
	indices, err := Thin(*q.Points, whole.along(), shapes...)
	if err != nil {
		return nil, err
	}
	return chosen.at(indices), nil
}

// along is what a chart is drawn over: the time, or else the distance, or else nothing but the order.
func (r *recording) along() []float64 {
	for _, typ := range []StreamType{StreamTypeTime, StreamTypeDistance} {
		if values := r.values(typ); values != nil {
			return values[0]
		}
	}
	return positions(r.samples)
}

func (r *recording) at(indices []int) *recording {
	thinned := &recording{samples: len(indices)}
	for _, c := range r.channels {
		picked := channel{typ: c.typ, values: make([][]float64, len(c.values))}
		for i, values := range c.values {
			picked.values[i] = make([]float64, len(indices))
			for j, index := range indices {
				picked.values[i][j] = values[index]
			}
		}
		thinned.channels = append(thinned.channels, picked)
	}
	return thinned
}

// values are those of a channel, nil without it.
func (r *recording) values(typ StreamType) [][]float64 {
	for _, c := range r.channels {
		if c.typ == typ {
			return c.values
		}
	}
	return nil
}

// samplesOf are the values of a channel, converted and rounded to thousandths, which is finer than any sensor; nil without
// the channel.
func (s *Streams) samplesOf(typ StreamType, convert func(float64) float64) []Sample {
	const perUnit = 1000
	values := s.chosen.values(typ)
	if values == nil {
		return nil
	}
	samples := make([]Sample, len(values[0]))
	for i, value := range values[0] {
		samples[i] = Sample(math.Round(convert(value)*perUnit) / perUnit) // NaN stays NaN
	}
	return samples
}

func unchanged(value float64) float64 { return value }

// Time is in seconds since the start. It has no gaps: a sample is what was measured at a time.
func (s *Streams) Time() []int {
	values := s.chosen.values(StreamTypeTime)
	if values == nil {
		return nil
	}
	seconds := make([]int, len(values[0]))
	for i, value := range values[0] {
		if isNumber(value) {
			seconds[i] = int(value)
		}
	}
	return seconds
}

// Distance is what was covered since the start.
func (s *Streams) Distance(unit LengthUnit) []Sample {
	return s.samplesOf(StreamTypeDistance, unit.fromMeters)
}

// Coordinates are nil where the position was not known.
func (s *Streams) Coordinates() []*Coordinates {
	values := s.chosen.values(StreamTypeCoordinates)
	if values == nil {
		return nil
	}
	points := make([]*Coordinates, len(values[0]))
	for i := range points {
		if !math.IsNaN(values[0][i]) {
			points[i] = &Coordinates{Latitude: values[0][i], Longitude: values[1][i]}
		}
	}
	return points
}

// Altitude is above sea level.
func (s *Streams) Altitude(unit LengthUnit) []Sample {
	return s.samplesOf(StreamTypeAltitude, unit.fromMeters)
}

// Speed is smoothed by Strava.
func (s *Streams) Speed(unit SpeedUnit) []Sample {
	return s.samplesOf(StreamTypeSpeed, unit.fromMetersPerSecond)
}

// HeartRate is in beats a minute.
func (s *Streams) HeartRate() []Sample { return s.samplesOf(StreamTypeHeartRate, unchanged) }

// Cadence is in revolutions a minute; for runs in steps of both legs a minute.
func (s *Streams) Cadence() []Sample { return s.samplesOf(StreamTypeCadence, unchanged) }

// Power is in watts.
func (s *Streams) Power() []Sample { return s.samplesOf(StreamTypePower, unchanged) }

// Temperature is the recorder's.
func (s *Streams) Temperature(unit TemperatureUnit) []Sample {
	return s.samplesOf(StreamTypeTemperature, unit.fromCelsius)
}

// Moving tells moving from standing, nil where that is not known.
func (s *Streams) Moving() []*bool {
	values := s.chosen.values(StreamTypeMoving)
	if values == nil {
		return nil
	}
	moving := make([]*bool, len(values[0]))
	for i, value := range values[0] {
		if !math.IsNaN(value) {
			moving[i] = new(value != 0)
		}
	}
	return moving
}

// Grade is in percent, smoothed by Strava.
func (s *Streams) Grade() []Sample { return s.samplesOf(StreamTypeGrade, unchanged) }

// Streams are the samples of the activity; nil for one without any, as one that was entered by hand, for which it costs no
// call.
func (s *Service) Streams(ctx context.Context, activity *Activity, query StreamsQuery) (*Streams, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	if activity.IsManual {
		return nil, query.Check()
	}
	return query.of(ctx, s.answers.Load(), question[recording]{
		kind: kindStreams, id: activity.stravaID(), basis: activity.recordingBasis(),
		fetch: func(ctx context.Context) (*recording, error) {
			return converted(recordingOf(activity.Sport))(s.strava.ActivityStreams(ctx, activity.StravaID, strava.StreamTypes()))
		},
	})
}

// recordingBasis is what the list tells of the recording: it changes when the activity is cropped, corrected, or turned
// into another sport, and not with every kudo.
func (a *Activity) recordingBasis() any {
	return [5]any{a.Sport, a.StartedAt.Unix(), a.ElapsedTime, a.DistanceMeters, a.ElevationGainMeters}
}
