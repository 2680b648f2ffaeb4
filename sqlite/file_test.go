package sqlite

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"belfry"

	driver "zombiezen.com/go/sqlite"
)

// refusedWith wants an error of a code whose text names what is wrong.
func refusedWith(t *testing.T, err error, code belfry.Code, words ...string) {
	t.Helper()
	if got := belfry.ErrorCode(err); got != code {
		t.Fatalf("error code %q (%v), want %q", got, err, code)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q does not say %q", err, w)
		}
	}
}

func tryOpen(t *testing.T, dir string) error {
	t.Helper()
	s, err := Open(t.Context(), dir, belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err == nil {
		s.Close()
	}
	return err
}

func TestOpen_FolderInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := mustOpen(t, dir, belfry.Rules{})
	refusedWith(t, tryOpen(t, dir), belfry.CodeConflict, dir, "another Belfry")
	mustClose(t, s)
	if err := tryOpen(t, dir); err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
}

func TestOpen_FilesAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	mustOpen(t, dir, belfry.Rules{})
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, fileName): 0o600, filepath.Join(dir, fileName+"-wal"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
}

func TestOpen_UnusableFiles(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, path string)
		words string
	}{
		{"no database", func(t *testing.T, path string) { write(t, path, []byte(strings.Repeat("lorem ipsum ", 1000))) }, "not a database"},
		{"another program's", func(t *testing.T, path string) { alter(t, path, "CREATE TABLE notes (text TEXT)") }, "another program"},
		{"of a newer version", func(t *testing.T, path string) {
			mustClose(t, mustOpen(t, filepath.Dir(path), belfry.Rules{}))
			alter(t, path, "PRAGMA user_version = 1000")
		}, "newer Belfry"},
		{"torn", func(t *testing.T, path string) {
			mustClose(t, mustOpen(t, filepath.Dir(path), belfry.Rules{}))
			if err := os.Truncate(path, 3*4096); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.spoil(t, filepath.Join(dir, fileName))
			refusedWith(t, tryOpen(t, dir), belfry.CodeUnavailable, fileName, c.words)
			if _, err := OpenKeyring(dir); belfry.ErrorCode(err) != belfry.CodeUnavailable {
				t.Errorf("a keyring opens it: %v", err)
			}
		})
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// alter changes a database behind the store's back.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	c, err := connect(path, driver.OpenReadWrite|driver.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, s := range statements {
		if err := c.exec(s); err != nil {
			t.Fatal(err)
		}
	}
}

// The promise that a commit is on disk before its callers are answered rests on
// these settings of the writer's connection.
func TestOpen_WritesAreFlushed(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	for pragma, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "page_size": "4096", "auto_vacuum": "2", "application_id": "1114400377", "foreign_keys": "0",
	} {
		var got string
		onWriter(t, s, func(t *tx) error {
			_, err := t.one("PRAGMA "+pragma, nil, &got)
			return err
		})
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}

// onWriter runs f as a change of its own.
func onWriter(t *testing.T, s *Store, f func(*tx) error) {
	t.Helper()
	if err := s.writer.do(context.Background(), 1, func(t *tx, _ int) error { return f(t) })[0]; err != nil {
		t.Fatal(err)
	}
}

func TestOpen_ReadersCannotWrite(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	err := s.read(t.Context(), func(c conn) error { return c.exec("DELETE FROM users") })
	refusedWith(t, err, belfry.CodeUnavailable)
}

func TestStore_Close(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	mustClose(t, s)
	mustClose(t, s)
	_, err := s.Open(t.Context(), "ann", belfry.OpenQuery{})
	refusedWith(t, err, belfry.CodeUnavailable, "closed")
	_, err = s.PutUser(t.Context(), "ann", 0)
	refusedWith(t, err, belfry.CodeUnavailable, "closed")
}
