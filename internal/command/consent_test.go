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
	"time"

	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

const redirectURL = "http://127.0.0.1:1" + callbackPath

// direct carries requests to a handler of this process, without a socket, so that time in them is a bubble's.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	d.handler.ServeHTTP(answer, request)
	return answer.Result(), nil
}

// newFlow is a consent flow with a fake Strava, on a store in memory.
func newFlow(t *testing.T) (*stravatest.Server, *consent) {
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
		URL: "http://strava.test/oauth", ClientID: "4711", ClientSecret: "s", Transport: direct{fake},
	})
	manager, err := tokens.NewManager(tokens.Config{Store: tokens.NewMemoryStore(), Keyring: keyring, OAuth: oauth})
	if err != nil {
		t.Fatalf("NewManager: %v", err)
	}
	flow, err := newConsent(Custody{manager, oauth}, redirectURL, rand.Reader)
	if err != nil {
		t.Fatalf("newConsent: %v", err)
	}
	return fake, flow
}

// approve is what Strava's page sends the browser back to.
func approve(t *testing.T, fake *stravatest.Server, flow *consent) *http.Request {
	t.Helper()
	answer := httptest.NewRecorder()
	fake.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, flow.authorizeURL([]string{"read"}), nil))
	back, err := url.Parse(answer.Header().Get("Location"))
	if err != nil || answer.Code != http.StatusFound {
		t.Fatalf("the consent page answers %d, %v", answer.Code, err)
	}
	return httptest.NewRequest(http.MethodGet, back.String(), nil)
}

func TestATooFreshCodeIsTriedAgain(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]struct {
		status int
		waited time.Duration
		err    error
	}{
		0: {http.StatusOK, 0, nil},
		1: {http.StatusOK, 2 * time.Second, nil},
		2: {http.StatusOK, 4 * time.Second, nil},
		3: {http.StatusForbidden, 4 * time.Second, strava.ErrCodeInvalid},
	} {
		t.Run(fmt.Sprintf("%d failures", failures), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fake, flow := newFlow(t)
				fake.SetConsent(stravatest.Consent{TooFresh: failures})
				request := approve(t, fake, flow)
				begin := time.Now()
				shown := httptest.NewRecorder()
				flow.ServeHTTP(shown, request)
				if waited := time.Since(begin); shown.Code != want.status || waited != want.waited {
					t.Errorf("page %d after %v, want %d after %v", shown.Code, waited, want.status, want.waited)
				}
				if end := <-flow.done; !errors.Is(end.err, want.err) || (end.err == nil) != (want.err == nil) {
					t.Errorf("outcome %v, want %v", end.err, want.err)
				}
				status := flow.custody.Tokens.Status(t.Context())
				if connected := status.State == tokens.StateConnected; connected != (want.err == nil) {
					t.Errorf("state %s", status.State)
				}
			})
		})
	}
}

func TestAStateIsGoodOnce(t *testing.T) {
	t.Parallel()
	fake, flow := newFlow(t)
	request := approve(t, fake, flow)
	codes := []int{}
	for range 3 {
		shown := httptest.NewRecorder()
		flow.ServeHTTP(shown, request)
		codes = append(codes, shown.Code)
	}
	if fmt.Sprint(codes) != "[200 400 400]" {
		t.Errorf("the same way back three times: %v, want 200 and then 400", codes)
	}
	if calls := fake.Calls()["POST /oauth/token"]; calls != 1 {
		t.Errorf("%d exchanges, want 1", calls)
	}
}

// A browser that is closed while Strava is asked must not cost the grant: the code is spent.
func TestAClosedBrowserDoesNotLoseTheGrant(t *testing.T) {
	t.Parallel()
	fake, flow := newFlow(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	flow.ServeHTTP(httptest.NewRecorder(), approve(t, fake, flow).WithContext(ctx))
	if end := <-flow.done; end.err != nil {
		t.Errorf("outcome: %v", end.err)
	}
}

func TestAStateNeedsRandomness(t *testing.T) {
	t.Parallel()
	_, flow := newFlow(t)
	_, another := newFlow(t)
	if flow.state == another.state {
		t.Error("two flows have the same state")
	}
	if _, err := newConsent(flow.custody, redirectURL, iotest.ErrReader(errors.New("none"))); err == nil {
		t.Error("a state was made of nothing")
	}
}
