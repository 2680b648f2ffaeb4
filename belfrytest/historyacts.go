package belfrytest

import (
	"fmt"
	"slices"
	"time"

	"belfry"

	"pgregory.net/rapid"
)

// The acts of a history: each does something to the store and says to the oracle
// what it was. Where the contract leaves an order open (which of several marked
// items takes which revision, what a sweep does first) the order is read from
// the log, and nothing else is.

func (h *history) draft(private bool) belfry.Draft {
	h.titles++
	h.clock.Step(time.Millisecond) // ids in the order of their publication
	options := []option{title(fmt.Sprint("n", h.titles)), kind(pick(h, "type", []belfry.Type{"x", "y"}))}
	if k := pick(h, "key", []string{"", "", "", "k"}); k != "" {
		options = append(options, collapse(k+string(h.users[0])))
	} else {
		options = append(options, group(pick(h, "group", append(h.groups, ""))))
	}
	if private {
		return draft(to(pick(h, "to", h.users)), options...)
	}
	target := pick(h, "to", []belfry.Target{toTopic(h.topics[0]), toTopic(h.topics[1]), toAll(), to(h.users...)})
	if target.Shared() && pick(h, "except", []bool{false, false, true}) {
		options = append(options, except(h.user()))
	}
	return draft(target, options...)
}

func (h *history) doPublish(private bool) {
	d := h.draft(private)
	if d.CollapseKey == "" && pick(h, "expires", []bool{false, false, true}) {
		d.ExpiresAt = belfry.TimeOf(h.clock.Now().Add(20 * time.Minute))
	}
	heads := h.before()
	r := h.append(d)[0]
	h.ok(r.Err)
	h.notes = append(h.notes, note{id: r.ID, draft: d})
	h.came(r.ID, d)
	for _, u := range d.Except {
		h.truth[u].Passed()
	}
	h.trimmed(heads)
}

// came tells the oracles of a notification that entered the logs.
func (h *history) came(id belfry.ID, d belfry.Draft) {
	h.each(func(u belfry.UserID, o *Oracle) {
		if d.To.Shared() || slices.Contains(d.To.Recipients(), u) {
			o.Published(id, d, slices.Contains(d.Except, u))
		}
	})
}

// trimmed tells the oracles of the trims that an append brought with it.
func (h *history) trimmed(heads map[belfry.UserID]belfry.Cursor) {
	h.each(func(u belfry.UserID, o *Oracle) {
		for _, row := range h.since(u, heads[u]).Private {
			if row.Trim != nil {
				o.Trimmed(false, row.Trim.Born)
			}
		}
	})
}

func (h *history) doSchedule() {
	d := h.draft(rapid.Bool().Draw(h.rt, "private"))
	d.CollapseKey = ""
	d.DeliverAt = belfry.TimeOf(h.clock.Now().Add(pick(h, "delay", []time.Duration{time.Minute, 20 * time.Minute})))
	r := h.append(d)[0]
	h.ok(r.Err)
	if r.Status != belfry.StatusScheduled {
		h.Fatalf("%+v", r)
	}
	h.notes = append(h.notes, note{id: r.ID, draft: d, due: true})
}

func (h *history) note() *note {
	return &h.notes[pick(h, "notification", indexes(len(h.notes)))]
}

func indexes(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}

func (h *history) alive(id belfry.ID) (alive bool) {
	h.each(func(_ belfry.UserID, o *Oracle) { alive = alive || o.Alive(id) })
	return alive
}

func (h *history) doEdit() {
	n := h.note()
	h.titles++
	name := fmt.Sprint("n", h.titles)
	s, err := h.Store.Edit(ctx, n.id, belfry.Patch{"title": []byte(`"` + name + `"`)})
	switch {
	case n.due:
		h.ok(err)
		n.draft.Title = name
	case !h.alive(n.id):
		h.refused(err, belfry.CodeGone)
	default:
		h.ok(err)
		if s.Content.Title != name {
			h.Fatalf("%+v", s)
		}
		h.each(func(_ belfry.UserID, o *Oracle) { o.Edited(n.id, name) })
	}
}

func (h *history) doRetract() {
	n := h.note()
	s, err := h.Store.Retract(ctx, n.id)
	h.ok(err)
	if n.due != (s.Status == belfry.StatusCanceled) && n.due {
		h.Fatalf("%+v", s)
	}
	n.due = false
	h.each(func(_ belfry.UserID, o *Oracle) { o.Retracted(n.id) })
}

func (h *history) doMark() {
	u := h.user()
	ids := h.items(u)
	action := pick(h, "action", []belfry.Action{
		belfry.ActionSeen, belfry.ActionRead, belfry.ActionRead, belfry.ActionUnread,
		belfry.ActionArchive, belfry.ActionUnarchive, belfry.ActionUnsnooze, belfry.ActionDelete,
	})
	h.marks(u, ids, belfry.Mark{Action: action})
}

func (h *history) doSnooze() {
	u := h.user()
	until := belfry.TimeOf(h.clock.Now().Add(pick(h, "for", []time.Duration{time.Minute, 20 * time.Minute})))
	h.marks(u, h.items(u), belfry.Mark{Action: belfry.ActionSnooze, Until: until})
}

