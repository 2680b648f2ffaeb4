package belfrytest

import (
	"fmt"
	"testing"
	"time"

	"belfry"
)

func testMark(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"every action, on private and shared items", everyAction},
		subtest{"what changes nothing takes no revision", markNothing},
		subtest{"read implies seen, unread keeps it", readImpliesSeen},
		subtest{"one revision a changed row", markRevisions},
		subtest{"refused ids say why, the others are marked", markRefusals},
		subtest{"nothing born after upTo", markUpTo},
		subtest{"upTo of another log is refused", markForeignUpTo},
		subtest{"a deleted item is gone for good", markDeleted},
		subtest{"archived items keep what they were", markArchived},
		subtest{"by group, entity, type and topic", markScopes},
		subtest{"by scope, at most a thousand and more", markMore},
		subtest{"a scope takes the oldest first", markOldest},
		subtest{"answers with counts and cursor after it", markAnswer},
		subtest{"of a stranger's items leaves no trace", markStranger},
		subtest{"receipts hold the time of the mark", markTimes},
	)
}

func everyAction(w *world) {
	type state struct {
		action         belfry.Action
		unread, unseen int64
		filter         belfry.Filter // where it is found, beside unread
	}
	for _, target := range []belfry.Target{to(ann), toAll()} {
		id := w.publish(target)
		for _, s := range []state{
			{belfry.ActionSeen, 1, 0, belfry.FilterInbox},
			{belfry.ActionRead, 0, 0, belfry.FilterInbox},
			{belfry.ActionUnread, 1, 0, belfry.FilterInbox},
			{belfry.ActionArchive, 0, 0, belfry.FilterArchived},
			{belfry.ActionUnarchive, 1, 0, belfry.FilterInbox},
			{belfry.ActionSnooze, 0, 0, belfry.FilterSnoozed},
			{belfry.ActionUnsnooze, 1, 1, belfry.FilterInbox},
			{belfry.ActionDelete, 0, 0, "nowhere"},
		} {
			before := w.head(ann)
			done := w.markIDs(ann, s.action, id)
			if after := w.head(ann); done.Changed != 1 || after.P != before.P+1 || after.S != before.S || done.Cursor != after {
				w.Fatalf("%s: %+v, heads %+v to %+v", s.action, done, before, after)
			}
			w.counted(ann, s.unread, s.unseen)
			for _, f := range []belfry.Filter{belfry.FilterInbox, belfry.FilterArchived, belfry.FilterSnoozed} {
				if found := len(w.list(ann, belfry.ListQuery{Filter: f})) == 1; found != (f == s.filter) {
					w.Fatalf("after %s the view %q holds it: %v", s.action, f, found)
				}
			}
			if n := len(w.list(ann, belfry.ListQuery{Filter: belfry.FilterUnread})); int64(n) != s.unread {
				w.Fatalf("after %s %d items are in the unread view, counted %d", s.action, n, s.unread)
			}
		}
	}
}

func markNothing(w *world) {
	p, s := w.publish(to(ann)), w.publish(toAll())
	w.still(ann, func() {
		for _, a := range []belfry.Action{belfry.ActionUnread, belfry.ActionUnarchive, belfry.ActionUnsnooze} {
			if done := w.markIDs(ann, a, p, s); done.Changed != 0 {
				w.Fatalf("%s of what is so: %+v", a, done)
			}
		}
	})
	for _, a := range []belfry.Action{belfry.ActionSeen, belfry.ActionRead, belfry.ActionArchive, belfry.ActionSnooze} {
		w.moved(ann, 2, 0, func() { w.markIDs(ann, a, p, s) })
		w.still(ann, func() {
			if done := w.markIDs(ann, a, p, s, p); done.Changed != 0 {
				w.Fatalf("%s again: %+v", a, done)
			}
		})
	}
	// What a watermark has read is read.
	p, s = w.publish(to(bob)), w.publish(toAll())
	w.markAll(bob, belfry.ActionRead, w.head(bob))
	w.still(bob, func() { w.markIDs(bob, belfry.ActionRead, p, s) })
	w.counted(bob, 0, 0)
}

func readImpliesSeen(w *world) {
	for _, target := range []belfry.Target{to(ann), toAll()} {
		id := w.publish(target)
		w.markIDs(ann, belfry.ActionRead, id)
		if r := w.item(ann, id).Receipt; r.SeenAt == 0 || r.ReadAt == 0 {
			w.Fatalf("%+v", r)
		}
		w.still(ann, func() { w.markIDs(ann, belfry.ActionSeen, id) })
		w.markIDs(ann, belfry.ActionUnread, id)
		if r := w.item(ann, id).Receipt; r.SeenAt == 0 || r.ReadAt != 0 {
			w.Fatalf("%+v", r)
		}
		w.retract(id)
	}
}

