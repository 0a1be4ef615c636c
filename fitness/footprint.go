package fitness

import (
	"reflect"
	"time"
)

// footprintOf is roughly how many bytes of memory a value takes, with everything that it leads to. Nothing that is kept
// leads back to itself.
func footprintOf(value any) int {
	if value == nil {
		return 0
	}
	return int(reflect.TypeOf(value).Size()) + footprintBehind(reflect.ValueOf(value))
}

// footprintBehind is what a value leads to, without the value itself.
func footprintBehind(value reflect.Value) int {
	switch value.Kind() {
	case reflect.String:
		return value.Len()
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return 0
		}
		return int(value.Elem().Type().Size()) + footprintBehind(value.Elem())
	case reflect.Slice:
		return value.Cap()*int(value.Type().Elem().Size()) + footprintOfElements(value)
	case reflect.Array:
		return footprintOfElements(value)
	case reflect.Struct:
		return footprintOfFields(value)
	default:
		return 0
	}
}

func footprintOfElements(list reflect.Value) (footprint int) {
	if isPlain(list.Type().Elem()) {
		return 0
	}
	for i := range list.Len() {
		footprint += footprintBehind(list.Index(i))
	}
	return footprint
}

func footprintOfFields(record reflect.Value) (footprint int) {
	if isPlain(record.Type()) {
		return 0
	}
	for _, field := range record.Fields() {
		footprint += footprintBehind(field)
	}
	return footprint
}

// isPlain says of the types that make up most of the footprint that they lead to nothing: the samples of a stream need not
// be looked at one by one. A time leads to its zone, which all times share.
func isPlain(typ reflect.Type) bool {
	return typ.Kind() >= reflect.Bool && typ.Kind() <= reflect.Float64 || typ == reflect.TypeFor[time.Time]() ||
		typ == reflect.TypeFor[Coordinates]()
}
