package command

import (
	"fmt"
	"io"
	"path/filepath"

	"domestique/internal/config"
	"domestique/tokens"
)

// Announce tells whoever started the server where it is and what is left to do. It shows no secret, only where one is.
func Announce(stdout io.Writer, cfg config.Config, grant tokens.Status, demo bool) {
	title := "Domestique"
	if demo {
		title += " (demo: the athlete and every activity are made up, and gone when you stop it)"
	}
	_, _ = fmt.Fprintf(stdout, "%s\n\n  GraphQL     %s/graphql\n  Playground  %s/playground\n",
		title, cfg.PublicURL, cfg.PublicURL)
	if !demo {
		_, _ = fmt.Fprintf(stdout, "  Owner key   %s\n", whereOwnerKey(cfg))
	}
	if next := whatNext(cfg, grant.State, demo); next != "" {
		_, _ = fmt.Fprintf(stdout, "\n%s\n", next)
	}
}

func whereOwnerKey(cfg config.Config) string {
	if len(cfg.OwnerKeys) > 0 {
		return "as given by OWNER_KEY"
	}
	return "in " + filepath.Join(cfg.DataDir, "owner.key")
}

func whatNext(cfg config.Config, state tokens.State, demo bool) string {
	switch {
	case demo || state == tokens.StateConnected:
		return ""
	case cfg.StravaClientID == "" && cfg.AzureSeedTable == "":
		return "Not connected yet: make an application at https://www.strava.com/settings/api, set STRAVA_CLIENT_ID and\n" +
			"STRAVA_CLIENT_SECRET, and run `domestique connect`."
	case state == tokens.StateNotConnected && cfg.StravaRefreshToken == "" && cfg.AzureSeedTable == "":
		return "Not connected yet: run `domestique connect`, in this folder and with this environment."
	case state == tokens.StateNeedsConsent:
		return "Strava no longer takes the grant: run `domestique connect` to consent again."
	default:
		return ""
	}
}
