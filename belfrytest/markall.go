package belfrytest

import (
	"sync"
	"testing"

	"belfry"
)

func testMarkAll(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"is one row whatever the number", markAllOneRow},
		subtest{"each action that goes one way", markAllActions},
		subtest{"twice takes no revision", markAllTwice},
		subtest{"reads nothing its user had not been shown", markAllUpTo},
		subtest{"is clamped to the head", markAllClamped},
		subtest{"wins against earlier single marks, loses against later", markAllAndSingle},
		subtest{"an older one does not take back a newer", markAllOlder},
		subtest{"component by component", markAllComponents},
		subtest{"does not reach what is followed later", markAllThenFollow},
		subtest{"delete empties the inbox for good", markAllDelete},
		subtest{"comes with the changes after it", markAllInChanges},
		subtest{"concurrent with publishes", markAllConcurrent},
	)
}

func markAllOneRow(w *world) {
	w.publishMany(50, to(ann))
	w.publishMany(50, toAll())
	from := w.head(ann)
	if done := w.markAll(ann, belfry.ActionRead, from); done.Changed != 1 || done.Cursor.P != from.P+1 || done.Counts.Unread != 0 {
		w.Fatalf("%+v from %+v", done, from)
	}
	c := w.since(ann, from)
	if len(c.Private) != 1 || len(c.Shared) != 0 {
		w.Fatalf("%s\n%s", describeAll(c.Private), describeAll(c.Shared))
	}
	if m := c.Private[0].Watermark; m == nil || m.Kind != belfry.WatermarkRead || m.Position != from.Position || m.Rev != from.P+1 || m.At != belfry.TimeOf(w.clock.Now()) {
		w.Fatalf("%s", describe(c.Private[0]))
	}
	w.counted(ann, 0, 0)
}

func markAllActions(w *world) {
	for _, s := range []struct {
		action         belfry.Action
		unread, unseen int64
		left           belfry.Filter
	}{
		{belfry.ActionSeen, 2, 0, belfry.FilterUnread},
		{belfry.ActionRead, 0, 0, belfry.FilterInbox},
		{belfry.ActionArchive, 0, 0, belfry.FilterArchived},
		{belfry.ActionDelete, 0, 0, ""},
	} {
		w.markAll(ann, belfry.ActionDelete, w.head(w.met(ann)))
		w.publish(to(ann))
		w.publish(toAll())
		w.moved(ann, 1, 0, func() { w.markAll(ann, s.action, w.head(ann)) })
		w.counted(ann, s.unread, s.unseen)
		want := 2
		if s.action == belfry.ActionDelete {
			want = 0
		}
		if n := len(w.list(ann, belfry.ListQuery{Filter: s.left})); n != want {
			w.Fatalf("after %s %d items in view %q", s.action, n, s.left)
		}
	}
}

// met makes sure that a user exists, and gives it.
func (w *world) met(user belfry.UserID) belfry.UserID {
	w.Helper()
	w.meet(user)
	return user
}

func markAllTwice(w *world) {
	w.meet(ann)
	w.still(ann, func() {
		if done := w.mark(ann, belfry.Mark{Action: belfry.ActionRead, All: true}); done.Changed != 0 {
			w.Fatalf("of nothing: %+v", done)
		}
	})
	w.publish(to(ann))
	w.publish(toAll())
	for _, a := range []belfry.Action{belfry.ActionSeen, belfry.ActionRead, belfry.ActionArchive, belfry.ActionDelete} {
		w.moved(ann, 1, 0, func() { w.mark(ann, belfry.Mark{Action: a, All: true}) })
		w.still(ann, func() {
			if done := w.mark(ann, belfry.Mark{Action: a, All: true}); done.Changed != 0 {
				w.Fatalf("%s twice: %+v", a, done)
			}
			w.markAll(ann, a, w.head(ann))
		})
	}
}

func markAllUpTo(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	shown := w.head(ann)
	w.publish(to(ann))
	w.publish(toAll())
	w.markAll(ann, belfry.ActionRead, shown)
	w.counted(ann, 2, 2)
	w.markAll(ann, belfry.ActionDelete, shown)
	if n := len(w.inbox(ann)); n != 2 {
		w.Fatalf("%d items are left, want 2", n)
	}
}

func markAllClamped(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	above := w.head(ann)
	above.P, above.S = above.P+100, above.S+100
	_, err := w.Store.Mark(ctx, ann, belfry.Mark{Action: belfry.ActionRead, All: true, UpTo: above.String()})
	if err != nil {
		w.refused(err, belfry.CodeInvalid) // it is no position of these logs
		w.markAll(ann, belfry.ActionRead, w.head(ann))
	}
	w.publish(to(ann))
	w.publish(toAll())
	w.counted(ann, 2, 2)
}

