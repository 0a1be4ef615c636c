package infra_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"domestique/internal/config"
)

func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	all := map[string]string{}
	for _, file := range files {
		all[file] = read(t, file)
	}
	return all
}

// TestLinksLead: what the pages link to in the project is there, headings too, and the index knows every page.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^):]*?)(#[^)]*)?\)`)
	all := pages(t)
	for file, page := range all {
		for _, match := range link.FindAllStringSubmatch(page, -1) {
			target := filepath.Join(filepath.Dir(file), match[1])
			if match[1] == "" {
				target = file
			}
			content, err := os.ReadFile(target)
			switch {
			case err != nil:
				t.Errorf("%s leads nowhere: %s", file, match[0])
			case match[2] != "" && !slices.Contains(headings(string(content)), match[2][1:]):
				t.Errorf("%s leads to no heading: %s", file, match[0])
			}
		}
		if name := filepath.Base(file); name != "README.md" && !strings.Contains(all["../docs/README.md"], "("+name+")") {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
}

// headings are the anchors of a page, as GitHub makes them.
func headings(page string) []string {
	var anchors []string
	for _, match := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(match[1]), "")
		anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
	}
	return anchors
}

// TestPagesNameWhatThereIs: settings, states and secrets by the names that code and infra give them.
func TestPagesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	known := []string{
		"GOMEMLIMIT",
		// OpenTelemetry's own: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
		"OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER",
		"OTEL_METRIC_EXPORT_INTERVAL", "OTEL_SDK_DISABLED", "OTEL_PROPAGATORS",
	}
	for _, v := range config.Variables() {
		known = append(known, v.Name, v.Name+"_FILE")
	}
	for _, file := range []string{"main.parameters.json", "gateway.parameters.json", "../azure.yaml"} {
		for _, match := range substitution.FindAllStringSubmatch(read(t, file), -1) {
			known = append(known, match[1])
		}
	}
	for _, match := range regexp.MustCompile(`(?m)^output (\w+)`).FindAllStringSubmatch(read(t, "main.bicep"), -1) {
		known = append(known, match[1])
	}
	codes := regexp.MustCompile(`(?i)code\w+\s+(?:fitness\.)?Code = "([A-Z_]+)"`)
	for _, file := range []string{"../fitness/errors.go", "../internal/edge/status.go"} {
		for _, match := range codes.FindAllStringSubmatch(read(t, file), -1) {
			known = append(known, match[1])
		}
	}
	var states []string
	for _, match := range regexp.MustCompile(`State\w+\s+ConnectionState = "([A-Z_]+)"`).FindAllStringSubmatch(read(t, "../fitness/status.go"), -1) {
		states = append(states, match[1])
	}
	known = append(known, states...)
	all := pages(t)
	for file, page := range all {
		if filepath.Base(file) == "queries.md" {
			continue // Its words are the schema's.
		}
		for _, match := range regexp.MustCompile("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\\b").FindAllStringSubmatch(page, -1) {
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s names %s, which there is not", file, match[1])
			}
		}
		for _, match := range regexp.MustCompile(`azd env (?:set|get-value) ([A-Z_]+)`).FindAllStringSubmatch(page, -1) {
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s sets %s, which nothing takes", file, match[1])
			}
		}
	}
	if len(states) != 6 {
		t.Errorf("states: %v", states)
	}
	for _, state := range states {
		if !strings.Contains(all["../docs/operate.md"], "| `"+state+"` |") {
			t.Errorf("docs/operate.md does not say what to do in the state %s", state)
		}
	}
}
