package graph

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"domestique/fitness"
)

// answerCost puts into the extensions of every answer what it cost: of a subscription into those of every event. A request
// that was refused before anything ran has no cost.
type answerCost struct{}

var (
	_ graphql.HandlerExtension    = answerCost{}
	_ graphql.ResponseInterceptor = answerCost{}
)

// shownCost is the form that clients rely on.
type shownCost struct {
	UpstreamCalls int `json:"upstreamCalls"`
	// AsOf is absent where there is nothing of Strava's in the answer.
	AsOf string `json:"asOf,omitempty"`
}

// Calls is how many calls to Strava the answer caused.
func (c shownCost) Calls() int { return c.UpstreamCalls }

// Again is the cost of the same answer when it is given once more, out of a cache: it calls nobody, and is as old.
func (c shownCost) Again() any { return shownCost{AsOf: c.AsOf} }

func (answerCost) ExtensionName() string { return "AnswerCost" }

func (answerCost) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse runs around each answer. gqlgen sets the extensions of an answer inside next, so this one is added
// afterwards.
func (answerCost) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	ctx, cost := fitness.WithCost(ctx)
	response := next(ctx)
	if response == nil || response.Data == nil {
		return response
	}
	if response.Extensions == nil {
		response.Extensions = make(map[string]any, 1)
	}
	response.Extensions["cost"] = showCost(cost)
	return response
}

func showCost(cost *fitness.Cost) shownCost {
	shown := shownCost{UpstreamCalls: cost.UpstreamCalls()}
	if asOf := cost.AsOf(); !asOf.IsZero() {
		shown.AsOf = asOf.Format(time.RFC3339) // Cut to the second, so that it never claims to be newer.
	}
	return shown
}
