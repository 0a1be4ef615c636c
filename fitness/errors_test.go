package fitness_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// upstreamText stands in every answer of the table, and must reach nobody.
const upstreamText = "stack trace of their server"

// fault is one of Strava's error bodies.
func faultBody(resource, field, code string) string {
	return fmt.Sprintf(`{"message":%q,"errors":[{"resource":%q,"field":%q,"code":%q}]}`, upstreamText, resource, field, code)
}

func TestWhatStravaRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault stravatest.Fault
		code  fitness.Code
		scope string
		says  string // what to do
	}{
		"a dead token": {
			stravatest.Fault{Status: 401, Body: faultBody("Athlete", "access_token", "invalid")}, fitness.CodeUpstreamUnavailable, "", "domestique connect",
		},
		"a missing scope": {
			stravatest.Fault{Status: 401, Body: faultBody("AccessToken", "activity:read_permission", "missing")},
			fitness.CodeScopeMissing, "activity:read", "domestique connect",
		},
		"a missing scope of the profile": {
			stravatest.Fault{Status: 401, Body: faultBody("AccessToken", "profile:read_all_permission", "missing")},
			fitness.CodeScopeMissing, "profile:read_all", "domestique connect",
		},
		"what subscribers have": {
			stravatest.Fault{Status: 402, Body: faultBody("Athlete", "premium", "required")}, fitness.CodeSubscriptionRequired, "", "subscribers",
		},
		"an inactive application": {
			stravatest.Fault{Status: 403, Body: faultBody("Application", "Status", "Inactive")},
			fitness.CodeAppInactive, "", "https://www.strava.com/settings/api",
		},
		"too many athletes": {
			stravatest.Fault{Status: 403, Body: `{"message":"Limit of connected athletes exceeded"}`},
			fitness.CodeMisconfigured, "", "https://www.strava.com/settings/api",
		},
		"a restricted endpoint": {
			stravatest.Fault{Status: 401, Body: faultBody("Application", "internal", "invalid")}, fitness.CodeUpstreamUnavailable, "", "application",
		},
		"an unknown path": {
			stravatest.Fault{Status: 404, Body: faultBody("resource", "path", "invalid")}, fitness.CodeUpstreamUnavailable, "", "STRAVA_API_URL",
		},
		"too many requests": {
			stravatest.Fault{Status: 429, Body: faultBody("Application", "overall rate limit", "exceeded")}, fitness.CodeRateLimited, "", "later",
		},
		"a server error": {
			stravatest.Fault{Status: 500, Body: `{"message":"` + upstreamText + `"}`}, fitness.CodeUpstreamUnavailable, "", "Try again",
		},
		"a page": {
			stravatest.Fault{Status: 200, ContentType: "text/html", Body: "<html>" + upstreamText}, fitness.CodeUpstreamUnavailable, "", "Try again",
		},
		"another shape": {
			stravatest.Fault{Status: 200, Body: `"` + upstreamText + `"`}, fitness.CodeUpstreamUnavailable, "", "Try again",
		},
		"a cut answer": {
			stravatest.Fault{CutAfter: 20}, fitness.CodeUpstreamUnavailable, "", "Try again",
		},
		"no answer": {
			stravatest.Fault{ApplyThenFail: true}, fitness.CodeUpstreamUnavailable, "", "Try again",
		},
		"a request that it finds wrong": {
			stravatest.Fault{Status: 400, Body: faultBody("Application", "after", "future")}, fitness.CodeInternal, "", "gateway",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, daily(3), fitness.Config{})
			a := g.list(t, nil).Activities[0]
			test.fault.Times = stravatest.Always
			g.fake.Fault(test.fault)
			fresh := newService(t, fitness.Config{Now: g.clock.Now, Strava: newClient(t,
				strava.Config{BaseURL: g.fake.APIURL(), Tokens: minted{g.fake}, Now: g.clock.Now})})

			failures := map[string]error{}
			_, failures["athlete"] = fresh.Athlete(asOwner(t))
			_, failures["totals"] = g.StravaTotals(asOwner(t))
			_, failures["details"] = g.Details(asOwner(t), a)
			_, failures["activities"] = fresh.Activities(asOwner(t), fitness.ActivitiesQuery{})
			_, failures["activity"] = fresh.Activity(asOwner(t), stravaID(a))
			_, failures["stats"] = fresh.Stats(asOwner(t), nil)
			failures["sync"] = g.Sync(asOwner(t))
			if test.fault.Status == http.StatusNotFound {
				delete(failures, "details") // for an activity a 404 is an answer
			}
			for of, err := range failures {
				t.Run(of, func(t *testing.T) { checkExplained(t, err, test.code, test.scope, test.says) })
			}
		})
	}
}

