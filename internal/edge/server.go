package edge

import (
	"context"
	"log/slog"
	"net"
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

// lingerFor is longer than a load balancer takes to notice that /readyz says no, if it asks every second.
const lingerFor = 3 * time.Second

// Linger lets requests come in for some seconds after the process was told to end, where others than this machine can ask:
// a load balancer goes on sending them until it has noticed, and a connection that waits at a closed door is lost.
func Linger(listening net.Addr) {
	if at, ok := listening.(*net.TCPAddr); ok && at.IP.IsLoopback() {
		return
	}
	<-time.After(lingerFor)
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
