package sqlite

import (
	"context"

	"belfry"
	"belfry/internal/logs"
)

// Append implements belfry.Writer.
func (s *Store) Append(ctx context.Context, pubs []belfry.Publication) []belfry.Published {
	out := make([]belfry.Published, len(pubs))
	errs := s.writer.do(ctx, len(pubs), func(t *tx, i int) (err error) {
		out[i], err = t.append(&pubs[i])
		return err
	})
	failed := make([]belfry.Published, len(pubs))
	for i, err := range errs {
		if err == nil {
			failed[i] = out[i] // a caller that gave up must not read what the writer may yet write
		}
		failed[i].Err = err
	}
	return failed
}

func (t *tx) append(p *belfry.Publication) (belfry.Published, error) {
	if p.Key != "" {
		if first, known, err := t.replayed(p); known || err != nil {
			return first, err
		}
	}
	out := belfry.Published{ID: p.ID, Status: belfry.StatusDelivered}
	var err error
	if p.DeliverAt > t.now {
		out.Status = belfry.StatusScheduled
		err = t.schedule(p)
	} else {
		err = t.deliver(p)
	}
	if err == nil && p.Key != "" {
		err = t.exec("INSERT INTO idempotency (key, hash, id, status, at) VALUES (?, ?, ?, ?, ?)", p.Key, p.Hash[:], p.ID, out.Status, t.now)
	}
	return out, err
}

// replayed finds the first result under the publication's idempotency key.
func (t *tx) replayed(p *belfry.Publication) (first belfry.Published, known bool, err error) {
	var hash [32]byte
	known, err = t.one("SELECT hash, id, status FROM idempotency WHERE key = ?", []any{p.Key}, &hash, &first.ID, &first.Status)
	if !known || err != nil {
		return first, known, err
	}
	if hash != p.Hash {
		return belfry.Published{}, true, &belfry.Error{
			Code:   belfry.CodeIdempotencyReused,
			Detail: "this idempotency key was used within the last day for another notification; take a new key",
			Fields: []belfry.FieldError{{Field: "/idempotencyKey", Code: "conflict", Detail: "used for another body"}},
		}
	}
	first.Replayed = true
	return first, true, nil
}

