package edge_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domestique/internal/edge"
	"domestique/tokens"
)

func TestTheStartLink(t *testing.T) {
	t.Parallel()
	const open, link = "/login?link=drawn-token&next=/connect", "drawn-token"
	tests := map[string]struct {
		before func(*world, *browser)
		path   string
		status int
	}{
		"opened":             {func(*world, *browser) {}, open, 303},
		"in the last second": {func(w *world, _ *browser) { w.clock.advance(10*time.Minute - time.Second) }, open, 303},
		"after a HEAD": {func(_ *world, b *browser) {
			b.send(http.MethodHead, open, nil).want(b.t, http.StatusMethodNotAllowed, "")
		}, open, 303},
		"after a prefetch": {func(_ *world, b *browser) {
			b.header.Set("Sec-Purpose", "prefetch;prerender")
			b.open(open).want(b.t, http.StatusServiceUnavailable, "")
			b.header.Del("Sec-Purpose")
		}, open, 303},
		"after a wrong one": {func(_ *world, b *browser) { b.open(open + "x") }, open, 303},
		"used": {func(_ *world, b *browser) {
			newBrowser(b.t, b.gateway).open(open).leads(b.t, "/connect")
		}, open, 403},
		"expired":      {func(w *world, _ *browser) { w.clock.advance(10 * time.Minute) }, open, 403},
		"wrong":        {func(*world, *browser) {}, "/login?link=drawn-toke&next=/connect", 403},
		"empty":        {func(*world, *browser) {}, "/login?link=&next=/connect", 403},
		"of elsewhere": {func(w *world, b *browser) { b.gateway = w.replica(nil) }, open, 403},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			start := edge.NewStartLink(func() string { return link }, w.clock.Now)
			if got := start.URL(gatewayURL, "/connect"); got != gatewayURL+"/login?link=drawn-token&next=%2Fconnect" {
				t.Errorf("the link is %s", got)
			}
			b := newBrowser(t, w.replica(func(c *edge.Config, _ *tokens.Config) { c.StartLink = start }))
			test.before(w, b)
			answer := b.open(test.path)
			if test.status == http.StatusSeeOther {
				answer.leads(t, "/connect")
			} else {
				answer.want(t, test.status, "Start Domestique again")
			}
			if in := b.ask() == http.StatusOK; in != (test.status == http.StatusSeeOther) {
				t.Errorf("signed in: %t", in)
			}
			if strings.Contains(w.log.String(), link) {
				t.Errorf("the log shows the token:\n%s", w.log)
			}
		})
	}
}

// Who opens the link a second time in the same browser is not sent away.
func TestTheStartLinkOfWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := edge.NewStartLink(func() string { return "drawn" }, w.clock.Now)
	b := newBrowser(t, w.replica(func(c *edge.Config, _ *tokens.Config) { c.StartLink = link }))
	for range 2 {
		b.open("/login?link=drawn&next=/connect").leads(t, "/connect")
	}
}

func TestTheStartLinkWorksOnceForManyAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	link := edge.NewStartLink(func() string { return "drawn" }, w.clock.Now)
	gateway := w.replica(func(c *edge.Config, _ *tokens.Config) { c.StartLink = link })
	var wait sync.WaitGroup
	var in atomic.Int32
	for range 20 {
		wait.Go(func() {
			if newBrowser(t, gateway).open("/login?link=drawn").status == http.StatusSeeOther {
				in.Add(1)
			}
		})
	}
	wait.Wait()
	if in.Load() != 1 {
		t.Errorf("it signed %d browsers in", in.Load())
	}
}

func TestAStartLinkPrintsNothing(t *testing.T) {
	t.Parallel()
	link := edge.NewStartLink(func() string { return "drawn" }, time.Now)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if shown := fmt.Sprintf(verb, link); shown != "[redacted]" {
			t.Errorf("%s shows %s", verb, shown)
		}
	}
}
