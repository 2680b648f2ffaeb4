// Package postgres keeps Belfry's logs in a PostgreSQL database that any number
// of nodes share. It implements belfry.Store and belfry.Keyring.
//
// A transaction takes all its locks in its first statements and in one order:
// due things, rows of the outbox, scheduled notifications, idempotency keys, users by name, the shared log. Only then
// does it look, and what it writes travels with its COMMIT (conn.go, tx.go). A
// user's row is the lock of their log. The shared log's head is the highest
// revision in its table, under an advisory lock. Several goroutines write, each
// for some of the users; what waits together for one of them is committed
// together (writer.go, lanes.go). Readers see one snapshot a call.
package postgres

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"belfry"
	"belfry/internal/logs"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is the database. It is safe for concurrent use.
type Store struct {
	rules   belfry.Rules
	ownTime bool // rules.Now was given; else the server's clock counts
	log     *slog.Logger
	readers *pgxpool.Pool
	writers *pgxpool.Pool
	lanes   []*writer
	stripes []sync.Mutex // see lanes.go
	once    sync.Once

	ringing sync.Mutex
	ring    func([]belfry.Ring)
	observe func(changes int, took time.Duration)
}

var (
	_ belfry.Store   = (*Store)(nil)
	_ belfry.Keyring = (*Store)(nil)
)

// Open connects to a database, a URL or keywords as libpq reads them, and brings
// the schema "belfry" in it up to date. Of several hosts it takes the one that
// can be written to. CodeInvalid when the address cannot be read,
// CodeUnavailable with a cause when the server cannot be reached, is a standby,
// is older than 15, does not keep what it acknowledges, was used by a newer
// Belfry that this one cannot read after, or holds the half of a move.
func Open(ctx context.Context, dsn string, rules belfry.Rules, log *slog.Logger) (*Store, error) {
	s, err := open(ctx, dsn, rules, log)
	if err != nil {
		return nil, err
	}
	if err := s.refuseHalf(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func open(ctx context.Context, dsn string, rules belfry.Rules, log *slog.Logger) (*Store, error) {
	s := &Store{rules: rules.WithDefaults(), ownTime: rules.Now != nil, log: log,
		ring: func([]belfry.Ring) {}, observe: func(int, time.Duration) {}}
	var err error
	if s.readers, err = newPool(dsn, 0); err != nil {
		return nil, err
	}
	if s.writers, err = newPool(dsn, writerCount+1); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		s.readers.Close()
		s.writers.Close()
		return nil, err
	}
	s.startLanes()
	return s, nil
}

// prepare migrates, and names the shared log of a database that never had one,
// before anybody is given a position in it.
func (s *Store) prepare(ctx context.Context) error {
	c, err := acquire(ctx, s.writers)
	if err != nil {
		return err
	}
	err = migrate(ctx, c.Conn())
	c.Release()
	if err != nil {
		return asError(err)
	}
	s.writers.Reset() // connections of before the tables have another incarnation
	if c, err = acquire(ctx, s.writers); err != nil {
		return err
	}
	defer c.Release()
	_, err = c.Exec(ctx, "UPDATE shared_log SET nonce = $1, incarnation = $2 WHERE incarnation = 0", logs.NewNonce(), incarnation(c.Conn()))
	return asError(err)
}

// OnCommit implements belfry.Writer.
func (s *Store) OnCommit(ring func([]belfry.Ring)) { s.ring = ring }

// ObserveCommits sets a function that is told how many changes each commit held
// and how long it took, for metrics. It must not block. Set it before the first
// write.
func (s *Store) ObserveCommits(observe func(changes int, took time.Duration)) { s.observe = observe }

// Close implements belfry.Store. Closing twice is no error.
func (s *Store) Close() error {
	s.once.Do(func() {
		for _, w := range s.lanes {
			w.queue.Close()
		}
		s.writers.Close()
		s.readers.Close()
	})
	return nil
}

// view runs f over a user's inbox in one snapshot. A user never met before is
// met now, with since as the start.
func (s *Store) view(ctx context.Context, name belfry.UserID, since belfry.Time, f func(*view) error) error {
	met := false
	visit := func(c *conn) error {
		v, err := c.view(name)
		if met = v != nil; err != nil || !met {
			return err
		}
		return f(v)
	}
	if err := s.snapshot(ctx, visit); err != nil || met {
		return err
	}
	if err := s.meet(ctx, name, since); err != nil {
		return err
	}
	return s.snapshot(ctx, visit)
}

// snapshot runs f on a reader's connection; all it reads is of one moment. What
// was cut off by the server is tried once more: f must not mind.
func (s *Store) snapshot(ctx context.Context, f func(*conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := s.snapshotOnce(ctx, f)
	if err != nil && !isRefusal(err) && ctx.Err() == nil && (isCut(err) || isContended(err)) {
		err = s.snapshotOnce(ctx, f)
	}
	return asError(err)
}

func (s *Store) snapshotOnce(ctx context.Context, f func(*conn) error) error {
	pooled, err := acquire(ctx, s.readers)
	if err != nil {
		return err
	}
	defer pooled.Release() // which closes it when it is not idle any more
	c := newConn(ctx, pooled.Conn(), "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	err = f(c)
	if (err == nil || isRefusal(err)) && !c.ended {
		c.last()
		if end := c.flush(); err == nil {
			err = end
		}
	}
	return err
}
