package postgres

import (
	"context"

	"belfry"
	"belfry/internal/logs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// conn is a connection inside one transaction. Statements whose result is not
// needed at once wait in a queue and travel with the next query or flush: a
// transaction costs as many round trips as it has to look and then decide, and
// one. BEGIN waits like any other.
type conn struct {
	ctx   context.Context // of the transaction
	pg    *pgx.Conn
	queue *pgx.Batch
	each  []func(*rows) // what to do with each row, by place in the queue; nil: there are none
	bulk  bulk          // rows on their way into the queue
	ended bool          // COMMIT is queued or was sent
}

func newConn(ctx context.Context, pg *pgx.Conn, begin string) *conn {
	c := &conn{ctx: ctx, pg: pg, queue: &pgx.Batch{}}
	c.exec(begin)
	return c
}

// exec queues a statement. What it does wrong shows when the queue is sent.
func (c *conn) exec(sql string, args ...any) { c.later(nil, sql, args...) }

// later queues a query; each is called with each of its rows when the queue is sent.
func (c *conn) later(each func(*rows), sql string, args ...any) {
	c.endBulk()
	c.queue.Queue(sql, bindAll(args)...)
	c.each = append(c.each, each)
}

// last queues the end of the transaction, so that it travels with what is asked
// last. Nothing may be asked after it is sent.
func (c *conn) last() {
	c.exec("COMMIT")
	c.ended = true
}

// bulk are rows for one statement: a column each, as arrays.
type bulk struct {
	sql     string
	columns [][]any
}

// row adds a row to a statement that takes its columns as arrays. Rows for the
// same statement that come one after another travel as one.
func (c *conn) row(sql string, values ...any) {
	if c.bulk.sql != sql {
		c.endBulk()
		c.bulk = bulk{sql, make([][]any, len(values))}
	}
	for i, v := range values {
		c.bulk.columns[i] = append(c.bulk.columns[i], bind(v))
	}
}

func (c *conn) endBulk() {
	if b := c.bulk; b.sql != "" {
		c.bulk = bulk{}
		c.later(nil, b.sql, mapped(b.columns, func(column []any) any { return column })...)
	}
}

// send sends the queue, deals with the results of all but the last and leaves
// that to the caller, who must close it in any case.
func (c *conn) send() *rows {
	queue, each := c.queue, c.each
	c.queue, c.each = &pgx.Batch{}, nil
	r := &rows{sent: c.pg.SendBatch(c.ctx, queue)}
	for _, f := range each[:len(each)-1] {
		if r.drain(f); r.err != nil {
			return r
		}
	}
	return r
}

// flush sends the queue and waits for it.
func (c *conn) flush() error {
	c.endBulk()
	if len(c.each) == 0 {
		return nil
	}
	last := c.each[len(c.each)-1]
	r := c.send()
	r.drain(last)
	return r.close()
}

// run sends the queue and a statement, and says how many rows that one changed.
func (c *conn) run(sql string, args ...any) (n int, err error) {
	c.exec(sql, args...)
	r := c.send()
	r.drain(nil)
	return int(r.changed), r.close()
}

// query sends the queue and a query. Its rows must be closed before the next.
func (c *conn) query(sql string, args ...any) *rows {
	c.exec(sql, args...)
	r := c.send()
	if r.err == nil {
		r.Rows, r.err = r.sent.Query()
	}
	return r
}

// one reads the first row into dest; found is false when there is none.
func (c *conn) one(sql string, args []any, dest ...any) (found bool, err error) {
	r := c.query(sql, args...)
	if found = r.next(); found {
		r.scan(dest...)
	}
	return found, r.close()
}

// rows walks the result of a query: for r.next() { r.scan(…) }, then r.close().
type rows struct {
	pgx.Rows
	sent    pgx.BatchResults
	changed int64 // by the last statement that was drained
	err     error
}

// drain deals with one whole result.
func (r *rows) drain(each func(*rows)) {
	if r.err != nil {
		return
	}
	if each == nil {
		tag, err := r.sent.Exec()
		r.changed, r.err = tag.RowsAffected(), err
		return
	}
	for r.Rows, r.err = r.sent.Query(); r.next(); {
		each(r)
	}
	r.Rows.Close()
	if r.err == nil {
		r.err = r.Err()
	}
}

func (r *rows) next() bool { return r.err == nil && r.Next() }

func (r *rows) scan(dest ...any) {
	for i, d := range dest {
		dest[i] = native(d)
	}
	r.err = r.Scan(dest...)
}

// close releases the rows and says what went wrong on the way.
func (r *rows) close() error {
	if r.Rows != nil {
		r.Close()
		if r.err == nil {
			r.err = r.Err()
		}
	}
	if err := r.sent.Close(); r.err == nil {
		r.err = err
	}
	return r.err
}

// native is dest as the driver knows it: it would find the way to our types by
// itself, but not as fast.
func native(dest any) any {
	switch d := dest.(type) {
	case *belfry.Rev:
		return (*int64)(d)
	case *belfry.Time:
		return (*int64)(d)
	case *belfry.UserID:
		return (*string)(d)
	case *belfry.Topic:
		return (*string)(d)
	case *belfry.Status:
		return (*string)(d)
	case *belfry.ID:
		return (*idColumn)(d)
	case *[32]byte:
		return (*hashColumn)(d)
	case *[]belfry.Ancestor:
		return (*ancestorsColumn)(d)
	case *belfry.Watermarks:
		return (*watermarksColumn)(d)
	case *logs.Users:
		return (*usersColumn)(d)
	}
	return dest
}

type idColumn belfry.ID

// ScanUUID implements pgtype.UUIDScanner; "" is NULL.
func (c *idColumn) ScanUUID(v pgtype.UUID) error {
	*c = ""
	if v.Valid {
		*c = idColumn(belfry.IDFromBytes(v.Bytes))
	}
	return nil
}

type hashColumn [32]byte

// ScanBytes implements pgtype.BytesScanner.
func (c *hashColumn) ScanBytes(v []byte) error { copy(c[:], v); return nil }

type ancestorsColumn []belfry.Ancestor

// ScanBytes implements pgtype.BytesScanner.
func (c *ancestorsColumn) ScanBytes(v []byte) error { *c = logs.DecodeAncestors(v); return nil }

type watermarksColumn belfry.Watermarks

// ScanBytes implements pgtype.BytesScanner.
func (c *watermarksColumn) ScanBytes(v []byte) error {
	*c = watermarksColumn(logs.DecodeWatermarks(v))
	return nil
}

type usersColumn logs.Users

// ScanText implements pgtype.TextScanner.
func (c *usersColumn) ScanText(v pgtype.Text) error { return (*logs.Users)(c).Decode(v.String) }

func bindAll(args []any) []any {
	bound := make([]any, len(args))
	for i, a := range args {
		bound[i] = bind(a)
	}
	return bound
}

func bind(arg any) any {
	switch v := arg.(type) {
	case belfry.Rev:
		return int64(v)
	case belfry.Time:
		return int64(v)
	case logs.DueKind:
		return int64(v)
	case belfry.UserID:
		return string(v)
	case belfry.Topic:
		return string(v)
	case belfry.Type:
		return string(v)
	case belfry.Status:
		return string(v)
	case belfry.ID:
		b, _ := v.Bytes()
		return b
	case []belfry.ID:
		return mapped(v, func(id belfry.ID) [16]byte { b, _ := id.Bytes(); return b })
	case []belfry.Rev:
		return mapped(v, func(r belfry.Rev) int64 { return int64(r) })
	case []belfry.UserID:
		return mapped(v, func(u belfry.UserID) string { return string(u) })
	case []belfry.Topic:
		return mapped(v, func(t belfry.Topic) string { return string(t) })
	case []belfry.Type:
		return mapped(v, func(t belfry.Type) string { return string(t) })
	case logs.Users:
		return v.Encode()
	case []belfry.Ancestor:
		return logs.EncodeAncestors(v)
	case belfry.Watermarks:
		return logs.EncodeWatermarks(v)
	}
	return arg
}

func mapped[A, B any](all []A, f func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}
