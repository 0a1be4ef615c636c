package azuretable_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"domestique/azuretable"
	"domestique/tokens"
)

func TestEntitiesStayWithinLimits(t *testing.T) {
	t.Parallel()
	many := func(n, length int) map[string]any {
		properties := make(map[string]any)
		for i := range n {
			properties[fmt.Sprint("P", i)] = strings.Repeat("x", length)
		}
		return properties
	}
	for name, test := range map[string]struct {
		properties map[string]any
		want       string // What the error names; empty: there is none.
	}{
		"a value as long as can be":   {map[string]any{"P": strings.Repeat("x", 32<<10)}, ""},
		"a longer one":                {map[string]any{"P": strings.Repeat("x", 32<<10+1)}, "property P"},
		"characters that count twice": {map[string]any{"P": strings.Repeat("🚴", 16<<10+1)}, "property P"},
		"as many as can be":           {many(252, 1), ""},
		"one more":                    {many(253, 1), "253 properties"},
		"as much as can be":           {many(15, 32<<10), ""},
		"more":                        {many(17, 32<<10), "bytes"},
		"a slash in a key":            {map[string]any{"RowKey": "a/b"}, "RowKey"},
		"a quote in a key":            {map[string]any{"PartitionKey": "o'neill"}, "PartitionKey"},
		"no key":                      {map[string]any{"RowKey": ""}, "RowKey"},
		"a key that is no text":       {map[string]any{"PartitionKey": 1}, "PartitionKey"},
		"an endless key":              {map[string]any{"RowKey": strings.Repeat("k", 513)}, "RowKey"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entity := map[string]any{"PartitionKey": "partition-1", "RowKey": "row_2"}
			maps.Copy(entity, test.properties)
			raw, err := json.Marshal(entity)
			must(t, err)
			switch err := azuretable.CheckEntity(raw); {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v; want it to name %q", err, test.want)
			}
		})
	}
}

// What Azure would refuse is not sent.
func TestRowThatDoesNotFitIsNotSent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was sent", r.Method)
	}))
	t.Cleanup(server.Close)
	store := openGrants(t, azuretable.Config{
		ConnectionString: fmt.Sprintf(account, strings.TrimPrefix(server.URL, "http://")), Table: newTable(),
	})
	for _, revision := range []tokens.Revision{"", `W/"some"`} {
		_, err := store.Save(t.Context(), tokens.Row{RefreshToken: strings.Repeat("planted", 5<<10)}, revision)
		wantUnknown(t, "save", err)
		if err != nil && !strings.Contains(err.Error(), "RefreshToken") {
			t.Errorf("the error does not name the property: %v", err)
		}
	}
}
