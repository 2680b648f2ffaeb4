package postgres

import (
	"context"
	"maps"

	"belfry"
	"belfry/internal/inbox"
	"belfry/internal/logs"
)

// Mark implements belfry.Writer.
func (s *Store) Mark(ctx context.Context, name belfry.UserID, m belfry.Mark) (belfry.Marked, error) {
	mk, err := doOne(ctx, s, needs{users: []belfry.UserID{name}}, func(t *tx) (*marking, error) {
		u, err := t.user(name)
		if err != nil {
			return nil, err
		}
		return t.mark(u, &m)
	})
	if err != nil {
		return belfry.Marked{}, err
	}
	mk.out.Counts = *mk.counts
	return mk.out, nil
}

// marking is one mark on its way: what the closed parts of it need to know.
type marking struct {
	*tx
	*belfry.Mark
	v      *view
	spans  []inbox.Span
	upTo   belfry.Position
	out    belfry.Marked
	counts *belfry.Counts // after it; they come with the commit
}

func (t *tx) mark(u *logs.User, m *belfry.Mark) (*marking, error) {
	mk := &marking{tx: t, Mark: m, v: t.view(u)}
	var err error
	if mk.upTo, err = inbox.Horizon(u, &t.shared, m.UpTo); err != nil {
		return nil, err
	}
	if mk.spans, err = mk.v.spans(); err != nil {
		return nil, err
	}
	kind, _ := m.Action.Watermark()
	switch {
	case m.All && !m.Scoped():
		err = mk.all(kind)
	case m.Scoped():
		err = mk.scoped()
	default:
		err = mk.each()
	}
	if err != nil {
		return nil, err
	}
	mk.out.Cursor = logs.Cursor(u, &t.shared)
	mk.counts, err = mk.v.askCounts("")
	return mk, err
}

// each marks the ids of the mark, in order.
func (mk *marking) each() error {
	items, err := mk.v.items(mk.spans, mk.IDs)
	if err != nil {
		return err
	}
	for _, id := range mk.IDs {
		it := items[id]
		code := inbox.Refusal(it, mk.upTo)
		if code == "" {
			mk.apply(it)
			continue
		}
		if mk.out.Refused == nil {
			mk.out.Refused = map[belfry.ID]belfry.Code{}
		}
		mk.out.Refused[id] = code
	}
	return nil
}

// items finds items of the inbox by their IDs, with their effective receipts.
func (v *view) items(spans []inbox.Span, ids []belfry.ID) (map[belfry.ID]*belfry.Item, error) {
	shared, own := map[belfry.ID]*belfry.Item{}, map[belfry.ID]*belfry.Item{}
	v.later(func(r *rows) {
		var s sharedRow
		r.scan(append(s.columns(), receiptDest(&s.Receipt)...)...)
		if inbox.Contains(spans, s.Topic, s.Born) {
			shared[s.ID] = &s.Item
		}
	}, "SELECT "+sharedColumns+", "+receiptOrNone+" FROM shared s"+joinReceipts+"WHERE s.id = ANY($2)", v.u.UID, ids)
	v.later(func(r *rows) {
		var p privateRow
		r.scan(p.columns()...)
		own[p.ID] = &p.Item
	}, "SELECT "+privateColumns+" FROM items WHERE id = ANY($1) AND uid = $2", ids, v.u.UID)
	if err := v.flush(); err != nil {
		return nil, err
	}
	maps.Copy(shared, own)
	for _, it := range shared {
		v.u.Effective(it)
	}
	return shared, nil
}

// apply does the mark's action to one item of the inbox.
func (mk *marking) apply(it *belfry.Item) {
	at := mk.now
	if mk.Action == belfry.ActionUnsnooze && it.Receipt.SnoozedUntil != 0 {
		at = mk.v.u.NextAt(mk.now)
	}
	after, changed := mk.Action.Apply(it.Receipt, at, mk.Until)
	if changed {
		mk.out.Changed++
		mk.putMark(mk.v.u, it, after)
	}
}

// putMark writes what an item's receipt has become, under the user's next
// revision, and keeps counts and due things in step.
func (t *tx) putMark(u *logs.User, it *belfry.Item, after belfry.Receipt) {
	before := it.Receipt
	if after.SnoozedUntil != 0 && after.SnoozedUntil != before.SnoozedUntil {
		t.addDue(after.SnoozedUntil, logs.DueReturn, it.ID, u.UID)
	}
	if it.Shared {
		t.putReceipt(u, it.Born, after)
	} else {
		u.EditRev = t.Next(u)
		t.exec("UPDATE items SET receipt_rev=$3, seen=$4, read=$5, archived=$6, snoozed=$7, deleted=$8, returned=$9 WHERE uid=$1 AND born=$2",
			u.UID, it.Born, u.EditRev, after.SeenAt, after.ReadAt, after.ArchivedAt, after.SnoozedUntil, after.DeletedAt, after.At)
		u.Count(-1, before)
		u.Count(+1, after)
	}
	if after.At != before.At {
		u.ReturnRev = u.Head
	}
	it.Receipt = after
	it.Receipt.Rev = u.Head
}
