package postgres

import (
	"context"

	"belfry"
	"belfry/internal/logs"
)

// Append implements belfry.Writer.
func (s *Store) Append(ctx context.Context, pubs []belfry.Publication) []belfry.Published {
	out := make([]belfry.Published, len(pubs))
	steps := make([]*step, len(pubs))
	now := belfry.TimeOf(s.rules.Now())
	for i := range pubs {
		p := &pubs[i]
		waits := p.DeliverAt > now // by this node's clock: what is too late by a little is swept at once
		steps[i] = &step{needs: needsOf(p, waits), run: func(t *tx) (err error) {
			out[i], err = t.append(p, waits)
			return err
		}}
	}
	answers := make([]belfry.Published, len(pubs))
	for i, err := range s.do(ctx, steps...) {
		if err == nil {
			answers[i] = out[i] // a caller that gave up must not read what the writer may yet write
		}
		answers[i].Err = err
	}
	return answers
}

func needsOf(p *belfry.Publication, waits bool) (n needs) {
	status := belfry.StatusScheduled
	if !waits {
		status = belfry.StatusDelivered
		n.address(&p.Draft)
	}
	if p.Key != "" {
		n.keys = []newKey{{p, status}}
	}
	return n
}

// newKey is an idempotency key to be taken, and the answer to give under it.
type newKey struct {
	*belfry.Publication
	status belfry.Status
}

// address adds the logs that a draft is delivered to.
func (n *needs) address(d *belfry.Draft) {
	if n.shared = d.To.Shared(); n.shared {
		n.users, n.topics = d.Except, []belfry.Topic{d.To.Topic}
	} else {
		n.users = d.To.Recipients()
	}
}

func (t *tx) append(p *belfry.Publication, waits bool) (belfry.Published, error) {
	if p.Key != "" {
		if first, known, err := t.replayed(p); known || err != nil {
			return first, err
		}
	}
	if waits {
		return belfry.Published{ID: p.ID, Status: belfry.StatusScheduled}, t.schedule(p)
	}
	return belfry.Published{ID: p.ID, Status: belfry.StatusDelivered}, t.deliver(p)
}

// keyRow is an idempotency key and the first result under it.
type keyRow struct {
	hash   [32]byte
	id     belfry.ID
	status belfry.Status
	used   bool // by a step of this transaction
}

// takeKeys makes the keys that are not there, in their order; a key that another
// transaction is making is waited for.
func (t *tx) takeKeys(keys []newKey, clock any) {
	if len(keys) == 0 {
		return
	}
	t.exec(`INSERT INTO idempotency (key, hash, id, status, at)
		SELECT k.key, k.hash, k.id, k.status, `+sqlNow+` FROM unnest($2::text[], $3::bytea[], $4::uuid[], $5::text[]) AS k(key, hash, id, status)
		ORDER BY k.key COLLATE "C" ON CONFLICT (key) DO NOTHING`, clock,
		mapped(keys, func(k newKey) string { return k.Key }),
		mapped(keys, func(k newKey) []byte { return k.Hash[:] }),
		mapped(keys, func(k newKey) belfry.ID { return k.ID }),
		mapped(keys, func(k newKey) string { return string(k.status) }))
}

func (t *tx) readKeys(keys []newKey) {
	if len(keys) == 0 {
		return
	}
	t.later(func(r *rows) {
		var key string
		row := new(keyRow)
		r.scan(&key, &row.hash, &row.id, &row.status)
		t.keys[key] = row
	}, "SELECT key, hash, id, status FROM idempotency WHERE key = ANY($1)", mapped(keys, func(k newKey) string { return k.Key }))
}

// replayed finds the first result under the publication's idempotency key, if
// that is not this one's.
func (t *tx) replayed(p *belfry.Publication) (first belfry.Published, known bool, err error) {
	row := t.keys[p.Key]
	if row.id == p.ID && !row.used {
		row.used = true
		return first, false, nil
	}
	if row.hash != p.Hash {
		return first, true, &belfry.Error{
			Code:   belfry.CodeIdempotencyReused,
			Detail: "this idempotency key was used within the last day for another notification; take a new key",
			Fields: []belfry.FieldError{{Field: "/idempotencyKey", Code: "conflict", Detail: "used for another body"}},
		}
	}
	return belfry.Published{ID: row.id, Status: row.status, Replayed: true}, true, nil
}

