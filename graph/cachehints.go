package graph

import (
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// usualAge is for how long an answer may be kept by its client where no hint says otherwise: short, because nobody can take
// back what a browser keeps.
const usualAge = time.Minute

// cacheHints say for how long a client may keep what a field answers, where that is not usualAge; what stands inside of it
// is held to its own. They stand here and not in the schema, because a directive there would be part of what clients see.
func cacheHints() map[string]time.Duration {
	const never, hour = 0, time.Hour
	return map[string]time.Duration{
		"Query.status":    never, // They tell of this moment.
		"Query.rateLimit": never,
		"Query.upload":    never,

		"Query.athlete":  5 * time.Minute,
		"Query.club":     hour, // What others have made, and seldom change.
		"Query.route":    hour,
		"Query.segment":  hour,
		"Query.__schema": hour,
		"Query.__type":   hour,

		"Segment.history":     usualAge, // But these change with the next ride.
		"Segment.records":     usualAge,
		"Segment.efforts":     usualAge,
		"Segment.effortCount": usualAge,
	}
}

// MaxAge returns for how long the answer to a query may be kept: the shortest of what its fields say. Zero: not at all. The
// operation has to be validated.
func MaxAge() func(*ast.OperationDefinition) time.Duration {
	hints := cacheHints()
	return func(operation *ast.OperationDefinition) time.Duration {
		walk := hintWalk{hints: hints, walked: map[*ast.FragmentDefinition]bool{}, shortest: 24 * time.Hour}
		walk.over(operation.SelectionSet, true)
		return walk.shortest
	}
}

// hintWalk finds the shortest hint of an operation.
type hintWalk struct {
	hints    map[string]time.Duration
	walked   map[*ast.FragmentDefinition]bool
	shortest time.Duration
}

// over looks at a selection set, and at each fragment once. It doesn't matter whether @skip leaves a field out.
func (w *hintWalk) over(set ast.SelectionSet, root bool) {
	for _, selection := range set {
		switch chosen := selection.(type) {
		case *ast.Field:
			w.hear(chosen, root)
			w.over(chosen.SelectionSet, false)
		case *ast.InlineFragment:
			w.over(chosen.SelectionSet, root)
		case *ast.FragmentSpread:
			if !w.walked[chosen.Definition] {
				w.walked[chosen.Definition] = true
				w.over(chosen.Definition.SelectionSet, root)
			}
		}
	}
}

func (w *hintWalk) hear(field *ast.Field, root bool) {
	hint, given := w.hints[field.ObjectDefinition.Name+"."+field.Name]
	switch {
	case given:
		w.shortest = min(w.shortest, hint)
	case root && field.Name != "__typename":
		w.shortest = min(w.shortest, usualAge)
	}
}
