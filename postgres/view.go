package postgres

import (
	"strconv"

	"belfry"
	"belfry/internal/inbox"
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

// spans are the stretches of the shared log that make up the inbox.
func (v *view) spans() ([]inbox.Span, error) {
	follows, err := v.follows()
	return inbox.Spans(v.u, v.l, follows), err
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
	spans  []inbox.Span
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

func spanArrays(spans []inbox.Span) (topics []belfry.Topic, los []belfry.Rev) {
	for _, s := range spans {
		topics, los = append(topics, s.Topic), append(los, s.Lo)
	}
	return topics, los
}
