package graph

import (
	"math"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"domestique/graph/model"
)

// of is a field without arguments.
func of[T, V any](get func(T) V, write func(*plainText, V)) plainField[T] {
	return func(*plainPlan, graphql.CollectedField) plainWriter[T] {
		return func(out *plainText, from T) { write(out, get(from)) }
	}
}

// maybe is a field that may be null.
func maybe[T, V any](get func(T) *V, write func(*plainText, V)) plainField[T] {
	return of(get, nullable(write))
}

// in is a field whose one argument is the unit of the answer.
func in[T any, U ~string, V any](get func(T, U) V, write func(*plainText, V)) plainField[T] {
	return func(p *plainPlan, field graphql.CollectedField) plainWriter[T] {
		unit, given := field.ArgumentMap(p.operation.Variables)["unit"].(string)
		if !given {
			return nil
		}
		return func(out *plainText, from T) { write(out, get(from, U(unit))) }
	}
}

// maybeIn is a field in a unit that may be null.
func maybeIn[T any, U ~string, V any](get func(T, U) *V, write func(*plainText, V)) plainField[T] {
	return in(get, nullable(write))
}

// part is a field that is an object.
func part[T, V any](get func(T) *V, typ plainType[V]) plainField[T] {
	return func(p *plainPlan, field graphql.CollectedField) plainWriter[T] {
		if write := typ.plan(p, field.Selections); write != nil {
			return func(out *plainText, from T) { write(out, get(from)) }
		}
		return nil
	}
}

// maybePart is a field that is an object, or null.
func maybePart[T, V any](get func(T) *V, typ plainType[V]) plainField[T] {
	return func(p *plainPlan, field graphql.CollectedField) plainWriter[T] {
		write := typ.plan(p, field.Selections)
		if write == nil {
			return nil
		}
		return func(out *plainText, from T) {
			if found := get(from); found != nil {
				write(out, found)
			} else {
				out.add("null")
			}
		}
	}
}

// parts is a field that is a list of objects.
func parts[T, V any](get func(T) []*V, typ plainType[V]) plainField[T] {
	return func(p *plainPlan, field graphql.CollectedField) plainWriter[T] {
		if write := typ.plan(p, field.Selections); write != nil {
			return func(out *plainText, from T) { writeEach(out, get(from), write) }
		}
		return nil
	}
}

func nullable[V any](write func(*plainText, V)) func(*plainText, *V) {
	return func(out *plainText, value *V) {
		if value == nil {
			out.add("null")
			return
		}
		write(out, *value)
	}
}

func writeText[V ~string](out *plainText, value V) { out.quoted(string(value)) }

func writeWhole(out *plainText, value int) { out.text = strconv.AppendInt(out.text, int64(value), 10) }

func writeYes(out *plainText, value bool) { out.text = strconv.AppendBool(out.text, value) }

// writeNumber leaves what is no number to the executor: it is null, or an error.
func writeNumber(out *plainText, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		out.unfit = true
		return
	}
	out.text = model.AppendFloat(out.text, value)
}

func writeStravaID(out *plainText, id int64) {
	out.text = append(strconv.AppendInt(append(out.text, '"'), id, 10), '"')
}

func writeInstant(out *plainText, at time.Time) {
	out.text = append(at.UTC().AppendFormat(append(out.text, '"'), time.RFC3339), '"')
}

// writeDay writes a date, or the time on a clock.
func writeDay[V interface{ Append([]byte) []byte }](out *plainText, day V) {
	out.text = append(day.Append(append(out.text, '"')), '"')
}
