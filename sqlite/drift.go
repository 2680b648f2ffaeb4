package sqlite

import (
	"context"
	"math/rand/v2"

	"belfry"
	"belfry/internal/inbox"
)

// CountDrift recounts some users' inboxes by walking them and adds up how far
// the counts that readers are given are off. Anything but 0 is a defect.
func (s *Store) CountDrift(ctx context.Context, sample int) (drift int64, err error) {
	var last int64
	err = s.read(ctx, func(c conn) error {
		_, err := c.one("SELECT coalesce(max(uid), 0) FROM users", nil, &last)
		return err
	})
	for i := 0; i < sample && last > 0 && err == nil; i++ {
		err = s.snapshot(ctx, func(c conn) error {
			n, err := c.driftAt(rand.Int64N(last))
			drift += n
			return err
		})
	}
	return drift, err
}

// driftAt recounts the first user above a uid.
func (c conn) driftAt(uid int64) (int64, error) {
	var name belfry.UserID
	if found, err := c.one("SELECT name FROM users WHERE uid > ? ORDER BY uid LIMIT 1", []any{uid}, &name); !found || err != nil {
		return 0, err
	}
	v, err := c.view(name)
	if err != nil {
		return 0, err
	}
	told, err := v.counts()
	if err != nil {
		return 0, err
	}
	walked, err := v.walk()
	return abs(told.Unread-walked.Unread) + abs(told.Unseen-walked.Unseen), err
}

// walk counts the inbox item by item.
func (v *view) walk() (sum belfry.Counts, err error) {
	add := func(it *belfry.Item) {
		v.u.Effective(it)
		unread, unseen := belfry.Counted(it.Receipt, it.Dead)
		sum.Unread += unread
		sum.Unseen += unseen
	}
	items, err := v.private("SELECT "+privateColumns+" FROM items WHERE uid = ?", v.u.UID)
	for i := range items {
		add(&items[i].Item)
	}
	if err != nil {
		return sum, err
	}
	spans, err := v.spans()
	if err != nil {
		return sum, err
	}
	for _, sp := range spans {
		borns, err := v.sharedBorns(nil, sp.Topic, sp.Lo, inbox.MaxRev, narrow{}, false, int(inbox.MaxRev))
		if err != nil {
			return sum, err
		}
		for _, born := range borns {
			s, _, err := v.sharedFor(v.u.UID, born)
			if err != nil {
				return sum, err
			}
			add(&s.Item)
		}
	}
	return sum, nil
}

func abs(n int64) int64 { return max(n, -n) }
