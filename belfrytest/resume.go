package belfrytest

import (
	"fmt"
	"testing"

	"belfry"

	"maps"
)

func testResume(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"at every cursor of a history", resumeEverywhere},
		subtest{"a fresh snapshot is the whole of the newest items", freshSnapshot},
		subtest{"an opening says what is followed at its position", openingFollows},
		subtest{"after a restart, before anything is published", resumeAfterRestart},
		subtest{"after a kill, before anything is published", resumeAfterCrash},
		subtest{"after a long absence", resumeAfterLong},
	)
}

func newReplica(w *world, user belfry.UserID) *Replica { return &Replica{User: user} }

// snapshot opens a client anew, with all that there is.
func (w *world) snapshot(user belfry.UserID) *Replica {
	w.Helper()
	o, err := w.Store.Open(ctx, user, belfry.OpenQuery{Items: belfry.MaxItems})
	w.ok(err)
	if o.Resumed {
		w.Fatalf("resumed without a cursor")
	}
	r := newReplica(w, user)
	r.Snapshot(o)
	r.Receive(r.Send(w.everything(user))) // archived and snoozed ones, and beyond the newest
	return r
}

func (w *world) everything(user belfry.UserID) []belfry.Item {
	w.Helper()
	var items []belfry.Item
	for _, it := range w.inbox(user) {
		items = append(items, it)
	}
	return items
}

// copyOf is a client that stands where another stands and goes on alone.
func copyOf(r *Replica) *Replica {
	c := *r
	c.items, c.follows, c.flight = maps.Clone(r.items), maps.Clone(r.follows), nil
	return &c
}

// resume opens with the client's cursor, which must fit.
func (w *world) resume(r *Replica) {
	w.Helper()
	at := r.At
	o, err := w.Store.Open(ctx, r.User, belfry.OpenQuery{Cursor: &at})
	w.ok(err)
	if !o.Resumed {
		w.Fatalf("the cursor %+v was reset", at)
	}
	if o.Cursor.Position != at.Position {
		w.Fatalf("resumed at %+v, not at %+v", o.Cursor, at)
	}
	c := w.changes(r.User, belfry.ChangesQuery{From: at})
	if !o.Complete && at.P == c.Head.P {
		w.Fatalf("resumed at %+v, the head of the private log, and not complete", at)
	}
	if o.Complete && (o.Counts != c.Counts || o.Own != c.Own || describeAll(o.Private) != describeAll(c.Private)) {
		w.Fatalf("resumed at %+v with the counts %+v and %+v and\n%s\nthe changes say %+v and %+v and\n%s",
			at, o.Counts, o.Own, describeAll(o.Private), c.Counts, c.Own, describeAll(c.Private))
	}
	r.At = o.Cursor
}

// catchUp reads to the heads in pages of so many rows, each step a position that
// note is told of.
func (w *world) catchUp(r *Replica, limit int, note func()) {
	w.Helper()
	for range 10_000 {
		c := w.changes(r.User, belfry.ChangesQuery{From: r.At, Limit: limit})
		if c.Reset {
			w.Fatalf("reset at %+v", r.At)
		}
		before := r.At
		if err := r.Changes(c); err != nil {
			w.Fatalf("%s at %+v: %v\nshared:\n%s\nprivate:\n%s", r.User, before, err, describeAll(c.Shared), describeAll(c.Private))
		}
		if r.At == c.Head {
			return
		}
		if r.At == before {
			w.Fatalf("stuck at %+v, heads %+v", before, c.Head)
		}
		if note != nil {
			note()
		}
	}
	w.Fatalf("%s never catches up", r.User)
}

// agree wants the client to show exactly what the store shows now.
func (w *world) agree(user belfry.UserID, r *Replica) {
	w.Helper()
	w.ok(w.disagreement(user, r))
	if at := w.head(user).Position; r.Counts.Position != at {
		w.Fatalf("the client of %s counts at %+v, the store is at %+v", user, r.Counts.Position, at)
	}
}

// disagreement is what the client shows otherwise than the store.
func (w *world) disagreement(user belfry.UserID, r *Replica) error {
	w.Helper()
	stored := w.inbox(user)
	truth := make(map[belfry.ID]Truth, len(stored))
	for id, it := range stored {
		var err error
		truth[id], err = shownTruth(it)
		w.ok(err)
	}
	if err := Agrees(truth, r.Items(), true); err != nil {
		return fmt.Errorf("the client of %s at %+v: %w", user, r.At, err)
	}
	if c := w.counts(user); r.Counts.Unread != c.Unread || r.Counts.Unseen != c.Unseen {
		return fmt.Errorf("the client of %s counts %+v, the store %+v", user, r.Counts, c)
	}
	topics, err := w.Store.Topics(ctx, user)
	w.ok(err)
	follows := map[belfry.Topic]belfry.Rev{}
	for _, f := range topics {
		follows[f.Topic] = f.From
	}
	if !maps.Equal(follows, r.Follows()) {
		return fmt.Errorf("the client of %s follows %v, the store says %v", user, r.Follows(), follows)
	}
	return nil
}

