package sqlite

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"belfry"
	"belfry/belfrytest"
)

func TestStore(t *testing.T) { belfrytest.TestStore(t, openForTest) }

func TestKeyring(t *testing.T) {
	belfrytest.TestKeyring(t, func(t *testing.T) (belfry.Keyring, func() belfry.Keyring) {
		dir := t.TempDir()
		s := mustOpen(t, dir, belfry.Rules{})
		return s, func() belfry.Keyring {
			mustClose(t, s)
			s = mustOpen(t, dir, belfry.Rules{})
			return s
		}
	})
}

// The keys alone, while a server has the database open.
func TestKeyring_BesideAServer(t *testing.T) {
	belfrytest.TestKeyring(t, func(t *testing.T) (belfry.Keyring, func() belfry.Keyring) {
		dir := t.TempDir()
		mustOpen(t, dir, belfry.Rules{})
		open := func() belfry.Keyring {
			k, err := OpenKeyring(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { k.Close() })
			return k
		}
		return open(), open
	})
}

// openForTest opens a store in a fresh folder for the conformance suite.
func openForTest(t *testing.T, rules belfry.Rules) belfrytest.Opened {
	dir := t.TempDir()
	s := mustOpen(t, dir, rules)
	return belfrytest.Opened{
		Store: s,
		Reopen: func() belfry.Store {
			mustClose(t, s)
			s = mustOpen(t, dir, rules)
			return s
		},
		Crash: func() belfry.Store {
			// What a dead process leaves is the files as they are; the lock goes with it.
			left := s
			t.Cleanup(func() { left.Close() })
			crashed := t.TempDir()
			copyFiles(t, dir, crashed)
			dir = crashed
			s = mustOpen(t, dir, rules)
			return s
		},
		Copy: func() func() belfry.Store {
			backup := filepath.Join(t.TempDir(), "backup.db")
			if err := Backup(t.Context(), dir, backup); err != nil {
				t.Fatal(err)
			}
			return func() belfry.Store {
				mustClose(t, s)
				if err := Restore(t.Context(), backup, dir, true); err != nil {
					t.Fatal(err)
				}
				s = mustOpen(t, dir, rules)
				return s
			}
		},
	}
}

func mustOpen(t testing.TB, dir string, rules belfry.Rules) *Store {
	t.Helper()
	s, err := Open(t.Context(), dir, rules, slog.New(slog.DiscardHandler))
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

func copyFiles(t testing.TB, from, to string) {
	t.Helper()
	for _, name := range []string{fileName, fileName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
