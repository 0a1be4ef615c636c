package tokens

import (
	"fmt"
	"io"
	"log/slog"

	"domestique/strava"
)

// Token is what a row's seals hide: the secrets of the grant, opened. It prints as "[redacted]" in every form, also where
// fmt reaches it through an unexported field and so asks none of its methods: there fmt prints the address of box, or,
// for a verb that doesn't fit, what box points to, which is an address again.
type Token struct {
	*box
}

type box struct {
	*secrets
}

type secrets struct {
	access   strava.Secret // Empty until the first refresh.
	refresh  strava.Secret
	previous strava.Secret // The refresh token before; empty when there is none.
	client   strava.Secret // The secret of the row's own application; empty when it has none.
}

func newToken(s secrets) Token { return Token{&box{&s}} }

const redacted = "[redacted]"

// Format implements fmt.Formatter for all verbs.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON implements json.Marshaler.
func (Token) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue implements slog.LogValuer.
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// with returns a Token with some of the secrets changed.
func (t Token) with(edit func(s *secrets)) Token {
	changed := *t.secrets
	edit(&changed)
	return newToken(changed)
}

// grant is a stored row with its secrets opened. It is never changed once made.
type grant struct {
	row      Row
	revision Revision
	Token
}
