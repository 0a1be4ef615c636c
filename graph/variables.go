package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
)

// variableRules holds variables to the specification's rules for input. gqlparser checks them too, but takes "5" for an
// Int, 5 for a String and run for RUN; the last of these would then match nothing, without a word.
// https://spec.graphql.org/September2025/#sec-Coercing-Variable-Values
type variableRules struct {
	schema *ast.Schema
}

// ExtensionName is gqlgen's name for it.
func (*variableRules) ExtensionName() string { return "VariableRules" }

// Validate keeps the schema, which holds the types.
func (v *variableRules) Validate(schema graphql.ExecutableSchema) error {
	v.schema = schema.Schema()
	return nil
}

// MutateOperationParameters gives numbers the types that gqlparser tells apart from texts.
func (*variableRules) MutateOperationParameters(_ context.Context, params *graphql.RawParams) *gqlerror.Error {
	for name, value := range params.Variables {
		params.Variables[name] = plainNumbers(value)
	}
	return nil
}

// MutateOperationContext checks the variables that gqlparser let pass.
func (v *variableRules) MutateOperationContext(_ context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	for _, definition := range operation.Operation.VariableDefinitions {
		if err := v.check(definition.Type, operation.Variables[definition.Variable], definition.Variable); err != nil {
			return gqlerror.Wrap(err)
		}
	}
	return nil
}

// check compares a variable with its type.
func (v *variableRules) check(typ *ast.Type, value any, path string) error {
	return eachInput(v.schema, typ, value, path, func(definition *ast.Definition, value any, path string) error {
		if want := unmet(definition, value); want != "" {
			return badVariable(path, "it has to be "+want)
		}
		return nil
	})
}

// eachInput visits the single values in a value, which stands at path, until one is refused. Absent and null values are
// gqlparser's business, as are unknown fields.
func eachInput(schema *ast.Schema, typ *ast.Type, value any, path string, visit func(*ast.Definition, any, string) error) error {
	if value == nil {
		return nil
	}
	if typ.Elem != nil {
		for i, element := range graphql.CoerceList(value) {
			if err := eachInput(schema, typ.Elem, element, path+"."+strconv.Itoa(i), visit); err != nil {
				return err
			}
		}
		return nil
	}
	definition := schema.Types[typ.NamedType]
	fields, ok := value.(map[string]any)
	if !ok || definition.Kind != ast.InputObject {
		return visit(definition, value, path)
	}
	for _, field := range definition.Fields {
		if err := eachInput(schema, field.Type, fields[field.Name], path+"."+field.Name, visit); err != nil {
			return err
		}
	}
	return nil
}

// unmet returns what a value should have been, and nothing if it is that. Scalars of our own say so themselves when they
// are read.
func unmet(definition *ast.Definition, value any) string {
	text, isText := value.(string)
	number, isWhole := value.(int64)
	_, isFraction := value.(float64)
	_, isBool := value.(bool)
	switch name := definition.Name; {
	case definition.Kind == ast.Enum && (!isText || definition.EnumValues.ForName(text) == nil):
		return "a value of the enum " + name
	case name == "Int" && (!isWhole || number < math.MinInt32 || number > math.MaxInt32):
		return "an Int: a whole number of at most 32 bits"
	case name == "Float" && !isWhole && !isFraction:
		return "a Float: a number"
	case name == "String" && !isText:
		return "a String"
	case name == "ID" && !isText && !isWhole:
		return "an ID: a string or a whole number"
	case name == "Boolean" && !isBool:
		return "a Boolean: true or false"
	default:
		return ""
	}
}

func badVariable(path, problem string) *fitness.Error {
	return &fitness.Error{
		Code:     fitness.CodeBadUserInput,
		Message:  fmt.Sprintf("Variable $%s: %s.", path, problem),
		Argument: path,
	}
}

// plainNumbers turns JSON's numbers, which keep their text so that long ids stay whole, into int64 where they are whole
// and float64 where they are not. It reuses the maps and lists that it is given.
func plainNumbers(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = plainNumbers(member)
		}
	case []any:
		for i, element := range v {
			v[i] = plainNumbers(element)
		}
	case json.Number:
		return plainNumber(v)
	}
	return value
}

func plainNumber(number json.Number) any {
	if whole, err := number.Int64(); err == nil {
		return whole
	}
	const exact = 1 << 53 // Up to here a float64 holds every whole number.
	value, err := number.Float64()
	switch {
	case err != nil:
		return number // Out of range: it stays a text, which is no number to anyone.
	case value == math.Trunc(value) && math.Abs(value) <= exact:
		return int64(value)
	default:
		return value
	}
}
