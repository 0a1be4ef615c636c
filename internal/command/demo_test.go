package command_test

import (
	"crypto/rand"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/strava"
)

func TestDemoStandsOnMemoryAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	cfg, err := config.Load(env{"DATA_DIR": dir}.lookup)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	demo, err := command.StartDemo(t.Context(), cfg, rand.Reader)
	if err != nil {
		t.Fatalf("StartDemo: %v", err)
	}
	custody, err := command.OpenCustody(t.Context(), demo.Config, command.CustodyConfig{Store: demo.Store})
	if err != nil {
		t.Fatalf("OpenCustody: %v", err)
	}
	client, err := strava.New(strava.Config{BaseURL: demo.Config.StravaAPIURL, Tokens: custody.Tokens})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	activities, err := client.Activities(t.Context(), strava.ActivitiesOptions{PerPage: 200})
	if err != nil || len(activities) != 200 {
		t.Errorf("%d activities, %v; want a page of 200", len(activities), err)
	}
	if err := custody.Tokens.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if len(demo.Config.OwnerKeys) != 1 || demo.Config.OwnerKeys[0] == demo.Config.SealKeys[0] || len(demo.Config.OwnerKeys[0]) < 32 {
		t.Error("the demo needs keys of its own")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the demo wrote into DATA_DIR")
	}

	address, err := url.Parse(demo.Config.StravaAPIURL)
	if err != nil {
		t.Fatal(err)
	}
	demo.Stop()
	if connection, err := net.DialTimeout("tcp", address.Host, patience); err == nil {
		_ = connection.Close()
		t.Error("the demo's Strava still listens")
	}
}

func TestDemoKeepsTheOwnersKey(t *testing.T) {
	t.Parallel()
	key := config.Secret(strings.Repeat("k", 32))
	cfg, err := config.Load(env{"ADDR": ":0", "OWNER_KEY": string(key)}.lookup)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	demo, err := command.StartDemo(t.Context(), cfg, rand.Reader)
	if err != nil {
		t.Fatalf("StartDemo: %v", err)
	}
	t.Cleanup(demo.Stop)
	if len(demo.Config.OwnerKeys) != 1 || demo.Config.OwnerKeys[0] != key {
		t.Error("the owner's key was replaced")
	}
}

func TestDemoRefusesARealAccount(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]config.Config{
		"STRAVA_CLIENT_ID":                {StravaClientID: "4711", StravaClientSecret: "s"},
		"STRAVA_REFRESH_TOKEN":            {StravaRefreshToken: "r"},
		"STRAVA_ATHLETE_ID":               {StravaAthleteID: 1},
		"AZURE_TABLES_ENDPOINT":           {AzureTablesEndpoint: "https://a.table.core.windows.net"},
		"AZURE_STORAGE_CONNECTION_STRING": {AzureConnectionString: "UseDevelopmentStorage=true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			demo, err := command.StartDemo(t.Context(), cfg, rand.Reader)
			if demo != nil {
				demo.Stop()
			}
			var stderr strings.Builder
			if code := command.Exit(&stderr, err); code != 2 || !strings.Contains(stderr.String(), name) ||
				strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("exit code %d, %q; want 2 and one line that names %s", code, stderr.String(), name)
			}
		})
	}
}
