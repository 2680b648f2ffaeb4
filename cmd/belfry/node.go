package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"belfry"
	"belfry/api"
	"belfry/hub"
	"belfry/internal/metrics"
	"belfry/internal/token"
	"belfry/server"
	"belfry/web"
)

// node is one server: a store, a hub, and the HTTP surface on both.
type node struct {
	cfg     config
	log     *slog.Logger
	store   store
	bus     belfry.Bus
	hub     *hub.Hub
	tokens  *token.Authority // nil: no user token is believed
	server  *server.Server
	attend  func(context.Context) // keeps presence
	metrics *metrics.Metrics
}

// openNode opens the store and wires what stands on it. home serves / and all
// that is not the API; nil: name and version.
func openNode(ctx context.Context, cfg config, log *slog.Logger, home http.Handler) (*node, error) {
	tokens, err := newAuthority(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	m := metrics.New(version(), log)
	bus, check, err := openBus(ctx, cfg, m, log)
	if err != nil {
		return nil, belfry.Errorf(belfry.CodeInvalid, "--redis-url ($BELFRY_REDIS_URL): %s", detail(err))
	}
	store, err := openStore(ctx, cfg, log)
	if err != nil {
		return nil, errors.Join(err, bus.Close())
	}
	n := &node{cfg: cfg, log: log, store: store, bus: bus, tokens: tokens, metrics: m}
	store.OnCommit(n.bus.Ring)
	store.ObserveCommits(n.metrics.Committed)
	n.hub = hub.New(store, n.bus, hub.Options{
		Server: "belfry/" + version(), Heartbeat: cfg.heartbeat, MaxSessions: cfg.maxSessions, MaxPerUser: cfg.maxSessionsPerUser,
		Presence: cfg.presence, CheckEvery: check, Readers: readers(cfg),
	}, n.metrics)
	presence, attend := openPresence(store, bus, n.hub)
	n.attend = attend
	n.metrics.Watch(n.storeUp, n.bus.Up)
	n.server = server.New(server.Config{
		Store: store, Keyring: store, Bus: n.bus, Hub: n.hub, Presence: presence, Tokens: tokens, APIKey: cfg.apiKey,
		Meter: n.metrics, Logger: log, Version: version(), Home: home, OpenAPI: api.OpenAPI, SDK: web.SDK,
		AllowedOrigins: cfg.allowedOrigins, TrustedProxies: cfg.trustedProxies, BasePath: cfg.basePath, Compression: cfg.compression,
		PublishRate: unlimited(cfg.publishRate), ClientRate: unlimited(cfg.clientRate),
	})
	return n, nil
}

// unlimited turns the setting's "0 is no limit" into the server's.
func unlimited(rate float64) float64 {
	if rate == 0 {
		return -1
	}
	return rate
}

// newAuthority is nil when no user token is believed at all.
func newAuthority(ctx context.Context, cfg config, log *slog.Logger) (*token.Authority, error) {
	o := token.Options{
		JWKSURL: cfg.tokenJWKSURL, Issuer: cfg.tokenIssuer, Audience: cfg.tokenAudience, UserClaim: cfg.tokenUserClaim, Logger: log,
	}
	for _, s := range cfg.tokenSecret {
		o.Secrets = append(o.Secrets, []byte(s))
	}
	if cfg.tokenPublicKey != "" {
		pem, err := os.ReadFile(cfg.tokenPublicKey)
		if err != nil {
			return nil, belfry.Invalid("token-public-key", "invalid", "%s", err)
		}
		o.PublicKeys = pem
	}
	if len(o.Secrets) == 0 && o.PublicKeys == nil && o.JWKSURL == "" {
		return nil, nil
	}
	return token.New(ctx, o)
}

// serve answers on l until stop ends, then drains, and returns when everything
// it started has ended and the store is closed. extra tasks run beside it.
func (n *node) serve(stop context.Context, l net.Listener, extra ...func(context.Context)) (err error) {
	running, cancel := context.WithCancel(context.WithoutCancel(stop))
	var tasks sync.WaitGroup
	for _, task := range append(extra, n.runHub, n.attend, n.sweep, n.relay, n.sampleCounts, n.giveBackMemory) {
		tasks.Go(func() { task(running) })
	}
	web := n.server.HTTP(n.server)
	failed := make(chan error, 1)
	tasks.Go(func() { failed <- web.Serve(n.server.Upgrades(l)) })
	select {
	case <-stop.Done():
		n.drain(running, web)
	case err = <-failed:
	}
	cancel()
	_ = web.Close()
	tasks.Wait()
	return errors.Join(err, n.close())
}

// close releases what openNode took: the bus last, the store may still ring.
func (n *node) close() error { return errors.Join(n.store.Close(), n.bus.Close()) }

// drain lets clients go gently.
func (n *node) drain(ctx context.Context, web *http.Server) {
	n.log.Info("draining", "sessions", n.hub.Len(), "delay", n.cfg.drainDelay, "over", n.cfg.drainTimeout)
	n.server.Drain()
	pause(ctx, n.cfg.drainDelay)
	n.hub.Drain(ctx, n.cfg.drainTimeout)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := errors.Join(n.server.Close(ctx), web.Shutdown(ctx)); err != nil {
		n.log.Warn("some requests did not end in time and are cut", "err", err)
	}
}

func (n *node) runHub(ctx context.Context) {
	if err := n.hub.Run(ctx); err != nil {
		n.log.Error("the hub ended", "err", err)
	}
}

// sweep lets time act, once a second: what is due becomes a change like any
// other.
func (n *node) sweep(ctx context.Context) {
	n.again(ctx, time.Second, "what is due could not be done", n.store.Sweep)
}

// relay publishes what applications have left in the database in transactions
// of their own, where the store has a place for that.
func (n *node) relay(ctx context.Context) {
	if r, ok := n.store.(relay); ok {
		n.again(ctx, 100*time.Millisecond, "what stands in the outbox could not be published", r.Relay)
	}
}

// again does work that comes up now and then, as often as there is more to do
// and else at an interval. Of the failures in a row the first is logged.
func (n *node) again(ctx context.Context, interval time.Duration, failure string, work func(context.Context) (more bool, err error)) {
	failed := false
	every(ctx, interval, func() {
		var err error
		for more := true; more && err == nil && ctx.Err() == nil; {
			more, err = work(ctx)
		}
		if err != nil && !failed && ctx.Err() == nil {
			n.log.Error(failure+"; it is tried again", "every", interval, "err", err)
		}
		failed = err != nil
	})
}

// sampleCounts recounts a few inboxes a minute: the promise that counts are
// exact, made visible.
func (n *node) sampleCounts(ctx context.Context) {
	const users = 20
	every(ctx, time.Minute, func() {
		drift, err := n.store.CountDrift(ctx, users)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			n.log.Error("the counts could not be sampled", "err", err)
		case drift != 0:
			n.log.Error("counts differ from a recount; this is a defect, please report it", "difference", drift)
			fallthrough
		default:
			n.metrics.Drift(drift)
		}
	})
}

// giveBackMemory returns to the system what a burst of connects took: opening a
// session costs many times what keeping it does, and the collector holds on to
// that for minutes.
func (n *node) giveBackMemory(ctx context.Context) {
	var w burstWatch
	every(ctx, time.Second, func() {
		if w.over(n.hub.Len()) {
			debug.FreeOSMemory()
		}
	})
}

// burstWatch finds the ends of bursts: the number of sessions, looked at once a
// second, grew by more than burst and has then been calm for burstCalm looks.
type burstWatch struct {
	settled int // the number at the end of the last burst, or what was left of it
	last    int
	calm    int
}

const (
	burst     = 1000
	burstCalm = 2
	stirring  = burst / 100 // what still comes and goes while it is calm
)

func (w *burstWatch) over(sessions int) bool {
	if w.calm++; sessions > w.last+stirring {
		w.calm = 0
	}
	w.last = sessions
	w.settled = min(w.settled, sessions)
	if sessions <= w.settled+burst || w.calm < burstCalm {
		return false
	}
	w.settled = sessions
	return true
}

// every calls f again and again until ctx ends.
func every(ctx context.Context, d time.Duration, f func()) {
	for pause(ctx, d) {
		f()
	}
}

// pause waits; false says that ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
