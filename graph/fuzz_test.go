package graph_test

import (
	"encoding/json"
	"testing"
	"time"
)

// Whatever comes as a cursor, it leads to a page or is the client's mistake.
func FuzzCursor(f *testing.F) {
	s := newPatientStack(f, threeRuns(), time.Minute)
	var first struct {
		Activities struct {
			Edges []struct{ Cursor string }
		}
	}
	page := s.ask(f, "{ activities { edges { cursor } } }", "")
	if err := json.Unmarshal(page.Data, &first); err != nil || len(first.Activities.Edges) == 0 {
		f.Fatalf("%v: %s %+v", err, page.Data, page.Errors)
	}
	for _, edge := range first.Activities.Edges {
		f.Add(edge.Cursor, "DESC")
		f.Add(edge.Cursor[:len(edge.Cursor)/2], "ASC")
	}
	f.Add("", "ASC")
	f.Add("AAAA", "DESC")
	f.Add("\x00/../=", "DESC")
	const query = "query($after: String, $order: ActivityOrder) { activities(first: 2, after: $after, orderBy: $order) { edges { cursor } pageInfo { hasNextPage } } }"
	f.Fuzz(func(t *testing.T, cursor, direction string) {
		if direction != "ASC" {
			direction = "DESC"
		}
		variables, err := json.Marshal(map[string]any{"after": cursor, "order": map[string]string{"field": "DISTANCE", "direction": direction}})
		if err != nil {
			t.Fatal(err)
		}
		got := s.ask(t, query, string(variables))
		switch {
		case len(got.Errors) == 0 && string(got.Data) != "null":
		case len(got.Errors) == 1 && got.Errors[0].code() == "BAD_USER_INPUT":
		default:
			t.Errorf("%q: %d %s %+v", cursor, got.Status, got.Data, got.Errors)
		}
	})
}
