// Package config turns the environment into one validated Config. The variables, their defaults, their meanings and how
// each is read stand in one table (Variables), so that the documentation and the code cannot disagree.
//
// Apart from the two key files of OwnerKeysOrFile and SealKeysOrFile it acts on nothing that it reads: it opens no store,
// listens nowhere and knows no other package of the gateway.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"
)

// Config is the gateway's configuration: plain values, all of them valid. Printed in any way it shows no secret.
type Config struct {
	Addr      string // host:port to listen on; an empty host is every address
	AdminAddr string // empty: no metrics and no profiles
	PublicURL string // without a trailing slash
	DataDir   string

	AzureTablesEndpoint   string
	AzureConnectionString Secret
	AzureClientID         string
	AzureTable            string
	AzureSeedTable        string
	SealKeys              []Secret // none: see SealKeysOrFile

	StravaClientID      string // comes with StravaClientSecret or not at all
	StravaClientSecret  Secret
	StravaRefreshToken  Secret
	StravaAthleteID     int64 // 0: the first athlete who connects
	StravaScopes        []string
	StravaAPIURL        string
	StravaOAuthURL      string
	StravaWebhookSecret Secret

	TokenRefreshMargin time.Duration
	TokenCheckEvery    time.Duration
	SyncEvery          time.Duration

	OwnerKeys            []Secret // none: see OwnerKeysOrFile
	PublicAccess         PublicAccess
	PublicTraceCutMeters int    // cut off at both ends of a public trace; 0: no trace is public
	TrustedDocuments     string // a folder or a manifest; empty: none but the widget's own
	AllowedOrigins       []string

	TimeZone     *time.Location // nil: that of the newest activity
	LogLevel     slog.Level
	LogFormat    LogFormat
	OTLPEndpoint string // empty: nothing is exported
	OTLPHeaders  Secret // NAME=VALUE, comma separated
}

// PublicAccess says what a viewer without the owner's key may see.
type PublicAccess string

// The levels of public access.
const (
	PublicAccessOff     PublicAccess = "off"
	PublicAccessSummary PublicAccess = "summary" // the public projection
	PublicAccessTrusted PublicAccess = "trusted" // the same, by trusted documents only
)

// LogFormat is the form of the log's lines.
type LogFormat string

// The log's formats. LogFormatAuto is what an unset LOG_FORMAT means: text on a terminal, else JSON; whoever opens the
// log decides.
const (
	LogFormatAuto LogFormat = ""
	LogFormatText LogFormat = "text"
	LogFormatJSON LogFormat = "json"
)

// Problems is the error of Load: everything that is wrong with the environment, a line each. No line holds the value of
// a secret.
type Problems []string

func (p Problems) Error() string { return strings.Join(p, "\n") }

// Load reads the environment through lookup, which has the shape of os.LookupEnv. A variable that is set to the empty
// string counts as not set. The error is of type Problems and names every problem at once.
func Load(lookup func(string) (string, bool)) (Config, error) {
	env := environment{lookup: lookup}
	var cfg Config
	var problems Problems
	for _, v := range table() {
		given, err := env.read(v.Variable)
		if err == nil && given != "" {
			err = v.set(&cfg, given)
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s %v", v.Name, err))
		}
		if given == "" || err != nil {
			v.setDefault(&cfg)
		}
	}
	if cfg.PublicURL == "" {
		cfg.PublicURL = localURL(cfg.Addr)
	}
	if problems = append(problems, contradictions(cfg, env)...); len(problems) > 0 {
		return Config{}, problems
	}
	return cfg, nil
}

// contradictions are the problems that no variable has by itself.
func contradictions(cfg Config, env environment) []string {
	azure := env.has("AZURE_TABLES_ENDPOINT") || env.has("AZURE_STORAGE_CONNECTION_STRING")
	rules := []struct {
		broken  bool
		problem string
	}{
		{
			!cfg.Loopback() && !env.has("OWNER_KEY"),
			"OWNER_KEY is not set: it is required when ADDR is not a loopback address",
		},
		{
			env.has("STRAVA_CLIENT_ID") != env.has("STRAVA_CLIENT_SECRET"),
			"STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET belong together: only one of them is set",
		},
		{
			env.has("AZURE_TABLES_ENDPOINT") && env.has("AZURE_STORAGE_CONNECTION_STRING"),
			"AZURE_TABLES_ENDPOINT and AZURE_STORAGE_CONNECTION_STRING are both set: only one of them is allowed",
		},
		{
			azure && !env.has("SEAL_KEYS"),
			"SEAL_KEYS is not set: it is required with Azure Tables",
		},
		{
			!azure && env.has("AZURE_SEED_TABLE"),
			"AZURE_SEED_TABLE needs AZURE_TABLES_ENDPOINT or AZURE_STORAGE_CONNECTION_STRING",
		},
	}
	var problems []string
	for _, rule := range rules {
		if rule.broken {
			problems = append(problems, rule.problem)
		}
	}
	return problems
}

// Azure reports whether the stores are Azure Tables, not files under DataDir.
func (c Config) Azure() bool { return c.AzureTablesEndpoint != "" || c.AzureConnectionString != "" }

// Loopback reports whether only this machine can reach Addr.
func (c Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	return err == nil && isLoopback(host)
}

// Local reports whether the gateway is there for this machine alone: nobody else can reach Addr, and PublicURL names no
// proxy that passes on what others ask.
func (c Config) Local() bool {
	public, err := url.Parse(c.PublicURL)
	return c.Loopback() && err == nil && isLoopback(public.Hostname())
}

// ListeningAt is the configuration of a gateway whose listener has the address addr: port 0 of ADDR becomes the port that
// the system chose, in Addr and in a PublicURL that was derived from it.
func (c Config) ListeningAt(addr net.Addr) Config {
	if c.PublicURL == localURL(c.Addr) {
		c.PublicURL = localURL(addr.String())
	}
	c.Addr = addr.String()
	return c
}

// localURL is the address of a gateway at addr as its own machine sees it.
func localURL(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return "http://localhost:" + port
}
