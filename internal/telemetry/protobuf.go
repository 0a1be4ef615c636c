package telemetry

import (
	"encoding/binary"
	"math"

	"go.opentelemetry.io/otel/attribute"
)

// message is a protobuf message that is being written: just what OTLP needs of it. A field that is zero is left out, as
// proto3 has it. https://protobuf.dev/programming-guides/encoding/
type message []byte

// The wire types.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func (m *message) tag(field, wire int) { *m = binary.AppendUvarint(*m, uint64(field)<<3|uint64(wire)) }

func (m *message) number(field int, value uint64) {
	if value != 0 {
		m.tag(field, wireVarint)
		*m = binary.AppendUvarint(*m, value)
	}
}

func (m *message) fixed64(field int, value uint64) {
	if value != 0 {
		m.evenZero(field, value)
	}
}

// evenZero writes a field whose zero is not the same as its absence.
func (m *message) evenZero(field int, value uint64) {
	m.tag(field, wireFixed64)
	*m = binary.LittleEndian.AppendUint64(*m, value)
}

func (m *message) fixed32(field int, value uint32) {
	m.tag(field, wireFixed32)
	*m = binary.LittleEndian.AppendUint32(*m, value)
}

func (m *message) text(field int, value string) {
	if value != "" {
		m.tag(field, wireBytes)
		*m = append(binary.AppendUvarint(*m, uint64(len(value))), value...)
	}
}

func (m *message) bytes(field int, value []byte) { m.text(field, string(value)) }

// part writes a message inside of the message, an empty one too.
func (m *message) part(field int, write func(*message)) {
	var inner message
	write(&inner)
	m.tag(field, wireBytes)
	*m = append(binary.AppendUvarint(*m, uint64(len(inner))), inner...)
}

// packed writes a list of numbers of 64 bits.
func (m *message) packed(field int, values []uint64) {
	m.tag(field, wireBytes)
	*m = binary.AppendUvarint(*m, uint64(len(values)*8))
	for _, value := range values {
		*m = binary.LittleEndian.AppendUint64(*m, value)
	}
}

// attributes are OTLP's list of KeyValue. Lists are written as their text: there are none among ours.
func (m *message) attributes(field int, of []attribute.KeyValue) {
	for _, pair := range of {
		m.part(field, func(m *message) {
			m.text(1, string(pair.Key))
			m.part(2, func(m *message) { m.value(pair.Value) })
		})
	}
}

// value is OTLP's AnyValue, one of several fields, so that the zero is written too.
func (m *message) value(value attribute.Value) {
	switch value.Type() {
	case attribute.BOOL:
		m.tag(2, wireVarint)
		set := uint64(0)
		if value.AsBool() {
			set = 1
		}
		*m = binary.AppendUvarint(*m, set)
	case attribute.INT64:
		m.tag(3, wireVarint)
		*m = binary.AppendUvarint(*m, uint64(value.AsInt64()))
	case attribute.FLOAT64:
		m.evenZero(4, math.Float64bits(value.AsFloat64()))
	default:
		text := value.String()
		m.tag(1, wireBytes)
		*m = append(binary.AppendUvarint(*m, uint64(len(text))), text...)
	}
}
