package sqlite

import (
	"context"
	"slices"

	"belfry"
	"belfry/internal/logs"
)

// Follow implements belfry.Writer.
func (s *Store) Follow(ctx context.Context, users []belfry.UserID, topic belfry.Topic, on bool) error {
	return s.writer.do(ctx, 1, func(t *tx, _ int) error { return t.follow(users, topic, on) })[0]
}

func (t *tx) follow(names []belfry.UserID, topic belfry.Topic, on bool) error {
	var fresh []*logs.User
	for _, name := range names {
		u, err := t.user(name)
		if err != nil {
			return err
		}
		followed, err := t.follows(u, topic)
		if err != nil {
			return err
		}
		if followed == on || slices.Contains(fresh, u) {
			continue
		}
		if on && u.Follows >= belfry.MaxFollows {
			return belfry.Invalid("topic", "out_of_range", "user %q follows %d topics, the most there can be; unfollow one first", name, u.Follows)
		}
		fresh = append(fresh, u)
	}
	for _, u := range fresh {
		if err := t.tie(u, topic, on); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) follows(u *logs.User, topic belfry.Topic) (followed bool, err error) {
	if u.Follows == 0 {
		return false, nil
	}
	_, err = t.one("SELECT followed FROM follows WHERE uid = ? AND topic = ?", []any{u.UID, topic}, &followed)
	return followed, err
}

func (t *tx) tie(u *logs.User, topic belfry.Topic, on bool) error {
	from := belfry.Rev(0)
	if on {
		from = t.shared.Head
		u.Follows++
	} else {
		u.Follows--
	}
	u.FollowRev = t.Next(u)
	return t.exec("INSERT OR REPLACE INTO follows (uid, topic, name, followed, from_rev, rev, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		u.UID, topic, u.Name, on, from, u.FollowRev, t.now)
}

// Topics implements belfry.Directory.
func (s *Store) Topics(ctx context.Context, name belfry.UserID) (follows []belfry.Follow, err error) {
	err = s.read(ctx, func(c conn) error {
		v, err := c.view(name)
		if v == nil || err != nil {
			return err
		}
		follows, err = v.follows()
		return err
	})
	return follows, err
}

// Followers implements belfry.Directory.
func (s *Store) Followers(ctx context.Context, topic belfry.Topic, after belfry.UserID, limit int) (names []belfry.UserID, err error) {
	err = s.read(ctx, func(c conn) error {
		r := c.query("SELECT name FROM follows WHERE topic = ? AND followed <> 0 AND name > ? ORDER BY name LIMIT ?", topic, after, limit)
		for r.next() {
			var name belfry.UserID
			r.scan(&name)
			names = append(names, name)
		}
		return r.close()
	})
	return names, err
}
