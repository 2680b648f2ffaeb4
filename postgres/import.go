package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"log/slog"
	"strings"

	"belfry"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Import fills an empty database with the rows of another one. From Begin to
// Finish the database holds a half: nobody can open it as a store, and only an
// Import of the same source goes on with it. It is for one goroutine at a time.
type Import struct {
	store *Store
	c     *pgxpool.Conn
}

// OpenImport connects as Open does. CodeConflict when another Import is open.
func OpenImport(ctx context.Context, dsn string, log *slog.Logger) (*Import, error) {
	s, err := open(ctx, dsn, belfry.Rules{}, log)
	if err != nil {
		return nil, err
	}
	c, err := acquire(ctx, s.writers)
	if err != nil {
		s.Close()
		return nil, err
	}
	m := &Import{s, c}
	if err := m.take(ctx); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// takeTimeout is how long the database may need to find that a process that was
// killed is gone: its backend finishes the statement it is at.
const takeTimeout = "SET lock_timeout = '5s'"

// take keeps other Imports out, and lets statements last as long as they need.
func (m *Import) take(ctx context.Context) error {
	if _, err := m.c.Exec(ctx, takeTimeout); err != nil {
		return asError(err)
	}
	_, err := m.c.Exec(ctx, "SELECT pg_advisory_lock($1, $2)", lockClass, lockMove)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == "55P03" { // lock_not_available
		return belfry.Errorf(belfry.CodeConflict, "another move into this database is under way")
	}
	if err == nil {
		_, err = m.c.Exec(ctx, "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0")
	}
	return asError(err)
}

// Reader answers for the inboxes in the database, as far as they are in it.
func (m *Import) Reader() belfry.Reader { return m.store }

// sqlHalf says whether a move is not finished: its table exists until then.
const sqlHalf = "SELECT to_regclass('belfry.move') IS NOT NULL"

// startOver is what to do where a move cannot be finished.
const startOver = "to start over, DROP SCHEMA belfry CASCADE in that database and run belfry move again"

func (s *Store) refuseHalf(ctx context.Context) error {
	var half bool
	err := s.readers.QueryRow(ctx, sqlHalf).Scan(&half)
	if err == nil && half {
		err = belfry.Errorf(belfry.CodeUnavailable, "a move into this database is not finished; run the same belfry move again, or %s", startOver)
	}
	return asError(err)
}

// Begin makes the database the half of a move from source, a fingerprint, or
// finds that it is. CodeConflict when it holds anything else.
func (m *Import) Begin(ctx context.Context, source []byte) (resumed bool, err error) {
	err = pgx.BeginFunc(ctx, m.c, func(t pgx.Tx) error {
		if err := t.QueryRow(ctx, sqlHalf).Scan(&resumed); err != nil {
			return err
		}
		if resumed {
			return resumes(ctx, t, source)
		}
		if err := mustBeEmpty(ctx, t); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, "CREATE TABLE belfry.move (source bytea NOT NULL, began timestamptz NOT NULL DEFAULT now())"); err != nil {
			return err
		}
		_, err := t.Exec(ctx, "WITH emptied AS (DELETE FROM shared_log) INSERT INTO move (source) VALUES ($1)", source)
		return err
	})
	return resumed, asError(err)
}

func resumes(ctx context.Context, t pgx.Tx, source []byte) error {
	var begun []byte
	err := t.QueryRow(ctx, "SELECT source FROM move").Scan(&begun)
	if err == nil && !bytes.Equal(begun, source) {
		err = belfry.Errorf(belfry.CodeConflict, "the database holds the half of a move from another data folder, or from this one before it was written to again; %s", startOver)
	}
	return err
}

// mustBeEmpty allows for the rows that every database of ours has.
func mustBeEmpty(ctx context.Context, t pgx.Tx) error {
	rows, err := t.Query(ctx, "SELECT relname::text FROM pg_class WHERE relnamespace = 'belfry'::regnamespace AND relkind = 'r' AND relname NOT IN ('migrations', 'shared_log') ORDER BY 1")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range tables {
		var filled bool
		if err := t.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+pgx.Identifier{schema, name}.Sanitize()+")").Scan(&filled); err != nil {
			return err
		}
		if filled {
			return belfry.Errorf(belfry.CodeConflict, "the database is not empty: belfry.%s has rows. If a move was finished, start the servers on it; else name another database, or "+
				"DROP SCHEMA belfry CASCADE in this one, which loses them", name)
		}
	}
	return nil
}

