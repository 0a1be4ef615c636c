package main_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/config"
)

// The README's table of the environment is what internal/config reads, row for row.
func TestReadmeListsTheEnvironment(t *testing.T) {
	t.Parallel()
	var want []string
	for _, v := range config.Variables() {
		want = append(want, environmentRow(v))
	}
	var got []string
	inTable := false
	for line := range strings.Lines(readFile(t, "README.md")) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "| variable |"):
			inTable = true
		case inTable && line == "":
			inTable = false
		case inTable && !strings.HasPrefix(line, "|---"):
			got = append(got, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("README.md and internal/config disagree (-config +README):\n%s", diff)
	}
}

// The README's table of commands names those that the program has.
func TestReadmeListsTheCommands(t *testing.T) {
	t.Parallel()
	_, help, _ := strings.Cut(command(t, t.TempDir(), nil, "", "-h").stdout, "Commands:\n")
	help, _, _ = strings.Cut(help, "\n\n")
	var want, got []string
	for line := range strings.Lines(help) {
		want = append(want, strings.Fields(line)[0])
	}
	for line := range strings.Lines(readFile(t, "README.md")) {
		if row, found := strings.CutPrefix(line, "| `domestique "); found {
			got = append(got, strings.Trim(strings.Fields(row)[0], "`"))
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("README.md and the program disagree (-program +README):\n%s", diff)
	}
}

func environmentRow(v config.Variable) string {
	name := "`" + v.Name + "`"
	if v.Secret {
		name += ", `" + v.Name + "_FILE`"
	}
	standard := v.Fallback
	if v.Default != "" {
		standard = "`" + v.Default + "`"
	}
	return fmt.Sprintf("| %s | %s | %s |", name, standard, v.Meaning)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
