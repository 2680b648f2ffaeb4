package belfrytest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"belfry"
)

func testList(t *testing.T, open Opener) {
	each(t, open, belfry.Rules{},
		subtest{"runs by deliveredAt, then id, newest first", listOrder},
		subtest{"pages of any size give the same list", listPages},
		subtest{"pages hold while the inbox grows and shrinks", listWhileChanging},
		subtest{"filters by view, type, topic and group", listFilters},
		subtest{"counts apart for each type", listCountsByType},
		subtest{"a page that is not one is refused", listBadPage},
		subtest{"carries what a reader of Changes has", listLikeChanges},
	)
}

func sortedLikeInbox(items []belfry.Item) bool {
	return slices.IsSortedFunc(items, func(a, b belfry.Item) int { return cmp.Or(cmp.Compare(b.At(), a.At()), cmp.Compare(b.ID, a.ID)) })
}

func listOrder(w *world) {
	w.follow("a", ann)
	for i, target := range []belfry.Target{to(ann), toAll(), toTopic("a"), to(ann), toAll(), to(ann)} {
		w.publish(target, title(fmt.Sprint(i)))
		w.clock.Step(time.Second)
	}
	// Published long before, delivered last: it stands on top.
	w.publish(to(ann), title("late"), deliverAt(w.clock.Now().Add(time.Hour)))
	w.clock.Step(30 * time.Minute)
	w.publish(toAll(), title("6"))
	w.clock.Step(time.Hour)
	w.sweep()
	if got := w.titles(ann, belfry.ListQuery{}); got != "late 6 5 4 3 2 1 0" {
		w.Fatalf("the inbox reads %s", got)
	}
	w.publishMany(10, toAll()) // many in a millisecond, in both logs
	w.publishMany(10, to(ann))
	if items := w.list(ann, belfry.ListQuery{}); !sortedLikeInbox(items) || len(items) != 28 {
		w.Fatalf("%d items, out of order", len(items))
	}
}

func listPages(w *world) {
	w.publishMany(12, to(ann))
	w.publishMany(11, toAll())
	w.follow("a", ann)
	w.publishMany(10, toTopic("a"))
	for _, q := range []belfry.ListQuery{{}, {Filter: belfry.FilterUnread}, {Topic: "a"}} {
		want := ids(w.list(ann, q))
		for _, n := range []int{1, 2, 7, 33, 34} {
			q.Limit = n
			if got := ids(w.list(ann, q)); !slices.Equal(got, want) {
				w.Fatalf("pages of %d give %v\nwant %v", n, got, want)
			}
		}
	}
	page, err := w.Store.List(ctx, ann, belfry.ListQuery{Limit: 33})
	w.ok(err)
	if len(page.Items) != 33 || page.Next != "" {
		w.Fatalf("the last page of %d says next %q", len(page.Items), page.Next)
	}
}

