package postgres

import (
	"slices"

	"belfry"
	"belfry/internal/inbox"
)

// scoped marks the items that the mark's query names and its action would
// change, oldest first, at most MaxMarkIDs.
func (mk *marking) scoped() error {
	n := narrow{group: mk.Group, entity: mk.Entity}
	if mk.Type != "" {
		n.types = []belfry.Type{mk.Type}
	}
	var items []belfry.Item
	if mk.Topic == "" {
		own, err := mk.scopedPrivate(n)
		if err != nil {
			return err
		}
		items = own
	}
	shared, err := mk.scopedShared(inbox.OfTopic(mk.spans, mk.Topic), n)
	if err != nil {
		return err
	}
	items = append(items, shared...)
	slices.SortStableFunc(items, func(a, b belfry.Item) int { return inbox.Compare(&b, &a) })
	if len(items) > belfry.MaxMarkIDs {
		items, mk.out.More = items[:belfry.MaxMarkIDs], true
	}
	for i := range items {
		mk.apply(&items[i])
	}
	return nil
}

// wants says whether the mark would change an item with this effective receipt.
func (mk *marking) wants(r belfry.Receipt) bool {
	_, changed := mk.Action.Apply(r, mk.now, mk.Until)
	return changed && r.Visible()
}

func (mk *marking) scopedPrivate(n narrow) (items []belfry.Item, err error) {
	a := args{mk.v.u.UID, mk.upTo.P}
	rows, err := mk.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND born <= $2 AND NOT dead"+n.where(&a)+" ORDER BY born", a...)
	for i := range rows {
		it := rows[i].Item
		mk.v.u.Effective(&it)
		if mk.wants(it.Receipt) && len(items) <= belfry.MaxMarkIDs {
			items = append(items, it)
		}
	}
	return items, err
}

// scopedShared finds the wanted items of some spans: those in the stretch where
// items without a receipt are wanted, and those that have a receipt.
func (mk *marking) scopedShared(spans []inbox.Span, n narrow) (items []belfry.Item, err error) {
	from, to := inbox.Reach(mk.v.u.Marks, mk.wants)
	for w := (walk{spans: spans, lo: from, hi: min(to, mk.upTo.S), narrow: n}); w.lo < w.hi && len(items) <= belfry.MaxMarkIDs; {
		borns, err := mk.sharedBorns(w, inbox.WalkChunk)
		if err != nil {
			return nil, err
		}
		if items, err = mk.addWanted(items, borns); err != nil {
			return nil, err
		}
		if len(borns) < inbox.WalkChunk {
			break
		}
		w.lo = borns[len(borns)-1]
	}
	borns, err := mk.v.withReceipt(spans, from, to, n, mk.wants)
	if err != nil {
		return nil, err
	}
	borns = slices.DeleteFunc(borns, func(born belfry.Rev) bool { return born > mk.upTo.S })
	return mk.addWanted(items, borns)
}

func (mk *marking) addWanted(items []belfry.Item, borns []belfry.Rev) ([]belfry.Item, error) {
	rows, err := mk.sharedFor(mk.v.u.UID, borns)
	for i := range rows {
		it := rows[i].Item
		mk.v.u.Effective(&it)
		if mk.wants(it.Receipt) {
			items = append(items, it)
		}
	}
	return items, err
}
