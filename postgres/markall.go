package postgres

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
	rows, err := mk.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND born > $2 AND born <= $3 AND NOT dead", mk.v.u.UID, p, upTo)
	if err == nil && mk.v.u.EditRev > p {
		var marked []privateRow
		marked, err = mk.private("SELECT "+privateColumns+` FROM items WHERE uid = $1 AND greatest(rev, receipt_rev) > $2
			AND greatest(rev, receipt_rev) <> born AND born <= $3 AND receipt_rev > $2 AND NOT dead`, mk.v.u.UID, p, min(p, upTo))
		rows = append(rows, marked...)
	}
	for i := range rows {
		items = append(items, rows[i].Item)
	}
	return items, err
}

// AnyShared implements inbox.Covered.
func (mk *marking) AnyShared(old, raised belfry.Watermark, changes func(*belfry.Item) bool) (bool, error) {
	for w := (walk{spans: mk.spans, lo: old.S, hi: raised.S}); w.lo < w.hi; {
		borns, err := mk.sharedBorns(w, inbox.WalkChunk)
		if err != nil {
			return false, err
		}
		shared, err := mk.sharedFor(mk.v.u.UID, borns)
		if err != nil {
			return false, err
		}
		for i := range shared {
			if changes(&shared[i].Item) {
				return true, nil
			}
		}
		if len(borns) < inbox.WalkChunk {
			break
		}
		w.lo = borns[len(borns)-1]
	}
	return mk.anyReceipted(old, raised, changes)
}

// anyReceipted looks at shared items whose receipt is younger than the old
// watermark that covered them.
func (mk *marking) anyReceipted(old, raised belfry.Watermark, changes func(*belfry.Item) bool) (bool, error) {
	if mk.v.u.ReceiptRev <= old.P {
		return false, nil
	}
	r := mk.query("SELECT s.topic, s.born, "+receiptColumns+` FROM receipts r JOIN shared s ON s.born = r.born
		WHERE r.uid = $1 AND r.rev > $2 AND r.born <= $3 AND NOT s.dead`, mk.v.u.UID, old.P, min(old.S, raised.S))
	found := false
	for !found && r.next() {
		it := belfry.Item{Shared: true}
		r.scan(append([]any{&it.Topic, &it.Born}, receiptDest(&it.Receipt)...)...)
		found = inbox.Contains(mk.spans, it.Topic, it.Born) && changes(&it)
	}
	return found, r.close()
}
