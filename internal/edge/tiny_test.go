package edge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const tinySDL = `
type Query { hello(name: String, times: Int): String! broken: String large: String! }
type Mutation { poke: String }
type Subscription { ticks: Int }
`

// tinySchema is an executable schema that is small enough to see through: a root field answers with the argument name, or
// without one with its own name, so a test of the transport needs no resolver of the gateway.
type tinySchema struct{ schema *ast.Schema }

func newTinyExecutor() *executor.Executor {
	return executor.New(tinySchema{gqlparser.MustLoadSchema(&ast.Source{Name: "tiny.graphqls", Input: tinySDL})})
}

func (s tinySchema) Schema() *ast.Schema { return s.schema }

func (tinySchema) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (tinySchema) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	return func(ctx context.Context) *graphql.Response { return answerWithNames(ctx, operation) }
}

func answerWithNames(ctx context.Context, operation *graphql.OperationContext) *graphql.Response {
	names := map[string]any{}
	for _, selection := range operation.Operation.SelectionSet {
		field, ok := selection.(*ast.Field)
		if !ok {
			continue // Fragments are there for what comes before the answer.
		}
		names[field.Alias] = field.Name
		if name := field.ArgumentMap(operation.Variables)["name"]; name != nil {
			names[field.Alias] = fmt.Sprint(name)
		}
		if field.Name == "large" {
			names[field.Alias] = strings.Repeat("abcdefghij", 4000)
		}
		if field.Name == "broken" {
			names[field.Alias] = nil
			graphql.AddErrorf(ctx, "it broke")
		}
	}
	data, err := json.Marshal(names)
	if err != nil {
		panic(err)
	}
	return &graphql.Response{Data: data} // The executor adds the errors.
}
