package sqlite

import (
	"slices"

	"belfry"
)

// sharedFresh are the shared items in lo < born <= hi that never came back from
// a snooze, of all topics of the inbox. Outside of that stretch the filter
// admits only items that have a receipt.
func (l *listing) sharedFresh(lo, hi belfry.Rev) func() ([]belfry.Item, bool, error) {
	size := l.chunks()
	return func() (items []belfry.Item, more bool, err error) {
		n := size()
		var borns []belfry.Rev
		for _, sp := range l.inbox {
			if borns, err = l.sharedBorns(borns, sp.topic, max(lo, sp.lo), hi, l.narrow, true, n); err != nil {
				return nil, false, err
			}
		}
		slices.SortFunc(borns, func(a, b belfry.Rev) int { return int(b - a) })
		borns = borns[:min(n, len(borns))]
		if len(borns) > 0 {
			hi = borns[len(borns)-1] - 1
		}
		items, err = l.load(borns, func(it *belfry.Item) bool { return it.Receipt.At == 0 })
		return items, len(borns) == n, err
	}
}

// load reads shared items and keeps those that the page wants.
func (l *listing) load(borns []belfry.Rev, ok func(*belfry.Item) bool) (items []belfry.Item, err error) {
	for _, born := range borns {
		s, found, err := l.sharedFor(l.u.UID, born)
		if err != nil {
			return nil, err
		}
		if found && ok(&s.Item) {
			items = l.admit(items, &s.Item)
		}
	}
	return items, nil
}

// sharedMarked are the shared items with a receipt outside of lo < born <= hi,
// born below a revision, that never came back from a snooze.
func (l *listing) sharedMarked(lo, hi, below belfry.Rev) ([]belfry.Item, error) {
	wanted := func(r belfry.Receipt) bool { return r.At == 0 && l.filter.Admits(r) }
	borns, err := l.withReceipt(l.inbox, lo, hi, l.narrow, wanted)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(borns, func(a, b belfry.Rev) int { return int(b - a) })
	return l.load(borns, func(it *belfry.Item) bool { return it.Born < below })
}

// sharedReturned are the shared items back from a snooze.
func (l *listing) sharedReturned(start place) ([]belfry.Item, error) {
	borns, err := l.receipted(l.inbox, l.narrow, l.filter.Admits, "r.returned <> 0 AND r.returned <= ? ORDER BY r.returned DESC", start.at)
	if err != nil {
		return nil, err
	}
	return l.load(borns, start.below)
}

// withReceipt are the births of the living items in some spans whose receipt is
// wanted, outside of lo < born <= hi.
func (v *view) withReceipt(spans []span, lo, hi belfry.Rev, n narrow, wanted func(belfry.Receipt) bool) ([]belfry.Rev, error) {
	var before []belfry.Rev
	if lo > 0 {
		var err error
		if before, err = v.receipted(spans, n, wanted, youngReceipts+" ORDER BY r.born", v.younger(lo, wanted), lo); err != nil {
			return nil, err
		}
	}
	if hi == maxRev {
		return before, nil
	}
	after, err := v.receipted(spans, n, wanted, "r.born > ? ORDER BY r.born", hi)
	return append(before, after...), err
}

// receipted are the births of the living items in some spans whose receipt
// fulfils a condition in SQL and is wanted.
func (v *view) receipted(spans []span, n narrow, wanted func(belfry.Receipt) bool, where string, bounds ...any) (borns []belfry.Rev, err error) {
	if v.u.ReceiptRev == 0 {
		return nil, nil
	}
	cond, args := n.where()
	r := v.query("SELECT s.born, s.topic, "+receiptColumns+" FROM receipts r JOIN shared s ON s.born = r.born WHERE r.uid = ? AND s.dead = 0"+cond+" AND "+where,
		append(append([]any{v.u.UID}, args...), bounds...)...)
	for r.next() {
		it := belfry.Item{Shared: true}
		r.scan(append([]any{&it.Born, &it.Topic}, receiptDest(&it.Receipt)...)...)
		v.u.Effective(&it)
		if contains(spans, it.Topic, it.Born) && wanted(it.Receipt) {
			borns = append(borns, it.Born)
		}
	}
	return borns, r.close()
}
