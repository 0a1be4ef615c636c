package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

const (
	// fewMistakes is how many words that the schema does not know get a suggestion.
	fewMistakes = 5
	// longestWord is far above every name and every cursor.
	longestWord = 1000
)

// firstLook refuses a document that is wrong in many places, or about a very long name, before the executor validates it.
// The executor has a suggestion for every mistake: it compares the word with all that could be meant, which takes a fifth of
// a second for a document of 64 kB that is nothing but mistakes.
type firstLook struct {
	documents *documents
	schema    *ast.Schema
}

// ExtensionName is gqlgen's name for it.
func (*firstLook) ExtensionName() string { return "FirstLook" }

// Validate keeps the schema.
func (f *firstLook) Validate(schema graphql.ExecutableSchema) error {
	f.schema = schema.Schema()
	return nil
}

// MutateOperationParameters looks at documents that have not been seen yet. What cannot be parsed is the executor's to tell.
func (f *firstLook) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if _, known := f.documents.Get(ctx, params.Query); known {
		return nil
	}
	if longWord(params.Query) {
		return mistaken("The document has a word of more than 1000 letters.")
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, maxTokens)
	if err != nil {
		return nil //nolint:nilerr // See above.
	}
	mistakes := validator.ValidateWithRules(f.schema, document, rules.NewRules(
		rules.FieldsOnCorrectTypeRuleWithoutSuggestions, rules.KnownArgumentNamesRuleWithoutSuggestions,
		rules.KnownTypeNamesRuleWithoutSuggestions, rules.ScalarLeafsRuleWithoutSuggestions,
		rules.ValuesOfCorrectTypeRuleWithoutSuggestions,
	))
	if len(mistakes) <= fewMistakes {
		return nil
	}
	return mistaken(mistakes[0].Message)
}

func mistaken(message string) *gqlerror.Error {
	mistake := gqlerror.Errorf("%s", message)
	errcode.Set(mistake, errcode.ValidationFailed)
	return mistake
}

// longWord reports whether there is a word in the text that is longer than any should be.
func longWord(text string) bool {
	length := 0
	for i := range len(text) {
		if length++; !isNameByte(text[i]) {
			length = 0
		}
		if length > longestWord {
			return true
		}
	}
	return false
}
