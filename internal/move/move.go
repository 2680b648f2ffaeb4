// Package move carries a database from SQLite to PostgreSQL, row by row: ids,
// revisions, receipts, follows and the names of the logs, so that every cursor
// goes on. The first change of a log in the new place gives it a new name, as
// after any restart, and the old file's would be another one: what is written
// to that file afterwards is never taken for this history.
//
// Tables are copied one after the other in the order of their keys, so that the
// last row stored says where to go on after a crash. Both sides are then read
// whole and compared: rows, a checksum, and what some users see.
package move

import (
	"context"
	"crypto/sha256"
	"iter"
	"strings"

	"belfry"
	"belfry/postgres"
	"belfry/sqlite"
)

// tables are all there are, with the keys by which both sides order their rows.
var tables = []struct {
	name string
	key  []string
}{
	{"users", []string{"uid"}},
	{"items", []string{"uid", "born"}},
	{"receipts", []string{"uid", "born"}},
	{"follows", []string{"uid", "topic"}},
	{"shared", []string{"born"}},
	{"scheduled", []string{"id"}},
	{"due", []string{"at", "kind", "id", "uid"}},
	{"ended", []string{"seq"}},
	{"idempotency", []string{"key"}},
	{"keys", []string{"id"}},
	{"shared_log", []string{"one"}},
}

// Progress is how far a table is.
type Progress struct {
	Phase       string // "copy" or "compare"
	Table       string
	Done, Total int64 // rows
}

// Move is one on its way.
type Move struct {
	from     *sqlite.Export
	to       *postgres.Import
	tables   []*postgres.Table
	progress func(Progress)
}

// New prepares a move; progress is told again and again how far it is.
func New(ctx context.Context, from *sqlite.Export, to *postgres.Import, progress func(Progress)) (*Move, error) {
	m := &Move{from: from, to: to, progress: progress}
	for _, t := range tables {
		table, err := to.Table(ctx, t.name, t.key...)
		if err != nil {
			return nil, err
		}
		m.tables = append(m.tables, table)
	}
	return m, nil
}

// Run copies what is not there yet, compares, and makes the database one that a
// server can open. CodeConflict when it holds anything that is not of this move,
// or when the two sides differ. It may be run again after any other error.
func (m *Move) Run(ctx context.Context) (Report, error) {
	source, err := m.fingerprint(ctx)
	if err != nil {
		return Report{}, err
	}
	resumed, err := m.to.Begin(ctx, source)
	if err != nil {
		return Report{}, err
	}
	for _, t := range m.tables {
		if err := m.copy(ctx, t); err != nil {
			return Report{}, err
		}
	}
	r, err := m.Compare(ctx)
	r.Resumed = resumed
	if belfry.ErrorCode(err) == belfry.CodeConflict {
		return r, &belfry.Error{Code: belfry.CodeConflict, Err: err, Detail: "somebody wrote to one of the databases during the move. Stop whoever it is, " +
			"DROP SCHEMA belfry CASCADE in PostgreSQL and run belfry move again; the data folder is whole"}
	}
	if err != nil {
		return r, err
	}
	return r, m.to.Finish(ctx)
}

// fingerprint tells a source from another one, and from itself after it was
// written to again: every log's name and head, and the keys.
func (m *Move) fingerprint(ctx context.Context) ([]byte, error) {
	h := sha256.New()
	for _, t := range m.tables {
		if t.Name != "users" && t.Name != "shared_log" && t.Name != "keys" {
			continue
		}
		_, sum, err := t.Sum(m.rows(ctx, t, nil))
		if err != nil {
			return nil, err
		}
		h.Write(sum[:])
	}
	return h.Sum(nil), nil
}

func (m *Move) rows(ctx context.Context, t *postgres.Table, above []any) iter.Seq2[[]any, error] {
	return m.from.Rows(ctx, t.Name, t.Columns, t.Key, above)
}

func (m *Move) copy(ctx context.Context, t *postgres.Table) error {
	total, err := m.from.Count(ctx, t.Name)
	if err != nil {
		return err
	}
	done, last, err := m.to.Stored(ctx, t)
	if err != nil {
		return err
	}
	m.progress(Progress{"copy", t.Name, done, total})
	return m.to.Copy(ctx, t, m.rows(ctx, t, last), func(n int64) {
		done += n
		m.progress(Progress{"copy", t.Name, done, total})
	})
}

// Report is what a comparison found.
type Report struct {
	Resumed bool // part of it was there from an earlier run
	Tables  []TableReport
	Users   int // whose inboxes were compared
}

// TableReport compares a table.
type TableReport struct {
	Name     string
	From, To Sum
}

// Sum is how many rows a table has, and the SHA-256 of what PostgreSQL's COPY
// (FORMAT binary) writes of them in the order of the key.
type Sum struct {
	Rows   int64
	SHA256 [32]byte
}

// Compare compares both sides and changes nothing. CodeConflict names the tables
// that differ; the report has them then too.
func (m *Move) Compare(ctx context.Context) (r Report, err error) {
	var differ []string
	for _, t := range m.tables {
		tr, err := m.compare(ctx, t)
		if err != nil {
			return r, err
		}
		if r.Tables = append(r.Tables, tr); tr.From != tr.To {
			differ = append(differ, t.Name)
		}
	}
	if differ != nil {
		return r, belfry.Errorf(belfry.CodeConflict, "the two databases differ in %s, as they do once a server has run on one of them", strings.Join(differ, ", "))
	}
	r.Users, err = m.compareInboxes(ctx)
	return r, err
}

func (m *Move) compare(ctx context.Context, t *postgres.Table) (tr TableReport, err error) {
	tr.Name = t.Name
	total, err := m.from.Count(ctx, t.Name)
	if err != nil {
		return tr, err
	}
	tr.From.Rows, tr.From.SHA256, err = t.Sum(func(yield func([]any, error) bool) {
		done := int64(0)
		for row, err := range m.rows(ctx, t, nil) {
			if done%progressRows == 0 {
				m.progress(Progress{"compare", t.Name, done, total})
			}
			if done++; !yield(row, err) {
				return
			}
		}
	})
	if err == nil {
		tr.To.Rows, tr.To.SHA256, err = m.to.Sum(ctx, t)
	}
	m.progress(Progress{"compare", t.Name, total, total})
	return tr, err
}

// progressRows is how often a comparison tells how far it is.
const progressRows = 5000
