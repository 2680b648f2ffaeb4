package postgres

import (
	"belfry"
	"belfry/internal/logs"
)

// privateRow is a row of items: the item with its receipt as written.
type privateRow struct {
	belfry.Item
	uid          int64
	notification belfry.ID // what the item holds now, where that is not Item.ID
}

// rev is the row's place in the feed.
func (p *privateRow) rev() belfry.Rev { return max(p.Rev, p.Receipt.Rev) }

const privateColumns = `uid, born, rev, id, notification, at, created, dead, receipt_rev,
	seen, read, archived, snoozed, deleted, returned, content`

func (p *privateRow) columns() []any {
	return []any{&p.uid, &p.Born, &p.Rev, &p.ID, &p.notification, &p.DeliveredAt, &p.CreatedAt, &p.Dead, &p.Receipt.Rev,
		&p.Receipt.SeenAt, &p.Receipt.ReadAt, &p.Receipt.ArchivedAt, &p.Receipt.SnoozedUntil, &p.Receipt.DeletedAt, &p.Receipt.At, &p.Content}
}

// private reads all rows of a query for privateColumns.
func (c *conn) private(query string, args ...any) (all []privateRow, err error) {
	r := c.query(query, args...)
	for r.next() {
		var p privateRow
		r.scan(p.columns()...)
		all = append(all, p)
	}
	return all, r.close()
}

// sharedRow is a row of shared, joined with one user's receipt as written, or
// with none.
type sharedRow struct {
	belfry.Item
	except []belfry.UserID
}

const sharedColumns = `s.born, s.rev, s.id, s.topic, s.at, s.created, s.dead, s.except_users, s.content`

func (s *sharedRow) columns() []any {
	s.Shared = true
	return []any{&s.Born, &s.Rev, &s.ID, &s.Topic, &s.DeliveredAt, &s.CreatedAt, &s.Dead, (*logs.Users)(&s.except), &s.Content}
}

const receiptColumns = `r.rev, r.seen, r.read, r.archived, r.snoozed, r.deleted, r.returned, r.hidden`

// receiptOrNone are receiptColumns of an outer join.
const receiptOrNone = `coalesce(r.rev, 0), coalesce(r.seen, 0), coalesce(r.read, 0), coalesce(r.archived, 0), coalesce(r.snoozed, 0),
	coalesce(r.deleted, 0), coalesce(r.returned, 0), coalesce(r.hidden, false)`

// joinReceipts joins the receipts of the user $1 to the rows s, one look-up a
// row: there are few rows, and may be many receipts.
const joinReceipts = ` LEFT JOIN LATERAL (SELECT * FROM receipts WHERE uid = $1 AND born = s.born OFFSET 0) r ON true `

func receiptDest(r *belfry.Receipt) []any {
	return []any{&r.Rev, &r.SeenAt, &r.ReadAt, &r.ArchivedAt, &r.SnoozedUntil, &r.DeletedAt, &r.At, &r.Hidden}
}

// sharedFor reads the shared items of some revisions with the user's receipts,
// in the order given; those that are not there any more are left out.
func (c *conn) sharedFor(uid int64, borns []belfry.Rev) (all []sharedRow, err error) {
	if len(borns) == 0 {
		return nil, nil
	}
	r := c.query("SELECT "+sharedColumns+", "+receiptOrNone+` FROM unnest($2::bigint[]) WITH ORDINALITY AS w(born, place)
		JOIN shared s ON s.born = w.born`+joinReceipts+"ORDER BY w.place", uid, borns)
	for r.next() {
		var s sharedRow
		r.scan(append(s.columns(), receiptDest(&s.Receipt)...)...)
		all = append(all, s)
	}
	return all, r.close()
}

// sharedAll reads all rows of a query for sharedColumns.
func (c *conn) sharedAll(query string, args ...any) (all []sharedRow, err error) {
	r := c.query(query, args...)
	for r.next() {
		var s sharedRow
		r.scan(s.columns()...)
		all = append(all, s)
	}
	return all, r.close()
}
