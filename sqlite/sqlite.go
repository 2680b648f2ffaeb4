// Package sqlite keeps Belfry's logs in one SQLite file: the store that a single
// process runs on, with nothing else to install. It implements belfry.Store and
// belfry.Keyring.
//
// One goroutine writes (writer.go): what waits together is applied step after
// step in one transaction and made durable by one fsync. Another copies what was
// written into the database file (checkpoint.go). Readers have connections of their
// own and see one snapshot a call. A lock file keeps a second server out; keys and
// backups may be made while one runs.
package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"belfry"

	"github.com/gofrs/flock"
)

// Store is the database. It is safe for concurrent use.
type Store struct {
	lock        *flock.Flock
	writer      *writer
	readers     *pool
	checkpoints *checkpointer
	once        sync.Once
}

var (
	_ belfry.Store   = (*Store)(nil)
	_ belfry.Keyring = (*Store)(nil)
)

// Open opens the database in a folder, and makes both when they are not there.
// Only one process at a time may have it open: CodeConflict names the folder.
// CodeUnavailable with a cause when the file cannot be opened, belongs to
// another program or was written by a newer Belfry.
func Open(ctx context.Context, dir string, rules belfry.Rules, log *slog.Logger) (*Store, error) {
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, filepath.Join(dir, fileName), rules.WithDefaults(), log)
	if err != nil {
		lock.Unlock()
		return nil, err
	}
	s.lock = lock
	return s, nil
}

func open(ctx context.Context, path string, rules belfry.Rules, log *slog.Logger) (*Store, error) {
	c, err := create(ctx, path)
	if err != nil {
		return nil, err
	}
	t := newTx(c, rules)
	if err := t.nameShared(); err != nil {
		c.Close()
		return nil, cannotOpen(path, err)
	}
	readers, err := newPool(path, max(4, 2*runtime.GOMAXPROCS(0)))
	if err != nil {
		c.Close()
		return nil, err
	}
	checkpoints, err := newCheckpointer(path, log)
	if err != nil {
		readers.close()
		c.Close()
		return nil, err
	}
	return &Store{readers: readers, checkpoints: checkpoints, writer: newWriter(t, checkpoints, log)}, nil
}

// lockFolder makes the folder, for its owner only, and takes it for this process.
func lockFolder(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the data folder cannot be made: " + err.Error(), Err: err}
	}
	lock := flock.New(filepath.Join(dir, lockName))
	got, err := lock.TryLock()
	if err != nil {
		return nil, &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the data folder cannot be locked: " + err.Error(), Err: err}
	}
	if !got {
		return nil, belfry.Errorf(belfry.CodeConflict, "another Belfry is using %s; stop it, or give this one a data folder of its own", dir)
	}
	return lock, nil
}

// OnCommit implements belfry.Writer.
func (s *Store) OnCommit(ring func([]belfry.Ring)) { s.writer.ring = ring }

// ObserveCommits sets a function that is told how many changes each commit held
// and how long it took, for metrics. It must not block. Set it before the first
// write.
func (s *Store) ObserveCommits(observe func(changes int, took time.Duration)) {
	s.writer.observe = observe
}

// Close implements belfry.Store. Closing twice is no error.
func (s *Store) Close() (err error) {
	s.once.Do(func() { err = s.close() })
	return err
}

func (s *Store) close() error {
	s.writer.queue.Close()
	s.readers.close()
	s.checkpoints.stop()
	err := asError(errors.Join(s.writer.tx.Close(), s.checkpoints.file.Close()))
	if unlock := s.lock.Unlock(); err == nil && unlock != nil {
		err = &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the data folder could not be unlocked", Err: unlock}
	}
	return err
}

// view runs f over a user's inbox in one snapshot. A user never met before is
// met now, with since as the start.
func (s *Store) view(ctx context.Context, name belfry.UserID, since belfry.Time, f func(*view) error) error {
	met := false
	visit := func(c conn) error {
		v, err := c.view(name)
		if met = v != nil; err != nil || !met {
			return err
		}
		return f(v)
	}
	if err := s.snapshot(ctx, visit); err != nil || met {
		return err
	}
	err := s.writer.do(ctx, 1, func(t *tx, _ int) error {
		return t.meet(name, since)
	})[0]
	if err != nil {
		return err
	}
	return s.snapshot(ctx, visit)
}

// snapshot runs f on a reader's connection; all it reads is of one moment.
func (s *Store) snapshot(ctx context.Context, f func(conn) error) error {
	return s.read(ctx, func(c conn) error {
		return c.inTx(func() error { return f(c) })
	})
}

// read runs f on a reader's connection, each query in a snapshot of its own.
func (s *Store) read(ctx context.Context, f func(conn) error) error {
	c, err := s.readers.get(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(c)
	return asError(f(c))
}
