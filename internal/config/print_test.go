package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/config"
)

const planted = "planted-planted-planted-planted-planted"

// planting is a configuration in which every secret holds the planted text.
func planting(t *testing.T) config.Config {
	t.Helper()
	cfg, err := config.Load(env{
		"OWNER_KEY": planted, "SEAL_KEYS": planted + "," + planted, "STRAVA_CLIENT_ID": "1",
		"STRAVA_CLIENT_SECRET": planted, "STRAVA_REFRESH_TOKEN": planted, "STRAVA_WEBHOOK_SECRET": planted,
		"TIME_ZONE": "UTC", "STRAVA_ATHLETE_ID": "12",
	}.lookup)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	cfg.AzureConnectionString = planted
	return cfg
}

func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	cfg := planting(t)
	type holder struct{ Config config.Config }
	values := map[string]any{
		"config": cfg, "pointer": &cfg, "holder": holder{cfg}, "slice": []config.Config{cfg},
		"secret": cfg.StravaClientSecret, "secrets": cfg.SealKeys, "secret's pointer": &cfg.StravaClientSecret,
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shown := map[string]string{"json": encode(t, value)}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				shown[verb] = fmt.Sprintf(verb, value)
			}
			var text, lines bytes.Buffer
			slog.New(slog.NewTextHandler(&text, nil)).Info("configuration", "value", value)
			slog.New(slog.NewJSONHandler(&lines, nil)).Info("configuration", "value", value)
			shown["slog text"], shown["slog json"] = text.String(), lines.String()
			for way, text := range shown {
				hex := fmt.Sprintf("%x", planted)
				if strings.Contains(text, planted) || strings.Contains(text, hex) {
					t.Errorf("%s shows a secret: %s", way, text)
				}
				if !strings.Contains(text, "[redacted]") && !strings.HasPrefix(text, "0x") && way != "%#v" {
					t.Errorf("%s does not say that something is redacted: %s", way, text)
				}
			}
		})
	}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return string(text)
}

func TestDump(t *testing.T) {
	t.Parallel()
	want := "ADDR=127.0.0.1:8080 PUBLIC_URL=http://localhost:8080 DATA_DIR=data " +
		"AZURE_STORAGE_CONNECTION_STRING=[redacted] AZURE_TABLE=domestique SEAL_KEYS=[redacted] " +
		"STRAVA_CLIENT_ID=1 STRAVA_CLIENT_SECRET=[redacted] STRAVA_REFRESH_TOKEN=[redacted] STRAVA_ATHLETE_ID=12 " +
		"STRAVA_SCOPES=read,read_all,profile:read_all,activity:read_all STRAVA_API_URL=https://www.strava.com/api/v3 " +
		"STRAVA_OAUTH_URL=https://www.strava.com/oauth STRAVA_WEBHOOK_SECRET=[redacted] " +
		"TOKEN_REFRESH_MARGIN=45m0s TOKEN_CHECK_EVERY=1m0s SYNC_EVERY=15m0s OWNER_KEY=[redacted] PUBLIC_ACCESS=off " +
		"TIME_ZONE=UTC LOG_LEVEL=info"
	if diff := cmp.Diff(want, fmt.Sprint(planting(t))); diff != "" {
		t.Errorf("dump (-want +got):\n%s", diff)
	}
}

func TestLoggedConfig(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(env{"OWNER_KEY": planted}.lookup)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", cfg)
	var logged struct{ Config map[string]string }
	if err := json.Unmarshal(log.Bytes(), &logged); err != nil {
		t.Fatalf("decode %s: %v", log.String(), err)
	}
	var encoded map[string]string
	if err := json.Unmarshal([]byte(encode(t, cfg)), &encoded); err != nil {
		t.Fatalf("decode: %v", err)
	}
	want := map[string]string{
		"ADDR": "127.0.0.1:8080", "PUBLIC_URL": "http://localhost:8080", "DATA_DIR": "data",
		"AZURE_TABLE":    "domestique",
		"STRAVA_SCOPES":  "read,read_all,profile:read_all,activity:read_all",
		"STRAVA_API_URL": "https://www.strava.com/api/v3", "STRAVA_OAUTH_URL": "https://www.strava.com/oauth",
		"TOKEN_REFRESH_MARGIN": "45m0s", "TOKEN_CHECK_EVERY": "1m0s", "SYNC_EVERY": "15m0s",
		"OWNER_KEY": "[redacted]", "PUBLIC_ACCESS": "off", "LOG_LEVEL": "info",
	}
	if diff := cmp.Diff(want, logged.Config); diff != "" {
		t.Errorf("in the log (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, encoded); diff != "" {
		t.Errorf("as JSON (-want +got):\n%s", diff)
	}
}
