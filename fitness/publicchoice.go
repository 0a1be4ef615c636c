package fitness

import (
	"context"
	"fmt"
	"strconv"
)

// mayChoose refuses a choice of activities by what the viewer does not see of them: from what is kept, or from its order,
// they would learn it.
func (s *Service) mayChoose(ctx context.Context, filter *ActivityFilter, order ActivityOrder) error {
	switch {
	case ViewerOf(ctx) == Owner:
		return nil
	case s.publication == nil:
		return notForAnybody()
	case order.Field == ActivityOrderFieldRelativeEffort:
		return forbiddenArgument("orderBy.field", fmt.Sprintf("Only the gateway's owner may order by %s.", order.Field))
	default:
		return s.publication.mayFilterBy(filter, "filter", 0)
	}
}

// mayFilterBy looks at the filter, which stands at path, and at those in it; as deep as they may be nested, because what is
// nested deeper is refused for that.
func (p Projection) mayFilterBy(f *ActivityFilter, path string, depth int) error {
	if f == nil || depth > maxFilterDepth {
		return nil
	}
	for _, condition := range p.hiddenConditions(f) {
		if condition.given {
			return forbiddenArgument(path+"."+condition.name,
				fmt.Sprintf("Only the gateway's owner may filter by %s.", condition.name))
		}
	}
	if err := p.mayFilterBy(f.Not, path+".not", depth+1); err != nil {
		return err
	}
	for i, alternative := range f.Or {
		if err := p.mayFilterBy(alternative, path+".or."+strconv.Itoa(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// hiddenCondition is a condition by what is not shown.
type hiddenCondition struct {
	name  string
	given bool
}

// hiddenConditions are those of the filter itself, without those of the filters nested in it.
func (p Projection) hiddenConditions(f *ActivityFilter) []hiddenCondition {
	return []hiddenCondition{
		{"gear", f.Gear != nil},
		{"visibility", f.Visibility != nil},
		{"workoutTypes", f.WorkoutTypes != nil},
		{"hasMap", f.HasMap != nil && !p.ShowsTraces()},
		{"hasHeartRate", f.HasHeartRate != nil},
		{"hasPower", f.HasPower != nil},
		{"startsNear", f.StartsNear != nil},
	}
}

func forbiddenArgument(path, message string) *Error {
	return &Error{Code: CodeForbidden, Message: message, Argument: path}
}
