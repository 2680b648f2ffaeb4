package postgres

import (
	"context"

	"belfry"
	"belfry/internal/logs"
)

// User implements belfry.Directory.
func (s *Store) User(ctx context.Context, name belfry.UserID) (known belfry.User, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
		v, err := c.view(name)
		if err != nil {
			return err
		}
		if v == nil {
			return errNoUser()
		}
		known, err = v.user()
		return err
	})
	return known, err
}

func errNoUser() error {
	return belfry.Errorf(belfry.CodeNotFound, "this user was never met; users come into being when they are published to, follow a topic or connect")
}

func (v *view) user() (belfry.User, error) {
	counts, err := v.counts()
	return v.u.Entry(counts), err
}

// Heads implements belfry.Reader.
func (s *Store) Heads(ctx context.Context, names []belfry.UserID) (heads []belfry.Head, err error) {
	known := make(map[belfry.UserID]belfry.Head, len(names))
	err = s.snapshot(ctx, func(c *conn) error {
		c.later(func(r *rows) {
			var name belfry.UserID
			var h belfry.Head
			r.scan(&name, &h.Nonce, &h.Rev, &h.TokensFrom)
			known[name] = h
		}, "SELECT name, nonce, head, tokens_from FROM users WHERE name = ANY($1)", names)
		c.last()
		return c.flush()
	})
	return mapped(names, func(name belfry.UserID) belfry.Head { return known[name] }), err
}

// PutUser implements belfry.Directory.
func (s *Store) PutUser(ctx context.Context, name belfry.UserID, since belfry.Time) (belfry.User, error) {
	return doOne(ctx, s, needs{users: []belfry.UserID{name}, since: since}, func(t *tx) (belfry.User, error) {
		u, err := t.user(name)
		if err != nil {
			return belfry.User{}, err
		}
		if since != 0 {
			if err := t.restart(u, since); err != nil {
				return belfry.User{}, err
			}
		}
		return t.view(u).user()
	})
}

// restart moves the start of a user. What was hidden may now be seen and the
// other way round, so that no position of before can be read on from.
func (t *tx) restart(u *logs.User, since belfry.Time) error {
	from, err := t.start(since)
	if err != nil || from == u.From {
		return err
	}
	u.From = from
	u.Disown(t.Incarnation)
	t.Touch(u)
	t.Rings = append(t.Rings, belfry.Ring{User: u.Name, Nonce: u.Nonce, Rev: u.Head})
	return nil
}

// Logout implements belfry.Directory.
func (s *Store) Logout(ctx context.Context, name belfry.UserID) (belfry.User, error) {
	return doOne(ctx, s, needs{users: []belfry.UserID{name}, onlyKnown: true}, func(t *tx) (belfry.User, error) {
		u := t.users[name]
		if u == nil {
			return belfry.User{}, errNoUser()
		}
		u.TokensFrom = t.now + 1 // one issued in this very millisecond was issued before
		t.Touch(u)
		return t.view(u).user()
	})
}

// Touch implements belfry.Directory.
func (s *Store) Touch(ctx context.Context, seen map[belfry.UserID]belfry.Time) error {
	n := needs{onlyKnown: true}
	for name := range seen {
		n.users = append(n.users, name)
	}
	return s.do(ctx, &step{needs: n, run: func(t *tx) error {
		for name, at := range seen {
			if u := t.users[name]; u != nil && at > u.LastSeen {
				u.LastSeen = at
				t.Touch(u)
			}
		}
		return nil
	}})[0]
}

// view is a user's inbox in the present snapshot; nil before first contact.
func (c *conn) view(name belfry.UserID) (*view, error) {
	v := &view{conn: c, u: new(logs.User), l: new(logs.Shared)}
	c.later(func(r *rows) { r.scan(append(userDest(v.u), sharedLogDest(v.l)...)...) },
		"SELECT "+userColumns+", "+sharedLogColumns+" FROM users u, shared_log l WHERE u.name = $1", name)
	c.later(func(r *rows) {
		f := belfry.Follow{On: true}
		r.scan(&f.Topic, &f.From, &f.Rev, &f.At)
		v.tied = append(v.tied, f)
	}, "SELECT topic, from_rev, rev, at FROM follows WHERE uid = (SELECT uid FROM users WHERE name = $1) AND followed ORDER BY topic", name)
	if err := c.flush(); err != nil || v.u.UID == 0 {
		return nil, err
	}
	v.known = true
	return v, nil
}
