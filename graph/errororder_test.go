package graph_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// Items of a list fail side by side, and still the same question has the same answer, by the byte.
func TestErrorsStandInOrder(t *testing.T) {
	t.Parallel()
	open := newShowing(t, nil, &fitness.Projection{})
	open.fill(t)
	front := newFront(t, open, nil) // What is kept would be the same in any case.
	ask := func() (answer, tag string) {
		recorder := httptest.NewRecorder()
		query := "{ stats { byGear { gearId gear { name } } } activities(first: 30) { nodes { photos { url } } } }"
		front.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/graphql?query="+url.QueryEscape(query), nil))
		return recorder.Body.String(), recorder.Header().Get("ETag")
	}
	first, tag := ask()
	if count := strings.Count(first, `"message"`); count < 10 {
		t.Fatalf("%d errors, want some: %.2000s", count, first)
	}
	for range 20 {
		again, sameTag := ask()
		if diff := cmp.Diff(first, again); diff != "" || tag != sameTag {
			t.Fatalf("%s and %s: %s", tag, sameTag, diff)
		}
	}
}

// What a client is told of the schema is what the schema's text says: gqlgen has a directive of its own beside it.
func TestNoDirectiveIsOfferedBesideTheSchemas(t *testing.T) {
	t.Parallel()
	var got struct {
		Schema struct{ Directives []struct{ Name string } } `json:"__schema"`
	}
	newStack(t, threeRuns()).mustAnswer(t, "{ __schema { directives { name } } }", &got)
	var names []string
	for _, directive := range got.Schema.Directives {
		names = append(names, directive.Name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"deprecated", "include", "oneOf", "skip", "specifiedBy"}, names); diff != "" {
		t.Error(diff)
	}
}
