package graph_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/graph"
	"domestique/internal/edge"
	"domestique/strava/stravatest"
)

func TestSync(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	var got struct{ Sync map[string]any }
	s.mustAnswer(t, "mutation { sync { complete activities syncedAt oldestFetchedAt } }", &got)
	want := map[string]any{
		"complete": true, "activities": 3.0, "syncedAt": "2026-11-22T09:30:00Z", "oldestFetchedAt": "2026-11-22T09:30:00Z",
	}
	if diff := cmp.Diff(want, got.Sync); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Status: 503})
	if answer := s.ask(t, "mutation { sync { complete } }", ""); len(answer.Errors) != 1 || answer.Errors[0].code() != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("without Strava: %+v", answer)
	}
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	var before struct{ Sync struct{ Activities int } }
	s.mustAnswer(t, "mutation { sync { activities } }", &before)
	var got struct{ Disconnect map[string]any }
	s.mustAnswer(t, "mutation { disconnect { connection tokenExpiresAt scopes mirror { activities syncedAt } } }", &got)
	want := map[string]any{
		"connection": "NOT_CONNECTED", "tokenExpiresAt": nil, "scopes": nil,
		"mirror": map[string]any{"activities": 0.0, "syncedAt": nil},
	}
	if diff := cmp.Diff(want, got.Disconnect); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, question := range []string{"{ athlete { firstName } }", "{ activities { totalCount } }", "mutation { disconnect { connection } }"} {
		if answer := s.ask(t, question, ""); len(answer.Errors) != 1 || answer.Errors[0].code() != "NOT_CONNECTED" {
			t.Errorf("%s: %+v", question, answer)
		}
	}
}

// In the demo whoever is on loopback is the owner, and so is a browser there that another site drives.
func TestMutationsAreNotForOtherSites(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	handler, err := edge.New(edge.Config{
		Executor: graph.NewExecutor(graph.Config{Service: s.service}), SDL: graph.SDL(), OwnerKeys: []string{ownerKey},
		DemoLoopbackOwner: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, target, contentType, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, target, io.NopCloser(strings.NewReader(body)))
		r.Host, r.RemoteAddr = "localhost:8080", "127.0.0.1:50000"
		r.Header.Set("Content-Type", contentType)
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder
	}
	const asJSON = `{"query":"mutation { disconnect { connection } }"}`
	for contentType, body := range map[string]string{
		"application/x-www-form-urlencoded": "query=mutation+%7B+disconnect+%7B+connection+%7D+%7D",
		"multipart/form-data; boundary=x":   "--x\r\nContent-Disposition: form-data; name=query\r\n\r\nmutation { disconnect { connection } }\r\n--x--\r\n",
		"text/plain":                        asJSON,
		"":                                  asJSON,
	} {
		if got := send(http.MethodPost, "/graphql", contentType, body); got.Code != http.StatusForbidden {
			t.Errorf("a form as %q: %d %s", contentType, got.Code, got.Body)
		}
	}
	link := send(http.MethodGet, "/graphql?query=mutation+%7B+disconnect+%7B+connection+%7D+%7D", "application/json", "")
	if link.Code != http.StatusMethodNotAllowed {
		t.Errorf("a link: %d %s", link.Code, link.Body)
	}
	if calls := s.fake.Calls(); len(calls) > 0 {
		t.Errorf("Strava was called: %v", calls)
	}
	const question = `{"query":"mutation { sync { activities } disconnect { connection } }"}`
	const want = `{"sync":{"activities":3},"disconnect":{"connection":"NOT_CONNECTED"}}`
	if got := send(http.MethodPost, "/graphql", "application/json", question); !strings.Contains(got.Body.String(), want) {
		t.Errorf("the owner: %d %s", got.Code, got.Body)
	}
}
