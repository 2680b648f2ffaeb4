package belfrytest

import (
	"fmt"
	"testing"

	"belfry"
)

func testChanges(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"each row stands there once, in its current state", eachRowOnce},
		subtest{"pages of one row give what one page gives", pagesOfOne},
		subtest{"what is dead says so and nothing more", deadRows},
		subtest{"shared rows carry the receipt in effect", sharedReceipts},
		subtest{"the barrier of a row is what it refers to", barriers},
		subtest{"counts are those at the heads, with the private part apart", ownCounts},
		subtest{"at the heads there is nothing", nothingAbove},
		subtest{"subscribed topics are read beside the followed", subscribed},
		subtest{"a follow above the position is not looked ahead to", followNotYetPassed},
		subtest{"other users' rows are not there", othersAreNot},
	)
}

func testShared(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{}, subtest{"every row once, in order, for everybody", sharedLog})
}

func eachRowOnce(w *world) {
	w.meet(ann)
	from := w.start(ann)
	p, s := w.publish(to(ann)), w.publish(toAll())
	for i := range 3 {
		w.edit(p, fmt.Sprint("p", i))
		w.edit(s, fmt.Sprint("s", i))
		for _, a := range []belfry.Action{belfry.ActionRead, belfry.ActionUnread} {
			w.markIDs(ann, a, p, s)
			w.publish(to(ann))
			w.markAll(ann, belfry.ActionSeen, w.head(ann))
		}
		w.follow("a", ann)
		w.unfollow("a", ann)
	}
	c := w.since(ann, from)
	w.ok(inOrder(c.Shared, 0, c.Head.S))
	w.ok(inOrder(c.Private, 0, c.Head.P))
	kinds := map[string]int{}
	for _, row := range c.Private {
		switch {
		case row.Item != nil:
			kinds["item"]++
		case row.Receipt != nil:
			kinds["receipt"]++
		case row.Watermark != nil:
			kinds["watermark"]++
		case row.Follow != nil:
			kinds["follow"]++
		}
	}
	if fmt.Sprint(kinds) != "map[follow:1 item:7 receipt:1 watermark:1]" || len(c.Shared) != 1 {
		w.Fatalf("%v private rows and %d shared:\n%s", kinds, len(c.Shared), describeAll(c.Private))
	}
	if last := c.Private[len(c.Private)-1]; last.Rev != c.Head.P {
		w.Fatalf("the last row stands at %d, the head at %d", last.Rev, c.Head.P)
	}
	if it := c.Shared[0].Item; contentOf(w, *it).Title != "s2" || it.Rev != 4 || it.Born != 1 {
		w.Fatalf("%s", describe(c.Shared[0]))
	}
}

// busy makes a history that touches every kind of row.
func busy(w *world) {
	w.meet(ann)
	w.follow("a", ann)
	for i := range 4 {
		p, s := w.publish(to(ann), group("g")), w.publish(toAll())
		w.publish(toTopic("a"), title(fmt.Sprint(i)))
		w.publish(toTopic("b"))
		w.markIDs(ann, belfry.ActionRead, p, s)
		w.edit(s, fmt.Sprint("new", i))
		if i%2 == 1 {
			w.retract(p)
			w.markAll(ann, belfry.ActionRead, w.head(ann))
			w.unfollow("a", ann)
			w.follow("b", ann)
			w.follow("a", ann)
		}
		if i == 2 {
			w.retract(s)
		}
	}
	w.publish(toTopic("b"))
	w.publish(to(ann))
}

func pagesOfOne(w *world) {
	busy(w)
	from := w.start(ann)
	whole := w.since(ann, from)
	for _, limit := range []int{1, 2, 3} {
		var shared, private []belfry.Change
		at := from
		for range 1000 {
			c := w.changes(ann, belfry.ChangesQuery{From: at, Limit: limit})
			if c.Reset || len(c.Shared) > limit || len(c.Private) > limit || c.Head != whole.Head {
				w.Fatalf("at %+v with limit %d: reset %v, %d and %d rows, head %+v", at, limit, c.Reset, len(c.Shared), len(c.Private), c.Head)
			}
			shared, private = append(shared, c.Shared...), append(private, c.Private...)
			if at.P, at.S = c.PrivateTo, c.SharedTo; at == whole.Head {
				break
			}
		}
		if at != whole.Head {
			w.Fatalf("pages of %d never reach the head %+v, but %+v", limit, whole.Head, at)
		}
		// The follows of the walk pass earlier than those of the page, and what a
		// follow brings is in the page's row: the private rows must be the same,
		// and of the shared ones none may be lost.
		if got, want := describeAll(private), describeAll(whole.Private); got != want {
			w.Fatalf("pages of %d read the private log as\n%s\none page as\n%s", limit, got, want)
		}
		brought := idsOf(shared, private)
		for id := range idsOf(whole.Shared, nil) {
			if !brought[id] {
				w.Fatalf("pages of %d lose the shared item %s", limit, id)
			}
		}
		r := newReplica(w, ann)
		r.Snapshot(belfry.Opening{Cursor: from})
		w.ok(r.Changes(whole))
		w.agree(ann, r)
	}
}

