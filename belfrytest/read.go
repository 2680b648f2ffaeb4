package belfrytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"belfry"
)

var filters = []belfry.Filter{belfry.FilterInbox, belfry.FilterUnread, belfry.FilterArchived, belfry.FilterSnoozed}

// list reads a whole view by pages.
func (w *world) list(user belfry.UserID, q belfry.ListQuery) (items []belfry.Item) {
	w.Helper()
	if q.Limit == 0 {
		q.Limit = belfry.MaxItems
	}
	for range 10_000 {
		page, err := w.Store.List(ctx, user, q)
		w.ok(err)
		if len(page.Items) > q.Limit {
			w.Fatalf("a page of %d items, asked for %d", len(page.Items), q.Limit)
		}
		items = append(items, page.Items...)
		if q.After = page.Next; q.After == "" {
			return items
		}
	}
	w.Fatalf("List never ends")
	return nil
}

// inbox reads everything of a user that is visible: the inbox, what is archived
// and what is snoozed.
func (w *world) inbox(user belfry.UserID) map[belfry.ID]belfry.Item {
	w.Helper()
	all := map[belfry.ID]belfry.Item{}
	for _, f := range []belfry.Filter{belfry.FilterInbox, belfry.FilterArchived, belfry.FilterSnoozed} {
		for _, it := range w.list(user, belfry.ListQuery{Filter: f}) {
			if _, twice := all[it.ID]; twice {
				w.Fatalf("%s lists item %s twice", user, it.ID)
			}
			all[it.ID] = it
		}
	}
	return all
}

// item is one item of a user's inbox.
func (w *world) item(user belfry.UserID, id belfry.ID) belfry.Item {
	w.Helper()
	it, ok := w.inbox(user)[id]
	if !ok {
		w.Fatalf("%s does not see %s", user, id)
	}
	return it
}

// titles are the titles of a view, newest first, joined by blanks.
func (w *world) titles(user belfry.UserID, q belfry.ListQuery) string {
	w.Helper()
	var titles []string
	for _, it := range w.list(user, q) {
		titles = append(titles, contentOf(w, it).Title)
	}
	return strings.Join(titles, " ")
}

func contentOf(w *world, it belfry.Item) belfry.Content {
	w.Helper()
	c, err := belfry.DecodeContent(it.Content)
	w.ok(err)
	return c
}

// counts reads the counts in every way there is, wants them all alike and equal
// to a naive recount of the lists, and gives them.
func (w *world) counts(user belfry.UserID) belfry.Counts {
	w.Helper()
	read, err := w.Store.Counts(ctx, user, nil)
	w.ok(err)
	o, err := w.Store.Open(ctx, user, belfry.OpenQuery{})
	w.ok(err)
	u, err := w.Store.User(ctx, user)
	w.ok(err)
	page, err := w.Store.List(ctx, user, belfry.ListQuery{Limit: 1})
	w.ok(err)
	delta, err := w.Store.Changes(ctx, user, belfry.ChangesQuery{From: read.Cursor})
	w.ok(err)
	naive := w.recount(user)
	naive.Position = read.Cursor.Position
	for from, c := range map[string]belfry.Counts{"Counts": read.Counts, "Open": o.Counts, "User": u.Counts, "List": page.Counts, "Changes": delta.Counts} {
		if c != naive {
			w.Fatalf("%s counts %+v for %s, a recount of the lists %+v", from, c, user, naive)
		}
	}
	if o.Cursor != read.Cursor || page.Cursor != read.Cursor || delta.Head != read.Cursor {
		w.Fatalf("heads of %s differ: Counts %+v, Open %+v, List %+v, Changes %+v", user, read.Cursor, o.Cursor, page.Cursor, delta.Head)
	}
	return read.Counts
}

func (w *world) recount(user belfry.UserID) (c belfry.Counts) {
	w.Helper()
	for _, it := range w.list(user, belfry.ListQuery{}) {
		if it.Receipt.ReadAt != 0 {
			continue
		}
		c.Unread++
		if it.Receipt.SeenAt == 0 {
			c.Unseen++
		}
	}
	return c
}

