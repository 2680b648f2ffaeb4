package inbox

import (
	"belfry"
	"belfry/internal/logs"
)

// Horizon is the position up to which a mark reaches: that of a cursor the user
// was given, or "" for now. CodeInvalid, field "upTo", for everything else.
func Horizon(u *logs.User, l *logs.Shared, upTo string) (belfry.Position, error) {
	head := logs.Cursor(u, l)
	if upTo == "" {
		return head.Position, nil
	}
	c, err := belfry.ParseCursor(upTo)
	if err != nil || !u.Knows(c.Private, c.P) || !l.Knows(c.Shared, c.S) {
		return head.Position, belfry.Invalid("/upTo", "invalid", "this is no cursor of this user's logs; send one you were given, or none to mark up to now")
	}
	return c.Position, nil
}

// Refusal is why a mark up to a position does not apply to an item of the inbox
// with its effective receipt; "" when it does. nil is an item that is not there.
func Refusal(it *belfry.Item, upTo belfry.Position) belfry.Code {
	switch {
	case it == nil || !it.Receipt.Visible():
		return belfry.CodeNotFound
	case it.Dead:
		return belfry.CodeGone
	case it.Shared && it.Born > upTo.S, !it.Shared && it.Born > upTo.P:
		return belfry.CodeConflict
	}
	return ""
}

// Covered reads what raising a watermark may concern, in the transaction that
// raises it.
type Covered interface {
	// Counts counts the inbox as the user's row is now.
	Counts() (belfry.Counts, error)
	// Uncovered are the living private items that a watermark at p does not cover,
	// born up to a revision: born above p, or with a younger receipt. Their receipts
	// are as written.
	Uncovered(p, upTo belfry.Rev) ([]belfry.Item, error)
	// AnyShared says whether changes holds for any living shared item of the inbox
	// that the raised watermark may cover and the old one did not.
	AnyShared(old, raised belfry.Watermark, changes func(*belfry.Item) bool) (bool, error)
}

// Raise moves a watermark of the user's up to w, with the private counts, if any
// item looks different for it; else it leaves the row alone. wants says whether
// the action is news to an item with an effective receipt. The watermark's own
// revision decides nothing here: it is drawn afterwards.
func Raise(u *logs.User, w belfry.Watermark, wants func(belfry.Receipt) bool, c Covered) (raised bool, err error) {
	before, unread, unseen := u.Marks, u.Unread, u.Unseen
	after := before
	if !after.Raise(w) {
		return false, nil
	}
	was, err := c.Counts()
	if err != nil {
		return false, err
	}
	defer func() {
		if !raised {
			u.Marks, u.Unread, u.Unseen = before, unread, unseen
		}
	}()
	if err := recount(u, after, w.Kind, c); err != nil {
		return false, err
	}
	now, err := c.Counts()
	if err != nil || now.Unread != was.Unread || now.Unseen != was.Unseen {
		return err == nil, err
	}
	return differs(before, before[w.Kind], after[w.Kind], wants, c)
}

// recount gives the user new watermarks, and counts the private items under them.
// Those that the raised one covers all count alike, so only the others are looked
// at.
func recount(u *logs.User, after belfry.Watermarks, kind belfry.WatermarkKind, c Covered) error {
	others, err := c.Uncovered(after[kind].P, MaxRev)
	var unread, unseen int64
	for i := range others {
		addUnread, addUnseen := belfry.Counted(after.Effective(false, others[i].Born, others[i].Receipt), false)
		unread += addUnread
		unseen += addUnseen
	}
	var alone belfry.Watermarks
	alone[kind] = after[kind]
	if covered, _ := belfry.Counted(alone.Effective(false, 1, belfry.Receipt{}), false); covered != 0 {
		unread = u.Unread // this kind leaves unread what it covers
	}
	u.Marks, u.Unread, u.Unseen = after, unread, unseen
	return err
}

// differs says whether the action is news to any item that the raised watermark
// covers. Only what the old one did not cover can be such.
func differs(before belfry.Watermarks, old, raised belfry.Watermark, wants func(belfry.Receipt) bool, c Covered) (bool, error) {
	changes := func(it *belfry.Item) bool {
		return raised.Covers(it.Shared, it.Born, it.Receipt.Rev) && wants(before.Effective(it.Shared, it.Born, it.Receipt))
	}
	items, err := c.Uncovered(old.P, raised.P)
	if err != nil {
		return false, err
	}
	for i := range items {
		if changes(&items[i]) {
			return true, nil
		}
	}
	return c.AnyShared(old, raised, changes)
}
