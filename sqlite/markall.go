package sqlite

import (
	"belfry"
	"belfry/internal/inbox"
)

// all moves the watermark of a kind up to the horizon, if any item looks
// different for it: one row, whatever the number.
func (mk *marking) all(kind belfry.WatermarkKind) error {
	u := mk.v.u
	w := belfry.Watermark{Kind: kind, Position: mk.upTo, Rev: u.Head + 1, At: mk.now}
	raised, err := inbox.Raise(u, w, mk.wants, mk)
	if raised {
		u.Marks[kind].Rev = mk.Next(u)
		mk.out.Changed = 1
	}
	return err
}

var _ inbox.Covered = (*marking)(nil)

// Counts implements inbox.Covered.
func (mk *marking) Counts() (belfry.Counts, error) { return mk.v.counts() }

// Uncovered implements inbox.Covered.
func (mk *marking) Uncovered(p, upTo belfry.Rev) (items []belfry.Item, err error) {
	rows, err := mk.private("SELECT "+privateColumns+" FROM items WHERE uid = ? AND born > ? AND born <= ? AND dead = 0", mk.v.u.UID, p, upTo)
	if err == nil && mk.v.u.EditRev > p {
		var marked []privateRow
		marked, err = mk.private("SELECT "+privateColumns+` FROM items INDEXED BY items_changed
			WHERE uid = ? AND max(rev, receipt_rev) > ? AND max(rev, receipt_rev) <> born AND born <= ? AND receipt_rev > ? AND dead = 0`,
			mk.v.u.UID, p, min(p, upTo), p)
		rows = append(rows, marked...)
	}
	for i := range rows {
		items = append(items, rows[i].Item)
	}
	return items, err
}

// AnyShared implements inbox.Covered.
func (mk *marking) AnyShared(old, raised belfry.Watermark, changes func(*belfry.Item) bool) (bool, error) {
	for _, sp := range mk.spans {
		for lo := max(sp.Lo, old.S); lo < raised.S; {
			borns, err := mk.sharedBorns(nil, sp.Topic, lo, raised.S, narrow{}, false, inbox.WalkChunk)
			if err != nil {
				return false, err
			}
			for _, born := range borns {
				s, _, err := mk.sharedFor(mk.v.u.UID, born)
				if err != nil || changes(&s.Item) {
					return err == nil, err
				}
			}
			if len(borns) < inbox.WalkChunk {
				break
			}
			lo = borns[len(borns)-1]
		}
	}
	return mk.anyReceipted(old, raised, changes)
}

// anyReceipted looks at shared items whose receipt is younger than the old
// watermark that covered them.
func (mk *marking) anyReceipted(old, raised belfry.Watermark, changes func(*belfry.Item) bool) (bool, error) {
	if mk.v.u.ReceiptRev <= old.P {
		return false, nil
	}
	r := mk.query("SELECT s.topic, s.born, "+receiptColumns+" FROM receipts r JOIN shared s ON s.born = r.born WHERE r.uid = ? AND "+youngReceipts+" AND s.dead = 0",
		mk.v.u.UID, old.P, min(old.S, raised.S))
	found := false
	for !found && r.next() {
		it := belfry.Item{Shared: true}
		r.scan(append([]any{&it.Topic, &it.Born}, receiptDest(&it.Receipt)...)...)
		found = inbox.Contains(mk.spans, it.Topic, it.Born) && changes(&it)
	}
	return found, r.close()
}
