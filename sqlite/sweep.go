package sqlite

import (
	"context"
	"fmt"
	"time"

	"belfry"
	"belfry/internal/logs"
)

// What one call of Sweep does at most.
const (
	sweepDue     = 256  // due things
	sweepUsers   = 100  // private logs trimmed by age
	sweepRows    = 1000 // rows removed from a table
	sweepCleaned = 1000 // users whose stale receipts are removed
	sweepPages   = 500  // pages given back to the disk
)

// keepEnded is how many notifications without a row are remembered.
const keepEnded = 100_000

// idempotencyTTL is how long a key is remembered.
const idempotencyTTL = belfry.Time(24 * time.Hour / time.Millisecond)

// sharedTrimEvery is how often the shared log is trimmed by age: each trim is a
// row that every session is sent.
const sharedTrimEvery = belfry.Time(time.Hour / time.Millisecond)

// Sweep implements belfry.Writer. What is due is done step by step, so that one
// that fails holds up no other.
func (s *Store) Sweep(ctx context.Context) (more bool, err error) {
	due, err := s.due(ctx)
	if err != nil {
		return false, err
	}
	if len(due) > 0 {
		errs := s.writer.do(ctx, len(due), func(t *tx, i int) error { return t.perform(due[i]) })
		for _, e := range errs {
			if err == nil {
				err = e
			}
		}
	}
	var left [len(retention)]bool
	errs := s.writer.do(ctx, len(retention), func(t *tx, i int) (err error) {
		left[i], err = retention[i](t)
		return err
	})
	for _, e := range errs {
		if e != nil {
			return false, e
		}
	}
	for _, l := range left {
		more = more || l
	}
	return err == nil && (more || len(due) == sweepDue), err
}

// due lists what time has come for, oldest first.
func (s *Store) due(ctx context.Context) (due []logs.Due, err error) {
	now := belfry.TimeOf(s.writer.tx.rules.Now())
	err = s.read(ctx, func(c conn) error {
		r := c.query("SELECT at, kind, id, uid FROM due WHERE at <= ? ORDER BY at LIMIT ?", now, sweepDue)
		for r.next() {
			var d logs.Due
			var kind int
			r.scan(&d.At, &kind, &d.ID, &d.UID)
			d.Kind = logs.DueKind(kind)
			due = append(due, d)
		}
		return r.close()
	})
	return due, err
}

// perform claims a due thing and does it, if what it names still is as it was.
func (t *tx) perform(d logs.Due) error {
	err := t.exec("DELETE FROM due WHERE at = ? AND kind = ? AND id = ? AND uid = ?", d.At, d.Kind, d.ID, d.UID)
	if err != nil || t.Changes() == 0 {
		return err
	}
	t.Rows++
	switch d.Kind {
	case logs.DueDeliver:
		return t.release(d.ID, d.At)
	case logs.DueExpire:
		return t.expire(d.ID, d.At)
	default:
		return t.wake(d)
	}
}

// expire ends a notification that still expires at that time.
func (t *tx) expire(id belfry.ID, at belfry.Time) error {
	tr, err := t.trace(id, t.shared.Trim)
	if belfry.ErrorCode(err) == belfry.CodeNotFound {
		return nil
	}
	if err != nil || tr.scheduled != nil {
		return err
	}
	content := tr.content()
	if content == nil {
		return nil
	}
	c, err := belfry.DecodeContent(content)
	if err != nil || c.ExpiresAt != at {
		return err
	}
	return t.kill(&tr)
}

// wake brings an item back from a snooze that still ends at that time.
func (t *tx) wake(d logs.Due) error {
	u, err := t.byID(d.UID)
	if err != nil || u == nil {
		return err
	}
	v := t.view(u)
	spans, err := v.spans()
	if err != nil {
		return err
	}
	it, err := v.item(spans, d.ID)
	if err != nil || it == nil || it.Dead || !it.Receipt.Visible() || it.Receipt.SnoozedUntil != d.At {
		return err
	}
	return t.putMark(u, it, it.Receipt.Return(u.NextAt(t.now)))
}

