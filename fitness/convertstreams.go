package fitness

import (
	"math"

	"domestique/strava"
)

// recordingOf reads the streams of an activity of that sport.
func recordingOf(sport Sport) func(*strava.StreamSet) *recording {
	return func(set *strava.StreamSet) *recording {
		r := &recording{samples: set.Len()}
		addChannel(r, StreamTypeTime, set.Time)
		addChannel(r, StreamTypeDistance, set.Distance)
		addPositions(r, set.LatLng)
		addChannel(r, StreamTypeAltitude, set.Altitude)
		addChannel(r, StreamTypeSpeed, set.VelocitySmooth)
		addChannel(r, StreamTypeHeartRate, set.Heartrate)
		addChannel(r, StreamTypeCadence, set.Cadence)
		addChannel(r, StreamTypePower, set.Watts)
		addChannel(r, StreamTypeTemperature, set.Temp)
		addMoving(r, set.Moving)
		addChannel(r, StreamTypeGrade, set.GradeSmooth)
		if steps := r.values(StreamTypeCadence); steps != nil && sport.Group() == SportGroupRun {
			for i := range steps[0] {
				steps[0][i] *= 2 // Strava gives the steps of one leg for runs
			}
		}
		return r
	}
}

func addChannel[T ~int | ~float64](r *recording, typ StreamType, stream *strava.Stream[T]) {
	r.add(typ, readStream(stream, func(value T) float64 { return float64(value) }))
}

func addMoving(r *recording, stream *strava.Stream[bool]) {
	r.add(StreamTypeMoving, readStream(stream, func(moving bool) float64 {
		if moving {
			return 1
		}
		return 0
	}))
}

func addPositions(r *recording, stream *strava.Stream[strava.Position]) {
	latitudes := readStream(stream, func(at strava.Position) float64 { return at[0] })
	longitudes := readStream(stream, func(at strava.Position) float64 { return at[1] })
	r.add(StreamTypeCoordinates, latitudes, longitudes)
}

// add leaves out what is not there.
func (r *recording) add(typ StreamType, values ...[]float64) {
	if values[0] != nil {
		r.channels = append(r.channels, channel{typ: typ, values: values})
	}
}

// readStream reads a channel, with NaN for its gaps; nil for none.
func readStream[T any](stream *strava.Stream[T], read func(T) float64) []float64 {
	if stream == nil {
		return nil
	}
	values := make([]float64, len(stream.Data))
	for i := range values {
		value, ok := stream.At(i)
		if values[i] = math.NaN(); ok {
			values[i] = read(value)
		}
	}
	return values
}
