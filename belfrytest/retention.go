package belfrytest

import (
	"fmt"
	"testing"
	"time"

	"belfry"
)

const day = 24 * time.Hour

func testRetention(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{RetentionItems: 20, RetentionDays: 10},
		subtest{"by number, in the append that exceeds it", trimByNumber},
		subtest{"by number, with whatever receipts", trimCounts},
		subtest{"by number counts living items of one user", trimOneUser},
		subtest{"by age, private and shared", trimByAge},
		subtest{"by age, not more than hourly for the shared log", trimHourly},
		subtest{"is a row that any cursor meets", trimAtEveryCursor},
		subtest{"what is trimmed is gone for marks, edits and standing", trimIsFinal},
		subtest{"what is snoozed or scheduled beyond it does no harm", trimAndDue},
		subtest{"users who come later count what is left", trimThenNewUser},
	)
}

func trimByNumber(w *world) {
	w.meet(ann)
	r := w.snapshot(ann)
	for i := 1; i <= 70; i++ {
		before := w.head(ann)
		w.publish(to(ann), title(fmt.Sprint(i)))
		c := w.counts(ann)
		if c.Unread > 22 || i >= 20 && c.Unread < 20 {
			w.Fatalf("after %d publications %d are kept", i, c.Unread)
		}
		trimmed := w.head(ann).P == before.P+2
		if rows := w.since(ann, before).Private; trimmed != (len(rows) == 2) || trimmed && rows[1].Trim == nil && rows[0].Trim == nil {
			w.Fatalf("%s", describeAll(rows))
		}
		if trimmed && c.Unread != 20 {
			w.Fatalf("trimmed to %d, want 20", c.Unread)
		}
		if i%7 == 0 {
			w.catchUp(r, 3, nil)
			w.agree(ann, r)
		}
	}
	w.publishMany(60, to(ann))
	if c := w.counts(ann); c.Unread > 22 || c.Unread < 20 {
		w.Fatalf("after a batch of 60 %d are kept", c.Unread)
	}
	w.catchUp(r, 0, nil)
	w.agree(ann, r)
	if got := w.titles(ann, belfry.ListQuery{Limit: 3}); got[:8] != "60 59 58" {
		w.Fatalf("kept are %s", got)
	}
}

func trimCounts(w *world) {
	actions := []belfry.Action{belfry.ActionSeen, belfry.ActionRead, belfry.ActionArchive, belfry.ActionSnooze, belfry.ActionDelete}
	for i := range 80 {
		id := w.publish(to(ann))
		if i%3 != 0 {
			w.markIDs(ann, actions[i%5], id)
		}
		if i%9 == 4 {
			w.markAll(ann, []belfry.Action{belfry.ActionSeen, belfry.ActionRead}[i%2], w.head(ann))
		}
		if i%7 == 3 {
			w.retract(id)
		}
		w.counts(ann)
	}
	w.agree(ann, w.snapshot(ann))
}

func trimOneUser(w *world) {
	w.publish(to(bob))
	for range 30 {
		w.publish(to(ann))
		w.publish(toAll())
	}
	if n := len(w.inbox(bob)); n != 31 {
		w.Fatalf("bob sees %d items, want 31", n)
	}
	if c := w.counts(ann); c.Unread < 50 {
		w.Fatalf("%+v", c)
	}
}

func trimByAge(w *world) {
	w.follow("a", ann)
	r := w.snapshot(ann)
	for i := range 4 {
		w.publish(to(ann), title(fmt.Sprint("p", i)))
		w.clock.Step(time.Minute)
		w.publish(toAll(), title(fmt.Sprint("s", i)))
		w.publish(toTopic("a"), title(fmt.Sprint("t", i)))
		w.clock.Step(4 * day)
	}
	w.catchUp(r, 0, nil)
	w.counted(ann, 12, 12) // 16 days old, and nobody swept
	at := w.head(ann)
	w.sweep()
	if got := w.titles(ann, belfry.ListQuery{}); got != "t3 s3 p3 t2 s2 p2" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.counted(ann, 6, 6)
	c := w.since(ann, at)
	if len(c.Private) != 1 || c.Private[0].Trim == nil || c.Private[0].Trim.Shared || len(c.Shared) != 1 || c.Shared[0].Trim == nil || !c.Shared[0].Trim.Shared {
		w.Fatalf("%s\n%s", describeAll(c.Private), describeAll(c.Shared))
	}
	w.catchUp(r, 0, nil)
	w.agree(ann, r)
	w.still(ann, w.sweep)
	w.clock.Step(20 * day)
	w.sweep()
	w.counted(ann, 0, 0)
	w.catchUp(r, 1, nil)
	w.agree(ann, r)
	w.publish(to(ann))
	w.publish(toAll())
	w.counted(ann, 2, 2)
}

