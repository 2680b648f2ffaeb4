package sqlite

import (
	"strings"

	"belfry"
	"belfry/internal/logs"
)

// privateRow is a row of items: the item with its receipt as written.
type privateRow struct {
	belfry.Item
	seq, uid     int64
	notification belfry.ID // what the item holds now, where that is not Item.ID
}

// rev is the row's place in the feed.
func (p *privateRow) rev() belfry.Rev { return max(p.Rev, p.Receipt.Rev) }

const privateColumns = `seq, uid, born, rev, id, notification, at, created, dead, receipt_rev,
	seen, read, archived, snoozed, deleted, returned, content`

// private reads all rows of a query for privateColumns.
func (c conn) private(query string, args ...any) (all []privateRow, err error) {
	r := c.query(query, args...)
	for r.next() {
		all = append(all, privateRow{})
		p := &all[len(all)-1]
		r.scan(&p.seq, &p.uid, &p.Born, &p.Rev, &p.ID, &p.notification, &p.DeliveredAt, &p.CreatedAt, &p.Dead, &p.Receipt.Rev,
			&p.Receipt.SeenAt, &p.Receipt.ReadAt, &p.Receipt.ArchivedAt, &p.Receipt.SnoozedUntil, &p.Receipt.DeletedAt, &p.Receipt.At, &p.Content)
	}
	return all, r.close()
}

// sharedRow is a row of shared, joined with one user's receipt as written, or
// with none.
type sharedRow struct {
	belfry.Item
	except []belfry.UserID
}

const sharedColumns = `s.born, s.rev, s.id, s.topic, s.at, s.created, s.dead, coalesce(s.except_users, ''), s.content`

func (s *sharedRow) columns() []any {
	s.Shared = true
	return []any{&s.Born, &s.Rev, &s.ID, &s.Topic, &s.DeliveredAt, &s.CreatedAt, &s.Dead, (*logs.Users)(&s.except), &s.Content}
}

const receiptColumns = `r.rev, r.seen, r.read, r.archived, r.snoozed, r.deleted, r.returned, r.hidden`

func receiptDest(r *belfry.Receipt) []any {
	return []any{&r.Rev, &r.SeenAt, &r.ReadAt, &r.ArchivedAt, &r.SnoozedUntil, &r.DeletedAt, &r.At, &r.Hidden}
}

// sharedFor reads the shared item of a revision with the user's receipt.
func (c conn) sharedFor(uid int64, born belfry.Rev) (s sharedRow, found bool, err error) {
	found, err = c.one("SELECT "+sharedColumns+", "+receiptColumns+` FROM shared s
		LEFT JOIN receipts r ON r.uid = ? AND r.born = s.born WHERE s.born = ?`,
		[]any{uid, born}, append(s.columns(), receiptDest(&s.Receipt)...)...)
	return s, found, err
}

// sharedAll reads all rows of a query for sharedColumns.
func (c conn) sharedAll(query string, args ...any) (all []sharedRow, err error) {
	r := c.query(query, args...)
	for r.next() {
		var s sharedRow
		r.scan(s.columns()...)
		all = append(all, s)
	}
	return all, r.close()
}

// typeList is how a set of types stands in a query: every type between bars.
func typeList(types []belfry.Type) string {
	if len(types) == 0 {
		return ""
	}
	var b strings.Builder
	for _, t := range types {
		b.WriteString("|" + string(t))
	}
	return b.String() + "|"
}
