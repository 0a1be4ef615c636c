package command_test

import (
	"strings"
	"testing"
	"time"

	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/tokens"
)

func TestAnnounceSaysWhatIsLeftToDo(t *testing.T) {
	t.Parallel()
	const (
		toConnect   = "http://localhost:8080/login?link=drawn-token&next=%2Fconnect\n"
		toDashboard = "http://localhost:8080/login?link=drawn-token&next=%2F\n"
	)
	generated := config.Config{Addr: "127.0.0.1:8080", PublicURL: "http://localhost:8080", DataDir: "data"}
	given := generated
	given.OwnerKeys = []config.Secret{"planted-owner-key-of-32-characters-and-more"}
	started := given
	started.StravaRefreshToken = "planted-refresh-token"
	seeded := given
	seeded.AzureSeedTable = "seed"
	hosted := given
	hosted.Addr, hosted.PublicURL = "0.0.0.0:8080", "https://fitness.example.org"

	proxied := given
	proxied.PublicURL = "https://fitness.example.org"

	for name, test := range map[string]struct {
		cfg    config.Config
		state  tokens.State
		demo   bool
		want   string
		absent string
	}{
		"the dashboard first":   {cfg: given, state: tokens.StateConnected, want: "Domestique\n\n  Dashboard   http://localhost:8080/\n"},
		"generated key":         {cfg: generated, state: tokens.StateConnected, want: "owner.key"},
		"given key":             {cfg: given, state: tokens.StateConnected, want: "as given by OWNER_KEY"},
		"no grant":              {cfg: given, state: tokens.StateNotConnected, want: "Not connected yet"},
		"no grant, the link":    {cfg: given, state: tokens.StateNotConnected, want: toConnect},
		"first token":           {cfg: started, state: tokens.StateNotConnected, want: toDashboard, absent: "Not connected"},
		"first token of a seed": {cfg: seeded, state: tokens.StateNotConnected, want: toDashboard, absent: "Not connected"},
		"needs consent":         {cfg: started, state: tokens.StateNeedsConsent, want: toConnect},
		"lacks a scope":         {cfg: started, state: tokens.StateScopeMissing, want: toConnect},
		"misconfigured":         {cfg: started, state: tokens.StateMisconfigured, want: toConnect},
		"connected":             {cfg: given, state: tokens.StateConnected, want: toDashboard, absent: "onnected"},
		"hosted, no grant": {cfg: hosted, state: tokens.StateNotConnected,
			want: "open https://fitness.example.org/connect and sign in with OWNER_KEY", absent: "drawn-token"},
		"behind this machine's proxy": {cfg: proxied, state: tokens.StateNotConnected,
			want: "open https://fitness.example.org/connect and sign in with OWNER_KEY", absent: "drawn-token"},
		"hosted, connected": {cfg: hosted, state: tokens.StateConnected, want: "/playground", absent: "drawn-token"},
		"demo":              {cfg: given, state: tokens.StateNotConnected, demo: true, want: "made up", absent: "drawn-token"},
		"demo, no key":      {cfg: given, state: tokens.StateConnected, demo: true, want: "/playground", absent: "Owner key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			link := edge.NewStartLink(func() string { return "drawn-token" }, time.Now)
			command.Announce(&out, test.cfg, tokens.Status{State: test.state}, test.demo, link)
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("%q is missing in:\n%s", test.want, out.String())
			}
			if test.absent != "" && strings.Contains(out.String(), test.absent) || strings.Contains(out.String(), "planted") {
				t.Errorf("too much is said:\n%s", out.String())
			}
		})
	}
}
