package strava

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every way of printing a Secret shows.
const redacted = "[redacted]"

// Secret is text that must not be shown: a token, a client secret. It prints as "[redacted]" with every formatting
// verb, in JSON, XML and slog, by itself and as an exported field of a struct; string(s) gives the value.
//
// Three ways are out of its reach. The package fmt does not call the methods of unexported fields, and with a verb that
// does not fit it looks even behind a pointer: a struct that keeps a Secret unexported needs a Format method of its own,
// or keeps it in a closure. The verbs %p and %w with a Secret print it; go vet finds them. And encoding/json writes the
// keys of a map as they are.
type Secret string

// Format implements [fmt.Formatter], so that no verb, width or flag shows the value.
func (Secret) Format(state fmt.State, _ rune) {
	// A fmt.State keeps its errors to itself; there is nobody to tell.
	_, _ = io.WriteString(state, redacted)
}

// MarshalText keeps the value out of JSON and XML. What stores a Secret converts it to a string.
func (Secret) MarshalText() ([]byte, error) {
	return []byte(redacted), nil
}

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value {
	return slog.StringValue(redacted)
}