func ids(items []belfry.Item) (ids []belfry.ID) {
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

func listWhileChanging(w *world) {
	w.publishMany(10, to(ann))
	w.publishMany(10, toAll())
	all := ids(w.list(ann, belfry.ListQuery{}))
	page, err := w.Store.List(ctx, ann, belfry.ListQuery{Limit: 8})
	w.ok(err)
	w.publishMany(3, to(ann))
	w.retract(all[2])
	w.retract(all[7]) // the one the page ended with
	w.retract(all[10])
	rest := w.list(ann, belfry.ListQuery{After: page.Next, Limit: 5})
	want := slices.Delete(slices.Clone(all[8:]), 2, 3)
	if got := ids(rest); !slices.Equal(got, want) {
		w.Fatalf("the rest is %v\nwant %v", got, want)
	}
}

func listFilters(w *world) {
	w.follow("a", ann)
	w.publish(to(ann), title("p"), kind("comment"), group("g"))
	w.publish(toAll(), title("s"), kind("order"), group("g"))
	w.publish(toTopic("a"), title("t"), kind("comment"))
	read, archived, snoozed, both := w.publish(to(ann), title("r"), kind("order")), w.publish(toAll(), title("a")), w.publish(toTopic("a"), title("z")), w.publish(to(ann), title("b"))
	w.markIDs(ann, belfry.ActionRead, read)
	w.markIDs(ann, belfry.ActionArchive, archived)
	w.markIDs(ann, belfry.ActionSnooze, snoozed, both)
	w.markIDs(ann, belfry.ActionArchive, both)
	for _, s := range []struct {
		want string
		q    belfry.ListQuery
	}{
		{"p r s t", belfry.ListQuery{}},
		{"p s t", belfry.ListQuery{Filter: belfry.FilterUnread}},
		{"a b", belfry.ListQuery{Filter: belfry.FilterArchived}},
		{"z", belfry.ListQuery{Filter: belfry.FilterSnoozed}},
		{"p t", belfry.ListQuery{Types: []belfry.Type{"comment"}}},
		{"p r s t", belfry.ListQuery{Types: []belfry.Type{"comment", "order"}}},
		{"t", belfry.ListQuery{Topic: "a"}},
		{"p s", belfry.ListQuery{Group: "g"}},
		{"s", belfry.ListQuery{Group: "g", Types: []belfry.Type{"order"}, Filter: belfry.FilterUnread}},
		{"", belfry.ListQuery{Group: "g", Topic: "a"}},
		{"", belfry.ListQuery{Topic: "nowhere"}},
	} {
		for _, limit := range []int{1, 100} {
			s.q.Limit = limit
			var titles []string
			items := w.list(ann, s.q)
			for _, it := range items {
				titles = append(titles, contentOf(w, it).Title)
			}
			slices.Sort(titles)
			if got := fmt.Sprint(titles); got != "["+s.want+"]" || !sortedLikeInbox(items) {
				w.Fatalf("%+v gives %s, want %s", s.q, got, s.want)
			}
		}
	}
}

func listCountsByType(w *world) {
	w.follow("a", ann)
	for _, target := range []belfry.Target{to(ann), toAll(), toTopic("a")} {
		w.publish(target, kind("comment"))
		w.markIDs(ann, belfry.ActionSeen, w.publish(target, kind("comment")))
		w.markIDs(ann, belfry.ActionRead, w.publish(target, kind("order")))
		w.retract(w.publish(target, kind("order")))
		w.publish(target, kind("order"))
	}
	c, err := w.Store.Counts(ctx, ann, []belfry.Type{"comment", "order", "none"})
	w.ok(err)
	for kind, want := range map[belfry.Type][2]int64{"comment": {6, 3}, "order": {3, 3}, "none": {0, 0}} {
		got, ok := c.Types[kind]
		if !ok || got.Unread != want[0] || got.Unseen != want[1] {
			w.Fatalf("%s: %+v, want %v", kind, got, want)
		}
	}
	if c.Unread != 9 || c.Unseen != 6 || c.Cursor != w.head(ann) {
		w.Fatalf("%+v", c)
	}
	w.markAll(ann, belfry.ActionRead, w.head(ann))
	c, err = w.Store.Counts(ctx, ann, []belfry.Type{"comment"})
	w.ok(err)
	if c.Types["comment"].Unread != 0 || c.Unread != 0 {
		w.Fatalf("%+v", c)
	}
}

func listBadPage(w *world) {
	w.publish(to(ann))
	for _, after := range []string{"x", "0", "'; drop table items; --", "////"} {
		_, err := w.Store.List(ctx, ann, belfry.ListQuery{After: after, Limit: 1})
		w.refused(err, belfry.CodeInvalid)
	}
}

func listLikeChanges(w *world) {
	busy(w)
	read := map[belfry.ID]belfry.Item{}
	c := w.since(ann, w.start(ann))
	for _, row := range append(c.Shared, c.Private...) {
		switch {
		case row.Item != nil:
			read[row.Item.ID] = *row.Item
		case row.Follow != nil:
			for _, it := range row.Follow.Items {
				read[it.ID] = it
			}
		}
	}
	for id, it := range w.inbox(ann) {
		sameItem(w, it, read[id])
	}
}
