package command

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"domestique/internal/config"
	"domestique/mirror"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// Demo is what the gateway stands on with -demo: a fake Strava inside this process, and a memory for its grant. It
// writes no file, and knows no real account.
type Demo struct {
	// Config is the given configuration, with Strava's addresses and secrets replaced by the fake's.
	Config config.Config
	// Store keeps the grant as long as the process lives.
	Store tokens.Store
	// Copy keeps the copy of the activities just as long.
	Copy mirror.Store
	// Inbox keeps events just as long.
	Inbox mirror.Inbox

	server *http.Server
	served chan error
}

// StartDemo starts a fake Strava on a free loopback port. Keys that cfg lacks are drawn from random and live in memory.
func StartDemo(ctx context.Context, cfg config.Config, random io.Reader) (*Demo, error) {
	fake, err := stravatest.New(stravatest.Config{Scopes: demoScopes()})
	if err != nil {
		return nil, fmt.Errorf("make the demo's Strava: %w", err)
	}
	if cfg, err = withDemoKeys(cfg, random); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the demo's Strava: %w", err)
	}
	demo := &Demo{
		Config: withStrava(cfg, fake.Environment("http://"+listener.Addr().String())),
		Store:  tokens.NewMemoryStore(),
		Copy:   mirror.NewMemoryStore(),
		Inbox:  mirror.NewMemoryInbox(),
		server: &http.Server{Handler: fake, ReadHeaderTimeout: 10 * time.Second},
		served: make(chan error, 1),
	}
	go func() { demo.served <- demo.server.Serve(listener) }()
	return demo, nil
}

// Stop ends the fake Strava, once. It does not wait for requests: who makes them is to be stopped before.
func (d *Demo) Stop() {
	_ = d.server.Close() // there is nothing left to lose
	<-d.served
}

// refuseBesideDemo holds what is not allowed beside -demo. It comes before anything else is made of the environment: a real
// store, say, wants keys that whoever runs a demo need not have.
func refuseBesideDemo(lookup func(string) (string, bool)) error {
	var found []string
	for _, name := range []string{
		"STRAVA_CLIENT_ID", "STRAVA_CLIENT_SECRET", "STRAVA_CLIENT_SECRET_FILE", "STRAVA_REFRESH_TOKEN", "STRAVA_REFRESH_TOKEN_FILE",
		"STRAVA_ATHLETE_ID", "AZURE_TABLES_ENDPOINT", "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_CONNECTION_STRING_FILE",
	} {
		if value, _ := lookup(name); value != "" {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return usageError("-demo runs on made-up data and is not allowed beside a real account or store: unset " +
		strings.Join(found, ", "))
}

// withStrava replaces the address and the secrets of Strava by those in environment, NAME=value pairs.
func withStrava(cfg config.Config, environment []string) config.Config {
	settings := make(map[string]string)
	for _, setting := range environment {
		name, value, _ := strings.Cut(setting, "=")
		settings[name] = value
	}
	cfg.StravaAPIURL, cfg.StravaOAuthURL = settings["STRAVA_API_URL"], settings["STRAVA_OAUTH_URL"]
	cfg.StravaClientID = settings["STRAVA_CLIENT_ID"]
	cfg.StravaClientSecret = config.Secret(settings["STRAVA_CLIENT_SECRET"])
	cfg.StravaRefreshToken = config.Secret(settings["STRAVA_REFRESH_TOKEN"])
	return cfg
}

// withDemoKeys fills in the keys that would otherwise be generated into files.
func withDemoKeys(cfg config.Config, random io.Reader) (config.Config, error) {
	for _, keys := range []*[]config.Secret{&cfg.OwnerKeys, &cfg.SealKeys} {
		if len(*keys) > 0 {
			continue
		}
		key := make([]byte, 32)
		if _, err := io.ReadFull(random, key); err != nil {
			return cfg, fmt.Errorf("draw a key for the demo: %w", err)
		}
		*keys = []config.Secret{config.Secret(base64.RawURLEncoding.EncodeToString(key))}
	}
	return cfg, nil
}

// demoScopes are all that there are: what is written in the demo is gone with it.
func demoScopes() []string {
	return []string{"read", "read_all", "profile:read_all", "profile:write", "activity:read", "activity:read_all", "activity:write"}
}