func markRevisions(w *world) {
	ids := append(w.publishMany(3, to(ann)), w.publishMany(3, toAll())...)
	w.markIDs(ann, belfry.ActionRead, ids[1], ids[4])
	at := w.head(ann)
	done := w.markIDs(ann, belfry.ActionRead, append(ids, ids...)...)
	c := w.since(ann, at)
	if done.Changed != 4 || c.Head.P != at.P+4 {
		w.Fatalf("four of six changed: %+v, heads %+v to %+v", done, at, c.Head)
	}
	gapless(w, "ann's log", c.Private, at.P, c.Head.P)
	for _, row := range c.Private {
		it := row.Item
		if it == nil {
			it = row.Receipt
		}
		if it == nil || it.Receipt.Rev != row.Rev {
			w.Fatalf("%s", describe(row))
		}
	}
}

func markRefusals(w *world) {
	good, shared := w.publish(to(ann)), w.publish(toAll())
	dead, deadShared := w.publish(to(ann)), w.publish(toAll())
	foreign, unfollowed := w.publish(to(bob)), w.publish(toTopic("a"))
	unknown := belfry.NewID(w.clock.Now())
	w.retract(dead)
	w.retract(deadShared)
	at := w.head(ann)
	late, lateShared := w.publish(to(ann)), w.publish(toAll())
	done := w.mark(ann, belfry.Mark{
		Action: belfry.ActionRead, UpTo: at.String(),
		IDs: []belfry.ID{dead, late, good, foreign, unknown, lateShared, deadShared, shared, unfollowed},
	})
	want := map[belfry.ID]belfry.Code{
		dead: belfry.CodeGone, deadShared: belfry.CodeGone, foreign: belfry.CodeNotFound, unknown: belfry.CodeNotFound,
		unfollowed: belfry.CodeNotFound, late: belfry.CodeConflict, lateShared: belfry.CodeConflict,
	}
	if fmt.Sprint(done.Refused) != fmt.Sprint(want) || done.Changed != 2 {
		w.Fatalf("%+v\nwant refused %v", done, want)
	}
	w.counted(ann, 2, 2)
	w.counted(bob, 3, 3)
}

func markUpTo(w *world) {
	w.publish(to(ann), group("g"))
	w.publish(toAll(), group("g"))
	at := w.head(ann)
	late, lateShared := w.publish(to(ann), group("g")), w.publish(toAll(), group("g"))
	w.mark(ann, belfry.Mark{Action: belfry.ActionRead, Group: "g", UpTo: at.String()})
	w.counted(ann, 2, 2)
	w.mark(ann, belfry.Mark{Action: belfry.ActionArchive, All: true, Type: "notification", UpTo: at.String()})
	w.counted(ann, 2, 2)
	w.item(ann, late)
	if r := w.item(ann, lateShared).Receipt; r != (belfry.Receipt{}) {
		w.Fatalf("%+v", r)
	}
}

func markForeignUpTo(w *world) {
	id := w.publish(to(ann), group("g"))
	w.publish(to(bob))
	w.publish(to(bob))
	own := w.head(ann)
	own.P += 5
	for _, at := range []belfry.Cursor{w.head(bob), {}, own} {
		for _, m := range []belfry.Mark{{IDs: []belfry.ID{id}}, {Group: "g"}, {All: true}} {
			m.Action, m.UpTo = belfry.ActionRead, at.String()
			_, err := w.Store.Mark(ctx, ann, m)
			if at == own && err == nil && m.All {
				continue // clamped to the head
			}
			if at == own && err == nil {
				w.fatalUnlessRead(ann, id)
				continue
			}
			w.refused(err, belfry.CodeInvalid)
			var e *belfry.Error
			if e, _ = err.(*belfry.Error); e == nil || len(e.Fields) != 1 || e.Fields[0].Field != "/upTo" {
				w.Fatalf("the error names no /upTo: %v", err)
			}
		}
	}
}

func (w *world) fatalUnlessRead(user belfry.UserID, id belfry.ID) {
	w.Helper()
	if w.item(user, id).Receipt.ReadAt == 0 {
		w.Fatalf("%s was not read", id)
	}
}

func markDeleted(w *world) {
	p, s := w.publish(to(ann)), w.publish(toAll())
	w.markIDs(ann, belfry.ActionDelete, p, s)
	w.still(ann, func() {
		for _, a := range []belfry.Action{belfry.ActionRead, belfry.ActionUnread, belfry.ActionUnarchive, belfry.ActionDelete} {
			w.mark(ann, belfry.Mark{Action: a, IDs: []belfry.ID{p, s}})
		}
		if done := w.mark(ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{p, s}}); done.Refused[p] != belfry.CodeNotFound || done.Refused[s] != belfry.CodeNotFound {
			w.Fatalf("%+v", done)
		}
	})
	w.edit(s, "new")
	if len(w.inbox(ann)) != 0 {
		w.Fatalf("a deleted item is seen again")
	}
	w.counted(ann, 0, 0)
}

