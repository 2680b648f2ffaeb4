package postgres

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
	counts, err := v.askCounts("")
	if err != nil {
		return out, err
	}
	shared, err := v.askShared(q)
	if err != nil {
		return out, err
	}
	private, err := v.askPrivate(q.From.P, q.Limit+1)
	if err != nil {
		return out, err
	}
	if v.u.FollowRev <= q.From.P {
		v.last() // there will be nothing to backfill
	}
	if err := v.flush(); err != nil {
		return out, err
	}
	out.Counts = *counts
	out.Shared, out.SharedTo = v.sharedPage(q, *shared)
	out.Private, out.PrivateTo = v.privatePage(q, *private)
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

// askPrivate asks for the rows of the private log above p: some of each kind, in
// no order.
func (v *view) askPrivate(p belfry.Rev, limit int) (*[]belfry.Change, error) {
	all := new([]belfry.Change)
	if p == v.u.Head {
		return all, nil
	}
	v.askItems(all, p, limit)
	if v.u.ReceiptRev > p {
		spans, err := v.spans()
		if err != nil {
			return nil, err
		}
		v.askReceipts(all, spans, p, limit)
	}
	if v.u.FollowRev > p {
		v.askFollows("TRUE", p, func(f belfry.Follow) {
			f.Head = v.l.Head
			*all = append(*all, belfry.Change{Rev: f.Rev, Follow: &f})
		})
	}
	for _, w := range v.u.Marks {
		if w.Rev > p {
			*all = append(*all, belfry.Change{Rev: w.Rev, Watermark: &w})
		}
	}
	if v.u.TrimRev > p {
		*all = append(*all, belfry.Change{Rev: v.u.TrimRev, Trim: &belfry.Trim{Born: v.u.Trim, Rev: v.u.TrimRev}})
	}
	return all, nil
}

// privatePage is the page that the rows make.
func (v *view) privatePage(q belfry.ChangesQuery, all []belfry.Change) ([]belfry.Change, belfry.Rev) {
	all, to := inbox.Cut(all, q.Limit, v.u.Head)
	return slices.DeleteFunc(all, func(c belfry.Change) bool { return c == belfry.Change{Rev: c.Rev} }), to
}

// askItems asks for private items born above p, and those that changed above it.
func (v *view) askItems(all *[]belfry.Change, p belfry.Rev, limit int) {
	add := func(r *rows) {
		row := new(privateRow)
		r.scan(row.columns()...)
		v.u.Effective(&row.Item)
		*all = append(*all, belfry.Change{Rev: row.rev(), Item: &row.Item})
	}
	v.later(add, "SELECT "+privateColumns+" FROM items WHERE uid = $1 AND born > $2 AND rev = born AND receipt_rev = 0 ORDER BY born LIMIT $3",
		v.u.UID, p, limit)
	if v.u.EditRev > p {
		v.later(add, "SELECT "+privateColumns+` FROM items
			WHERE uid = $1 AND greatest(rev, receipt_rev) > $2 AND greatest(rev, receipt_rev) <> born ORDER BY greatest(rev, receipt_rev) LIMIT $3`,
			v.u.UID, p, limit)
	}
}

// askReceipts asks for the receipts of shared items written above p. Those of
// items that are not in the inbox any more come as revisions without content:
// they count towards the limit and are not handed out.
func (v *view) askReceipts(all *[]belfry.Change, spans []inbox.Span, p belfry.Rev, limit int) {
	v.later(func(r *rows) {
		it := &belfry.Item{Shared: true}
		r.scan(append([]any{&it.Born, &it.Rev, &it.ID, &it.Topic, &it.Dead}, receiptDest(&it.Receipt)...)...)
		c := belfry.Change{Rev: it.Receipt.Rev}
		if !it.Dead && inbox.Contains(spans, it.Topic, it.Born) {
			v.u.Effective(it)
			c.Receipt = it
		}
		*all = append(*all, c)
	}, "SELECT r.born, coalesce(s.rev, 0), s.id, coalesce(s.topic, ''), coalesce(s.dead, true), "+receiptColumns+
		" FROM receipts r LEFT JOIN shared s ON s.born = r.born WHERE r.uid = $1 AND r.rev > $2 ORDER BY r.rev LIMIT $3", v.u.UID, p, limit)
}

// backfill gives a follow row the items that whoever passes it has to take;
// fits is false when there are too many of them.
func (v *view) backfill(f *belfry.Follow) (fits bool, err error) {
	borns, err := v.sharedBorns(walk{spans: []inbox.Span{{Topic: f.Topic, Lo: max(f.From, v.l.Trim)}}, hi: v.l.Head}, belfry.MaxBackfill+1)
	if err != nil || len(borns) > belfry.MaxBackfill {
		return false, err
	}
	shared, err := v.sharedFor(v.u.UID, borns)
	for i := range shared {
		it := &shared[i].Item
		v.u.Effective(it)
		if it.Receipt.Visible() {
			f.Items = append(f.Items, *it)
		}
	}
	return true, err
}
