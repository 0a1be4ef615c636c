package tokens

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"domestique/strava"
)

// OAuth is what a Manager asks of Strava; *strava.OAuth is one. An error that is none of strava's refusals means that
// nobody knows whether Strava acted.
type OAuth interface {
	// Refresh exchanges the refresh token of a grant for a new grant, with the application that it belongs to: one request,
	// never repeated inside, ended by ctx.
	Refresh(ctx context.Context, grant strava.Grant) (strava.Grant, error)
	// Revoke ends a grant, with the application that it belongs to. One that Strava does not know any more counts as revoked.
	Revoke(ctx context.Context, grant strava.Grant) error
}

// Config is what a Manager is made of. Store, Keyring and OAuth are required.
type Config struct {
	Store   Store
	Keyring *Keyring
	OAuth   OAuth
	// Application is the owner's Strava application. It wins over one that is stored with the grant, and then no other can
	// be entered. Zero: the grant's own.
	Application strava.Application
	// FallbackApplication serves where neither Application nor the grant has one. Zero: none.
	FallbackApplication strava.Application
	// FirstRefreshToken starts a grant when the store has no row. It never wins over a stored one. Zero: none.
	FirstRefreshToken strava.Secret
	// AthleteID is the only athlete whose grant is taken and served. Zero: the first one that becomes known.
	AthleteID int64
	// Scopes are those that the gateway needs; one that the athlete is known not to have granted makes the state
	// StateScopeMissing. Zero: none.
	Scopes []string
	// Margin is how long before its expiry a token is refreshed, at most half of its life. Zero: DefaultMargin.
	Margin time.Duration
	Now    func() time.Time // Zero: time.Now.
	// Skew is how far Strava's clock, by which tokens expire, is known to be ahead of Now; strava.Clock learns it. It may
	// change at any time: no lease, pause or time-out is measured by it. Zero: the clocks agree.
	Skew   func() time.Duration
	Rand   io.Reader    // Of the ids of writes and leases, and of the spread of pauses. Zero: crypto/rand's.
	Logger *slog.Logger // Zero: nothing is logged.
}

