package postgres

import (
	"math"
	"slices"
	"strconv"

	"belfry"
	"belfry/internal/logs"
)

// view is one user's inbox at the heads of both logs: in a reader's snapshot, or
// in a transaction that holds the user's lock. What the shared log holds above
// l.Head is not in it.
type view struct {
	*conn
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
	v.askFollows("followed", 0, func(f belfry.Follow) { v.tied = append(v.tied, f) })
	err := v.flush()
	v.known = err == nil
	return v.tied, err
}

// askFollows asks for the follow rows above a private revision that fulfil a
// condition, by topic.
func (v *view) askFollows(where string, after belfry.Rev, each func(belfry.Follow)) {
	v.later(func(r *rows) {
		var f belfry.Follow
		r.scan(&f.Topic, &f.On, &f.From, &f.Rev, &f.At)
		each(f)
	}, "SELECT topic, followed, from_rev, rev, at FROM follows WHERE uid = $1 AND rev > $2 AND "+where+" ORDER BY topic", v.u.UID, after)
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

// args gathers the arguments of a statement that is put together.
type args []any

// add gives the place of another argument.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// narrow is what a walk over items is limited to; the zero value is all.
type narrow struct {
	types  []belfry.Type
	group  string
	entity *belfry.Entity
}

// where is the condition for a table's rows.
func (n narrow) where(a *args) (cond string) {
	if n.group != "" {
		cond += " AND grp = " + a.add(n.group)
	}
	if n.entity != nil {
		cond += " AND entity = " + a.add(logs.EntityKey(n.entity))
	}
	if len(n.types) > 0 {
		cond += " AND type = ANY(" + a.add(n.types) + ")"
	}
	return cond
}

// walk is a stretch of the shared log, lo < born <= hi, in which living items
// are looked for.
type walk struct {
	spans  []span
	lo, hi belfry.Rev
	narrow
	newestFirst bool
}

// sharedBorns finds the birth revisions of the living items of a walk, at most
// limit of them, oldest or newest first.
func (c *conn) sharedBorns(w walk, limit int) (borns []belfry.Rev, err error) {
	topics, los := spanArrays(w.spans)
	a := args{topics, los, w.lo, w.hi, limit}
	order := "born"
	if w.newestFirst {
		order = "born DESC"
	}
	r := c.query(`SELECT s.born FROM unnest($1::text[], $2::bigint[]) AS w(topic, lo) CROSS JOIN LATERAL (
		SELECT born FROM shared WHERE topic = w.topic AND born > greatest(w.lo, $3) AND born <= $4 AND NOT dead`+w.where(&a)+`
		ORDER BY `+order+` LIMIT $5) s ORDER BY s.`+order+` LIMIT $5`, a...)
	for r.next() {
		var born belfry.Rev
		r.scan(&born)
		borns = append(borns, born)
	}
	return borns, r.close()
}

func spanArrays(spans []span) (topics []belfry.Topic, los []belfry.Rev) {
	for _, s := range spans {
		topics, los = append(topics, s.topic), append(los, s.lo)
	}
	return topics, los
}
