package command

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"

	"domestique/azuretable"
	"domestique/internal/config"
	"domestique/strava"
	"domestique/tokens"
)

// Custody is who keeps the grant, and who gets one from Strava.
type Custody struct {
	Tokens *tokens.Manager // to be closed by whoever opened the custody
	OAuth  *strava.OAuth
}

// CustodyConfig is what OpenCustody needs beside the configuration; its zero value works.
type CustodyConfig struct {
	// Store is where the grant is kept. Zero: Azure Tables where they are configured, else the file store in DATA_DIR.
	Store tokens.Store
	// Logger is the token manager's. Zero: nothing is logged.
	Logger *slog.Logger
	// Rand is where keys and ids are drawn from. Zero: crypto/rand.Reader.
	Rand io.Reader
}

// OpenCustody puts the custody of the grant together: the same for the server and for a command that runs beside it.
func OpenCustody(cfg config.Config, with CustodyConfig) (Custody, error) {
	if with.Rand == nil {
		with.Rand = rand.Reader
	}
	sealKeys, err := cfg.SealKeysOrFile(with.Rand)
	if err != nil {
		return Custody{}, err
	}
	keyring, err := tokens.NewKeyring(secrets(sealKeys)...)
	if err != nil {
		return Custody{}, fmt.Errorf("take the sealing keys: %w", err)
	}
	if with.Store == nil {
		if with.Store, err = openStore(cfg); err != nil {
			return Custody{}, fmt.Errorf("open the store of the grant: %w", err)
		}
	}
	oauth := strava.NewOAuth(strava.OAuthConfig{
		URL:          cfg.StravaOAuthURL,
		ClientID:     cfg.StravaClientID,
		ClientSecret: strava.Secret(cfg.StravaClientSecret),
	})
	manager, err := tokens.NewManager(tokens.Config{
		Store:             with.Store,
		Keyring:           keyring,
		OAuth:             oauth,
		FirstRefreshToken: strava.Secret(cfg.StravaRefreshToken),
		AthleteID:         cfg.StravaAthleteID,
		Scopes:            cfg.StravaScopes,
		Margin:            cfg.TokenRefreshMargin,
		Rand:              with.Rand,
		Logger:            with.Logger,
	})
	if err != nil {
		return Custody{}, fmt.Errorf("take custody of the grant: %w", err)
	}
	return Custody{Tokens: manager, OAuth: oauth}, nil
}

func openStore(cfg config.Config) (tokens.Store, error) {
	if !cfg.Azure() {
		return tokens.OpenFileStore(cfg.DataDir)
	}
	return azuretable.NewGrants(azuretable.Config{
		Endpoint:         cfg.AzureTablesEndpoint,
		ConnectionString: string(cfg.AzureConnectionString),
		ClientID:         cfg.AzureClientID,
		Table:            cfg.AzureTable,
	})
}

func secrets(keys []config.Secret) []strava.Secret {
	converted := make([]strava.Secret, len(keys))
	for i, key := range keys {
		converted[i] = strava.Secret(key)
	}
	return converted
}

// connectable is the configuration of a command that talks to Strava's OAuth: it has to know the application.
func connectable(env Env) (config.Config, error) {
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return config.Config{}, err
	}
	if cfg.StravaClientID == "" {
		return config.Config{}, config.Problems{"STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET are not set: " +
			"they are those of your application at https://www.strava.com/settings/api"}
	}
	return cfg, nil
}