// counted wants these counts of a user.
func (w *world) counted(user belfry.UserID, unread, unseen int64) {
	w.Helper()
	if c := w.counts(user); c.Unread != unread || c.Unseen != unseen {
		w.Fatalf("%s counts unread %d, unseen %d; want %d, %d", user, c.Unread, c.Unseen, unread, unseen)
	}
}

// head is the position of both logs as a user's cursor names it.
func (w *world) head(user belfry.UserID) belfry.Cursor {
	w.Helper()
	c, err := w.Store.Counts(ctx, user, nil)
	w.ok(err)
	return c.Cursor
}

// still runs f and wants neither log of the user to move.
func (w *world) still(user belfry.UserID, f func()) {
	w.Helper()
	before := w.head(user)
	f()
	if after := w.head(user); after != before {
		w.Fatalf("the logs of %s moved from %+v to %+v", user, before, after)
	}
}

// moved runs f and wants the logs of the user to take so many revisions.
func (w *world) moved(user belfry.UserID, p, s belfry.Rev, f func()) {
	w.Helper()
	before := w.head(user)
	f()
	after := w.head(user)
	if after.P != before.P+p || after.S != before.S+s {
		w.Fatalf("the logs of %s moved from %+v to %+v, want +%d and +%d", user, before.Position, after.Position, p, s)
	}
}

func (w *world) changes(user belfry.UserID, q belfry.ChangesQuery) belfry.Changes {
	w.Helper()
	c, err := w.Store.Changes(ctx, user, q)
	w.ok(err)
	return c
}

// since reads everything above a cursor in one page and wants no reset.
func (w *world) since(user belfry.UserID, from belfry.Cursor) belfry.Changes {
	w.Helper()
	c := w.changes(user, belfry.ChangesQuery{From: from, Limit: 1000})
	if c.Reset {
		w.Fatalf("reset at %+v, heads %+v", from, c.Head)
	}
	if c.PrivateTo != c.Head.P || c.SharedTo != c.Head.S {
		w.Fatalf("a page of 1000 rows ends at (%d,%d), heads (%d,%d)", c.PrivateTo, c.SharedTo, c.Head.P, c.Head.S)
	}
	return c
}

// start is the cursor of a user before the first revision.
func (w *world) start(user belfry.UserID) belfry.Cursor {
	w.Helper()
	c := w.head(user)
	c.Position = belfry.Position{}
	return c
}

// describe is one line of a change, for failures and comparisons.
func describe(c belfry.Change) string {
	switch {
	case c.Item != nil:
		return fmt.Sprintf("%d item %s rev %d born %d dead %v %+v %s", c.Rev, c.Item.ID, c.Item.Rev, c.Item.Born, c.Item.Dead, c.Item.Receipt, c.Item.Content)
	case c.Receipt != nil:
		return fmt.Sprintf("%d receipt %s born %d %+v", c.Rev, c.Receipt.ID, c.Receipt.Born, c.Receipt.Receipt)
	case c.Watermark != nil:
		return fmt.Sprintf("%d watermark %+v", c.Rev, *c.Watermark)
	case c.Follow != nil:
		return fmt.Sprintf("%d follow %s %v from %d with %d items at %d", c.Rev, c.Follow.Topic, c.Follow.On, c.Follow.From, len(c.Follow.Items), c.Follow.Head)
	case c.Trim != nil:
		return fmt.Sprintf("%d trim %+v", c.Rev, *c.Trim)
	}
	return fmt.Sprintf("%d nothing", c.Rev)
}

func describeAll(changes []belfry.Change) string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, describe(c))
	}
	return strings.Join(lines, "\n")
}

func sortedIDs[V any](m map[belfry.ID]V) []belfry.ID { return slices.Sorted(maps.Keys(m)) }
