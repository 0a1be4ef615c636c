package graph

import (
	"maps"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql/executor"
)

// NewThoroughExecutor is [NewExecutor] where gqlgen resolves every single field.
func NewThoroughExecutor(cfg Config) *executor.Executor { return newExecutor(cfg, nil) }

// PlainFields are those that are written without gqlgen, by their type.
func PlainFields() map[string][]string {
	activity, totals := plainActivity(), plainTotals()
	table := map[string][]string{}
	for _, typ := range []interface {
		named() (string, []string)
	}{
		activity, totals, plainConnection(activity), plainEdge(activity), plainPageInfo(), plainMap(), plainBounds(), plainCoordinates(),
		plainSportTotals(totals), plainPeriodTotals(totals), plainGoal(), plainStreak(), plainStreakRun(), plainEddington(), plainAthlete(),
	} {
		name, fields := typ.named()
		table[name] = fields
	}
	return table
}

func (t plainType[T]) named() (name string, fields []string) {
	return t.name, slices.Sorted(maps.Keys(t.fields))
}

// Access says of each field that anybody can come to who may have it: "anybody", "traces" (anybody, where those are public)
// or "owner".
func Access() map[string]map[string]string {
	words := map[access]string{forAnybody: "anybody", forTraces: "traces", forOwner: "owner"}
	table := map[string]map[string]string{}
	for typ, fields := range accessTable() {
		table[typ] = map[string]string{}
		for who, names := range fields {
			for name := range strings.FieldsSeq(names) {
				table[typ][name] = words[who]
			}
		}
	}
	return table
}
