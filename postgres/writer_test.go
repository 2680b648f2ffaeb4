package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry"
)

func toUser(u belfry.UserID) belfry.Target { return belfry.Target{User: u} }

// publish wants one notification stored for each title.
func publish(t testing.TB, s *Store, to belfry.Target, titles ...string) (ids []belfry.ID) {
	t.Helper()
	drafts := make([]belfry.Draft, len(titles))
	for i := range drafts {
		drafts[i].To, drafts[i].Title = to, titles[i]
	}
	for _, r := range belfry.Publish(context.Background(), s, time.Now(), drafts) {
		if r.Err != nil {
			t.Errorf("publish: %v", r.Err)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// counted wants so many unread items, and the counts to be what a walk finds.
func counted(t *testing.T, s *Store, user belfry.UserID, want int64) {
	t.Helper()
	c, err := s.Counts(context.Background(), user, nil)
	if err != nil || c.Unread != want {
		t.Errorf("%s counts %+v (%v), want %d unread", user, c.Counts, err, want)
	}
	if n, err := s.CountDrift(context.Background(), 50); n != 0 || err != nil {
		t.Errorf("the counts are off by %d (%v)", n, err)
	}
}

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

// gate holds the lane of a user until it is let go, so that what is sent
// meanwhile waits together.
func gate(s *Store, user belfry.UserID) (release chan struct{}) {
	entered, release := make(chan struct{}), make(chan struct{})
	go s.do(context.Background(), &step{needs: needs{users: []belfry.UserID{user}}, run: func(*tx) error {
		close(entered)
		<-release
		return nil
	}})
	<-entered
	return release
}

// queued waits until n jobs wait for the lane of a user.
func queued(t *testing.T, s *Store, user belfry.UserID, n int) {
	t.Helper()
	eventually(t, fmt.Sprint(n, " jobs wait"), func() bool {
		return s.lanes[laneOf(user)].queue.Waiting() >= n
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never came true: %s", what)
		}
	}
}

func TestWriter_WhatWaitsTogetherIsCommittedTogether(t *testing.T) {
	s := mustOpen(t, server.Database(t), belfry.Rules{})
	var mu sync.Mutex
	var sizes []int
	s.ObserveCommits(func(n int, _ time.Duration) { mu.Lock(); sizes = append(sizes, n); mu.Unlock() })
	release := gate(s, "ann")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { publish(t, s, toUser("ann"), "x") })
	}
	queued(t, s, "ann", 20)
	close(release)
	wg.Wait()
	mustClose(t, s)
	if !slices.Equal(sizes, []int{1, 20}) {
		t.Errorf("commits of %v changes, want one of 20 after the gate's", sizes)
	}
}

// A neighbour that breaks the transaction gets its own error, the others their
// commit. A row that another one's lock or the server itself refuses is such, as
// is a step that fails half done.
func TestWriter_PoisonedNeighbour(t *testing.T) {
	poison := errors.New("poison")
	for name, bad := range map[string]func(*tx) error{
		"error":      func(*tx) error { return poison },
		"panic":      func(*tx) error { panic("poison") },
		"constraint": func(t *tx) error { t.exec("INSERT INTO keys (id) VALUES ('k')"); return nil },
		"text":       func(t *tx) error { t.exec("INSERT INTO follows (uid, topic) VALUES (0, $1)", "a\x00b"); return nil },
		"half done": func(t *tx) error {
			u := t.users["ann"]
			u.Unread += 1000
			t.Next(u)
			return poison
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := mustOpen(t, server.Database(t), belfry.Rules{})
			publish(t, s, toUser("ann"), "before")
			release := gate(s, "ann")
			var wg sync.WaitGroup
			var err error
			for i := range 3 {
				wg.Go(func() { publish(t, s, toUser("ann"), "x", "y") })
				queued(t, s, "ann", i+1)
			}
			wg.Go(func() {
				err = s.do(context.Background(), &step{needs: needs{users: []belfry.UserID{"ann"}}, run: bad})[0]
			})
			queued(t, s, "ann", 4)
			wg.Go(func() { publish(t, s, toUser("ann"), "z") })
			queued(t, s, "ann", 5)
			close(release)
			wg.Wait()
			refusedWith(t, err, belfry.CodeInternal)
			counted(t, s, "ann", 8)
		})
	}
}

func TestWriter_CallerGivesUp(t *testing.T) {
	s := mustOpen(t, server.Database(t), belfry.Rules{})
	release := gate(s, "ann")
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := s.PutUser(ctx, "ann", 1)
		result <- err
	}()
	queued(t, s, "ann", 1)
	cancel()
	refusedWith(t, <-result, belfry.CodeUnavailable, "canceled")
	close(release)
	_, err := s.PutUser(ctx, "ann", 0)
	refusedWith(t, err, belfry.CodeUnavailable, "canceled")
}

func TestWriter_CallerGivesUpDuringTheCommit(t *testing.T) {
	s := mustOpen(t, server.Database(t), belfry.Rules{})
	ctx, cancel := context.WithCancel(t.Context())
	inside, release := make(chan struct{}), make(chan struct{})
	result := make(chan error)
	go func() {
		result <- s.do(ctx, &step{needs: needs{users: []belfry.UserID{"ann"}}, run: func(*tx) error {
			close(inside)
			<-release
			return nil
		}})[0]
	}()
	<-inside
	cancel()
	refusedWith(t, <-result, belfry.CodeOutcomeUnknown)
	close(release)
	publish(t, s, toUser("ann"), "after")
	if _, err := s.User(t.Context(), "ann"); err != nil {
		t.Errorf("the change was not finished: %v", err)
	}
}

func TestWriter_QueueIsBounded(t *testing.T) {
	s := mustOpen(t, server.Database(t), belfry.Rules{})
	release := gate(s, "ann")
	steps := make([]*step, maxQueued/2) // each weighs two
	for i := range steps {
		steps[i] = &step{needs: needs{users: []belfry.UserID{"ann"}}, run: func(*tx) error { return nil }}
	}
	full := make(chan []error)
	go func() { full <- s.do(context.Background(), steps...) }()
	queued(t, s, "ann", 1)
	_, err := s.PutUser(t.Context(), "ann", 0)
	refusedWith(t, err, belfry.CodeUnavailable, "slow down")
	var e *belfry.Error
	if !errors.As(err, &e) || e.RetryAfter == 0 {
		t.Errorf("%v does not say when to come back", err)
	}
	close(release)
	<-full
}
