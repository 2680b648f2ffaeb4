package postgres

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
	if o = inbox.Opening(v.u, v.l, follows, q.Cursor); o.Resumed {
		return o, v.missed(&o)
	}
	counts, err := v.askCounts("")
	if err != nil {
		return o, err
	}
	wanted := inbox.Page{Filter: q.Filter, Limit: q.Items, Start: inbox.Start}
	if o.Items, _, err = v.page(wanted, narrow{}); err == nil {
		err = v.flush() // the page may have asked for nothing
	}
	o.Counts = *counts
	return o, err
}

// missed makes a resumed opening complete, if it can be.
func (v *view) missed(o *belfry.Opening) error {
	if !o.Complete {
		return nil
	}
	counts, err := v.askCounts("")
	if err != nil {
		return err
	}
	private, err := v.askPrivate(o.Cursor.P, inbox.MaxMissed)
	if err != nil {
		return err
	}
	v.last()
	if err := v.flush(); err != nil {
		return err
	}
	o.Counts = *counts
	o.Private, _ = v.privatePage(belfry.ChangesQuery{Limit: inbox.MaxMissed}, *private)
	return nil
}

// Counts implements belfry.Reader.
func (s *Store) Counts(ctx context.Context, name belfry.UserID, types []belfry.Type) (c belfry.CountsByType, err error) {
	err = s.view(ctx, name, 0, func(v *view) error {
		c.Cursor = logs.Cursor(v.u, v.l)
		sum, err := v.askCounts("")
		if err != nil {
			return err
		}
		of := map[belfry.Type]*belfry.Counts{}
		for _, t := range types {
			if of[t], err = v.askCounts(t); err != nil {
				return err
			}
		}
		v.last()
		if err := v.flush(); err != nil {
			return err
		}
		c.Counts, c.Types = *sum, make(map[belfry.Type]belfry.Counts, len(types))
		for t, counts := range of {
			c.Types[t] = *counts
		}
		return nil
	})
	return c, err
}