func markArchived(w *world) {
	ids := []belfry.ID{w.publish(to(ann)), w.publish(toAll())}
	w.markIDs(ann, belfry.ActionArchive, ids...)
	w.counted(ann, 0, 0)
	w.markIDs(ann, belfry.ActionUnarchive, ids...)
	w.counted(ann, 2, 2)
	w.markIDs(ann, belfry.ActionArchive, ids...)
	w.markIDs(ann, belfry.ActionRead, ids...)
	w.markIDs(ann, belfry.ActionUnarchive, ids...)
	w.counted(ann, 0, 0)
}

func markScopes(w *world) {
	w.follow("a", ann)
	about := []option{group("g"), entity("doc", "7"), kind("comment")}
	all := map[string]belfry.Mark{
		"group":          {Group: "g"},
		"entity":         {Entity: &belfry.Entity{Type: "doc", ID: "7"}},
		"type":           {All: true, Type: "comment"},
		"topic":          {All: true, Topic: "a"},
		"group of topic": {Group: "g", Topic: "a"},
		"group of type":  {Group: "g", Type: "comment"},
	}
	for name, m := range all {
		w.markAll(ann, belfry.ActionDelete, w.head(ann))
		onlyTopic := m.Topic != ""
		hit := []belfry.ID{w.publish(toTopic("a"), about...)}
		other := []belfry.ID{w.publish(to(ann)), w.publish(toAll(), group("h"), entity("doc", "8"), kind("other"))}
		for _, target := range []belfry.Target{to(ann), toAll()} {
			id := w.publish(target, about...)
			if onlyTopic {
				other = append(other, id)
			} else {
				hit = append(hit, id)
			}
		}
		m.Action = belfry.ActionRead
		if done := w.mark(ann, m); done.Changed != len(hit) || done.More {
			w.Fatalf("by %s: %+v, want %d changed", name, done, len(hit))
		}
		for _, id := range hit {
			w.fatalUnlessRead(ann, id)
		}
		w.counted(ann, int64(len(other)), int64(len(other)))
	}
	done := w.mark(ann, belfry.Mark{Action: belfry.ActionUnread, Group: "g"})
	if done.Changed == 0 {
		w.Fatalf("a scope goes both ways: %+v", done)
	}
}

func markMore(w *world) {
	for range 11 {
		w.publishMany(100, toAll(), group("g"))
	}
	m := belfry.Mark{Action: belfry.ActionRead, Group: "g"}
	w.meet(ann)
	first := w.mark(ann, m)
	if first.Changed != belfry.MaxMarkIDs || !first.More {
		w.Fatalf("%+v", first)
	}
	w.counted(ann, 100, 100)
	if second := w.mark(ann, m); second.Changed != 100 || second.More {
		w.Fatalf("%+v", second)
	}
	w.counted(ann, 0, 0)
}

func markOldest(w *world) {
	w.meet(ann)
	for range 10 {
		w.publishMany(100, toAll(), group("g"))
	}
	last := w.publish(toAll(), group("g"))
	w.mark(ann, belfry.Mark{Action: belfry.ActionArchive, Group: "g"})
	if left := w.list(ann, belfry.ListQuery{}); len(left) != 1 || left[0].ID != last {
		w.Fatalf("%d are left, the newest is %s", len(left), last)
	}
}

func markAnswer(w *world) {
	ids := append(w.publishMany(2, to(ann)), w.publishMany(2, toAll())...)
	for _, m := range []belfry.Mark{{IDs: ids[1:3]}, {Group: "none"}, {All: true}, {All: true}} {
		m.Action = belfry.ActionRead
		done := w.mark(ann, m)
		if c := w.counts(ann); done.Counts != c || done.Cursor != w.head(ann) {
			w.Fatalf("%+v answers %+v; counts %+v, head %+v", m, done, c, w.head(ann))
		}
	}
}

func markStranger(w *world) {
	foreign, topical, scheduled := w.publish(to(bob)), w.publish(toTopic("a")), w.publish(to(ann), deliverAt(w.clock.Now().Add(time.Hour)))
	w.meet(ann)
	w.still(ann, func() {
		done := w.mark(ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{foreign, topical, scheduled}})
		for _, id := range []belfry.ID{foreign, topical, scheduled} {
			if done.Refused[id] != belfry.CodeNotFound {
				w.Fatalf("%+v", done)
			}
		}
	})
	w.follow("a", ann)
	w.counted(ann, 0, 0)
	w.counted(bob, 1, 1)
}

func markTimes(w *world) {
	ids := []belfry.ID{w.publish(to(ann)), w.publish(toAll())}
	seen := belfry.TimeOf(w.clock.Now())
	w.markIDs(ann, belfry.ActionSeen, ids...)
	w.clock.Step(time.Minute)
	read := belfry.TimeOf(w.clock.Now())
	w.markIDs(ann, belfry.ActionRead, ids...)
	w.clock.Step(time.Minute)
	archived := belfry.TimeOf(w.clock.Now())
	w.markAll(ann, belfry.ActionArchive, w.head(ann))
	for _, id := range ids {
		if r := w.item(ann, id).Receipt; r.SeenAt != seen || r.ReadAt != read || r.ArchivedAt != archived {
			w.Fatalf("%+v", r)
		}
	}
}
