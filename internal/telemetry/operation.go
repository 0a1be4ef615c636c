package telemetry

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
)

// Operations is the extension of gqlgen that makes each answer to an operation a span: of a subscription, each of its events,
// with the wait for it. Without traces there is none.
func (t *Telemetry) Operations() []graphql.HandlerExtension {
	if t.tracer == nil {
		return nil
	}
	return []graphql.HandlerExtension{operations{t}}
}

type operations struct{ telemetry *Telemetry }

var _ graphql.ResponseInterceptor = operations{}

// ExtensionName implements graphql.HandlerExtension.
func (operations) ExtensionName() string { return "Operations" }

// Validate implements graphql.HandlerExtension.
func (operations) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse implements graphql.ResponseInterceptor. The document and the variables stay out: they are personal.
// https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
func (o operations) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) {
		return next(ctx)
	}
	operation := graphql.GetOperationContext(ctx).Operation
	if operation == nil {
		return next(ctx)
	}
	kind := string(operation.Operation)
	ctx, end := o.telemetry.Span(ctx, Internal, kind,
		Attribute{"graphql.operation.type", kind}, Attribute{"graphql.operation.name", operation.Name})
	problem := ""
	defer func() { end(problem) }()
	response := next(ctx)
	if response != nil && len(response.Errors) > 0 {
		problem = codeOf(response)
	}
	return response
}

// codeOf is that of the first error.
func codeOf(response *graphql.Response) string {
	switch code := response.Errors[0].Extensions["code"].(type) {
	case string:
		return code
	case interface{ String() string }:
		return code.String()
	default:
		return "_OTHER"
	}
}
