// Command fakestrava runs a strict fake of Strava, with a made-up training history or with recorded answers, and prints
// the environment that connects a gateway to it. What clients change, their rotated tokens above all, is in memory only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // The made-up athlete travels.

	"domestique/strava/stravatest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		_, _ = fmt.Fprintln(os.Stderr, "fakestrava:", err)
		os.Exit(2)
	}
}

// run serves until ctx ends. Refused refreshes are logged as they come, and counted in the report at the end.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	cfg := stravatest.Config{Logger: slog.New(slog.NewTextHandler(stderr, nil))}
	flags := flag.NewFlagSet("fakestrava", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:8090", "where to listen")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "decides the made-up history")
	flags.DurationVar(&cfg.TokenLife, "token-life", 6*time.Hour, "life of an access token, in whole seconds")
	flags.Func("recorded", "serve the recorded answers in this `folder`", func(folder string) error {
		cfg.Recorded = os.DirFS(folder)
		return nil
	})
	flags.BoolVar(&cfg.RecordedParts, "recorded-parts", false,
		"also list the activities of which only parts were recorded (details, laps), as bare rows")
	flags.Func("limits", "`reads` per quarter hour and day, overall is twice that (default 100,1000)", func(value string) error {
		_, err := fmt.Sscanf(value+"\n", "%d,%d\n", &cfg.ReadLimits[0], &cfg.ReadLimits[1])
		return err
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	fake, err := stravatest.New(cfg)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: fake, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	_, _ = fmt.Fprintln(stdout, strings.Join(fake.Environment("http://"+listener.Addr().String()), "\n"))
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(drain), fake.Report(stdout))
}
