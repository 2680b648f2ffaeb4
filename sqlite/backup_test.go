package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"belfry"
)

func publish(t testing.TB, s *Store, to belfry.Target, titles ...string) []belfry.ID {
	t.Helper()
	now := s.writer.tx.rules.Now()
	drafts := make([]belfry.Draft, len(titles))
	for i, title := range titles {
		drafts[i].To, drafts[i].Title = to, title
	}
	ids := make([]belfry.ID, len(titles))
	for i, r := range belfry.Publish(context.Background(), s, now, drafts) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		ids[i] = r.ID
	}
	return ids
}

func toUser(u belfry.UserID) belfry.Target { return belfry.Target{User: u} }

func unread(t testing.TB, s *Store, u belfry.UserID) int64 {
	t.Helper()
	c, err := s.Counts(context.Background(), u, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Unread
}

func TestBackup_WhileAServerRuns(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	s := mustOpen(t, dir, belfry.Rules{})
	publish(t, s, toUser("ann"), "1", "2")
	if err := Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	publish(t, s, toUser("ann"), "3")
	refusedWith(t, Backup(t.Context(), dir, file), belfry.CodeConflict, file)
	refusedWith(t, Restore(t.Context(), file, dir, true), belfry.CodeConflict, "another Belfry")

	other := filepath.Join(t.TempDir(), "new")
	if err := Restore(t.Context(), file, other, false); err != nil {
		t.Fatal(err)
	}
	restored := mustOpen(t, other, belfry.Rules{})
	if n := unread(t, restored, "ann"); n != 2 {
		t.Errorf("the restored database counts %d, want 2", n)
	}
	if n := unread(t, s, "ann"); n != 3 {
		t.Errorf("the one that went on counts %d, want 3", n)
	}
}

func TestBackup_OfNothing(t *testing.T) {
	refusedWith(t, Backup(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "b")), belfry.CodeUnavailable)
}

func TestRestore_RefusesToReplace(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	s := mustOpen(t, dir, belfry.Rules{})
	publish(t, s, toUser("ann"), "1")
	if err := Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	publish(t, s, toUser("ann"), "2")
	mustClose(t, s)
	refusedWith(t, Restore(t.Context(), file, dir, false), belfry.CodeConflict, fileName)
	s = mustOpen(t, dir, belfry.Rules{})
	if n := unread(t, s, "ann"); n != 2 {
		t.Fatalf("a refused restore left %d, want 2", n)
	}
	mustClose(t, s)
	if err := Restore(t.Context(), file, dir, true); err != nil {
		t.Fatal(err)
	}
	if n := unread(t, mustOpen(t, dir, belfry.Rules{}), "ann"); n != 1 {
		t.Errorf("after a forced restore %d, want 1", n)
	}
}

// A log left behind by a server that died belongs to the file that is replaced
// and must not be applied to the new one.
func TestRestore_DropsTheOldLog(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	s := mustOpen(t, dir, belfry.Rules{})
	publish(t, s, toUser("ann"), "1")
	if err := Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	publish(t, s, toUser("ann"), "2", "3")
	died := t.TempDir()
	copyFiles(t, dir, died)
	if err := Restore(t.Context(), file, died, true); err != nil {
		t.Fatal(err)
	}
	if n := unread(t, mustOpen(t, died, belfry.Rules{}), "ann"); n != 1 {
		t.Errorf("the old log shows through: %d, want 1", n)
	}
}

func TestRestore_RefusesADamagedBackup(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup.db")
	s := mustOpen(t, dir, belfry.Rules{})
	for range 50 {
		publish(t, s, toUser("ann"), "1", "2", "3")
	}
	if err := Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b)/2+8192; i++ {
		b[i] ^= 0x55
	}
	write(t, file, b)
	target := t.TempDir()
	refusedWith(t, Restore(t.Context(), file, target, false), belfry.CodeUnavailable, file)
	if _, err := os.Stat(filepath.Join(target, fileName)); err == nil {
		t.Error("a damaged backup was put in place")
	}
}