// deliver enters a publication into the logs of its recipients.
func (t *tx) deliver(p *belfry.Publication) error {
	if p.ExpiresAt != 0 {
		if err := t.addDue(p.ExpiresAt, logs.DueExpire, p.ID, 0); err != nil {
			return err
		}
	}
	if p.To.Shared() {
		return t.deliverShared(p)
	}
	for _, name := range p.To.Recipients() {
		u, err := t.user(name)
		if err != nil {
			return err
		}
		if err := t.deliverPrivate(u, p); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) deliverPrivate(u *logs.User, p *belfry.Publication) error {
	it := belfry.Item{ID: p.ID, CreatedAt: p.CreatedAt, Content: p.Encoded}
	var notification belfry.ID
	if p.CollapseKey != "" {
		old, err := t.takeCollapsible(u, p.CollapseKey)
		if err != nil {
			return err
		}
		if old != "" {
			it.ID, notification = old, p.ID
		}
	}
	it.DeliveredAt = u.NextAt(t.now)
	it.Born = t.Next(u)
	it.Rev = it.Born
	err := t.exec("INSERT INTO items (uid, born, rev, id, notification, at, created, type, grp, entity, collapse, content) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
		u.UID, it.Born, it.Rev, it.ID, logs.OptionalID(notification), it.DeliveredAt, it.CreatedAt, p.Type, logs.Optional(p.Group), logs.EntityKey(p.Entity), logs.Optional(p.CollapseKey), p.Encoded)
	if err != nil {
		return err
	}
	u.Items++
	u.Count(+1, it.Receipt)
	t.Hint(u, it)
	if u.Items > t.rules.RetentionItems+t.rules.RetentionItems/10 {
		return t.trimToNewest(u, t.rules.RetentionItems)
	}
	return nil
}

// takeCollapsible removes the newest living, visible and unread item of the key
// and returns its ID, which its successor takes over; "" when there is none.
// The row moves to the append edge, so that the table stays in order of time.
func (t *tx) takeCollapsible(u *logs.User, key string) (belfry.ID, error) {
	olds, err := t.private("SELECT "+privateColumns+" FROM items WHERE uid = ? AND collapse = ? AND dead = 0 ORDER BY born DESC", u.UID, key)
	if err != nil {
		return "", err
	}
	for i := range olds {
		old := &olds[i]
		u.Effective(&old.Item)
		if !old.Receipt.Visible() || old.Receipt.ReadAt != 0 {
			continue
		}
		u.Count(-1, old.Receipt)
		u.Items--
		if err := t.exec("INSERT OR IGNORE INTO ended (id) SELECT notification FROM items WHERE seq = ? AND notification IS NOT NULL", old.seq); err != nil {
			return "", err
		}
		return old.ID, t.exec("DELETE FROM items WHERE seq = ?", old.seq)
	}
	return "", nil
}

func (t *tx) deliverShared(p *belfry.Publication) error {
	if p.CollapseKey != "" {
		olds, err := t.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE topic = ? AND collapse = ? AND dead = 0", p.To.Topic, p.CollapseKey)
		if err != nil {
			return err
		}
		for i := range olds {
			if err := t.killShared(&olds[i]); err != nil {
				return err
			}
		}
	}
	nth, err := t.lastNth(p.To.Topic)
	if err != nil {
		return err
	}
	t.shared.At = max(t.now, t.shared.At+1)
	it := belfry.Item{ID: p.ID, Topic: p.To.Topic, Shared: true, CreatedAt: p.CreatedAt, DeliveredAt: t.shared.At, Content: p.Encoded}
	it.Born = t.nextShared()
	it.Rev = it.Born
	err = t.exec("INSERT INTO shared (born, rev, topic, nth, id, at, created, except_users, type, grp, entity, collapse, content) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		it.Born, it.Rev, it.Topic, nth+1, it.ID, it.DeliveredAt, it.CreatedAt, logs.Users(p.Except).Encode(), p.Type, logs.Optional(p.Group), logs.EntityKey(p.Entity), logs.Optional(p.CollapseKey), p.Encoded)
	if err != nil {
		return err
	}
	t.nth[it.Topic] = nth + 1
	if it.Topic == belfry.TopicAll {
		t.shared.LastAll = it.Born
	}
	t.ringShared(it.Rev, &belfry.Hint{Item: it, Except: p.Except})
	return t.hide(it.Born, p.Except)
}

// lastNth is the ordinal of a topic's last item. Retention removes from the
// oldest on, so that the last one is known as long as a difference needs it.
func (t *tx) lastNth(topic belfry.Topic) (nth int64, err error) {
	if nth, ok := t.nth[topic]; ok {
		return nth, nil
	}
	_, err = t.one("SELECT nth FROM shared WHERE topic = ? ORDER BY born DESC LIMIT 1", []any{topic}, &nth)
	return nth, err
}

// hide writes hidden receipts of a shared item into the logs of excepted users.
func (t *tx) hide(born belfry.Rev, users []belfry.UserID) error {
	for _, name := range users {
		u, err := t.user(name)
		if err != nil {
			return err
		}
		if err := t.putReceipt(u, born, belfry.Receipt{Hidden: true}); err != nil {
			return err
		}
	}
	return nil
}

// putReceipt writes a receipt of a shared item under the user's next revision.
func (t *tx) putReceipt(u *logs.User, born belfry.Rev, r belfry.Receipt) error {
	u.ReceiptRev = t.Next(u)
	return t.exec("INSERT OR REPLACE INTO receipts (uid, born, rev, seen, read, archived, snoozed, deleted, returned, hidden) VALUES (?,?,?,?,?,?,?,?,?,?)",
		u.UID, born, u.ReceiptRev, r.SeenAt, r.ReadAt, r.ArchivedAt, r.SnoozedUntil, r.DeletedAt, r.At, r.Hidden)
}
