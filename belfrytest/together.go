package belfrytest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"belfry"
)

// testTogether runs what two processes do to one database, or two goroutines to
// one store where the engine has one process only.
func testTogether(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"marks of the same items", sameMarks},
		subtest{"opposite marks of the same items", oppositeMarks},
		subtest{"users in reversed order", reversedUsers},
		subtest{"edits, retracts and marks of the same notification", sameNotification},
		subtest{"collapses of one key", sameCollapse},
		subtest{"readers see one snapshot", oneSnapshot},
	)
}

// both gives the store and, where there can be one, another on the same
// database.
func (w *world) both() [2]belfry.Store {
	if w.Second == nil {
		return [2]belfry.Store{w.Store, w.Store}
	}
	return [2]belfry.Store{w.Store, w.Second()}
}

// racing runs f at once on both stores, n goroutines each.
func (w *world) racing(n int, f func(s belfry.Store, i int) error) {
	w.Helper()
	var all sync.WaitGroup
	for _, s := range w.both() {
		for i := range n {
			all.Go(func() {
				if err := f(s, i); err != nil {
					w.Errorf("%v", err)
				}
			})
		}
	}
	all.Wait()
}

func sameMarks(w *world) {
	ids := append(w.publishMany(10, to(ann)), w.publishMany(10, toAll())...)
	before := w.head(ann)
	changed := make(chan int, 100)
	w.racing(5, func(s belfry.Store, i int) error {
		mine := slices.Clone(ids)
		if i%2 == 1 {
			slices.Reverse(mine)
		}
		done, err := s.Mark(ctx, ann, belfry.Mark{Action: belfry.ActionRead, IDs: mine})
		changed <- done.Changed
		return err
	})
	close(changed)
	sum := 0
	for n := range changed {
		sum += n
	}
	if h := w.head(ann); sum != 20 || h.P != before.P+20 {
		w.Fatalf("20 items were read %d times, in %d revisions", sum, h.P-before.P)
	}
	w.counted(ann, 0, 0)
}

func oppositeMarks(w *world) {
	ids := append(w.publishMany(5, to(ann)), w.publishMany(5, toAll())...)
	w.racing(4, func(s belfry.Store, i int) error {
		for j := range 5 {
			a := []belfry.Action{belfry.ActionRead, belfry.ActionUnread, belfry.ActionArchive, belfry.ActionUnarchive}[(i+j)%4]
			if _, err := s.Mark(ctx, ann, belfry.Mark{Action: a, IDs: ids}); err != nil {
				return err
			}
			if _, err := s.Mark(ctx, ann, belfry.Mark{Action: belfry.ActionSeen, All: true}); err != nil {
				return err
			}
		}
		return nil
	})
	w.counts(ann)
	w.markIDs(ann, belfry.ActionUnarchive, ids...)
	w.markIDs(ann, belfry.ActionUnread, ids...)
	w.counted(ann, 10, 0)
	w.agree(ann, w.snapshot(ann))
}

func reversedUsers(w *world) {
	var users []belfry.UserID
	for i := range 30 {
		users = append(users, belfry.UserID(fmt.Sprint("u", i)))
	}
	w.racing(3, func(s belfry.Store, i int) error {
		mine := slices.Clone(users)
		if i%2 == 1 {
			slices.Reverse(mine)
		}
		for range 5 {
			if err := belfry.Publish(ctx, s, w.clock.Now(), []belfry.Draft{draft(belfry.Target{Users: mine})})[0].Err; err != nil {
				return err
			}
			if err := s.Follow(ctx, mine, "a", i%2 == 0); err != nil {
				return err
			}
		}
		return nil
	})
	for _, u := range users {
		w.counted(u, 30, 30)
	}
}

func sameNotification(w *world) {
	for _, target := range []belfry.Target{to(ann, bob), toAll()} {
		id := w.publish(target)
		w.racing(3, func(s belfry.Store, i int) error {
			if _, err := s.Mark(ctx, ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}}); err != nil {
				return err
			}
			_, err := s.Edit(ctx, id, belfry.Patch{"title": []byte(`"new"`)})
			if err != nil && belfry.ErrorCode(err) != belfry.CodeGone {
				return err
			}
			if _, err = s.Mark(ctx, bob, belfry.Mark{Action: belfry.ActionArchive, All: true}); err != nil {
				return err
			}
			_, err = s.Retract(ctx, id)
			return err
		})
		w.counted(ann, 0, 0)
		w.counted(bob, 0, 0)
	}
	c := w.since(ann, w.start(ann))
	w.ok(inOrder(c.Private, 0, c.Head.P))
	w.ok(inOrder(c.Shared, 0, c.Head.S))
}

func sameCollapse(w *world) {
	w.racing(4, func(s belfry.Store, i int) error {
		drafts := []belfry.Draft{draft(to(ann), collapse("k")), draft(toAll(), collapse("k")), draft(to(ann), collapse("k"))}
		for _, r := range belfry.Publish(ctx, s, w.clock.Now(), drafts) {
			if r.Err != nil {
				return r.Err
			}
		}
		return nil
	})
	w.counted(ann, 2, 2)
}

// oneSnapshot: what a reader gets in one call is of one moment.
func oneSnapshot(w *world) {
	w.meet(ann)
	start := w.start(ann)
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for _, s := range w.both() {
		writers.Go(func() {
			for range 40 {
				out := belfry.Publish(ctx, s, w.clock.Now(), []belfry.Draft{draft(to(ann)), draft(toAll())})
				if _, err := s.Mark(ctx, ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{out[0].ID, out[1].ID}}); err != nil {
					w.Errorf("mark: %v", err)
				}
			}
		})
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := checkSnapshot(s, start); err != nil {
					w.Errorf("%v", err)
					return
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	w.counted(ann, 0, 0)
}

func checkSnapshot(s belfry.Store, start belfry.Cursor) error {
	r := &Replica{User: ann}
	r.Snapshot(belfry.Opening{Cursor: start})
	c, err := s.Changes(ctx, ann, belfry.ChangesQuery{From: start, Limit: 1000})
	if err != nil {
		return err
	}
	if err := r.Changes(c); err != nil {
		return err
	}
	unread := int64(0)
	for _, it := range r.Items() {
		if it.Receipt.ReadAt == 0 {
			unread++
		}
	}
	if r.At != c.Head || unread != c.Counts.Unread {
		return fmt.Errorf("at %+v of %+v: %d unread items, counted %+v", r.At, c.Head, unread, c.Counts)
	}
	page, err := s.List(ctx, ann, belfry.ListQuery{Filter: belfry.FilterUnread, Limit: 100})
	if err != nil {
		return err
	}
	if n := int64(len(page.Items)); page.Next == "" && n != page.Counts.Unread {
		return fmt.Errorf("%d unread items listed, counted %+v", n, page.Counts)
	}
	return nil
}
