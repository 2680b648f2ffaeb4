package sqlite

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"belfry"
)

// logAge is how often the write-ahead log of a folder has begun anew
// (sqlite.org/fileformat2.html, "WAL File Format": the checkpoint sequence number).
func logAge(t *testing.T, dir string) uint32 {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, fileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var head [16]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint32(head[12:])
}

// oftenCopied is a store whose log is copied every hundred rows, and the log's age.
func oftenCopied(t *testing.T) (s *Store, dir string, age uint32) {
	t.Helper()
	dir = t.TempDir()
	s = mustOpen(t, dir, belfry.Rules{})
	s.checkpoints.every.Store(100)
	publish(t, s, belfry.Target{All: true}, "first")
	return s, dir, logAge(t, dir)
}

// However much is written, the log begins anew again and again: it is copied in
// time, and what is left at the end of that the writer does.
func TestCheckpointer_LogBeginsAnew(t *testing.T) {
	s, dir, first := oftenCopied(t)
	for n := 1; logAge(t, dir) < first+3; n++ {
		publish(t, s, belfry.Target{All: true}, "more")
		if n == 100_000 {
			t.Fatalf("after %d more the log has begun anew %d times", n, logAge(t, dir)-first)
		}
	}
	mustClose(t, s)
}

// While somebody reads, nothing that they may need is written over; and the writer
// does not wait for them.
func TestCheckpointer_LongRead(t *testing.T) {
	s, dir, began := oftenCopied(t)
	err := s.snapshot(t.Context(), func(c conn) error {
		count := func() (n int) {
			if _, err := c.one("SELECT count(*) FROM shared", nil, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := count()
		for range 1000 {
			publish(t, s, belfry.Target{All: true}, "meanwhile")
		}
		if after := count(); after != before {
			t.Errorf("the snapshot held %d, and now %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if age := logAge(t, dir); age > began+1 {
		t.Errorf("the log began anew %d times under a reader", age-began)
	}
	mustClose(t, s)
}
