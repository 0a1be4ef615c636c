package edge_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"domestique/fitness"
	"domestique/internal/edge"
	"domestique/tokens"
)

// filling is a history that has come so far.
type filling struct {
	t    *testing.T
	fill fitness.Fill
}

func (f *filling) Fill(ctx context.Context) fitness.Fill {
	if fitness.ViewerOf(ctx) != fitness.Owner {
		f.t.Error("the history was asked for somebody else than the owner")
	}
	if _, bounded := ctx.Deadline(); !bounded {
		f.t.Error("the page waits for the history without an end")
	}
	return f.fill
}

func TestConnectTellsHowFarTheActivitiesAre(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fill    fitness.Fill
		want    string
		refresh string
	}{
		"nothing yet": {fitness.Fill{}, "<strong>0</strong> activities fetched so far", "3"},
		"some":        {fitness.Fill{Activities: 1200}, "<strong>1,200</strong> activities fetched so far", "3"},
		"all":         {fitness.Fill{Activities: 1_234_567, Complete: true}, "<strong>1,234,567</strong> activities fetched: that is all", ""},
		"the only one": {
			fitness.Fill{Activities: 1, Complete: true}, "<strong>1</strong> activity fetched: that is all", "",
		},
		"no further": {fitness.Fill{Activities: 600, Trouble: "Strava sleeps."}, "Strava sleeps.", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, history := newWorld(t), &filling{t: t, fill: test.fill}
			b := signedIn(t, w.replica(func(c *edge.Config, _ *tokens.Config) { c.History = history }))
			if before := b.open("/connect"); strings.Contains(before.body, "fetched") || before.header.Get("Refresh") != "" {
				t.Errorf("it speaks of activities before there is a grant: %v\n%s", before.header, before.body)
			}
			b.open(b.consent(w.strava, b.enter())).leads(t, "/connect")
			page := b.open("/connect")
			page.want(t, http.StatusOK, test.want)
			if got := page.header.Get("Refresh"); got != test.refresh {
				t.Errorf("Refresh: %q, want %q", got, test.refresh)
			}
			// What a person may be writing in is not taken away.
			if editable := strings.Contains(page.body, `name="client_secret"`); editable == (test.refresh != "") {
				t.Errorf("another application can be entered: %v\n%s", editable, page.body)
			}
			refused := b.submit("/connect", "client_id", "no number", "client_secret", "x")
			if refused.header.Get("Refresh") != "" {
				t.Error("a refused form is taken away")
			}
		})
	}
}
