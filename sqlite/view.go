package sqlite

import (
	"strings"

	"belfry"
	"belfry/internal/inbox"
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

// spans are the stretches of the shared log that make up the inbox.
func (v *view) spans() ([]inbox.Span, error) {
	follows, err := v.follows()
	return inbox.Spans(v.u, v.l, follows), err
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