func trimHourly(w *world) {
	w.meet(ann)
	for range 90 {
		w.publish(toAll())
		w.clock.Step(time.Minute)
	}
	w.clock.Step(10*day - 90*time.Minute)
	before := w.head(ann)
	for range 90 {
		w.clock.Step(time.Minute)
		w.sweep()
		w.counts(ann)
	}
	if n := w.head(ann).S - before.S; n < 1 || n > 2 {
		w.Fatalf("the shared log was trimmed %d times in 90 minutes", n)
	}
}

func trimAtEveryCursor(w *world) {
	w.follow("a", ann)
	var kept []*Replica
	live := w.snapshot(ann)
	for i := range 15 {
		w.publishMany(2, to(ann))
		s := w.publish(toAll())
		w.publish(toTopic("a"))
		w.markIDs(ann, belfry.ActionRead, s)
		if i%4 == 3 {
			w.markAll(ann, belfry.ActionSeen, w.head(ann))
			w.retract(w.publish(toAll()))
		}
		w.clock.Step(day)
		w.sweep()
		kept = append(kept, copyOf(live), w.snapshot(ann))
		w.catchUp(live, 1, func() { kept = append(kept, copyOf(live)) })
		w.agree(ann, live)
	}
	for i, r := range kept {
		w.resume(r)
		w.catchUp(r, []int{0, 1, 3}[i%3], nil)
		w.agree(ann, r)
	}
}

func trimIsFinal(w *world) {
	w.follow("a", ann)
	var old []belfry.ID
	for _, target := range []belfry.Target{to(ann), toAll(), toTopic("a")} {
		old = append(old, w.publish(target))
	}
	w.markIDs(ann, belfry.ActionArchive, old[1])
	w.clock.Step(20 * day)
	w.sweep()
	if n := len(w.inbox(ann)); n != 0 {
		w.Fatalf("%d items are left", n)
	}
	w.still(ann, func() {
		done := w.mark(ann, belfry.Mark{Action: belfry.ActionUnarchive, IDs: old})
		if done.Changed != 0 || len(done.Refused) != 3 {
			w.Fatalf("%+v", done)
		}
		for _, id := range old {
			_, err := w.Store.Edit(ctx, id, belfry.Patch{"title": []byte(`"x"`)})
			if code := belfry.ErrorCode(err); code != belfry.CodeGone && code != belfry.CodeNotFound {
				w.Fatalf("an edit of what is trimmed: %v", err)
			}
			if s, err := w.Store.Standing(ctx, id); err == nil && s.Status != belfry.StatusRetracted {
				w.Fatalf("%+v", s)
			}
			if _, err := w.Store.Retract(ctx, id); err != nil && belfry.ErrorCode(err) != belfry.CodeNotFound {
				w.Fatalf("%v", err)
			}
		}
	})
	w.counted(ann, 0, 0)
}

func trimAndDue(w *world) {
	ids := []belfry.ID{w.publish(to(ann)), w.publish(toAll())}
	w.snooze(ann, 15*day, ids...)
	w.publish(to(ann), expiresAt(w.clock.Now().Add(15*day)))
	w.publish(toAll(), expiresAt(w.clock.Now().Add(15*day)))
	w.publish(to(ann), title("late"), deliverAt(w.clock.Now().Add(15*day)))
	w.clock.Step(12 * day)
	w.sweep()
	w.counted(ann, 0, 0)
	w.clock.Step(4 * day)
	w.sweep()
	w.counted(ann, 1, 1)
	if got := w.titles(ann, belfry.ListQuery{}); got != "late" {
		w.Fatalf("the inbox reads %q", got)
	}
	w.agree(ann, w.snapshot(ann))
}

func trimThenNewUser(w *world) {
	for i := range 5 {
		w.publish(toAll(), title(fmt.Sprint(i)))
		w.clock.Step(4 * day)
	}
	w.sweep()
	_, err := w.Store.PutUser(ctx, ann, 1)
	w.ok(err)
	if got := w.titles(ann, belfry.ListQuery{}); got != "4 3" {
		w.Fatalf("ann sees %q", got)
	}
	w.counted(ann, 2, 2)
	w.follow("a", bob)
	w.counts(bob)
}
