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
		case stored.row.ClientID != claimed.row.ClientID:
			return nil, nil // Strava takes a refresh token from the application that it was given to alone.
		}
		kept := stored.with(func(row *Row) {
			if row.State == StateNeedsConsent { // The newer one was refused already, and this one not yet tried.
				row.State = StateConnected
			}
		})
		kept.Token = stored.Token.with(func(s *secrets) { s.previous = answer.RefreshToken })
		return kept, nil
	}
}

// renewed is the stored grant with Strava's answer in it.
func renewed(stored *grant, spent strava.Secret, answer strava.Grant, now time.Time) *grant {
	next := stored.Token.with(func(s *secrets) {
		s.access, s.refresh, s.previous = cmp.Or(answer.AccessToken, s.access), cmp.Or(answer.RefreshToken, spent), ""
		if s.refresh != spent {
			s.previous = spent
		}
	})
	changed := stored.with(func(row *Row) {
		row.Generation++
		row.AthleteID = cmp.Or(row.AthleteID, answer.AthleteID)
		row.Lease, row.State, row.Failure = Lease{}, StateConnected, ""
		row.setLife(answer.ExpiresAt, next.access != stored.access, now)
	})
	changed.Token = next
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
			// A lost answer may explain a later refusal, so a pause that Strava asks for meanwhile does not hide it.
			if failure != FailureRateLimited || row.Failure != FailureNoAnswer {
				row.Failure = failure
			}
		}), nil
	}
}

// consented is a grant fresh from the athlete's consent and what it is stored by.
type consented struct {
	grant   strava.Grant
	scopes  []string
	athlete int64 // The only one allowed; zero: the stored one, if any is.
	apps    applications
	now     time.Time
}

// over is the change that stores the consent over whatever grant there was.
func (c consented) over(stored *grant) (*grant, error) {
	old := stored
	if old == nil {
		old = &grant{Token: newToken(secrets{})}
	}
	only := cmp.Or(c.athlete, old.row.AthleteID)
	if only != 0 && c.grant.AthleteID != only {
		return nil, ErrOtherAthlete
	}
	row := Row{
		Generation: old.row.Generation + 1,
		AthleteID:  c.grant.AthleteID,
		Scopes:     slices.Clone(c.scopes),
		State:      StateConnected,
	}
	next := secrets{access: c.grant.AccessToken, refresh: c.grant.RefreshToken}
	if c.succeeds(old) {
		next.previous = old.refresh
	}
	if app := c.grant.Application; c.apps.entered(app) {
		row.ClientID, next.client = app.ClientID, app.ClientSecret
	}
	row.setLife(c.grant.ExpiresAt, true, c.now)
	return &grant{row: row, Token: newToken(next)}, nil
}

// succeeds reports whether the old refresh token is worth a try should the new one be refused.
func (c consented) succeeds(old *grant) bool {
	sameAthlete := old.row.AthleteID == 0 || old.row.AthleteID == c.grant.AthleteID
	sameApplication := c.apps.holder(old).ClientID == c.grant.Application.ClientID
	return sameAthlete && sameApplication && old.row.State != StateNeedsConsent && old.refresh != c.grant.RefreshToken
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
