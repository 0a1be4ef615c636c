package edge_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/internal/edge"
)

// nestedSDL is a schema that goes round and round.
const nestedSDL = `
type Query { one(list: [Int!], tree: Tree): One! }
type One { one: One! name: String! }
input Tree { name: String not: Tree or: [Tree!] }
`

func nested(depth int) string {
	return "{" + strings.Repeat("one{", depth-1) + "name" + strings.Repeat("}", depth)
}

// several writes text with every number below count in place of %d.
func several(count int, text string) string {
	var all strings.Builder
	for i := range count {
		fmt.Fprintf(&all, strings.ReplaceAll(text, "%d", "%[1]d"), i)
	}
	return all.String()
}

func TestShapes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		query, variables string
		excess           string // Empty: it runs.
	}{
		"as deep as may be":        {query: nested(16)},
		"too deep":                 {query: nested(17), excess: "17 levels of fields"},
		"too deep in fragments":    {query: "{one{...A}} " + several(16, "fragment F%d on One{one{name}} ") + fragmentChain(16), excess: "levels of fields"},
		"as many aliases":          {query: "{" + several(100, " a%d:one{name}") + "}"},
		"too many aliases":         {query: "{" + several(101, " a%d:one{name}") + "}", excess: "101 aliases"},
		"aliases further down":     {query: "{one{...F one{...F}}} fragment F on One{" + several(101, " a%d:name") + "}", excess: "101 aliases"},
		"too many directives":      {query: "{one{" + strings.Repeat("name @skip(if:false) ", 51) + "}}", excess: "51 directives"},
		"too wide":                 {query: "{one{" + strings.Repeat("name ", 251) + "}}", excess: "251 fields side by side"},
		"as many values":           {query: "query($l:[Int!]){one(list:$l){name}}", variables: `{"l":[` + strings.Repeat("1,", 496) + `1]}`},
		"too many values":          {query: "query($l:[Int!]){one(list:$l){name}}", variables: `{"l":[` + strings.Repeat("1,", 500) + `1]}`, excess: "more than 500 values"},
		"too many values for none": {query: "{one{name}}", variables: `{"x":[` + strings.Repeat("{},", 500) + `{}]}`, excess: "more than 500 values"},
		"values too deep":          {query: "query($t:Tree){one(tree:$t){name}}", variables: `{"t":` + strings.Repeat(`{"not":`, 70) + `{}` + strings.Repeat(`}`, 70) + `}`, excess: "values"},
		"introspection": {query: "{__schema{types{" + strings.Repeat("fields{type{", 2) + "name" + strings.Repeat("}}", 2) + "}}" +
			"__type(name:\"One\"){fields{type{ofType{ofType{ofType{ofType{ofType{ofType{ofType{ofType{ofType{ofType{ofType{ofType{ofType{name}}}}}}}}}}}}}}}}}"},
	}
	for name, query := range map[string]string{
		"the whole schema, twice":            "{a:__schema{types{name}} b:__schema{types{name}}}",
		"a dozen types":                      "{" + several(12, ` t%d:__type(name:"One"){name}`) + "}",
		"the schema, with aliases":           "{__schema{types{" + several(7, " a%d:fields{name}") + "}}}",
		"the schema, aliases in a fragment":  "{__schema{types{...F}}} fragment F on __Type{" + several(7, " a%d:name") + "}",
		"a type, with aliases":               `{__type(name:"One"){` + several(12, " a%d:fields{name}") + "}}",
		"a type, with aliases, in fragments": `{...Q} fragment Q on Query{__type(name:"One"){fields{` + several(12, " a%d:name") + "}}}",
	} {
		tests[name] = struct{ query, variables, excess string }{query: query, excess: "looks at the schema"}
	}
	handler := newEdge(t, func(cfg *edge.Config) {
		exec := executor.New(tinySchema{gqlparser.MustLoadSchema(&ast.Source{Name: "nested.graphqls", Input: nestedSDL})})
		exec.Use(extension.Introspection{})
		cfg.Executor = exec
	})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.variables == "" {
				test.variables = "null"
			}
			body, err := json.Marshal(map[string]any{"query": test.query, "variables": json.RawMessage(test.variables)})
			if err != nil {
				t.Fatal(err)
			}
			answer := serve(handler, with(post(string(body)), "Accept", asGraphQL))
			if test.excess == "" {
				if answer.Code != 200 || strings.Contains(answer.Body.String(), "errors") {
					t.Errorf("%d %s", answer.Code, answer.Body)
				}
				return
			}
			got := decode(t, answer)
			if answer.Code != 400 || len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "QUERY_TOO_COMPLEX" ||
				!strings.Contains(got.Errors[0].Message, test.excess) || got.Data != nil {
				t.Errorf("%d %s, want QUERY_TOO_COMPLEX and %q", answer.Code, answer.Body, test.excess)
			}
		})
	}
}

// fragmentChain is fragments A to the last, each a level deeper than the one before.
func fragmentChain(length int) string {
	var chain strings.Builder
	for i := range length {
		fmt.Fprintf(&chain, "fragment %s on One{one{...%s ...F%d}} ", name(i), name(i+1), i)
	}
	fmt.Fprintf(&chain, "fragment %s on One{name}", name(length))
	return chain.String()
}

func name(i int) string { return string(rune('A' + i)) }

// A short document can be wrong in a thousand places; its answer stays short.
func TestErrorsAreFew(t *testing.T) {
	t.Parallel()
	answer := serve(newEdge(t, nil), post(`{"query":"{`+strings.Repeat("nothing ", 500)+`}"}`))
	if got := decode(t, answer); len(got.Errors) != 10 {
		t.Errorf("%d errors, want 10", len(got.Errors))
	}
}
