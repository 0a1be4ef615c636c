package graph_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	gql "github.com/vektah/gqlparser/v2/ast"
	gqlschema "github.com/vektah/gqlparser/v2/parser"

	"domestique/fitness"
	"domestique/graph"
)

func loadSchema(t *testing.T) *gql.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&gql.Source{Name: "schema.graphqls", Input: graph.SDL()})
	if err != nil {
		t.Fatalf("the schema as text does not load: %v", err)
	}
	return schema
}

// ownTypes are the schema's types without those that every schema has.
func ownTypes(schema *gql.Schema) []*gql.Definition {
	var own []*gql.Definition
	for _, definition := range schema.Types {
		if !definition.BuiltIn {
			own = append(own, definition)
		}
	}
	return own
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	types := ownTypes(loadSchema(t))
	if len(types) < 30 {
		t.Fatalf("only %d types were looked at", len(types))
	}
	for _, definition := range types {
		described(t, definition.Name, definition.Description)
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			described(t, definition.Name+"."+field.Name, field.Description)
			for _, argument := range field.Arguments {
				described(t, definition.Name+"."+field.Name+"("+argument.Name+")", argument.Description)
			}
		}
		for _, value := range definition.EnumValues {
			described(t, definition.Name+"."+value.Name, value.Description)
		}
	}
}

func described(t *testing.T, what, description string) {
	t.Helper()
	if strings.TrimSpace(description) == "" {
		t.Errorf("%s has no description", what)
	}
}

// An enum that is bound to a Go string is cast both ways, so a word that the domain has and the schema has not would reach
// a client as an illegal value.
func TestEnumsAreTheDomains(t *testing.T) {
	t.Parallel()
	constants := domainConstants(t)
	compared := 0
	for _, definition := range ownTypes(loadSchema(t)) {
		if definition.Kind != gql.Enum {
			continue
		}
		var words []string
		for _, value := range definition.EnumValues {
			words = append(words, value.Name)
		}
		slices.Sort(words)
		if diff := cmp.Diff(constants[definition.Name], words); diff != "" {
			t.Errorf("%s: the domain has (-), the schema has (+):\n%s", definition.Name, diff)
		}
		compared++
	}
	if compared < 10 {
		t.Fatalf("only %d enums were compared", compared)
	}

	var sports []string
	for _, sport := range fitness.Sports() {
		sports = append(sports, string(sport))
	}
	slices.Sort(sports)
	if diff := cmp.Diff(sports, constants["Sport"]); diff != "" {
		t.Errorf("fitness.Sports (-) and its constants (+) differ:\n%s", diff)
	}
}

// domainConstants reads the typed string constants of package fitness from its source, sorted, by the name of their type.
func domainConstants(t *testing.T) map[string][]string {
	t.Helper()
	paths, err := filepath.Glob("../fitness/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no source of package fitness: %v", err)
	}
	constants := map[string][]string{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("parse %s: %v", path, err)
		}
		for node := range ast.Preorder(file) {
			spec, ok := node.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				continue
			}
			typ, typed := spec.Type.(*ast.Ident)
			literal, isLiteral := spec.Values[0].(*ast.BasicLit)
			if !typed || !isLiteral || literal.Kind != token.STRING {
				continue
			}
			word, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			constants[typ.Name] = append(constants[typ.Name], word)
		}
	}
	for _, words := range constants {
		slices.Sort(words)
	}
	return constants
}

// notYet is what the contract has and this schema has not, so that the list cannot grow unseen.
var notYet []string

// The contract is a document beside this project; where it is at hand, what the schema has of it must be just that.
func TestSchemaKeepsTheContract(t *testing.T) {
	t.Parallel()
	contract := readContract(t)
	schema := loadSchema(t)
	var missing []string
	for _, wanted := range contract.Definitions {
		got := schema.Types[wanted.Name]
		if got == nil {
			missing = append(missing, wanted.Name)
			continue
		}
		if got.Kind != wanted.Kind {
			t.Errorf("%s is %s, the contract has %s", wanted.Name, got.Kind, wanted.Kind)
		}
		if diff := cmp.Diff(wanted.Interfaces, got.Interfaces); diff != "" {
			t.Errorf("%s implements (-contract +schema):\n%s", wanted.Name, diff)
		}
		for _, field := range wanted.Fields {
			if own := got.Fields.ForName(field.Name); own == nil {
				missing = append(missing, wanted.Name+"."+field.Name)
			} else if want, have := signature(field), signature(own); want != have {
				t.Errorf("%s.%s, the contract has %s", wanted.Name, have, want)
			}
		}
		for _, value := range wanted.EnumValues {
			if got.EnumValues.ForName(value.Name) == nil {
				t.Errorf("%s lacks %s", wanted.Name, value.Name)
			}
		}
		// The contract spells the enum of sports out only in part.
		if got.Kind == gql.Enum && wanted.Name != "Sport" && len(got.EnumValues) != len(wanted.EnumValues) {
			t.Errorf("%s has %d values, the contract %d", wanted.Name, len(got.EnumValues), len(wanted.EnumValues))
		}
	}
	slices.Sort(missing)
	if diff := cmp.Diff(notYet, missing); diff != "" {
		t.Errorf("what is not there yet (-listed +found):\n%s", diff)
	}
}

func readContract(t *testing.T) *gql.SchemaDocument {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "schema.graphqls")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the contract is not at hand: %v", err)
	}
	document, err := gqlschema.ParseSchema(&gql.Source{Name: path, Input: string(text)})
	if err != nil {
		t.Fatalf("parse the contract: %v", err)
	}
	return document
}

// signature is all of a field that clients rely on: its arguments in their order, their defaults, every type.
func signature(field *gql.FieldDefinition) string {
	var text strings.Builder
	text.WriteString(field.Name)
	for _, argument := range field.Arguments {
		text.WriteString(" (" + argument.Name + ": " + argument.Type.String() + defaultOf(argument.DefaultValue) + ")")
	}
	text.WriteString(": " + field.Type.String() + defaultOf(field.DefaultValue))
	return text.String()
}

func defaultOf(value *gql.Value) string {
	if value == nil {
		return ""
	}
	return " = " + value.String()
}
