package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"belfry"
)

func sweepAll(t *testing.T, s *Store) {
	t.Helper()
	for range 10_000 {
		more, err := s.Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
	t.Fatal("Sweep always says that there is more")
}

// What retention ended leaves no rows behind, whatever the number, and the
// topmost shared row stays.
func TestStore_SweepRemovesRows(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := mustOpen(t, t.TempDir(), belfry.Rules{RetentionDays: 10, Now: func() time.Time { return now }})
	if err := s.Follow(t.Context(), []belfry.UserID{"ann"}, "a", true); err != nil {
		t.Fatal(err)
	}
	titles := strings.Fields(strings.Repeat("x ", 700))
	for range 3 {
		publish(t, s, toUser("ann"), titles[:100]...)
		publish(t, s, belfry.Target{All: true}, titles...)
		ids := publish(t, s, belfry.Target{Topic: "a"}, titles...)
		if _, err := s.Mark(t.Context(), "ann", belfry.Mark{Action: belfry.ActionRead, IDs: ids}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(20 * 24 * time.Hour)
	sweepAll(t, s)
	noDrift(t, s)
	if n := unread(t, s, "ann"); n != 0 {
		t.Errorf("%d unread", n)
	}
	for table, want := range map[string]int{"items": 0, "shared": 1, "receipts": 0, "due": 0} {
		var n int
		onWriter(t, s, func(t *tx) error {
			_, err := t.one("SELECT count(*) FROM "+table, nil, &n)
			return err
		})
		if n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
	publish(t, s, belfry.Target{Topic: "a"}, "again")
	if n := unread(t, s, "ann"); n != 1 {
		t.Errorf("%d unread, want 1", n)
	}
}

// Space that is empty for good goes back to the disk without a rewrite.
func TestStore_SweepGivesSpaceBack(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	s := mustOpen(t, dir, belfry.Rules{RetentionDays: 10, Now: func() time.Time { return now }})
	body := strings.Repeat("lorem ipsum ", 300)
	for range 20 {
		drafts := make([]belfry.Draft, 100)
		for i := range drafts {
			drafts[i] = belfry.Draft{To: toUser(belfry.UserID(fmt.Sprint("u", i)))}
			drafts[i].Title, drafts[i].Body = "x", body
		}
		for _, r := range belfry.Publish(t.Context(), s, now, drafts) {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
	}
	size := func() int64 {
		onWriter(t, s, func(*tx) error { return nil })
		c := <-s.readers.free
		defer s.readers.put(c)
		for busy := true; busy; { // while another checkpoint is under way
			if _, err := c.one("PRAGMA wal_checkpoint(TRUNCATE)", nil, &busy); err != nil {
				t.Fatal(err)
			}
		}
		info, err := os.Stat(filepath.Join(dir, fileName))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	now = now.Add(20 * 24 * time.Hour)
	sweepAll(t, s)
	if after := size(); after > before/3 {
		t.Errorf("the file shrank from %d to %d bytes only", before, after)
	}
}
