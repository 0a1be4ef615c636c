package command_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domestique/strava/stravatest"
)

func TestRefreshStoresAUsableToken(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	environment = environment.with(env{"STRAVA_REFRESH_TOKEN": firstToken})
	for round := range 3 {
		end := run(t.Context(), environment, "refresh")
		if end.code != 0 || !strings.HasPrefix(end.stdout, "A usable token is stored, the grant is CONNECTED. The token expires at 2") {
			t.Errorf("round %d: %+v", round, end)
		}
		if strings.Contains(end.stdout+end.stderr, firstToken) || strings.Contains(end.stdout+end.stderr, clientSecret) {
			t.Errorf("round %d shows a secret: %+v", round, end)
		}
	}
	if calls := fake.Calls()["POST /oauth/token"]; calls != 1 {
		t.Errorf("%d requests to the token endpoint, want one: later rounds had nothing to do", calls)
	}
	athlete(t, environment, custodian(t, environment))
	if fake.Refusals() > 0 {
		t.Errorf("%d dead refresh tokens were presented", fake.Refusals())
	}
}

func TestRefreshWithoutAUsableToken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		first   string
		prepare func(*stravatest.Running)
		state   string
	}{
		{name: "never connected", state: "NOT_CONNECTED"},
		{name: "a dead token", first: "an-old-refresh-token", state: "NEEDS_CONSENT"},
		{
			name: "an inactive application", first: firstToken, state: "APP_INACTIVE",
			prepare: func(fake *stravatest.Running) { fake.Deactivate(true) },
		},
		{
			name: "a Strava that is away", first: firstToken, state: "no usable token right now",
			prepare: func(fake *stravatest.Running) {
				fake.Fault(stravatest.Fault{Path: "/oauth/token", Status: http.StatusInternalServerError})
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake, environment := fakeStrava(t)
			if test.prepare != nil {
				test.prepare(fake)
			}
			end := run(t.Context(), environment.with(env{"STRAVA_REFRESH_TOKEN": test.first}), "refresh")
			if end.code != 1 || end.stdout != "" || !strings.Contains(end.stderr, "domestique: refresh: no usable token is stored") ||
				!strings.Contains(end.stderr, test.state) {
				t.Errorf("%+v, want code 1 and %s", end, test.state)
			}
		})
	}
}

func TestRefreshLeavesAnUnreadableStoreAlone(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	environment = environment.with(env{"STRAVA_REFRESH_TOKEN": firstToken})
	if end := run(t.Context(), environment, "refresh"); end.code != 0 {
		t.Fatalf("%+v", end)
	}
	calls := fake.Calls()["POST /oauth/token"]
	file := filepath.Join(environment["DATA_DIR"], "grant.json")
	for name, damage := range map[string]func() env{
		"another sealing key": func() env { return environment.with(env{"SEAL_KEYS": strings.Repeat("k", 32)}) },
		"a cut file": func() env {
			if err := os.WriteFile(file, []byte(`{"version":`), 0o600); err != nil {
				t.Fatal(err)
			}
			return environment
		},
	} {
		damaged := damage()
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		end := run(t.Context(), damaged, "refresh")
		if end.code != 1 || !strings.Contains(end.stderr, "MISCONFIGURED") {
			t.Errorf("%s: %+v", name, end)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
			t.Errorf("%s: the store was touched: %v", name, err)
		}
	}
	if now := fake.Calls()["POST /oauth/token"]; now != calls {
		t.Errorf("%d further requests to the token endpoint", now-calls)
	}
}

// The access token lives on for hours after the athlete has revoked the grant: a timetable has to hear of it all the same.
func TestRefreshOfARevokedGrant(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	environment = environment.with(env{"STRAVA_REFRESH_TOKEN": firstToken})
	if end := run(t.Context(), environment, "refresh"); end.code != 0 {
		t.Fatalf("first refresh: %+v", end)
	}
	fake.RevokeAll()
	manager := custodian(t, environment)
	token, err := manager.AccessToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	manager.Invalidate(token)
	if _, err := manager.AccessToken(t.Context()); err == nil {
		t.Fatal("a revoked grant gave another token")
	}
	if end := run(t.Context(), environment, "refresh"); end.code != 1 || !strings.Contains(end.stderr, "NEEDS_CONSENT") {
		t.Errorf("refresh of a revoked grant: %+v", end)
	}
}

func TestAMissingSealKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t)
	environment = environment.with(env{"STRAVA_REFRESH_TOKEN": firstToken})
	if end := run(t.Context(), environment, "refresh"); end.code != 0 {
		t.Fatalf("first refresh: %+v", end)
	}
	key := filepath.Join(environment["DATA_DIR"], "seal.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if end := run(t.Context(), environment, "refresh"); end.code != 1 || !strings.Contains(end.stderr, "seal.key") {
		t.Errorf("refresh without the key: %+v", end)
	}
	if _, err := os.Stat(key); err == nil {
		t.Error("a new key was made beside a grant that it can't open")
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	if end := run(t.Context(), environment, "refresh"); end.code != 0 {
		t.Errorf("refresh with the key back: %+v", end)
	}
}
