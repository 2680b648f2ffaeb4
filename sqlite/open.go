package sqlite

import (
	"context"

	"belfry"
	"belfry/internal/inbox"
	"belfry/internal/logs"
)

// Open implements belfry.Reader.
func (s *Store) Open(ctx context.Context, name belfry.UserID, q belfry.OpenQuery) (o belfry.Opening, err error) {
	err = s.view(ctx, name, q.Since, func(v *view) error {
		o, err = v.open(q)
		return err
	})
	return o, err
}

func (v *view) open(q belfry.OpenQuery) (o belfry.Opening, err error) {
	follows, err := v.follows()
	if err != nil {
		return o, err
	}
	if o = inbox.Opening(v.u, v.l, follows, q.Cursor); o.Resumed && !o.Complete {
		return o, nil
	}
	if o.Counts, err = v.counts(); err != nil {
		return o, err
	}
	if o.Resumed {
		o.Private, _, err = v.privateChanges(o.Cursor.P, inbox.MaxMissed)
		return o, err
	}
	o.Items, _, err = v.page(inbox.Page{Filter: q.Filter, Limit: q.Items, Start: inbox.Start}, narrow{})
	return o, err
}

// Counts implements belfry.Reader.
func (s *Store) Counts(ctx context.Context, name belfry.UserID, types []belfry.Type) (c belfry.CountsByType, err error) {
	err = s.view(ctx, name, 0, func(v *view) error {
		c.Cursor = logs.Cursor(v.u, v.l)
		if c.Counts, err = v.counts(); err != nil || len(types) == 0 {
			return err
		}
		c.Types = make(map[belfry.Type]belfry.Counts, len(types))
		for _, t := range types {
			if c.Types[t], err = v.countsOf(t); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}
