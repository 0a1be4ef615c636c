package edge

import (
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The limits of an operation's shape. What it may cost, and how many tokens it may have, the executor decides; these bound
// the work that comes before its answer. Introspection has a depth of its own, which its validation rule bounds.
const (
	maxDepth      = 16  // Fields inside of fields. Twice what anything sensible needs.
	maxAliases    = 100 // In the whole operation.
	maxDirectives = 50  // In the whole operation.
	maxBreadth    = 250 // Selections side by side.
	maxLooks      = 10  // At the schema: the whole of it counts six, a type counts one, and so does an alias further in.
	wholeSchema   = 6
	maxValues     = 500 // Values in all variables together, which each use of one reads again.
	maxValueDepth = 64
)

// shape is what is counted of an operation. A fragment counts once for its aliases and directives: where it is spread again
// they come with its cost.
type shape struct {
	aliases, directives, breadth int
	introspects                  bool
	looks                        int // At the schema.

	depths map[*ast.FragmentDefinition]int
}

// shapeOf walks the operation's document, and each fragment once.
func shapeOf(operation *ast.OperationDefinition) (found shape, depth int) {
	found.depths = map[*ast.FragmentDefinition]int{}
	found.directives = len(operation.Directives)
	return found, found.walk(operation.SelectionSet)
}

// walk returns the depth of a selection set. Validation has ruled out fragments that spread themselves.
func (s *shape) walk(set ast.SelectionSet) int {
	s.breadth = max(s.breadth, len(set))
	deepest := 0
	for _, selection := range set {
		deepest = max(deepest, s.visit(selection))
	}
	return deepest
}

func (s *shape) visit(selection ast.Selection) int {
	switch chosen := selection.(type) {
	case *ast.Field:
		s.directives += len(chosen.Directives)
		if chosen.Alias != chosen.Name {
			s.aliases++
		}
		if chosen.Name == "__schema" || chosen.Name == "__type" {
			s.look(chosen)
			return 1
		}
		return 1 + s.walk(chosen.SelectionSet)
	case *ast.InlineFragment:
		s.directives += len(chosen.Directives)
		return s.walk(chosen.SelectionSet)
	case *ast.FragmentSpread:
		s.directives += len(chosen.Directives)
		depth, walked := s.depths[chosen.Definition]
		if !walked {
			depth = s.walk(chosen.Definition.SelectionSet)
			s.depths[chosen.Definition] = depth
		}
		return depth
	default:
		return 0
	}
}

// look walks what is asked of the schema. Nothing in there costs anything, but there is much of it, and an alias has all of
// it made once more: tools use none.
func (s *shape) look(field *ast.Field) {
	s.introspects = true
	before := s.aliases
	s.walk(field.SelectionSet)
	s.looks += 1 + s.aliases - before
	if field.Name == "__schema" {
		s.looks += wholeSchema - 1
	}
}

// excess says what of an operation is over a limit, and nothing if all is well.
func (s *shape) excess(depth int) string {
	for _, limit := range []struct {
		has, most int
		what      string
	}{
		{depth, maxDepth, "levels of fields"},
		{s.aliases, maxAliases, "aliases"},
		{s.directives, maxDirectives, "directives"},
		{s.breadth, maxBreadth, "fields side by side"},
		{s.looks, maxLooks, "looks at the schema"},
	} {
		if limit.has > limit.most {
			return fmt.Sprintf("The operation has %d %s; at most %d are allowed. Ask for less at once.", limit.has, limit.what, limit.most)
		}
	}
	return ""
}

// tooManyValues reports whether the variables hold more than an argument could make use of.
func tooManyValues(variables map[string]any) bool {
	return countValues(variables, 0) > maxValues
}

// countValues counts lists, objects and what is in them. It stops being exact, and starts being enough, beyond maxValues.
func countValues(value any, depth int) int {
	count := 1
	if depth > maxValueDepth {
		return maxValues + 1
	}
	switch container := value.(type) {
	case map[string]any:
		for _, member := range container {
			if count += countValues(member, depth+1); count > maxValues {
				break
			}
		}
	case []any:
		for _, element := range container {
			if count += countValues(element, depth+1); count > maxValues {
				break
			}
		}
	}
	return count
}

// refuseShape decides what the executor does not: whether the operation has a shape that is worth looking at, and whether
// the viewer may look at the schema by it.
func (e *edge) refuseShape(operation *graphql.OperationContext, viewer viewer) *refusal {
	found, depth := shapeOf(operation.Operation)
	switch excess := found.excess(depth); {
	case excess != "":
		return &refusal{outcome: tooComplex, message: excess}
	case found.introspects && !e.mayIntrospect(viewer):
		return &refusal{outcome: forbidden, message: "The schema is shown to the owner alone."}
	default:
		return nil
	}
}