func markAllAndSingle(w *world) {
	for _, target := range []belfry.Target{to(ann), toAll()} {
		earlier, later := w.publish(target), w.publish(target)
		w.markIDs(ann, belfry.ActionRead, earlier)
		w.markIDs(ann, belfry.ActionUnread, earlier)
		shown := w.head(ann)
		w.markIDs(ann, belfry.ActionSeen, later) // after the click, before it arrived
		w.markAll(ann, belfry.ActionRead, shown)
		w.fatalUnlessRead(ann, earlier)
		w.counted(ann, 1, 0)
		w.markIDs(ann, belfry.ActionUnread, earlier)
		w.counted(ann, 2, 0)
		w.publish(to(bob)) // anything
		w.markAll(ann, belfry.ActionSeen, w.head(ann))
		w.counted(ann, 2, 0)
		w.markAll(ann, belfry.ActionRead, w.head(ann))
		w.counted(ann, 0, 0)
	}
}

func markAllOlder(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	old := w.head(ann)
	w.publish(to(ann))
	w.publish(toAll())
	w.markAll(ann, belfry.ActionRead, w.head(ann))
	w.still(ann, func() { w.markAll(ann, belfry.ActionRead, old) })
	w.counted(ann, 0, 0)
}

func markAllComponents(w *world) {
	w.publish(to(ann))
	w.publish(toAll())
	early := w.head(ann)
	w.publish(to(ann))
	w.publish(toAll())
	late := w.head(ann)
	// What a slow shared log, and a slow private one, had shown.
	onlyP, onlyS := late, late
	onlyP.S, onlyS.P = early.S, early.P
	w.markAll(ann, belfry.ActionRead, onlyP)
	w.counted(ann, 1, 1)
	w.markAll(ann, belfry.ActionRead, onlyS)
	w.counted(ann, 0, 0)
}

func markAllThenFollow(w *world) {
	w.follow("a", ann)
	w.publish(toTopic("a"))
	w.publish(toAll())
	w.markAll(ann, belfry.ActionRead, w.head(ann))
	w.unfollow("a", ann)
	w.follow("a", ann)
	w.counted(ann, 0, 0)
	w.publish(toTopic("a"))
	w.counted(ann, 1, 1)
	w.follow("b", ann)
	w.publish(toTopic("b"))
	w.counted(ann, 2, 2)
}

func markAllDelete(w *world) {
	ids := []belfry.ID{w.publish(to(ann)), w.publish(toAll())}
	w.markAll(ann, belfry.ActionDelete, w.head(ann))
	if n := len(w.inbox(ann)); n != 0 {
		w.Fatalf("%d items are left", n)
	}
	w.edit(ids[0], "new")
	w.edit(ids[1], "new")
	done := w.mark(ann, belfry.Mark{Action: belfry.ActionUnread, IDs: ids})
	if done.Changed != 0 || len(w.inbox(ann)) != 0 {
		w.Fatalf("what was deleted is marked: %+v", done)
	}
	w.counted(ann, 0, 0)
}

func markAllInChanges(w *world) {
	w.meet(ann)
	r := w.snapshot(ann)
	ids := append(w.publishMany(3, to(ann)), w.publishMany(3, toAll())...)
	w.markIDs(ann, belfry.ActionUnread, ids...)
	w.catchUp(r, 0, nil)
	old := copyOf(r)
	for _, a := range []belfry.Action{belfry.ActionSeen, belfry.ActionRead, belfry.ActionArchive} {
		w.markAll(ann, a, w.head(ann))
		w.publish(toAll())
		w.catchUp(r, 1, nil)
		w.agree(ann, r)
	}
	w.resume(old)
	w.catchUp(old, 0, nil)
	w.agree(ann, old)
	w.agree(ann, w.snapshot(ann))
}

func markAllConcurrent(w *world) {
	w.meet(ann, bob)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 20 {
				belfry.Publish(ctx, w.Store, w.clock.Now(), []belfry.Draft{draft(to(ann)), draft(toAll()), draft(to(bob))})
			}
		})
		all.Go(func() {
			for range 20 {
				for _, a := range []belfry.Action{belfry.ActionRead, belfry.ActionSeen} {
					if _, err := w.Store.Mark(ctx, ann, belfry.Mark{Action: a, All: true}); err != nil {
						w.Errorf("mark all: %v", err)
					}
				}
			}
		})
	}
	all.Wait()
	w.counts(ann)
	w.counted(bob, 120, 120)
	w.markAll(ann, belfry.ActionRead, w.head(ann))
	w.counted(ann, 0, 0)
}
