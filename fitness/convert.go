package fitness

import (
	"net/url"
	"time"

	"domestique/strava"
)

// What Strava says becomes what this package means in the convert files, and nowhere else. This one has what they share.

// converted turns an answer of Strava's into one of this package's.
func converted[W, V any](convert func(*W) *V) func(*W, error) (*V, error) {
	return func(wire *W, err error) (*V, error) {
		if err != nil {
			return nil, err
		}
		return convert(wire), nil
	}
}

// convertedAll does the same for a list.
func convertedAll[W, V any](convert func(*W) V) func([]W, error) (*[]V, error) {
	return func(rows []W, err error) (*[]V, error) {
		if err != nil {
			return nil, err
		}
		return new(eachOf(rows, convert)), nil
	}
}

// eachOf is empty for no rows, never nil.
func eachOf[W, V any](rows []W, convert func(*W) V) []V {
	values := make([]V, len(rows))
	for i := range rows {
		values[i] = convert(&rows[i])
	}
	return values
}

// listedOf is nil where Strava does not tell, and empty where there is nothing.
func listedOf[W, V any](rows []W, convert func(*W) V) []V {
	if rows == nil {
		return nil
	}
	return eachOf(rows, convert)
}

// listOf is the list of an answer, nil for what does not exist.
func listOf[V any](list *[]V) []V {
	if list == nil {
		return nil
	}
	return *list
}

// optional copies a number that may be absent into one of this package's types.
func optional[To, From ~int | ~float64](value *From) *To {
	if value == nil {
		return nil
	}
	return new(To(*value))
}

// optionalText is nil for an empty text, which is how Strava spells an absent one.
func optionalText(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// optionalTime is nil for no time.
func optionalTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return new(at.UTC())
}

// nonZero is nil for zero, where zero is how Strava spells that it does not know.
func nonZero(value float64) *float64 {
	if value == 0 {
		return nil
	}
	return &value
}

// named is the word for Strava's number, nil for a number that is newer than the words.
func named[W any](number int, words ...W) *W {
	if number < 0 || number >= len(words) {
		return nil
	}
	return &words[number]
}

func isWebAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != ""
}

// firstWebAddress is nil if none of the texts is one: for what has no picture Strava gives the path of a placeholder.
func firstWebAddress(texts ...string) *string {
	for _, text := range texts {
		if isWebAddress(text) {
			return &text
		}
	}
	return nil
}

// webAddress is firstWebAddress with "" for none.
func webAddress(texts ...string) string {
	if address := firstWebAddress(texts...); address != nil {
		return *address
	}
	return ""
}

func coordinates(point strava.LatLng) *Coordinates {
	latitude, longitude, ok := point.Coordinates()
	if !ok {
		return nil
	}
	return &Coordinates{Latitude: latitude, Longitude: longitude}
}
