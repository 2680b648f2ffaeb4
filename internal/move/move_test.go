package move_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"belfry"
	"belfry/belfrytest"
	"belfry/internal/pgtest"
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

func TestKeyring(t *testing.T) {
	belfrytest.TestKeyring(t, func(t *testing.T) (belfry.Keyring, func() belfry.Keyring) {
		o := openMoving(t, belfry.Rules{})
		return o.Store.(belfry.Keyring), func() belfry.Keyring { return o.Reopen().(belfry.Keyring) }
	})
}

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
