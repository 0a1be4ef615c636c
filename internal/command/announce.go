package command

import (
	"fmt"
	"io"
	"path/filepath"

	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/tokens"
)

// Announce tells whoever started the server where it is and what is left to do: with link, one address that signs the
// owner in and opens the page that comes next. It shows no other secret, only where one is.
func Announce(stdout io.Writer, cfg config.Config, grant tokens.Status, demo bool, link *edge.StartLink) {
	title := "Domestique"
	if demo {
		title += " (demo: the athlete and every activity are made up, and gone when you stop it)"
	}
	_, _ = fmt.Fprintf(stdout, "%s\n\n  Dashboard   %s/\n  Playground  %s/playground\n  GraphQL     %s/graphql\n",
		title, cfg.PublicURL, cfg.PublicURL, cfg.PublicURL)
	if demo { // Everyone on this machine is the owner, and all is connected.
		return
	}
	_, _ = fmt.Fprintf(stdout, "  Owner key   %s\n", whereOwnerKey(cfg))
	task, page := whatNext(cfg, grant.State)
	switch {
	case privateOutput(stdout, cfg):
		_, _ = fmt.Fprintf(stdout, "\n%s: open this link. It signs you in as the owner, once, within ten minutes.\n\n  %s\n",
			task, link.URL(cfg.PublicURL, page))
	case page == connectPage:
		_, _ = fmt.Fprintf(stdout, "\n%s: open %s%s and sign in with OWNER_KEY.\n", task, cfg.PublicURL, page)
	}
}

func whereOwnerKey(cfg config.Config) string {
	if len(cfg.OwnerKeys) > 0 {
		return "as given by OWNER_KEY"
	}
	return "in " + filepath.Join(cfg.DataDir, "owner.key")
}

// privateOutput reports whether what is printed reaches only the person who started the server: at a terminal, or on a
// machine that serves itself alone. Elsewhere it lands in the log of a hosting service, where a link that signs in does
// not belong.
func privateOutput(stdout io.Writer, cfg config.Config) bool {
	return isTerminal(stdout) || cfg.Local()
}

// The pages that the start leads to.
const (
	dashboardPage = "/"
	connectPage   = "/connect"
)

// whatNext says what is left to do, and on which page.
func whatNext(cfg config.Config, state tokens.State) (task, page string) {
	begun := cfg.StravaRefreshToken != "" || cfg.AzureSeedTable != "" // The first refresh connects.
	switch {
	case state == tokens.StateConnected:
		return "To look", dashboardPage
	case state == tokens.StateNotConnected && begun:
		return "To look, once the first refresh has connected", dashboardPage
	case state == tokens.StateNotConnected:
		return "Not connected yet", connectPage
	case state == tokens.StateNeedsConsent:
		return "Strava no longer takes the grant, so consent again", connectPage
	case state == tokens.StateScopeMissing:
		return "Connected, but not all that is needed was granted", connectPage
	default:
		return "Not connected: something is wrong with the grant", connectPage
	}
}
