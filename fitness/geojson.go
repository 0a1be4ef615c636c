package fitness

import "strconv"

// GeoJSON is the summary polyline as the text of a GeoJSON LineString; nil where that has no line or can't be read.
func (m *ActivityMap) GeoJSON() *string { return m.trace().GeoJSON() }

// GeoJSON is the trace as the text of a GeoJSON LineString (https://www.rfc-editor.org/rfc/rfc7946#section-3.1.4), nil
// for less than the two points that a LineString has at least.
//
// Where the trace crosses the 180th meridian its longitudes go on beyond 180. The RFC would rather have the line cut in
// two, but then it were no LineString; and of the two ways to write it as one, this is the one that maps draw right.
func (t Trace) GeoJSON() *string {
	if len(t) < 2 {
		return nil
	}
	const usualPoint = len("[-73.98765,40.12345],")
	text := make([]byte, 0, len(`{"type":"LineString","coordinates":[]}`)+len(t)*usualPoint)
	text = append(text, `{"type":"LineString","coordinates":[`...)
	for i, point := range t.continuous() {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '[')
		text = appendDecimal(text, degrees(point.Longitude))
		text = append(text, ',')
		text = appendDecimal(text, degrees(point.Latitude))
		text = append(text, ']')
	}
	text = append(text, "]}"...)
	return new(string(text))
}

// appendDecimal writes a number in as few digits as tell it, never with an exponent.
func appendDecimal(text []byte, number float64) []byte {
	return strconv.AppendFloat(text, number, 'f', -1, 64)
}
