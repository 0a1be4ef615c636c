package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// clientsFolder has the npm packages that ask a running gateway here, pinned by a lock file of their own.
const clientsFolder = "testdata/clients"

// The audits of GraphQL over HTTP, as the owner by key.
func TestAuditOfGraphQLOverHTTP(t *testing.T) {
	t.Parallel()
	needPackages(t, clientsFolder)
	gateway := start(t, t.TempDir(), connected(t, stravatest.Config{}).env)

	var seen struct {
		Audits   int
		Problems []string
	}
	runNode(t, clientsFolder, &seen, "audit.mjs", gateway.URL, gateway.ownerKey(t))
	if seen.Audits != 61 || len(seen.Problems) > 0 {
		t.Errorf("%d audits, want 61 of them ok; not ok: %s", seen.Audits, strings.Join(seen.Problems, "\n"))
	}
}

// answers is what a script was answered, by name.
type answers map[string]answer

func (a answers) wantData(t *testing.T, name string) {
	t.Helper()
	if got := a[name]; len(got.Errors) > 0 || len(got.Data) < len("{}") || string(got.Data) == "null" {
		t.Errorf("%s: %s %+v", name, got.Data, got.Errors)
	}
}

func (a answers) wantError(t *testing.T, name, code string) {
	t.Helper()
	if got := a[name]; len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != code {
		t.Errorf("%s: %s %+v, want %s", name, got.Data, got.Errors, code)
	}
}

// A page with Relay: compiled by the schema that the gateway shows, with a connection, and a fragment by node.
func TestRelayCompiles(t *testing.T) {
	t.Parallel()
	needPackages(t, clientsFolder)
	gateway := start(t, t.TempDir(), connected(t, stravatest.Config{}).env)

	var seen struct {
		ID        string
		Answers   answers
		Listening bool
	}
	runNode(t, clientsFolder, &seen, "relay.mjs", gateway.URL, gateway.ownerKey(t), filepath.Join(t.TempDir(), "relay"))
	seen.Answers.wantData(t, "page")
	seen.Answers.wantError(t, "refused", "BAD_USER_INPUT")
	seen.Answers.wantData(t, "node")
	if seen.ID == "" || !seen.Listening {
		t.Errorf("the page's node has the id %q; its subscription is answered: %t", seen.ID, seen.Listening)
	}
}

// A frontend's build: types and hashes of its documents, which a gateway that trusts them answers by hash.
func TestCodegenAndItsManifest(t *testing.T) {
	t.Parallel()
	needPackages(t, clientsFolder)
	gateway := start(t, t.TempDir(), connected(t, stravatest.Config{}).env)
	folder := filepath.Join(t.TempDir(), "codegen")

	var seen struct {
		Typed, Listening bool
		Manifest         string
		Answers          answers
	}
	runNode(t, clientsFolder, &seen, "codegen.mjs", gateway.URL, gateway.ownerKey(t), folder)
	if !seen.Typed || !seen.Listening {
		t.Errorf("query and subscription have types: %t; the subscription is answered: %t", seen.Typed, seen.Listening)
	}
	seen.Answers.wantData(t, "Latest")
	seen.Answers.wantError(t, "Failing", "BAD_USER_INPUT")

	raw, err := os.ReadFile(seen.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]string
	if err := json.Unmarshal(raw, &manifest); err != nil || len(manifest) != 3 {
		t.Fatalf("%v: manifest %s", err, raw)
	}
	trusting := start(t, t.TempDir(), append(connected(t, stravatest.Config{}).env, "TRUSTED_DOCUMENTS="+seen.Manifest))
	for hash, document := range manifest {
		kind, name, _ := strings.Cut(document, " ")
		if kind == "subscription" {
			continue // It was listened to by its hash already.
		}
		name, _, _ = strings.Cut(strings.Fields(name)[0], "(")
		got, err := trusting.send(trusting.ownerKey(t), map[string]any{
			"documentId": hash, "variables": map[string]int{"first": 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		if name == "Latest" {
			answers{name: got}.wantData(t, name)
		} else {
			answers{name: got}.wantError(t, name, "BAD_USER_INPUT")
		}
	}
	unknown, err := trusting.send(trusting.ownerKey(t), map[string]any{"documentId": "sha256:" + strings.Repeat("0", 64)})
	if err != nil {
		t.Fatal(err)
	}
	answers{"unknown": unknown}.wantError(t, "unknown", "PERSISTED_QUERY_NOT_FOUND")
}

// A client in Go: made by genqlient from the schema that the gateway shows, then built and run. It asks, errs, and listens.
func TestGenqlientAsks(t *testing.T) {
	t.Parallel()
	strava := connected(t, stravatest.Config{Years: 1})
	gateway := start(t, t.TempDir(), strava.env)
	key := gateway.ownerKey(t)
	mustSync(t, gateway, key) // What a fill brings in is no news.
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/genqlient")); err != nil {
		t.Fatal(err)
	}
	schema, err := gateway.get(key, "/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "schema.graphql"), schema, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := goIn(t, folder, "mod", "download"); err != nil {
		t.Skipf("genqlient's modules cannot be had: %v\n%s", err, said)
	}
	for _, args := range [][]string{{"tool", "genqlient"}, {"build", "-o", "client", "."}} {
		if said, err := goIn(t, folder, args...); err != nil {
			t.Fatalf("go %s: %v\n%s", args[0], err, said)
		}
	}

	const name = "Seen by genqlient"
	asking := exec.CommandContext(t.Context(), filepath.Join(folder, "client"), gateway.URL+"/graphql", key, name)
	said := &lockedBuffer{}
	asking.Stderr = said
	printed, err := asking.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := asking.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	go sendLines(lines, printed)
	if line := untilLine(t, lines, func() {}); line != "listening" {
		t.Fatalf("it said %q\n%s\n%s", line, said, gateway.output)
	}
	// The gateway may hear later than the client that somebody listens, so there are new activities until one has been told.
	line := untilLine(t, lines, func() {
		strava.AddActivity(stravatest.Activity{Name: name, Start: time.Now().Add(-time.Hour), Distance: 1000})
		mustSync(t, gateway, key)
	})
	if err := asking.Wait(); err != nil || line != "ok" {
		t.Errorf("it said %q: %v\n%s\n%s", line, err, said, gateway.output)
	}
}

// goIn runs the go command in a folder that is a module of its own, and returns what it said.
func goIn(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = folder
	said, err := command.CombinedOutput()
	return string(said), err
}

// needPackages skips the test where the npm packages of a folder are not installed.
func needPackages(t *testing.T, folder string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder, "node_modules", ".package-lock.json")); err != nil {
		t.Skipf("the npm packages of %[1]s are not installed: run `make test`, or `npm ci` in %[1]s", folder)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
}

// runNode runs a script of the folder and decodes the JSON that it prints; one that fails prints why.
func runNode(t *testing.T, folder string, out any, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "node", args...)
	command.Dir = folder
	command.Stderr = &lockedBuffer{}
	printed, err := command.Output()
	if err != nil {
		t.Errorf("%s: %v\n%s\n%s", args[0], err, printed, command.Stderr)
	}
	if err := json.Unmarshal(printed, out); err != nil {
		t.Fatalf("%s printed %q: %v", args[0], printed, err)
	}
}
