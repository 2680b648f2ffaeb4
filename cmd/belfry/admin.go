package main

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"belfry"
)

// serveAdmin answers on l until ctx ends: metrics, profiles and health. It asks
// for no credential.
func (n *node) serveAdmin(ctx context.Context, l net.Listener) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", n.metrics.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.Handle("GET /healthz", n.server)
	mux.Handle("GET /readyz", n.server)
	web := n.server.HTTP(mux)
	defer context.AfterFunc(ctx, func() { _ = web.Close() })()
	if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		n.log.Error("metrics are not served any more", "err", err)
	}
}

// storeUp asks the store for what is cheap to give.
func (n *node) storeUp() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := n.store.Shared(ctx, belfry.Rev(math.MaxInt32), 1)
	return err == nil
}
