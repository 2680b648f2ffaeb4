package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"belfry"
)

// gate is a change that holds the writer until it is let go, so that what is
// sent meanwhile waits together.
func gate(s *Store) (entered, release chan struct{}) {
	entered, release = make(chan struct{}), make(chan struct{})
	go s.writer.do(context.Background(), 1, func(*tx, int) error {
		close(entered)
		<-release
		return nil
	})
	<-entered
	return entered, release
}

// queued waits until n jobs wait for the writer.
func queued(t *testing.T, s *Store, n int) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for s.writer.queue.Waiting() < n {
		if time.Now().After(deadline) {
			t.Fatalf("%d jobs wait, want %d", s.writer.queue.Waiting(), n)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestWriter_WhatWaitsTogetherIsCommittedTogether(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	var sizes []int
	s.ObserveCommits(func(n int, _ time.Duration) { sizes = append(sizes, n) })
	_, release := gate(s)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() { publish(t, s, toUser(belfry.UserID(fmt.Sprint("u", i%5))), "x") })
	}
	queued(t, s, 20)
	close(release)
	wg.Wait()
	mustClose(t, s)
	if !slices.Equal(sizes, []int{1, 20}) {
		t.Errorf("commits of %v changes, want one of 20 after the gate's", sizes)
	}
}

// A neighbour that breaks the transaction gets its own error, the others their
// commit, and the counts that the writer holds in memory stay right.
func TestWriter_PoisonedNeighbour(t *testing.T) {
	poison := errors.New("poison")
	for name, bad := range map[string]func(t *tx, _ int) error{
		"error":      func(*tx, int) error { return poison },
		"panic":      func(*tx, int) error { panic("poison") },
		"constraint": func(t *tx, _ int) error { return t.exec("INSERT INTO keys VALUES ('k', x'', '', '', 0, NULL)") },
		"half done": func(t *tx, _ int) error {
			u, err := t.user("u0")
			if err != nil {
				return err
			}
			u.Unread += 1000
			t.Next(u)
			return poison
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, t.TempDir(), belfry.Rules{})
			publish(t, s, toUser("u0"), "before")
			_, release := gate(s)
			var wg sync.WaitGroup
			var err error
			for i := range 3 {
				wg.Go(func() { publish(t, s, toUser("u0"), "x", "y") })
				queued(t, s, i+1)
			}
			wg.Go(func() { err = s.writer.do(context.Background(), 1, bad)[0] })
			queued(t, s, 4)
			wg.Go(func() { publish(t, s, toUser("u0"), "z") })
			queued(t, s, 5)
			close(release)
			wg.Wait()
			refusedWith(t, err, belfry.CodeInternal)
			c, err := s.Counts(t.Context(), "u0", nil)
			if err != nil || c.Unread != 8 || c.P != 8 {
				t.Errorf("%+v (%v), want 8 unread at 8", c.Counts, err)
			}
			noDrift(t, s)
		})
	}
}

func noDrift(t *testing.T, s *Store) {
	t.Helper()
	if n, err := s.CountDrift(context.Background(), 50); n != 0 || err != nil {
		t.Errorf("the counts are off by %d (%v)", n, err)
	}
}

func TestWriter_CallerGivesUp(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	_, release := gate(s)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := s.PutUser(ctx, "ann", 0)
		result <- err
	}()
	queued(t, s, 1)
	cancel()
	refusedWith(t, <-result, belfry.CodeUnavailable, "canceled")
	close(release)
	_, err := s.User(t.Context(), "ann")
	refusedWith(t, err, belfry.CodeNotFound)

	_, err = s.PutUser(ctx, "ann", 0)
	refusedWith(t, err, belfry.CodeUnavailable, "canceled")
}

func TestWriter_CallerGivesUpDuringTheCommit(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	ctx, cancel := context.WithCancel(t.Context())
	inside, release := make(chan struct{}), make(chan struct{})
	result := make(chan error)
	go func() {
		result <- s.writer.do(ctx, 1, func(t *tx, _ int) error {
			close(inside)
			<-release
			_, err := t.user("ann")
			return err
		})[0]
	}()
	<-inside
	cancel()
	refusedWith(t, <-result, belfry.CodeOutcomeUnknown)
	close(release)
	onWriter(t, s, func(*tx) error { return nil })
	if _, err := s.User(t.Context(), "ann"); err != nil {
		t.Errorf("the change was not finished: %v", err)
	}
}

