package command

import (
	"context"
	"fmt"

	"domestique/azuretable"
	"domestique/internal/config"
	"domestique/strava"
)

// seed is the application and the first grant of the gateway's predecessor; zero: there is none, or no need of it.
type seed struct {
	application  strava.Application
	refreshToken strava.Secret
}

// readSeed reads AZURE_SEED_TABLE, which is never written, unless the environment leaves nothing open.
func readSeed(ctx context.Context, cfg config.Config) (seed, error) {
	if cfg.AzureSeedTable == "" || cfg.StravaClientID != "" && cfg.StravaRefreshToken != "" {
		return seed{}, nil
	}
	found, err := azuretable.ReadSeed(ctx, azureConfig(cfg, cfg.AzureSeedTable))
	if err != nil {
		return seed{}, fmt.Errorf("take the first grant from AZURE_SEED_TABLE: %w", err)
	}
	return seed{
		application:  strava.Application{ClientID: found.ClientID, ClientSecret: strava.Secret(found.ClientSecret())},
		refreshToken: strava.Secret(found.RefreshToken()),
	}, nil
}

// configuredApplication is the environment's, which wins over an entered one and over the seed's.
func configuredApplication(cfg config.Config) strava.Application {
	return strava.Application{ClientID: cfg.StravaClientID, ClientSecret: strava.Secret(cfg.StravaClientSecret)}
}

// firstRefreshToken is the environment's, else the seed's. Where the environment names a client, the seed's counts only if
// it is the same client's: Strava takes a refresh token from nobody else.
func firstRefreshToken(cfg config.Config, from seed) strava.Secret {
	switch {
	case cfg.StravaRefreshToken != "":
		return strava.Secret(cfg.StravaRefreshToken)
	case cfg.StravaClientID == "" || cfg.StravaClientID == from.application.ClientID:
		return from.refreshToken
	default:
		return ""
	}
}

func azureConfig(cfg config.Config, table string) azuretable.Config {
	return azuretable.Config{
		Endpoint:         cfg.AzureTablesEndpoint,
		ConnectionString: string(cfg.AzureConnectionString),
		ClientID:         cfg.AzureClientID,
		Table:            table,
	}
}
