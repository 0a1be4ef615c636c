package fitness

import "math"

// Bounds is the smallest rectangle of parallels and meridians around a trace. Where that rectangle crosses the 180th
// meridian, its west is a greater longitude than its east, as in https://www.rfc-editor.org/rfc/rfc7946#section-5.2.
type Bounds struct {
	SouthWest Coordinates
	NorthEast Coordinates
}

// Bounds is the rectangle around the summary polyline; nil where that can't be read.
func (m *ActivityMap) Bounds() *Bounds { return m.trace().Bounds() }

// trace is the summary polyline's. One that can't be read draws nothing, which is no reason to fail a page of
// activities; the polyline itself is given as it came.
func (m *ActivityMap) trace() Trace {
	trace, err := DecodePolyline(m.Activity.SummaryPolyline)
	if err != nil {
		return nil
	}
	return trace
}

// Bounds is the rectangle around the trace; nil around nothing.
func (t Trace) Bounds() *Bounds {
	if len(t) == 0 {
		return nil
	}
	around := t.continuous().extent()
	around.SouthWest.Longitude, around.NorthEast.Longitude =
		ontoGlobe(around.SouthWest.Longitude, around.NorthEast.Longitude)
	return &around
}

// ontoGlobe brings the ends of a range of continuous longitudes back to between -180 and 180.
func ontoGlobe(west, east float64) (float64, float64) {
	switch {
	case east-west >= 360:
		return -180, 180
	case west >= 180 && east > 180: // it lies beyond altogether
		return degrees(west - 360), degrees(east - 360)
	case east <= -180 && west < -180:
		return degrees(west + 360), degrees(east + 360)
	case east > 180:
		return west, degrees(east - 360)
	case west < -180:
		return degrees(west + 360), east
	default:
		return west, east
	}
}

// extent are the least and the greatest latitude and longitude of a trace that has a point.
func (t Trace) extent() Bounds {
	around := Bounds{SouthWest: t[0], NorthEast: t[0]}
	for _, point := range t {
		around.SouthWest.Latitude = min(around.SouthWest.Latitude, point.Latitude)
		around.SouthWest.Longitude = min(around.SouthWest.Longitude, point.Longitude)
		around.NorthEast.Latitude = max(around.NorthEast.Latitude, point.Latitude)
		around.NorthEast.Longitude = max(around.NorthEast.Longitude, point.Longitude)
	}
	return around
}

// continuous is the same line with longitudes that go on beyond 180 where it crosses that meridian, so that no step
// leads round the globe. It is a copy only where it has to be.
func (t Trace) continuous() Trace {
	var turned Trace
	for i := 1; i < len(t); i++ {
		before := t[i-1].Longitude
		if turned != nil {
			before = turned[i-1].Longitude
		}
		longitude := t[i].Longitude
		if turns := math.Round((before - longitude) / 360); turns != 0 {
			longitude += 360 * turns
			if turned == nil {
				turned = append(make(Trace, 0, len(t)), t[:i]...)
			}
		}
		if turned != nil {
			turned = append(turned, Coordinates{Latitude: t[i].Latitude, Longitude: longitude})
		}
	}
	if turned == nil {
		return t
	}
	return turned
}

// degrees takes off what arithmetic leaves behind the sixth decimal place, which is a tenth of a metre and finer than
// what Strava gives.
func degrees(angle float64) float64 {
	const scale = 1e6
	return math.Round(angle*scale) / scale
}