// idsOf are the items of shared rows, and those that follows bring.
func idsOf(shared, private []belfry.Change) map[belfry.ID]bool {
	ids := map[belfry.ID]bool{}
	for _, c := range shared {
		if c.Item != nil {
			ids[c.Item.ID] = true
		}
	}
	for _, c := range private {
		if c.Follow != nil {
			for i := range c.Follow.Items {
				ids[c.Follow.Items[i].ID] = true
			}
		}
	}
	return ids
}

func deadRows(w *world) {
	w.meet(ann)
	from := w.start(ann)
	p, s := w.publish(to(ann)), w.publish(toAll())
	w.retract(p)
	w.retract(s)
	c := w.since(ann, from)
	for i, row := range []belfry.Change{c.Private[0], c.Shared[0]} {
		if it := row.Item; it == nil || !it.Dead || it.Born != 1 || it.Rev != 2 || row.Rev != 2 || it.ID != []belfry.ID{p, s}[i] || it.Shared != (i == 1) {
			w.Fatalf("%s", describe(row))
		}
	}
}

func sharedReceipts(w *world) {
	w.meet(ann)
	from := w.start(ann)
	marked, covered := w.publish(toAll()), w.publish(toAll())
	w.markIDs(ann, belfry.ActionArchive, marked)
	w.markAll(ann, belfry.ActionRead, w.head(ann))
	plain := w.publish(toAll())
	for _, row := range w.since(ann, from).Shared {
		r := row.Item.Receipt
		want := map[belfry.ID][3]bool{marked: {true, true, true}, covered: {true, false, false}, plain: {}}[row.Item.ID]
		if (r.ReadAt != 0) != want[0] || (r.ArchivedAt != 0) != want[1] || (r.Rev != 0) != want[2] {
			w.Fatalf("%s", describe(row))
		}
	}
}

func barriers(w *world) {
	w.meet(ann)
	from := w.start(ann)
	s := w.publish(toAll())
	w.publish(toTopic("a"))
	w.markIDs(ann, belfry.ActionRead, s)
	w.markAll(ann, belfry.ActionArchive, w.head(ann))
	w.follow("a", ann)
	item := w.publish(toTopic("a"))
	c := w.since(ann, from)
	want := []belfry.Rev{1, 2, 3} // the item's birth, the watermark's reach, the backfill's position
	for i, row := range c.Private {
		if row.Barrier() != want[i] {
			w.Fatalf("row %s waits for %d, want %d", describe(row), row.Barrier(), want[i])
		}
	}
	f := c.Private[2].Follow
	if f == nil || !f.On || f.From != 2 || f.Head != 3 || len(f.Items) != 1 || f.Items[0].ID != item {
		w.Fatalf("%s", describe(c.Private[2]))
	}
}

func ownCounts(w *world) {
	p := w.publishMany(3, to(ann))
	s := w.publishMany(4, toAll())
	w.markIDs(ann, belfry.ActionSeen, p[0], s[0])
	w.markIDs(ann, belfry.ActionRead, p[1], s[1], s[2])
	w.counted(ann, 4, 2)
	c := w.since(ann, w.start(ann))
	o, err := w.Store.Open(ctx, ann, belfry.OpenQuery{})
	w.ok(err)
	for from, own := range map[string]belfry.Counts{"Changes": c.Own, "Open": o.Own} {
		if own.Unread != 2 || own.Unseen != 1 {
			w.Fatalf("%s: the private log counts %+v", from, own)
		}
	}
	if c.Counts.Position != c.Head.Position {
		w.Fatalf("counts of %+v at the head %+v", c.Counts, c.Head)
	}
}

