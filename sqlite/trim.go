package sqlite

import (
	"belfry"
	"belfry/internal/logs"
)

// trimToNewest ends all but the newest items of a private log: one Trim row.
func (t *tx) trimToNewest(u *logs.User, keep int) error {
	var born belfry.Rev
	found, err := t.one("SELECT born FROM items WHERE uid = ? ORDER BY born DESC LIMIT 1 OFFSET ?", []any{u.UID, keep}, &born)
	if !found || err != nil {
		return err
	}
	return t.trimPrivate(u, born)
}

// trimPrivate ends the items of a private log born up to a revision, dead ones
// included: whoever needs their deaths needs the Trim row.
func (t *tx) trimPrivate(u *logs.User, born belfry.Rev) error {
	r := t.query("SELECT born, receipt_rev, seen, read, archived, snoozed, deleted, returned, dead FROM items WHERE uid = ? AND born <= ?", u.UID, born)
	n := 0
	for r.next() {
		var b belfry.Rev
		var rc belfry.Receipt
		var dead bool
		r.scan(&b, &rc.Rev, &rc.SeenAt, &rc.ReadAt, &rc.ArchivedAt, &rc.SnoozedUntil, &rc.DeletedAt, &rc.At, &dead)
		if !dead {
			u.Count(-1, u.Marks.Effective(false, b, rc))
		}
		n++
	}
	if err := r.close(); err != nil || n == 0 {
		return err
	}
	u.Items -= n
	t.Rows += n
	u.Trim, u.TrimRev = born, t.Next(u)
	err := t.exec(`INSERT OR IGNORE INTO ended (id) SELECT id FROM items WHERE uid = ?1 AND born <= ?2
		UNION ALL SELECT notification FROM items WHERE uid = ?1 AND born <= ?2 AND notification IS NOT NULL`, u.UID, born)
	if err != nil {
		return err
	}
	return t.exec("DELETE FROM items WHERE uid = ? AND born <= ?", u.UID, born)
}

// trimShared ends the items of the shared log born up to a revision: one row.
// The rows themselves, and the receipts of them, are removed by later steps of
// the sweeper, a few at a time.
func (t *tx) trimShared(born belfry.Rev) {
	t.shared.Trim, t.shared.TrimRev = born, t.nextShared()
	t.shared.CleanUID = 0
	t.ringShared(t.shared.TrimRev, nil)
}

// removeShared removes some of the rows that a trim of the shared log covers;
// more says that others are left. The topmost row stays: it is the head.
func (t *tx) removeShared(limit int) (more bool, err error) {
	if t.shared.Trim == 0 {
		return false, nil
	}
	const old = "(SELECT born FROM shared WHERE born <= ? AND born < (SELECT max(born) FROM shared) ORDER BY born LIMIT ?)"
	if err := t.exec("INSERT OR IGNORE INTO ended (id) SELECT id FROM shared WHERE born IN "+old, t.shared.Trim, limit); err != nil {
		return false, err
	}
	err = t.exec("DELETE FROM shared WHERE born IN "+old, t.shared.Trim, limit)
	n := t.Changes()
	t.Rows += n
	return n == limit, err
}

// removeReceipts removes the receipts of trimmed items from some users' logs.
func (t *tx) removeReceipts(users int) (more bool, err error) {
	from := t.shared.CleanUID
	if from < 0 {
		return false, nil
	}
	var last int64
	_, err = t.one("SELECT coalesce(max(uid), 0) FROM users", nil, &last)
	if err != nil {
		return false, err
	}
	err = t.exec("DELETE FROM receipts WHERE uid > ? AND uid <= ? AND born <= ?", from, from+int64(users), t.shared.Trim)
	if err != nil {
		return false, err
	}
	t.Rows += t.Changes()
	t.changed = true
	if t.shared.CleanUID += int64(users); t.shared.CleanUID >= last {
		t.shared.CleanUID = -1
	}
	return t.shared.CleanUID >= 0, nil
}
