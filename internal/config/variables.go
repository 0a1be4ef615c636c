package config

import (
	"log/slog"
	"slices"
	"time"
)

// Variable is one environment variable, as the documentation shows it.
type Variable struct {
	Name string
	// Default is the value of a variable that is not set; empty where there is none, or where Fallback says what happens.
	Default string
	// Fallback says in words what happens without the variable, where no fixed value stands for that.
	Fallback string
	// Meaning is one line of prose; names, values and paths in it are marked up as code.
	Meaning string
	// Secret variables never print, and each has a twin, its name with _FILE at the end, that names a file to read it from.
	Secret bool
}

// Variables lists all environment variables in the order of the documentation.
func Variables() []Variable {
	entries := table()
	variables := make([]Variable, len(entries))
	for i, e := range entries {
		variables[i] = e.Variable
	}
	return variables
}

// entry is a variable together with the field of Config that it fills.
type entry struct {
	Variable
	set  func(*Config, string) error
	show func(Config) string
}

// setDefault fills the field of a variable that is not set. That every default is valid is a matter of tests.
func (e entry) setDefault(cfg *Config) {
	if e.Default != "" {
		_ = e.set(cfg, e.Default)
	}
}

// bind joins a variable, its field and the function that reads it.
func bind[T any](v Variable, field func(*Config) *T, parse func(string) (T, error)) entry {
	return entry{
		Variable: v,
		set: func(cfg *Config, text string) error {
			value, err := parse(text)
			if err != nil {
				return err
			}
			*field(cfg) = value
			return nil
		},
		show: func(cfg Config) string { return show(*field(&cfg)) },
	}
}

// table is the environment: one entry for each variable.
func table() []entry {
	return slices.Concat(
		addressVariables(), storeVariables(), stravaVariables(), rhythmVariables(), accessVariables(), outputVariables(),
	)
}

func addressVariables() []entry {
	return []entry{
		bind(Variable{
			Name: "ADDR", Default: "127.0.0.1:8080",
			Meaning: "where to listen; the Dockerfile sets `:8080`",
		}, func(c *Config) *string { return &c.Addr }, address),
		bind(Variable{
			Name: "ADMIN_ADDR", Fallback: "off",
			Meaning: "where `/metrics` and `/debug/pprof` listen",
		}, func(c *Config) *string { return &c.AdminAddr }, address),
		bind(Variable{
			Name: "PUBLIC_URL", Fallback: "`http://localhost:PORT`",
			Meaning: "the address others see",
		}, func(c *Config) *string { return &c.PublicURL }, siteURL),
	}
}

func storeVariables() []entry {
	return []entry{
		bind(Variable{
			Name: "DATA_DIR", Default: "data",
			Meaning: "folder of the embedded stores",
		}, func(c *Config) *string { return &c.DataDir }, anyText),
		bind(Variable{
			Name:    "AZURE_TABLES_ENDPOINT",
			Meaning: "`https://ACCOUNT.table.core.windows.net`, with a managed identity or `az login`",
		}, func(c *Config) *string { return &c.AzureTablesEndpoint }, secureURL),
		bind(Variable{
			Name: "AZURE_STORAGE_CONNECTION_STRING", Secret: true,
			Meaning: "instead of the endpoint; `UseDevelopmentStorage=true` means Azurite on its usual ports",
		}, func(c *Config) *Secret { return &c.AzureConnectionString }, connectionString),
		bind(Variable{
			Name:    "AZURE_CLIENT_ID",
			Meaning: "picks a user-assigned managed identity",
		}, func(c *Config) *string { return &c.AzureClientID }, anyText),
		bind(Variable{
			Name: "AZURE_TABLE", Default: "domestique",
			Meaning: "name of the table",
		}, func(c *Config) *string { return &c.AzureTable }, tableName),
		bind(Variable{
			Name: "AZURE_SEED_TABLE",
			Meaning: "a table with the rows PartitionKey `Token`, RowKey `ClientID`, `ClientSecret`, `AccessToken`, " +
				"`RefreshToken` (property `Value`), to take the first grant and client from",
		}, func(c *Config) *string { return &c.AzureSeedTable }, tableName),
		bind(Variable{
			Name: "SEAL_KEYS", Secret: true,
			Fallback: "generated into `DATA_DIR` for the embedded store; required with Azure",
			Meaning:  "secrets of 32 characters or more, comma separated: the first seals, all open",
		}, func(c *Config) *[]Secret { return &c.SealKeys }, list(passphrase)),
	}
}

