package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
	"iter"
	"math"
	"strings"
	"sync"

	"belfry"

	"github.com/jackc/pgx/v5/pgtype"
)

// Table is a table whose rows come from elsewhere.
type Table struct {
	Name    string
	Key     []string
	Columns []string
	types   []uint32 // of the columns
}

// Sum is how many rows there are, and the SHA-256 of what COPY (FORMAT binary)
// would write of them.
func (t *Table) Sum(rows iter.Seq2[[]any, error]) (n int64, sum [32]byte, err error) {
	next, stop := iter.Pull2(rows)
	defer stop()
	h := sha256.New()
	e := &encoder{table: t, next: next, left: math.MaxInt64}
	_, err = io.Copy(h, e)
	return math.MaxInt64 - e.left, [32]byte(h.Sum(nil)), err
}

// encoder reads as what COPY (FORMAT binary) has of rows: a header, the rows, an
// end. See "Binary Format" in the documentation of COPY.
type encoder struct {
	table *Table
	next  func() ([]any, error, bool)

	mu    sync.Mutex
	left  int64 // rows that may follow
	ended bool  // there is no next row
	err   error
	buf   []byte
	rest  []byte // of buf, not yet read
	over  bool   // nothing follows rest
}

const (
	copyHeader = "PGCOPY\n\377\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" // signature, flags, length of the extension
	copyEnd    = "\xff\xff"
	copyNull   = "\xff\xff\xff\xff" // as a length
)

// Read implements io.Reader.
func (e *encoder) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.rest) == 0 && !e.over {
		if e.err = e.fill(); e.err != nil {
			return 0, e.err
		}
	}
	if len(e.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// finish asks for no row any more and says how it went. The driver, when its
// connection breaks, may still be reading.
func (e *encoder) finish() (ended bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rest, e.over = nil, true
	return e.ended, e.err
}

func (e *encoder) fill() error {
	if e.buf == nil {
		e.buf = append(make([]byte, 0, 96<<10), copyHeader...)
	} else {
		e.buf = e.buf[:0]
	}
	for len(e.buf) < 64<<10 && !e.over {
		if e.left > 0 {
			row, err, more := e.next()
			if err != nil {
				return err
			}
			if e.ended = !more; more {
				e.left--
				if e.buf, err = e.table.appendRow(e.buf, row); err != nil {
					return err
				}
				continue
			}
		}
		e.buf, e.over = append(e.buf, copyEnd...), true
	}
	e.rest = e.buf
	return nil
}

func (t *Table) appendRow(b []byte, row []any) ([]byte, error) {
	b = binary.BigEndian.AppendUint16(b, uint16(len(row)))
	for i, v := range row {
		if v == nil {
			b = append(b, copyNull...)
			continue
		}
		at := len(b) + 4
		var ok bool
		if b, ok = appendValue(append(b, 0, 0, 0, 0), t.types[i], v); !ok {
			return b, belfry.Errorf(belfry.CodeInternal, "%s.%s cannot hold a %T; the two databases are of different versions", t.Name, t.Columns[i], v)
		}
		binary.BigEndian.PutUint32(b[at-4:], uint32(len(b)-at))
	}
	return b, nil
}

// appendValue appends an int64, a string or a []byte in the form of a column's type.
func appendValue(b []byte, oid uint32, v any) (out []byte, ok bool) {
	switch v := v.(type) {
	case int64:
		switch oid {
		case pgtype.Int8OID:
			return binary.BigEndian.AppendUint64(b, uint64(v)), true
		case pgtype.Int2OID:
			return binary.BigEndian.AppendUint16(b, uint16(v)), v == int64(int16(v))
		case pgtype.BoolOID:
			return append(b, byte(v)), v == 0 || v == 1
		}
	case string:
		switch oid {
		case pgtype.TextOID:
			return append(b, v...), true
		case pgtype.TextArrayOID:
			return appendWords(b, strings.Fields(v)), true
		}
	case []byte:
		switch oid {
		case pgtype.ByteaOID:
			return append(b, v...), true
		case pgtype.UUIDOID:
			return append(b, v...), len(v) == 16
		}
	}
	return b, false
}

// appendWords appends a text[]: dimensions, no NULL, type; length and first
// index of the one dimension; the elements.
func appendWords(b []byte, words []string) []byte {
	dimensions := min(1, len(words))
	for _, v := range []int{dimensions, 0, pgtype.TextOID, len(words), 1}[:3+2*dimensions] {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, uint32(len(w)))
		b = append(b, w...)
	}
	return b
}

// plain is a value of a key as appendValue takes it.
func plain(v any) any {
	switch v := v.(type) {
	case int16:
		return int64(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case [16]byte:
		return v[:]
	}
	return v
}
