package edge

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// NewServer returns a server of the gateway with a time-out on every phase of a request. The longest is for answers that
// wait for Strava; streams have their own. When it shuts down, the gateway's streams end.
func NewServer(gateway *Gateway, logger *slog.Logger) *http.Server {
	server := &http.Server{
		Handler:           gateway,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(gateway.streams.drain)
	return server
}

// Finish takes no more requests, ends subscriptions and WebSockets, and waits for what is under way, but not longer than
// within or ctx last. It reports whether all has ended; if not it goes on, and Finish may be called again.
func Finish(ctx context.Context, server *http.Server, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	finished := server.Shutdown(ctx) == nil
	gateway, ours := server.Handler.(*Gateway)
	return finished && (!ours || gateway.streams.wait(ctx))
}
