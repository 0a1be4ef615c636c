package command

import (
	"testing"

	"domestique/internal/config"
	"domestique/strava"
)

func TestWhatTheSeedCountsFor(t *testing.T) {
	t.Parallel()
	planted := seed{application: strava.Application{ClientID: "4711", ClientSecret: "s"}, refreshToken: "seed's"}
	for name, test := range map[string]struct {
		cfg  config.Config
		seed seed
		want strava.Secret
	}{
		"nothing":                   {want: ""},
		"the environment's alone":   {cfg: config.Config{StravaRefreshToken: "environment's"}, want: "environment's"},
		"the seed's alone":          {seed: planted, want: "seed's"},
		"both":                      {cfg: config.Config{StravaRefreshToken: "environment's"}, seed: planted, want: "environment's"},
		"the same client's":         {cfg: config.Config{StravaClientID: "4711"}, seed: planted, want: "seed's"},
		"another client's":          {cfg: config.Config{StravaClientID: "4712"}, seed: planted, want: ""},
		"another client's, and one": {cfg: config.Config{StravaClientID: "4712", StravaRefreshToken: "environment's"}, seed: planted, want: "environment's"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := firstRefreshToken(test.cfg, test.seed); got != test.want {
				t.Errorf("got %q, want %q", string(got), string(test.want))
			}
		})
	}
}
