package graph_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"domestique/fitness"
	"domestique/graph"
	"domestique/internal/edge"
	"domestique/strava/stravatest"
)

func TestAPanicStaysInside(t *testing.T) {
	t.Parallel()
	log := &lockedBuffer{}
	logger := log.logger()
	// A service that NewService did not make has nothing: every resolver that asks it for something runs into nil.
	handler, err := edge.New(edge.Config{
		Executor: graph.NewExecutor(graph.Config{Service: new(fitness.Service), Logger: logger}), SDL: graph.SDL(), OwnerKeys: []string{ownerKey},
	})
	if err != nil {
		t.Fatalf("edge: %v", err)
	}
	s := &stack{handler: handler}

	got := s.ask(t, "{ athlete { id } }", "")
	if string(got.Data) != `{"athlete":null}` || len(got.Errors) != 1 {
		t.Fatalf("%s %+v", got.Data, got.Errors)
	}
	failure := got.Errors[0]
	if failure.code() != "INTERNAL_SERVER_ERROR" || strings.Contains(failure.Message, "nil") {
		t.Errorf("%+v, want INTERNAL_SERVER_ERROR and no word of the panic", failure)
	}
	if len(failure.Extensions) != 1 {
		t.Errorf("extensions %v, want the code alone", failure.Extensions)
	}
	for _, want := range []string{"nil pointer dereference", "query.resolvers.go", "level=ERROR"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, log)
		}
	}
	if strings.Count(log.String(), "level=ERROR") != 1 {
		t.Errorf("one panic, more than one line: %s", log)
	}
}

// A client that hangs up is no error of ours: nothing is logged as one, and the next client is served.
func TestAClientThatHangsUp(t *testing.T) {
	t.Parallel()
	s := newStack(t, stravatest.Config{Activities: alone()})
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	proceed := make(chan struct{})
	s.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: hangUp, Until: proceed})

	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql",
		strings.NewReader(`{"query":"{ activities { totalCount } }"}`))
	r.Header.Set("Authorization", "Bearer "+ownerKey)
	r.Header.Set("Content-Type", "application/json")
	s.handler.ServeHTTP(httptest.NewRecorder(), r)
	close(proceed)

	if strings.Contains(s.log.String(), "level=ERROR") || strings.Contains(s.log.String(), "internal error") {
		t.Errorf("the log complains: %s", s.log)
	}
	var next struct{ Activities struct{ TotalCount int } }
	s.mustAnswer(t, "{ activities { totalCount } }", &next)
	if next.Activities.TotalCount != 1 {
		t.Errorf("the next client gets %+v", next)
	}
}

// What goes wrong is logged for the operator without anything that must not be in a log.
func TestTheLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	s := newStack(t, stravatest.Config{Activities: alone()})
	s.fake.Fault(stravatest.Fault{Method: http.MethodGet, Status: http.StatusInternalServerError, Times: stravatest.Always})
	s.ask(t, `query Named($id: ID!) { activity(id: $id) { aliasOfASecret: name } athlete { city } }`, `{"id": "valueOfASecret"}`)

	log := s.log.String()
	if !strings.Contains(log, "operation=Named") || !strings.Contains(log, "UPSTREAM_UNAVAILABLE") {
		t.Errorf("the log does not tell what happened: %s", log)
	}
	for _, secret := range []string{ownerKey, "planted-client-secret", "planted-refresh-token", "aliasOfASecret", "valueOfASecret"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log shows %s: %s", secret, log)
		}
	}
}
