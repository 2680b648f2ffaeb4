package postgres

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
		borns, err := l.sharedBorns(walk{spans: l.inbox, lo: lo, hi: hi, narrow: l.narrow, newestFirst: true}, n)
		if err != nil {
			return nil, false, err
		}
		if len(borns) > 0 {
			hi = borns[len(borns)-1] - 1
		}
		items, err = l.load(borns, func(it *belfry.Item) bool { return it.Receipt.At == 0 })
		return items, len(borns) == n, err
	}
}

// load reads shared items and keeps those that the page wants.
func (l *listing) load(borns []belfry.Rev, ok func(*belfry.Item) bool) (items []belfry.Item, err error) {
	rows, err := l.sharedFor(l.u.UID, borns)
	for i := range rows {
		if it := &rows[i].Item; ok(it) {
			items = l.admit(items, *it)
		}
	}
	return items, err
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
	borns, err := l.receipted(l.inbox, l.narrow, l.filter.Admits, func(a *args) string {
		return "r.returned <> 0 AND r.returned <= " + a.add(start.at) + " ORDER BY r.returned DESC"
	})
	if err != nil {
		return nil, err
	}
	return l.load(borns, start.below)
}

// withReceipt are the births of the living items in some spans whose receipt is
// wanted, outside of lo < born <= hi.
func (v *view) withReceipt(spans []span, lo, hi belfry.Rev, n narrow, wanted func(belfry.Receipt) bool) ([]belfry.Rev, error) {
	return v.receipted(spans, n, wanted, func(a *args) string {
		return "(r.born <= " + a.add(lo) + " AND r.rev > " + a.add(v.younger(lo, wanted)) + " OR r.born > " + a.add(hi) + ") ORDER BY r.born"
	})
}

// receipted are the births of the living items in some spans whose receipt
// fulfils a condition in SQL and is wanted.
func (v *view) receipted(spans []span, n narrow, wanted func(belfry.Receipt) bool, where func(*args) string) (borns []belfry.Rev, err error) {
	if v.u.ReceiptRev == 0 {
		return nil, nil
	}
	a := args{v.u.UID}
	r := v.query("SELECT s.born, s.topic, "+receiptColumns+" FROM receipts r JOIN shared s ON s.born = r.born WHERE r.uid = $1 AND NOT s.dead"+n.where(&a)+" AND "+where(&a), a...)
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