func stravaVariables() []entry {
	return []entry{
		bind(Variable{
			Name:     "STRAVA_CLIENT_ID",
			Fallback: "what was entered at `/connect`, else the seed table's",
			Meaning:  "the client id of the owner's own Strava application",
		}, func(c *Config) *string { return &c.StravaClientID }, clientID),
		bind(Variable{
			Name: "STRAVA_CLIENT_SECRET", Secret: true,
			Fallback: "what was entered at `/connect`, else the seed table's",
			Meaning:  "the client secret of that application",
		}, func(c *Config) *Secret { return &c.StravaClientSecret }, token),
		bind(Variable{
			Name: "STRAVA_REFRESH_TOKEN", Secret: true,
			Meaning: "a first grant; never wins over a stored one",
		}, func(c *Config) *Secret { return &c.StravaRefreshToken }, token),
		bind(Variable{
			Name: "STRAVA_ATHLETE_ID", Fallback: "the first one who connects",
			Meaning: "the only athlete allowed to connect",
		}, func(c *Config) *int64 { return &c.StravaAthleteID }, athleteID),
		bind(Variable{
			Name: "STRAVA_SCOPES", Default: "read,read_all,profile:read_all,activity:read_all",
			Meaning: "what the consent flow asks for",
		}, func(c *Config) *[]string { return &c.StravaScopes }, list(scope)),
		bind(Variable{
			Name: "STRAVA_API_URL", Default: "https://www.strava.com/api/v3",
			Meaning: "base address of Strava's API; it changes in 2027",
		}, func(c *Config) *string { return &c.StravaAPIURL }, secureURL),
		bind(Variable{
			Name: "STRAVA_OAUTH_URL", Default: "https://www.strava.com/oauth",
			Meaning: "base address of Strava's OAuth pages",
		}, func(c *Config) *string { return &c.StravaOAuthURL }, secureURL),
		bind(Variable{
			Name: "STRAVA_WEBHOOK_SECRET", Secret: true,
			Meaning: "checks `X-Strava-Signature` where Strava sends it",
		}, func(c *Config) *Secret { return &c.StravaWebhookSecret }, token),
	}
}

func rhythmVariables() []entry {
	return []entry{
		bind(Variable{
			Name: "TOKEN_REFRESH_MARGIN", Default: "45m",
			Meaning: "refresh when less than this is left; never more than half of a token's life",
		}, func(c *Config) *time.Duration { return &c.TokenRefreshMargin }, duration),
		bind(Variable{
			Name: "TOKEN_CHECK_EVERY", Default: "1m",
			Meaning: "how often the refresh job asks whether anything is due",
		}, func(c *Config) *time.Duration { return &c.TokenCheckEvery }, duration),
		bind(Variable{
			Name: "SYNC_EVERY", Default: "15m",
			Meaning: "how often the newest activities are read from Strava",
		}, func(c *Config) *time.Duration { return &c.SyncEvery }, duration),
	}
}

func accessVariables() []entry {
	return []entry{
		bind(Variable{
			Name: "OWNER_KEY", Secret: true,
			Fallback: "generated into `DATA_DIR` when `ADDR` is loopback; required otherwise",
			Meaning:  "bearer key of the owner, 32 characters or more; several, comma separated",
		}, func(c *Config) *[]Secret { return &c.OwnerKeys }, list(bearerKey)),
		bind(Variable{
			Name: "PUBLIC_ACCESS", Default: "off",
			Meaning: "`off`: nobody but the owner; `summary`: anonymous viewers see the public projection; " +
				"`trusted`: the same, by trusted documents only",
		}, func(c *Config) *PublicAccess { return &c.PublicAccess },
			oneOf(PublicAccessOff, PublicAccessSummary, PublicAccessTrusted)),
		bind(Variable{
			Name: "PUBLIC_TRACES", Default: "off",
			Meaning: "with a number of metres: anonymous viewers see traces, cut by that much at both ends",
		}, func(c *Config) *int { return &c.PublicTraceCutMeters }, traceCut),
		bind(Variable{
			Name: "TRUSTED_DOCUMENTS", Fallback: "the site widget's own",
			Meaning: "a folder of `.graphql` files, or a manifest of `sha256` → document",
		}, func(c *Config) *string { return &c.TrustedDocuments }, existingPath),
		bind(Variable{
			Name: "ALLOWED_ORIGINS", Fallback: "none",
			Meaning: "origins whose pages may ask from a browser (CORS), comma separated",
		}, func(c *Config) *[]string { return &c.AllowedOrigins }, list(origin)),
	}
}

func outputVariables() []entry {
	return []entry{
		bind(Variable{
			Name: "TIME_ZONE", Fallback: "that of the newest activity",
			Meaning: "whose \"today\" streaks, goals and open periods mean",
		}, func(c *Config) **time.Location { return &c.TimeZone }, timeZone),
		bind(Variable{
			Name: "LOG_LEVEL", Default: "info",
			Meaning: "`debug`, `info`, `warn` or `error`",
		}, func(c *Config) *slog.Level { return &c.LogLevel }, logLevel),
		bind(Variable{
			Name: "LOG_FORMAT", Fallback: "`text` on a terminal, else `json`",
			Meaning: "`text` or `json`",
		}, func(c *Config) *LogFormat { return &c.LogFormat }, oneOf(LogFormatText, LogFormatJSON)),
		bind(Variable{
			Name:    "OTEL_EXPORTER_OTLP_ENDPOINT",
			Meaning: "where traces and metrics go, by the standard `OTEL_*` variables; nothing is exported without it",
		}, func(c *Config) *string { return &c.OTLPEndpoint }, webURL),
		bind(Variable{
			Name: "OTEL_EXPORTER_OTLP_HEADERS", Secret: true,
			Meaning: "headers of each export, `NAME=VALUE`, comma separated: what the receiver wants for a key",
		}, func(c *Config) *Secret { return &c.OTLPHeaders }, headerList),
	}
}
