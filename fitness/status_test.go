package fitness_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestStatusTellsHowTheGrantIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		grant grant
		want  fitness.ConnectionState
	}{
		"good":                 {grant{State: tokens.StateConnected}, fitness.ConnectionStateConnected},
		"good for activities":  {grant{State: tokens.StateConnected, Scopes: []string{"read", "activity:read"}}, fitness.ConnectionStateConnected},
		"good for all of them": {grant{State: tokens.StateConnected, Scopes: []string{"activity:read_all"}}, fitness.ConnectionStateConnected},
		"without activities":   {grant{State: tokens.StateConnected, Scopes: []string{"read", "profile:read_all"}}, fitness.ConnectionStateScopeMissing},
		"not connected":        {grant{State: tokens.StateNotConnected}, fitness.ConnectionStateNotConnected},
		"needs consent":        {grant{State: tokens.StateNeedsConsent, Scopes: []string{"read"}}, fitness.ConnectionStateNeedsConsent},
		"lacks a scope":        {grant{State: tokens.StateScopeMissing}, fitness.ConnectionStateScopeMissing},
		"inactive":             {grant{State: tokens.StateAppInactive}, fitness.ConnectionStateAppInactive},
		"misconfigured":        {grant{State: tokens.StateMisconfigured}, fitness.ConnectionStateMisconfigured},
		"of a newer version":   {grant{State: "SLEEPING"}, fitness.ConnectionStateMisconfigured},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status := newService(t, fitness.Config{Tokens: test.grant}).Status(asOwner(t))
			if status.Connection != test.want {
				t.Errorf("got %s, want %s", status.Connection, test.want)
			}
			if (status.Hint == nil) != (test.want == fitness.ConnectionStateConnected) {
				t.Errorf("got the hint %v", status.Hint)
			}
		})
	}
}

func TestStatusTellsWhatIsHeld(t *testing.T) {
	t.Parallel()
	expires := noon.Add(time.Hour)
	g := newGateway(t, daily(3), fitness.Config{
		Tokens:  grant{State: tokens.StateConnected, Scopes: []string{"activity:read_all"}, ExpiresAt: expires},
		Version: "1.2.3", Demo: true,
	})
	want := &fitness.GatewayStatus{
		Connection: fitness.ConnectionStateConnected, Scopes: []string{"activity:read_all"}, TokenExpiresAt: &expires,
		Mirror: &fitness.MirrorStatus{}, Version: "1.2.3", Demo: true,
	}
	if diff := cmp.Diff(want, g.Status(asOwner(t))); diff != "" {
		t.Errorf("at the start (-want +got):\n%s", diff)
	}
	if len(g.fake.Calls()) > 0 {
		t.Errorf("the status called Strava: %v", g.fake.Calls())
	}

	g.list(t, nil)
	g.clock.advance(time.Hour)
	g.sync(t)
	want.Mirror = &fitness.MirrorStatus{Complete: true, Activities: 3, SyncedAt: new(noon.Add(time.Hour)), OldestFetchedAt: new(noon.Add(time.Hour))}
	if diff := cmp.Diff(want, g.Status(asOwner(t))); diff != "" {
		t.Errorf("an hour later (-want +got):\n%s", diff)
	}
}

// A hint tells what goes wrong behind a state that looks good, and does not send a person who has to wait to connect.
func TestStatusHints(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		grant grant
		says  string
	}{
		"nobody connected": {grant{State: tokens.StateNotConnected}, "Open /connect (or run `domestique connect`)"},
		"the first token was not answered": {
			grant{State: tokens.StateNotConnected, LastError: tokens.FailureNoAnswer}, "Strava is being asked",
		},
		"the first token came too often": {
			grant{State: tokens.StateNotConnected, LastError: tokens.FailureRateLimited}, "Strava is being asked",
		},
		"the first token was refused": {
			grant{State: tokens.StateNotConnected, LastError: tokens.FailureRefused}, "domestique connect",
		},
		"a refresh was not answered": {
			grant{State: tokens.StateConnected, LastError: tokens.FailureNoAnswer}, tokens.FailureNoAnswer.String(),
		},
		"no application": {
			grant{State: tokens.StateMisconfigured, LastError: tokens.FailureNoApplication}, "Enter yours at /connect",
		},
		"another application": {
			grant{State: tokens.StateMisconfigured, LastError: tokens.FailureOtherApplication}, "Open /connect",
		},
		"another athlete": {
			grant{State: tokens.StateMisconfigured, LastError: tokens.FailureOtherAthlete}, "STRAVA_ATHLETE_ID",
		},
		"the store is away": {
			grant{State: tokens.StateMisconfigured, LastError: tokens.FailureStore}, "wait ten minutes",
		},
		"the store is away behind a good token": {
			grant{State: tokens.StateConnected, LastError: tokens.FailureStore}, "role assignment on the table",
		},
		"the store does not take the first token": {
			grant{State: tokens.StateNotConnected, LastError: tokens.FailureStore}, "role assignment on the table",
		},
		"another sealing key": {
			grant{State: tokens.StateMisconfigured, LastError: tokens.FailureCorrupt}, "back into SEAL_KEYS",
		},
		"another client secret": {
			grant{State: tokens.StateMisconfigured, LastError: tokens.FailureClient}, "Check STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET",
		},
		"nobody knows why": {
			grant{State: tokens.StateMisconfigured}, "what the log says",
		},
		"the token does not help": {
			grant{State: tokens.StateConnected, LastError: tokens.FailureTokenRefused}, tokens.FailureTokenRefused.String(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := newService(t, fitness.Config{Tokens: test.grant}).Status(asOwner(t)).Hint
			if got == nil || !strings.Contains(*got, test.says) {
				t.Errorf("got hint %v, want one that says %q", got, test.says)
			}
		})
	}
}