func TestWriter_QueueIsBounded(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	_, release := gate(s)
	full := make(chan []error)
	go func() {
		full <- s.writer.do(context.Background(), maxQueued, func(*tx, int) error { return nil })
	}()
	queued(t, s, 1)
	_, err := s.PutUser(t.Context(), "ann", 0)
	refusedWith(t, err, belfry.CodeUnavailable)
	var e *belfry.Error
	if !errors.As(err, &e) || e.RetryAfter == 0 {
		t.Errorf("%v does not say when to come back", err)
	}
	close(release)
	<-full
}

// Rings come after the commit, in commit order, and before the caller is
// answered; private hints carry the counts after exactly their revision.
func TestStore_OnCommit(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	var rung []belfry.Ring
	s.OnCommit(func(rings []belfry.Ring) {
		for _, r := range rings {
			if r.User == "" {
				continue
			}
			// Another connection sees what was rung for.
			c, err := s.Counts(context.Background(), r.User, nil)
			if err != nil || c.P < r.Rev {
				t.Errorf("rung for %d of %s, stored up to %d (%v)", r.Rev, r.User, c.P, err)
			}
		}
		rung = append(rung, rings...)
	})
	publish(t, s, belfry.Target{Users: []belfry.UserID{"ann", "bob"}}, "1")
	ids := publish(t, s, toUser("ann"), "2", "3")
	if _, err := s.Mark(t.Context(), "ann", belfry.Mark{Action: belfry.ActionRead, IDs: ids}); err != nil {
		t.Fatal(err)
	}
	publish(t, s, belfry.Target{All: true}, "4")
	var got []string
	for _, r := range rung {
		line := fmt.Sprintf("%s %d", r.User, r.Rev)
		if h := r.Hint; h != nil {
			line += fmt.Sprintf(" %d %d", h.Item.Rev, h.Own.Unread)
		}
		got = append(got, line)
	}
	want := []string{"ann 1 1 1", "bob 1 1 1", "ann 2 2 2", "ann 3 3 3", "ann 5", " 1 1 0"}
	if !slices.Equal(got, want) {
		t.Errorf("rung %q, want %q", got, want)
	}
}

// A disk that is full takes nothing and breaks nothing; when there is space
// again the store goes on by itself.
func TestStore_FullDisk(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	publish(t, s, toUser("ann"), "before")
	limit := func(n string) {
		onWriter(t, s, func(t *tx) error { return t.exec("PRAGMA max_page_count = " + n) })
	}
	limit("1") // no smaller than the file is
	var err error
	stored := int64(1)
	for range 10_000 {
		d := belfry.Draft{To: toUser("ann")}
		d.Title = "more"
		r := belfry.Publish(t.Context(), s, time.Now(), []belfry.Draft{d, d})
		if err = r[0].Err; err != nil {
			break
		}
		stored += 2
	}
	refusedWith(t, err, belfry.CodeUnavailable, "full", "nothing was changed")
	if n := unread(t, s, "ann"); n != stored {
		t.Errorf("%d unread, want %d", n, stored)
	}
	limit("1000000")
	publish(t, s, toUser("ann"), "after")
	if n := unread(t, s, "ann"); n != stored+1 {
		t.Errorf("%d unread, want %d", n, stored+1)
	}
	noDrift(t, s)
}

func TestStore_CountDrift(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	publish(t, s, toUser("ann"), "1", "2")
	publish(t, s, belfry.Target{All: true}, "3", "4")
	noDrift(t, s)
	onWriter(t, s, func(t *tx) error { return t.exec("UPDATE users SET unread = unread + 3") })
	if n, err := s.CountDrift(t.Context(), 1); n != 3 || err != nil {
		t.Errorf("a drift of 3 reads as %d (%v)", n, err)
	}
}

// The writer's memory is bounded; what it forgot it reads again.
func TestWriter_ForgetsUsers(t *testing.T) {
	s := mustOpen(t, t.TempDir(), belfry.Rules{})
	onWriter(t, s, func(t *tx) error { t.maxUsers = 10; return nil })
	for round := range 3 {
		for i := range 40 {
			publish(t, s, toUser(belfry.UserID(fmt.Sprint("u", i))), fmt.Sprint(round))
		}
	}
	for i := range 40 {
		if n := unread(t, s, belfry.UserID(fmt.Sprint("u", i))); n != 3 {
			t.Fatalf("u%d counts %d, want 3", i, n)
		}
	}
	onWriter(t, s, func(tx *tx) error {
		if len(tx.users) > 10 || len(tx.byUID) > 10 {
			t.Errorf("%d and %d users are held", len(tx.users), len(tx.byUID))
		}
		return nil
	})
}
