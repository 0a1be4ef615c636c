package tokens

import (
	"context"

	"domestique/strava"
)

// applications are the Strava applications that are known beside the stored one. They are functions because fmt, reaching
// them through an unexported field, prints nothing of what a function holds.
type applications struct {
	configured, fallback func() strava.Application
}

func newApplications(configured, fallback strava.Application) applications {
	return applications{
		configured: func() strava.Application { return configured },
		fallback:   func() strava.Application { return fallback },
	}
}

// Application returns the Strava application that a consent would be asked for: the configured one, else the one that is
// stored with the grant, else the fallback. It fails with ErrNoApplication if there is none, with ErrMisconfigured and
// ErrCorrupt if the stored grant can't be read, and with ErrUnavailable if the store is away.
func (m *Manager) Application(ctx context.Context) (strava.Application, error) {
	if app := m.apps.configured(); app.Known() {
		return app, nil
	}
	stored, err := m.read(ctx, soon)
	if err != nil {
		return strava.Application{}, err
	}
	if app := m.apps.of(stored); app.Known() {
		return app, nil
	}
	return strava.Application{}, ErrNoApplication
}

// of returns the application that serves for a stored grant (nil: for a first one), or one that is not known.
func (a applications) of(stored *grant) strava.Application {
	if app := a.configured(); app.Known() {
		return app
	}
	if app := stored.application(); app.Known() {
		return app
	}
	return a.fallback()
}

// holder returns the application that a stored grant was given to, as far as that is known: its own, unless the configured
// one is the same with, perhaps, a newer secret.
func (a applications) holder(stored *grant) strava.Application {
	if a.foreign(stored) {
		return stored.application()
	}
	return a.of(stored)
}

// foreign reports whether a stored grant is known to be another application's than the configured one. Strava takes its
// refresh token from no other: asked, it would say that the token is dead.
func (a applications) foreign(stored *grant) bool {
	configured, own := a.configured(), stored.application()
	return configured.Known() && own.Known() && configured.ClientID != own.ClientID
}

// entered reports whether an application is to be stored with its grant: it is known from nowhere else.
func (a applications) entered(app strava.Application) bool {
	return app.Known() && !a.configured().Known() && app != a.fallback()
}

// application is the grant's own, as it was entered; not known for a grant without one and for no grant.
func (g *grant) application() strava.Application {
	if g == nil {
		return strava.Application{}
	}
	return strava.Application{ClientID: g.row.ClientID, ClientSecret: g.client}
}
