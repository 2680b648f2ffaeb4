package sqlite

import (
	"belfry"
	"belfry/internal/inbox"
)

// all moves the watermark of a kind up to the horizon, if any item looks
// different for it: one row, whatever the number.
func (mk *marking) all(kind belfry.WatermarkKind) error {
	u := mk.v.u
	before, old := u.Marks, u.Marks[kind]
	// Its own revision is above its position and decides nothing here.
	after := before
	if !after.Raise(belfry.Watermark{Kind: kind, Position: mk.upTo, Rev: u.Head + 1, At: mk.now}) {
		return nil
	}
	was, err := mk.v.counts()
	if err != nil {
		return err
	}
	unread, unseen, err := mk.recount(after, kind)
	if err != nil {
		return err
	}
	wasUnread, wasUnseen := u.Unread, u.Unseen
	u.Marks, u.Unread, u.Unseen = after, unread, unseen
	now, err := mk.v.counts()
	if err != nil {
		return err
	}
	changed := now.Unread != was.Unread || now.Unseen != was.Unseen
	if !changed {
		changed, err = mk.differs(before, old, after[kind])
	}
	if err != nil || !changed {
		u.Marks, u.Unread, u.Unseen = before, wasUnread, wasUnseen
		return err
	}
	u.Marks[kind].Rev = mk.Next(u)
	mk.out.Changed = 1
	return nil
}

// recount is what the private items count under new watermarks. Those that the
// raised one covers all count alike, so only the others are looked at.
func (mk *marking) recount(after belfry.Watermarks, kind belfry.WatermarkKind) (unread, unseen int64, err error) {
	w := after[kind]
	others, err := mk.uncovered(w.P, inbox.MaxRev)
	for i := range others {
		r := after.Effective(false, others[i].Born, others[i].Receipt)
		addUnread, addUnseen := belfry.Counted(r, false)
		unread += addUnread
		unseen += addUnseen
	}
	var alone belfry.Watermarks
	alone[kind] = w
	if covered, _ := belfry.Counted(alone.Effective(false, 1, belfry.Receipt{}), false); covered != 0 {
		unread = mk.v.u.Unread // this kind leaves unread what it covers
	}
	return unread, unseen, err
}

// uncovered are the living private items that a watermark at p does not cover,
// born up to a revision: born above p, or with a younger receipt.
func (mk *marking) uncovered(p, upTo belfry.Rev) ([]privateRow, error) {
	young, err := mk.private("SELECT "+privateColumns+" FROM items WHERE uid = ? AND born > ? AND born <= ? AND dead = 0", mk.v.u.UID, p, upTo)
	if err != nil || mk.v.u.EditRev <= p {
		return young, err
	}
	marked, err := mk.private("SELECT "+privateColumns+` FROM items INDEXED BY items_changed
		WHERE uid = ? AND max(rev, receipt_rev) > ? AND max(rev, receipt_rev) <> born AND born <= ? AND receipt_rev > ? AND dead = 0`,
		mk.v.u.UID, p, min(p, upTo), p)
	return append(young, marked...), err
}

// differs says whether the action is news to any item that the raised watermark
// covers. Only what the old one did not cover can be such.
func (mk *marking) differs(before belfry.Watermarks, old, raised belfry.Watermark) (bool, error) {
	u := mk.v.u
	changes := func(it *belfry.Item) bool {
		return raised.Covers(it.Shared, it.Born, it.Receipt.Rev) && mk.wants(before.Effective(it.Shared, it.Born, it.Receipt))
	}
	items, err := mk.uncovered(old.P, raised.P)
	if err != nil {
		return false, err
	}
	for i := range items {
		if changes(&items[i].Item) {
			return true, nil
		}
	}
	for _, sp := range mk.spans {
		for lo := max(sp.Lo, old.S); lo < raised.S; {
			borns, err := mk.sharedBorns(nil, sp.Topic, lo, raised.S, narrow{}, false, inbox.WalkChunk)
			if err != nil {
				return false, err
			}
			for _, born := range borns {
				s, _, err := mk.sharedFor(u.UID, born)
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
	return mk.differsInReceipts(old, raised, changes)
}

// differsInReceipts looks at shared items whose receipt is younger than the old
// watermark that covered them.
func (mk *marking) differsInReceipts(old, raised belfry.Watermark, changes func(*belfry.Item) bool) (bool, error) {
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
