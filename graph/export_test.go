package graph

import "strings"

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
