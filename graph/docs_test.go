package graph_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// Every query that the documentation shows is answered, without an error and with something in it.
func TestDocumentedQueries(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/queries.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newPatientStack(t, stravatest.Config{Years: 1}, time.Minute).filled(t)
	count := 0
	for section := range strings.SplitSeq(string(text), "\n## ") {
		_, block, found := strings.Cut(section, "```graphql\n")
		if !found {
			continue
		}
		count++
		title, _, _ := strings.Cut(section, "\n")
		query, _, _ := strings.Cut(block, "```")
		ask := func() answer { return s.ask(t, query, "") }
		if strings.HasPrefix(query, "subscription") {
			ask = func() answer { return s.firstEvent(t, query) }
		}
		got := ask()
		if len(got.Errors) > 0 || strings.Contains(string(got.Data), `"activities":{"nodes":[]`) {
			t.Errorf("%s: %+v, %.300s", title, got.Errors, got.Data)
		}
	}
	if count < 10 {
		t.Errorf("%d queries were found", count)
	}
}

// firstEvent is what a subscription says of the next activity.
func (s *stack) firstEvent(t *testing.T, query string) answer {
	t.Helper()
	heard := s.listen(t, query)
	s.fake.AddActivity(stravatest.Activity{Name: "New", Start: now().Add(-time.Hour), Distance: 1000})
	s.sync(t)
	return heard.hear()
}
