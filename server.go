// Command domestique is a GraphQL gateway for one person's fitness data: it keeps the grant for Strava's API fresh,
// holds a copy of the list of activities, and answers a frontend in one query. ARCHITECTURE.md has the tour.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"domestique/graph"
	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/internal/jobs"
	"domestique/web"
)

// version is stamped by the linker in a release: -X main.version=1.2.3.
var version string

// drainFor is how long the end of the process may take. Azure Container Apps kills after 30 s, and what is waited for
// may be the write of a token that Strava has handed out already.
const drainFor = 25 * time.Second

func main() {
	log.SetOutput(io.Discard) // net/http quotes there what a server sends unasked, which may be a token.
	command.SetGC(os.LookupEnv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // A second signal ends the process at once.
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code, early when ctx is done.
func run(ctx context.Context, args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) int {
	env := command.Env{Lookup: lookup, Stdout: stdout, Stderr: stderr, Version: version}
	options, err := command.ParseOptions(args, env)
	if err != nil {
		return command.Exit(stderr, err)
	}
	if len(options.Command) > 0 {
		return command.Run(ctx, options.Command, env)
	}
	return command.Exit(stderr, start(ctx, options.Demo, env))
}

// start finds out what the gateway stands on, the owner's account or the demo's, and serves it until ctx is done.
func start(ctx context.Context, demo bool, env command.Env) error {
	cfg, logger, watch, err := command.Configure(env, demo)
	if err != nil {
		return err
	}
	defer watch.Flush()
	with, keep := command.CustodyConfig{Logger: logger, Watch: watch}, command.GatewayConfig{Demo: demo, Logger: logger}
	if demo {
		fake, err := command.StartDemo(ctx, cfg, rand.Reader)
		if err != nil {
			return err
		}
		defer fake.Stop()
		cfg, with.Store, keep.Copy, keep.Inbox = fake.Config, fake.Store, fake.Copy, fake.Inbox
	}
	custody, err := command.OpenCustody(ctx, cfg, with)
	if err != nil {
		return err
	}
	keep.Custody, keep.Version = custody, command.Build(version).Version
	gateway, err := command.OpenGateway(cfg, keep)
	if err != nil {
		return err
	}
	if demo {
		if err := gateway.Sync(ctx); err != nil { // Who tries the demo sees the whole list at once.
			return fmt.Errorf("mirror the demo's activities: %w", err)
		}
	}
	return serve(ctx, cfg, custody, gateway, demo, env.Stdout, logger)
}

// serve puts the gateway on the network, runs its jobs until ctx is done, and waits for what must not be cut short.
func serve(
	ctx context.Context, cfg config.Config, custody command.Custody, gateway *command.Gateway, demo bool, stdout io.Writer, logger *slog.Logger,
) error {
	grant := custody.Tokens
	ownerKeys, err := cfg.OwnerKeysOrFile(rand.Reader)
	if err != nil {
		return err
	}
	link := edge.NewStartLink(rand.Text, time.Now)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen at ADDR: %w", err)
	}
	cfg = cfg.ListeningAt(listener.Addr())
	handler, err := edge.New(edge.Config{
		Executor: graph.NewExecutor(graph.Config{Service: gateway.Service, Logger: logger, Extensions: gateway.Watch.Operations()}), SDL: graph.SDL(),
		OwnerKeys: config.Reveal(ownerKeys), DemoLoopbackOwner: demo, Version: command.Build(version), Pages: web.Pages(cfg.StravaAPIURL),
		Keyring: custody.Keyring, Endings: gateway.Endings, PublicURL: cfg.PublicURL, AllowedOrigins: cfg.AllowedOrigins, StartLink: link,
		Consent: custody.Consent, Grant: grant, Scopes: cfg.StravaScopes, History: gateway.Service, Webhook: gateway.Webhook, Playground: web.Playground(),
		Ready:  func(context.Context) error { return ctx.Err() }, // A process about to stop leaves the rotation.
		Access: command.Access(cfg), TrustedDocuments: cfg.TrustedDocuments, Documents: web.WidgetDocuments(),
		Freshness: gateway.Service, MaxAge: graph.MaxAge(), Answered: gateway.Watch.Answered(), Logger: logger,
	})
	if err != nil {
		return err
	}
	schedule, err := jobs.New(jobs.Config{Logger: logger, Level: command.Loudness})
	if err != nil {
		return err
	}
	err = errors.Join(schedule.Every("refresh the grant", cfg.TokenCheckEvery, grant.Refresh),
		schedule.Every("begin with the activities", cfg.TokenCheckEvery, gateway.Begin),
		schedule.Every("sync the activities", cfg.SyncEvery, gateway.Keep), gateway.Watch.Start(ctx))
	if err != nil {
		return err
	}
	handler.Handler = gateway.Watch.Edge(handler.Handler)
	server := edge.NewServer(handler, logger)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	schedule.Start()
	gateway.Start()
	command.Announce(stdout, cfg, grant.Status(ctx), demo, link)

	select {
	case err = <-served:
		err = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		edge.Linger(listener.Addr())
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	// First queries may end by themselves, then those that still wait for Strava are told why it won't come, then what is
	// left is cut off. Most of the time belongs to the grant.
	finished := edge.Finish(drain, server, drainFor/5)
	err = errors.Join(err, schedule.Stop(drain), gateway.Close(drain))
	if !finished && !edge.Finish(drain, server, drainFor/5) {
		logger.Warn("connections were cut off", "error", server.Close())
	}
	return errors.Join(err, grant.Close(drain), gateway.Watch.Close(drain))
}
