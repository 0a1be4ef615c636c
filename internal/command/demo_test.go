package command_test

import (
	"crypto/rand"
	"io"
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
	for name, value := range map[string]string{
		"STRAVA_CLIENT_ID":                "4711",
		"STRAVA_CLIENT_SECRET":            "s",
		"STRAVA_REFRESH_TOKEN_FILE":       "/run/secrets/token",
		"STRAVA_ATHLETE_ID":               "1",
		"AZURE_TABLES_ENDPOINT":           "https://a.table.core.windows.net",
		"AZURE_STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true", // Keys that it wants are not asked for.
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, _, err := command.Configure(command.Env{Lookup: env{name: value}.lookup, Stdout: io.Discard, Stderr: io.Discard}, true)
			var stderr strings.Builder
			if code := command.Exit(&stderr, err); code != 2 || !strings.Contains(stderr.String(), "unset "+name) ||
				strings.Count(stderr.String(), "\n") != 1 {
				t.Errorf("exit code %d, %q; want 2 and one line that names %s", code, stderr.String(), name)
			}
		})
	}
}
