package belfrytest

import (
	"fmt"
	"testing"
	"time"

	"belfry"
)

func testCollapse(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"a private one takes the place of the unread one", collapsePrivate},
		subtest{"a read one stays", collapseRead},
		subtest{"a seen, archived or snoozed one comes back as new", collapseSeen},
		subtest{"a deleted or retracted one is not replaced", collapseDeleted},
		subtest{"a late mark of the old does not reach the new", collapseLateMark},
		subtest{"edit and retract follow the new notification", collapseStanding},
		subtest{"many leave one row", collapseMany},
		subtest{"each user is for himself", collapseUsers},
		subtest{"two in one batch", collapseBatch},
		subtest{"a shared one dies for everybody", collapseShared},
		subtest{"topics, all and users are apart", collapseApart},
		subtest{"at delivery of a scheduled one", collapseScheduled},
	)
}

func collapsePrivate(w *world) {
	first := w.publish(to(ann), collapse("k"), title("1"))
	w.publish(to(ann), title("between"))
	before := w.item(ann, first)
	w.clock.Step(time.Minute)
	w.moved(ann, 1, 0, func() { w.publish(to(ann), collapse("k"), title("2")) })
	now := w.item(ann, first)
	if contentOf(w, now).Title != "2" || now.Born != 3 || now.Rev != 3 || now.DeliveredAt <= before.DeliveredAt || now.Receipt != (belfry.Receipt{}) {
		w.Fatalf("%+v %s", now, now.Content)
	}
	if got := w.titles(ann, belfry.ListQuery{}); got != "2 between" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.counted(ann, 2, 2)
}

func collapseRead(w *world) {
	first := w.publish(to(ann), collapse("k"), title("1"))
	w.markIDs(ann, belfry.ActionRead, first)
	w.publish(to(ann), collapse("k"), title("2"))
	if got := w.titles(ann, belfry.ListQuery{}); got != "2 1" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.counted(ann, 1, 1)
	all := w.publish(to(bob), collapse("k"), title("1"))
	w.markAll(bob, belfry.ActionRead, w.head(bob))
	w.publish(to(bob), collapse("k"), title("2"))
	if _, ok := w.inbox(bob)[all]; !ok || len(w.inbox(bob)) != 2 {
		w.Fatalf("what a watermark had read was replaced")
	}
}

func collapseSeen(w *world) {
	for i, a := range []belfry.Action{belfry.ActionSeen, belfry.ActionArchive, belfry.ActionSnooze} {
		k := collapse(fmt.Sprint("k", i))
		id := w.publish(to(ann), k)
		w.markIDs(ann, a, id)
		w.moved(ann, 1, 0, func() { w.publish(to(ann), k, title("new")) })
		if it := w.item(ann, id); it.Receipt != (belfry.Receipt{}) || contentOf(w, it).Title != "new" {
			w.Fatalf("after %s: %+v", a, it)
		}
	}
	w.counted(ann, 3, 3)
	w.clock.Step(2 * time.Hour) // past the end of the old snooze, which is no more
	w.still(ann, w.sweep)
}

func collapseDeleted(w *world) {
	gone := w.publish(to(ann), collapse("k"))
	w.markIDs(ann, belfry.ActionDelete, gone)
	next := w.publish(to(ann), collapse("k"), title("2"))
	if next == gone || len(w.inbox(ann)) != 1 {
		w.Fatalf("a deleted item was replaced")
	}
	w.retract(next)
	w.publish(to(ann), collapse("k"), title("3"))
	w.counted(ann, 1, 1)
}

func collapseLateMark(w *world) {
	id := w.publish(to(ann), collapse("k"), title("1"))
	seen := w.head(ann)
	w.publish(to(ann), collapse("k"), title("2"))
	done := w.mark(ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}, UpTo: seen.String()})
	if done.Refused[id] != belfry.CodeConflict || done.Changed != 0 {
		w.Fatalf("a click on the old content: %+v", done)
	}
	w.markAll(ann, belfry.ActionRead, seen)
	w.counted(ann, 1, 1)
}

