package postgres

import (
	"context"
	"encoding/json"
	"errors"

	"belfry"
	"belfry/internal/logs"
)

// What one call of Sweep does at most.
const (
	sweepDue   = 256  // due things
	sweepTrims = 100  // private logs trimmed by age
	sweepRows  = 1000 // rows removed from a table
	sweepUsers = 1000 // users whose stale receipts are removed
)

// Sweep implements belfry.Writer. What is due is done step by step, so that one
// that fails holds up no other. A node that dies leaves nothing behind: claims
// are locks of the transaction that acts on them.
func (s *Store) Sweep(ctx context.Context) (more bool, err error) {
	due, steps, err := s.due(ctx)
	if err != nil {
		return false, err
	}
	old, err := s.trimsByAge(ctx)
	if err != nil {
		return false, err
	}
	for _, e := range s.do(ctx, append(steps, old...)...) {
		if e != nil && !errors.Is(e, errMoved) {
			return false, e
		}
	}
	left, err := s.letGo(ctx)
	return err == nil && (left || len(due) == sweepDue || len(old) >= sweepTrims), err
}

// due lists what time has come for, oldest first, and the steps that do it.
func (s *Store) due(ctx context.Context) (due []logs.Due, steps []*step, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
		due = nil
		r := c.query("SELECT at, kind, id, uid FROM due WHERE at <= "+sqlNow+" ORDER BY at LIMIT $2", s.clock(), sweepDue)
		for r.next() {
			var d logs.Due
			r.scan(&d.At, (*int)(&d.Kind), &d.ID, &d.UID)
			due = append(due, d)
		}
		return r.close()
	})
	if err != nil || len(due) == 0 {
		return nil, nil, err
	}
	found, err := s.whereabouts(ctx, mapped(due, func(d logs.Due) belfry.ID { return d.ID }))
	if err != nil {
		return nil, nil, err
	}
	names, err := s.returning(ctx, due)
	for _, d := range due {
		n := found[d.ID]
		if d.Kind == logs.DueReturn {
			n = needs{users: names[d.UID], onlyKnown: true}
		}
		n.claims = []logs.Due{d}
		steps = append(steps, &step{needs: n, run: func(t *tx) error { return t.perform(d) }})
	}
	return due, steps, err
}

// returning are the names of those whose snoozes end, by uid.
func (s *Store) returning(ctx context.Context, due []logs.Due) (names map[int64][]belfry.UserID, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
		names = map[int64][]belfry.UserID{}
		r := c.query("SELECT uid, name FROM users WHERE uid = ANY($1)", mapped(due, func(d logs.Due) int64 { return d.UID }))
		for r.next() {
			var uid int64
			var name belfry.UserID
			r.scan(&uid, &name)
			names[uid] = []belfry.UserID{name}
		}
		return r.close()
	})
	return names, err
}

// whereabouts finds out what has to be locked to change notifications: those
// that wait, their copies' users, the shared log.
func (s *Store) whereabouts(ctx context.Context, ids []belfry.ID) (found map[belfry.ID]needs, err error) {
	err = s.snapshot(ctx, func(c *conn) (err error) {
		found = map[belfry.ID]needs{}
		add := func(id belfry.ID, change func(*needs)) {
			n := found[id]
			change(&n)
			found[id] = n
		}
		var bad error
		c.later(func(r *rows) {
			var id belfry.ID
			var text []byte
			r.scan(&id, &text)
			var d belfry.Draft
			if e := json.Unmarshal(text, &d); e != nil {
				bad = e
			}
			add(id, func(n *needs) { n.address(&d); n.scheduled = []belfry.ID{id} })
		}, "SELECT id, draft FROM scheduled WHERE id = ANY($1)", ids)
		c.later(func(r *rows) {
			var id belfry.ID
			r.scan(&id)
			add(id, func(n *needs) { n.shared = true })
		}, "SELECT id FROM shared WHERE id = ANY($1)", ids)
		c.later(func(r *rows) {
			var id belfry.ID
			var name belfry.UserID
			r.scan(&id, &name)
			add(id, func(n *needs) { n.users = append(n.users, name) })
		}, `SELECT i.id, u.name FROM (SELECT id, uid FROM items WHERE id = ANY($1)
			UNION SELECT notification, uid FROM items WHERE notification = ANY($1)) i JOIN users u USING (uid)`, ids)
		if err := c.flush(); err != nil {
			return err
		}
		return bad
	})
	return found, err
}

// claim takes the due things that nobody else is doing.
func (t *tx) claim(due []logs.Due) {
	if len(due) == 0 {
		return
	}
	t.later(func(r *rows) {
		var d logs.Due
		r.scan(&d.At, (*int)(&d.Kind), &d.ID, &d.UID)
		t.claimed[d] = true
	}, `SELECT at, kind, id, uid FROM due WHERE (at, kind, id, uid) IN (SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::uuid[], $4::bigint[]))
		ORDER BY at, kind, id, uid FOR UPDATE SKIP LOCKED`,
		mapped(due, func(d logs.Due) int64 { return int64(d.At) }), mapped(due, func(d logs.Due) int16 { return int16(d.Kind) }),
		mapped(due, func(d logs.Due) belfry.ID { return d.ID }), mapped(due, func(d logs.Due) int64 { return d.UID }))
}

// perform does a due thing that was claimed, if what it names still is as it was.
func (t *tx) perform(d logs.Due) (err error) {
	if !t.claimed[d] {
		return nil
	}
	switch d.Kind {
	case logs.DueDeliver:
		err = t.release(d.ID, d.At)
	case logs.DueExpire:
		err = t.expire(d.ID, d.At)
	default:
		err = t.wake(d)
	}
	if err == nil {
		t.exec("DELETE FROM due WHERE at = $1 AND kind = $2 AND id = $3 AND uid = $4", d.At, d.Kind, d.ID, d.UID)
	}
	return err
}

// expire ends a notification that still expires at that time.
func (t *tx) expire(id belfry.ID, at belfry.Time) error {
	tr, err := t.trace(id, t.shared.Trim)
	if belfry.ErrorCode(err) == belfry.CodeNotFound {
		return nil
	}
	if err != nil || tr.scheduled != nil {
		return err
	}
	content := tr.content()
	if content == nil {
		return nil
	}
	c, err := belfry.DecodeContent(content)
	if err != nil || c.ExpiresAt != at {
		return err
	}
	return t.kill(&tr)
}

// wake brings an item back from a snooze that still ends at that time.
func (t *tx) wake(d logs.Due) error {
	u := t.byUID[d.UID]
	if u == nil {
		return nil
	}
	v := t.view(u)
	spans, err := v.spans()
	if err != nil {
		return err
	}
	items, err := v.items(spans, []belfry.ID{d.ID})
	it := items[d.ID]
	if err != nil || it == nil || it.Dead || !it.Receipt.Visible() || it.Receipt.SnoozedUntil != d.At {
		return err
	}
	t.putMark(u, it, it.Receipt.Return(u.NextAt(t.now)))
	return nil
}
