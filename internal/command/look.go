package command

import (
	"context"
	"time"

	"domestique/fitness"
	"domestique/internal/telemetry"
	"domestique/strava"
)

// gauges are what is looked at whenever somebody asks for the metrics, in place of being told of each change.
type gauges struct {
	state, expiry                     *telemetry.Gauge
	age, oldest, held, complete       *telemetry.Gauge
	quotaLimit, quotaLeft, subscribed *telemetry.Gauge
	waiting                           *telemetry.Gauge
}

// look has the state of the gateway shown. api is the client whose quota it is.
func (w *Watch) look(gateway *Gateway, api *strava.Client, inbox *watchedInbox) {
	m := w.Metrics
	g := gauges{
		state:      m.Gauge("domestique.connection.state", "", "1 for the state of the connection to Strava, 0 for the others.", "state"),
		expiry:     m.Gauge("domestique.token.expiry", "s", "Until the access token expires; below 0 it has. Absent without a token."),
		age:        m.Gauge("domestique.mirror.age", "s", "Since Strava last told what is new of the activities. Absent before the first time."),
		oldest:     m.Gauge("domestique.mirror.oldest", "s", "Since the oldest of what is held was fetched; a week is the most. Absent while nothing is."),
		held:       m.Gauge("domestique.mirror.activities", "{activity}", "Activities that are held."),
		complete:   m.Gauge("domestique.mirror.complete", "", "1 once the list was walked to its end."),
		quotaLimit: m.Gauge("domestique.strava.quota.limit", "{call}", "Calls that Strava allows in the window.", "scope", "window"),
		quotaLeft:  m.Gauge("domestique.strava.quota.left", "{call}", "Calls that are left of them. Absent before Strava's first answer.", "scope", "window"),
		subscribed: m.Gauge("domestique.webhook.subscribed", "",
			"1 while Strava sends its events here, as far as is known. Absent where it can't reach the gateway."),
		waiting: m.Gauge("domestique.webhook.waiting", "{event}", "Events that wait to be handled."),
	}
	m.Observe(func(ctx context.Context) {
		status := gateway.Service.Status(fitness.WithViewer(ctx, fitness.Owner))
		g.showStatus(status, inbox.now())
		g.showQuota(api.Quota())
		if gateway.Webhook.isWanted() {
			g.subscribed.Set(number(gateway.Webhook.subscribed.Load()))
		}
		g.waiting.Set(float64(inbox.waiting()))
	})
}

func (g gauges) showStatus(status *fitness.GatewayStatus, now time.Time) {
	for _, state := range []fitness.ConnectionState{
		fitness.ConnectionStateConnected, fitness.ConnectionStateNotConnected, fitness.ConnectionStateNeedsConsent,
		fitness.ConnectionStateScopeMissing, fitness.ConnectionStateAppInactive, fitness.ConnectionStateMisconfigured,
	} {
		g.state.Set(number(state == status.Connection), string(state))
	}
	g.held.Set(float64(status.Mirror.Activities))
	g.complete.Set(number(status.Mirror.Complete))
	showSince(g.age, status.Mirror.SyncedAt, now)
	showSince(g.oldest, status.Mirror.OldestFetchedAt, now)
	g.expiry.Clear()
	if status.TokenExpiresAt != nil {
		g.expiry.Set(status.TokenExpiresAt.Sub(now).Seconds())
	}
}

// showSince shows how long ago something was, and nothing where it never was.
func showSince(g *telemetry.Gauge, at *time.Time, now time.Time) {
	g.Clear()
	if at != nil {
		g.Set(now.Sub(*at).Seconds())
	}
}

func (g gauges) showQuota(quota strava.Quota) {
	if !quota.Known {
		return
	}
	quota = quota.Assumed()
	for scope, windows := range map[string]strava.Windows{"read": quota.Read, "overall": quota.Overall} {
		for name, window := range map[string]strava.Window{"quarter_hour": windows.QuarterHour, "day": windows.Day} {
			g.quotaLimit.Set(float64(window.Limit), scope, name)
			g.quotaLeft.Set(float64(max(0, window.Limit-window.Used)), scope, name)
		}
	}
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
