package main_test

import (
	"encoding/json"
	"syscall"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/strava/stravatest"
)

// Whoever comes from the predecessor names its table, and that is all: client and first grant are read from there, the
// grant is kept in the gateway's own table, and outlives the seed, which is dead once it was spent.
func TestFirstGrantFromThePredecessorsTable(t *testing.T) {
	t.Parallel()
	account := startAzurite(t)
	strava := connected(t, stravatest.Config{})
	plantSeed(t, account, "azerty", map[string]string{
		"ClientID": "4711", "ClientSecret": "the-secret-of-the-application",
		"AccessToken": "an-old-access-token", "RefreshToken": "the-first-refresh-token",
	})
	const key = "the-key-of-the-owner-0123456789abcdef"
	env := []string{
		strava.env[0], strava.env[1], // The addresses alone: client and grant come from the table.
		"AZURE_STORAGE_CONNECTION_STRING=" + account, "AZURE_SEED_TABLE=azerty",
		"SEAL_KEYS=a-sealing-key-for-tests-0123456789abcdef", "OWNER_KEY=" + key,
	}
	for _, life := range []string{"first", "second"} {
		gateway := start(t, t.TempDir(), env)
		var got struct {
			Athlete struct{ FirstName string }
			Status  struct{ Connection string }
		}
		if err := gateway.ask(key, "{ athlete { firstName } status { connection } }", &got); err != nil {
			t.Fatalf("%s life: %v\n%s", life, err, gateway.output)
		}
		if got.Athlete.FirstName == "" {
			t.Errorf("%s life: %+v", life, got)
		}
		if code := gateway.signal(t, syscall.SIGTERM); code != 0 {
			t.Errorf("%s life: exit code %d\n%s", life, code, gateway.output)
		}
		strava.ExpireAccessTokens()
	}
	if refusals := strava.Refusals(); refusals != 0 {
		t.Errorf("%d dead refresh tokens were presented", refusals)
	}
}

func TestASeedTableWithoutAGrantIsAnErrorForPeople(t *testing.T) {
	t.Parallel()
	account := startAzurite(t)
	plantSeed(t, account, "halfempty", map[string]string{"ClientID": "4711"})
	p := launch(t, t.TempDir(), []string{
		"AZURE_STORAGE_CONNECTION_STRING=" + account, "AZURE_SEED_TABLE=halfempty",
		"SEAL_KEYS=a-sealing-key-for-tests-0123456789abcdef", "OWNER_KEY=the-key-of-the-owner-0123456789abcdef",
	})
	if code := p.wait(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, want := range []string{"AZURE_SEED_TABLE", "ClientSecret", "RefreshToken"} {
		wantOutput(t, p, want)
	}
}

func plantSeed(t *testing.T, account, table string, rows map[string]string) {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := service.NewClient(table)
	if _, err := client.CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for name, value := range rows {
		entity, err := json.Marshal(map[string]string{"PartitionKey": "Token", "RowKey": name, "Value": value})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.AddEntity(t.Context(), entity, nil); err != nil {
			t.Fatal(err)
		}
	}
}
