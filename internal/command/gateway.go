package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"domestique/azuretable"
	"domestique/fitness"
	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/mirror"
	"domestique/strava"
	"domestique/tokens"
)

// Gateway is what answers for the athlete's data: the same for the server and for a command that runs beside it.
type Gateway struct {
	Service *fitness.Service
	// Mirror holds the activities. What tells of single ones goes to it directly: an event, a subscription.
	Mirror *mirror.Mirror
	// Events are what Strava tells, by Webhook.
	Events  *mirror.Events
	Webhook *Webhook
	// Endings is where the sessions in browsers are noted that were ended; nil in the demo, which writes nothing.
	Endings edge.Endings
	// Watch looks on; nil: nobody does.
	Watch *Watch
}

// GatewayConfig is what OpenGateway needs beside the configuration. Custody is required.
type GatewayConfig struct {
	// Custody is that of the grant, and of what is known of Strava's time. Its manager is closed after the gateway.
	Custody Custody
	// Copy is where the copy of the activities is kept. Zero: Azure Tables where they are configured, else DATA_DIR.
	Copy mirror.Store
	// Inbox is where events wait. Zero: as for Copy.
	Inbox mirror.Inbox
	// Version is the program's, and Demo says that the data is made up.
	Version string
	Demo    bool
	// Logger is everybody's. Zero: nothing is logged.
	Logger *slog.Logger
}

// OpenGateway wires the gateway from Strava's API outward. It calls nobody.
func OpenGateway(cfg config.Config, with GatewayConfig) (*Gateway, error) {
	watch := with.Custody.Watch
	api, err := strava.New(strava.Config{
		BaseURL: cfg.StravaAPIURL, Tokens: with.Custody.Tokens, Clock: with.Custody.Clock, Logger: with.Logger, Watch: watch.client(),
	})
	if err != nil {
		return nil, err
	}
	if with.Copy == nil {
		if with.Copy, err = openCopy(cfg); err != nil {
			return nil, fmt.Errorf("open the store of the activities: %w", err)
		}
	}
	if with.Inbox == nil {
		if with.Inbox, err = openInbox(cfg); err != nil {
			return nil, fmt.Errorf("open the inbox of events: %w", err)
		}
	}
	with.Copy, with.Inbox = watch.copies(with.Copy), watch.inbox(with.Inbox, with.Custody.Clock.Now)
	gateway := &Gateway{Webhook: newWebhook(cfg, with.Custody, with.Logger), Watch: watch}
	gateway.Service, err = fitness.NewService(fitness.Config{
		Strava: api, Tokens: parting{with.Custody.Tokens, gateway.Webhook.nudge}, TimeZone: cfg.TimeZone, Version: with.Version, Demo: with.Demo,
		Now: with.Custody.Clock.Now, Public: projection(cfg), Watch: watch.service(),
		History: func(source *fitness.Source) (_ fitness.History, err error) {
			gateway.Mirror, err = mirror.New(mirror.Config{
				Source: source, Store: with.Copy, SyncEvery: cfg.SyncEvery, Now: with.Custody.Clock.Now, Logger: with.Logger,
				Deleted: func(stravaIDs ...int64) { gateway.Service.ForgetActivities(stravaIDs...) },
				Erased:  func() { gateway.Service.ForgetAll() },
			})
			return gateway.Mirror, err
		},
	})
	if err != nil {
		return nil, err
	}
	gateway.Events, err = mirror.NewEvents(mirror.EventsConfig{
		Inbox: with.Inbox, Mirror: gateway.Mirror, Answers: gateway.Service, IsOurs: gateway.Webhook.isOurs,
		Now: with.Custody.Clock.Now, Logger: with.Logger,
	})
	if err != nil {
		return nil, err
	}
	gateway.Webhook.events = gateway.Events
	if !with.Demo {
		if gateway.Endings, err = openEndings(cfg); err != nil {
			return nil, fmt.Errorf("open the store of ended sessions: %w", err)
		}
	}
	if inbox, watched := with.Inbox.(*watchedInbox); watched {
		watch.look(gateway, api, inbox)
	}
	return gateway, nil
}

// parting is a custody of the grant that tells when the account was disconnected.
type parting struct {
	*tokens.Manager

	then func()
}

// Disconnect implements fitness.Grant.
func (p parting) Disconnect(ctx context.Context) error {
	err := p.Manager.Disconnect(ctx)
	p.then()
	return err
}

// Start begins what the server does beside answering and its jobs: it handles events, and sees to it that Strava sends
// them. The listener has to be open: Strava asks for it.
func (g *Gateway) Start() {
	g.Events.Start()
	g.Webhook.start()
}

// Access is who else than the owner may ask.
func Access(cfg config.Config) edge.Access {
	switch cfg.PublicAccess {
	case config.PublicAccessSummary:
		return edge.AccessSummary
	case config.PublicAccessTrusted:
		return edge.AccessTrusted
	default:
		return edge.AccessOff
	}
}

// projection is what anybody may see, nil for nothing.
func projection(cfg config.Config) *fitness.Projection {
	switch cfg.PublicAccess {
	case config.PublicAccessSummary, config.PublicAccessTrusted:
		return &fitness.Projection{TraceCut: float64(cfg.PublicTraceCutMeters)}
	default:
		return nil
	}
}

// Sync brings what is held up to date now, for the owner, and reports why it could not.
func (g *Gateway) Sync(ctx context.Context) error {
	return g.Service.Sync(fitness.WithViewer(ctx, fitness.Owner))
}

// Keep is the job that keeps what is held: the activities current, the details that everyone may see at hand, and nothing
// for too long.
func (g *Gateway) Keep(ctx context.Context) error {
	return g.Watch.job(ctx, "keep the activities", func(ctx context.Context) error {
		g.Service.Purge()
		if err := g.Mirror.Keep(ctx); err != nil {
			return err
		}
		return g.Service.KeepWarm(fitness.WithViewer(ctx, fitness.Owner))
	})
}

// Begin is the job that fetches the activities of whoever has just connected, by whatever process: Keep may be due in an hour
// only.
func (g *Gateway) Begin(ctx context.Context) error {
	ctx = fitness.WithViewer(ctx, fitness.Owner)
	_, failure := g.Mirror.Held()
	if !fitness.IsNotConnected(failure) || g.Service.Status(ctx).Connection == fitness.ConnectionStateNotConnected {
		return nil
	}
	return g.Keep(ctx)
}

// Close ends what goes on in the background and waits for it, or for the end of ctx.
func (g *Gateway) Close(ctx context.Context) error {
	g.Webhook.close()
	return errors.Join(g.Events.Close(ctx), g.Mirror.Close(ctx), g.Service.Close(ctx))
}

func openCopy(cfg config.Config) (mirror.Store, error) {
	if !cfg.Azure() {
		return mirror.OpenFileStore(cfg.DataDir)
	}
	return azuretable.NewCopies(azureConfig(cfg, cfg.AzureTable))
}

func openInbox(cfg config.Config) (mirror.Inbox, error) {
	if !cfg.Azure() {
		return mirror.OpenFileInbox(cfg.DataDir)
	}
	return azuretable.NewInbox(azureConfig(cfg, cfg.AzureTable))
}

func openEndings(cfg config.Config) (edge.Endings, error) {
	if !cfg.Azure() {
		return edge.NewFileEndings(cfg.DataDir, nil), nil
	}
	return azuretable.NewEndings(azureConfig(cfg, cfg.AzureTable), nil)
}
