package sqlite

import (
	"cmp"
	"context"
	"slices"

	"belfry"
	"belfry/internal/inbox"
	"belfry/internal/logs"
)

// Shared implements belfry.Reader.
func (s *Store) Shared(ctx context.Context, after belfry.Rev, limit int) (page belfry.SharedPage, err error) {
	err = s.snapshot(ctx, func(c conn) error {
		var l logs.Shared
		if _, err := c.one("SELECT "+sharedLogColumns+" FROM shared_log l", nil, sharedLogDest(&l)...); err != nil {
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
func (c conn) entries(after belfry.Rev, limit int, l *logs.Shared) ([]belfry.SharedEntry, error) {
	rows, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE born > ? AND rev = born ORDER BY born LIMIT ?",
		max(after, l.Trim), limit)
	if err != nil {
		return nil, err
	}
	changed, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s INDEXED BY shared_changed WHERE rev <> born AND rev > ? AND born > ? ORDER BY rev LIMIT ?",
		after, l.Trim, limit)
	if err != nil {
		return nil, err
	}
	rows = append(rows, changed...)
	all := make([]belfry.SharedEntry, 0, len(rows)+1)
	for i := range rows {
		all = append(all, belfry.SharedEntry{Change: belfry.Change{Rev: rows[i].Rev, Item: &rows[i].Item}, Except: rows[i].except})
	}
	if l.TrimRev > after {
		all = append(all, belfry.SharedEntry{Change: l.TrimChange()})
	}
	slices.SortFunc(all, func(a, b belfry.SharedEntry) int { return cmp.Compare(a.Rev, b.Rev) })
	return all[:min(limit, len(all))], nil
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
	followed, err := v.spansAt(q.From.P)
	if err != nil {
		return nil, s, err
	}
	seen := slices.Clone(followed)
	for _, topic := range q.Subscribed {
		seen = append(seen, inbox.Span{Topic: topic, Lo: v.l.Trim})
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
	for _, row := range feed {
		if row.born == 0 {
			all = append(all, v.l.TrimChange())
			continue
		}
		item, _, err := v.sharedFor(v.u.UID, row.born)
		if err != nil {
			return nil, s, err
		}
		if item.Receipt.Hidden {
			continue
		}
		if item.SubscribedOnly = !inbox.Contains(followed, item.Topic, item.Born); item.SubscribedOnly {
			item.Receipt = belfry.Receipt{}
		} else {
			v.u.Effective(&item.Item)
		}
		all = append(all, belfry.Change{Rev: row.rev, Item: &item.Item})
	}
	return all, to, nil
}

// feed finds the rows of some spans above a shared revision, in order, at most
// limit of them: those as they were born, those that changed, and the trim. Deaths
// of what was born above the revision are among them: a page may have shown it.
func (v *view) feed(seen []inbox.Span, after belfry.Rev, limit int) (feed []feedRow, err error) {
	for _, sp := range seen {
		r := v.query("SELECT born FROM shared WHERE topic = ? AND born > ? AND rev = born ORDER BY born LIMIT ?", sp.Topic, max(sp.Lo, after), limit)
		for r.next() {
			var row feedRow
			r.scan(&row.born)
			row.rev = row.born
			feed = append(feed, row)
		}
		if err := r.close(); err != nil {
			return nil, err
		}
	}
	r := v.query(`SELECT rev, born, topic FROM shared INDEXED BY shared_changed
		WHERE rev <> born AND rev > ? ORDER BY rev`, after)
	for n := 0; n < limit && r.next(); {
		var row feedRow
		var topic belfry.Topic
		r.scan(&row.rev, &row.born, &topic)
		if inbox.Contains(seen, topic, row.born) {
			feed = append(feed, row)
			n++
		}
	}
	if err := r.close(); err != nil {
		return nil, err
	}
	if v.l.TrimRev > after {
		feed = append(feed, feedRow{rev: v.l.TrimRev})
	}
	slices.SortFunc(feed, func(a, b feedRow) int { return cmp.Compare(a.rev, b.rev) })
	feed = slices.Compact(feed) // a topic may be followed and subscribed
	return feed[:min(limit, len(feed))], nil
}

// spansAt are the stretches of the shared log that the user followed at a
// private position: a topic whose row is younger comes with that row.
func (v *view) spansAt(p belfry.Rev) ([]inbox.Span, error) {
	follows, err := v.follows()
	return inbox.Spans(v.u, v.l, inbox.FollowsAt(follows, p)), err
}
