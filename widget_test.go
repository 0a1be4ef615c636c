package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"domestique/strava/stravatest"
)

// A static site pastes three lines, and gets the widget: from a gateway of another origin, under a content security policy
// that allows that gateway and nothing else. From one that is closed, away or gone it gets what it has written itself.
func TestWidgetOnAnotherSite(t *testing.T) {
	t.Parallel()
	needScripts(t)
	browser := chromium(t)
	site := httptest.NewUnstartedServer(nil)
	t.Cleanup(site.Close)
	origin := "ALLOWED_ORIGINS=http://" + site.Listener.Addr().String()
	strava := connected(t, stravatest.Config{})
	gateway := start(t, t.TempDir(), append(strava.env, origin, "PUBLIC_ACCESS=trusted"))
	if err := gateway.ask(gateway.ownerKey(t), "mutation { sync { complete } }", new(json.RawMessage)); err != nil {
		t.Fatalf("%v\n%s", err, gateway.output)
	}
	closed := start(t, t.TempDir(), []string{origin})
	site.Config.Handler = siteWithWidget(gateway.URL, closed.URL)
	site.Start()

	var seen struct {
		OK       bool
		Problems []string
		Shown    map[string]map[string]string
	}
	runScript(t, &seen, "widget.mjs", gateway.URL, site.URL, browser)
	for _, problem := range seen.Problems {
		t.Error(problem)
	}
	for widget, want := range map[string]string{
		"domestique-latest": "View on Strava", "domestique-year": "% of 6,000 km", "domestique-heatmap": "Active on",
	} {
		if got := seen.Shown["public"][widget]; !strings.Contains(got, want) {
			t.Errorf("%s shows %q, want %q in it", widget, got, want)
		}
		for _, page := range []string{"closed", "away", "gone"} {
			if got := seen.Shown[page][widget]; got != "Own words" {
				t.Errorf("%s shows %q with a gateway that is %s, want the site's own words", widget, got, page)
			}
		}
	}
	if err := gateway.ask("", "{ athlete { firstName } }", new(json.RawMessage)); err == nil {
		t.Error("for the sake of the widget anybody may ask anything")
	}
}

// siteWithWidget serves pages with the widget: of the gateway, of the gateway for data of one that is closed and of one that
// is away, and of one that is away itself. Nothing listens at port 1.
func siteWithWidget(gateway, closed string) http.Handler {
	const away = "http://127.0.0.1:1"
	mux := http.NewServeMux()
	for path, source := range map[string]struct{ script, data string }{
		"/{$}": {gateway, ""}, "/closed": {gateway, closed + "/"}, "/away": {gateway, away + "/"}, "/gone": {away, ""},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", fmt.Sprintf(
				"default-src 'none'; script-src %[1]s %[2]s; connect-src %[1]s %[2]s %[3]s; img-src http: https: data:", gateway, away, closed))
			_, _ = io.WriteString(w, pasted(source.script, source.data))
		})
	}
	return mux
}

func pasted(script, data string) string {
	attribute := ""
	if data != "" {
		attribute = fmt.Sprintf(" gateway=%q", data)
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en">
<title>A site</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<script src="%[1]s/widget.js" async></script>
<domestique-latest sport="ride"%[2]s>Own words</domestique-latest>
<domestique-year sport="ride" target="6000"%[2]s>Own words</domestique-year>
<domestique-heatmap weeks="26"%[2]s>Own words</domestique-heatmap>
</html>`, script, attribute)
}
