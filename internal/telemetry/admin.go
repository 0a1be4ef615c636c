package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// admin is the address for those who operate the gateway.
type admin struct {
	server *http.Server
	served chan error
}

// openAdmin listens at the admin address. It knows nobody: that it can't be reached from elsewhere is up to whoever sets it.
func openAdmin(ctx context.Context, t *Telemetry) (*admin, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", t.config.AdminAddr)
	if err != nil {
		return nil, fmt.Errorf("listen at ADMIN_ADDR: %w", err)
	}
	a := &admin{served: make(chan error, 1), server: &http.Server{
		Handler: t.adminRoutes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(t.config.Logger.Handler(), slog.LevelDebug),
	}}
	go func() { a.served <- a.server.Serve(listener) }()
	at := listener.Addr()
	t.config.Logger.Info("metrics and profiles are served, to whoever can reach the address", "admin", at.String())
	if tcp, ok := at.(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		t.config.Logger.Warn("ADMIN_ADDR can be reached from other machines, asks for no key, and a profile slows the process "+
			"down and shows its insides: keep it behind a firewall, or listen at 127.0.0.1", "admin", at.String())
	}
	return a, nil
}

func (t *Telemetry) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", t.serveMetrics)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	return mux
}

// close ends what is under way: a profile may take half a minute.
func (a *admin) close(ctx context.Context) error {
	if a.server.Shutdown(ctx) != nil {
		_ = a.server.Close() // There is nothing left to lose.
	}
	<-a.served
	return nil
}
