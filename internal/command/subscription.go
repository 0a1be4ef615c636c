package command

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/strava"
)

// errForeign says that the application's push subscription is for another program.
var errForeign = errors.New("the Strava application's push subscription is for another address, which is not a gateway's: run " +
	"`domestique webhook` to take it over")

// subscription is the push subscription that an application should have: Strava gives each just one.
type subscription struct {
	api      *strava.PushSubscriptions
	callback string // a secret, because of its path
	verify   strava.Secret
}

func newSubscription(cfg config.Config, app strava.Application, clock *strava.Clock) (subscription, error) {
	api, err := strava.NewPushSubscriptions(strava.PushSubscriptionsConfig{
		BaseURL: cfg.StravaAPIURL, ClientID: app.ClientID, ClientSecret: app.ClientSecret, Now: clock.Now,
	})
	return subscription{api, cfg.PublicURL + edge.WebhookPath(app), edge.WebhookVerifyToken(app)}, err
}

// mending is what was done for a subscription.
type mending int

const (
	foundRight mending = iota
	made
	replaced
)

// mend sees to it that Strava sends events to the callback, which has to answer already. A subscription for something else
// than a gateway is replaced only with takeOver, and is errForeign without. Any number of processes may mend at once.
func (s subscription) mend(ctx context.Context, takeOver bool) (strava.PushSubscription, mending, error) {
	if err := s.api.CheckCallback(s.callback); err != nil { // Before anything is deleted for it.
		return strava.PushSubscription{}, 0, err
	}
	current, found, err := s.api.View(ctx)
	did := made
	switch {
	case err != nil:
		return strava.PushSubscription{}, 0, err
	case found && current.CallbackURL == s.callback:
		return current, foundRight, nil
	case found && !takeOver && !isGateways(current):
		return strava.PushSubscription{}, 0, errForeign
	case found:
		did = replaced
		if err := s.remove(ctx, current.ID); err != nil {
			return strava.PushSubscription{}, 0, err
		}
	}
	current, err = s.api.Create(ctx, s.callback, s.verify)
	if errors.Is(err, strava.ErrAlreadySubscribed) { // Another replica was faster.
		now, found, viewErr := s.api.View(ctx)
		if viewErr == nil && found && now.CallbackURL == s.callback {
			return now, foundRight, nil
		}
	}
	return current, did, err
}

// remove ends a subscription; it need not be there any more.
func (s subscription) remove(ctx context.Context, id strava.ID) error {
	if err := s.api.Delete(ctx, id); err != nil && !errors.Is(err, strava.ErrNotFound) {
		return err
	}
	return nil
}

// isGateways reports whether a subscription is for a gateway, of another address or another client secret.
func isGateways(s strava.PushSubscription) bool {
	callback, err := url.Parse(s.CallbackURL)
	return err == nil && edge.IsWebhookPath(callback.Path)
}

// place names where a subscription's events go, without the path, which is a secret.
func place(s strava.PushSubscription) string {
	callback, err := url.Parse(s.CallbackURL)
	if err != nil || callback.Host == "" {
		return "an address that can't be read"
	}
	return fmt.Sprintf("%s://%s/…", callback.Scheme, callback.Host)
}
