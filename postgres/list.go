package postgres

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
		counts, err := v.askCounts("")
		if err != nil {
			return err
		}
		if page.Items, page.Next, err = v.page(wanted, narrow{types: q.Types, group: q.Group}); err == nil {
			err = v.flush() // the page may have asked for nothing
		}
		page.Counts = *counts
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

// PrivateFresh implements inbox.Parts.
func (l *listing) PrivateFresh(below belfry.Rev) inbox.Refill {
	size := l.Chunks()
	return func() (items []belfry.Item, more bool, err error) {
		n := size()
		a := args{l.u.UID, below, n}
		rows, err := l.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND born < $2 AND NOT dead AND returned = 0"+l.narrow.where(&a)+" ORDER BY born DESC LIMIT $3", a...)
		for i := range rows {
			below = rows[i].Born
			items = l.admit(items, rows[i].Item)
		}
		return items, len(rows) == n, err
	}
}

func (l *listing) admit(items []belfry.Item, it belfry.Item) []belfry.Item {
	l.u.Effective(&it)
	if l.Filter.Admits(it.Receipt) {
		items = append(items, it)
	}
	return items
}

// PrivateReturned implements inbox.Parts.
func (l *listing) PrivateReturned(start inbox.Place) (items []belfry.Item, err error) {
	a := args{l.u.UID, start.At}
	rows, err := l.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND returned <> 0 AND returned <= $2 AND NOT dead"+l.narrow.where(&a)+" ORDER BY returned DESC", a...)
	for i := range rows {
		if start.Below(&rows[i].Item) {
			items = l.admit(items, rows[i].Item)
		}
	}
	return items, err
}