// Table describes a table of the database by its name and its key, which is
// unique and says the order of the rows.
func (m *Import) Table(ctx context.Context, name string, key ...string) (*Table, error) {
	d, err := m.c.Conn().Prepare(ctx, "columns of "+name, "SELECT * FROM "+name)
	if err != nil {
		return nil, asError(err)
	}
	t := &Table{Name: name, Key: key}
	for _, f := range d.Fields {
		t.Columns = append(t.Columns, f.Name)
		t.types = append(t.types, f.DataTypeOID)
	}
	return t, nil
}

// Stored says how many rows a table has and the key of its last one, nil: none.
func (m *Import) Stored(ctx context.Context, t *Table) (n int64, last []any, err error) {
	if err := m.c.QueryRow(ctx, "SELECT count(*) FROM "+t.Name).Scan(&n); err != nil {
		return 0, nil, asError(err)
	}
	rows, err := m.c.Query(ctx, "SELECT "+strings.Join(t.Key, ", ")+" FROM "+t.Name+" ORDER BY "+strings.Join(t.Key, " DESC, ")+" DESC LIMIT 1")
	if err != nil {
		return 0, nil, asError(err)
	}
	defer rows.Close()
	for rows.Next() {
		if last, err = rows.Values(); err != nil {
			return 0, nil, asError(err)
		}
	}
	for i, v := range last {
		last[i] = plain(v)
	}
	return n, last, asError(rows.Err())
}

// chunkRows is how many rows one transaction stores at most.
const chunkRows = 5000

// Copy stores rows, which come in the order of the table's key, some in each
// transaction, and tells stored of each.
func (m *Import) Copy(ctx context.Context, t *Table, rows iter.Seq2[[]any, error], stored func(n int64)) error {
	next, stop := iter.Pull2(rows)
	defer stop()
	for {
		c := &encoder{table: t, next: next, left: chunkRows}
		tag, err := m.c.Conn().PgConn().CopyFrom(ctx, c, "COPY "+t.Name+" ("+strings.Join(t.Columns, ", ")+") FROM STDIN (FORMAT binary)")
		ended, fault := c.finish()
		switch {
		case fault != nil:
			return fault
		case err != nil:
			return cannotStore(t, err)
		}
		stored(tag.RowsAffected())
		if ended {
			return nil
		}
	}
}

// cannotStore says which table it was where the rows are to blame.
func cannotStore(t *Table, err error) error {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return asError(err)
	}
	switch server.Code[:2] {
	case "22": // data exception
		return &belfry.Error{Code: belfry.CodeInternal, Detail: "PostgreSQL cannot hold a row of the table " + t.Name + "; this is a defect, please report it", Err: err}
	case "23": // integrity constraint violation
		return &belfry.Error{Code: belfry.CodeConflict, Detail: "the table " + t.Name + " got rows that are not of this move: a server runs on this database. Stop it; then " + startOver, Err: err}
	}
	return asError(err)
}

// Sum is how many rows a table has, and the SHA-256 of what COPY (FORMAT binary)
// writes of them in the order of the key.
func (m *Import) Sum(ctx context.Context, t *Table) (n int64, sum [32]byte, err error) {
	h := sha256.New()
	tag, err := m.c.Conn().PgConn().CopyTo(ctx, h, "COPY (SELECT "+strings.Join(t.Columns, ", ")+" FROM "+t.Name+
		" ORDER BY "+strings.Join(t.Key, ", ")+") TO STDOUT (FORMAT binary)")
	return tag.RowsAffected(), [32]byte(h.Sum(nil)), asError(err)
}

// Finish makes the half a whole: numbers go on from the highest, the planner
// knows what is there, and the database can be opened.
func (m *Import) Finish(ctx context.Context) error {
	return asError(pgx.BeginFunc(ctx, m.c, func(t pgx.Tx) error {
		for _, sql := range []string{
			"SELECT setval(pg_get_serial_sequence('users', 'uid'), max(uid)) FROM users",
			"SELECT setval(pg_get_serial_sequence('ended', 'seq'), max(seq)) FROM ended",
			"ANALYZE users, items, receipts, follows, shared",
			"DROP TABLE move",
		} {
			if _, err := t.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Close releases the database. A half stays one.
func (m *Import) Close() error {
	// The connection has settings and a lock that are no other's.
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	_ = m.c.Conn().Close(ctx) // the server notices by itself
	m.c.Release()
	return m.store.Close()
}
