package azuretable_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"domestique/azuretable"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

func TestGrantsIsAStore(t *testing.T) {
	t.Parallel()
	connection := connection(t)
	storetest.Run(t, func(t *testing.T) tokens.Store {
		return openGrants(t, azuretable.Config{ConnectionString: connection, Table: newTable()})
	})
}

// Nothing of an entity, nor of what opens the account, may get into an error: the SDK's own errors repeat it.
func TestErrorsHoldNothingStored(t *testing.T) {
	t.Parallel()
	table := newTable()
	store := openGrants(t, azuretable.Config{ConnectionString: connection(t), Table: table})
	revision, err := store.Save(t.Context(), storetest.FullRow(), "")
	must(t, err)
	for name, failing := range map[string]func() error{
		"insert over a row": func() error { return second(store.Save(t.Context(), rowOf("planted"), "")) },
		"stale update":      func() error { return second(store.Save(t.Context(), rowOf("planted"), `W/"datetime'planted'"`)) },
		"malformed update":  func() error { return second(store.Save(t.Context(), rowOf("planted"), "planted")) },
		"stale erasure":     func() error { return store.Erase(t.Context(), `W/"datetime'planted'"`) },
		"with another key": func() error {
			other := strings.ReplaceAll(connection(t), "AccountKey=Eby8", "AccountKey=cGxh")
			stranger := openGrants(t, azuretable.Config{ConnectionString: other, Table: table})
			return second(stranger.Save(t.Context(), rowOf("planted"), revision))
		},
	} {
		err := failing()
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		wantSilent(t, err)
	}
	wantStored(t, store, storetest.FullRow().WriteID)
}

func second[T any](_ T, err error) error { return err }

// What is no grant of a version that this one knows is said to be so, and stays as it is.
func TestUnreadableEntityStays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change map[string]any
		want   string
	}{
		"a newer format":        {map[string]any{"Format": int32(2)}, "format 2"},
		"no format":             {map[string]any{"Format": nil}, "format 0"},
		"a number that is none": {map[string]any{"Generation": "planted"}, "property Generation"},
		"a property too few":    {map[string]any{"AthleteID": nil}, "property AthleteID"},
		"a time that is none":   {map[string]any{"ExpiresAt": "planted"}, "property ExpiresAt"},
		"a duration in seconds": {map[string]any{"LeaseTTL": "60"}, "property LeaseTTL"},
		"another type":          {map[string]any{"RefreshToken": 4711}, "not a grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := newTable()
			store := openGrants(t, azuretable.Config{ConnectionString: connection(t), Table: table})
			revision, err := store.Save(t.Context(), storetest.FullRow(), "")
			must(t, err)
			before := damage(t, table, test.change)
			_, _, err = store.Load(t.Context())
			if !errors.Is(err, tokens.ErrCorrupt) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Load: %v; want ErrCorrupt that says %q", err, test.want)
			}
			wantSilent(t, err)
			for _, at := range []tokens.Revision{"", revision} {
				if _, err := store.Save(t.Context(), rowOf("other"), at); !errors.Is(err, tokens.ErrConflict) {
					t.Errorf("Save at %q: %v, want ErrConflict", at, err)
				}
			}
			if diff := cmp.Diff(before, damage(t, table, nil)); diff != "" {
				t.Errorf("the entity has changed (-before +after):\n%s", diff)
			}
		})
	}
}

// damage changes properties of the stored entity (nil removes one) and returns what is stored then, without its metadata.
func damage(t *testing.T, table string, change map[string]any) map[string]any {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(connection(t), nil)
	must(t, err)
	client := service.NewClient(table)
	answer, err := client.GetEntity(t.Context(), "grant", "athlete", nil)
	must(t, err)
	var entity map[string]any
	must(t, json.Unmarshal(answer.Value, &entity))
	maps.DeleteFunc(entity, func(name string, _ any) bool { return strings.Contains(name, "odata") || name == "Timestamp" })
	if change == nil {
		return entity
	}
	maps.Copy(entity, change)
	maps.DeleteFunc(entity, func(_ string, value any) bool { return value == nil })
	raw, err := json.Marshal(entity)
	must(t, err)
	_, err = client.UpdateEntity(t.Context(), raw, &aztables.UpdateEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	must(t, err)
	return damage(t, table, nil)
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cfg  azuretable.Config
		want string
	}{
		"no table":                {azuretable.Config{ConnectionString: "UseDevelopmentStorage=true"}, "no name of a table"},
		"a table with a dash":     {azuretable.Config{ConnectionString: "UseDevelopmentStorage=true", Table: "my-grants"}, "no name of a table"},
		"a table that Azure has":  {azuretable.Config{ConnectionString: "UseDevelopmentStorage=true", Table: "Tables"}, "no name of a table"},
		"nowhere":                 {azuretable.Config{Table: "grants"}, "neither an endpoint nor a connection string"},
		"a connection of no form": {azuretable.Config{Table: "grants", ConnectionString: "planted"}, "malformed"},
		"a connection with a key that is none": {
			azuretable.Config{Table: "grants", ConnectionString: "AccountName=x;AccountKey=planted-key"}, "malformed"},
		"an endpoint in the clear": {azuretable.Config{Table: "grants", Endpoint: "http://account.table.core.windows.net"}, "no https URL"},
		"an endpoint of no form":   {azuretable.Config{Table: "grants", Endpoint: "account.table.core.windows.net"}, "no https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := azuretable.NewGrants(test.cfg)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error: %v; want it to say %q", err, test.want)
			}
			wantSilent(t, err)
		})
	}
}

// A connection string that was cut when it was copied is an error, or one that opens nothing; it is never shown.
func TestCutConnectionString(t *testing.T) {
	t.Parallel()
	whole := fmt.Sprintf(account, "127.0.0.1:10002")
	for length := range len(whole) {
		_, err := azuretable.NewGrants(azuretable.Config{ConnectionString: whole[:length], Table: "grants"})
		wantSilent(t, err)
	}
}

func TestDevelopmentStorage(t *testing.T) {
	t.Parallel()
	asked := ""
	store := openGrants(t, azuretable.Config{
		ConnectionString: " UseDevelopmentStorage=true; ", Table: "grants",
		Transport: &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			asked = req.URL.Scheme + "://" + req.URL.Host + req.URL.Path
			return nil, errors.New("asked enough")
		})},
	})
	_, err := store.Save(t.Context(), tokens.Row{}, "")
	wantUnknown(t, "save", err)
	if want := "http://127.0.0.1:10002/devstoreaccount1/grants"; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func openGrants(t *testing.T, cfg azuretable.Config) *azuretable.Grants {
	t.Helper()
	store, err := azuretable.NewGrants(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
