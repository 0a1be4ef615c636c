package azuretable_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/azuretable"
	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// What operations are allowed to take when nobody answers, with something for a busy machine.
const (
	readLimit  = 10*time.Second + grace
	writeLimit = 5*time.Second + grace
	grace      = 3 * time.Second
)

// An operation that the network spoils ends within its deadline, with an error that claims nothing. What is stored is
// then what the mischief left, which a read tells: never half of it, and never more than was asked for.
func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	operations := map[string]struct {
		limit    time.Duration
		operate  func(ctx context.Context, store tokens.Store, at tokens.Revision) error
		after    string // The write that is stored if it was done; empty: none.
		empty    bool   // It begins without a row.
		repeated bool   // By the store itself, so it has to be spoiled each time.
	}{
		"load": {limit: readLimit, after: "before", repeated: true, operate: func(ctx context.Context, store tokens.Store, _ tokens.Revision) error {
			_, _, err := store.Load(ctx)
			return err
		}},
		"insert": {limit: writeLimit, after: "spoiled", empty: true, operate: saveSpoiled},
		"update": {limit: writeLimit, after: "spoiled", operate: saveSpoiled},
		"erase": {limit: writeLimit, operate: func(ctx context.Context, store tokens.Store, at tokens.Revision) error {
			return store.Erase(ctx, at)
		}},
	}
	for _, m := range mischiefs() {
		for name, op := range operations {
			t.Run(name+" while "+string(m), func(t *testing.T) {
				t.Parallel()
				direct, spoiled, proxy := openSpoiled(t)
				// One connection is kept alive and reused, as in a server that has run for a while.
				revision, err := spoiled.Save(t.Context(), rowOf("before"), "")
				must(t, err)
				if op.empty {
					must(t, spoiled.Erase(t.Context(), revision))
					revision = ""
				}
				if op.repeated {
					proxy.always(func(*http.Request) mischief { return m })
				} else {
					// Whatever repeated the write by itself would get through, and meet its own first attempt.
					proxy.queue(everything(), m)
				}

				began := time.Now()
				err = op.operate(t.Context(), spoiled, revision)
				if took := time.Since(began); took > op.limit {
					t.Errorf("it took %v", took)
				}
				wantUnknown(t, name, err)

				want := op.after
				if !m.done() {
					want = map[bool]string{false: "before", true: ""}[op.empty]
				}
				wantStored(t, direct, want)
			})
		}
	}
}

// A read is repeated where it is safe: one lost answer costs nobody an error.
func TestLoadOutlivesOneFault(t *testing.T) {
	t.Parallel()
	for _, m := range []mischief{resetBefore, cutRequest, resetAfter, cutAnswer} {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			_, spoiled, proxy := openSpoiled(t)
			_, err := spoiled.Save(t.Context(), rowOf("before"), "")
			must(t, err)
			proxy.queue(map[string]bool{http.MethodGet: true}, m)
			wantStored(t, spoiled, "before")
		})
	}
}

// A caller's own end is passed on as such, and at once.
func TestCancelledWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	_, spoiled, proxy := openSpoiled(t)
	asked := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	proxy.always(func(*http.Request) mischief { asked <- struct{}{}; return silentBefore })
	go func() { <-asked; cancel() }()
	if _, _, err := spoiled.Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Load: %v", err)
	}
}

