package tokens_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

const (
	athlete      = 4711
	otherAthlete = 4712
	sixHours     = 6 * time.Hour
)

// world is one Strava and one stored row, shared by the replicas of a gateway. It lives in a synctest bubble, where hours
// pass in no time.
type world struct {
	t       *testing.T
	strava  *provider
	rows    tokens.Store
	keyring *tokens.Keyring
	log     *lockedBuffer
}

// inWorld runs test in a bubble, with tokens that live for life and nobody connected yet.
func inWorld(t *testing.T, life time.Duration, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, &world{t: t, strava: newProvider(life), rows: tokens.NewMemoryStore(), keyring: newKeyring(t), log: &lockedBuffer{}})
	})
}

// inConnectedWorld is inWorld with a grant in the store that is as old as its tokens: fresh.
func inConnectedWorld(t *testing.T, life time.Duration, test func(t *testing.T, w *world)) {
	t.Helper()
	inWorld(t, life, func(t *testing.T, w *world) {
		w.connect()
		test(t, w)
	})
}

func newKeyring(tb testing.TB, secrets ...strava.Secret) *tokens.Keyring {
	tb.Helper()
	if len(secrets) == 0 {
		secrets = []strava.Secret{"a sealing key that is long enough"}
	}
	keyring, err := tokens.NewKeyring(secrets...)
	if err != nil {
		tb.Fatal(err)
	}
	return keyring
}

// replica is a Manager with a way of its own to the store and to Strava, on which things can go wrong, and with a life of
// its own.
type replica struct {
	*tokens.Manager
	store  *storetest.Faults
	killed *atomic.Bool
}

// replica starts one. It is closed at the end of the test, when everything is expected to work again.
func (w *world) replica(edit ...func(*tokens.Config)) *replica {
	w.t.Helper()
	killed := new(atomic.Bool)
	store := storetest.WithFaults(w.rows)
	cfg := tokens.Config{
		Store: mortalStore{store, killed}, Keyring: w.keyring, OAuth: mortalOAuth{w.strava, killed},
		Application: application(),
		Logger:      slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, edit := range edit {
		edit(&cfg)
	}
	manager, err := tokens.NewManager(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		store.Always(nil)
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		if err := manager.Close(ctx); err != nil {
			w.t.Errorf("at the end: %v", err)
		}
	})
	return &replica{Manager: manager, store: store, killed: killed}
}

// connect stores a grant fresh from the athlete's consent.
func (w *world) connect() {
	w.t.Helper()
	if err := w.replica().Install(w.t.Context(), w.strava.consent(athlete), []string{"read", "activity:read_all"}); err != nil {
		w.t.Fatalf("connect: %v", err)
	}
}

// kill is kill -9: whatever the replica is at, it does nothing more.
func (r *replica) kill() { r.killed.Store(true) }

// mortalStore and mortalOAuth are all that a Manager has of the world. Once killed its goroutines end where they next
// touch it.
type mortalStore struct {
	tokens.Store
	killed *atomic.Bool
}

func (s mortalStore) Load(ctx context.Context) (tokens.Row, tokens.Revision, error) {
	exitIf(s.killed)
	defer exitIf(s.killed)
	return s.Store.Load(ctx)
}

func (s mortalStore) Erase(ctx context.Context, revision tokens.Revision) error {
	exitIf(s.killed)
	defer exitIf(s.killed)
	return s.Store.Erase(ctx, revision)
}

func (s mortalStore) Save(ctx context.Context, row tokens.Row, revision tokens.Revision) (tokens.Revision, error) {
	exitIf(s.killed)
	defer exitIf(s.killed)
	return s.Store.Save(ctx, row, revision)
}

type mortalOAuth struct {
	tokens.OAuth
	killed *atomic.Bool
}

func (r mortalOAuth) Refresh(ctx context.Context, grant strava.Grant) (strava.Grant, error) {
	exitIf(r.killed)
	defer exitIf(r.killed)
	return r.OAuth.Refresh(ctx, grant)
}

