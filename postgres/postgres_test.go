package postgres

import (
	"log/slog"
	"os"
	"testing"

	"belfry"
	"belfry/belfrytest"
	"belfry/internal/pgtest"
)

// server is the PostgreSQL of this package's tests.
var server *pgtest.Server

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m, &server)) }

func TestStore(t *testing.T) { belfrytest.TestStore(t, openForTest) }

func TestKeyring(t *testing.T) {
	belfrytest.TestKeyring(t, func(t *testing.T) (belfry.Keyring, func() belfry.Keyring) {
		dsn := server.Database(t)
		s := mustOpen(t, dsn, belfry.Rules{})
		return s, func() belfry.Keyring {
			mustClose(t, s)
			s = mustOpen(t, dsn, belfry.Rules{})
			return s
		}
	})
}

// openForTest opens a store on an empty database for the conformance suite.
func openForTest(t *testing.T, rules belfry.Rules) belfrytest.Opened {
	dsn := server.Database(t)
	s := mustOpen(t, dsn, rules)
	return belfrytest.Opened{
		Store: s,
		// A restart of the server is what makes a new incarnation of the database.
		Reopen: func() belfry.Store {
			mustClose(t, s)
			server.Restart(t)
			s = mustOpen(t, dsn, rules)
			return s
		},
		Crash: func() belfry.Store {
			server.Kill()
			server.Start(t)
			s = mustOpen(t, dsn, rules)
			return s
		},
		Copy: func() func() belfry.Store {
			restore := server.Dump(t, dsn)
			return func() belfry.Store {
				mustClose(t, s)
				restore()
				s = mustOpen(t, dsn, rules)
				return s
			}
		},
		Second: func() belfry.Store { return mustOpen(t, dsn, rules) },
	}
}

func mustOpen(t testing.TB, dsn string, rules belfry.Rules) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, rules, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
