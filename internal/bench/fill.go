package bench

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// filled is a store that was filled before the rounds.
type filled struct {
	dir  string  // of the server that was filled, which runs no more; "": a given one
	rate float64 // notifications a second
}

// fill fills the given server, or a folder that each round begins with a copy of;
// nil when nothing is to be stored.
func (t *trial) fill(ctx context.Context) (f *filled, err error) {
	if !t.step.Options.stores() {
		return nil, nil
	}
	f = &filled{}
	if t.Target != nil {
		f.rate, err = t.Target.fill(ctx, &t.step.Options, t.Progress)
		return f, err
	}
	if f.dir, err = os.MkdirTemp("", "belfry-bench-"); err != nil {
		return nil, err
	}
	err = serving(ctx, t.Server, f.dir, func(at *Target) error {
		f.rate, err = at.fill(ctx, &t.step.Options, t.Progress)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, f.remove())
	}
	return f, nil
}

func (f *filled) remove() error {
	if f == nil || f.dir == "" {
		return nil
	}
	return os.RemoveAll(f.dir)
}

// copyTo copies the store into a folder, and to the disk: what the system still
// has to write would slow every commit of the round.
func (f *filled) copyTo(dir string) error {
	if f == nil {
		return nil
	}
	if err := os.CopyFS(dir, os.DirFS(f.dir)); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(file.Sync(), file.Close())
	})
}

// Enough connections that fill for each commit to take what several of them sent,
// and so many notifications in a request that the largest fit.
const (
	fillers  = 4
	fillSize = 500
)

// filler puts notifications into a store, in batches and as fast as they go.
type filler struct {
	ledger *ledger // of a run of its own: no session takes these for what it waits for
	size   int
	pool   chan *publisher
	stored atomic.Int64
}

// fill stores what the options say and gives the notifications a second: first
// those of the users' own, which also makes the users, and then those to everyone,
// which are in the inbox of whoever was there before.
func (t *Target) fill(ctx context.Context, o *Options, progress *Progress) (rate float64, err error) {
	f := &filler{ledger: newLedger(), size: o.Size, pool: make(chan *publisher, fillers)}
	for range fillers {
		p, err := newPublisher(t)
		if err != nil {
			return 0, err
		}
		defer p.close()
		f.pool <- p
	}
	defer progress.watch("fill", int64(o.Stored+o.StoredShared), f.stored.Load)()
	began := time.Now()
	if err := f.put(ctx, o.Stored, toUser, func(i int) audience { return holder(i, o.Stored, o.users()) }); err != nil {
		return 0, err
	}
	if err := f.put(ctx, o.StoredShared, toAll, func(int) audience { return everyone }); err != nil {
		return 0, err
	}
	return float64(f.stored.Load()) / time.Since(began).Seconds(), nil
}

func (f *filler) put(ctx context.Context, n int, to byte, who func(i int) audience) error {
	return together(ctx, (n+fillSize-1)/fillSize, fillers, func(ctx context.Context, k int) error {
		p := <-f.pool
		defer func() { f.pool <- p }()
		from, end := k*fillSize, min((k+1)*fillSize, n)
		p.body = append(p.body[:0], `{"notifications":[`...)
		for i := from; i < end; i++ {
			if i > from {
				p.body = append(p.body, ',')
			}
			p.body = f.ledger.draft(p.body, toOf(to, who(i)), stamp{audience: to, seq: i}, f.size)
		}
		p.body = append(p.body, "]}"...)
		if err := p.batch(ctx); err != nil {
			return err
		}
		f.stored.Add(int64(end - from))
		return nil
	})
}

// holder is the user of the i-th of n notifications spread evenly: round and
// round, and what is left at the end over all of them.
func holder(i, n, users int) audience {
	if left := n % users; i >= n-left {
		return audience((i - (n - left)) * users / left)
	}
	return audience(i % users)
}
