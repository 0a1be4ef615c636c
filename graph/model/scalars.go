// Package model holds what GraphQL has and the domain has not: connections and edges, which gqlgen generates from the
// schema, and the form of the custom scalars on the wire.
//
// A scalar that cannot be read fails with a *[fitness.Error] of code BAD_USER_INPUT; which argument it was is known to the
// error presenter.
package model

import (
	"encoding/json"
	"io"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"domestique/fitness"
)

// number is written in plain digits, as JavaScript does; gqlgen's own would write 1234500 as 1.2345e+06. It holds nothing
// but the number: a [graphql.ContextMarshaler] would hold the context of its field until the answer is written, and
// a recording has a hundred thousand of them.
type number float64

// MarshalGQL implements graphql.Marshaler.
func (n number) MarshalGQL(w io.Writer) {
	var digits [32]byte
	_, _ = w.Write(AppendFloat(digits[:0], float64(n))) // A broken connection shows elsewhere.
}

// AppendFloat appends a number as it is written, null for what is none (NaN, infinity).
func AppendFloat(to []byte, f float64) []byte {
	size := math.Abs(f)
	if size == 0 || 1e-6 <= size && size < 1e21 {
		return strconv.AppendFloat(to, f, 'f', -1, 64)
	}
	encoded, err := json.Marshal(f) // It knows how JavaScript writes the others.
	if err != nil {
		return append(to, "null"...)
	}
	return append(to, encoded...)
}

// MarshalFloat writes a number. What is none (NaN, infinity) is null, which is an error where the schema promises one.
func MarshalFloat(f float64) graphql.Marshaler {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return graphql.Null
	}
	return number(f)
}

// UnmarshalFloat reads a number.
func UnmarshalFloat(v any) (float64, error) {
	f, err := graphql.UnmarshalFloat(v)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, badInput("Give a number.")
	}
	return f, nil
}

// MarshalSample writes a value of a recording; one that is missing is null.
func MarshalSample(sample fitness.Sample) graphql.Marshaler { return MarshalFloat(float64(sample)) }

// UnmarshalSample reads a number.
func UnmarshalSample(v any) (fitness.Sample, error) {
	f, err := UnmarshalFloat(v)
	return fitness.Sample(f), err
}

// MarshalInt writes a number. The domain's counts and seconds fit into GraphQL's 32 bits by far.
func MarshalInt(i int) graphql.Marshaler {
	return graphql.MarshalInt(i)
}

// UnmarshalInt reads a number of at most 32 bits, which is what a GraphQL Int is; gqlgen's own takes 64 of a literal.
func UnmarshalInt(v any) (int, error) {
	i, err := graphql.UnmarshalInt(v)
	if err != nil || i < math.MinInt32 || i > math.MaxInt32 {
		return 0, badInput("Give a whole number of at most 32 bits.")
	}
	return i, nil
}

// MarshalStravaID writes an id of Strava's as a string: it does not fit a GraphQL Int, nor a number of JavaScript.
func MarshalStravaID(id int64) graphql.Marshaler {
	return quoted(strconv.FormatInt(id, 10))
}

// UnmarshalStravaID reads what MarshalStravaID writes.
func UnmarshalStravaID(v any) (int64, error) {
	text, _ := v.(string)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, badInput("Give one of Strava's ids: a string of digits.")
	}
	return id, nil
}

// MarshalDateTime writes an instant in RFC 3339, in UTC and to the second, which is as exact as Strava is.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	return quoted(t.UTC().Format(time.RFC3339))
}

// UnmarshalDateTime reads RFC 3339 with an offset.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, _ := v.(string)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, badInput("Give an instant with an offset, such as 2026-11-22T09:30:00Z.")
	}
	return t.UTC(), nil
}

// MarshalLocalDateTime writes a wall-clock time.
func MarshalLocalDateTime(t fitness.LocalDateTime) graphql.Marshaler {
	return quoted(t.String())
}

// UnmarshalLocalDateTime reads a wall-clock time, which has no offset.
func UnmarshalLocalDateTime(v any) (fitness.LocalDateTime, error) {
	text, _ := v.(string)
	t, err := fitness.ParseLocalDateTime(text)
	if err != nil {
		return fitness.LocalDateTime{}, badInput("Give a local time without an offset, such as 2026-11-22T10:30:00.")
	}
	return t, nil
}

// MarshalDate writes a calendar date.
func MarshalDate(d fitness.Date) graphql.Marshaler {
	return quoted(d.String())
}

// UnmarshalDate reads a calendar date.
func UnmarshalDate(v any) (fitness.Date, error) {
	text, _ := v.(string)
	d, err := fitness.ParseDate(text)
	if err != nil {
		return fitness.Date{}, badInput("Give a date such as 2026-11-22, of the years 1000 to 9998.")
	}
	return d, nil
}

// MarshalURL writes an absolute URL.
func MarshalURL(address string) graphql.Marshaler {
	return graphql.MarshalString(address)
}

// UnmarshalURL reads an absolute URL.
func UnmarshalURL(v any) (string, error) {
	text, _ := v.(string)
	address, err := url.Parse(text)
	if err != nil || !address.IsAbs() || address.Host == "" {
		return "", badInput("Give an absolute URL, such as https://www.strava.com/activities/1.")
	}
	return text, nil
}

// quoted writes text that needs no escaping.
func quoted(text string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, `"`+text+`"`) })
}

func badInput(message string) error {
	return &fitness.Error{Code: fitness.CodeBadUserInput, Message: message}
}
