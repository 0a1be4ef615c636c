package graph

import (
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// A hint for a field that is not there helps nobody.
func TestCacheHintsAreOfFields(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: SDL()})
	for name := range cacheHints() {
		found := false
		for _, definition := range schema.Types {
			for _, field := range definition.Fields {
				found = found || definition.Name+"."+field.Name == name
			}
		}
		if !found {
			t.Errorf("%s is no field", name)
		}
	}
}

func TestTheShortestHintWins(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: SDL()})
	age := MaxAge()
	for query, want := range map[string]time.Duration{
		"{ activities { totalCount } }":                                                time.Minute,
		"{ athlete { firstName } }":                                                    5 * time.Minute,
		"{ athlete { firstName } activities { totalCount } }":                          time.Minute,
		`{ segment(id: "1") { name } }`:                                                time.Hour,
		`{ segment(id: "1") { name history { bestTime } } }`:                           time.Minute,
		`{ segment(id: "1") { ...F } } fragment F on Segment { history { bestTime } }`: time.Minute,
		"{ status { version } }":                                                       0,
		"{ activities { totalCount } ... { rateLimit { read { day { used } } } } }":    0,
		"{ ...F } fragment F on Query { status { version } }":                          0,
		"{ status @skip(if: true) { version } athlete { lastName } }":                  0,
		"{ __typename }":                  24 * time.Hour,
		"{ __schema { types { name } } }": time.Hour,
	} {
		document, err := gqlparser.LoadQueryWithRules(schema, query, nil)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if got := age(document.Operations[0]); got != want {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}