// retention are the steps that let go of what is old; each says whether there is
// more of it.
var retention = [...]func(*tx) (more bool, err error){
	(*tx).trimOldPrivate,
	(*tx).trimOldShared,
	func(t *tx) (bool, error) { return t.removeShared(sweepRows) },
	func(t *tx) (bool, error) { return t.removeReceipts(sweepCleaned) },
	(*tx).forgetKeys,
	(*tx).forgetScheduled,
	(*tx).forgetEnded,
	(*tx).giveBack,
}

// tooOld is the moment before which things are let go of.
func (t *tx) tooOld() belfry.Time {
	return t.now - belfry.Time(t.rules.RetentionDays)*24*3600*1000
}

// trimOldPrivate trims the private logs with the oldest items. The table is in
// order of time, so that these stand at its beginning.
func (t *tx) trimOldPrivate() (more bool, err error) {
	cutoff := t.tooOld()
	newest := map[int64]belfry.Rev{} // by user: born of the newest item that is too old
	r := t.query("SELECT uid, at FROM items ORDER BY seq LIMIT ?", sweepRows)
	read := 0
	for r.next() {
		var uid int64
		var at belfry.Time
		r.scan(&uid, &at)
		if read++; at >= cutoff || len(newest) == sweepUsers {
			break
		}
		newest[uid] = 0
	}
	if err := r.close(); err != nil {
		return false, err
	}
	for uid := range newest {
		var born belfry.Rev
		if _, err := t.one("SELECT max(born) FROM items WHERE uid = ? AND at < ?", []any{uid, cutoff}, &born); err != nil {
			return false, err
		}
		u, err := t.byID(uid)
		if err != nil {
			return false, err
		}
		if err := t.trimPrivate(u, born); err != nil {
			return false, err
		}
	}
	return len(newest) == sweepUsers || read == sweepRows, nil
}

// trimOldShared trims the shared log by age, at most once an hour.
func (t *tx) trimOldShared() (more bool, err error) {
	if t.shared.TrimmedAt != 0 && t.now < t.shared.TrimmedAt+sharedTrimEvery {
		return false, nil
	}
	var born belfry.Rev
	found, err := t.one("SELECT born FROM shared WHERE at < ? ORDER BY at DESC LIMIT 1", []any{t.tooOld()}, &born)
	if err != nil || !found || born <= t.shared.Trim {
		return false, err
	}
	t.shared.TrimmedAt = t.now
	t.trimShared(born)
	return true, nil
}

// forgetKeys removes idempotency keys that are older than promised.
func (t *tx) forgetKeys() (more bool, err error) {
	err = t.exec("DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE at < ? ORDER BY at LIMIT ?)", t.now-idempotencyTTL, sweepRows)
	t.Rows += t.Changes()
	return t.Changes() == sweepRows, err
}

// forgetScheduled removes notifications that never entered a log and are too old
// to be asked for.
func (t *tx) forgetScheduled() (more bool, err error) {
	err = t.exec("DELETE FROM scheduled WHERE id IN (SELECT id FROM scheduled WHERE status <> 'scheduled' AND deliver_at < ? LIMIT ?)",
		t.tooOld(), sweepRows)
	t.Rows += t.Changes()
	return t.Changes() == sweepRows, err
}

// forgetEnded keeps the memory of what left no row bounded.
func (t *tx) forgetEnded() (more bool, err error) {
	err = t.exec(`DELETE FROM ended WHERE seq IN (SELECT seq FROM ended
		WHERE seq <= (SELECT max(seq) FROM ended) - ? ORDER BY seq LIMIT ?)`, keepEnded, sweepRows)
	t.Rows += t.Changes()
	return t.Changes() == sweepRows, err
}

// giveBack shortens a file of which the greater part is empty. What is less will
// be written to again.
func (t *tx) giveBack() (more bool, err error) {
	var free, pages int
	if _, err := t.one("SELECT (SELECT freelist_count FROM pragma_freelist_count), (SELECT page_count FROM pragma_page_count)", nil, &free, &pages); err != nil {
		return false, err
	}
	if free < sweepPages || free < pages/2 {
		return false, nil
	}
	r := t.query(fmt.Sprintf("PRAGMA incremental_vacuum(%d)", sweepPages))
	for r.next() { // a row a page
	}
	t.Rows += sweepPages
	return true, r.close()
}