// What is wrong is named alone: who is sent to look at settings that are right looks there in vain.
func TestStatusHintsAtOneThing(t *testing.T) {
	t.Parallel()
	for failure, others := range map[tokens.Failure][]string{
		tokens.FailureStore:        {"STRAVA_", "SEAL_KEYS", "/connect"},
		tokens.FailureCorrupt:      {"STRAVA_", "/connect"},
		tokens.FailureClient:       {"STRAVA_ATHLETE_ID", "SEAL_KEYS"},
		tokens.FailureOtherAthlete: {"STRAVA_CLIENT", "SEAL_KEYS"},
	} {
		status := newService(t, fitness.Config{Tokens: grant{State: tokens.StateMisconfigured, LastError: failure}}).Status(asOwner(t))
		for _, other := range others {
			if strings.Contains(*status.Hint, other) {
				t.Errorf("%s: the hint %q is about %s, too", failure, *status.Hint, other)
			}
		}
	}
}

// away is a store that refuses to be read, as a table does whose role is not in force yet.
type away struct{ tokens.Store }

func (away) Load(context.Context) (tokens.Row, tokens.Revision, error) {
	return tokens.Row{}, "", errors.New("403 AuthorizationPermissionMismatch")
}

func TestStatusTellsThatTheStoreIsAway(t *testing.T) {
	t.Parallel()
	fake := stravatest.Start(t, stravatest.Config{Now: at(noon), Activities: daily(1), RefreshToken: "first"})
	status := newService(t, fitness.Config{Tokens: custodyIn(t, away{tokens.NewMemoryStore()}, fake, 0)}).Status(asOwner(t))
	if status.Connection != fitness.ConnectionStateMisconfigured || status.Hint == nil ||
		!strings.HasPrefix(*status.Hint, "The store of the grant does not answer") || strings.Contains(*status.Hint, "403") {
		t.Errorf("got %s with hint %v", status.Connection, *status.Hint)
	}
}

func TestStatusHintsAtAFailingSync(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{})
	repair := g.fake.Fault(stravatest.Fault{Status: 500, Body: `{"message":"` + upstreamText + `"}`, Times: stravatest.Always})
	refused(t, g.Sync(asOwner(t)), fitness.CodeUpstreamUnavailable, "")
	status := g.Status(asOwner(t))
	if status.Connection != fitness.ConnectionStateConnected || status.Hint == nil || strings.Contains(*status.Hint, upstreamText) {
		t.Errorf("got %s with hint %v", status.Connection, status.Hint)
	}
	repair()
	g.sync(t)
	if got := g.Status(asOwner(t)).Hint; got != nil {
		t.Errorf("got hint %q after the repair", *got)
	}
}

// Neither is seen by a refresh of the token: both show at the first call.
func TestStatusTellsWhyTheLastSyncFailed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want fitness.ConnectionState
	}{
		"a missing scope":         {faultBody("AccessToken", "activity:read_permission", "missing"), fitness.ConnectionStateScopeMissing},
		"an inactive application": {faultBody("Application", "Status", "Inactive"), fitness.ConnectionStateAppInactive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, daily(1), fitness.Config{})
			repair := g.fake.Fault(stravatest.Fault{Status: 403, Body: test.body, Times: stravatest.Always})
			if err := g.Sync(asOwner(t)); err == nil {
				t.Fatal("the sync succeeded")
			}
			if got := g.Status(asOwner(t)).Connection; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			repair()
			g.sync(t)
			if got := g.Status(asOwner(t)).Connection; got != fitness.ConnectionStateConnected {
				t.Errorf("got %s after the repair", got)
			}
		})
	}
}
