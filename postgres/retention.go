package postgres

import (
	"context"
	"time"

	"belfry"
	"belfry/internal/logs"
)

// keepEnded is how many notifications without a row are remembered.
const keepEnded = 100_000

// idempotencyTTL is how long a key is remembered.
const idempotencyTTL = belfry.Time(24 * time.Hour / time.Millisecond)

// sharedTrimEvery is how often the shared log is trimmed by age: each trim is a
// row that every session is sent.
const sharedTrimEvery = belfry.Time(time.Hour / time.Millisecond)

// kept is how long items are.
func kept(r belfry.Rules) belfry.Time { return belfry.Time(r.RetentionDays) * 24 * 3600 * 1000 }

// trimsByAge are the steps that trim the logs with the oldest items.
func (s *Store) trimsByAge(ctx context.Context) (steps []*step, err error) {
	var names []belfry.UserID
	shared := false
	err = s.snapshot(ctx, func(c *conn) error {
		names = nil
		c.later(func(r *rows) {
			var name belfry.UserID
			r.scan(&name)
			names = append(names, name)
		}, "SELECT u.name FROM (SELECT DISTINCT uid FROM (SELECT uid FROM items WHERE at < "+sqlNow+" - $2::bigint ORDER BY at LIMIT $3) old LIMIT $4) o JOIN users u USING (uid)",
			s.clock(), kept(s.rules), sweepRows, sweepTrims)
		c.later(func(r *rows) { r.scan(&shared) }, "SELECT (trimmed_at = 0 OR "+sqlNow+` >= trimmed_at + $3::bigint)
			AND coalesce((SELECT born FROM shared WHERE at < `+sqlNow+` - $2::bigint ORDER BY at DESC LIMIT 1), 0) > trim FROM shared_log`,
			s.clock(), kept(s.rules), sharedTrimEvery)
		return c.flush()
	})
	for _, name := range names {
		steps = append(steps, &step{needs: needs{users: []belfry.UserID{name}, onlyKnown: true}, run: func(t *tx) error {
			return t.trimOldPrivate(t.users[name])
		}})
	}
	if shared {
		steps = append(steps, &step{needs: needs{shared: true}, run: (*tx).trimOldShared})
	}
	return steps, err
}

func (t *tx) trimOldPrivate(u *logs.User) error {
	if u == nil {
		return nil
	}
	var born belfry.Rev
	_, err := t.one("SELECT coalesce(max(born), 0) FROM items WHERE uid = $1 AND at < $2", []any{u.UID, t.tooOld()}, &born)
	if err != nil || born == 0 {
		return err
	}
	return t.trimPrivate(u, born)
}

// tooOld is the moment before which things are let go of.
func (t *tx) tooOld() belfry.Time { return t.now - kept(t.rules) }

// trimOldShared trims the shared log by age, at most once an hour.
func (t *tx) trimOldShared() error {
	if t.shared.TrimmedAt != 0 && t.now < t.shared.TrimmedAt+sharedTrimEvery {
		return nil
	}
	var born belfry.Rev
	found, err := t.one("SELECT born FROM shared WHERE at < $1 ORDER BY at DESC LIMIT 1", []any{t.tooOld()}, &born)
	if err == nil && found && born > t.shared.Trim {
		t.trimShared(born)
	}
	return err
}

// removals let go of rows that nobody reads any more; each says whether there is
// more of it.
var removals = [...]func(*tx) (more bool, err error){
	(*tx).removeShared,
	(*tx).removeReceipts,
	(*tx).forgetKeys,
	(*tx).forgetScheduled,
	(*tx).forgetEnded,
}

// letGo removes what retention has passed. One node does it at a time.
func (s *Store) letGo(ctx context.Context) (more bool, err error) {
	err = s.do(ctx, &step{run: func(t *tx) error {
		more = false
		var mine bool
		if _, err := t.one("SELECT pg_try_advisory_xact_lock($1, $2)", []any{lockClass, lockRetention}, &mine); err != nil || !mine {
			return err
		}
		for _, remove := range removals {
			left, err := remove(t)
			if err != nil {
				return err
			}
			more = more || left
		}
		return nil
	}})[0]
	return more && err == nil, err
}

// forgetKeys removes idempotency keys that are older than promised.
func (t *tx) forgetKeys() (more bool, err error) {
	n, err := t.run("DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2)", t.now-idempotencyTTL, sweepRows)
	return n == sweepRows, err
}

// forgetScheduled removes notifications that never entered a log and are too old
// to be asked for.
func (t *tx) forgetScheduled() (more bool, err error) {
	n, err := t.run("DELETE FROM scheduled WHERE id IN (SELECT id FROM scheduled WHERE status <> 'scheduled' AND deliver_at < $1 LIMIT $2)", t.tooOld(), sweepRows)
	return n == sweepRows, err
}

// forgetEnded keeps the memory of what left no row bounded.
func (t *tx) forgetEnded() (more bool, err error) {
	n, err := t.run(`DELETE FROM ended WHERE seq IN (SELECT seq FROM ended
		WHERE seq <= (SELECT max(seq) FROM ended) - $1::bigint ORDER BY seq LIMIT $2)`, keepEnded, sweepRows)
	return n == sweepRows, err
}
