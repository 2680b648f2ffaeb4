package move_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"belfry"
	"belfry/belfrytest"
	"belfry/internal/move"
	"belfry/internal/pgtest"
	"belfry/postgres"
	"belfry/sqlite"
)

// server is the PostgreSQL of this package's tests.
var server *pgtest.Server

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m, &server)) }

// quiet is for what the stores have to tell.
var quiet = slog.New(slog.DiscardHandler)

// A store that is moved at each test's first restart is a store like any other:
// random histories go on, and every cursor ever held still resumes.
func TestStore(t *testing.T) { belfrytest.TestStore(t, openMoving) }

func openMoving(t *testing.T, rules belfry.Rules) belfrytest.Opened {
	dir, moved := t.TempDir(), ""
	var s belfry.Store
	open := func() belfry.Store {
		if moved == "" {
			s = mustOpen(t, dir, rules)
		} else {
			s = mustOpenMoved(t, moved, rules)
		}
		return s
	}
	reopen := func() belfry.Store {
		mustClose(t, s)
		if moved == "" {
			moved = server.Database(t)
			mustMove(t, dir, moved)
		} else {
			server.Restart(t) // another incarnation
		}
		return open()
	}
	return belfrytest.Opened{
		Store:  open(),
		Reopen: reopen,
		Crash:  reopen,
		Copy: func() func() belfry.Store {
			backup := filepath.Join(t.TempDir(), "backup.db")
			if err := sqlite.Backup(t.Context(), dir, backup); err != nil {
				t.Fatal(err)
			}
			return func() belfry.Store {
				mustClose(t, s)
				if err := sqlite.Restore(t.Context(), backup, dir, true); err != nil {
					t.Fatal(err)
				}
				return open()
			}
		},
	}
}

func mustOpen(t testing.TB, dir string, rules belfry.Rules) belfry.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, rules, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustOpenMoved(t testing.TB, dsn string, rules belfry.Rules) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn, rules, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustClose(t testing.TB, s belfry.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustMove(t testing.TB, dir, dsn string) move.Report {
	t.Helper()
	r, err := try(t.Context(), dir, dsn, func(move.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// try moves a folder, as the command does.
func try(ctx context.Context, dir, dsn string, progress func(move.Progress)) (r move.Report, err error) {
	from, err := sqlite.OpenExport(ctx, dir, quiet)
	if err != nil {
		return r, err
	}
	defer from.Close()
	to, err := postgres.OpenImport(ctx, dsn, quiet)
	if err != nil {
		return r, err
	}
	defer to.Close()
	m, err := move.New(ctx, from, to, progress)
	if err != nil {
		return r, err
	}
	return m.Run(ctx)
}
