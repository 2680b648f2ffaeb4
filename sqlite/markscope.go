package sqlite

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
	for _, sp := range mk.spans {
		if mk.Topic != "" && mk.Topic != sp.Topic {
			continue
		}
		shared, err := mk.scopedShared(sp, n)
		if err != nil {
			return err
		}
		items = append(items, shared...)
	}
	slices.SortStableFunc(items, func(a, b belfry.Item) int { return inbox.Compare(&b, &a) })
	if len(items) > belfry.MaxMarkIDs {
		items, mk.out.More = items[:belfry.MaxMarkIDs], true
	}
	for i := range items {
		if err := mk.apply(&items[i]); err != nil {
			return err
		}
	}
	return nil
}

// wants says whether the mark would change an item with this effective receipt.
func (mk *marking) wants(r belfry.Receipt) bool {
	_, changed := mk.Action.Apply(r, mk.now, mk.Until)
	return changed && r.Visible()
}

func (mk *marking) scopedPrivate(n narrow) (items []belfry.Item, err error) {
	cond, args := n.where()
	rows, err := mk.private("SELECT "+privateColumns+" FROM items WHERE uid = ? AND born <= ? AND dead = 0"+cond+" ORDER BY born",
		append([]any{mk.v.u.UID, mk.upTo.P}, args...)...)
	for i := range rows {
		it := rows[i].Item
		mk.v.u.Effective(&it)
		if mk.wants(it.Receipt) && len(items) <= belfry.MaxMarkIDs {
			items = append(items, it)
		}
	}
	return items, err
}

// scopedShared finds the wanted items of one topic: those in the stretch where
// items without a receipt are wanted, and those that have a receipt.
func (mk *marking) scopedShared(sp inbox.Span, n narrow) (items []belfry.Item, err error) {
	from, to := inbox.Reach(mk.v.u.Marks, mk.wants)
	for lo, hi := max(from, sp.Lo), min(to, mk.upTo.S); lo < hi && len(items) <= belfry.MaxMarkIDs; {
		borns, err := mk.sharedBorns(nil, sp.Topic, lo, hi, n, false, inbox.WalkChunk)
		if err != nil {
			return nil, err
		}
		if items, err = mk.addWanted(items, borns); err != nil {
			return nil, err
		}
		if len(borns) < inbox.WalkChunk {
			break
		}
		lo = borns[len(borns)-1]
	}
	borns, err := mk.v.withReceipt([]inbox.Span{sp}, from, to, n, mk.wants)
	if err != nil {
		return nil, err
	}
	borns = slices.DeleteFunc(borns, func(born belfry.Rev) bool { return born > mk.upTo.S })
	return mk.addWanted(items, borns)
}

func (mk *marking) addWanted(items []belfry.Item, borns []belfry.Rev) ([]belfry.Item, error) {
	for _, born := range borns {
		s, found, err := mk.sharedFor(mk.v.u.UID, born)
		if err != nil {
			return nil, err
		}
		mk.v.u.Effective(&s.Item)
		if found && mk.wants(s.Receipt) {
			items = append(items, s.Item)
		}
	}
	return items, nil
}
