package tokens

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"domestique/strava"
)

// Install stores a grant that the athlete has just consented to, over whatever grant there was, and serves it from now
// on. scopes are those of the callback, the only place where Strava tells. The grant's application is stored with it, in
// the same write, unless it is the configured one or the fallback. It fails with ErrOtherAthlete if the grant is not that
// of the pinned athlete, and with ErrCorrupt rather than replace a row that can't be read. The code behind the grant can't
// be exchanged twice, so once started the write goes on when ctx has ended.
func (m *Manager) Install(ctx context.Context, consent strava.Grant, scopes []string) error {
	if consent.AccessToken == "" || consent.RefreshToken == "" {
		return errors.New("install the grant: a token is missing")
	}
	err := m.carryOut(ctx, func(ctx context.Context) error {
		return m.install(context.WithoutCancel(ctx), consent, scopes)
	})
	if err != nil {
		return fmt.Errorf("install the grant: %w", err)
	}
	return nil
}

// install waits for its turn behind the flight, so that neither can undo the other.
func (m *Manager) install(ctx context.Context, consent strava.Grant, scopes []string) error {
	m.slot <- struct{}{}
	defer func() { <-m.slot }()
	stored, err := m.read(ctx, untilAnswered)
	if err != nil {
		return err
	}
	change := consented{grant: consent, scopes: scopes, athlete: m.athlete, apps: m.apps, now: m.moment().strava}.over
	stored, _, err = m.update(ctx, stored, change, func(unwritten *grant, err error) {
		m.log.Error("the new grant is served from memory until the store takes it", "error", err)
		m.hold(unwritten)
	})
	if err != nil {
		return err
	}
	m.hold(stored)
	m.work.failures, m.work.lastErr = 0, nil
	m.log.Info("installed a new grant", "generation", stored.row.Generation, "scopes", stored.row.Scopes)
	return nil
}

// PinAthlete says whose grant it is, for one that came from a first refresh token, which doesn't tell. It fails with
// ErrOtherAthlete if another athlete is pinned, and with ErrNotConnected if there is no grant.
func (m *Manager) PinAthlete(ctx context.Context, athlete int64) error {
	held := m.held.Load()
	switch {
	case athlete == 0:
		return errors.New("pin the athlete: no id")
	case m.athlete != 0 && m.athlete != athlete:
		return fmt.Errorf("pin the athlete: %w", ErrOtherAthlete)
	case held != nil && held.row.AthleteID == athlete:
		return nil
	}
	select {
	case m.slot <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("pin the athlete: %w", ctx.Err())
	}
	defer func() { <-m.slot }()
	ctx, cancel := context.WithTimeout(ctx, 2*m.pace().store) // The flight waits for the slot.
	defer cancel()
	stored, err := m.read(ctx, soon)
	if err != nil {
		return fmt.Errorf("pin the athlete: %w", err)
	}
	stored, _, err = m.update(ctx, stored, pinned(athlete), nil)
	if err != nil {
		return fmt.Errorf("pin the athlete: %w", err)
	}
	m.hold(stored)
	return nil
}

// pinnedAthlete is the configured athlete, or else that of the grant; zero: nobody yet.
func (m *Manager) pinnedAthlete(g *grant) int64 { return cmp.Or(m.athlete, g.row.AthleteID) }
