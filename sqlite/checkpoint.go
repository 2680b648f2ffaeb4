package sqlite

import (
	"log/slog"
	"os"
	"sync/atomic"

	driver "zombiezen.com/go/sqlite"
)

// checkpointRows is how many rows are written, roughly, until the write-ahead log is
// copied into the database file: 2 to 70 MiB, as they lie together or are scattered.
// A long log saves CPU, for many of its pages are written again and again and copied
// once.
const checkpointRows = 8000

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

	every int         // rows; checkpointRows
	rows  int         // of the writer: written since it was last due
	last  atomic.Bool // only the last of a checkpoint is left
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
	p := &checkpointer{conn: c, file: file, log: log, due: make(chan struct{}, 1), done: make(chan struct{}), every: checkpointRows}
	go p.run()
	return p, nil
}

// wrote is told by the writer of each commit.
func (p *checkpointer) wrote(rows int) {
	if p.rows += rows; p.rows < p.every {
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
	for range 2 {
		if err := p.copy(); err != nil {
			p.warn(err)
			return
		}
	}
	p.last.Store(true)
}

func (p *checkpointer) warn(err error) {
	p.log.Warn("the write-ahead log could not be copied into the database file; it grows until it can", "error", err)
}

// copy copies what the log holds, as far as no reader stands before it, and makes it
// durable: SQLite does that only where nobody has written meanwhile.
func (p *checkpointer) copy() error {
	if err := p.conn.checkpoint(); err != nil {
		return err
	}
	return p.file.Sync()
}

// finish does the last of a checkpoint, if that is what is left. The writer calls it
// between two transactions.
func (p *checkpointer) finish(c conn) {
	if !p.last.CompareAndSwap(true, false) {
		return
	}
	if err := c.checkpoint(); err != nil {
		p.warn(err)
	}
}

// checkpoint copies what the log holds into the file, without waiting for anybody.
func (c conn) checkpoint() error { return c.exec("PRAGMA wal_checkpoint(PASSIVE)") }

// stop ends it. The writer has ended.
func (p *checkpointer) stop() {
	close(p.due)
	<-p.done
	p.conn.Close()
}
