package postgres

import (
	"context"
	"slices"

	"belfry"
	"belfry/internal/logs"
)

// Follow implements belfry.Writer.
func (s *Store) Follow(ctx context.Context, users []belfry.UserID, topic belfry.Topic, on bool) error {
	return s.do(ctx, &step{needs: needs{users: users}, run: func(t *tx) error { return t.follow(users, topic, on) }})[0]
}

func (t *tx) follow(names []belfry.UserID, topic belfry.Topic, on bool) error {
	followed, err := t.followers(names, topic)
	if err != nil {
		return err
	}
	var fresh []*logs.User
	for _, name := range names {
		u, err := t.user(name)
		if err != nil {
			return err
		}
		if followed[u.UID] == on || slices.Contains(fresh, u) {
			continue
		}
		if on && u.Follows >= belfry.MaxFollows {
			return belfry.Invalid("topic", "out_of_range", "user %q follows %d topics, the most there can be; unfollow one first", name, u.Follows)
		}
		fresh = append(fresh, u)
	}
	for _, u := range fresh {
		t.tie(u, topic, on)
	}
	return nil
}

// followers says which of the users, by uid, follow a topic.
func (t *tx) followers(names []belfry.UserID, topic belfry.Topic) (followed map[int64]bool, err error) {
	var uids []int64
	for _, name := range names {
		if u := t.users[name]; u != nil && u.Follows > 0 {
			uids = append(uids, u.UID)
		}
	}
	followed = map[int64]bool{}
	if len(uids) == 0 {
		return followed, nil
	}
	r := t.query("SELECT uid FROM follows WHERE uid = ANY($1) AND topic = $2 AND followed", uids, topic)
	for r.next() {
		var uid int64
		r.scan(&uid)
		followed[uid] = true
	}
	return followed, r.close()
}

func (t *tx) tie(u *logs.User, topic belfry.Topic, on bool) {
	from := belfry.Rev(0)
	if on {
		from = t.shared.Head
		u.Follows++
	} else {
		u.Follows--
	}
	u.FollowRev = t.Next(u)
	t.exec(`INSERT INTO follows (uid, topic, name, followed, from_rev, rev, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (uid, topic) DO UPDATE SET followed=excluded.followed, from_rev=excluded.from_rev, rev=excluded.rev, at=excluded.at`,
		u.UID, topic, u.Name, on, from, u.FollowRev, t.now)
}

// Topics implements belfry.Directory.
func (s *Store) Topics(ctx context.Context, name belfry.UserID) (follows []belfry.Follow, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
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
	err = s.snapshot(ctx, func(c *conn) error {
		names = nil
		r := c.query("SELECT name FROM follows WHERE topic = $1 AND followed AND name > $2 ORDER BY name LIMIT $3", topic, after, limit)
		for r.next() {
			var name belfry.UserID
			r.scan(&name)
			names = append(names, name)
		}
		return r.close()
	})
	return names, err
}