// TestManagerOverABadNetwork refreshes a grant while each moment of it that touches the store goes wrong, against a Strava
// that rotates strictly: whatever happens, Strava is asked once, and what it answered is what ends up in the row.
func TestManagerOverABadNetwork(t *testing.T) {
	t.Parallel()
	reads, writes := map[string]bool{http.MethodGet: true}, map[string]bool{http.MethodPut: true}
	for _, m := range mischiefs() {
		for moment, spoil := range map[string]func(*proxy){
			"the row is read":             func(p *proxy) { p.queue(reads, m, m, m, m) },
			"the row is claimed":          func(p *proxy) { p.queue(writes, m) },
			"the claim is read back":      func(p *proxy) { p.queue(everything(), none, m, m, m) },
			"the answer is written":       func(p *proxy) { p.queue(writes, none, m) },
			"the answer is written again": func(p *proxy) { p.queue(writes, none, m, m, m) },
			"the answer is written and read back": func(p *proxy) {
				p.queue(everything(), none, none, m, m, m, m)
			},
		} {
			t.Run(moment+" and "+string(m), func(t *testing.T) {
				t.Parallel()
				strava := &strictStrava{}
				direct, spoiled, proxy := openSpoiled(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				connect(ctx, t, direct, strava)

				manager := newManager(t, spoiled, strava)
				refuse(ctx, t, manager, func() { spoil(proxy) })
				must(t, manager.Close(ctx))
				if asked := strava.asked(); asked != 1 {
					t.Errorf("Strava was asked %d times for one refresh", asked)
				}
				wantGrantKept(ctx, t, direct, strava)
			})
		}
	}
}

// Three replicas refresh one grant again and again while every fifth request goes wrong in some way or other.
func TestReplicasOverABadNetwork(t *testing.T) {
	t.Parallel()
	const replicas, refreshes = 3, 6
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	strava := &strictStrava{}
	direct, spoiled, proxy := openSpoiled(t)
	connect(ctx, t, direct, strava)

	random, all := rand.New(rand.NewPCG(1, 2)), mischiefs()
	spoilings := 0
	proxy.always(func(*http.Request) mischief {
		if random.IntN(5) > 0 {
			return none
		}
		spoilings++
		return all[random.IntN(len(all))]
	})
	var group sync.WaitGroup
	for range replicas {
		manager := newManager(t, spoiled, strava)
		group.Go(func() {
			for range refreshes {
				refuse(ctx, t, manager, func() {})
			}
			if err := manager.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	proxy.always(nil)
	t.Logf("%d requests spoiled, %d refreshes", spoilings, strava.asked())
	wantGrantKept(ctx, t, direct, strava)
}

func everything() map[string]bool {
	return map[string]bool{http.MethodGet: true, http.MethodPut: true, http.MethodPost: true, http.MethodDelete: true}
}

// openSpoiled returns a store on an empty table, and the same one behind a proxy.
func openSpoiled(t *testing.T) (direct, spoiled *azuretable.Grants, proxy *proxy) {
	t.Helper()
	table := newTable()
	proxy = startProxy(t, azuriteAddress(t))
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	direct = openGrants(t, azuretable.Config{ConnectionString: connection(t), Table: table})
	spoiled = openGrants(t, azuretable.Config{
		ConnectionString: fmt.Sprintf(account, proxy.address), Table: table, Transport: &http.Client{Transport: transport},
	})
	return direct, spoiled, proxy
}

// rowOf is a full row that can be told by its write id.
func rowOf(writeID string) tokens.Row {
	row := storetest.FullRow()
	row.WriteID = writeID
	return row
}

func saveSpoiled(ctx context.Context, store tokens.Store, at tokens.Revision) error {
	_, err := store.Save(ctx, rowOf("spoiled"), at)
	return err
}

// wantStored checks by which write the stored row came; empty: that there is none.
func wantStored(t *testing.T, store tokens.Store, writeID string) {
	t.Helper()
	row, _, err := store.Load(t.Context())
	switch {
	case writeID == "" && !errors.Is(err, tokens.ErrNotFound):
		t.Errorf("stored is write %q, %v; want none", row.WriteID, err)
	case writeID != "" && (err != nil || row.WriteID != writeID):
		t.Errorf("stored is write %q, %v; want %q", row.WriteID, err, writeID)
	}
}

// strictStrava is a token endpoint at which every refresh rotates the refresh token and kills the one before.
type strictStrava struct {
	mu        sync.Mutex
	refresh   strava.Secret
	minted    int
	refreshes int
	dead      int // Dead or unknown refresh tokens that were presented.
}

// Refresh implements tokens.OAuth.
func (s *strictStrava) Refresh(_ context.Context, grant strava.Grant) (strava.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refreshes++
	if grant.RefreshToken != s.refresh {
		s.dead++
		return strava.Grant{}, strava.ErrRefreshTokenInvalid
	}
	return s.mint(), nil
}

// Revoke implements tokens.OAuth.
func (s *strictStrava) Revoke(context.Context, strava.Grant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refresh = ""
	return nil
}

func (s *strictStrava) consent() strava.Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mint()
}

func (s *strictStrava) mint() strava.Grant {
	s.minted++
	s.refresh = strava.Secret(fmt.Sprint("refresh-token-", s.minted))
	return strava.Grant{
		AccessToken: strava.Secret(fmt.Sprint("access-token-", s.minted)), RefreshToken: s.refresh,
		ExpiresAt: time.Now().Add(6 * time.Hour), AthleteID: 1,
	}
}

func (s *strictStrava) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refreshes
}

// connect stores a first grant.
func connect(ctx context.Context, t *testing.T, store tokens.Store, provider *strictStrava) {
	t.Helper()
	manager := newManager(t, store, provider)
	must(t, manager.Install(ctx, provider.consent(), nil))
	must(t, manager.Close(ctx))
}

// newManager returns one that gives an operation of the store a second, and a lease three.
func newManager(t *testing.T, store tokens.Store, provider *strictStrava) *tokens.Manager {
	t.Helper()
	keyring, err := tokens.NewKeyring(strava.Secret(strings.Repeat("sealing key ", 4)))
	must(t, err)
	manager, err := tokens.NewManager(tokens.Config{
		Store: store, Keyring: keyring, OAuth: provider, Margin: 6 * time.Second,
		Application: strava.Application{ClientID: "4711", ClientSecret: "client-secret"},
	})
	must(t, err)
	return manager
}

// refuse takes a token, spoils what is to come, says that Strava's API refused the token, and waits for the next one.
func refuse(ctx context.Context, t *testing.T, manager *tokens.Manager, spoil func()) {
	t.Helper()
	token := awaitToken(ctx, t, manager, "")
	spoil()
	manager.Invalidate(token)
	awaitToken(ctx, t, manager, token)
}

// awaitToken asks until there is a token other than old. A store that is away is the only excuse for not having one.
func awaitToken(ctx context.Context, t *testing.T, manager *tokens.Manager, old string) string {
	t.Helper()
	for {
		token, err := manager.AccessToken(ctx)
		switch {
		case err == nil && token != old:
			return token
		case ctx.Err() != nil, err != nil && !errors.Is(err, tokens.ErrUnavailable):
			t.Errorf("AccessToken: %q, %v", token, err)
			return ""
		}
		wantSilent(t, err)
	}
}

// wantGrantKept checks that the row holds the one refresh token that is valid, by using it, and that no other one was
// ever presented.
func wantGrantKept(ctx context.Context, t *testing.T, store tokens.Store, provider *strictStrava) {
	t.Helper()
	next := newManager(t, store, provider)
	refuse(ctx, t, next, func() {})
	must(t, next.Close(ctx))
	provider.mu.Lock()
	defer provider.mu.Unlock()
	if provider.dead != 0 {
		t.Errorf("%d dead refresh tokens were presented", provider.dead)
	}
}

// Whoever answers in Azure's place may have put anything into the headers that errors show.
func TestErrorsShowNothingButAzuresWords(t *testing.T) {
	t.Parallel()
	const planted = "a-word that Azure <b>never</b> says"
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-ms-request-id", planted)
		w.Header().Set("x-ms-error-code", planted)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(liar.Close)
	grants, err := azuretable.NewGrants(azuretable.Config{
		ConnectionString: "DefaultEndpointsProtocol=http;AccountName=liar;AccountKey=c2VjcmV0;TableEndpoint=" + liar.URL + "/liar;",
		Table:            "domestique",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = grants.Load(t.Context())
	if err == nil || !strings.Contains(err.Error(), "403") || strings.Contains(err.Error(), "never") {
		t.Errorf("Load: %v; want a refusal with status 403 and nothing of %q", err, planted)
	}
}