func checkExplained(t *testing.T, err error, code fitness.Code, scope, says string) {
	t.Helper()
	refused(t, err, code, "")
	problem, _ := errors.AsType[*fitness.Error](err)
	if problem.Scope != scope {
		t.Errorf("got scope %q, want %q", problem.Scope, scope)
	}
	if !strings.Contains(problem.Message, says) {
		t.Errorf("%q does not say %q", problem.Message, says)
	}
	if strings.Contains(problem.Message, upstreamText) || strings.Contains(problem.Error(), upstreamText) {
		t.Errorf("%q repeats what Strava wrote", problem.Error())
	}
	if wantRetry := code == fitness.CodeRateLimited; problem.RetryAt.After(noon) != wantRetry {
		t.Errorf("got retry at %v", problem.RetryAt)
	}
}

func TestWhatTheTokenManagerRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cause error
		code  fitness.Code
		says  string
	}{
		"not connected":       {tokens.ErrNotConnected, fitness.CodeNotConnected, "domestique connect"},
		"no application":      {errors.Join(tokens.ErrMisconfigured, tokens.ErrNoApplication), fitness.CodeMisconfigured, "Enter yours at /connect"},
		"another application": {errors.Join(tokens.ErrMisconfigured, tokens.ErrOtherApplication), fitness.CodeMisconfigured, "Open /connect"},
		"needs consent":       {tokens.ErrNeedsConsent, fitness.CodeNeedsConsent, "domestique connect"},
		"inactive":            {tokens.ErrAppInactive, fitness.CodeAppInactive, "https://www.strava.com/settings/api"},
		"misconfigured":       {tokens.ErrMisconfigured, fitness.CodeMisconfigured, "STRAVA_CLIENT_ID"},
		"a wrong client":      {errors.Join(tokens.ErrMisconfigured, strava.ErrClientInvalid), fitness.CodeMisconfigured, "STRAVA_CLIENT_SECRET"},
		"a corrupt store":     {errors.Join(tokens.ErrMisconfigured, tokens.ErrCorrupt), fitness.CodeMisconfigured, "left as it is"},
		"another athlete":     {errors.Join(tokens.ErrMisconfigured, tokens.ErrOtherAthlete), fitness.CodeMisconfigured, "STRAVA_ATHLETE_ID"},
		"unavailable":         {tokens.ErrUnavailable, fitness.CodeUpstreamUnavailable, "Try again"},
		"Strava is away":      {errors.Join(tokens.ErrUnavailable, strava.ErrUnavailable), fitness.CodeUpstreamUnavailable, "Try again"},
		"a spent quota":       {errors.Join(tokens.ErrUnavailable, &strava.RateLimitError{RetryAt: noon.Add(time.Hour)}), fitness.CodeRateLimited, "later"},
		"a dead first token":  {errors.Join(tokens.ErrNeedsConsent, strava.ErrRefreshTokenInvalid), fitness.CodeNeedsConsent, "domestique connect"},
		"a deadline":          {context.DeadlineExceeded, fitness.CodeUpstreamUnavailable, "Try again"},
		"what nobody expects": {errors.New(upstreamText), fitness.CodeInternal, "inside the gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, strava.Config{BaseURL: "http://127.0.0.1:1", Tokens: oneToken{err: test.cause}})
			service := newService(t, fitness.Config{Strava: client})
			_, ofAthlete := service.Athlete(asOwner(t))
			_, ofStats := service.Stats(asOwner(t), nil)
			for _, err := range []error{ofAthlete, ofStats, service.Sync(asOwner(t))} {
				refused(t, err, test.code, "")
				problem, _ := errors.AsType[*fitness.Error](err)
				if !strings.Contains(problem.Message, test.says) || strings.Contains(problem.Message, upstreamText) {
					t.Errorf("got message %q, want that it says %q", problem.Message, test.says)
				}
				if !errors.Is(err, test.cause) {
					t.Errorf("%v does not tell the log its cause", err)
				}
			}
		})
	}
}

func TestATimeOutIsStravasFault(t *testing.T) {
	t.Parallel()
	fake := stravatest.Start(t, stravatest.Config{Activities: daily(1), Now: at(noon)})
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	fake.Fault(stravatest.Fault{Until: release, Times: stravatest.Always})
	service := newService(t, fitness.Config{Strava: newClient(t, strava.Config{
		BaseURL: fake.APIURL(), Tokens: minted{fake}, Timeout: 50 * time.Millisecond,
	})})
	_, err := service.Athlete(asOwner(t))
	refused(t, err, fitness.CodeUpstreamUnavailable, "")

	ctx, cancel := context.WithTimeout(asOwner(t), time.Millisecond)
	defer cancel()
	_, err = service.Stats(ctx, nil)
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
}

func TestConfigMustBeWhole(t *testing.T) {
	t.Parallel()
	client := newClient(t, strava.Config{Tokens: oneToken{}})
	for field, config := range map[string]fitness.Config{
		"Config.Strava": {Tokens: grant{}},
		"Config.Tokens": {Strava: client},
	} {
		if _, err := fitness.NewService(config); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("got error %v, want one that names %s", err, field)
		}
	}
}
