package inbox

import "belfry"

// Stretch is a stretch of the shared log, Lo < born <= Hi, in which a shared item
// without a receipt of its own looks like Receipt to the user.
type Stretch struct {
	Lo, Hi  belfry.Rev
	Receipt belfry.Receipt
}

// Stretches cuts the shared log at a user's watermarks, oldest first.
func Stretches(marks belfry.Watermarks) []Stretch {
	var cuts [belfry.WatermarkKinds]belfry.Rev
	n := 0
	for _, w := range marks {
		if w.Rev != 0 && w.S > 0 {
			cuts[n] = w.S
			n++
		}
	}
	all := make([]Stretch, 0, n+1)
	for lo := belfry.Rev(0); lo < MaxRev; {
		hi := MaxRev
		for _, c := range cuts[:n] {
			if c > lo {
				hi = min(hi, c)
			}
		}
		all = append(all, Stretch{lo, hi, marks.Effective(true, hi, belfry.Receipt{})})
		lo = hi
	}
	return all
}

// Reach is the smallest stretch of the shared log, lo < born <= hi, that holds
// every item that has no receipt of its own and still fulfils ok. Empty when
// lo == hi.
func Reach(marks belfry.Watermarks, ok func(belfry.Receipt) bool) (lo, hi belfry.Rev) {
	lo = MaxRev
	for _, s := range Stretches(marks) {
		if ok(s.Receipt) {
			lo, hi = min(lo, s.Lo), s.Hi
		}
	}
	if hi == 0 {
		return 0, 0
	}
	return lo, hi
}

// Younger is the private revision that a receipt of a shared item born up to base
// must be above to make it ok: that of a watermark which takes from every item
// what makes an untouched one ok. 0 where there is none.
func Younger(marks belfry.Watermarks, base belfry.Rev, ok func(belfry.Receipt) bool) (young belfry.Rev) {
	if !ok(belfry.Receipt{}) {
		return 0
	}
	for _, w := range marks {
		var alone belfry.Watermarks
		alone[w.Kind] = w
		if !ok(alone.Effective(true, base, belfry.Receipt{})) {
			young = max(young, w.P)
		}
	}
	return young
}

// Excess is how much more an item with a receipt counts than it would without
// one.
func Excess(marks belfry.Watermarks, born belfry.Rev, written belfry.Receipt) (unread, unseen int64) {
	unread, unseen = belfry.Counted(marks.Effective(true, born, written), false)
	lessUnread, lessUnseen := belfry.Counted(marks.Effective(true, born, belfry.Receipt{}), false)
	return unread - lessUnread, unseen - lessUnseen
}

// Silent is the shared revision up to which no item counts without a receipt of
// its own, and the private one that a receipt must be above to make one count all
// the same.
func Silent(marks belfry.Watermarks, stretches []Stretch) (base, young belfry.Rev) {
	for _, s := range stretches {
		if unread, unseen := belfry.Counted(s.Receipt, false); unread != 0 || unseen != 0 {
			break
		}
		base = s.Hi
	}
	return base, Younger(marks, base, func(r belfry.Receipt) bool { unread, _ := belfry.Counted(r, false); return unread != 0 })
}
