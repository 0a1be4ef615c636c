package graph_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/graph"
)

// A change of the schema shows as a change of one file, whichever of its sources it was made in.
func TestSchemaIsTheSnapshot(t *testing.T) {
	t.Parallel()
	checkGoldenText(t, "testdata/schema.graphql", graph.SDL())
}

// What is switched off, and why, stands in testdata/schemalint/eslint.config.mjs.
func TestSchemaKeepsTheRules(t *testing.T) {
	t.Parallel()
	findings, err := schemaTool(t, "node_modules/eslint/bin/eslint.js",
		"--config", "testdata/schemalint/eslint.config.mjs", "--no-color", "schema")
	if err != nil {
		t.Errorf("graphql-eslint: %v\n%s", err, findings)
	}
}

// A query that was valid at the last release is valid today, unless testdata/breaking.json says why not.
func TestReleasedQueriesStayValid(t *testing.T) {
	t.Parallel()
	released, err := os.ReadFile("testdata/released.graphql")
	if err != nil {
		t.Fatal(err)
	}
	changes := schemaChanges(t, string(released), graph.SDL())
	for _, change := range changes.Dangerous {
		t.Logf("may surprise a client: %s", change)
	}
	allowed := allowedChanges(t)
	for _, change := range changes.Breaking {
		if _, ok := allowed[change]; !ok {
			t.Errorf("breaks clients: %s\nTake it back, or deprecate first; CONTRIBUTING.md tells how.", change)
		}
	}
	for change, reason := range allowed {
		if strings.TrimSpace(reason) == "" {
			t.Errorf("testdata/breaking.json gives no reason for %q", change)
		}
		if !slices.Contains(changes.Breaking, change) {
			t.Errorf("testdata/breaking.json allows what is no breaking change: %q", change)
		}
	}
}

// allowedChanges are the breaking changes since the last release that were decided on, with the reason for each.
func allowedChanges(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/breaking.json")
	if err != nil {
		t.Fatal(err)
	}
	var allowed map[string]string
	if err := json.Unmarshal(text, &allowed); err != nil {
		t.Fatalf("testdata/breaking.json: %v", err)
	}
	return allowed
}

func TestBreakingChangesAreFound(t *testing.T) {
	t.Parallel()
	const before = `
		type Query { name(unit: Unit! = METERS, order: Order): String  pace: Float!  speed: Float }
		enum Unit { METERS MILES }
		input Order { by: Unit! = METERS }`
	tests := []struct {
		name, what, with string
		want             changes
	}{
		{"the same", "", "", changes{}},
		{"a new field", "pace:", "title: String pace:", changes{}},
		{"a field removed", "pace: Float!", "", changes{Breaking: []string{"Query.pace was removed."}}},
		{"an answer that may be null", "Float!", "Float", changes{Breaking: []string{"Query.pace changed type from Float! to Float."}}},
		{
			"a new argument that is required", "pace:", "pace(by: Int!):",
			changes{Breaking: []string{"A required arg by on Query.pace was added."}},
		},
		{
			"an argument that becomes required", "(unit: Unit! = METERS", "(unit: Unit!",
			changes{Breaking: []string{"Query.name arg unit defaultValue was removed."}},
		},
		{
			"another default", "(unit: Unit! = METERS", "(unit: Unit! = MILES",
			changes{Breaking: []string{"Query.name arg unit has changed defaultValue from METERS to MILES."}},
		},
		{
			"an input field that becomes required", "by: Unit! = METERS", "by: Unit!",
			changes{Breaking: []string{"Order.by has changed defaultValue from METERS to none."}},
		},
		{"a word removed", "METERS MILES", "METERS", changes{Breaking: []string{"MILES was removed from enum type Unit."}}},
		{"a new word", "METERS MILES", "METERS MILES FEET", changes{Dangerous: []string{"FEET was added to enum type Unit."}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := schemaChanges(t, before, strings.Replace(before, test.what, test.with, 1))
			if diff := cmp.Diff(test.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

// changes are what differs between two schemas, in words.
type changes struct{ Breaking, Dangerous []string }

func schemaChanges(t *testing.T, before, after string) changes {
	t.Helper()
	folder := t.TempDir()
	paths := []string{filepath.Join(folder, "before.graphql"), filepath.Join(folder, "after.graphql")}
	for i, text := range []string{before, after} {
		if err := os.WriteFile(paths[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	printed, err := schemaTool(t, "changes.mjs", paths...)
	if err != nil {
		t.Fatalf("compare the schemas: %v\n%s", err, printed)
	}
	var found changes
	if err := json.Unmarshal(printed, &found); err != nil {
		t.Fatalf("changes.mjs printed %q: %v", printed, err)
	}
	return found
}

// schemaTool runs a script of testdata/schemalint and gives what it printed. The test is skipped where its npm packages
// are not installed.
func schemaTool(t *testing.T, script string, args ...string) ([]byte, error) {
	t.Helper()
	const tools = "testdata/schemalint"
	if _, err := os.Stat(filepath.Join(tools, "node_modules/.package-lock.json")); err != nil {
		t.Skip("the npm packages of the schema's linter are not installed: run `make test`, or `npm ci` in graph/" + tools)
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	command := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(tools, script)}, args...)...)
	var printed bytes.Buffer
	command.Stdout, command.Stderr = &printed, &printed
	err := command.Run()
	return printed.Bytes(), err
}
