package belfrytest

import (
	"testing"
	"time"

	"belfry"
)

func testSnooze(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"ends as new, unread, unseen and on top", snoozeEnds},
		subtest{"is not eaten by mark-all", snoozeUnderMarkAll},
		subtest{"unsnooze ends it by hand", unsnooze},
		subtest{"again moves the end", snoozeAgain},
		subtest{"what dies, is deleted or unfollowed meanwhile stays away", snoozeThenGone},
		subtest{"archived meanwhile stays archived", snoozeThenArchived},
		subtest{"in the changes and at every cursor", snoozeInChanges},
	)
}

func (w *world) snooze(user belfry.UserID, d time.Duration, ids ...belfry.ID) {
	w.Helper()
	w.mark(user, belfry.Mark{Action: belfry.ActionSnooze, IDs: ids, Until: belfry.TimeOf(w.clock.Now().Add(d))})
}

func snoozeEnds(w *world) {
	for _, target := range []belfry.Target{to(ann), toAll()} {
		id := w.publish(target, title("snoozed"))
		w.publish(to(ann), title("newer"))
		before := w.item(ann, id)
		w.markIDs(ann, belfry.ActionRead, id)
		w.snooze(ann, time.Hour, id)
		w.counted(ann, 1, 1)
		w.clock.Step(time.Hour - time.Millisecond)
		w.still(ann, w.sweep)
		w.clock.Step(time.Millisecond)
		w.moved(ann, 1, 0, w.sweep)
		after := w.list(ann, belfry.ListQuery{})[0]
		if after.ID != id || after.Receipt.ReadAt != 0 || after.Receipt.SeenAt != 0 || after.Receipt.SnoozedUntil != 0 || after.Receipt.Rev != w.head(ann).P {
			w.Fatalf("%+v", after)
		}
		if after.Born != before.Born || after.Rev != before.Rev || after.DeliveredAt != before.DeliveredAt || after.At() < belfry.TimeOf(w.clock.Now()) {
			w.Fatalf("before %+v\nafter %+v", before, after)
		}
		w.counted(ann, 2, 2)
		w.still(ann, w.sweep)
		w.markAll(ann, belfry.ActionDelete, w.head(ann))
	}
}

func snoozeUnderMarkAll(w *world) {
	for _, target := range []belfry.Target{to(ann), toAll()} {
		id := w.publish(target)
		w.snooze(ann, time.Hour, id)
		w.publish(target)
		shown := w.head(ann)
		w.markAll(ann, belfry.ActionRead, shown)
		w.counted(ann, 0, 0)
		w.clock.Step(2 * time.Hour)
		w.sweep()
		w.counted(ann, 1, 1)
		w.markAll(ann, belfry.ActionSeen, shown) // a click from before it came back
		w.counted(ann, 1, 1)
		w.markAll(ann, belfry.ActionDelete, w.head(ann))
	}
}

func unsnooze(w *world) {
	ids := []belfry.ID{w.publish(to(ann)), w.publish(toAll())}
	w.markIDs(ann, belfry.ActionRead, ids...)
	w.snooze(ann, time.Hour, ids...)
	w.clock.Step(time.Minute)
	top := w.publish(to(ann))
	w.clock.Step(time.Minute)
	w.moved(ann, 2, 0, func() { w.markIDs(ann, belfry.ActionUnsnooze, ids...) })
	w.counted(ann, 3, 3)
	if last := w.list(ann, belfry.ListQuery{})[2]; last.ID != top {
		w.Fatalf("what came back does not stand on top")
	}
	w.clock.Step(2 * time.Hour)
	w.still(ann, w.sweep)
}

func snoozeAgain(w *world) {
	ids := []belfry.ID{w.publish(to(ann)), w.publish(toAll())}
	w.snooze(ann, time.Hour, ids...)
	w.snooze(ann, 3*time.Hour, ids...)
	w.clock.Step(2 * time.Hour)
	w.still(ann, w.sweep)
	w.snooze(ann, 10*time.Minute, ids...)
	w.clock.Step(10 * time.Minute)
	w.moved(ann, 2, 0, w.sweep)
	w.counted(ann, 2, 2)
	w.clock.Step(2 * time.Hour)
	w.still(ann, w.sweep)
}

func snoozeThenGone(w *world) {
	w.follow("a", ann)
	dead, deadShared := w.publish(to(ann)), w.publish(toAll())
	deleted, topical := w.publish(toAll()), w.publish(toTopic("a"))
	w.snooze(ann, time.Hour, dead, deadShared, deleted, topical)
	w.retract(dead)
	w.retract(deadShared)
	w.markIDs(ann, belfry.ActionDelete, deleted)
	w.unfollow("a", ann)
	w.follow("a", ann)
	r := w.snapshot(ann)
	w.clock.Step(2 * time.Hour)
	w.sweep()
	w.counted(ann, 0, 0)
	if n := len(w.inbox(ann)); n != 0 {
		w.Fatalf("%d items came back", n)
	}
	w.catchUp(r, 0, nil)
	w.agree(ann, r)
}

func snoozeThenArchived(w *world) {
	ids := []belfry.ID{w.publish(to(ann)), w.publish(toAll())}
	w.snooze(ann, time.Hour, ids...)
	w.markIDs(ann, belfry.ActionArchive, ids...)
	w.clock.Step(2 * time.Hour)
	w.sweep()
	w.counted(ann, 0, 0)
	if n := len(w.list(ann, belfry.ListQuery{Filter: belfry.FilterArchived})); n != 2 {
		w.Fatalf("%d items are archived", n)
	}
	w.markIDs(ann, belfry.ActionUnarchive, ids...)
	w.counted(ann, 2, 2)
}

func snoozeInChanges(w *world) {
	w.meet(ann)
	var kept []*Replica
	live := w.snapshot(ann)
	step := func() {
		kept = append(kept, copyOf(live), w.snapshot(ann))
		w.catchUp(live, 1, func() { kept = append(kept, copyOf(live)) })
		w.agree(ann, live)
	}
	p, s := w.publish(to(ann)), w.publish(toAll())
	step()
	w.snooze(ann, time.Hour, p, s)
	step()
	w.markAll(ann, belfry.ActionRead, w.head(ann))
	step()
	w.clock.Step(2 * time.Hour)
	w.sweep()
	step()
	w.edit(s, "new")
	step()
	w.markIDs(ann, belfry.ActionRead, p)
	step()
	for _, r := range kept {
		w.resume(r)
		w.catchUp(r, 0, nil)
		w.agree(ann, r)
	}
}
