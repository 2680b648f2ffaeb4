package sqlite

import (
	"encoding/json"

	"belfry"
)

// dueKind is what the sweeper has to do.
type dueKind int

const (
	dueDeliver dueKind = iota + 1 // a scheduled notification enters the logs
	dueExpire                     // a notification ends in every inbox
	dueReturn                     // an item comes back from a user's snooze
)

func (t *tx) addDue(at belfry.Time, kind dueKind, id belfry.ID, uid int64) error {
	t.Rows++
	return t.exec("INSERT OR IGNORE INTO due (at, kind, id, uid) VALUES (?, ?, ?, ?)", at, kind, id, uid)
}

// scheduledRow is a notification that waits for its deliverAt, or never entered a log.
type scheduledRow struct {
	id        belfry.ID
	deliverAt belfry.Time
	created   belfry.Time
	status    belfry.Status
	draft     belfry.Draft
}

func (c conn) scheduled(id belfry.ID) (row *scheduledRow, err error) {
	row = &scheduledRow{id: id}
	var draft []byte
	found, err := c.one("SELECT deliver_at, created, status, draft FROM scheduled WHERE id = ?", []any{id}, &row.deliverAt, &row.created, &row.status, &draft)
	if !found || err != nil {
		return nil, err
	}
	return row, json.Unmarshal(draft, &row.draft)
}

// schedule keeps a publication aside until its time comes.
func (t *tx) schedule(p *belfry.Publication) error {
	return t.putScheduled(&scheduledRow{id: p.ID, deliverAt: p.DeliverAt, created: p.CreatedAt, status: belfry.StatusScheduled, draft: p.Draft})
}

func (t *tx) putScheduled(row *scheduledRow) error {
	draft, err := json.Marshal(row.draft)
	if err != nil {
		return err
	}
	t.Rows++
	err = t.exec("INSERT OR REPLACE INTO scheduled (id, deliver_at, created, status, draft) VALUES (?, ?, ?, ?, ?)",
		row.id, row.deliverAt, row.created, row.status, draft)
	if err != nil || row.status != belfry.StatusScheduled {
		return err
	}
	return t.addDue(row.deliverAt, dueDeliver, row.id, 0)
}

// release enters a scheduled notification into the logs, unless it was cancelled
// or moved since.
func (t *tx) release(id belfry.ID, at belfry.Time) error {
	row, err := t.scheduled(id)
	if err != nil || row == nil || row.status != belfry.StatusScheduled || row.deliverAt != at {
		return err
	}
	if row.draft.ExpiresAt != 0 && row.draft.ExpiresAt <= t.now {
		row.status = belfry.StatusRetracted
		return t.putScheduled(row)
	}
	if err := t.exec("DELETE FROM scheduled WHERE id = ?", id); err != nil {
		return err
	}
	return t.deliver(&belfry.Publication{Draft: row.draft, ID: id, CreatedAt: row.created, Encoded: row.draft.Content.Encode()})
}

func (row *scheduledRow) standing() belfry.Standing {
	return belfry.Standing{ID: row.id, Status: row.status, To: row.draft.To, Content: row.draft.Content, CreatedAt: row.created, DeliverAt: row.deliverAt}
}
