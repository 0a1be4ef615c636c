package edge_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql/executor"

	"domestique/internal/edge"
)

// Frontends subscribe with the clients that frontends use.
func TestStreamsWithRealClients(t *testing.T) {
	t.Parallel()
	const web = "../../web"
	if _, err := os.Stat(web + "/node_modules/graphql-ws"); err != nil {
		t.Skip("the npm packages of web/ are not installed: run `make test`, or `npm ci` in web")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	feed, log := newFeed(), &lockedBuffer{}
	server := httptest.NewUnstartedServer(nil)
	server.Config = edge.NewServer(newEdge(t, func(cfg *edge.Config) {
		cfg.Executor, cfg.SDL, cfg.Logger = executor.New(feed), feedSDL, newLogger(log)
	}), newLogger(log))
	server.Start()

	command := exec.CommandContext(t.Context(), "node", "e2e/streams.mjs", server.URL, ownerKey)
	command.Dir = web
	said := &lockedBuffer{}
	command.Stderr = said
	printed, err := command.Output()
	var seen struct{ Problems, Clients []string }
	if err := json.Unmarshal(printed, &seen); err != nil {
		t.Fatalf("the script printed %q: %v\n%s", printed, err, said)
	}
	if err != nil || len(seen.Problems) > 0 || len(seen.Clients) < 6 {
		t.Errorf("%v: clients %q, problems %q\n%s\n%s", err, seen.Clients, seen.Problems, said, log)
	}
	if !edge.Finish(t.Context(), server.Config, 30*time.Second) {
		t.Error("something has not ended although every client has")
	}
	if open := feed.open.Load(); open != 0 {
		t.Errorf("%d subscriptions have not ended", open)
	}
}
