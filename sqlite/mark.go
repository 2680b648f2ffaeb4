package sqlite

import (
	"context"

	"belfry"
	"belfry/internal/inbox"
	"belfry/internal/logs"
)

// Mark implements belfry.Writer.
func (s *Store) Mark(ctx context.Context, name belfry.UserID, m belfry.Mark) (belfry.Marked, error) {
	return doOne(ctx, s.writer, func(t *tx) (belfry.Marked, error) {
		u, err := t.user(name)
		if err != nil {
			return belfry.Marked{}, err
		}
		return t.mark(u, &m)
	})
}

// marking is one mark on its way: what the closed parts of it need to know.
type marking struct {
	*tx
	*belfry.Mark
	v     *view
	spans []inbox.Span
	upTo  belfry.Position
	out   belfry.Marked
}

func (t *tx) mark(u *logs.User, m *belfry.Mark) (belfry.Marked, error) {
	mk := &marking{tx: t, Mark: m, v: t.view(u)}
	var err error
	if mk.upTo, err = inbox.Horizon(u, &t.shared, m.UpTo); err != nil {
		return mk.out, err
	}
	if mk.spans, err = mk.v.spans(); err != nil {
		return mk.out, err
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
		return mk.out, err
	}
	mk.out.Counts, err = mk.v.counts()
	mk.out.Cursor = logs.Cursor(u, &t.shared)
	return mk.out, err
}

// each marks the ids of the mark, in order.
func (mk *marking) each() error {
	for _, id := range mk.IDs {
		it, err := mk.v.item(mk.spans, id)
		if err != nil {
			return err
		}
		code := inbox.Refusal(it, mk.upTo)
		if code == "" {
			if err := mk.apply(it); err != nil {
				return err
			}
			continue
		}
		if mk.out.Refused == nil {
			mk.out.Refused = map[belfry.ID]belfry.Code{}
		}
		mk.out.Refused[id] = code
	}
	return nil
}

// item finds an item of the inbox by its ID, with its effective receipt; nil when
// there is none.
func (v *view) item(spans []inbox.Span, id belfry.ID) (*belfry.Item, error) {
	own, err := v.private("SELECT "+privateColumns+" FROM items WHERE id = ? AND uid = ?", id, v.u.UID)
	if err != nil {
		return nil, err
	}
	if len(own) > 0 {
		v.u.Effective(&own[0].Item)
		return &own[0].Item, nil
	}
	var born belfry.Rev
	if found, err := v.one("SELECT born FROM shared WHERE id = ?", []any{id}, &born); !found || err != nil {
		return nil, err
	}
	s, found, err := v.sharedFor(v.u.UID, born)
	if err != nil || !found || !inbox.Contains(spans, s.Topic, born) {
		return nil, err
	}
	v.u.Effective(&s.Item)
	return &s.Item, nil
}

// apply does the mark's action to one item of the inbox.
func (mk *marking) apply(it *belfry.Item) error {
	at := mk.now
	if mk.Action == belfry.ActionUnsnooze && it.Receipt.SnoozedUntil != 0 {
		at = mk.v.u.NextAt(mk.now)
	}
	after, changed := mk.Action.Apply(it.Receipt, at, mk.Until)
	if !changed {
		return nil
	}
	mk.out.Changed++
	return mk.putMark(mk.v.u, it, after)
}

// putMark writes what an item's receipt has become, under the user's next
// revision, and keeps counts and due things in step.
func (t *tx) putMark(u *logs.User, it *belfry.Item, after belfry.Receipt) error {
	before := it.Receipt
	if after.SnoozedUntil != 0 && after.SnoozedUntil != before.SnoozedUntil {
		if err := t.addDue(after.SnoozedUntil, logs.DueReturn, it.ID, u.UID); err != nil {
			return err
		}
	}
	if it.Shared {
		if err := t.putReceipt(u, it.Born, after); err != nil {
			return err
		}
	} else {
		u.EditRev = t.Next(u)
		err := t.exec("UPDATE items SET receipt_rev=?, seen=?, read=?, archived=?, snoozed=?, deleted=?, returned=? WHERE uid=? AND born=?",
			u.EditRev, after.SeenAt, after.ReadAt, after.ArchivedAt, after.SnoozedUntil, after.DeletedAt, after.At, u.UID, it.Born)
		if err != nil {
			return err
		}
		u.Count(-1, before)
		u.Count(+1, after)
	}
	if after.At != before.At {
		u.ReturnRev = u.Head
	}
	return nil
}
