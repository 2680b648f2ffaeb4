package belfrytest

import (
	"slices"

	"belfry"
)

// cure is one thing without which the delivery would be wrong in some schedule
// (SEMANTICS; the number is its item). Each can be switched off from outside the
// store and the hub, to prove that the model finds it missing. The barrier of
// item 6 is not among them: this hub joins every row that it reads from the store
// with its receipt, and reads until it is caught up, so that a receipt which
// comes too early is said again with its item. TestStore holds Change.Barrier.
type cure string

const (
	cureNone     cure = ""
	cureBorn     cure = "1: born is not rev"
	cureBackfill cure = "2: a follow brings its items"
	cureAt       cure = "4: counts are of the position they are sent at"
	cureUpTo     cure = "5: mark-all reaches what its user was shown"
	cureJoin     cure = "6: what is no pure creation carries its receipt"
	cureDead     cure = "9: the dead stay in the log"
	cureOneRev   cure = "12: one revision a changed row"
	cureHeads    cure = "16: a lost ring is found by the heads"
)

// spoil takes a cure away from what the store answers a hub.
func (off cure) spoil(store belfry.Store, user belfry.UserID, c *belfry.Changes) error {
	switch off {
	case cureAt:
		now, err := store.Counts(ctx, user, nil)
		if err != nil {
			return err
		}
		now.Counts.Position = c.Counts.Position
		c.Counts = now.Counts
	case cureOneRev: // a page that ends inside a change says that it has all of it
		if len(c.Private) > 1 {
			c.Private = c.Private[:len(c.Private)-1]
		}
	}
	for i := range c.Shared {
		off.spoilShared(&c.Shared[i])
	}
	for i := range c.Private {
		off.spoilPrivate(&c.Private[i])
	}
	if off == cureDead {
		dead := func(c belfry.Change) bool { return c.Item != nil && c.Item.Dead }
		c.Shared, c.Private = slices.DeleteFunc(c.Shared, dead), slices.DeleteFunc(c.Private, dead)
	}
	return nil
}

func (off cure) spoilShared(c *belfry.Change) {
	if c.Item == nil {
		return
	}
	switch off {
	case cureBorn:
		c.Item.Born = c.Item.Rev
	case cureJoin:
		c.Item.Receipt = belfry.Receipt{}
	}
}

func (off cure) spoilPrivate(c *belfry.Change) {
	if off == cureBackfill && c.Follow != nil {
		c.Follow.Items = nil
	}
}