// resumeEverywhere keeps a client at each step of a history, and at each
// position inside the pages, and lets all of them go on at the end.
func resumeEverywhere(w *world) {
	w.meet(ann)
	var kept []*Replica
	live := w.snapshot(ann)
	keep := func() { kept = append(kept, copyOf(live)) }
	step := func() {
		w.Helper()
		keep()
		w.catchUp(live, 1, keep)
		kept = append(kept, w.snapshot(ann))
		w.agree(ann, live)
	}
	script(w, step)
	w.Store = w.Reopen()
	for _, limit := range []int{1, 3, 0} {
		for _, r := range kept {
			r = copyOf(r)
			w.resume(r)
			w.catchUp(r, limit, nil)
			w.agree(ann, r)
		}
	}
}

// script is a history of everything, step by step.
func script(w *world, step func()) {
	do := func(f func()) { f(); step() }
	var p, s, a belfry.ID
	do(func() { p = w.publish(to(ann), title("p")) })
	do(func() { s = w.publish(toAll(), title("s")) })
	do(func() { w.follow("a", ann) })
	do(func() { a = w.publish(toTopic("a"), title("a")) })
	do(func() { w.publish(toTopic("b"), title("b")) })
	do(func() { w.markIDs(ann, belfry.ActionRead, p, s) })
	do(func() { w.edit(s, "s2") })
	do(func() { w.markAll(ann, belfry.ActionSeen, w.head(ann)) })
	do(func() { w.publishMany(3, to(ann), group("g")) })
	do(func() { w.mark(ann, belfry.Mark{Action: belfry.ActionArchive, Group: "g"}) })
	do(func() { w.markIDs(ann, belfry.ActionUnread, p) })
	do(func() { w.unfollow("a", ann) })
	do(func() { w.edit(a, "a2") })
	do(func() { w.follow("b", ann) })
	do(func() { w.follow("a", ann) })
	do(func() { w.publishMany(2, toTopic("a")); w.publishMany(2, toTopic("b")) })
	do(func() { w.markAll(ann, belfry.ActionRead, w.head(ann)) })
	do(func() { w.retract(p); w.retract(s); w.retract(a) })
	do(func() { w.publish(toAll(), collapse("k")); w.publish(to(ann), collapse("k")) })
	do(func() { w.publish(toAll(), collapse("k")); w.publish(to(ann), collapse("k")) })
	do(func() { w.markIDs(ann, belfry.ActionDelete, w.publish(to(ann)), w.publish(toAll())) })
	do(func() { w.markAll(ann, belfry.ActionDelete, w.head(ann)) })
	do(func() { w.publish(toAll(), except(ann)); w.publish(toAll()); w.publish(to(ann)) })
}

func freshSnapshot(w *world) {
	busy(w)
	for _, f := range filters {
		want := w.list(ann, belfry.ListQuery{Filter: f})
		for _, n := range []int{0, 1, 3, belfry.MaxItems} {
			o, err := w.Store.Open(ctx, ann, belfry.OpenQuery{Items: n, Filter: f})
			w.ok(err)
			if len(o.Items) != min(n, len(want)) {
				w.Fatalf("%d items of %d asked for %d of %q", len(o.Items), len(want), n, f)
			}
			for i, it := range o.Items {
				sameItem(w, it, want[i])
			}
		}
	}
}

func openingFollows(w *world) {
	w.follow("a", ann)
	w.publish(toTopic("b"))
	before := w.head(ann)
	w.follow("b", ann)
	w.unfollow("a", ann)
	w.follow("c", ann)
	now := w.head(ann)
	names := func(at *belfry.Cursor) (names string) {
		o, err := w.Store.Open(ctx, ann, belfry.OpenQuery{Cursor: at})
		w.ok(err)
		for _, f := range o.Follows {
			if f.On {
				names += fmt.Sprint(f.Topic, f.From, " ")
			}
		}
		return names
	}
	if got := names(nil); got != "b1 c1 " {
		w.Fatalf("now followed: %q", got)
	}
	if got := names(&now); got != "b1 c1 " {
		w.Fatalf("followed at the head: %q", got)
	}
	// Rows above the position are not in it: b and c are followed later, and a,
	// which was followed then, stands above it as unfollowed.
	if got := names(&before); got != "" {
		w.Fatalf("followed before: %q", got)
	}
}

func resumeAfterRestart(w *world) { resumeAfter(w, func() belfry.Store { return w.Reopen() }) }

func resumeAfterCrash(w *world) {
	if w.Crash != nil {
		resumeAfter(w, func() belfry.Store { return w.Crash() })
	}
}

func resumeAfter(w *world, again func() belfry.Store) {
	w.meet(ann)
	old := w.snapshot(ann)
	busy(w)
	live := w.snapshot(ann)
	w.Store = again()
	for range 3 { // restarts without a change in between tell no tale
		for _, r := range []*Replica{copyOf(old), copyOf(live)} {
			w.resume(r)
			w.catchUp(r, 2, nil)
			w.agree(ann, r)
		}
		w.Store = again()
	}
	w.publish(to(ann))
	w.publish(toAll())
	for _, r := range []*Replica{old, live} {
		w.resume(r)
		w.catchUp(r, 0, nil)
		w.agree(ann, r)
	}
}

func resumeAfterLong(w *world) {
	w.meet(ann)
	r := w.snapshot(ann)
	ids := w.publishMany(300, to(ann))
	w.publishMany(300, toAll())
	w.retract(ids[10])
	w.publishMany(500, toTopic("elsewhere"))
	w.resume(r)
	pages := 0
	w.catchUp(r, 0, func() { pages++ })
	if pages > 3 {
		w.Fatalf("300 rows a log of interest took %d pages of 200", pages+1)
	}
	w.agree(ann, r)
}
