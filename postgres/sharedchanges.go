package postgres

import (
	"cmp"
	"context"
	"slices"

	"belfry"
)

// Shared implements belfry.Reader.
func (s *Store) Shared(ctx context.Context, after belfry.Rev, limit int) (page belfry.SharedPage, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
		var l sharedLog
		if _, err := c.one("SELECT "+sharedLogColumns+" FROM shared_log l", nil, l.columns()...); err != nil {
			return err
		}
		page = belfry.SharedPage{Log: l.Lineage}
		if after >= l.Head {
			return nil
		}
		page.Entries, err = c.entries(after, limit, &l)
		return err
	})
	return page, err
}

// entries reads the rows of the shared log above a revision: those that are as
// they were born, those that changed, and the trim.
func (c *conn) entries(after belfry.Rev, limit int, l *sharedLog) ([]belfry.SharedEntry, error) {
	rows, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE born > $1 AND rev = born ORDER BY born LIMIT $2",
		max(after, l.trim), limit)
	if err != nil {
		return nil, err
	}
	changed, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE rev <> born AND rev > $1 AND born > $2 ORDER BY rev LIMIT $3",
		after, l.trim, limit)
	if err != nil {
		return nil, err
	}
	rows = append(rows, changed...)
	all := make([]belfry.SharedEntry, 0, len(rows)+1)
	for i := range rows {
		all = append(all, belfry.SharedEntry{Change: belfry.Change{Rev: rows[i].Rev, Item: &rows[i].Item}, Except: rows[i].except})
	}
	if l.trimRev > after {
		all = append(all, belfry.SharedEntry{Change: trimChange(l)})
	}
	slices.SortFunc(all, func(a, b belfry.SharedEntry) int { return cmp.Compare(a.Rev, b.Rev) })
	return all[:min(limit, len(all))], nil
}

func trimChange(l *sharedLog) belfry.Change {
	return belfry.Change{Rev: l.trimRev, Trim: &belfry.Trim{Shared: true, Born: l.trim, Rev: l.trimRev}}
}

// feedRow is where in the feed of the shared log the row born at a revision
// stands; born 0 is the trim.
type feedRow struct{ rev, born belfry.Rev }

// sharedChanges reads the rows of the shared log above From.S that the session
// sees: at most q.Limit.
func (v *view) sharedChanges(q belfry.ChangesQuery) (all []belfry.Change, to belfry.Rev, err error) {
	s := q.From.S
	if s == v.l.Head {
		return nil, s, nil
	}
	inbox, err := v.spansAt(q.From.P)
	if err != nil {
		return nil, s, err
	}
	seen := slices.Clone(inbox)
	for _, topic := range q.Subscribed {
		seen = append(seen, span{topic, v.l.trim})
	}
	feed, err := v.feed(seen, s, q.Limit+1)
	if err != nil {
		return nil, s, err
	}
	to = v.l.Head
	if len(feed) > q.Limit {
		feed = feed[:q.Limit]
		to = feed[q.Limit-1].rev
	}
	items, err := v.sharedFor(v.u.uid, mapped(feed, func(f feedRow) belfry.Rev { return f.born }))
	if err != nil {
		return nil, s, err
	}
	for _, row := range feed {
		if row.born == 0 {
			all = append(all, trimChange(v.l))
			continue
		}
		item := &items[0].Item
		if items = items[1:]; item.Receipt.Hidden {
			continue
		}
		if item.SubscribedOnly = !contains(inbox, item.Topic, item.Born); item.SubscribedOnly {
			item.Receipt = belfry.Receipt{}
		} else {
			v.u.effective(item)
		}
		all = append(all, belfry.Change{Rev: row.rev, Item: item})
	}
	return all, to, nil
}

// spansAt are the stretches of the shared log that the user followed at a
// private position: a topic whose row is younger comes with that row.
func (v *view) spansAt(p belfry.Rev) ([]span, error) {
	follows, err := v.follows()
	at := []span{{belfry.TopicAll, max(v.u.from, v.l.trim)}}
	for _, f := range followsAt(follows, p) {
		at = append(at, span{f.Topic, max(f.From, v.l.trim)})
	}
	return at, err
}

// feed finds the rows of some spans above a shared revision, in order, at most
// limit of them: those as they were born, those that changed, and the trim. Deaths
// of what was born above the revision are among them: a page may have shown it.
func (v *view) feed(seen []span, after belfry.Rev, limit int) (feed []feedRow, err error) {
	topics, los := spanArrays(seen)
	add := func(r *rows) {
		var row feedRow
		r.scan(&row.rev, &row.born)
		feed = append(feed, row)
	}
	v.later(add, `SELECT s.born, s.born FROM unnest($1::text[], $2::bigint[]) AS w(topic, lo) CROSS JOIN LATERAL (
		SELECT born FROM shared WHERE topic = w.topic AND born > greatest(w.lo, $3) AND rev = born ORDER BY born LIMIT $4) s
		ORDER BY s.born LIMIT $4`, topics, los, after, limit)
	v.later(add, `SELECT rev, born FROM shared s WHERE rev <> born AND rev > $3
		AND EXISTS (SELECT FROM unnest($1::text[], $2::bigint[]) AS w(topic, lo) WHERE w.topic = s.topic AND s.born > w.lo)
		ORDER BY rev LIMIT $4`, topics, los, after, limit)
	if err := v.flush(); err != nil {
		return nil, err
	}
	if v.l.trimRev > after {
		feed = append(feed, feedRow{rev: v.l.trimRev})
	}
	slices.SortFunc(feed, func(a, b feedRow) int { return cmp.Compare(a.rev, b.rev) })
	feed = slices.Compact(feed) // a topic may be followed and subscribed
	return feed[:min(limit, len(feed))], nil
}
