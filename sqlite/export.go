package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"belfry"

	driver "zombiezen.com/go/sqlite"
)

// Export reads the rows of a database as they are, for another one. While it is
// open nobody writes: it holds the folder's lock, as a server does, and the
// file's, for those who need no folder (keys). It is for one goroutine at a time.
type Export struct {
	store *Store
	c     conn
}

// OpenExport opens the database in a folder with the errors of Open, but makes
// none: CodeNotFound. Its schema is brought up to date; nothing else is changed.
func OpenExport(ctx context.Context, dir string, log *slog.Logger) (*Export, error) {
	path := filepath.Join(dir, fileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, belfry.Errorf(belfry.CodeNotFound, "there is no Belfry database in %s; name the data folder of the server", dir)
	}
	s, err := Open(ctx, dir, belfry.Rules{}, log)
	if err != nil {
		return nil, err
	}
	c, err := connect(path, driver.OpenReadWrite)
	if err == nil {
		if err = c.exec("BEGIN IMMEDIATE"); err != nil {
			c.Close()
		}
	}
	if err != nil {
		s.Close()
		return nil, cannotOpen(path, err)
	}
	return &Export{s, c}, nil
}

// Reader answers for the inboxes in the database.
func (e *Export) Reader() belfry.Reader { return e.store }

// Count is how many rows a table has.
func (e *Export) Count(ctx context.Context, table string) (n int64, err error) {
	defer e.until(ctx)()
	_, err = e.c.one("SELECT count(*) FROM "+table, nil, &n)
	return n, e.fault(ctx, err)
}

// Rows reads columns of a table in the order of a key, those above a value of
// the key, nil: all. A value is an int64, a string, a []byte or nil; a row is
// valid until the next one. The key has an index.
func (e *Export) Rows(ctx context.Context, table string, columns, key []string, above []any) iter.Seq2[[]any, error] {
	order := strings.Join(key, ", ")
	sql := "SELECT " + strings.Join(columns, ", ") + " FROM " + table
	if above != nil {
		sql += " WHERE (" + order + ") > (?" + strings.Repeat(", ?", len(above)-1) + ")"
	}
	sql += " ORDER BY " + order
	return func(yield func([]any, error) bool) {
		defer e.until(ctx)()
		row := make([]any, len(columns))
		r := e.c.query(sql, above...)
		for r.next() {
			for i := range row {
				row[i] = r.value(i)
			}
			if !yield(row, nil) {
				_ = r.close() // nobody reads on
				return
			}
		}
		if err := r.close(); err != nil {
			yield(nil, e.fault(ctx, err))
		}
	}
}

// until lets the end of ctx interrupt what the connection does, as long as the
// function it returns was not called.
func (e *Export) until(ctx context.Context) (done func()) {
	e.c.SetInterrupt(ctx.Done())
	return func() { e.c.SetInterrupt(nil) }
}

func (e *Export) fault(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return asError(err)
}

// Close releases the database.
func (e *Export) Close() error {
	return errors.Join(asError(e.c.Close()), e.store.Close())
}

// value is a column as it is stored.
func (r *rows) value(i int) any {
	switch r.stmt.ColumnType(i) {
	case driver.TypeInteger:
		return r.stmt.ColumnInt64(i)
	case driver.TypeText:
		return r.stmt.ColumnText(i)
	case driver.TypeBlob:
		b := make([]byte, r.stmt.ColumnLen(i)) // nil is NULL
		r.stmt.ColumnBytes(i, b)
		return b
	}
	return nil
}
