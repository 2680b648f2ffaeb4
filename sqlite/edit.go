package sqlite

import (
	"context"

	"belfry"
	"belfry/internal/logs"
)

// Edit implements belfry.Writer.
func (s *Store) Edit(ctx context.Context, id belfry.ID, patch belfry.Patch) (belfry.Standing, error) {
	return doOne(ctx, s.writer, func(t *tx) (belfry.Standing, error) { return t.edit(id, patch) })
}

// Retract implements belfry.Writer.
func (s *Store) Retract(ctx context.Context, id belfry.ID) (belfry.Standing, error) {
	return doOne(ctx, s.writer, func(t *tx) (belfry.Standing, error) { return t.retract(id) })
}

// Standing implements belfry.Reader.
func (s *Store) Standing(ctx context.Context, id belfry.ID) (st belfry.Standing, err error) {
	err = s.snapshot(ctx, func(c conn) error {
		var trim belfry.Rev
		if _, err := c.one("SELECT trim FROM shared_log", nil, &trim); err != nil {
			return err
		}
		tr, err := c.trace(id, trim)
		if err != nil {
			return err
		}
		st, err = c.standing(tr)
		return err
	})
	return st, err
}

// trace is all that is stored of a notification.
type trace struct {
	id        belfry.ID
	scheduled *logs.Scheduled
	shared    *sharedRow
	copies    []privateRow // in private logs, dead ones too
	ended     bool         // it was there and left no copy: replaced, or trimmed away
}

// trace finds a notification; what retention has passed in the shared log is dead.
func (c conn) trace(id belfry.ID, trim belfry.Rev) (tr trace, err error) {
	tr.id = id
	if tr.scheduled, err = c.scheduled(id); tr.scheduled != nil || err != nil {
		return tr, err
	}
	shared, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE id = ?", id)
	if len(shared) > 0 {
		tr.shared = &shared[0]
		tr.shared.Dead = tr.shared.Dead || tr.shared.Born <= trim
	}
	if tr.shared != nil || err != nil {
		return tr, err
	}
	all, err := c.private("SELECT "+privateColumns+" FROM items WHERE id = ?1 UNION ALL SELECT "+privateColumns+" FROM items WHERE notification = ?1", id)
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
	if len(tr.copies) == 0 && !tr.ended {
		if tr.ended, err = c.one("SELECT 1 FROM ended WHERE id = ?", []any{id}); err != nil {
			return tr, err
		}
	}
	if len(tr.copies) == 0 && !tr.ended {
		return tr, belfry.Errorf(belfry.CodeNotFound, "no notification has this id; it was never published, or long ago")
	}
	return tr, nil
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
func (c conn) standing(tr trace) (belfry.Standing, error) {
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
		var name belfry.UserID
		if _, err := c.one("SELECT name FROM users WHERE uid = ?", []any{p.uid}, &name); err != nil {
			return belfry.Standing{}, err
		}
		copies = append(copies, logs.Copy{Item: &p.Item, User: name})
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
		if err := t.addDue(after.ExpiresAt, logs.DueExpire, id, 0); err != nil {
			return st, err
		}
	}
	return t.standing(tr)
}

// rewrite gives every living copy its new content, one revision each.
func (t *tx) rewrite(tr *trace, c *belfry.Content) error {
	content := c.Encode()
	if s := tr.shared; s != nil {
		s.Rev, s.Content = t.nextShared(), content
		err := t.exec("UPDATE shared SET rev=?, type=?, grp=?, entity=?, content=? WHERE born=?",
			s.Rev, c.Type, logs.Optional(c.Group), logs.EntityKey(c.Entity), content, s.Born)
		t.ringShared(s.Rev, &belfry.Hint{Item: s.Item, Except: s.except})
		return err
	}
	for _, p := range tr.living() {
		u, err := t.byID(p.uid)
		if err != nil {
			return err
		}
		p.Rev, p.Content = t.Next(u), content
		u.EditRev = p.Rev
		err = t.exec("UPDATE items SET rev=?, type=?, grp=?, entity=?, content=? WHERE seq=?",
			p.Rev, c.Type, logs.Optional(c.Group), logs.EntityKey(c.Entity), content, p.seq)
		if err != nil {
			return err
		}
	}
	return nil
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
	return t.standing(tr)
}

// kill ends every living copy, one revision each.
func (t *tx) kill(tr *trace) error {
	if tr.shared != nil {
		if tr.shared.Dead {
			return nil
		}
		return t.killShared(tr.shared)
	}
	alive := tr.living()
	for _, p := range alive {
		u, err := t.byID(p.uid)
		if err != nil {
			return err
		}
		u.Effective(&p.Item)
		u.Count(-1, p.Receipt)
		p.Rev, p.Dead, p.Content = t.Next(u), true, nil
		u.EditRev = p.Rev
		err = t.exec("UPDATE items SET rev=?, dead=1, grp=NULL, entity=NULL, collapse=NULL, returned=0, content=x'' WHERE seq=?", p.Rev, p.seq)
		if err != nil {
			return err
		}
	}
	return nil
}

// killShared ends a shared item for everybody. The text goes at once: a death
// may be there to hide it.
func (t *tx) killShared(s *sharedRow) error {
	s.Rev, s.Dead, s.Content = t.nextShared(), true, nil
	err := t.exec("UPDATE shared SET rev=?, dead=1, grp=NULL, entity=NULL, collapse=NULL, content=x'' WHERE born=?", s.Rev, s.Born)
	t.ringShared(s.Rev, &belfry.Hint{Item: s.Item, Except: s.except})
	return err
}
