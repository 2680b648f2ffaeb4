package sqlite

import (
	"math"
	"slices"
	"strings"

	"belfry"
	"belfry/internal/logs"
)

// view is one user's inbox in one snapshot: a reader's, or the writer's inside
// its transaction.
type view struct {
	conn
	u *logs.User
	l *logs.Shared
	// tied are the follow rows in which the topic is followed, by name; read when first asked for.
	tied  []belfry.Follow
	known bool
}

// follows lists what the user follows, by name.
func (v *view) follows() ([]belfry.Follow, error) {
	if v.known || v.u.Follows == 0 {
		return v.tied, nil
	}
	tied, err := v.followRows("followed <> 0", 0)
	v.tied, v.known = tied, err == nil
	return tied, err
}

// followRows reads the follow rows above a private revision that fulfil a condition, by topic.
func (v *view) followRows(where string, after belfry.Rev) (all []belfry.Follow, err error) {
	r := v.query("SELECT topic, followed, from_rev, rev, at FROM follows WHERE uid = ? AND rev > ? AND "+where+" ORDER BY topic",
		v.u.UID, after)
	for r.next() {
		var f belfry.Follow
		r.scan(&f.Topic, &f.On, &f.From, &f.Rev, &f.At)
		all = append(all, f)
	}
	return all, r.close()
}

// span is a stretch of one topic's items: born above lo.
type span struct {
	topic belfry.Topic
	lo    belfry.Rev
}

// spans are the stretches of the shared log that make up the inbox.
func (v *view) spans() ([]span, error) {
	follows, err := v.follows()
	spans := make([]span, 0, 1+len(follows))
	spans = append(spans, span{belfry.TopicAll, max(v.u.From, v.l.Trim)})
	for _, f := range follows {
		spans = append(spans, span{f.Topic, max(f.From, v.l.Trim)})
	}
	return spans, err
}

// contains says whether an item of a topic, born at a revision, is in one of the spans.
func contains(spans []span, topic belfry.Topic, born belfry.Rev) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.topic == topic && born > s.lo })
}

// stretch is a stretch of the shared log, lo < born <= hi, in which a shared
// item without a receipt of its own looks like receipt to the user.
type stretch struct {
	lo, hi  belfry.Rev
	receipt belfry.Receipt
}

// stretches cuts the shared log at the user's watermarks, oldest first.
func (v *view) stretches() []stretch {
	var cuts [belfry.WatermarkKinds + 1]belfry.Rev
	n := 0
	for _, w := range v.u.Marks {
		if w.Rev != 0 && w.S > 0 {
			cuts[n] = w.S
			n++
		}
	}
	cuts[n] = math.MaxInt64
	all := make([]stretch, 0, n+1)
	for lo := belfry.Rev(0); lo < math.MaxInt64; {
		hi := belfry.Rev(math.MaxInt64)
		for _, c := range cuts[:n] {
			if c > lo {
				hi = min(hi, c)
			}
		}
		all = append(all, stretch{lo, hi, v.u.Marks.Effective(true, hi, belfry.Receipt{})})
		lo = hi
	}
	return all
}

// reach is the smallest stretch of the shared log that holds every item that has
// no receipt of its own and still fulfils ok. Empty when lo == hi.
func (v *view) reach(ok func(belfry.Receipt) bool) (lo, hi belfry.Rev) {
	lo = math.MaxInt64
	for _, s := range v.stretches() {
		if ok(s.receipt) {
			lo, hi = min(lo, s.lo), s.hi
		}
	}
	if hi == 0 {
		return 0, 0
	}
	return lo, hi
}

// younger is the private revision that a receipt of an item born up to base must
// be above to make it ok: that of a watermark which takes from every item what
// makes an untouched one ok. 0 where there is none.
func (v *view) younger(base belfry.Rev, ok func(belfry.Receipt) bool) (young belfry.Rev) {
	if !ok(belfry.Receipt{}) {
		return 0
	}
	for _, w := range v.u.Marks {
		var alone belfry.Watermarks
		alone[w.Kind] = w
		if !ok(alone.Effective(true, base, belfry.Receipt{})) {
			young = max(young, w.P)
		}
	}
	return young
}

// youngReceipts is the condition for receipts above a private revision, of items
// born up to a shared one. They are few: the plus has them found by the first.
const youngReceipts = "r.rev > ? AND +r.born <= ?"

// narrow is what a walk over items is limited to; the zero value is all.
type narrow struct {
	types  []belfry.Type
	group  string
	entity *belfry.Entity
}

// where is the condition for a table's rows, and its arguments.
func (n narrow) where() (cond string, args []any) {
	var b strings.Builder
	if n.group != "" {
		b.WriteString(" AND grp = ?")
		args = append(args, n.group)
	}
	if n.entity != nil {
		b.WriteString(" AND entity = ?")
		args = append(args, logs.EntityKey(n.entity))
	}
	if len(n.types) > 0 {
		b.WriteString(" AND instr(?, '|' || type || '|') > 0")
		args = append(args, typeList(n.types))
	}
	return b.String(), args
}

// sharedBorns appends the birth revisions of the living items in lo < born <= hi of
// one topic, at most limit of them, oldest or newest first.
func (c conn) sharedBorns(dst []belfry.Rev, topic belfry.Topic, lo, hi belfry.Rev, n narrow, newestFirst bool, limit int) ([]belfry.Rev, error) {
	order := ""
	if newestFirst {
		order = " DESC"
	}
	cond, args := n.where()
	args = append([]any{topic, lo, hi}, append(args, limit)...)
	r := c.query("SELECT born FROM shared WHERE topic = ? AND born > ? AND born <= ? AND dead = 0"+cond+" ORDER BY born"+order+" LIMIT ?", args...)
	for r.next() {
		var born belfry.Rev
		r.scan(&born)
		dst = append(dst, born)
	}
	return dst, r.close()
}
