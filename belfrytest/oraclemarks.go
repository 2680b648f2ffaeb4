package belfrytest

import (
	"belfry"
)

// Would gives those of the items that an action says anything new about. What is
// not in the inbox is left alone.
func (o *Oracle) Would(ids []belfry.ID, a belfry.Action, until belfry.Time) map[belfry.ID]bool {
	changed := map[belfry.ID]bool{}
	for _, id := range ids {
		if l := o.lots[id]; l != nil && l.in && l.would(a, until) {
			changed[id] = true
		}
	}
	return changed
}

// Marked applies an action to items, each at the private revision that the
// store gave it: one a changed item.
func (o *Oracle) Marked(revs map[belfry.ID]belfry.Rev, a belfry.Action, until belfry.Time) {
	if len(revs) == 0 {
		return
	}
	o.act(false, belfry.Rev(len(revs)), func(o *Oracle) {
		for id, rev := range revs {
			if l := o.lots[id]; l != nil {
				l.apply(a, until)
				l.marked = rev
			}
		}
	})
}

// Returned is the end of a snooze by the clock.
func (o *Oracle) Returned(id belfry.ID) {
	o.Marked(map[belfry.ID]belfry.Rev{id: o.Head.P + 1}, belfry.ActionUnsnooze, 0)
}

// WouldAll is how many items a mark of everything up to a position would change.
func (o *Oracle) WouldAll(a belfry.Action, upTo belfry.Position) int {
	return len(o.reach(a, upTo))
}

// MarkedAll applies an action to everything born up to a position that no later
// single mark has touched. It is one row.
func (o *Oracle) MarkedAll(a belfry.Action, upTo belfry.Position) {
	o.act(false, 1, func(o *Oracle) {
		for _, l := range o.reach(a, upTo) {
			l.apply(a, 0)
		}
	})
}

func (o *Oracle) reach(a belfry.Action, upTo belfry.Position) (met []*lot) {
	for _, l := range o.lots {
		if l.in && l.Born <= edge(upTo, l.Shared) && l.marked <= upTo.P && l.would(a, 0) {
			met = append(met, l)
		}
	}
	return met
}

// Scope gives the items that a mark of a group, type or topic names, in no order.
func (o *Oracle) Scope(m belfry.Mark, upTo belfry.Position) (ids []belfry.ID) {
	for id, l := range o.lots {
		if l.in && l.Born <= edge(upTo, l.Shared) && (m.Group == "" || l.Group == m.Group) &&
			(m.Topic == "" || l.Topic == m.Topic) && (m.Type == "" || l.Type == m.Type) {
			ids = append(ids, id)
		}
	}
	return ids
}

func edge(at belfry.Position, shared bool) belfry.Rev {
	if shared {
		return at.S
	}
	return at.P
}

// would says whether an action says anything new about the item.
func (l *lot) would(a belfry.Action, until belfry.Time) bool {
	after := *l
	after.apply(a, until)
	return after != *l
}

func (l *lot) apply(a belfry.Action, until belfry.Time) {
	switch a {
	case belfry.ActionSeen:
		l.Seen = true
	case belfry.ActionRead:
		l.Seen, l.Read = true, true
	case belfry.ActionUnread:
		l.Read = false
	case belfry.ActionArchive:
		l.Archived = true
	case belfry.ActionUnarchive:
		l.Archived = false
	case belfry.ActionSnooze:
		l.Snoozed = until
	case belfry.ActionUnsnooze:
		if l.Snoozed != 0 {
			l.Snoozed, l.Seen, l.Read = 0, false, false
		}
	case belfry.ActionDelete:
		l.in = false
	}
}
