package postgres

import (
	"belfry"
	"belfry/internal/logs"
)

// trimToNewest ends all but the newest items of a private log: one Trim row.
func (t *tx) trimToNewest(u *logs.User, keep int) error {
	var born belfry.Rev
	found, err := t.one("SELECT born FROM items WHERE uid = $1 ORDER BY born DESC LIMIT 1 OFFSET $2", []any{u.UID, keep}, &born)
	if !found || err != nil {
		return err
	}
	return t.trimPrivate(u, born)
}

// trimPrivate ends the items of a private log born up to a revision, dead ones
// included: whoever needs their deaths needs the Trim row.
func (t *tx) trimPrivate(u *logs.User, born belfry.Rev) error {
	r := t.query("SELECT born, receipt_rev, seen, read, archived, snoozed, deleted, returned, dead FROM items WHERE uid = $1 AND born <= $2", u.UID, born)
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
	u.Trim, u.TrimRev = born, t.Next(u)
	t.exec(`INSERT INTO ended (id) SELECT id FROM (SELECT id FROM items WHERE uid = $1 AND born <= $2
		UNION SELECT notification FROM items WHERE uid = $1 AND born <= $2 AND notification IS NOT NULL) gone ORDER BY id ON CONFLICT DO NOTHING`, u.UID, born)
	t.exec("DELETE FROM items WHERE uid = $1 AND born <= $2", u.UID, born)
	return nil
}

// trimShared ends the items of the shared log born up to a revision: one row.
// The rows themselves, and the receipts of them, are removed by later steps of
// the sweeper, a few at a time.
func (t *tx) trimShared(born belfry.Rev) {
	t.shared.Trim, t.shared.TrimRev = born, t.nextShared()
	t.shared.TrimmedAt, t.shared.CleanUID = t.now, 0
	t.renamed = true
	t.ringShared(t.shared.TrimRev, nil)
}

// removeShared removes some of the rows that a trim of the shared log covers;
// more says that others are left. The topmost row stays: deliveredAt goes on
// from it.
func (t *tx) removeShared() (more bool, err error) {
	const old = "(SELECT born FROM shared WHERE born <= $1 AND born < (SELECT max(born) FROM shared) ORDER BY born LIMIT $2)"
	t.exec("INSERT INTO ended (id) SELECT id FROM shared WHERE born IN "+old+" ORDER BY id ON CONFLICT DO NOTHING", t.shared.Trim, sweepRows)
	n, err := t.run("DELETE FROM shared WHERE born IN "+old, t.shared.Trim, sweepRows)
	return n == sweepRows, err
}

// removeReceipts removes the receipts of trimmed items from some users' logs.
func (t *tx) removeReceipts() (more bool, err error) {
	from := t.shared.CleanUID
	if from < 0 {
		return false, nil
	}
	t.exec("DELETE FROM receipts WHERE uid > $1 AND uid <= $2 AND born <= $3", from, from+sweepUsers, t.shared.Trim)
	var last int64
	if _, err := t.one("SELECT coalesce(max(uid), 0) FROM users", nil, &last); err != nil {
		return false, err
	}
	next := from + sweepUsers
	if more = next < last; !more {
		next = -1
	}
	t.exec("UPDATE shared_log SET clean_uid = $1 WHERE trim = $2", next, t.shared.Trim)
	return more, nil
}
