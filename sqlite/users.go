package sqlite

import (
	"context"

	"belfry"
	"belfry/internal/logs"
)

// User implements belfry.Directory.
func (s *Store) User(ctx context.Context, name belfry.UserID) (known belfry.User, err error) {
	err = s.snapshot(ctx, func(c conn) error {
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
func (s *Store) Heads(ctx context.Context, names []belfry.UserID) ([]belfry.Head, error) {
	heads := make([]belfry.Head, len(names))
	err := s.snapshot(ctx, func(c conn) error {
		for i, name := range names {
			h := &heads[i]
			if _, err := c.one("SELECT nonce, head, tokens_from FROM users WHERE name = ?", []any{name}, &h.Nonce, &h.Rev, &h.TokensFrom); err != nil {
				return err
			}
		}
		return nil
	})
	return heads, err
}

// PutUser implements belfry.Directory.
func (s *Store) PutUser(ctx context.Context, name belfry.UserID, since belfry.Time) (belfry.User, error) {
	return doOne(ctx, s.writer, func(t *tx) (belfry.User, error) {
		u, err := t.known(name)
		if err != nil {
			return belfry.User{}, err
		}
		if u == nil {
			if u, err = t.create(name, since); err != nil {
				return belfry.User{}, err
			}
		} else if since != 0 {
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
	return doOne(ctx, s.writer, func(t *tx) (belfry.User, error) {
		u, err := t.known(name)
		if err != nil {
			return belfry.User{}, err
		}
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
	return s.writer.do(ctx, 1, func(t *tx, _ int) error {
		for name, at := range seen {
			u, err := t.known(name)
			if err != nil {
				return err
			}
			if u != nil && at > u.LastSeen {
				u.LastSeen = at
				t.Touch(u)
			}
		}
		return nil
	})[0]
}

// view is the user's inbox as the transaction has it so far.
func (t *tx) view(u *logs.User) *view { return &view{conn: t.conn, u: u, l: &t.shared} }

// view is a user's inbox in the present snapshot; nil before first contact.
func (c conn) view(name belfry.UserID) (*view, error) {
	v := &view{conn: c, u: new(logs.User), l: new(logs.Shared)}
	found, err := c.one("SELECT "+userColumns+", "+sharedLogColumns+" FROM users u, shared_log l WHERE u.name = ?",
		[]any{name}, append(userDest(v.u), sharedLogDest(v.l)...)...)
	if !found || err != nil {
		return nil, err
	}
	return v, nil
}
