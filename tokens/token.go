package tokens

import (
	"fmt"
	"io"
	"log/slog"

	"domestique/strava"
)

// Token is what a row's seals hide: the secrets of the grant, opened. It prints as "[redacted]" in every form. The
// secrets stand behind a pointer because fmt asks no method of a value that it reaches through an unexported field, but
// prints a pointer's target only at the top.
type Token struct {
	*secrets
}

type secrets struct {
	access   strava.Secret // Empty until the first refresh.
	refresh  strava.Secret
	previous strava.Secret // The refresh token before; empty when there is none.
}

const redacted = "[redacted]"

// Format implements fmt.Formatter for all verbs.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON implements json.Marshaler.
func (Token) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue implements slog.LogValuer.
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// grant is a stored row with its secrets opened. It is never changed once made.
type grant struct {
	row      Row
	revision Revision
	Token
}