func (r mortalOAuth) Revoke(ctx context.Context, grant strava.Grant) error {
	exitIf(r.killed)
	defer exitIf(r.killed)
	return r.OAuth.Revoke(ctx, grant)
}

func exitIf(killed *atomic.Bool) {
	if killed.Load() {
		runtime.Goexit()
	}
}

// wantToken checks that the replica hands out Strava's newest access token.
func (w *world) wantToken(r *replica) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Minute)
	defer cancel()
	got, err := r.AccessToken(ctx)
	if err != nil {
		w.t.Fatalf("AccessToken: %v", err)
	}
	if want, _ := w.strava.valid(); got != string(want) {
		w.t.Fatalf("AccessToken: %s, want %s", got, string(want))
	}
}

// wantError checks that AccessToken fails with each of the errors.
func wantError(t *testing.T, r *replica, want ...error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	token, err := r.AccessToken(ctx)
	if err == nil {
		t.Fatalf("AccessToken: %s, want an error", token)
	}
	for _, want := range want {
		if !errors.Is(err, want) {
			t.Fatalf("AccessToken: %v, want %v", err, want)
		}
	}
}

// wantCalls checks how often Strava was asked since the world began, and with how many dead refresh tokens.
func (w *world) wantCalls(calls, dead int) {
	w.t.Helper()
	w.strava.mu.Lock()
	defer w.strava.mu.Unlock()
	if w.strava.calls != calls || w.strava.dead != dead {
		w.t.Errorf("strava was asked %d times, with %d dead refresh tokens; want %d and %d",
			w.strava.calls, w.strava.dead, calls, dead)
	}
}

// wantKept checks the rule of the house: the stored refresh token is the one that is valid, and the row is nobody's.
func (w *world) wantKept() tokens.Row {
	w.t.Helper()
	row, refresh, _ := w.row()
	if refresh != w.strava.refresh {
		w.t.Errorf("the stored refresh token is %s, strava's is %s", string(refresh), string(w.strava.refresh))
	}
	if row.Lease != (tokens.Lease{}) {
		w.t.Errorf("the row is still leased: %+v", row.Lease)
	}
	if row.State != tokens.StateConnected {
		w.t.Errorf("the row's state is %s (%s)", row.State, row.Failure)
	}
	return row
}

// row returns the stored row and the refresh tokens in it.
func (w *world) row() (row tokens.Row, refresh, previous strava.Secret) {
	w.t.Helper()
	row, _, err := w.rows.Load(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	_, refresh, previous, err = tokens.OpenRow(w.keyring, row)
	if err != nil {
		w.t.Fatal(err)
	}
	return row, refresh, previous
}

// erase removes the row behind everybody's back.
func (w *world) erase() {
	w.t.Helper()
	_, revision, err := w.rows.Load(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.rows.Erase(w.t.Context(), revision); err != nil {
		w.t.Fatal(err)
	}
}

// wantTokenSoon is wantToken after a flight that has just been started has landed.
func (w *world) wantTokenSoon(r *replica) {
	w.t.Helper()
	_, _ = r.AccessToken(w.t.Context())
	synctest.Wait()
	w.wantToken(r)
}

// plant edits the stored row behind everybody's back, without touching its secrets.
func (w *world) plant(edit func(*tokens.Row)) {
	w.t.Helper()
	row, revision, err := w.rows.Load(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	edit(&row)
	if _, err := w.rows.Save(w.t.Context(), row, revision); err != nil {
		w.t.Fatal(err)
	}
}

// abandon has a caller wait for a token of a replica that will be killed meanwhile.
func (w *world) abandon(r *replica) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
	defer cancel()
	if token, err := r.AccessToken(ctx); err == nil {
		w.t.Fatalf("the replica lived to bring %s", token)
	}
}

// lockedBuffer takes the log of several goroutines.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