func collapseStanding(w *world) {
	first := w.publish(to(ann), collapse("k"), title("1"))
	second := w.publish(to(ann), collapse("k"), title("2"))
	if s := w.standing(first); s.Status != belfry.StatusRetracted {
		w.Fatalf("the replaced one stands as %s", s.Status)
	}
	if s := w.standing(second); s.Status != belfry.StatusDelivered || s.Content.Title != "2" {
		w.Fatalf("the new one stands as %+v", s)
	}
	w.retract(first)
	w.counted(ann, 1, 1)
	w.edit(second, "2b")
	if got := w.titles(ann, belfry.ListQuery{}); got != "2b" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.retract(second)
	w.counted(ann, 0, 0)
}

func collapseMany(w *world) {
	w.meet(ann)
	from := w.start(ann)
	for i := range 50 {
		w.publish(to(ann), collapse("progress"), title(fmt.Sprint(i)))
	}
	if c := w.since(ann, from); len(c.Private) != 1 || c.Head.P != 50 {
		w.Fatalf("50 of one key leave %d rows at head %d", len(c.Private), c.Head.P)
	}
	w.counted(ann, 1, 1)
}

func collapseUsers(w *world) {
	id := w.publish(to(ann, bob), collapse("k"), title("1"))
	w.markIDs(bob, belfry.ActionRead, id)
	w.publish(to(ann, bob), collapse("k"), title("2"))
	if a, b := w.titles(ann, belfry.ListQuery{}), w.titles(bob, belfry.ListQuery{}); a != "2" || b != "2 1" {
		w.Fatalf("ann's inbox reads %q, bob's %q", a, b)
	}
	w.counted(ann, 1, 1)
	w.counted(bob, 1, 1)
}

func collapseBatch(w *world) {
	w.publishMany(3, to(ann), collapse("k"))
	if got := w.titles(ann, belfry.ListQuery{}); got != "3" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.publishMany(3, toAll(), collapse("k"))
	if got := w.titles(ann, belfry.ListQuery{}); got != "3 3" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.counted(ann, 2, 2)
}

func collapseShared(w *world) {
	w.follow("a", ann, bob)
	first := w.publish(toTopic("a"), collapse("k"), title("1"))
	w.markIDs(ann, belfry.ActionRead, first)
	w.counted(ann, 0, 0)
	from := w.head(bob)
	w.moved(ann, 0, 2, func() { w.publish(toTopic("a"), collapse("k"), title("2")) })
	for _, u := range []belfry.UserID{ann, bob} {
		if got := w.titles(u, belfry.ListQuery{}); got != "2" {
			w.Fatalf("the inbox of %s reads %s", u, got)
		}
		w.counted(u, 1, 1)
	}
	if c := w.since(bob, from); len(c.Shared) != 2 || !c.Shared[0].Item.Dead || c.Shared[0].Item.ID != first {
		w.Fatalf("%s", describeAll(c.Shared))
	}
	if s := w.standing(first); s.Status != belfry.StatusRetracted {
		w.Fatalf("the replaced one stands as %s", s.Status)
	}
}

func collapseApart(w *world) {
	w.follow("a", ann)
	w.follow("b", ann)
	for _, target := range []belfry.Target{to(ann), toAll(), toTopic("a"), toTopic("b")} {
		w.publish(target, collapse("k"))
	}
	w.counted(ann, 4, 4)
}

func collapseScheduled(w *world) {
	w.publish(to(ann), collapse("k"), title("2"), deliverAt(w.clock.Now().Add(time.Hour)))
	w.publish(to(ann), collapse("k"), title("1"))
	w.clock.Step(2 * time.Hour)
	w.sweep()
	if got := w.titles(ann, belfry.ListQuery{}); got != "2" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.counted(ann, 1, 1)
}
