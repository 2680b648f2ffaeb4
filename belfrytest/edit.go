package belfrytest

import (
	"testing"
	"time"

	"belfry"
)

func testEdit(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"moves rev and nothing else", editMovesRev},
		subtest{"in every inbox it reached", editEverywhere},
		subtest{"after mark-all makes nothing unread", editAfterMarkAll},
		subtest{"after a follow brings nothing in", editAfterFollow},
		subtest{"of the unknown, the dead and the wrong is refused", editRefused},
		subtest{"of a scheduled one changes the schedule", editScheduled},
		subtest{"of expiresAt moves the end", editExpiry},
		subtest{"Retract/of what none, half and all have read", retractRead},
		subtest{"Retract/twice is not an error", retractTwice},
		subtest{"Retract/of a scheduled one cancels it", retractScheduled},
		subtest{"Retract/in every inbox it reached", retractEverywhere},
		subtest{"Standing/says where it stands", standings},
	)
}

func editMovesRev(w *world) {
	for _, target := range []belfry.Target{to(ann), toAll()} {
		id := w.publish(target)
		w.markIDs(ann, belfry.ActionRead, id)
		before := w.item(ann, id)
		w.clock.Step(time.Hour)
		s := w.edit(id, "new")
		if s.Status != belfry.StatusDelivered || s.Content.Title != "new" || s.ID != id {
			w.Fatalf("%+v", s)
		}
		after := w.item(ann, id)
		if contentOf(w, after).Title != "new" || after.Rev <= before.Rev {
			w.Fatalf("%+v %s", after, after.Content)
		}
		after.Content, after.Rev = before.Content, before.Rev
		sameItem(w, after, before)
		w.counted(ann, 0, 0)
	}
}

func editEverywhere(w *world) {
	id := w.publish(to(ann, bob))
	w.markIDs(ann, belfry.ActionDelete, id)
	at := w.head(bob)
	w.edit(id, "new")
	if got := w.titles(bob, belfry.ListQuery{}); got != "new" {
		w.Fatalf("bob reads %s", got)
	}
	if len(w.inbox(ann)) != 0 {
		w.Fatalf("an edit brought back what ann had deleted")
	}
	if c := w.since(bob, at); len(c.Private) != 1 || c.Private[0].Item.Rev != 2 || c.Private[0].Item.Born != 1 {
		w.Fatalf("%s", describeAll(c.Private))
	}
}

func editAfterMarkAll(w *world) {
	w.meet(bob)
	p, s := w.publish(to(ann)), w.publish(toAll())
	w.markAll(ann, belfry.ActionRead, w.head(ann))
	w.markAll(bob, belfry.ActionSeen, w.head(bob))
	w.edit(p, "new")
	w.edit(s, "new")
	w.counted(ann, 0, 0)
	w.counted(bob, 1, 0)
	w.markAll(ann, belfry.ActionArchive, w.head(ann))
	w.edit(s, "newer")
	if got := w.titles(ann, belfry.ListQuery{Filter: belfry.FilterArchived}); got != "newer new" && got != "new newer" {
		w.Fatalf("ann's archive reads %s", got)
	}
}

func editAfterFollow(w *world) {
	id := w.publish(toTopic("a"))
	w.follow("a", ann)
	at := w.head(ann)
	w.edit(id, "new")
	w.counted(ann, 0, 0)
	if len(w.inbox(ann)) != 0 {
		w.Fatalf("an edit entered the inbox of a later follower")
	}
	if c := w.since(ann, at); len(c.Shared) != 0 {
		w.Fatalf("and its log: %s", describeAll(c.Shared))
	}
	// A reader from before the follow drops the topic and takes what is in it now.
	w.publish(toTopic("a"))
	w.counted(ann, 1, 1)
}

func editRefused(w *world) {
	_, err := w.Store.Edit(ctx, belfry.NewID(w.clock.Now()), belfry.Patch{"title": []byte(`"x"`)})
	w.refused(err, belfry.CodeNotFound)
	p, s := w.publish(to(ann)), w.publish(toAll())
	w.still(ann, func() {
		for _, id := range []belfry.ID{p, s} {
			for _, wrong := range []belfry.Patch{{}, {"title": []byte(`""`)}, {"to": []byte(`{"all":true}`)}, {"title": []byte(`7`)}} {
				_, err := w.Store.Edit(ctx, id, wrong)
				w.refused(err, belfry.CodeInvalid)
			}
		}
	})
	w.retract(p)
	w.retract(s)
	w.still(ann, func() {
		for _, id := range []belfry.ID{p, s} {
			_, err := w.Store.Edit(ctx, id, belfry.Patch{"title": []byte(`"x"`)})
			w.refused(err, belfry.CodeGone)
		}
	})
}

func editScheduled(w *world) {
	w.meet(ann)
	id := w.publish(to(ann), title("old"), deliverAt(w.clock.Now().Add(time.Hour)))
	w.still(ann, func() { w.edit(id, "new") })
	later := belfry.TimeOf(w.clock.Now().Add(3 * time.Hour))
	at, err := later.MarshalJSON()
	w.ok(err)
	s, err := w.Store.Edit(ctx, id, belfry.Patch{"deliverAt": at})
	w.ok(err)
	if s.Status != belfry.StatusScheduled || s.DeliverAt != later || s.Content.Title != "new" {
		w.Fatalf("%+v", s)
	}
	w.clock.Step(2 * time.Hour)
	w.still(ann, w.sweep)
	w.clock.Step(2 * time.Hour)
	w.sweep()
	if got := w.titles(ann, belfry.ListQuery{}); got != "new" {
		w.Fatalf("the inbox reads %q", got)
	}
}

