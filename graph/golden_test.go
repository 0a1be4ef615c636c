package graph_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

var update = flag.Bool("update", false, "write testdata/golden/*/want.json and testdata/schema.graphql; read them before you keep them")

// newRecordedStack puts a gateway over the answers of Strava in testdata/strava: six activities whose every number can be
// followed into the golden answers.
func newRecordedStack(t *testing.T) *stack {
	t.Helper()
	return newStack(t, stravatest.Config{Recorded: os.DirFS("testdata/strava")})
}

// Each folder of testdata/golden is a query and the whole answer to it.
func TestGoldenQueries(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/golden/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no golden queries: %v", err)
	}
	s := newRecordedStack(t)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			query, err := os.ReadFile(filepath.Join(folder, "query.graphql"))
			if err != nil {
				t.Fatal(err)
			}
			got := s.ask(t, string(query), "")
			if got.Status != http.StatusOK || len(got.Errors) > 0 {
				t.Fatalf("%d %+v", got.Status, got.Errors)
			}
			checkGolden(t, filepath.Join(folder, "want.json"), got.Data)
		})
	}
}

func checkGolden(t *testing.T, path string, data json.RawMessage) {
	t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, data, "", "  "); err != nil {
		t.Fatalf("indent the answer: %v", err)
	}
	indented.WriteByte('\n')
	checkGoldenText(t, path, indented.String())
}

func checkGoldenText(t *testing.T, path, text string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
