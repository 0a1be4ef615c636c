package graph

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
)

// plainParts writes those parts of an answer that are nothing but plain fields: what is read off a value that is at hand,
// takes no call, and cannot fail. The executor has a goroutine for each element of a list, and a context and some ten
// allocations for each field of it; a page of activities is written in a twentieth of the time without.
//
// Nothing is kept. An object of which a single field is not plain, or not shown to the viewer, is left to the executor as it
// is, and what is plain inside of it is found there.
type plainParts struct {
	types  plainTable
	viewer *viewerRules
}

// plainTable has the types that a field may have become.
type plainTable map[reflect.Type]plainPart

// plainPart plans how a field is written that has become a value of some type; nil: the executor has to do it.
type plainPart func(*plainPlan, graphql.CollectedField) func(*plainText, any)

var (
	_ graphql.HandlerExtension        = &plainParts{}
	_ graphql.OperationContextMutator = &plainParts{}
)

// ExtensionName is gqlgen's name for it.
func (*plainParts) ExtensionName() string { return "PlainParts" }

// Validate accepts every schema.
func (*plainParts) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext is called for every operation before it runs. What stands around a field, such as the check of
// who may have it, has been done when its value is looked at.
func (p *plainParts) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	plan := &plainPlan{operation: operation}
	if fitness.ViewerOf(ctx) != fitness.Owner {
		plan.rules = p.viewer
	}
	resolve := operation.ResolverMiddleware
	operation.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		value, err := resolve(ctx, next)
		if err != nil || value == nil {
			return value, err
		}
		return p.written(plan, graphql.GetFieldContext(ctx).Field, value), nil
	}
	return nil
}

// written is the field as it goes out, or the value as it is.
func (p *plainParts) written(plan *plainPlan, field graphql.CollectedField, value any) any {
	if len(field.Selections) == 0 {
		return value
	}
	part, known := p.types[reflect.TypeOf(value)]
	if !known {
		return value
	}
	write := part(plan, field)
	if write == nil {
		return value
	}
	var out plainText
	if write(&out, value); out.unfit {
		return value
	}
	return graphql.WriterFunc(func(w io.Writer) {
		if whole, ok := w.(*bytes.Buffer); ok { // This is most of the answer: with room for the rest it is not moved again.
			whole.Grow(len(out.text) + len(out.text)/4)
		}
		_, _ = w.Write(out.text) // Into memory.
	})
}

// plainPlan is what the plans of one operation have in common.
type plainPlan struct {
	operation *graphql.OperationContext
	rules     *viewerRules // Nil: the viewer may have everything.
}

func (p *plainPlan) shows(object, field string) bool {
	return p.rules == nil || p.rules.shown[object][field]
}

// plainText is what is written.
type plainText struct {
	text  []byte
	unfit bool // There is something in it that only the executor knows how to tell.
}

func (t *plainText) add(text string) { t.text = append(t.text, text...) }

// quoted adds a text with JSON's escapes, those that gqlgen makes.
func (t *plainText) quoted(text string) {
	t.text = append(t.text, '"')
	written := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		t.add(text[written:i])
		written = i + 1
		switch c {
		case '"', '\\':
			t.text = append(t.text, '\\', c)
		case '\t':
			t.add(`\t`)
		case '\n':
			t.add(`\n`)
		case '\r':
			t.add(`\r`)
		default:
			t.text = fmt.Appendf(t.text, `\u%04X`, c)
		}
	}
	t.add(text[written:])
	t.text = append(t.text, '"')
}

// plainWriter adds the value of a field of T.
type plainWriter[T any] func(*plainText, T)

// plainField plans how a field of T is written as it was asked for; nil: it is not plain in that form.
type plainField[T any] func(*plainPlan, graphql.CollectedField) plainWriter[T]

// plainType is an object type that is a *T, and its plain fields.
type plainType[T any] struct {
	name string
	// satisfies are the names that a fragment on this type may be on.
	satisfies []string
	fields    map[string]plainField[*T]
}

// plan returns what writes an object with this selection, nil unless all of it is plain.
func (t plainType[T]) plan(p *plainPlan, set ast.SelectionSet) plainWriter[*T] {
	asked := graphql.CollectFields(p.operation, set, t.satisfies)
	keys, writers := make([]string, len(asked)), make([]plainWriter[*T], len(asked))
	for i, field := range asked {
		keys[i] = `,"` + field.Alias + `":`
		if writers[i] = t.planField(p, field); writers[i] == nil {
			return nil
		}
	}
	return func(out *plainText, of *T) {
		if of == nil {
			out.unfit = true
			return
		}
		opened := len(out.text)
		for i, write := range writers {
			out.add(keys[i])
			write(out, of)
		}
		if len(writers) == 0 {
			out.add("{")
		} else {
			out.text[opened] = '{' // In place of the first comma.
		}
		out.add("}")
	}
}

func (t plainType[T]) planField(p *plainPlan, field graphql.CollectedField) plainWriter[*T] {
	if field.Name == "__typename" {
		return func(out *plainText, _ *T) { out.quoted(t.name) }
	}
	if plan, plain := t.fields[field.Name]; plain && p.shows(t.name, field.Name) && !strings.HasPrefix(field.Name, "__") {
		return plan(p, field)
	}
	return nil
}

// addTo has fields that become an object of this type, or a list of them, written.
func (t plainType[T]) addTo(types plainTable) {
	types[reflect.TypeFor[*T]()] = func(p *plainPlan, field graphql.CollectedField) func(*plainText, any) {
		if write := t.plan(p, field.Selections); write != nil {
			return func(out *plainText, value any) { write(out, value.(*T)) }
		}
		return nil
	}
	types[reflect.TypeFor[[]*T]()] = func(p *plainPlan, field graphql.CollectedField) func(*plainText, any) {
		if write := t.plan(p, field.Selections); write != nil {
			return func(out *plainText, value any) { writeEach(out, value.([]*T), write) }
		}
		return nil
	}
}

// enoughToTell is of how many elements the length tells that of the others.
const enoughToTell = 5

func writeEach[T any](out *plainText, list []T, write plainWriter[T]) {
	if list == nil { // Null, or empty: the executor knows.
		out.unfit = true
		return
	}
	out.add("[")
	began := len(out.text)
	for i, element := range list {
		if i > 0 {
			out.add(",")
		}
		if i == enoughToTell { // The others will be about as long.
			written := len(out.text) - began
			out.text = slices.Grow(out.text, written*(len(list)-i)/i*9/8)
		}
		write(out, element)
	}
	out.add("]")
}
