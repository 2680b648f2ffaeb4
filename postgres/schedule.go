package postgres

import (
	"encoding/json"

	"belfry"
	"belfry/internal/logs"
)

func (t *tx) addDue(at belfry.Time, kind logs.DueKind, id belfry.ID, uid int64) {
	t.exec("INSERT INTO due (at, kind, id, uid) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", at, kind, id, uid)
}

func (c *conn) scheduled(id belfry.ID) (row *logs.Scheduled, err error) {
	row = &logs.Scheduled{ID: id}
	var draft []byte
	found, err := c.one("SELECT deliver_at, created, status, draft FROM scheduled WHERE id = $1", []any{id}, &row.DeliverAt, &row.CreatedAt, &row.Status, &draft)
	if !found || err != nil {
		return nil, err
	}
	return row, json.Unmarshal(draft, &row.Draft)
}

// schedule keeps a publication aside until its time comes.
func (t *tx) schedule(p *belfry.Publication) error {
	return t.putScheduled(logs.Schedule(p))
}

func (t *tx) putScheduled(row *logs.Scheduled) error {
	draft, err := json.Marshal(row.Draft)
	if err != nil {
		return err
	}
	t.exec(`INSERT INTO scheduled (id, deliver_at, created, status, draft) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET deliver_at=excluded.deliver_at, status=excluded.status, draft=excluded.draft`,
		row.ID, row.DeliverAt, row.CreatedAt, row.Status, draft)
	if row.Status == belfry.StatusScheduled {
		t.addDue(row.DeliverAt, logs.DueDeliver, row.ID, 0)
	}
	return nil
}

// release enters a scheduled notification into the logs, unless it was cancelled
// or moved since.
func (t *tx) release(id belfry.ID, at belfry.Time) error {
	row, err := t.scheduled(id)
	if err != nil || row == nil || row.Status != belfry.StatusScheduled || row.DeliverAt != at {
		return err
	}
	if row.Draft.ExpiresAt != 0 && row.Draft.ExpiresAt <= t.now {
		row.Status = belfry.StatusRetracted
		return t.putScheduled(row)
	}
	if !t.holds(&row.Draft) {
		return errMoved
	}
	t.exec("DELETE FROM scheduled WHERE id = $1", id)
	return t.deliver(&belfry.Publication{Draft: row.Draft, ID: id, CreatedAt: row.CreatedAt, Encoded: row.Draft.Content.Encode()})
}

// holds says whether the transaction has the locks of all that a draft is
// delivered to.
func (t *tx) holds(d *belfry.Draft) bool {
	var n needs
	n.address(d)
	for _, name := range n.users {
		if t.users[name] == nil {
			return false
		}
	}
	return t.mayShare || !n.shared
}
