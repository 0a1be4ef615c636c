package azuretable_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/azuretable"
)

// seedRows are the rows of a seed table by their RowKey: what property Value holds, or a whole map of properties.
type seedRows map[string]any

func wholeSeed() seedRows {
	return seedRows{
		"ClientID": "4711", "ClientSecret": "planted-client-secret",
		"AccessToken": "planted-access-token", "RefreshToken": "planted-refresh-token",
	}
}

func TestReadSeed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]seedRows{
		"as the predecessor left it":    {},
		"no access token":               {"AccessToken": nil},
		"a client id as a number":       {"ClientID": 4711},
		"a client id as a large number": {"ClientID": aztables.EDMInt64(4711)},
		"pasted with the end of a line": {"RefreshToken": "planted-refresh-token\r\n"},
		"with rows that are nobody's":   {"Athlete": "planted-athlete"},
		"with properties that are more": {"ClientID": map[string]any{"Value": "4711", "Comment": "planted-comment"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readOnly := &readOnlyTransport{t: t}
			seed, err := azuretable.ReadSeed(t.Context(), azuretable.Config{
				ConnectionString: connection(t), Table: seedTable(t, change), Transport: &http.Client{Transport: readOnly},
			})
			must(t, err)
			if seed.ClientID != "4711" || seed.ClientSecret() != "planted-client-secret" || seed.RefreshToken() != "planted-refresh-token" {
				t.Errorf("client id %q, secret %q, refresh token %q", seed.ClientID, seed.ClientSecret(), seed.RefreshToken())
			}
		})
	}
}

func TestReadSeedSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change seedRows
		want   []string
	}{
		"one row missing": {seedRows{"RefreshToken": nil}, []string{"row RefreshToken is missing"}},
		"several, and one odd": {seedRows{"ClientID": nil, "RefreshToken": nil, "ClientSecret": true},
			[]string{"row ClientID is missing", "row RefreshToken is missing", "row ClientSecret has a property Value that is not a text"}},
		"an empty table": {seedRows{"ClientID": nil, "ClientSecret": nil, "AccessToken": nil, "RefreshToken": nil},
			[]string{"row ClientID is missing", "row ClientSecret is missing", "row RefreshToken is missing"}},
		"an empty text":    {seedRows{"ClientSecret": " "}, []string{"row ClientSecret is empty"}},
		"another property": {seedRows{"ClientSecret": map[string]any{"value": "planted"}}, []string{"row ClientSecret has no property Value"}},
		"a fraction":       {seedRows{"ClientID": 4711.5}, []string{"row ClientID has a property Value that is not a text"}},
		"a binary":         {seedRows{"RefreshToken": aztables.EDMBinary("planted")}, []string{"row RefreshToken has a property Value that is not a text"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := azuretable.ReadSeed(t.Context(), azuretable.Config{ConnectionString: connection(t), Table: seedTable(t, test.change)})
			wantNoSeed(t, err, test.want...)
			if err != nil && len(test.want) == 1 && strings.Count(err.Error(), "row ") != 1 {
				t.Errorf("it names rows that are right: %v", err)
			}
		})
	}
	t.Run("no table", func(t *testing.T) {
		t.Parallel()
		_, err := azuretable.ReadSeed(t.Context(), azuretable.Config{ConnectionString: connection(t), Table: "absent"})
		wantNoSeed(t, err, "absent", "no such table")
	})
	t.Run("Azure Tables is away", func(t *testing.T) {
		t.Parallel()
		table, proxy := seedTable(t, nil), startProxy(t, azuriteAddress(t))
		proxy.always(func(*http.Request) mischief { return resetAfter })
		_, err := azuretable.ReadSeed(t.Context(), azuretable.Config{ConnectionString: fmt.Sprintf(account, proxy.address), Table: table})
		wantUnknown(t, "read", err)
		if errors.Is(err, azuretable.ErrNoSeed) {
			t.Errorf("%v, though nobody can know", err)
		}
	})
}

func wantNoSeed(t *testing.T, err error, mentions ...string) {
	t.Helper()
	if !errors.Is(err, azuretable.ErrNoSeed) {
		t.Fatalf("%v, want ErrNoSeed", err)
	}
	for _, text := range mentions {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%v; want it to say %q", err, text)
		}
	}
	wantSilent(t, err)
}

func TestSeedIsRedacted(t *testing.T) {
	t.Parallel()
	seed, err := azuretable.ReadSeed(t.Context(), azuretable.Config{ConnectionString: connection(t), Table: seedTable(t, nil)})
	must(t, err)
	inside := struct{ seed azuretable.Seed }{seed}
	encoded, err := json.Marshal(seed)
	must(t, err)
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("read", "seed", seed, "inside", inside)
	if text := fmt.Sprint(seed, &seed); text != "[redacted] [redacted]" {
		t.Errorf("it prints as %s", text)
	}
	shown := []string{string(encoded), logged.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, seed), fmt.Sprintf(verb, &seed), fmt.Sprintf(verb, inside))
	}
	for _, text := range shown {
		for _, form := range []string{"planted", fmt.Sprintf("%x", "planted"), base64.StdEncoding.EncodeToString([]byte("planted"))[:8]} {
			if strings.Contains(text, form) {
				t.Errorf("it shows: %s", text)
			}
		}
	}
	if zero := (azuretable.Seed{}); zero.ClientSecret() != "" || zero.RefreshToken() != "" {
		t.Error("the zero seed holds something")
	}
}

// seedTable makes a seed table, the whole one but for what change says of it; nil in change: without that row.
func seedTable(t *testing.T, change seedRows) string {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(connection(t), nil)
	must(t, err)
	table := newTable()
	client := service.NewClient(table)
	_, err = client.CreateTable(t.Context(), nil)
	must(t, err)
	rows := wholeSeed()
	maps.Copy(rows, change)
	for key, value := range rows {
		if value == nil {
			continue
		}
		entity := aztables.EDMEntity{Properties: map[string]any{"Value": value}}
		if properties, given := value.(map[string]any); given {
			entity.Properties = properties
		}
		entity.PartitionKey, entity.RowKey = "Token", key
		raw, err := json.Marshal(entity)
		must(t, err)
		_, err = client.AddEntity(t.Context(), raw, nil)
		must(t, err)
	}
	return table
}

// readOnlyTransport lets nothing through that could change anything.
type readOnlyTransport struct{ t *testing.T }

func (r *readOnlyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet {
		r.t.Errorf("%s %s", req.Method, req.URL.Path)
	}
	return http.DefaultTransport.RoundTrip(req)
}
