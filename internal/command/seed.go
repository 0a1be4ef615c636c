package command

import (
	"context"
	"fmt"

	"domestique/azuretable"
	"domestique/internal/config"
)

// seeded fills in what the environment leaves open from AZURE_SEED_TABLE, which is read and never written. A client that
// is given by the environment wins, and then the table's refresh token counts only if it is the same client's: Strava
// takes a refresh token from nobody else.
func seeded(ctx context.Context, cfg config.Config) (config.Config, error) {
	if cfg.AzureSeedTable == "" || cfg.StravaClientID != "" && cfg.StravaRefreshToken != "" {
		return cfg, nil
	}
	seed, err := azuretable.ReadSeed(ctx, azureConfig(cfg, cfg.AzureSeedTable))
	if err != nil {
		return cfg, fmt.Errorf("take the first grant from AZURE_SEED_TABLE: %w", err)
	}
	if cfg.StravaClientID == "" {
		cfg.StravaClientID, cfg.StravaClientSecret = seed.ClientID, config.Secret(seed.ClientSecret())
	}
	if cfg.StravaRefreshToken == "" && cfg.StravaClientID == seed.ClientID {
		cfg.StravaRefreshToken = config.Secret(seed.RefreshToken())
	}
	return cfg, nil
}

func azureConfig(cfg config.Config, table string) azuretable.Config {
	return azuretable.Config{
		Endpoint:         cfg.AzureTablesEndpoint,
		ConnectionString: string(cfg.AzureConnectionString),
		ClientID:         cfg.AzureClientID,
		Table:            table,
	}
}