// Format implements fmt.Formatter for all verbs: a Config is never printed.
func (Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// Manager hands out access tokens and keeps the grant behind them; the package comment says how. It is safe for
// concurrent use, and several Managers may share a Store, in one process or many. It starts no goroutine before it is
// asked for something; Close waits for those that it started.
type Manager struct {
	store   Store
	keyring *Keyring
	oauth   OAuth
	apps    applications
	first   Token // Of the first refresh token alone.
	athlete int64
	scopes  []string
	margin  time.Duration
	now     func() time.Time
	skew    func() time.Duration
	rand    io.Reader
	log     *slog.Logger
	id      string // Marks the leases of this Manager.

	held       atomic.Pointer[holding] // What is served from memory; nil until a row was read.
	storeFails atomic.Bool             // The last write failed.

	// slot holds one token; whoever has it, the flight or an installation, say, may write the row and use work.
	slot chan struct{}
	work struct {
		lease    sighting
		failures int       // Of asking Strava, in a row.
		askAfter time.Time // Strava is left alone until then.
		lastErr  error     // Of asking Strava, since it last succeeded.
	}

	mu      sync.Mutex // Guards what follows; never held over I/O.
	flight  *flight    // The one under way, or the last one.
	running int        // Goroutines of this Manager.
	closed  chan struct{}
	idle    chan struct{} // Closed when closed is and no goroutine runs any more.
}

var (
	_ strava.TokenSource = (*Manager)(nil)
	_ oauth2.TokenSource = (*Manager)(nil)
)

// NewManager returns a Manager. It reads nothing yet: a store or a Strava that is away does not keep a server from
// starting.
func NewManager(cfg Config) (*Manager, error) {
	switch {
	case cfg.Store == nil:
		return nil, errors.New("make a token manager: Config.Store is missing")
	case cfg.Keyring == nil:
		return nil, errors.New("make a token manager: Config.Keyring is missing")
	case cfg.OAuth == nil:
		return nil, errors.New("make a token manager: Config.OAuth is missing")
	case cfg.Margin < 0:
		return nil, errors.New("make a token manager: Config.Margin is negative")
	}
	m := &Manager{
		store: cfg.Store, keyring: cfg.Keyring, oauth: cfg.OAuth, athlete: cfg.AthleteID, scopes: slices.Clone(cfg.Scopes),
		apps:   newApplications(cfg.Application, cfg.FallbackApplication),
		margin: cfg.Margin, now: cfg.Now, skew: cfg.Skew, rand: cfg.Rand, log: cfg.Logger,
		first: newToken(secrets{refresh: cfg.FirstRefreshToken}),
		slot:  make(chan struct{}, 1), closed: make(chan struct{}), idle: make(chan struct{}),
	}
	if m.margin == 0 {
		m.margin = DefaultMargin
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.skew == nil {
		m.skew = func() time.Duration { return 0 }
	}
	if m.rand == nil {
		m.rand = rand.Reader
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	m.id = m.newID()
	return m, nil
}

// Format implements fmt.Formatter for all verbs: a Manager is never printed.
func (m *Manager) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// AccessToken returns a usable access token: at once from memory unless it has expired (or is not there yet), else when
// the flight has brought one. It fails with ErrNotConnected, ErrNeedsConsent, ErrAppInactive, ErrMisconfigured or
// ErrUnavailable, or with ctx's error when that ends first; a deadline that passes is ErrUnavailable, too. Cancelling ctx
// ends this caller's wait alone.
func (m *Manager) AccessToken(ctx context.Context) (string, error) {
	held, err := m.usable(ctx)
	if err != nil {
		return "", err
	}
	return string(held.access), nil
}

// Token implements oauth2.TokenSource, without the refresh token. It has no context, so it waits as long as a whole
// lease of another process may keep it waiting, and not for ever. The expiry is by this machine's clock, with which the
// package oauth2 compares it; that package does not redact its Token.
func (m *Manager) Token() (*oauth2.Token, error) {
	p := m.pace()
	ctx, cancel := context.WithTimeout(context.Background(), p.lease+2*p.timeout)
	defer cancel()
	held, err := m.usable(ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: string(held.access), TokenType: "Bearer", Expiry: held.row.ExpiresAt.Add(-m.skew())}, nil
}

// Invalidate says that Strava's API refused an access token: the next AccessToken adopts a newer one from the store, or
// refreshes, even with time left on it. If Strava then hands out the same token again it is served on, and for a while,
// longer from time to time, refusals of it are not believed. A token other than the one in memory is ignored: it is not
// served any more anyway.
func (m *Manager) Invalidate(accessToken string) {
	now := m.now()
	m.amend(func(held *holding) *holding {
		if held == nil || held.refused || string(held.access) != accessToken || now.Before(held.trusted) {
			return held
		}
		next := *held
		next.refused = true
		return &next
	})
}

// Refresh is the job: it adopts what another process has stored, a new consent with other scopes, say, and if anything is
// due it is done, and its write waited for. It returns nil when a usable token is held (and stored, unless nothing was
// due), even if a refresh before the last moment failed; else it fails as AccessToken does. An error also says that an
// answer of Strava could not be stored before ctx ended.
func (m *Manager) Refresh(ctx context.Context) error {
	f := m.board(ctx)
	select {
	case <-f.done:
	case <-ctx.Done():
		return waitError(ctx)
	}
	if f.writeErr != nil {
		return f.writeErr
	}
	_, err := m.usable(ctx)
	return err
}

// Close ends the Manager: nothing new is started, and what is under way is waited for, the repeated write of an answer
// included. If ctx ends first Close says so, and the write goes on for as long as the process lives. What is in memory
// and usable is served on. Close may be called again.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	select {
	case <-m.closed:
	default:
		close(m.closed)
		if m.running == 0 {
			close(m.idle)
		}
	}
	m.mu.Unlock()
	select {
	case <-m.idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close the token manager: a refresh or its write is still under way: %w", ctx.Err())
	}
}

// usable returns what memory holds once its access token may be served. Only a token that may not makes it wait.
func (m *Manager) usable(ctx context.Context) (*holding, error) {
	var last *flight
	for {
		now, held := m.moment(), m.held.Load()
		if held.freshAt(now) {
			return held, nil
		}
		f := m.board(ctx)
		if held.usableAt(now) {
			return held, nil
		}
		// A process that has just started knows of no token before the flight has read the row; what stands there may serve.
		for _, stage := range []chan struct{}{f.seen, f.answered} {
			select {
			case <-stage:
			case <-f.answered:
			case <-ctx.Done():
				return nil, waitError(ctx)
			}
			if held := m.held.Load(); held.usableAt(m.moment()) {
				return held, nil
			}
		}
		switch {
		case errors.Is(f.err, errLeased):
			if !pause(ctx, f.stands.Sub(m.now())) {
				return nil, waitError(ctx)
			}
		case f.err != nil:
			return nil, f.err
		case f == last:
			return nil, errNotStored
		}
		last = f
	}
}

// errNotStored: the token has expired, or was refused, while the answer that brought it is still not written.
var errNotStored = fmt.Errorf("%w: the last grant is not stored yet", ErrUnavailable)

// waitError is what a caller gets whose context ended. Its own cancellation is no failure of the token's; a deadline
// that passed says that there was no token in time.
func waitError(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("wait for an access token: %w", ctx.Err())
	}
	return fmt.Errorf("wait for an access token: %w: %w", ErrUnavailable, ctx.Err())
}
