package belfrytest

import (
	"fmt"

	"belfry"
)

// Snapshot begins anew from an opening of the store that was not resumed.
func (r *Replica) Snapshot(o belfry.Opening) {
	r.reset(o.Items, o.Watermarks, o.Counts)
	r.follows = map[belfry.Topic]belfry.Rev{}
	for _, f := range o.Follows {
		if f.On {
			r.follows[f.Topic] = f.From
		}
	}
	r.move(o.Cursor)
}

// Changes applies a page of the store as a session does: the shared rows, then
// the private ones as far as their barrier lets them, and the counts when both
// logs were read to their heads. An error says how the page breaks the contract.
func (r *Replica) Changes(c belfry.Changes) error {
	from := r.At.Position
	to := belfry.Cursor{Private: c.Head.Private, Shared: c.Head.Shared, Position: belfry.Position{P: from.P, S: c.SharedTo}}
	if c.SharedTo < from.S || c.PrivateTo < from.P || c.SharedTo > c.Head.S || c.PrivateTo > c.Head.P {
		return fmt.Errorf("from %+v to (%d,%d), heads %+v", from, c.PrivateTo, c.SharedTo, c.Head)
	}
	if err := inOrder(c.Shared, from.S, c.SharedTo); err != nil {
		return fmt.Errorf("shared: %w", err)
	}
	if err := inOrder(c.Private, from.P, c.PrivateTo); err != nil {
		return fmt.Errorf("private: %w", err)
	}
	for _, row := range c.Shared {
		if row.Receipt != nil || row.Watermark != nil || row.Follow != nil {
			return fmt.Errorf("a private row in the shared log: %s", describe(row))
		}
		r.change(row)
	}
	blocked := false
	for _, row := range c.Private {
		if blocked = row.Barrier() > c.SharedTo; blocked {
			break
		}
		r.change(row)
		to.P = row.Rev
	}
	if !blocked {
		to.P = c.PrivateTo
	}
	r.move(to)
	if to == c.Head {
		r.Counts = c.Counts
	}
	return nil
}

func (r *Replica) move(to belfry.Cursor) { r.At, r.Cursor = to, to.String() }

func (r *Replica) change(c belfry.Change) {
	switch {
	case c.Item != nil && (c.Item.Dead || !c.Item.Receipt.Visible()):
		r.remove(c.Item.ID)
	case c.Item != nil:
		r.arrive(*c.Item)
	case c.Receipt != nil:
		r.receipt(c.Receipt.ID, c.Receipt.Receipt)
	case c.Watermark != nil:
		r.watermark(*c.Watermark)
	case c.Follow != nil:
		r.follow(c.Follow.Topic, c.Follow.On, c.Follow.From, c.Follow.Items)
	case c.Trim != nil:
		r.trim(c.Trim.Shared, c.Trim.Born)
	}
}

// inOrder wants rows above from and up to to, in revision order, each of one
// kind and each thing once.
func inOrder(rows []belfry.Change, from, to belfry.Rev) error {
	seen := map[string]bool{}
	for _, c := range rows {
		name, kinds := identify(c)
		switch {
		case kinds != 1:
			return fmt.Errorf("a change of %d kinds at revision %d", kinds, c.Rev)
		case c.Rev <= from || c.Rev > to:
			return fmt.Errorf("revision %d after %d, page to %d", c.Rev, from, to)
		case seen[name]:
			return fmt.Errorf("%s stands there twice", name)
		case c.Item != nil && c.Item.Rev < c.Item.Born, c.Receipt != nil && c.Receipt.Rev < c.Receipt.Born:
			return fmt.Errorf("rev below born: %s", describe(c))
		}
		from, seen[name] = c.Rev, true
	}
	return nil
}

// identify names the thing that a row is the current state of.
func identify(c belfry.Change) (name string, kinds int) {
	if c.Item != nil {
		name, kinds = "item "+string(c.Item.ID), kinds+1
	}
	if c.Receipt != nil {
		name, kinds = "receipt of "+string(c.Receipt.ID), kinds+1
	}
	if c.Watermark != nil {
		name, kinds = fmt.Sprint("watermark ", c.Watermark.Kind), kinds+1
	}
	if c.Follow != nil {
		name, kinds = "follow of "+string(c.Follow.Topic), kinds+1
	}
	if c.Trim != nil {
		name, kinds = "trim", kinds+1
	}
	return name, kinds
}
