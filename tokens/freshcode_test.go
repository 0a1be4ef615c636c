package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

func TestATooFreshCodeIsTriedAgain(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]struct {
		waited time.Duration
		err    error
	}{
		0: {0, nil},
		1: {2 * time.Second, nil},
		2: {4 * time.Second, nil},
		3: {4 * time.Second, strava.ErrCodeInvalid},
	} {
		t.Run(fmt.Sprintf("%d failures", failures), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				consent, callback := bubbleConsent(t, tokens.NewMemoryStore(), stravatest.Consent{TooFresh: failures})
				begin := time.Now()
				_, err := consent.Accept(t.Context(), application(), callbackURL, callback)
				if waited := time.Since(begin); waited != want.waited || !errors.Is(err, want.err) {
					t.Errorf("after %v: %v, want %v after %v", waited, err, want.err, want.waited)
				}
			})
		})
	}
}

// Nobody waits for a code that is too fresh longer than the caller does.
func TestATooFreshCodeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		consent, callback := bubbleConsent(t, tokens.NewMemoryStore(), stravatest.Consent{TooFresh: 1})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := consent.Accept(ctx, application(), callbackURL, callback)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, strava.ErrCodeInvalid) {
			t.Errorf("Accept: %v", err)
		}
	})
}

// The consent is given and the store is away: who waits is told so, and the grant is stored all the same.
func TestAConsentIsStoredLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storetest.WithFaults(tokens.NewMemoryStore())
		consent, callback := bubbleConsent(t, store, stravatest.Consent{})
		store.Always(storetest.Down)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := consent.Accept(ctx, application(), callbackURL, callback)
		if said := consent.Explain(err); !errors.Is(err, tokens.ErrStoring) || !strings.Contains(said, "goes on trying") {
			t.Errorf("Accept: %v, %q", err, said)
		}
		store.Always(nil)
		time.Sleep(time.Minute)
		if row, _, err := store.Load(t.Context()); err != nil || row.State != tokens.StateConnected {
			t.Errorf("the row is %+v, %v", row, err)
		}
	})
}

// bubbleConsent is a Consent without a socket, for virtual time, and a callback to accept.
func bubbleConsent(t *testing.T, store tokens.Store, decided stravatest.Consent) (*tokens.Consent, url.Values) {
	t.Helper()
	app := application()
	fake, err := stravatest.New(stravatest.Config{ClientID: app.ClientID, ClientSecret: string(app.ClientSecret)})
	if err != nil {
		t.Fatal(err)
	}
	fake.SetConsent(decided)
	oauth := strava.NewOAuth(strava.OAuthConfig{URL: "http://strava.test/oauth", Transport: fake.Transport()})
	manager, err := tokens.NewManager(tokens.Config{Store: store, Keyring: newKeyring(t), OAuth: oauth})
	if err != nil {
		t.Fatal(err)
	}
	consent, err := tokens.NewConsent(tokens.ConsentConfig{OAuth: oauth, Tokens: manager, Scopes: askedScopes()})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, consent.URL(app, "a state", callbackURL), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := fake.Transport().RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatal(err)
	}
	return consent, back.Query()
}
