package fitness

// CourseMap is the line of a route or a segment over the ground. It has at least one of its two polylines.
type CourseMap struct {
	// Polyline is the line in full, encoded with precision 5; nil where Strava has given the thinned one alone.
	Polyline *string
	// SummaryPolyline is the line, encoded with precision 5 and thinned by Strava; nil where Strava thins none.
	SummaryPolyline *string
}

// Bounds is the rectangle around the line; nil where that can't be read.
func (m *CourseMap) Bounds() *Bounds { return m.trace().Bounds() }

// GeoJSON is the line as the text of a GeoJSON LineString; nil where it can't be read.
func (m *CourseMap) GeoJSON() *string { return m.trace().GeoJSON() }

// SVGPath is the outline of the line; see [Trace.SVGPath].
func (m *CourseMap) SVGPath(width, height int) (*string, error) {
	return m.trace().SVGPath(width, height)
}

// trace is that of the thinned line, or else of the line in full. One that can't be read draws nothing.
func (m *CourseMap) trace() Trace {
	for _, encoded := range []*string{m.SummaryPolyline, m.Polyline} {
		if encoded == nil {
			continue
		}
		if trace, err := DecodePolyline(*encoded); err == nil {
			return trace
		}
	}
	return nil
}
