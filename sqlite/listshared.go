package sqlite

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
		var borns []belfry.Rev
		for _, sp := range l.Spans {
			if borns, err = l.sharedBorns(borns, sp.Topic, max(lo, sp.Lo), hi, l.narrow, true, n); err != nil {
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
	borns, err := l.receipted(l.Spans, l.narrow, l.Filter.Admits, "r.returned <> 0 AND r.returned <= ? ORDER BY r.returned DESC", start.At)
	if err != nil {
		return nil, err
	}
	return l.load(borns, start.Below)
}

// withReceipt are the births of the living items in some spans whose receipt is
// wanted, outside of lo < born <= hi.
func (v *view) withReceipt(spans []inbox.Span, lo, hi belfry.Rev, n narrow, wanted func(belfry.Receipt) bool) ([]belfry.Rev, error) {
	var before []belfry.Rev
	if lo > 0 {
		var err error
		if before, err = v.receipted(spans, n, wanted, youngReceipts+" ORDER BY r.born", inbox.Younger(v.u.Marks, lo, wanted), lo); err != nil {
			return nil, err
		}
	}
	if hi == inbox.MaxRev {
		return before, nil
	}
	after, err := v.receipted(spans, n, wanted, "r.born > ? ORDER BY r.born", hi)
	return append(before, after...), err
}

// receipted are the births of the living items in some spans whose receipt
// fulfils a condition in SQL and is wanted.
func (v *view) receipted(spans []inbox.Span, n narrow, wanted func(belfry.Receipt) bool, where string, bounds ...any) (borns []belfry.Rev, err error) {
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
		if inbox.Contains(spans, it.Topic, it.Born) && wanted(it.Receipt) {
			borns = append(borns, it.Born)
		}
	}
	return borns, r.close()
}
