package command

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"domestique/internal/config"
)

// healthTimeout is less than what containers give a health check, so that the reason gets printed.
const healthTimeout = 3 * time.Second

func healthcheck(ctx context.Context, env Env, args []string) error {
	const about = "Asks the server that runs with the same environment on this machine whether it is ready.\n" +
		"The exit code is 0 when it is."
	if err := parseCommand(newFlags("healthcheck"), about, args, env); err != nil {
		return err
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	return askReady(ctx, "http://"+reachable(cfg.Addr)+"/readyz")
}

func askReady(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", address, err)
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // and no proxy: it is this machine that is asked
		Timeout:       healthTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s answers %s", address, response.Status)
	}
	return nil
}

// reachable is an address at which a server that listens on addr can be asked: a server that listens on every address is
// there on loopback too.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	switch host {
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
