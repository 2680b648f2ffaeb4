package sqlite

import (
	"context"
	"slices"

	"belfry"
	"belfry/internal/inbox"
	"belfry/internal/logs"
)

const defaultLimit = 200 // rows in each log of Changes

// Changes implements belfry.Reader.
func (s *Store) Changes(ctx context.Context, name belfry.UserID, q belfry.ChangesQuery) (out belfry.Changes, err error) {
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	err = s.view(ctx, name, 0, func(v *view) error {
		out, err = v.changes(q)
		return err
	})
	return out, err
}

func (v *view) changes(q belfry.ChangesQuery) (out belfry.Changes, err error) {
	out.Head = logs.Cursor(v.u, v.l)
	if !v.u.Knows(q.From.Private, q.From.P) || !v.l.Knows(q.From.Shared, q.From.S) {
		out.Reset = true
		return out, nil
	}
	out.Own = v.u.Own()
	if out.Counts, err = v.counts(); err != nil {
		return out, err
	}
	if out.Shared, out.SharedTo, err = v.sharedChanges(q); err != nil {
		return out, err
	}
	if out.Private, out.PrivateTo, err = v.privateChanges(q.From.P, q.Limit); err != nil {
		return out, err
	}
	for i := range out.Private {
		f := out.Private[i].Follow
		if f == nil || !f.On {
			continue
		}
		fits, err := v.backfill(f)
		if err != nil {
			return out, err
		}
		if !fits {
			return belfry.Changes{Head: out.Head, Reset: true}, nil
		}
	}
	return out, nil
}

// privateChanges reads the rows of the private log above p: at most limit.
func (v *view) privateChanges(p belfry.Rev, limit int) ([]belfry.Change, belfry.Rev, error) {
	if p == v.u.Head {
		return nil, p, nil
	}
	var all []belfry.Change
	for _, read := range []func(belfry.Rev, int) ([]belfry.Change, error){v.itemChanges, v.receiptChanges, v.followChanges} {
		some, err := read(p, limit+1)
		if err != nil {
			return nil, p, err
		}
		all = append(all, some...)
	}
	for _, w := range v.u.Marks {
		if w.Rev > p {
			all = append(all, belfry.Change{Rev: w.Rev, Watermark: &w})
		}
	}
	if v.u.TrimRev > p {
		all = append(all, belfry.Change{Rev: v.u.TrimRev, Trim: &belfry.Trim{Born: v.u.Trim, Rev: v.u.TrimRev}})
	}
	all, to := inbox.Cut(all, limit, v.u.Head)
	return slices.DeleteFunc(all, func(c belfry.Change) bool { return c == belfry.Change{Rev: c.Rev} }), to, nil
}

// itemChanges are private items born above p, and those that changed above it.
func (v *view) itemChanges(p belfry.Rev, limit int) ([]belfry.Change, error) {
	rows, err := v.private("SELECT "+privateColumns+" FROM items WHERE uid = ? AND born > ? AND rev = born AND receipt_rev = 0 ORDER BY born LIMIT ?",
		v.u.UID, p, limit)
	if err == nil && v.u.EditRev > p {
		var changed []privateRow
		changed, err = v.private("SELECT "+privateColumns+` FROM items INDEXED BY items_changed
			WHERE uid = ? AND max(rev, receipt_rev) > ? AND max(rev, receipt_rev) <> born ORDER BY max(rev, receipt_rev) LIMIT ?`,
			v.u.UID, p, limit)
		rows = append(rows, changed...)
	}
	all := make([]belfry.Change, len(rows))
	for i := range rows {
		all[i] = belfry.Change{Rev: rows[i].rev(), Item: &rows[i].Item}
		v.u.Effective(&rows[i].Item)
	}
	return all, err
}

// receiptChanges are the receipts of shared items written above p. Those of items
// that are not in the inbox any more come as revisions without content: they
// count towards the limit and are not handed out.
func (v *view) receiptChanges(p belfry.Rev, limit int) (all []belfry.Change, err error) {
	if v.u.ReceiptRev <= p {
		return nil, nil
	}
	spans, err := v.spans()
	if err != nil {
		return nil, err
	}
	r := v.query("SELECT r.born, coalesce(s.rev, 0), coalesce(s.id, x''), coalesce(s.topic, ''), coalesce(s.dead, 1), "+receiptColumns+
		" FROM receipts r LEFT JOIN shared s ON s.born = r.born WHERE r.uid = ? AND r.rev > ? ORDER BY r.rev LIMIT ?", v.u.UID, p, limit)
	for r.next() {
		it := &belfry.Item{Shared: true}
		r.scan(append([]any{&it.Born, &it.Rev, &it.ID, &it.Topic, &it.Dead}, receiptDest(&it.Receipt)...)...)
		c := belfry.Change{Rev: it.Receipt.Rev}
		if !it.Dead && inbox.Contains(spans, it.Topic, it.Born) {
			v.u.Effective(it)
			c.Receipt = it
		}
		all = append(all, c)
	}
	return all, r.close()
}

func (v *view) followChanges(p belfry.Rev, _ int) ([]belfry.Change, error) {
	if v.u.FollowRev <= p {
		return nil, nil
	}
	rows, err := v.followRows("TRUE", p)
	all := make([]belfry.Change, len(rows))
	for i := range rows {
		rows[i].Head = v.l.Head
		all[i] = belfry.Change{Rev: rows[i].Rev, Follow: &rows[i]}
	}
	return all, err
}

// backfill gives a follow row the items that whoever passes it has to take;
// fits is false when there are too many of them.
func (v *view) backfill(f *belfry.Follow) (fits bool, err error) {
	borns, err := v.sharedBorns(nil, f.Topic, max(f.From, v.l.Trim), inbox.MaxRev, narrow{}, false, belfry.MaxBackfill+1)
	if err != nil || len(borns) > belfry.MaxBackfill {
		return false, err
	}
	for _, born := range borns {
		s, _, err := v.sharedFor(v.u.UID, born)
		if err != nil {
			return false, err
		}
		v.u.Effective(&s.Item)
		if s.Receipt.Visible() {
			f.Items = append(f.Items, s.Item)
		}
	}
	return true, nil
}
