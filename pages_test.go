package main_test

import "testing"

// A person opens the dashboard and an activity, in every state that they have.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	needScripts(t)
	browser := chromium(t)
	demo := start(t, t.TempDir(), nil, "-demo")
	fresh := start(t, t.TempDir(), nil)

	var seen struct {
		OK       bool
		Problems []string
		States   []string
		Paint    map[string]int // Milliseconds.
	}
	runScript(t, &seen, "pages.mjs", demo.URL, fresh.URL, fresh.ownerKey(t), browser)
	for _, problem := range seen.Problems {
		t.Error(problem)
	}
	if !seen.OK || len(seen.States) == 0 {
		t.Errorf("looked at the states %v; want all of them, well", seen.States)
	}
	for page, milliseconds := range seen.Paint {
		if milliseconds > 1000 {
			t.Errorf("the %s shows its largest part after %d ms, want a second at the most", page, milliseconds)
		}
	}
	t.Logf("states: %v; largest contentful paint, ms: %v", seen.States, seen.Paint)
}
