package postgres

import (
	"slices"

	"belfry"
	"belfry/internal/inbox"
)

// SharedFresh implements inbox.Parts.
func (l *listing) SharedFresh(lo, hi belfry.Rev) inbox.Refill {
	size := l.Chunks()
	return func() (items []belfry.Item, more bool, err error) {
		n := size()
		borns, err := l.sharedBorns(walk{spans: l.Spans, lo: lo, hi: hi, narrow: l.narrow, newestFirst: true}, n)
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

// SharedMarked implements inbox.Parts.
func (l *listing) SharedMarked(lo, hi, below belfry.Rev) ([]belfry.Item, error) {
	wanted := func(r belfry.Receipt) bool { return r.At == 0 && l.Filter.Admits(r) }
	borns, err := l.withReceipt(l.Spans, lo, hi, l.narrow, wanted)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(borns, func(a, b belfry.Rev) int { return int(b - a) })
	return l.load(borns, func(it *belfry.Item) bool { return it.Born < below })
}

// SharedReturned implements inbox.Parts.
func (l *listing) SharedReturned(start inbox.Place) ([]belfry.Item, error) {
	borns, err := l.receipted(l.Spans, l.narrow, l.Filter.Admits, func(a *args) string {
		return "r.returned <> 0 AND r.returned <= " + a.add(start.At) + " ORDER BY r.returned DESC"
	})
	if err != nil {
		return nil, err
	}
	return l.load(borns, start.Below)
}

// withReceipt are the births of the living items in some spans whose receipt is
// wanted, outside of lo < born <= hi.
func (v *view) withReceipt(spans []inbox.Span, lo, hi belfry.Rev, n narrow, wanted func(belfry.Receipt) bool) ([]belfry.Rev, error) {
	return v.receipted(spans, n, wanted, func(a *args) string {
		return "(r.born <= " + a.add(lo) + " AND r.rev > " + a.add(inbox.Younger(v.u.Marks, lo, wanted)) + " OR r.born > " + a.add(hi) + ") ORDER BY r.born"
	})
}

// receipted are the births of the living items in some spans whose receipt
// fulfils a condition in SQL and is wanted.
func (v *view) receipted(spans []inbox.Span, n narrow, wanted func(belfry.Receipt) bool, where func(*args) string) (borns []belfry.Rev, err error) {
	if v.u.ReceiptRev == 0 {
		return nil, nil
	}
	a := args{v.u.UID}
	r := v.query("SELECT s.born, s.topic, "+receiptColumns+" FROM receipts r JOIN shared s ON s.born = r.born WHERE r.uid = $1 AND NOT s.dead"+n.where(&a)+" AND "+where(&a), a...)
	for r.next() {
		it := belfry.Item{Shared: true}
		r.scan(append([]any{&it.Born, &it.Topic}, receiptDest(&it.Receipt)...)...)
		v.u.Effective(&it)
		if inbox.Contains(spans, it.Topic, it.Born) && wanted(it.Receipt) {
			borns = append(borns, it.Born)
		}
	}
	return borns, r.close()
}