func nothingAbove(w *world) {
	busy(w)
	head := w.head(ann)
	c := w.since(ann, head)
	if len(c.Private) != 0 || len(c.Shared) != 0 || c.Head != head {
		w.Fatalf("above the head: %s %s", describeAll(c.Private), describeAll(c.Shared))
	}
	o, err := w.Store.Open(ctx, ann, belfry.OpenQuery{Cursor: &head})
	w.ok(err)
	if !o.Resumed || o.Cursor != head {
		w.Fatalf("the head %+v is not resumed: %+v", head, o)
	}
}

func subscribed(w *world) {
	w.follow("a", ann)
	from := w.head(ann)
	a, b := w.publish(toTopic("a")), w.publish(toTopic("b"))
	w.publish(toTopic("c"))
	c := w.changes(ann, belfry.ChangesQuery{From: from, Subscribed: []belfry.Topic{"a", "b"}})
	if len(c.Shared) != 2 || c.Shared[0].Item.ID != a || c.Shared[0].Item.SubscribedOnly || c.Shared[1].Item.ID != b || !c.Shared[1].Item.SubscribedOnly {
		w.Fatalf("%s", describeAll(c.Shared))
	}
	w.counted(ann, 1, 1)
	if done := w.mark(ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{b}}); done.Refused[b] != belfry.CodeNotFound || done.Changed != 0 {
		w.Fatalf("what is only subscribed was marked: %+v", done)
	}
	w.retract(b)
	c = w.changes(ann, belfry.ChangesQuery{From: from, Subscribed: []belfry.Topic{"b"}})
	if len(c.Shared) != 2 || !c.Shared[1].Item.Dead {
		w.Fatalf("%s", describeAll(c.Shared))
	}
}

func followNotYetPassed(w *world) {
	w.meet(ann)
	w.publish(toTopic("a"), title("before"))
	from := w.head(ann)
	w.follow("a", ann)
	w.publish(toTopic("a"), title("after"))
	c := w.since(ann, from)
	if len(c.Shared) != 0 {
		w.Fatalf("rows of a topic before its follow was passed: %s", describeAll(c.Shared))
	}
	f := c.Private[0].Follow
	if f == nil || len(f.Items) != 1 || contentOf(w, f.Items[0]).Title != "after" {
		w.Fatalf("%s", describe(c.Private[0]))
	}
}

func othersAreNot(w *world) {
	w.meet(ann, bob)
	from := w.start(bob)
	p := w.publish(to(ann))
	s := w.publish(toAll())
	w.markIDs(ann, belfry.ActionRead, p, s)
	w.follow("a", ann)
	w.publish(toTopic("a"))
	c := w.since(bob, from)
	if len(c.Private) != 0 || len(c.Shared) != 1 || c.Shared[0].Item.Receipt != (belfry.Receipt{}) || c.Head.P != 0 {
		w.Fatalf("bob reads\n%s\n%s", describeAll(c.Private), describeAll(c.Shared))
	}
}

func sharedLog(w *world) {
	w.meet(bob)
	a, b := w.publish(toAll(), except(ann, bob)), w.publish(toTopic("a"))
	gone := w.publish(toTopic("b"))
	w.markIDs(bob, belfry.ActionRead, w.publish(toAll()))
	w.edit(a, "new")
	w.retract(gone)
	var rows []belfry.Change
	for after := belfry.Rev(0); ; {
		page, err := w.Store.Shared(ctx, after, 2)
		w.ok(err)
		if page.Log.Head != 6 || page.Log.Nonce != w.head(bob).Shared || len(page.Entries) > 2 {
			w.Fatalf("%+v", page)
		}
		if len(page.Entries) == 0 {
			break
		}
		for _, e := range page.Entries {
			rows = append(rows, e.Change)
			if e.Item.Receipt != (belfry.Receipt{}) || e.Item.SubscribedOnly {
				w.Fatalf("somebody's view in the shared log: %s", describe(e.Change))
			}
			if e.Item.ID == a && len(e.Except) != 2 {
				w.Fatalf("%s leaves out %v", describe(e.Change), e.Except)
			}
			after = e.Rev
		}
	}
	w.ok(inOrder(rows, 0, 6))
	if len(rows) != 4 || rows[0].Item.ID != b || rows[2].Item.ID != a || !rows[3].Item.Dead {
		w.Fatalf("%s", describeAll(rows))
	}
}
