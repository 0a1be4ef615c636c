package main_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// `domestique connect` beside a server: the server has the activities soon, says nothing of the time before, and knows of the
// scopes that a second consent brings although the token of the first is good for hours.
func TestConnectBesideAServer(t *testing.T) {
	t.Parallel()
	fake := connected(t, stravatest.Config{Years: 1})
	dir, env := t.TempDir(), append(fake.env[:4:4], "TOKEN_CHECK_EVERY=1s", "SYNC_EVERY=1h")
	server := start(t, dir, env)
	key := server.ownerKey(t)
	var got struct {
		Status struct {
			Connection string
			Hint       *string
			Scopes     []string
			Mirror     struct{ Complete bool }
		}
	}
	status := func() error {
		return server.ask(key, "{ status { connection hint scopes mirror { complete } } }", &got)
	}
	server.eventually(t, 10*time.Second, func() error {
		if err := status(); err != nil || got.Status.Connection != "NOT_CONNECTED" {
			return fmt.Errorf("%+v, %w", got, err)
		}
		return nil
	})

	consent(t, dir, env)
	server.eventually(t, 20*time.Second, func() error {
		if err := status(); err != nil || got.Status.Connection != "CONNECTED" || !got.Status.Mirror.Complete || got.Status.Hint != nil {
			return fmt.Errorf("%+v, %w", got, err)
		}
		return nil
	})

	consent(t, dir, append(env, "STRAVA_SCOPES=read,read_all,profile:read_all,activity:read,activity:read_all,activity:write"))
	server.eventually(t, 20*time.Second, func() error {
		if err := status(); err != nil || !slices.Contains(got.Status.Scopes, "activity:write") {
			return fmt.Errorf("%+v, %w", got, err)
		}
		return nil
	})
	if refusals := fake.Refusals(); refusals > 0 {
		t.Errorf("%d dead refresh tokens were presented", refusals)
	}
}

// consent runs the command, and consents in the way that a browser would.
func consent(t *testing.T, dir string, env []string) {
	t.Helper()
	p := launch(t, dir, env, "connect", "-port", "0")
	page := p.await(t, regexp.MustCompile(`http://\S+/oauth/authorize\S+`))
	answer, err := client.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if code := p.wait(t); code != 0 || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s, exit code %d\n%s", answer.Status, code, p.output)
	}
}
