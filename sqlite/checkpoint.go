package sqlite

import (
	"log/slog"
	"os"
	"sync/atomic"

	driver "zombiezen.com/go/sqlite"
)

// checkpointPages is how long the write-ahead log grows, roughly, before it is
// copied into the database file: 32 MiB. A long log saves CPU, for many of its pages
// are written again and again and copied once.
const checkpointPages = 8000

// It is copied after so many rows at first, at the earliest and at the latest. How many
// pages a row takes shows itself: less than one in a large commit, eight in one of its
// own.
const (
	firstRows = 1000
	leastRows = 100
	mostRows  = 8000
)

// checkpointer copies the write-ahead log into the database file while the writer
// goes on: by SQLite's own means it would be done in a commit, and every publisher
// would wait for all of it and for an fsync of the file (sqlite.org/wal.html,
// "Performance Considerations"). The log begins anew only after a checkpoint during
// which nobody writes. So the writer does the last of it, which is little by then.
type checkpointer struct {
	conn conn
	// file is the database file. It must be closed after the last connection: with any
	// descriptor of a file a process gives back all its locks on it (fcntl(2)).
	file *os.File
	log  *slog.Logger
	due  chan struct{} // capacity one
	done chan struct{} // closed when run has ended

	every atomic.Int64 // rows between two
	rows  int          // of the writer: written since it was last due
	last  atomic.Bool  // only the last of a checkpoint is left
}

func newCheckpointer(path string, log *slog.Logger) (*checkpointer, error) {
	c, err := connect(path, driver.OpenReadWrite)
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		c.Close()
		return nil, cannotOpen(path, err)
	}
	p := &checkpointer{conn: c, file: file, log: log, due: make(chan struct{}, 1), done: make(chan struct{})}
	p.every.Store(firstRows)
	go p.run()
	return p, nil
}

// wrote is told by the writer of each commit.
func (p *checkpointer) wrote(rows int) {
	if p.rows += rows; p.rows < int(p.every.Load()) {
		return
	}
	select {
	case p.due <- struct{}{}:
		p.rows = 0
	default: // one is under way, and will be due again
	}
}

func (p *checkpointer) run() {
	defer close(p.done)
	for range p.due {
		p.checkpoint()
	}
}

// checkpoint copies what there is, then what came meanwhile, which is less, and
// leaves to the writer what came meanwhile then. What fails is tried again with the
// next: the log holds everything.
func (p *checkpointer) checkpoint() {
	pages, err := p.copy()
	if err == nil {
		p.pace(pages)
		_, err = p.copy()
	}
	if err != nil {
		p.warn(err)
		return
	}
	p.last.Store(true)
}

func (p *checkpointer) warn(err error) {
	p.log.Warn("the write-ahead log could not be copied into the database file; it grows until it can", "error", err)
}

// copy copies what the log holds, as far as no reader stands before it, and makes it
// durable: SQLite does that only where nobody has written meanwhile.
func (p *checkpointer) copy() (pages int, err error) {
	pages, err = p.conn.checkpoint()
	if err != nil {
		return 0, err
	}
	return pages, p.file.Sync()
}

// pace learns from the length that the log has come to how many rows make it
// checkpointPages long. One length may deceive: somebody may be reading, and the log
// has not begun anew.
func (p *checkpointer) pace(pages int) {
	every := p.every.Load()
	p.every.Store(min(max(every*checkpointPages/int64(max(1, pages)), every/4, leastRows), every*4, mostRows))
}

// finish does the last of a checkpoint, if that is what is left. The writer calls it
// between two transactions.
func (p *checkpointer) finish(c conn) {
	if !p.last.CompareAndSwap(true, false) {
		return
	}
	if _, err := c.checkpoint(); err != nil {
		p.warn(err)
	}
}

// checkpoint copies what the log holds into the file, without waiting for anybody,
// and says how many pages the log has.
func (c conn) checkpoint() (pages int, err error) {
	var busy int
	_, err = c.one("PRAGMA wal_checkpoint(PASSIVE)", nil, &busy, &pages)
	return pages, err
}

// stop ends it. The writer has ended.
func (p *checkpointer) stop() {
	close(p.due)
	<-p.done
	p.conn.Close()
}
