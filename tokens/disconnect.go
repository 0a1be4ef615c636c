package tokens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/strava"
)

// Disconnect ends the grant: it is revoked at Strava, whatever state it is in, and then erased from the store and from
// memory; one that was revoked already is just erased. As long as Strava has not said yes nothing is erased, and it fails
// with ErrUnavailable, ErrAppInactive or ErrMisconfigured. It fails with ErrNotConnected if there is no grant, and with
// ErrCorrupt, and does nothing, if there is one that can't be read.
//
// It waits for its turn behind the flight of this and of any other process for as long as ctx allows; once begun it goes
// on when ctx has ended. Config.FirstRefreshToken, which was revoked too, is not tried again by this Manager.
func (m *Manager) Disconnect(ctx context.Context) error {
	if err := m.carryOut(ctx, m.disconnect); err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	return nil
}

func (m *Manager) disconnect(ctx context.Context) error {
	select {
	case m.slot <- struct{}{}:
	case <-ctx.Done():
		return waitError(ctx)
	}
	defer func() { <-m.slot }()
	stored, err := m.awaitUnleased(ctx)
	if err != nil {
		return err
	}
	if stored == nil {
		return ErrNotConnected
	}
	ctx = context.WithoutCancel(ctx)
	for stored != nil {
		if err := m.revoke(ctx, stored); err != nil {
			return err
		}
		m.forget()
		if stored, err = m.erase(ctx, stored); err != nil {
			return err
		}
	}
	m.log.Info("disconnected: the grant is revoked and erased")
	return nil
}

// awaitUnleased reads the row once no other process is asking Strava: a refresh token that is being exchanged is known to
// Strava no more, and revoking it would leave its successor alive.
func (m *Manager) awaitUnleased(ctx context.Context) (*grant, error) {
	for {
		stored, err := m.read(ctx, soon)
		if err != nil {
			return nil, err
		}
		m.work.lease.see(stored, m.own, m.now())
		if !m.now().Before(m.work.lease.until) {
			return stored, nil
		}
		if !pause(ctx, m.paceOf(stored).poll) {
			return nil, waitError(ctx)
		}
	}
}

// revoke asks Strava to end the grant.
func (m *Manager) revoke(ctx context.Context, stored *grant) error {
	app := m.apps.holder(stored)
	if !app.Known() {
		return fmt.Errorf("%w: %w", ErrMisconfigured, ErrNoApplication)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*m.paceOf(stored).timeout) // Two requests.
	defer cancel()
	err := m.oauth.Revoke(ctx, strava.Grant{
		AccessToken: stored.access, RefreshToken: stored.refresh, ExpiresAt: stored.row.ExpiresAt, Application: app,
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strava.ErrUnauthorized) && stored.row.State == StateNeedsConsent:
		return nil // Strava has refused the refresh token, and the access token has expired: there is nothing left.
	default:
		return judge(err, "").err
	}
}

// erase removes the row, once it is revoked and for as long as it takes. It returns the row that is there instead if
// another process has changed it meanwhile: what that holds has to be revoked, too.
func (m *Manager) erase(ctx context.Context, stored *grant) (*grant, error) {
	for failures := 0; ; failures++ {
		if failures > 1 {
			pause(ctx, m.pace().rewrite(failures-1))
		}
		if err := m.eraseOnce(ctx, stored.revision); err == nil {
			return nil, nil
		}
		// The row may be gone all the same.
		there, err := m.read(ctx, untilAnswered)
		if err != nil || there == nil {
			return nil, err
		}
		if there.revision != stored.revision {
			waiting, cancel := context.WithTimeout(ctx, 2*longestLease)
			defer cancel()
			return m.awaitUnleased(waiting)
		}
	}
}

func (m *Manager) eraseOnce(ctx context.Context, revision Revision) error {
	ctx, cancel := context.WithTimeout(ctx, m.pace().store)
	defer cancel()
	err := m.store.Erase(ctx, revision)
	m.noteStore(err)
	return err
}

// forget drops what memory holds of the grant, the first refresh token included.
func (m *Manager) forget() {
	m.held.Store(nil)
	m.first = newToken(secrets{})
	m.work.failures, m.work.lastErr, m.work.askAfter = 0, nil, time.Time{}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.flight != nil && !m.flight.underWay() {
		m.flight = nil // What it found is no longer so.
	}
}
