package main_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// Who signs out is signed out on the other replicas, and after the next start, with every copy of the cookie.
func TestSigningOutIsForAllReplicas(t *testing.T) {
	t.Parallel()
	t.Run("of one table", func(t *testing.T) {
		t.Parallel()
		env := append(connected(t, stravatest.Config{Years: 1}).env, "OWNER_KEY="+replicaOwnerKey,
			"AZURE_STORAGE_CONNECTION_STRING="+startAzurite(t), "SEAL_KEYS=the-sealing-key-of-two-replicas-here")
		here, there := start(t, t.TempDir(), env), start(t, t.TempDir(), env)
		session := here.signIn(t, replicaOwnerKey)
		there.wantSession(t, session, http.StatusOK)
		here.signOut(t, session)
		here.wantSession(t, session, http.StatusUnauthorized)
		there.eventually(t, 10*time.Second, func() error { return there.asksBy(session, http.StatusUnauthorized) })
	})
	t.Run("of one folder, one after the other", func(t *testing.T) {
		t.Parallel()
		dir, env := t.TempDir(), append(connected(t, stravatest.Config{Years: 1}).env, "OWNER_KEY="+replicaOwnerKey)
		gateway := start(t, dir, env)
		ended, going := gateway.signIn(t, replicaOwnerKey), gateway.signIn(t, replicaOwnerKey)
		gateway.signOut(t, ended)
		gateway.signal(t, syscall.SIGKILL)
		gateway = start(t, dir, env)
		gateway.wantSession(t, ended, http.StatusUnauthorized)
		gateway.wantSession(t, going, http.StatusOK)
	})
}

// signIn returns the session's cookie.
func (p *process) signIn(t *testing.T, key string) string {
	t.Helper()
	cookie, _, _ := strings.Cut(p.submit(t, "/login", "", url.Values{"key": {key}}).Header.Get("Set-Cookie"), ";")
	if cookie == "" {
		t.Fatalf("no session\n%s", p.output)
	}
	return cookie
}

func (p *process) signOut(t *testing.T, session string) {
	t.Helper()
	if answer := p.submit(t, "/logout", session, nil); answer.Header.Get("Location") != "/login" {
		t.Fatalf("signing out: %s\n%s", answer.Status, p.output)
	}
}

// submit sends a form as a page of the gateway's own does.
func (p *process) submit(t *testing.T, path, cookie string, form url.Values) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {cookie}, "Origin": {p.URL}}
	answer, err := http.DefaultTransport.RoundTrip(request) // It follows no redirect.
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}

// asksBy asks with a session, and complains of another status.
func (p *process) asksBy(session string, status int) error {
	request, err := http.NewRequest(http.MethodPost, p.URL+"/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
	if err != nil {
		return err
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Cookie": {session}}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != status {
		return fmt.Errorf("status %d, want %d", answer.StatusCode, status)
	}
	return nil
}

func (p *process) wantSession(t *testing.T, session string, status int) {
	t.Helper()
	if err := p.asksBy(session, status); err != nil {
		t.Errorf("%v\n%s", err, p.output)
	}
}
