package tokens

import (
	"context"
	"slices"
	"time"
)

// Row is what a Store keeps: one row for the one grant. Its secrets are sealed text, so a row may be copied and looked
// at, but it still belongs in no log. Times are UTC.
type Row struct {
	// Generation counts the answers and consents that were stored. The sealed secrets are bound to it.
	Generation int64
	// WriteID is random and new in every write, so that a writer whose confirmation got lost can recognise its own.
	WriteID string

	AthleteID int64    // Zero: not known yet.
	Scopes    []string // As granted; empty: not known, for a first refresh token doesn't tell.

	AccessToken          string // Sealed; empty until the first refresh.
	RefreshToken         string // Sealed.
	PreviousRefreshToken string // Sealed; empty when there is none. Kept for one generation.

	// ClientID and ClientSecret are those of the Strava application that the grant was given to, if the owner entered it;
	// empty: the configured one's.
	ClientID     string
	ClientSecret string // Sealed.

	ObtainedAt time.Time // When AccessToken first came; with ExpiresAt it tells the token's life.
	ExpiresAt  time.Time // Of AccessToken.
	// RefreshAfter postpones the next refresh past the margin, after an answer that brought no newer access token. It is
	// never later than ExpiresAt. Zero: not postponed.
	RefreshAfter time.Time

	Lease   Lease
	State   State
	Failure Failure // The last one since the last success.
}

// Lease marks a row as claimed by a process that is about to spend a refresh token. The zero value is none.
type Lease struct {
	ID string // Names the claim and, by its first half, the process.
	// Intent is a hash of the refresh token about to be spent. Left behind by a process that died, it tells that
	// this token may be spent already.
	Intent string
	// TTL is how long others leave the row alone, counted from when they first saw the lease.
	TTL time.Duration
}

// Revision names one state of the stored row. The empty one means that there is no row yet.
type Revision string

// Store keeps the row. Implementations MUST be safe for concurrent use by several processes, MUST return before long
// once ctx is done, and MUST NOT put stored text into errors. An error of Save or Erase that is not ErrConflict or
// ErrCorrupt leaves open whether the change was made, unless ctx was done before the call: then it was not.
type Store interface {
	// Load returns the row and its revision. It fails with ErrNotFound when there is none, and with ErrCorrupt when
	// there is something that can't be read (or is of a newer format), which then stays as it is.
	Load(ctx context.Context) (Row, Revision, error)
	// Save replaces the row if it still is at revision, or inserts it if revision is empty, as one atomic and
	// durable write, and returns the new revision, one that the row has not had before. It fails with ErrConflict when
	// the row is at another revision (or gone, or exists already), and with ErrCorrupt rather than replace what it can't
	// read.
	Save(ctx context.Context, row Row, revision Revision) (Revision, error)
	// Erase removes the row if it still is at revision, else fails with ErrConflict.
	Erase(ctx context.Context, revision Revision) error
}

// clone returns a copy that shares no memory with row.
func (row Row) clone() Row {
	row.Scopes = slices.Clone(row.Scopes)
	return row
}
