package azuretable

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"domestique/tokens"
)

// grantFormat is the version of grantEntity. A row of another one is left alone.
const grantFormat = 1

// grantEntity is a tokens.Row as properties of an entity. All but the format are strings: a table's JSON numbers have 32
// bits, and its times lose their nanoseconds.
type grantEntity struct {
	PartitionKey string
	RowKey       string
	Format       int32

	Generation           string
	WriteID              string
	AthleteID            string
	Scopes               string // Comma separated, as OAuth at Strava has them.
	AccessToken          string
	RefreshToken         string
	PreviousRefreshToken string
	ClientID             string
	ClientSecret         string
	ObtainedAt           string
	ExpiresAt            string
	RefreshAfter         string
	LeaseID              string
	LeaseIntent          string
	LeaseTTL             string
	State                string
	Failure              string
}

func newGrantEntity(row tokens.Row) grantEntity {
	return grantEntity{
		PartitionKey: grantPartition,
		RowKey:       grantRow,
		Format:       grantFormat,

		Generation:           strconv.FormatInt(row.Generation, 10),
		WriteID:              row.WriteID,
		AthleteID:            strconv.FormatInt(row.AthleteID, 10),
		Scopes:               strings.Join(row.Scopes, ","),
		AccessToken:          row.AccessToken,
		RefreshToken:         row.RefreshToken,
		PreviousRefreshToken: row.PreviousRefreshToken,
		ClientID:             row.ClientID,
		ClientSecret:         row.ClientSecret,
		ObtainedAt:           formatTime(row.ObtainedAt),
		ExpiresAt:            formatTime(row.ExpiresAt),
		RefreshAfter:         formatTime(row.RefreshAfter),
		LeaseID:              row.Lease.ID,
		LeaseIntent:          row.Lease.Intent,
		LeaseTTL:             row.Lease.TTL.String(),
		State:                string(row.State),
		Failure:              string(row.Failure),
	}
}

// row fails with tokens.ErrCorrupt, which names the property that is wrong but not what it holds.
func (e grantEntity) row() (tokens.Row, error) {
	if e.Format != grantFormat {
		return tokens.Row{}, fmt.Errorf("%w: format %d, this version reads %d", tokens.ErrCorrupt, e.Format, grantFormat)
	}
	var p parser
	row := tokens.Row{
		Generation:           p.integer("Generation", e.Generation),
		WriteID:              e.WriteID,
		AthleteID:            p.integer("AthleteID", e.AthleteID),
		AccessToken:          e.AccessToken,
		RefreshToken:         e.RefreshToken,
		PreviousRefreshToken: e.PreviousRefreshToken,
		ClientID:             e.ClientID,
		ClientSecret:         e.ClientSecret,
		ObtainedAt:           p.time("ObtainedAt", e.ObtainedAt),
		ExpiresAt:            p.time("ExpiresAt", e.ExpiresAt),
		RefreshAfter:         p.time("RefreshAfter", e.RefreshAfter),
		Lease: tokens.Lease{
			ID:     e.LeaseID,
			Intent: e.LeaseIntent,
			TTL:    p.duration("LeaseTTL", e.LeaseTTL),
		},
		State:   tokens.State(e.State),
		Failure: tokens.Failure(e.Failure),
	}
	if e.Scopes != "" {
		row.Scopes = strings.Split(e.Scopes, ",")
	}
	return row, p.err
}

// parser remembers the first property that can't be read.
type parser struct{ err error }

func (p *parser) fail(property string, err error) {
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("%w: property %s", tokens.ErrCorrupt, property)
	}
}

func (p *parser) integer(property, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	p.fail(property, err)
	return n
}

func (p *parser) duration(property, text string) time.Duration {
	d, err := time.ParseDuration(text)
	p.fail(property, err)
	return d
}

func (p *parser) time(property, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	p.fail(property, err)
	return at.UTC()
}

func formatTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
