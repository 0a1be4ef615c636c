package graph

import (
	"log/slog"
	"maps"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/fitness"
	"domestique/graph/generated"
)

const (
	// maxTokens bounds a document before it is parsed: validation takes time that grows with the square of its aliases.
	// GraphiQL's introspection query has about 300 tokens.
	maxTokens = 2000
)

// Config is what the executor needs from the outside.
type Config struct {
	// Service answers. Required.
	Service *fitness.Service
	// Logger gets the errors that clients see only as a code. Nil: nothing is logged.
	Logger *slog.Logger
	// Extensions go around what is here: a trace, say. Zero: none.
	Extensions []graphql.HandlerExtension
}

// NewExecutor returns what runs GraphQL operations, with every limit set. It is safe for concurrent use.
func NewExecutor(cfg Config) *executor.Executor { return newExecutor(cfg, plainTypes()) }

func newExecutor(cfg Config, plain plainTable) *executor.Executor {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	schema := generated.NewExecutableSchema(generated.Config{
		Schema:     offered(),
		Resolvers:  &Resolver{service: cfg.Service},
		Complexity: complexities(),
	})
	errs := presenter{logger: cfg.Logger}

	kept := newDocuments()
	exec := executor.New(schema)
	exec.SetErrorPresenter(errs.present)
	exec.SetRecoverFunc(errs.recovered)
	exec.SetParserTokenLimit(maxTokens)
	exec.SetQueryCache(kept)
	exec.Use(errorOrder{})
	exec.Use(&firstLook{documents: kept})
	rules := newViewerRules(cfg.Service)
	exec.Use(rules)
	exec.Use(extension.Introspection{}) // Whoever serves it decides who may.
	exec.Use(&variableRules{})
	exec.Use(&argumentRules{})
	exec.Use(&costLimit{})
	exec.Use(&plainParts{types: plain, viewer: rules})
	exec.Use(answerCost{})
	exec.Use(eventPath{})
	for _, added := range cfg.Extensions {
		exec.Use(added)
	}
	return exec
}

// offered is the schema without @defer, which gqlgen adds to each: what it answers then is no draft's format any more, and
// no transport here sends an answer in parts.
func offered() *ast.Schema {
	schema := *generated.NewExecutableSchema(generated.Config{}).Schema()
	schema.Directives = maps.Clone(schema.Directives)
	delete(schema.Directives, "defer")
	return &schema
}
