package edge

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// NewServer returns a server of handler with a time-out on every phase of a request. The longest is for answers that wait
// for Strava.
func NewServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}

// Finish takes no more requests and waits for those under way, but not longer than within or ctx last. It reports whether
// they have ended; if not they go on, and Finish may be called again.
func Finish(ctx context.Context, server *http.Server, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return server.Shutdown(ctx) == nil
}
