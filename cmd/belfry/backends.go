package main

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/internal/metrics"
	"belfry/postgres"
	"belfry/redis"
	"belfry/sqlite"
)

// store is what a node keeps its logs in, and what it reports of it.
type store interface {
	belfry.Store
	belfry.Keyring
	// ObserveCommits sets who is told of each transaction.
	ObserveCommits(func(changes int, took time.Duration))
	// CountDrift recounts the inboxes of some users and gives the difference to
	// what is kept.
	CountDrift(ctx context.Context, users int) (int64, error)
}

// relay is a store with an outbox, see postgres.Store.Relay.
type relay interface {
	Relay(context.Context) (more bool, err error)
}

// openStore opens PostgreSQL where its address is set, else the data folder.
func openStore(ctx context.Context, cfg config, log *slog.Logger) (store, error) {
	rules := belfry.Rules{RetentionDays: cfg.retentionDays, RetentionItems: cfg.retentionItems, BroadcastBacklog: cfg.broadcastBacklog}
	if cfg.databaseURL == "" {
		s, err := sqlite.Open(ctx, cfg.data, rules, log)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	s, err := postgres.Open(ctx, cfg.databaseURL, rules, log)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// How often the heads of all logs that a node serves are compared with the
// store. With Redis that finds the rings it lost without a word; the bus itself
// asks for more when it is in doubt. Without Redis it is how nodes hear of each
// other.
const (
	checkWithRedis = 15 * time.Second
	checkAlone     = 500 * time.Millisecond
)

// openBus opens what tells the nodes of a database of each other's changes, and
// says how often heads are to be checked beside it: never where there is one node.
func openBus(ctx context.Context, cfg config, m *metrics.Metrics, log *slog.Logger) (bus belfry.Bus, check time.Duration, err error) {
	switch {
	case cfg.redisURL != "":
		r, err := redis.Open(ctx, cfg.redisURL, redis.Options{Observe: m.Bus}, log)
		if err != nil {
			return nil, 0, err
		}
		return r, checkWithRedis, nil
	case cfg.databaseURL != "":
		log.Info("there is no redis-url: nodes find each other's changes by polling the database, signals stay within a node", "every", checkAlone)
		return hub.NewBus(), checkAlone, nil
	}
	return hub.NewBus(), 0, nil
}

// readers is how many sessions at once may wait for PostgreSQL: above the number
// of its connections, so that those are never idle. A file keeps nobody waiting.
func readers(cfg config) int {
	if cfg.databaseURL == "" {
		return 0
	}
	return 16
}

// openPresence is how sessions at other nodes are known: by asking over Redis, by
// a table of PostgreSQL, which run keeps, or not at all where there is one node.
func openPresence(store store, bus belfry.Bus, here belfry.Roll) (p belfry.Presence, run func(context.Context)) {
	run = func(context.Context) {}
	if asks, ok := bus.(belfry.Presence); ok {
		p = asks
	} else if shared, ok := store.(*postgres.Store); ok {
		table := shared.Presence()
		p, run = table, table.Run
	}
	if p != nil {
		p.Answer(here)
	}
	return p, run
}

// whereKeysAre is how the key commands find the keys of this server.
func (c *config) whereKeysAre() string {
	if c.databaseURL == "" {
		return "--data " + c.data
	}
	return "--database-url …"
}

// place says where the data is, without a password.
func (c *config) place() string {
	if c.databaseURL == "" {
		return c.data
	}
	u, err := url.Parse(c.databaseURL)
	if err != nil || u.Host == "" {
		return "PostgreSQL"
	}
	return u.Host + u.Path
}
