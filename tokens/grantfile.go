package tokens

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// grantFormat is the version of the file's format. A change that an older version would misread gets a new number, which
// makes the older version refuse the file and leave it alone.
const grantFormat = 1

// grantJSON is the form of grant.json. It is apart from Row so that neither can change the other by accident.
type grantJSON struct {
	Format   int        `json:"format"`
	Revision Revision   `json:"revision"`
	Grant    *rowInFile `json:"grant"`
}

type rowInFile struct {
	Generation           int64        `json:"generation"`
	WriteID              string       `json:"writeId"`
	AthleteID            int64        `json:"athleteId,omitzero"`
	Scopes               []string     `json:"scopes,omitempty"`
	AccessToken          string       `json:"accessToken,omitzero"`
	RefreshToken         string       `json:"refreshToken"`
	PreviousRefreshToken string       `json:"previousRefreshToken,omitzero"`
	ClientID             string       `json:"clientId,omitzero"`
	ClientSecret         string       `json:"clientSecret,omitzero"`
	ObtainedAt           time.Time    `json:"obtainedAt,omitzero"`
	ExpiresAt            time.Time    `json:"expiresAt,omitzero"`
	RefreshAfter         time.Time    `json:"refreshAfter,omitzero"`
	Lease                *leaseInFile `json:"lease,omitempty"`
	State                State        `json:"state"`
	Failure              Failure      `json:"failure,omitzero"`
}

type leaseInFile struct {
	ID     string `json:"id"`
	Intent string `json:"intent"`
	TTL    string `json:"ttl"` // As time.Duration writes it: "1m0s".
}

// encodeGrantFile returns the file for row under a new revision, which is random so that a file brought back from a
// backup can't be taken for a later one.
func encodeGrantFile(row Row) ([]byte, Revision, error) {
	revision := Revision(rand.Text())
	kept := rowInFile{
		Generation: row.Generation, WriteID: row.WriteID, AthleteID: row.AthleteID, Scopes: row.Scopes,
		AccessToken: row.AccessToken, RefreshToken: row.RefreshToken, PreviousRefreshToken: row.PreviousRefreshToken,
		ClientID: row.ClientID, ClientSecret: row.ClientSecret,
		ObtainedAt: row.ObtainedAt, ExpiresAt: row.ExpiresAt, RefreshAfter: row.RefreshAfter,
		State: row.State, Failure: row.Failure,
	}
	if row.Lease != (Lease{}) {
		kept.Lease = &leaseInFile{ID: row.Lease.ID, Intent: row.Lease.Intent, TTL: row.Lease.TTL.String()}
	}
	data, err := json.MarshalIndent(grantJSON{Format: grantFormat, Revision: revision, Grant: &kept}, "", "\t")
	if err != nil {
		return nil, "", fmt.Errorf("encode the row: %w", err)
	}
	if len(data) >= maxGrantFile {
		return nil, "", errors.New("encode the row: too large to be a grant")
	}
	return append(data, '\n'), revision, nil
}

// decodeGrantFile returns what encodeGrantFile wrote, and ErrCorrupt for anything else: a file that is cut, of a newer
// format, or with fields that this version does not know and would drop at its next write. The error repeats nothing of
// the file.
func decodeGrantFile(data []byte) (Row, Revision, error) {
	if len(data) > maxGrantFile {
		return Row{}, "", fmt.Errorf("%w: too large to be a grant", ErrCorrupt)
	}
	// This also sees that nothing follows the one value, which a Decoder doesn't.
	var format struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(data, &format); err != nil {
		return Row{}, "", fmt.Errorf("%w: not a grant in JSON", ErrCorrupt)
	}
	if format.Format != grantFormat {
		return Row{}, "", fmt.Errorf("%w: format %d, and this version knows format %d alone", ErrCorrupt, format.Format, grantFormat)
	}
	var file grantJSON
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return Row{}, "", fmt.Errorf("%w: unknown or malformed fields", ErrCorrupt)
	}
	if file.Revision == "" || file.Grant == nil {
		return Row{}, "", fmt.Errorf("%w: no grant in it", ErrCorrupt)
	}
	row, err := file.Grant.row()
	if err != nil {
		return Row{}, "", err
	}
	return row, file.Revision, nil
}

func (kept *rowInFile) row() (Row, error) {
	row := Row{
		Generation: kept.Generation, WriteID: kept.WriteID, AthleteID: kept.AthleteID, Scopes: kept.Scopes,
		AccessToken: kept.AccessToken, RefreshToken: kept.RefreshToken, PreviousRefreshToken: kept.PreviousRefreshToken,
		ClientID: kept.ClientID, ClientSecret: kept.ClientSecret,
		ObtainedAt: kept.ObtainedAt, ExpiresAt: kept.ExpiresAt, RefreshAfter: kept.RefreshAfter,
		State: kept.State, Failure: kept.Failure,
	}
	if kept.Lease != nil {
		ttl, err := time.ParseDuration(kept.Lease.TTL)
		if err != nil {
			return Row{}, fmt.Errorf("%w: malformed lease", ErrCorrupt)
		}
		row.Lease = Lease{ID: kept.Lease.ID, Intent: kept.Lease.Intent, TTL: ttl}
	}
	return row, nil
}
