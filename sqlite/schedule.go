package sqlite

import (
	"encoding/json"

	"belfry"
	"belfry/internal/logs"
)

func (t *tx) addDue(at belfry.Time, kind logs.DueKind, id belfry.ID, uid int64) error {
	t.Rows++
	return t.exec("INSERT OR IGNORE INTO due (at, kind, id, uid) VALUES (?, ?, ?, ?)", at, kind, id, uid)
}

func (c conn) scheduled(id belfry.ID) (row *logs.Scheduled, err error) {
	row = &logs.Scheduled{ID: id}
	var draft []byte
	found, err := c.one("SELECT deliver_at, created, status, draft FROM scheduled WHERE id = ?", []any{id}, &row.DeliverAt, &row.CreatedAt, &row.Status, &draft)
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
	t.Rows++
	err = t.exec("INSERT OR REPLACE INTO scheduled (id, deliver_at, created, status, draft) VALUES (?, ?, ?, ?, ?)",
		row.ID, row.DeliverAt, row.CreatedAt, row.Status, draft)
	if err != nil || row.Status != belfry.StatusScheduled {
		return err
	}
	return t.addDue(row.DeliverAt, logs.DueDeliver, row.ID, 0)
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
	if err := t.exec("DELETE FROM scheduled WHERE id = ?", id); err != nil {
		return err
	}
	return t.deliver(&belfry.Publication{Draft: row.Draft, ID: id, CreatedAt: row.CreatedAt, Encoded: row.Draft.Content.Encode()})
}
