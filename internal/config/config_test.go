package config_test

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/internal/config"
)

// env is an environment of a test; its lookup is os.LookupEnv's shape.
type env map[string]string

func (e env) lookup(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// The two keys are long enough for OWNER_KEY and SEAL_KEYS.
const (
	longKey    = "0123456789abcdef0123456789abcdef"
	anotherKey = "fedcba9876543210fedcba9876543210"
)

// defaults is what an empty environment means.
func defaults() config.Config {
	return config.Config{
		Addr:               "127.0.0.1:8080",
		PublicURL:          "http://localhost:8080",
		DataDir:            "data",
		AzureTable:         "domestique",
		StravaScopes:       []string{"read", "read_all", "profile:read_all", "activity:read_all"},
		StravaAPIURL:       "https://www.strava.com/api/v3",
		StravaOAuthURL:     "https://www.strava.com/oauth",
		TokenRefreshMargin: 45 * time.Minute,
		TokenCheckEvery:    time.Minute,
		SyncEvery:          15 * time.Minute,
		PublicAccess:       config.PublicAccessOff,
		LogLevel:           slog.LevelInfo,
		LogFormat:          config.LogFormatAuto,
	}
}

// sameConfig compares field by field, as a Config prints no secrets and keeps something to itself.
var sameConfig = cmp.Options{
	cmpopts.IgnoreUnexported(config.Config{}),
	cmp.Comparer(func(a, b *time.Location) bool { return a == b || a != nil && b != nil && a.String() == b.String() }),
}

func TestLoad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	tests := []struct {
		name string
		env  env
		want func(*config.Config)
	}{
		{name: "nothing is set", env: env{}, want: func(*config.Config) {}},
		{
			name: "set to nothing is not set",
			env:  env{"ADDR": "", "OWNER_KEY": "", "OWNER_KEY_FILE": "", "PUBLIC_ACCESS": "", "TIME_ZONE": ""},
			want: func(*config.Config) {},
		},
		{
			name: "everything",
			env: env{
				"ADDR": ":9000", "ADMIN_ADDR": "[::1]:9001", "PUBLIC_URL": "https://fitness.example.org/",
				"DATA_DIR": "/data", "SEAL_KEYS": longKey + ", " + anotherKey,
				"STRAVA_CLIENT_ID": "4711", "STRAVA_CLIENT_SECRET": "s3cret", "STRAVA_REFRESH_TOKEN": "r3fresh",
				"STRAVA_ATHLETE_ID": "9223372036854775807", "STRAVA_SCOPES": "read, activity:read",
				"STRAVA_API_URL": "http://127.0.0.1:9090/api/v3/", "STRAVA_OAUTH_URL": "http://localhost:9090/oauth",
				"STRAVA_WEBHOOK_SECRET": "w3bhook",
				"TOKEN_REFRESH_MARGIN":  "8s", "TOKEN_CHECK_EVERY": "250ms", "SYNC_EVERY": "1h30m",
				"OWNER_KEY": anotherKey, "PUBLIC_ACCESS": "summary", "PUBLIC_TRACES": "300",
				"TRUSTED_DOCUMENTS": folder, "ALLOWED_ORIGINS": "https://A.example.org,http://localhost:3000",
				"TIME_ZONE": "Europe/Berlin", "LOG_LEVEL": "debug", "LOG_FORMAT": "json",
				"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_EXPORTER_OTLP_HEADERS": "x-key=a b",
			},
			want: func(c *config.Config) {
				c.Addr, c.AdminAddr, c.PublicURL = ":9000", "[::1]:9001", "https://fitness.example.org"
				c.DataDir, c.SealKeys = "/data", []config.Secret{longKey, anotherKey}
				c.StravaClientID, c.StravaClientSecret, c.StravaRefreshToken = "4711", "s3cret", "r3fresh"
				c.StravaAthleteID, c.StravaScopes = 9223372036854775807, []string{"read", "activity:read"}
				c.StravaAPIURL, c.StravaOAuthURL = "http://127.0.0.1:9090/api/v3", "http://localhost:9090/oauth"
				c.StravaWebhookSecret = "w3bhook"
				c.TokenRefreshMargin, c.TokenCheckEvery = 8*time.Second, 250*time.Millisecond
				c.SyncEvery = 90 * time.Minute
				c.OwnerKeys, c.PublicAccess, c.PublicTraceCutMeters = []config.Secret{anotherKey}, "summary", 300
				c.TrustedDocuments = folder
				c.AllowedOrigins = []string{"https://a.example.org", "http://localhost:3000"}
				c.TimeZone, c.LogLevel, c.LogFormat = time.FixedZone("Europe/Berlin", 0), slog.LevelDebug, "json"
				c.OTLPEndpoint, c.OTLPHeaders = "http://collector:4318", "x-key=a b"
			},
		},
		{
			name: "public traces off",
			env:  env{"PUBLIC_TRACES": "off"},
			want: func(*config.Config) {},
		},
		{
			name: "the public address follows the port",
			env:  env{"ADDR": "[::1]:7777"},
			want: func(c *config.Config) { c.Addr, c.PublicURL = "[::1]:7777", "http://localhost:7777" },
		},
		{
			name: "an address of a network needs a key and has one",
			env:  env{"ADDR": "192.168.1.20:8080", "OWNER_KEY": longKey},
			want: func(c *config.Config) { c.Addr, c.OwnerKeys = "192.168.1.20:8080", []config.Secret{longKey} },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := config.Load(test.env.lookup)
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			want := defaults()
			test.want(&want)
			if diff := cmp.Diff(want, got, sameConfig); diff != "" {
				t.Errorf("config (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadNamesEveryProblem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  env
		want []string // how each line begins, in order
	}{
		{"address without port", env{"ADDR": "localhost"}, []string{`ADDR must be host:port or :port`}},
		{"port that is none", env{"ADDR": "127.0.0.1:http"}, []string{`ADDR must be host:port or :port`}},
		{"port too large", env{"ADMIN_ADDR": ":65536"}, []string{`ADMIN_ADDR must be host:port or :port`}},
		{"every address without a key", env{"ADDR": ":8080"}, []string{`OWNER_KEY is not set`}},
		{"a network's address without a key", env{"ADDR": "10.0.0.1:80"}, []string{`OWNER_KEY is not set`}},
		{"short key", env{"ADDR": ":8080", "OWNER_KEY": longKey[1:]}, []string{`OWNER_KEY must be 32 characters`}},
		{"one key of two is short", env{"OWNER_KEY": longKey + ",short"}, []string{`OWNER_KEY must be 32 characters`}},
		{"comma at the end", env{"OWNER_KEY": longKey + ","}, []string{`OWNER_KEY must be 32 characters`}},
		{"key that fits no header", env{"OWNER_KEY": longKey + "ä"}, []string{`OWNER_KEY must be printable ASCII`}},
		{"key with blanks", env{"OWNER_KEY": longKey + " " + longKey}, []string{`OWNER_KEY must be printable ASCII`}},
		{"short sealing key", env{"SEAL_KEYS": "short"}, []string{`SEAL_KEYS must be 32 characters`}},
		{"relative public address", env{"PUBLIC_URL": "fitness.example.org"}, []string{`PUBLIC_URL must be an address`}},
		{"other scheme", env{"PUBLIC_URL": "ftp://example.org"}, []string{`PUBLIC_URL must be an address`}},
		{"address with a password", env{"PUBLIC_URL": "https://me:hush@example.org"}, []string{`PUBLIC_URL must be an address`}},
		{"public address with a path", env{"PUBLIC_URL": "https://example.org/gateway"}, []string{`PUBLIC_URL must be an address without a path`}},
		{"address with a query", env{"STRAVA_API_URL": "https://example.org?"}, []string{`STRAVA_API_URL must be an address`}},
		{"address with a fragment", env{"STRAVA_API_URL": "https://example.org#a"}, []string{`STRAVA_API_URL must be an address`}},
		{"address without a host", env{"STRAVA_OAUTH_URL": "https:///oauth"}, []string{`STRAVA_OAUTH_URL must be an address`}},
		{"tokens over plain http", env{"STRAVA_API_URL": "http://example.org/api"}, []string{`STRAVA_API_URL must begin with https://`}},
		{"a host that only looks like loopback", env{"STRAVA_OAUTH_URL": "http://127.0.0.1.example.org"}, []string{`STRAVA_OAUTH_URL must begin with https://`}},
		{"client id without secret", env{"STRAVA_CLIENT_ID": "1"}, []string{`STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET belong together`}},
		{"secret without client id", env{"STRAVA_CLIENT_SECRET": "s"}, []string{`STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET belong together`}},
		{"client id that is no number", env{"STRAVA_CLIENT_ID": "me", "STRAVA_CLIENT_SECRET": "s"}, []string{`STRAVA_CLIENT_ID must be a number`}},
		{"secret of two lines", env{"STRAVA_REFRESH_TOKEN": "a\nb"}, []string{`STRAVA_REFRESH_TOKEN must not contain blanks`}},
		{"athlete 0", env{"STRAVA_ATHLETE_ID": "0"}, []string{`STRAVA_ATHLETE_ID must be a number`}},
		{"athlete too large", env{"STRAVA_ATHLETE_ID": "9223372036854775808"}, []string{`STRAVA_ATHLETE_ID must be a number`}},
		{"unknown scope", env{"STRAVA_SCOPES": "read,activities"}, []string{`STRAVA_SCOPES must be read, read_all, profile:read_all, profile:write, activity:read, activity:read_all or activity:write, not "activities"`}},
		{"margin of nothing", env{"TOKEN_REFRESH_MARGIN": "0s"}, []string{`TOKEN_REFRESH_MARGIN must be a duration`}},
		{"backwards", env{"TOKEN_CHECK_EVERY": "-1m"}, []string{`TOKEN_CHECK_EVERY must be a duration`}},
		{"busy loop", env{"SYNC_EVERY": "1ns"}, []string{`SYNC_EVERY must be a duration`}},
		{"number without unit", env{"SYNC_EVERY": "15"}, []string{`SYNC_EVERY must be a duration`}},
		{"unknown access", env{"PUBLIC_ACCESS": "everyone"}, []string{`PUBLIC_ACCESS must be off, summary or trusted, not "everyone"`}},
		{"traces uncut", env{"PUBLIC_TRACES": "0"}, []string{`PUBLIC_TRACES must be off, or a number of metres`}},
		{"traces on", env{"PUBLIC_TRACES": "on"}, []string{`PUBLIC_TRACES must be off, or a number of metres`}},
		{"documents that are not there", env{"TRUSTED_DOCUMENTS": "/no/such/folder"}, []string{`TRUSTED_DOCUMENTS must be an existing folder or file`}},
		{"origin with a path", env{"ALLOWED_ORIGINS": "https://example.org/"}, []string{`ALLOWED_ORIGINS must be origins`}},
		{"every origin", env{"ALLOWED_ORIGINS": "*"}, []string{`ALLOWED_ORIGINS must be origins`}},
		{"time zone of this machine", env{"TIME_ZONE": "Local"}, []string{`TIME_ZONE must be a name of the time zone database`}},
		{"time zone of no place", env{"TIME_ZONE": "Mars/Olympus"}, []string{`TIME_ZONE must be a name of the time zone database`}},
		{"log level", env{"LOG_LEVEL": "verbose"}, []string{`LOG_LEVEL must be debug, info, warn or error, not "verbose"`}},
		{"log format", env{"LOG_FORMAT": "xml"}, []string{`LOG_FORMAT must be text or json, not "xml"`}},
		{
			"both stores, no keys",
			env{"AZURE_TABLES_ENDPOINT": "http://example.org", "AZURE_STORAGE_CONNECTION_STRING": "nonsense"},
			[]string{
				`AZURE_TABLES_ENDPOINT must begin with https://`,
				`AZURE_STORAGE_CONNECTION_STRING must be a connection string`,
				`AZURE_TABLES_ENDPOINT and AZURE_STORAGE_CONNECTION_STRING are both set`,
				`SEAL_KEYS is not set: it is required with Azure Tables`,
			},
		},
		{
			"a seed without a store",
			env{"AZURE_SEED_TABLE": "ServerlessStrava", "AZURE_TABLE": "a-b"},
			[]string{
				`AZURE_TABLE must be 3 to 63 letters and digits`,
				`AZURE_SEED_TABLE needs AZURE_TABLES_ENDPOINT`,
			},
		},
		{
			"a value of several lines stays on one",
			env{"LOG_LEVEL": "in\nfo"},
			[]string{`LOG_LEVEL must be debug, info, warn or error, not "in\nfo"`},
		},
		{
			"all at once",
			env{"ADDR": "0.0.0.0:8080", "OWNER_KEY": "too-short", "SYNC_EVERY": "soon", "TIME_ZONE": "nowhere"},
			[]string{`SYNC_EVERY must be`, `OWNER_KEY must be`, `TIME_ZONE must be`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(test.env.lookup)
			problems, ok := errors.AsType[config.Problems](err)
			if !ok {
				t.Fatalf("Load = %v, want problems", err)
			}
			if len(problems) != len(test.want) || len(strings.Split(err.Error(), "\n")) != len(test.want) {
				t.Fatalf("%d problems, want %d:\n%v", len(problems), len(test.want), err)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(problems[i], want) {
					t.Errorf("problem %d: %s\nwant: %s…", i, problems[i], want)
				}
			}
		})
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, text string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, text := range map[string]string{"unix": "s3cret\n", "windows": "s3cret\r\n", "bare": "s3cret"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environment := env{"STRAVA_CLIENT_ID": "1", "STRAVA_CLIENT_SECRET_FILE": write(t, text)}
			cfg, err := config.Load(environment.lookup)
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			if cfg.StravaClientSecret != "s3cret" {
				t.Errorf("secret %q", string(cfg.StravaClientSecret))
			}
		})
	}
	t.Run("every secret has a twin", func(t *testing.T) {
		t.Parallel()
		values := env{
			"OWNER_KEY": longKey, "SEAL_KEYS": longKey, "STRAVA_CLIENT_ID": "1", "STRAVA_CLIENT_SECRET": "a",
			"STRAVA_REFRESH_TOKEN": "b", "STRAVA_WEBHOOK_SECRET": "c",
		}
		want, err := config.Load(values.lookup)
		if err != nil {
			t.Fatalf("Load: %v", err)
		}
		files := env{}
		for name, value := range values {
			if name == "STRAVA_CLIENT_ID" {
				files[name] = value
				continue
			}
			files[name+"_FILE"] = write(t, value+"\n")
		}
		got, err := config.Load(files.lookup)
		if err != nil {
			t.Fatalf("Load: %v", err)
		}
		if diff := cmp.Diff(want, got, sameConfig); diff != "" {
			t.Errorf("config (-variables +files):\n%s", diff)
		}
	})
	t.Run("problems", func(t *testing.T) {
		t.Parallel()
		_, err := config.Load(env{
			"OWNER_KEY": longKey, "OWNER_KEY_FILE": write(t, anotherKey),
			"SEAL_KEYS_FILE":             "hush-hush-not-a-path-but-a-secret",
			"STRAVA_REFRESH_TOKEN_FILE":  t.TempDir(),
			"STRAVA_WEBHOOK_SECRET_FILE": write(t, "\n"),
			"STRAVA_CLIENT_ID":           "1",
			"STRAVA_CLIENT_SECRET_FILE":  write(t, strings.Repeat("x", 20_000)),
		}.lookup)
		want := config.Problems{
			"SEAL_KEYS cannot be read from the file that SEAL_KEYS_FILE names: no such file or directory",
			"STRAVA_CLIENT_SECRET cannot be read from the file that STRAVA_CLIENT_SECRET_FILE names: it is larger than 16384 bytes",
			"STRAVA_REFRESH_TOKEN cannot be read from the file that STRAVA_REFRESH_TOKEN_FILE names: is a directory",
			"STRAVA_WEBHOOK_SECRET cannot be read from the file that STRAVA_WEBHOOK_SECRET_FILE names: it is empty",
			"OWNER_KEY and OWNER_KEY_FILE are both set: only one of them is allowed",
		}
		got, _ := errors.AsType[config.Problems](err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
	})
}

// A problem that quoted a secret would put it into the log of whatever starts the process.
func TestProblemsHoldNoSecret(t *testing.T) {
	t.Parallel()
	const planted = "hu sh" // too short for a key, and a blank that no token has
	environment := env{"AZURE_STORAGE_CONNECTION_STRING": planted, "ADDR": ":80"}
	for _, v := range config.Variables() {
		if v.Secret {
			environment[v.Name] = planted
		}
	}
	_, err := config.Load(environment.lookup)
	if err == nil || strings.Contains(err.Error(), "hu") {
		t.Errorf("Load = %v, want problems without the secret", err)
	}
}

func TestVariablesAreDocumented(t *testing.T) {
	t.Parallel()
	var names []string
	for _, v := range config.Variables() {
		if v.Meaning == "" || strings.Contains(v.Meaning+v.Default+v.Fallback, "\n") {
			t.Errorf("%s: one line of meaning is wanted: %q", v.Name, v.Meaning)
		}
		if v.Default != "" && v.Fallback != "" {
			t.Errorf("%s has the default %q and %q in words", v.Name, v.Default, v.Fallback)
		}
		if slices.Contains(names, v.Name) {
			t.Errorf("%s is listed twice", v.Name)
		}
		names = append(names, v.Name)
		if v.Default == "" {
			continue
		}
		t.Run(v.Name, func(t *testing.T) { // the default that is documented is the default
			t.Parallel()
			cfg, err := config.Load(env{v.Name: v.Default}.lookup)
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			if diff := cmp.Diff(defaults(), cfg, sameConfig); diff != "" {
				t.Errorf("config (-nothing set +default set):\n%s", diff)
			}
		})
	}
	secrets := []string{
		"AZURE_STORAGE_CONNECTION_STRING", "SEAL_KEYS", "STRAVA_CLIENT_SECRET", "STRAVA_REFRESH_TOKEN",
		"STRAVA_WEBHOOK_SECRET", "OWNER_KEY", "OTEL_EXPORTER_OTLP_HEADERS",
	}
	var got []string
	for _, v := range config.Variables() {
		if v.Secret {
			got = append(got, v.Name)
		}
	}
	if diff := cmp.Diff(secrets, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:8080": true, "127.8.9.10:1": true, "[::1]:8080": true, "localhost:0": true, "[::ffff:127.0.0.1]:80": true,
		":8080": false, "0.0.0.0:8080": false, "[::]:8080": false, "192.168.0.1:80": false, "example.org:80": false,
	} {
		if got := (config.Config{Addr: addr}).Loopback(); got != want {
			t.Errorf("Loopback of %s = %v, want %v", addr, got, want)
		}
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		addr, publicURL string
		want            bool
	}{
		{"127.0.0.1:8080", "http://localhost:8080", true},
		{"127.0.0.1:8080", "http://127.0.0.1:8080", true},
		{"127.0.0.1:8080", "https://fitness.example.org", false},
		{":8080", "http://localhost:8080", false},
	} {
		if got := (config.Config{Addr: test.addr, PublicURL: test.publicURL}).Local(); got != test.want {
			t.Errorf("Local of %s as %s = %v, want %v", test.addr, test.publicURL, got, test.want)
		}
	}
}

func TestListeningAt(t *testing.T) {
	t.Parallel()
	chosen := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 40123}
	for _, test := range []struct{ name, publicURL, want string }{
		{"derived", "", "http://localhost:40123"},
		{"given", "https://fitness.example.org", "https://fitness.example.org"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.Load(env{"ADDR": "127.0.0.1:0", "PUBLIC_URL": test.publicURL}.lookup)
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			got := cfg.ListeningAt(chosen)
			if got.Addr != "127.0.0.1:40123" || got.PublicURL != test.want {
				t.Errorf("address %s, public %s; want the chosen port and %s", got.Addr, got.PublicURL, test.want)
			}
		})
	}
}
