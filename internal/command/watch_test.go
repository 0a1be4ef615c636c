package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/mirror"
	"domestique/strava"
	"domestique/tokens"
)

// watchOf opens the Watch that an environment asks for.
func watchOf(t *testing.T, env map[string]string) *Watch {
	t.Helper()
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
	_, _, watch, err := Configure(Env{Lookup: lookup, Stdout: io.Discard, Stderr: io.Discard}, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ended, end := context.WithCancel(context.Background())
		end()
		_ = watch.Close(ended)
	})
	return watch
}

// Where nobody looks on, no layer is given anything to tell, and nothing stands around the stores.
func TestNobodyLooksOn(t *testing.T) {
	t.Parallel()
	grants, copies, inbox := tokens.NewMemoryStore(), mirror.NewMemoryStore(), mirror.NewMemoryInbox()
	oauth := strava.NewOAuth(strava.OAuthConfig{})
	for name, watch := range map[string]*Watch{"none": nil, "off": watchOf(t, nil)} {
		if watch.Answered() != nil || watch.client() != nil || watch.service().Begin != nil || watch.service().Answered != nil {
			t.Errorf("%s: a layer is given something to tell", name)
		}
		if watch.grants(grants) != tokens.Store(grants) || watch.copies(copies) != mirror.Store(copies) ||
			watch.inbox(inbox, time.Now) != mirror.Inbox(inbox) || watch.oauth(oauth) != tokens.OAuth(oauth) {
			t.Errorf("%s: something stands around a store", name)
		}
	}
	metrics := watchOf(t, map[string]string{"ADMIN_ADDR": "127.0.0.1:0"})
	if metrics.Answered() == nil || metrics.client() == nil || metrics.service().Answered == nil {
		t.Error("with an admin address nothing is told")
	}
	if metrics.service().Begin != nil || metrics.Operations() != nil {
		t.Error("without an endpoint spans are made")
	}
	metrics.Answered()(edge.Answered{Kind: "query", Took: time.Millisecond})
}

// No two processes have the same name, but for one that the platform starts again in the same place.
func TestAProcessHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	env := map[string]string{}
	outside := Env{Lookup: func(name string) (string, bool) { value, ok := env[name]; return value, ok }}
	one, err := instanceOf(outside)
	other, otherErr := instanceOf(outside)
	if err != nil || otherErr != nil || one == other || len(one) != 2*instanceBytes {
		t.Errorf("%q, %v and %q, %v", one, err, other, otherErr)
	}
	outside.Rand = strings.NewReader("dry")
	if got, err := instanceOf(outside); err == nil {
		t.Errorf("without randomness it is %q", got)
	}
	env["CONTAINER_APP_REPLICA_NAME"] = "domestique--1-a"
	if got, err := instanceOf(outside); got != "domestique--1-a" || err != nil {
		t.Errorf("in Azure it is %q, %v", got, err)
	}
}

func TestRefreshOutcomes(t *testing.T) {
	t.Parallel()
	before := strava.Grant{RefreshToken: "one"}
	known := map[string]bool{}
	for _, outcome := range refreshOutcomes() {
		known[outcome] = true
	}
	tests := map[string]struct {
		fresh strava.Grant
		err   error
	}{
		"rotated":        {fresh: strava.Grant{RefreshToken: "two"}},
		"kept":           {fresh: before},
		"refused":        {err: strava.ErrRefreshTokenInvalid},
		"client_refused": {err: strava.ErrClientInvalid},
		"app_inactive":   {err: strava.ErrAppInactive},
		"rate_limited":   {err: &strava.RateLimitError{}},
		"no_answer":      {err: strava.ErrUnavailable},
	}
	for want, test := range tests {
		err := test.err
		if err != nil {
			err = fmt.Errorf("refresh: %w", err)
		}
		if got := refreshOutcome(before, test.fresh, err); got != want || !known[got] {
			t.Errorf("%+v: %s, want %s", test, got, want)
		}
	}
	if len(tests) != len(known) {
		t.Errorf("%d outcomes are known, %d tested", len(known), len(tests))
	}
}

// What is said of a failure is a word of which there are few.
func TestClassesOfFailures(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"":             nil,
		"RATE_LIMITED": fmt.Errorf("find: %w", &fitness.Error{Code: fitness.CodeRateLimited, Message: "activity 4711"}),
		"canceled":     fmt.Errorf("find: %w", context.Canceled),
		"timeout":      fmt.Errorf("find: %w", context.DeadlineExceeded),
		"_OTHER":       errors.New("activity 4711"),
	} {
		if got := classOf(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	for err, want := range map[error]string{
		tokens.ErrNotFound: "", mirror.ErrNotFound: "", mirror.ErrUnchanged: "", tokens.ErrConflict: "conflict", mirror.ErrConflict: "conflict",
		tokens.ErrCorrupt: "corrupt", mirror.ErrCorrupt: "corrupt",
	} {
		if got := storeProblem(fmt.Errorf("load: %w", err)); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// Whether Strava sends its events here is shown where it could, and there alone.
func TestSubscriptionIsShownWhereStravaReaches(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"https://fitness.example.org": true, "http://localhost:8080": false, "": false} {
		webhook := newWebhook(config.Config{Addr: "0.0.0.0:8080", PublicURL: address}, Custody{}, nil)
		if got := webhook.isWanted(); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}
