package command_test

import (
	"strings"
	"testing"

	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/tokens"
)

func TestAnnounceSaysWhatIsLeftToDo(t *testing.T) {
	t.Parallel()
	unknown := config.Config{PublicURL: "http://localhost:8080", DataDir: "data"}
	known := unknown
	known.StravaClientID = "4711"
	known.OwnerKeys = []config.Secret{"planted-owner-key-of-32-characters-and-more"}
	started := known
	started.StravaRefreshToken = "planted-refresh-token"

	for name, test := range map[string]struct {
		cfg    config.Config
		state  tokens.State
		demo   bool
		want   string
		absent string
	}{
		"no application": {cfg: unknown, state: tokens.StateNotConnected, want: "STRAVA_CLIENT_ID"},
		"generated key":  {cfg: unknown, state: tokens.StateConnected, want: "owner.key", absent: "connect`"},
		"no grant":       {cfg: known, state: tokens.StateNotConnected, want: "run `domestique connect`"},
		"first token":    {cfg: started, state: tokens.StateNotConnected, want: "/graphql", absent: "connect`"},
		"needs consent":  {cfg: started, state: tokens.StateNeedsConsent, want: "consent again"},
		"connected":      {cfg: known, state: tokens.StateConnected, want: "/playground", absent: "connect`"},
		"demo":           {cfg: known, state: tokens.StateNotConnected, demo: true, want: "made up", absent: "Owner key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			command.Announce(&out, test.cfg, tokens.Status{State: test.state}, test.demo)
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("%q is missing in:\n%s", test.want, out.String())
			}
			if test.absent != "" && strings.Contains(out.String(), test.absent) || strings.Contains(out.String(), "planted") {
				t.Errorf("too much is said:\n%s", out.String())
			}
		})
	}
}
