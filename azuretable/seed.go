package azuretable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// The seed is the layout of the gateway's predecessor: a row for each text, in one property. A fourth row, AccessToken, is
// not read: nothing tells when it expires, and the refresh token brings a newer one.
const (
	seedPartition       = "Token"
	seedValue           = "Value"
	seedClientIDRow     = "ClientID"
	seedClientSecretRow = "ClientSecret"
	seedRefreshTokenRow = "RefreshToken"
)

// Seed is a first grant and the Strava application that it was given to. Its secrets are to be had by its methods alone:
// it prints as "[redacted]" in every form.
type Seed struct {
	ClientID                   string
	clientSecret, refreshToken concealed
}

// concealed is a text that fmt can't reach, not even through an unexported field, where it asks no method: of a function
// there is only an address to print.
type concealed func() string

func conceal(text string) concealed { return func() string { return text } }

func (c concealed) text() string {
	if c == nil {
		return ""
	}
	return c()
}

// ClientSecret is the application's secret.
func (s Seed) ClientSecret() string { return s.clientSecret.text() }

// RefreshToken is the first grant's.
func (s Seed) RefreshToken() string { return s.refreshToken.text() }

const redacted = "[redacted]"

// Format implements fmt.Formatter for all verbs.
func (Seed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON implements json.Marshaler.
func (Seed) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue implements slog.LogValuer.
func (Seed) LogValue() slog.Value { return slog.StringValue(redacted) }

// ErrNoSeed: the table is not there or lacks a row, or a row holds something else than text. The error around it names
// what is wrong, in a sentence for the owner.
var ErrNoSeed = errors.New("no seed")

// ReadSeed reads the seed from the table of cfg. It never writes, so a role or signature that may only read will do. It
// fails with ErrNoSeed, or because Azure Tables is away; no error holds a secret.
func ReadSeed(ctx context.Context, cfg Config) (Seed, error) {
	table, err := cfg.client()
	if err != nil {
		return Seed{}, fmt.Errorf("open the seed table: %w", err)
	}
	values, err := readSeedRows(ctx, table, seedClientIDRow, seedClientSecretRow, seedRefreshTokenRow)
	if err != nil {
		return Seed{}, fmt.Errorf("read the seed table %s: %w", cfg.Table, err)
	}
	return Seed{
		ClientID:     values[seedClientIDRow],
		clientSecret: conceal(values[seedClientSecretRow]),
		refreshToken: conceal(values[seedRefreshTokenRow]),
	}, nil
}

// readSeedRows returns the texts of all the rows, or an error that names each row that is missing or odd.
func readSeedRows(ctx context.Context, table *aztables.Client, rows ...string) (map[string]string, error) {
	values := make(map[string]string, len(rows))
	var problems []string
	for _, row := range rows {
		value, err := readSeedRow(ctx, table, row)
		odd, isOdd := errors.AsType[oddSeedError](err)
		switch {
		case isOdd:
			problems = append(problems, fmt.Sprintf("row %s %s", row, odd))
		case err != nil:
			return nil, err
		}
		values[row] = value
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%w: in partition %s %s", ErrNoSeed, seedPartition, strings.Join(problems, ", "))
	}
	return values, nil
}

// oddSeedError says what is wrong with one row of a seed table.
type oddSeedError string

func (e oddSeedError) Error() string { return string(e) }

func readSeedRow(ctx context.Context, table *aztables.Client, row string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	answer, err := table.GetEntity(ctx, seedPartition, row, nil)
	switch {
	case hasCode(err, aztables.ResourceNotFound):
		return "", oddSeedError("is missing")
	case err != nil:
		return "", storeError(err, fmt.Errorf("%w: there is no such table", ErrNoSeed))
	}
	return seedText(answer.Value)
}

// seedText reads the value of a row: a text, or a whole number, which is what some tools make of a client id.
func seedText(entity []byte) (string, error) {
	var properties map[string]json.RawMessage
	if err := json.Unmarshal(entity, &properties); err != nil {
		return "", oddSeedError("can't be read")
	}
	var kind string
	if raw, typed := properties[seedValue+"@odata.type"]; typed {
		_ = json.Unmarshal(raw, &kind) // What is no text is no type that we know.
	}
	raw, there := properties[seedValue]
	if !there || string(raw) == "null" {
		return "", oddSeedError("has no property " + seedValue)
	}
	text, ok := seedScalar(raw, kind)
	switch {
	case !ok:
		return "", oddSeedError("has a property " + seedValue + " that is not a text")
	case text == "":
		return "", oddSeedError("is empty")
	}
	return text, nil
}

func seedScalar(raw json.RawMessage, kind string) (text string, ok bool) {
	switch kind {
	case "", "Edm.String", "Edm.Int32", "Edm.Int64":
	default:
		return "", false // Among them binaries and dates, which also arrive as JSON strings.
	}
	if json.Unmarshal(raw, &text) == nil {
		return strings.TrimSpace(text), true // A line's end is easily pasted along.
	}
	number, err := strconv.ParseInt(string(raw), 10, 64)
	return strconv.FormatInt(number, 10), err == nil
}
