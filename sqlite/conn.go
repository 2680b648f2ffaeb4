package sqlite

import (
	"fmt"
	"strings"

	"belfry"
	"belfry/internal/logs"

	driver "zombiezen.com/go/sqlite"
)

// conn is one connection. Its statements are prepared once and live as long as
// it does; it is used by one goroutine at a time.
type conn struct {
	*driver.Conn
	texts map[string]string // statement as written → as prepared, see statement
}

// statement finds or makes the prepared statement of a text.
//
// A bare parameter that SQLite looked at while it planned (LIMIT ?, and x = ?
// where no index serves) makes it prepare the statement anew at every binding,
// which costs more than most statements do. An expression is not looked at, so
// each parameter is made one.
func (c conn) statement(sql string) (*driver.Stmt, error) {
	text, ok := c.texts[sql]
	if !ok {
		text = strings.ReplaceAll(strings.ReplaceAll(sql, "?", "+?"), "LIMIT +?", "LIMIT 0 + ?")
		c.texts[sql] = text
	}
	return c.Prepare(text)
}

// exec runs a statement that returns no rows.
func (c conn) exec(sql string, args ...any) error {
	r := c.query(sql, args...)
	r.next()
	return r.close()
}

// query starts a statement. The rows must be closed before the same text is
// queried again on this connection.
func (c conn) query(sql string, args ...any) rows {
	stmt, err := c.statement(sql)
	if err != nil {
		return rows{err: err}
	}
	for i, a := range args {
		bind(stmt, i+1, a)
	}
	return rows{stmt: stmt}
}

// one reads the first row into dest; found is false when there is none.
func (c conn) one(sql string, args []any, dest ...any) (found bool, err error) {
	r := c.query(sql, args...)
	if found = r.next(); found {
		r.scan(dest...)
	}
	return found, r.close()
}

// inTx runs f in a read transaction: all it reads is of one snapshot.
func (c conn) inTx(f func() error) error {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	err := f()
	if end := c.exec("COMMIT"); err == nil {
		err = end
	}
	return err
}

// rows walks the result of a query: for r.next() { r.scan(…) }, then r.close().
type rows struct {
	stmt *driver.Stmt
	err  error
}

func (r *rows) next() bool {
	if r.err != nil {
		return false
	}
	more, err := r.stmt.Step()
	r.err = err
	return more
}

// close releases the rows and says what went wrong on the way.
func (r *rows) close() error {
	if r.stmt != nil {
		if err := r.stmt.Reset(); r.err == nil {
			r.err = err
		}
	}
	return r.err
}

// scan reads the columns of the current row, from the first on.
func (r *rows) scan(dest ...any) {
	for i, d := range dest {
		r.column(i, d)
	}
}

func (r *rows) column(i int, dest any) {
	switch d := dest.(type) {
	case *belfry.Rev:
		*d = belfry.Rev(r.stmt.ColumnInt64(i))
	case *belfry.Time:
		*d = belfry.Time(r.stmt.ColumnInt64(i))
	case *int64:
		*d = r.stmt.ColumnInt64(i)
	case *int:
		*d = r.stmt.ColumnInt(i)
	case *uint32:
		*d = uint32(r.stmt.ColumnInt64(i))
	case *bool:
		*d = r.stmt.ColumnBool(i)
	case *string:
		*d = r.stmt.ColumnText(i)
	case *belfry.UserID:
		*d = belfry.UserID(r.stmt.ColumnText(i))
	case *belfry.Topic:
		*d = belfry.Topic(r.stmt.ColumnText(i))
	case *belfry.Status:
		*d = belfry.Status(r.stmt.ColumnText(i))
	case *belfry.ID:
		*d = r.id(i)
	case *[]byte:
		*d = r.bytes(i)
	case *[32]byte:
		r.stmt.ColumnBytes(i, d[:])
	case *logs.Users:
		if err := d.Decode(r.stmt.ColumnText(i)); err != nil && r.err == nil {
			r.err = err
		}
	case *[]belfry.Ancestor:
		*d = logs.DecodeAncestors(r.bytes(i))
	case *belfry.Watermarks:
		*d = logs.DecodeWatermarks(r.bytes(i))
	default:
		panic(fmt.Sprintf("sqlite: column of type %T", dest))
	}
}

// bytes is nil for NULL and for an empty blob.
func (r *rows) bytes(i int) []byte {
	n := r.stmt.ColumnLen(i)
	if n == 0 {
		return nil
	}
	b := make([]byte, n)
	r.stmt.ColumnBytes(i, b)
	return b
}

// id is "" for NULL.
func (r *rows) id(i int) belfry.ID {
	var b [16]byte
	if r.stmt.ColumnBytes(i, b[:]) != len(b) {
		return ""
	}
	return belfry.IDFromBytes(b)
}

func bind(stmt *driver.Stmt, i int, arg any) {
	switch v := arg.(type) {
	case nil:
		stmt.BindNull(i)
	case belfry.Rev:
		stmt.BindInt64(i, int64(v))
	case belfry.Time:
		stmt.BindInt64(i, int64(v))
	case int64:
		stmt.BindInt64(i, v)
	case int:
		stmt.BindInt64(i, int64(v))
	case uint32:
		stmt.BindInt64(i, int64(v))
	case logs.DueKind:
		stmt.BindInt64(i, int64(v))
	case bool:
		stmt.BindBool(i, v)
	case string:
		stmt.BindText(i, v)
	case belfry.UserID:
		stmt.BindText(i, string(v))
	case belfry.Topic:
		stmt.BindText(i, string(v))
	case belfry.Type:
		stmt.BindText(i, string(v))
	case belfry.Status:
		stmt.BindText(i, string(v))
	case belfry.ID:
		b, _ := v.Bytes()
		stmt.BindBytes(i, b[:])
	case []byte:
		stmt.BindBytes(i, v)
	case []belfry.Ancestor:
		stmt.BindBytes(i, logs.EncodeAncestors(v))
	case belfry.Watermarks:
		stmt.BindBytes(i, logs.EncodeWatermarks(v))
	default:
		panic(fmt.Sprintf("sqlite: argument of type %T", arg))
	}
}
