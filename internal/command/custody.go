package command

import (
	"context"
	"crypto/rand"
	"errors"
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
	Tokens  *tokens.Manager // to be closed by whoever opened the custody
	Consent *tokens.Consent
	Keyring *tokens.Keyring // that of the stored grant
	Clock   *strava.Clock   // what is known of Strava's time; whoever calls the API shares it
	Watch   *Watch          // whoever looks on; nil: nobody does
}

// CustodyConfig is what OpenCustody needs beside the configuration; its zero value works.
type CustodyConfig struct {
	// Store is where the grant is kept. Zero: Azure Tables where they are configured, else the file store in DATA_DIR.
	Store tokens.Store
	// Watch looks on, at all that stands on the custody, too. Zero: nobody does.
	Watch *Watch
	// Logger is the token manager's. Zero: nothing is logged.
	Logger *slog.Logger
	// Rand is where keys and ids are drawn from. Zero: crypto/rand.Reader.
	Rand io.Reader
}

// OpenCustody puts the custody of the grant together: the same for the server and for a command that runs beside it.
func OpenCustody(ctx context.Context, cfg config.Config, with CustodyConfig) (Custody, error) {
	if with.Rand == nil {
		with.Rand = rand.Reader
	}
	seed, err := readSeed(ctx, cfg)
	if err != nil {
		return Custody{}, err
	}
	if with.Store == nil {
		store, err := openStore(cfg)
		if err != nil {
			return Custody{}, fmt.Errorf("open the store of the grant: %w", err)
		}
		with.Store = store
	}
	with.Store = with.Watch.grants(with.Store)
	keyring, err := openKeyring(ctx, cfg, with)
	if err != nil {
		return Custody{}, err
	}
	clock := strava.NewClock(nil)
	oauth := strava.NewOAuth(strava.OAuthConfig{URL: cfg.StravaOAuthURL, Clock: clock})
	manager, err := tokens.NewManager(tokens.Config{
		Store:               with.Store,
		Keyring:             keyring,
		OAuth:               with.Watch.oauth(oauth),
		Application:         configuredApplication(cfg),
		FallbackApplication: seed.application,
		FirstRefreshToken:   firstRefreshToken(cfg, seed),
		AthleteID:           cfg.StravaAthleteID,
		Scopes:              cfg.StravaScopes,
		Margin:              cfg.TokenRefreshMargin,
		Skew:                clock.Skew,
		Rand:                with.Rand,
		Logger:              with.Logger,
	})
	if err != nil {
		return Custody{}, fmt.Errorf("take custody of the grant: %w", err)
	}
	consent, err := tokens.NewConsent(tokens.ConsentConfig{OAuth: oauth, Tokens: manager, Scopes: cfg.StravaScopes})
	if err != nil {
		return Custody{}, fmt.Errorf("prepare the consent: %w", err)
	}
	return Custody{Tokens: manager, Consent: consent, Keyring: keyring, Clock: clock, Watch: with.Watch}, nil
}

func openStore(cfg config.Config) (tokens.Store, error) {
	if !cfg.Azure() {
		return tokens.OpenFileStore(cfg.DataDir)
	}
	return azuretable.NewGrants(azureConfig(cfg, cfg.AzureTable))
}

// openKeyring takes the sealing keys, or makes one for a store that is empty. One that is made beside a stored grant could
// not open it, and would hide that the right one is missing.
func openKeyring(ctx context.Context, cfg config.Config, with CustodyConfig) (*tokens.Keyring, error) {
	if cfg.LacksSealKeys() {
		_, _, err := with.Store.Load(ctx)
		switch {
		case err == nil:
			return nil, fmt.Errorf("a grant is stored, but the key that it was sealed with is missing: put back seal.key in %s, "+
				"or set SEAL_KEYS, or move grant.json away to begin anew", cfg.DataDir)
		case !errors.Is(err, tokens.ErrNotFound):
			return nil, fmt.Errorf("make a sealing key: %w", err)
		}
	}
	keys, err := cfg.SealKeysOrFile(with.Rand)
	if err != nil {
		return nil, err
	}
	keyring, err := tokens.NewKeyring(secrets(keys)...)
	if err != nil {
		return nil, fmt.Errorf("take the sealing keys: %w", err)
	}
	return keyring, nil
}

func secrets(keys []config.Secret) []strava.Secret {
	converted := make([]strava.Secret, len(keys))
	for i, key := range keys {
		converted[i] = strava.Secret(key)
	}
	return converted
}

// noApplication turns ErrNoApplication into a problem with the environment that says what to do, and leaves every other
// error as it is.
func noApplication(err error) error {
	if !errors.Is(err, tokens.ErrNoApplication) {
		return err
	}
	return config.Problems{"no Strava application is known: enter yours at /connect of the running gateway, or set " +
		"STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET; they are those of your application at https://www.strava.com/settings/api"}
}