// marks marks named items. What has a collapse key or an end is left out where
// the contract leaves open which of two rows of a key is meant, or which of two
// changes of one sweep comes first.
func (h *history) marks(u belfry.UserID, ids []belfry.ID, m belfry.Mark) {
	o := h.truth[u]
	goesBack := m.Action == belfry.ActionUnread || m.Action == belfry.ActionSnooze || m.Action == belfry.ActionUnsnooze
	for _, id := range ids {
		l := o.lots[id]
		if l != nil && l.collapse != "" && goesBack || m.Action == belfry.ActionSnooze && h.expires(id) != 0 {
			continue
		}
		m.IDs = append(m.IDs, id)
	}
	if len(m.IDs) == 0 {
		h.rt.SkipNow()
	}
	cursor, upTo := h.upTo(u)
	m.UpTo = textOf(cursor)
	within := h.within(u, m.IDs, upTo)
	h.marked(u, m, within, func(done belfry.Marked) {
		for _, id := range m.IDs {
			l := o.lots[id]
			in, late := l != nil && l.in, l != nil && l.in && l.Born > edge(upTo, l.Shared)
			if code, refused := done.Refused[id]; refused != (!in || late) || late != (code == belfry.CodeConflict) {
				h.Fatalf("%s was refused %q, is there %v, late %v", id, code, in, late)
			}
		}
	})
}

func (h *history) expires(id belfry.ID) belfry.Time {
	for _, n := range h.notes {
		if n.id == id {
			return n.draft.ExpiresAt
		}
	}
	return 0
}

func (h *history) within(u belfry.UserID, ids []belfry.ID, upTo belfry.Position) (within []belfry.ID) {
	for _, id := range ids {
		if l := h.truth[u].lots[id]; l != nil && l.Born <= edge(upTo, l.Shared) {
			within = append(within, id)
		}
	}
	return within
}

// marked performs a mark that names these items, and wants one revision for each
// that it changes and none for any other.
func (h *history) marked(u belfry.UserID, m belfry.Mark, ids []belfry.ID, answer func(belfry.Marked)) {
	o := h.truth[u]
	would := o.Would(ids, m.Action, m.Until)
	before := h.head(u)
	done := h.mark(u, m)
	answer(done)
	revs := map[belfry.ID]belfry.Rev{}
	for _, row := range h.since(u, before).Private {
		switch {
		case row.Item != nil:
			revs[row.Item.ID] = row.Rev
		case row.Receipt != nil:
			revs[row.Receipt.ID] = row.Rev
		}
	}
	if !sameSet(revs, would) || done.Changed != len(would) || done.More {
		h.Fatalf("%+v changed %v (%d), the oracle says %v", m, revs, done.Changed, would)
	}
	o.Marked(revs, m.Action, m.Until)
	if c := o.Counts(); done.Counts != c {
		h.Fatalf("%+v answers %+v, the oracle %+v", m, done.Counts, c)
	}
}

func (h *history) doMarkAll() {
	u := h.user()
	o := h.truth[u]
	cursor, upTo := h.upTo(u)
	a := pick(h, "action", []belfry.Action{belfry.ActionSeen, belfry.ActionRead, belfry.ActionRead, belfry.ActionArchive, belfry.ActionDelete})
	would := o.WouldAll(a, upTo)
	done := h.mark(u, belfry.Mark{Action: a, All: true, UpTo: textOf(cursor)})
	// A later "seen" may date anew what a "read" had seen: that is a row, though no
	// reader shows it.
	dates := would == 0 && a == belfry.ActionSeen
	if done.Changed > 1 || !dates && (done.Changed == 1) != (would > 0) {
		h.Fatalf("%s all up to %+v changed %d rows, the oracle says %d items:\n%s", a, upTo, done.Changed, would, o)
	}
	if done.Changed > 0 {
		o.MarkedAll(a, upTo)
	}
	if c := o.Counts(); done.Counts != c {
		h.Fatalf("%s all answers %+v, the oracle %+v", a, done.Counts, c)
	}
}

func (h *history) doMarkScope() {
	u := h.user()
	m := pick(h, "scope", []belfry.Mark{
		{Group: h.groups[0]}, {Group: h.groups[1], Type: "x"}, {All: true, Type: "y"}, {All: true, Topic: h.topics[0]}, {Group: h.groups[0], Topic: h.topics[1]},
	})
	m.Action = belfry.ActionUnread
	if m.All || rapid.Bool().Draw(h.rt, "read") {
		m.Action = pick(h, "action", []belfry.Action{belfry.ActionRead, belfry.ActionArchive, belfry.ActionSeen})
	}
	cursor, upTo := h.upTo(u)
	m.UpTo = textOf(cursor)
	h.marked(u, m, h.truth[u].Scope(m, upTo), func(done belfry.Marked) {
		if len(done.Refused) != 0 {
			h.Fatalf("a scope refuses: %+v", done)
		}
	})
}
