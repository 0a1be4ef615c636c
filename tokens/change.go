package tokens

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"domestique/strava"
)

// change says what is to be written over the stored row (nil: there is none), or nil when the stored row is to stay. It
// is a pure function, because it is asked anew whenever a write has failed and the row been read again. The result's
// revision and write id are the writer's business.
type change func(stored *grant) (*grant, error)

// with returns a copy of g to be changed.
func (g *grant) with(edit func(row *Row)) *grant {
	changed := &grant{row: g.row.clone(), Token: g.Token}
	edit(&changed.row)
	return changed
}

// claim leases the row to a process that is about to spend the refresh token that the lease's intent names, provided
// that the row is still the one that was decided upon.
func claim(decided *grant, lease Lease) change {
	return func(stored *grant) (*grant, error) {
		if stored == nil || stored.revision != decided.revision {
			return nil, nil
		}
		return stored.with(func(row *Row) {
			if row.Lease.Intent == lease.Intent {
				// Left behind by a process that died or lost the store: the token may be spent already.
				row.Failure = FailureNoAnswer
			}
			row.Lease = lease
		}), nil
	}
}

// firstRow stores a first refresh token, claimed, where there is no row yet. It comes before the token is spent, so that
// a crash in between can't lose what the token has become.
func firstRow(token strava.Secret, lease Lease) change {
	return func(stored *grant) (*grant, error) {
		if stored != nil {
			return nil, nil
		}
		return &grant{
			row:   Row{Generation: 1, State: StateNotConnected, Lease: lease},
			Token: newToken(secrets{refresh: token}),
		}, nil
	}
}

// answered stores what Strava answered when the claimed row's token was spent. If the grant has moved on meanwhile, by
// another's later rotation or a new consent, the newer one stays and the answer's refresh token is kept as the previous
// one, to be tried should the newer be refused.
func answered(claimed *grant, spent strava.Secret, answer strava.Grant, now time.Time) change {
	return func(stored *grant) (*grant, error) {
		switch {
		case stored == nil:
			// Somebody erased the grant; writing it would bring back what an owner wanted gone.
			return nil, ErrNotConnected
		case stored.row.Generation == claimed.row.Generation && stored.refresh == claimed.refresh:
			return renewed(stored, spent, answer, now), nil
		case answer.RefreshToken == "", answer.RefreshToken == stored.refresh, answer.RefreshToken == stored.previous:
			return nil, nil
		}
		kept := stored.with(func(row *Row) {
			if row.State == StateNeedsConsent { // The newer one was refused already, and this one not yet tried.
				row.State = StateConnected
			}
		})
		kept.Token = newToken(secrets{access: stored.access, refresh: stored.refresh, previous: answer.RefreshToken})
		return kept, nil
	}
}

// renewed is the stored grant with Strava's answer in it.
func renewed(stored *grant, spent strava.Secret, answer strava.Grant, now time.Time) *grant {
	next := secrets{
		access:  cmp.Or(answer.AccessToken, stored.access),
		refresh: cmp.Or(answer.RefreshToken, spent),
	}
	if next.refresh != spent {
		next.previous = spent
	}
	changed := stored.with(func(row *Row) {
		row.Generation++
		row.AthleteID = cmp.Or(row.AthleteID, answer.AthleteID)
		row.Lease, row.State, row.Failure = Lease{}, StateConnected, ""
		row.setLife(answer.ExpiresAt, next.access != stored.access, now)
	})
	changed.Token = newToken(next)
	return changed
}

// setLife notes when the access token of an answer came and when Strava says that it expires. After an answer that brought
// no newer one the next refresh waits until half of what is left is left: Strava would only say the same again.
func (row *Row) setLife(expiresAt time.Time, newer bool, now time.Time) {
	now, expiresAt = now.UTC(), expiresAt.UTC()
	if newer {
		row.ObtainedAt, row.ExpiresAt, row.RefreshAfter = now, expiresAt, time.Time{}
		return
	}
	if expiresAt.After(now) {
		row.ExpiresAt = expiresAt
	}
	if row.ExpiresAt.After(now) {
		row.RefreshAfter = now.Add(row.ExpiresAt.Sub(now) / 2)
	}
}

// released gives the lease back after a refresh that brought nothing, and notes why. An empty state leaves the state as
// it is.
func released(claimed *grant, state State, failure Failure) change {
	return func(stored *grant) (*grant, error) {
		if stored == nil || stored.row.Lease.ID != claimed.row.Lease.ID {
			return nil, nil
		}
		return stored.with(func(row *Row) {
			row.Lease = Lease{}
			row.State = cmp.Or(state, row.State)
			row.Failure = failure
		}), nil
	}
}

// consented stores a grant fresh from the athlete's consent, over whatever grant there was. pinned is the only athlete
// allowed; zero: the stored one, if any is.
func consented(consent strava.Grant, scopes []string, pinned int64, now time.Time) change {
	return func(stored *grant) (*grant, error) {
		old := &grant{Token: newToken(secrets{})}
		if stored != nil {
			old = stored
		}
		only := cmp.Or(pinned, old.row.AthleteID)
		if only != 0 && consent.AthleteID != only {
			return nil, ErrOtherAthlete
		}
		next := secrets{access: consent.AccessToken, refresh: consent.RefreshToken}
		sameAthlete := old.row.AthleteID == 0 || old.row.AthleteID == consent.AthleteID
		if sameAthlete && old.row.State != StateNeedsConsent && old.refresh != consent.RefreshToken {
			next.previous = old.refresh
		}
		row := Row{
			Generation: old.row.Generation + 1,
			AthleteID:  consent.AthleteID,
			Scopes:     slices.Clone(scopes),
			State:      StateConnected,
		}
		row.setLife(consent.ExpiresAt, true, now)
		return &grant{row: row, Token: newToken(next)}, nil
	}
}

// pinned notes whose grant it is.
func pinned(athlete int64) change {
	return func(stored *grant) (*grant, error) {
		switch {
		case stored == nil:
			return nil, ErrNotConnected
		case stored.row.AthleteID == athlete:
			return nil, nil
		case stored.row.AthleteID != 0:
			return nil, ErrOtherAthlete
		}
		return stored.with(func(row *Row) { row.AthleteID = athlete }), nil
	}
}

// intentOf names a refresh token without telling it.
func intentOf(token strava.Secret) string {
	sum := sha256.Sum256([]byte("domestique intent|" + token))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
