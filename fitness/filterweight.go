package fitness

// What a condition costs for each activity that it is held against: a look-up, a comparison with a whole list, a search in
// a name, which is folded first.
const (
	conditionWeight = 10
	elementWeight   = 1
	nameWeight      = 200
)

// Weight is the work that the filter makes for each activity, in comparisons, so that nobody asks for it a hundred times in
// one query. It is 0 for nil.
func (f *ActivityFilter) Weight() int {
	if f == nil {
		return 0
	}
	elements := len(f.Sports) + len(f.SportGroups) + len(f.Visibility) + len(f.WorkoutTypes) + len(f.Gear)
	weight := conditionWeight*max(len(f.conditions()), 1) + elementWeight*elements + f.Not.Weight()
	if f.NameContains != nil {
		weight += nameWeight
	}
	for _, alternative := range f.Or {
		weight += alternative.Weight()
	}
	return weight
}