func editExpiry(w *world) {
	for _, target := range []belfry.Target{to(ann), toAll()} {
		id := w.publish(target, expiresAt(w.clock.Now().Add(time.Hour)))
		never := w.publish(target, expiresAt(w.clock.Now().Add(time.Hour)))
		later, err := belfry.TimeOf(w.clock.Now().Add(3 * time.Hour)).MarshalJSON()
		w.ok(err)
		for id, at := range map[belfry.ID][]byte{id: later, never: []byte("null")} {
			_, err = w.Store.Edit(ctx, id, belfry.Patch{"expiresAt": at})
			w.ok(err)
		}
		w.clock.Step(2 * time.Hour)
		w.still(ann, w.sweep)
		w.clock.Step(2 * time.Hour)
		w.moved(ann, count(!target.All), count(target.All), w.sweep)
		w.item(ann, never)
		w.counted(ann, 1, 1)
		w.retract(never)
	}
}

func count(b bool) belfry.Rev {
	if b {
		return 1
	}
	return 0
}

func retractRead(w *world) {
	users := []belfry.UserID{ann, bob, cat, "dan"}
	w.follow("a", users...)
	for _, target := range []belfry.Target{toAll(), toTopic("a"), to(users...)} {
		for readers := 0; readers <= len(users); readers += 2 {
			keep, id := w.publish(target), w.publish(target)
			for _, u := range users[:readers] {
				w.markIDs(u, belfry.ActionRead, id)
			}
			w.retract(id)
			for _, u := range users {
				w.counted(u, 1, 1)
			}
			for _, u := range users[:readers] { // and all again, by watermark
				w.markAll(u, belfry.ActionRead, w.head(u))
				w.counted(u, 0, 0)
			}
			w.retract(keep)
			for _, u := range users {
				w.counted(u, 0, 0)
			}
		}
	}
}

func retractTwice(w *world) {
	for _, target := range []belfry.Target{to(ann), toAll()} {
		id := w.publish(target)
		w.moved(ann, count(!target.All), count(target.All), func() {
			if s := w.retract(id); s.Status != belfry.StatusRetracted {
				w.Fatalf("%+v", s)
			}
		})
		w.still(ann, func() {
			if s := w.retract(id); s.Status != belfry.StatusRetracted {
				w.Fatalf("%+v", s)
			}
		})
		if done := w.mark(ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}}); done.Refused[id] != belfry.CodeGone {
			w.Fatalf("a mark of what is dead: %+v", done)
		}
	}
	_, err := w.Store.Retract(ctx, belfry.NewID(w.clock.Now()))
	w.refused(err, belfry.CodeNotFound)
}

func retractScheduled(w *world) {
	w.meet(ann)
	id := w.publish(to(ann), deliverAt(w.clock.Now().Add(time.Hour)))
	w.still(ann, func() {
		for range 2 {
			if s := w.retract(id); s.Status != belfry.StatusCanceled {
				w.Fatalf("%+v", s)
			}
		}
		w.clock.Step(2 * time.Hour)
		w.sweep()
	})
	if s := w.standing(id); s.Status != belfry.StatusCanceled {
		w.Fatalf("%+v", s)
	}
}

func retractEverywhere(w *world) {
	id := w.publish(to(ann, bob))
	w.markIDs(ann, belfry.ActionDelete, id)
	w.retract(id)
	w.counted(bob, 0, 0)
	if len(w.inbox(bob)) != 0 {
		w.Fatalf("bob still sees it")
	}
}

func standings(w *world) {
	_, err := w.Store.Standing(ctx, belfry.NewID(w.clock.Now()))
	w.refused(err, belfry.CodeNotFound)
	now := belfry.TimeOf(w.clock.Now())
	at := w.clock.Now().Add(time.Hour)
	for _, target := range []belfry.Target{to(ann), to(ann, bob), toAll(), toTopic("a")} {
		id := w.publish(target, title("x"), deliverAt(at))
		if s := w.standing(id); s.Status != belfry.StatusScheduled || s.DeliverAt != belfry.TimeOf(at) || !sameTarget(s.To, target) || s.CreatedAt != now || s.Content.Title != "x" {
			w.Fatalf("%+v", s)
		}
		id = w.publish(target, title("x"))
		if s := w.standing(id); s.Status != belfry.StatusDelivered || !sameTarget(s.To, target) || s.CreatedAt != now || s.DeliveredAt < now || s.ID != id {
			w.Fatalf("%+v", s)
		}
		w.retract(id)
		if s := w.standing(id); s.Status != belfry.StatusRetracted {
			w.Fatalf("%+v", s)
		}
	}
}

func sameTarget(a, b belfry.Target) bool {
	if a.All != b.All || a.Topic != b.Topic || len(a.Recipients()) != len(b.Recipients()) {
		return false
	}
	users := map[belfry.UserID]bool{}
	for _, u := range a.Recipients() {
		users[u] = true
	}
	for _, u := range b.Recipients() {
		if !a.Shared() && !users[u] {
			return false
		}
	}
	return true
}
