package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"belfry"
)

// Presence is who is online at the nodes of a database that have no Redis: each
// writes down, in one row of its own, whom it has. It is for small clusters: what
// is written grows with the sessions of a node, and is up to presenceEvery old.
type Presence struct {
	store *Store
	log   *slog.Logger
	node  string
	roll  atomic.Pointer[belfry.Roll]
}

var _ belfry.Presence = (*Presence)(nil)

const (
	presenceEvery = 2 * time.Second
	// presenceLasts is how long a node that writes no more is believed.
	presenceLasts = 15 * time.Second
)

// Presence makes a node's presence. It is seen by others while Run runs.
func (s *Store) Presence() *Presence { return &Presence{store: s, log: s.log, node: rand.Text()} }

// Answer implements belfry.Presence.
func (p *Presence) Answer(here belfry.Roll) { p.roll.Store(&here) }

// Run writes down who is online here until ctx ends, and then that nobody is.
func (p *Presence) Run(ctx context.Context) {
	tick := time.NewTicker(presenceEvery)
	defer tick.Stop()
	var written [sha256.Size]byte
	failed := false
	for {
		sum, err := p.write(ctx, written)
		if written = sum; err != nil && !failed && ctx.Err() == nil {
			p.log.Warn("who is online here could not be written down for the other nodes; it is tried again", "err", err)
		}
		failed = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.leave(context.WithoutCancel(ctx))
			return
		}
	}
}

// write writes down who is online here, or, when that is as it was, only that
// this node is still there.
func (p *Presence) write(ctx context.Context, written [sha256.Size]byte) ([sha256.Size]byte, error) {
	text, err := p.here()
	if err != nil {
		return written, err
	}
	sum := sha256.Sum256(text)
	if sum == written {
		text = nil
	}
	const upsert = `INSERT INTO presence AS p (node, seen, sessions) VALUES ($1, now(), coalesce($2, '{}'::jsonb))
		ON CONFLICT (node) DO UPDATE SET seen = now(), sessions = coalesce($2, p.sessions)`
	if err := p.exec(ctx, upsert, p.node, text); err != nil {
		return [sha256.Size]byte{}, err // whole again the next time
	}
	return sum, p.exec(ctx, "DELETE FROM presence WHERE seen < now() - $1::interval", presenceLasts)
}

// here is who is online here, as it is written down.
func (p *Presence) here() ([]byte, error) {
	all := map[belfry.UserID][]belfry.Session{}
	if roll := p.roll.Load(); roll != nil {
		for _, user := range (*roll).Online() {
			all[user] = (*roll).Sessions(user)
		}
	}
	return json.Marshal(all)
}

func (p *Presence) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_ = p.exec(ctx, "DELETE FROM presence WHERE node = $1", p.node) // else it is forgotten in a while
}

func (p *Presence) exec(ctx context.Context, sql string, args ...any) error {
	c, err := acquire(ctx, p.store.writers)
	if err != nil {
		return err
	}
	defer c.Release()
	_, err = c.Exec(ctx, sql, args...)
	return asError(err)
}

// Sessions implements belfry.Presence.
func (p *Presence) Sessions(ctx context.Context, user belfry.UserID) (sessions []belfry.Session, whole bool) {
	if roll := p.roll.Load(); roll != nil {
		sessions = (*roll).Sessions(user)
	}
	elsewhere, err := p.elsewhere(ctx, user)
	sessions = append(sessions, elsewhere...)
	slices.SortFunc(sessions, belfry.Session.Compare)
	return sessions, err == nil
}

func (p *Presence) elsewhere(ctx context.Context, user belfry.UserID) (all []belfry.Session, err error) {
	c, err := acquire(ctx, p.store.readers)
	if err != nil {
		return nil, err
	}
	defer c.Release()
	rows, err := c.Query(ctx, "SELECT sessions->$1 FROM presence WHERE node <> $2 AND seen >= now() - $3::interval AND sessions ? $1",
		string(user), p.node, presenceLasts)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text []byte
		var some []belfry.Session
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &some); err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, rows.Err()
}