// deliver enters a publication into the logs of its recipients.
func (t *tx) deliver(p *belfry.Publication) error {
	if p.ExpiresAt != 0 {
		t.addDue(p.ExpiresAt, logs.DueExpire, p.ID, 0)
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

// user is the log row of a user whose lock the transaction has.
func (t *tx) user(name belfry.UserID) (*logs.User, error) {
	if u := t.users[name]; u != nil {
		return u, nil
	}
	return nil, errMoved
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
	t.row(insertItems, u.UID, it.Born, it.ID, logs.OptionalID(notification), it.DeliveredAt, it.CreatedAt, p.Type, logs.Optional(p.Group), logs.EntityKey(p.Entity), logs.Optional(p.CollapseKey), p.Encoded)
	u.Items++
	u.Count(+1, it.Receipt)
	t.Hint(u, it)
	if u.Items > t.rules.RetentionItems+t.rules.RetentionItems/10 {
		return t.trimToNewest(u, t.rules.RetentionItems)
	}
	return nil
}

const insertItems = `INSERT INTO items (uid, born, rev, id, notification, at, created, type, grp, entity, collapse, content)
	SELECT uid, born, born, id, notification, at, created, type, grp, entity, collapse, content
	FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bytea[], $10::text[], $11::bytea[])
	AS v(uid, born, id, notification, at, created, type, grp, entity, collapse, content)`

const insertShared = `INSERT INTO shared (born, rev, topic, nth, id, at, created, except_users, type, grp, entity, collapse, content)
	SELECT born, born, topic, nth, id, at, created, except_users, type, grp, entity, collapse, content
	FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::bytea[])
	AS v(born, topic, nth, id, at, created, except_users, type, grp, entity, collapse, content)`

// takeCollapsible removes the newest living, visible and unread item of the key
// and returns its ID, which its successor takes over; "" when there is none.
func (t *tx) takeCollapsible(u *logs.User, key string) (belfry.ID, error) {
	olds, err := t.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND collapse = $2 AND NOT dead ORDER BY born DESC", u.UID, key)
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
		t.exec("INSERT INTO ended (id) SELECT notification FROM items WHERE uid = $1 AND born = $2 AND notification IS NOT NULL ON CONFLICT DO NOTHING", u.UID, old.Born)
		t.exec("DELETE FROM items WHERE uid = $1 AND born = $2", u.UID, old.Born)
		return old.ID, nil
	}
	return "", nil
}

func (t *tx) deliverShared(p *belfry.Publication) error {
	if p.CollapseKey != "" {
		olds, err := t.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE topic = $1 AND collapse = $2 AND NOT dead ORDER BY born", p.To.Topic, p.CollapseKey)
		if err != nil {
			return err
		}
		for i := range olds {
			t.killShared(&olds[i])
		}
	}
	t.nth[p.To.Topic]++
	t.shared.At = max(t.now, t.shared.At+1)
	it := belfry.Item{ID: p.ID, Topic: p.To.Topic, Shared: true, CreatedAt: p.CreatedAt, DeliveredAt: t.shared.At, Content: p.Encoded}
	it.Born = t.nextShared()
	it.Rev = it.Born
	t.row(insertShared, it.Born, it.Topic, t.nth[it.Topic], it.ID, it.DeliveredAt, it.CreatedAt, logs.Users(p.Except), p.Type, logs.Optional(p.Group), logs.EntityKey(p.Entity), logs.Optional(p.CollapseKey), p.Encoded)
	if it.Topic == belfry.TopicAll {
		t.shared.LastAll = it.Born
	}
	t.ringShared(it.Rev, &belfry.Hint{Item: it, Except: p.Except})
	for _, name := range p.Except {
		u, err := t.user(name)
		if err != nil {
			return err
		}
		t.putReceipt(u, it.Born, belfry.Receipt{Hidden: true})
	}
	return nil
}

// putReceipt writes a receipt of a shared item under the user's next revision.
func (t *tx) putReceipt(u *logs.User, born belfry.Rev, r belfry.Receipt) {
	u.ReceiptRev = t.Next(u)
	t.exec(`INSERT INTO receipts (uid, born, rev, seen, read, archived, snoozed, deleted, returned, hidden) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)
		ON CONFLICT (uid, born) DO UPDATE SET rev=excluded.rev, seen=excluded.seen, read=excluded.read, archived=excluded.archived,
		snoozed=excluded.snoozed, deleted=excluded.deleted, returned=excluded.returned, hidden=excluded.hidden`,
		u.UID, born, u.ReceiptRev, r.SeenAt, r.ReadAt, r.ArchivedAt, r.SnoozedUntil, r.DeletedAt, r.At, r.Hidden)
}
