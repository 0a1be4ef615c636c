package command

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

const redirectURL = "http://127.0.0.1:1" + callbackPath

// startFlow is a flow with a fake Strava, on a store in memory.
func startFlow(t *testing.T) (*stravatest.Server, *flow) {
	t.Helper()
	fake, err := stravatest.New(stravatest.Config{ClientID: "4711", ClientSecret: "s"})
	if err != nil {
		t.Fatalf("make a fake Strava: %v", err)
	}
	keyring, err := tokens.NewKeyring(strava.Secret(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatalf("NewKeyring: %v", err)
	}
	oauth := strava.NewOAuth(strava.OAuthConfig{
		URL: "http://strava.test/oauth", Transport: fake.Transport(),
	})
	manager, err := tokens.NewManager(tokens.Config{Store: tokens.NewMemoryStore(), Keyring: keyring, OAuth: oauth})
	if err != nil {
		t.Fatalf("NewManager: %v", err)
	}
	consent, err := tokens.NewConsent(tokens.ConsentConfig{OAuth: oauth, Tokens: manager, Scopes: []string{"read"}})
	if err != nil {
		t.Fatalf("NewConsent: %v", err)
	}
	f, err := newFlow(consent, strava.Application{ClientID: "4711", ClientSecret: "s"}, redirectURL, rand.Reader)
	if err != nil {
		t.Fatalf("newFlow: %v", err)
	}
	return fake, f
}

// approve is what Strava's page sends the browser back to.
func approve(t *testing.T, fake *stravatest.Server, f *flow) *http.Request {
	t.Helper()
	answer := httptest.NewRecorder()
	fake.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, f.address(), nil))
	back, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || answer.Code != http.StatusFound {
		t.Fatalf("the consent page answers %d, %v", answer.Code, err)
	}
	return httptest.NewRequest(http.MethodGet, back.String(), nil)
}

func TestAStateIsGoodOnce(t *testing.T) {
	t.Parallel()
	fake, f := startFlow(t)
	request := approve(t, fake, f)
	codes := []int{}
	for range 3 {
		shown := httptest.NewRecorder()
		f.ServeHTTP(shown, request)
		codes = append(codes, shown.Code)
	}
	if fmt.Sprint(codes) != "[200 400 400]" {
		t.Errorf("the same way back three times: %v, want 200 and then 400", codes)
	}
	if calls := fake.Calls()["POST /oauth/token"]; calls != 1 {
		t.Errorf("%d exchanges, want 1", calls)
	}
}

// A code that Strava never takes ends in a sentence, and a refused one does not end the terminal's patience.
func TestACodeThatIsNeverTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake, f := startFlow(t)
		fake.SetConsent(stravatest.Consent{TooFresh: 99})
		shown := httptest.NewRecorder()
		f.ServeHTTP(shown, approve(t, fake, f))
		end := <-f.done
		if !errors.Is(end.err, strava.ErrCodeInvalid) || end.err.Error() != f.consent.Explain(strava.ErrCodeInvalid) {
			t.Errorf("outcome: %v", end.err)
		}
		if shown.Code != http.StatusForbidden || fake.Calls()["POST /oauth/token"] != 3 {
			t.Errorf("page %d after %v", shown.Code, fake.Calls())
		}
	})
}

// A browser that is closed while Strava is asked must not cost the grant: the code is spent.
func TestAClosedBrowserDoesNotLoseTheGrant(t *testing.T) {
	t.Parallel()
	fake, f := startFlow(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.ServeHTTP(httptest.NewRecorder(), approve(t, fake, f).WithContext(ctx))
	if end := <-f.done; end.err != nil {
		t.Errorf("outcome: %v", end.err)
	}
}

func TestAStateNeedsRandomness(t *testing.T) {
	t.Parallel()
	_, f := startFlow(t)
	_, another := startFlow(t)
	if f.state == another.state {
		t.Error("two flows have the same state")
	}
	if _, err := newFlow(f.consent, f.app, redirectURL, iotest.ErrReader(errors.New("none"))); err == nil {
		t.Error("a state was made of nothing")
	}
}
