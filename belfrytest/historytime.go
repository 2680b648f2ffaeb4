package belfrytest

import (
	"time"

	"belfry"
)

// doTime steps the clock and sweeps, reads what that did, and wants everything
// that was due to be done, and nothing else.
func (h *history) doTime() {
	h.clock.Step(pick(h, "step", []time.Duration{0, time.Minute, 10 * time.Minute, time.Hour, -time.Hour}))
	heads := h.before()
	h.sweep()
	h.sweptShared(heads[h.users[0]])
	for _, u := range h.users {
		h.sweptPrivate(u, heads[u])
	}
	now := belfry.TimeOf(h.clock.Now())
	for i := range h.notes {
		n := &h.notes[i]
		if n.due && n.draft.DeliverAt <= now {
			h.Fatalf("%s was not delivered at %s", n.id, n.draft.DeliverAt)
		}
		if at := n.draft.ExpiresAt; at != 0 && at <= now && h.alive(n.id) {
			h.Fatalf("%s did not expire at %s", n.id, at)
		}
	}
	h.each(func(u belfry.UserID, o *Oracle) {
		for id, l := range o.Items() {
			if l.Snoozed != 0 && l.Snoozed <= now {
				h.Fatalf("the snooze of %s did not end at %s", id, l.Snoozed)
			}
		}
	})
}

// sweptShared reads what a sweep did to the shared log.
func (h *history) sweptShared(before belfry.Cursor) {
	page, err := h.Store.Shared(ctx, before.S, 1000)
	h.ok(err)
	for _, row := range page.Entries {
		switch {
		case row.Item == nil:
			h.Fatalf("a sweep wrote %s", describe(row.Change))
		case row.Item.Dead:
			h.expired(row.Item.ID)
			h.each(func(_ belfry.UserID, o *Oracle) { o.Retracted(row.Item.ID) })
		default:
			h.came(row.Item.ID, h.delivered(row.Item.ID))
		}
	}
}

// sweptPrivate reads what a sweep did to a private log. A trim that a later trim
// of the same sweep replaced has left a revision and no row, and so may a hidden
// receipt.
func (h *history) sweptPrivate(u belfry.UserID, before belfry.Cursor) {
	o := h.truth[u]
	for _, row := range h.since(u, before).Private {
		h.passed(o, row.Rev-1)
		switch {
		case row.Trim != nil:
			o.Trimmed(false, row.Trim.Born)
		case row.Receipt != nil && row.Receipt.Receipt.Hidden: // of a notification that the shared log delivered
			h.passed(o, row.Rev)
		case row.Receipt != nil:
			h.returned(u, row.Receipt.ID)
		case row.Item == nil:
			h.Fatalf("a sweep wrote %s", describe(row))
		case row.Item.Dead:
			h.expired(row.Item.ID)
			o.Retracted(row.Item.ID)
		case row.Item.Born > before.P:
			o.Published(row.Item.ID, h.delivered(row.Item.ID), false)
		default:
			h.returned(u, row.Item.ID)
		}
	}
	h.passed(o, h.head(u).P)
}

// passed moves the truth to a private revision over rows that show nothing.
func (h *history) passed(o *Oracle, to belfry.Rev) {
	for o.Head.P < to {
		o.Passed()
	}
}

func (h *history) noteOf(id belfry.ID) *note {
	for i := range h.notes {
		if h.notes[i].id == id {
			return &h.notes[i]
		}
	}
	h.Fatalf("a sweep touched %s, which nobody published", id)
	return nil
}

// delivered is the draft of a scheduled notification that was due.
func (h *history) delivered(id belfry.ID) belfry.Draft {
	n := h.noteOf(id)
	if n.draft.DeliverAt == 0 || n.draft.DeliverAt > belfry.TimeOf(h.clock.Now()) {
		h.Fatalf("%s was delivered before %s", id, n.draft.DeliverAt)
	}
	n.due = false
	return n.draft
}

func (h *history) expired(id belfry.ID) {
	if at := h.noteOf(id).draft.ExpiresAt; at == 0 || at > belfry.TimeOf(h.clock.Now()) {
		h.Fatalf("%s expired before %s", id, at)
	}
}

func (h *history) returned(u belfry.UserID, id belfry.ID) {
	l := h.truth[u].lots[id]
	if l != nil && (l.Snoozed == 0 || l.Snoozed > belfry.TimeOf(h.clock.Now())) {
		h.Fatalf("%s came back before %s", id, l.Snoozed)
	}
	h.truth[u].Returned(id)
}
