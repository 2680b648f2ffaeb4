package sqlite

import (
	"context"

	"belfry"
	"belfry/internal/inbox"
	"belfry/internal/logs"
)

// List implements belfry.Reader.
func (s *Store) List(ctx context.Context, name belfry.UserID, q belfry.ListQuery) (page belfry.List, err error) {
	after, err := inbox.ParsePlace(q.After)
	if err != nil {
		return page, err
	}
	err = s.view(ctx, name, 0, func(v *view) error {
		wanted := inbox.Page{Filter: q.Filter, Topic: q.Topic, Limit: q.Limit, Start: after}
		page.Cursor = logs.Cursor(v.u, v.l)
		if page.Counts, err = v.counts(); err != nil {
			return err
		}
		page.Items, page.Next, err = v.page(wanted, narrow{types: q.Types, group: q.Group})
		return err
	})
	return page, err
}

// listing is one page on its way, and reads its parts.
type listing struct {
	*view
	inbox.Page
	narrow narrow
}

var _ inbox.Parts = (*listing)(nil)

// page reads a page of the inbox, of what n admits.
func (v *view) page(p inbox.Page, n narrow) (items []belfry.Item, next string, err error) {
	p.User, p.Shared = v.u, v.l
	if p.Spans, err = v.spans(); err != nil {
		return nil, "", err
	}
	l := &listing{v, p, n}
	return l.Read(l)
}

// freshColumns are those of an item that is alive and never came back from a
// snooze: every connect reads a page of them.
const freshColumns = `born, rev, id, at, created, receipt_rev, seen, read, archived, snoozed, deleted, content`

// PrivateFresh implements inbox.Parts.
func (l *listing) PrivateFresh(below belfry.Rev) inbox.Refill {
	size := l.Chunks()
	cond, args := l.narrow.where()
	return func() (items []belfry.Item, more bool, err error) {
		n, read := size(), 0
		var it belfry.Item
		dest := []any{&it.Born, &it.Rev, &it.ID, &it.DeliveredAt, &it.CreatedAt, &it.Receipt.Rev,
			&it.Receipt.SeenAt, &it.Receipt.ReadAt, &it.Receipt.ArchivedAt, &it.Receipt.SnoozedUntil, &it.Receipt.DeletedAt, &it.Content}
		r := l.query("SELECT "+freshColumns+" FROM items WHERE uid = ? AND born < ? AND dead = 0 AND returned = 0"+cond+" ORDER BY born DESC LIMIT ?",
			append(append([]any{l.u.UID, below}, args...), n)...)
		for ; r.next(); read++ {
			r.scan(dest...)
			below = it.Born
			items = l.admit(items, &it)
		}
		return items, read == n, r.close()
	}
}

// admit appends an item that the filter admits, with its effective receipt.
func (l *listing) admit(items []belfry.Item, it *belfry.Item) []belfry.Item {
	l.u.Effective(it)
	if !l.Filter.Admits(it.Receipt) {
		return items
	}
	if items == nil {
		items = make([]belfry.Item, 0, l.Limit+1)
	}
	return append(items, *it)
}

// PrivateReturned implements inbox.Parts.
func (l *listing) PrivateReturned(start inbox.Place) (items []belfry.Item, err error) {
	cond, args := l.narrow.where()
	rows, err := l.private("SELECT "+privateColumns+" FROM items WHERE uid = ? AND returned <> 0 AND returned <= ? AND dead = 0"+cond+" ORDER BY returned DESC",
		append([]any{l.u.UID, start.At}, args...)...)
	for i := range rows {
		if start.Below(&rows[i].Item) {
			items = l.admit(items, &rows[i].Item)
		}
	}
	return items, err
}
