package postgres

import (
	"context"

	"belfry"
	"belfry/internal/logs"
)

// Edit implements belfry.Writer.
func (s *Store) Edit(ctx context.Context, id belfry.ID, patch belfry.Patch) (belfry.Standing, error) {
	return planned(ctx, s, s.reach(ctx, id), func(t *tx) (belfry.Standing, error) { return t.edit(id, patch) })
}

// Retract implements belfry.Writer.
func (s *Store) Retract(ctx context.Context, id belfry.ID) (belfry.Standing, error) {
	return planned(ctx, s, s.reach(ctx, id), func(t *tx) (belfry.Standing, error) { return t.retract(id) })
}

// reach finds out which logs hold a notification.
func (s *Store) reach(ctx context.Context, id belfry.ID) func() (needs, error) {
	return func() (needs, error) {
		found, err := s.whereabouts(ctx, []belfry.ID{id})
		return found[id], err
	}
}

// Standing implements belfry.Reader.
func (s *Store) Standing(ctx context.Context, id belfry.ID) (st belfry.Standing, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
		var trim belfry.Rev
		if _, err := c.one("SELECT trim FROM shared_log", nil, &trim); err != nil {
			return err
		}
		tr, err := c.trace(id, trim)
		if err != nil {
			return err
		}
		st, err = tr.standing()
		return err
	})
	return st, err
}

// trace is all that is stored of a notification.
type trace struct {
	id        belfry.ID
	scheduled *logs.Scheduled
	shared    *sharedRow
	copies    []privateRow            // in private logs, dead ones too
	names     map[int64]belfry.UserID // of the copies' users
	ended     bool                    // it was there and left no copy: replaced, or trimmed away
}

// trace finds a notification; what retention has passed in the shared log is dead.
func (c *conn) trace(id belfry.ID, trim belfry.Rev) (tr trace, err error) {
	tr.id = id
	if tr.scheduled, err = c.scheduled(id); tr.scheduled != nil || err != nil {
		return tr, err
	}
	shared, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE id = $1", id)
	if len(shared) > 0 {
		tr.shared = &shared[0]
		tr.shared.Dead = tr.shared.Dead || tr.shared.Born <= trim
	}
	if tr.shared != nil || err != nil {
		return tr, err
	}
	all, err := c.private("SELECT "+privateColumns+" FROM items WHERE id = $1 UNION ALL SELECT "+privateColumns+" FROM items WHERE notification = $1", id)
	if err != nil {
		return tr, err
	}
	for _, p := range all {
		if p.notification != "" && p.notification != id {
			tr.ended = true
		} else {
			tr.copies = append(tr.copies, p)
		}
	}
	if len(tr.copies) > 0 {
		tr.names, err = c.names(tr.copies)
		return tr, err
	}
	if !tr.ended {
		if tr.ended, err = c.one("SELECT FROM ended WHERE id = $1", []any{id}); err != nil {
			return tr, err
		}
	}
	if !tr.ended {
		return tr, belfry.Errorf(belfry.CodeNotFound, "no notification has this id; it was never published, or long ago")
	}
	return tr, nil
}

// names are the names of the rows' users.
func (c *conn) names(copies []privateRow) (map[int64]belfry.UserID, error) {
	names := make(map[int64]belfry.UserID, len(copies))
	r := c.query("SELECT uid, name FROM users WHERE uid = ANY($1)", mapped(copies, func(p privateRow) int64 { return p.uid }))
	for r.next() {
		var uid int64
		var name belfry.UserID
		r.scan(&uid, &name)
		names[uid] = name
	}
	return names, r.close()
}

// living are the copies that are not dead.
func (tr *trace) living() (alive []*privateRow) {
	for i := range tr.copies {
		if !tr.copies[i].Dead {
			alive = append(alive, &tr.copies[i])
		}
	}
	return alive
}

// content is that of what lives; nil when nothing does.
func (tr *trace) content() []byte {
	if tr.shared != nil && !tr.shared.Dead {
		return tr.shared.Content
	}
	if alive := tr.living(); len(alive) > 0 {
		return alive[0].Content
	}
	return nil
}

// standing tells a backend what the trace says.
func (tr *trace) standing() (belfry.Standing, error) {
	if tr.scheduled != nil {
		return tr.scheduled.Standing(), nil
	}
	var shared *belfry.Item
	if tr.shared != nil {
		shared = &tr.shared.Item
	}
	var copies []logs.Copy
	for i := range tr.copies {
		p := &tr.copies[i]
		copies = append(copies, logs.Copy{Item: &p.Item, User: tr.names[p.uid]})
	}
	return logs.Standing(tr.id, shared, copies)
}

func (t *tx) edit(id belfry.ID, patch belfry.Patch) (st belfry.Standing, err error) {
	tr, err := t.trace(id, t.shared.Trim)
	if err != nil {
		return st, err
	}
	if tr.scheduled != nil {
		return t.editScheduled(tr.scheduled, patch)
	}
	before, after, err := logs.EditDelivered(tr.content(), patch, t.now)
	if err != nil {
		return st, err
	}
	if err := t.rewrite(&tr, &after); err != nil {
		return st, err
	}
	if after.ExpiresAt != 0 && after.ExpiresAt != before.ExpiresAt {
		t.addDue(after.ExpiresAt, logs.DueExpire, id, 0)
	}
	return tr.standing()
}

// rewrite gives every living copy its new content, one revision each.
func (t *tx) rewrite(tr *trace, c *belfry.Content) error {
	content := c.Encode()
	if s := tr.shared; s != nil {
		if !t.mayShare {
			return errMoved
		}
		s.Rev, s.Content = t.nextShared(), content
		t.exec("UPDATE shared SET rev=$2, type=$3, grp=$4, entity=$5, content=$6 WHERE born=$1",
			s.Born, s.Rev, c.Type, logs.Optional(c.Group), logs.EntityKey(c.Entity), content)
		t.ringShared(s.Rev, &belfry.Hint{Item: s.Item, Except: s.except})
		return nil
	}
	alive := tr.living()
	users, err := t.usersOf(alive)
	for i, u := range users {
		p := alive[i]
		p.Rev, p.Content = t.Next(u), content
		u.EditRev = p.Rev
		t.exec("UPDATE items SET rev=$3, type=$4, grp=$5, entity=$6, content=$7 WHERE uid=$1 AND born=$2",
			p.uid, p.Born, p.Rev, c.Type, logs.Optional(c.Group), logs.EntityKey(c.Entity), content)
	}
	return err
}

// usersOf are the log rows of the rows' users, or none of them with an error.
func (t *tx) usersOf(copies []*privateRow) (users []*logs.User, err error) {
	for _, p := range copies {
		u := t.byUID[p.uid]
		if u == nil {
			return nil, errMoved
		}
		users = append(users, u)
	}
	return users, nil
}

func (t *tx) editScheduled(row *logs.Scheduled, patch belfry.Patch) (st belfry.Standing, err error) {
	if err := row.Edit(patch, t.now); err != nil {
		return st, err
	}
	return row.Standing(), t.putScheduled(row)
}

func (t *tx) retract(id belfry.ID) (st belfry.Standing, err error) {
	tr, err := t.trace(id, t.shared.Trim)
	if err != nil {
		return st, err
	}
	if row := tr.scheduled; row != nil {
		if row.Status == belfry.StatusScheduled {
			row.Status = belfry.StatusCanceled
			err = t.putScheduled(row)
		}
		return row.Standing(), err
	}
	if err := t.kill(&tr); err != nil {
		return st, err
	}
	return tr.standing()
}

// kill ends every living copy, one revision each.
func (t *tx) kill(tr *trace) error {
	if tr.shared != nil {
		if tr.shared.Dead {
			return nil
		}
		if !t.mayShare {
			return errMoved
		}
		t.killShared(tr.shared)
		return nil
	}
	alive := tr.living()
	users, err := t.usersOf(alive)
	for i, u := range users {
		p := alive[i]
		u.Effective(&p.Item)
		u.Count(-1, p.Receipt)
		p.Rev, p.Dead, p.Content = t.Next(u), true, nil
		u.EditRev = p.Rev
		t.exec("UPDATE items SET rev=$3, dead=true, grp=NULL, entity=NULL, collapse=NULL, returned=0, content='' WHERE uid=$1 AND born=$2", p.uid, p.Born, p.Rev)
	}
	return err
}

// killShared ends a shared item for everybody. The text goes at once: a death
// may be there to hide it.
func (t *tx) killShared(s *sharedRow) {
	s.Rev, s.Dead, s.Content = t.nextShared(), true, nil
	t.exec("UPDATE shared SET rev=$2, dead=true, grp=NULL, entity=NULL, collapse=NULL, content='' WHERE born=$1", s.Born, s.Rev)
	t.ringShared(s.Rev, &belfry.Hint{Item: s.Item, Except: s.except})
}
