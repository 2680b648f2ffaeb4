package postgres

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
	err = s.snapshot(ctx, func(c *conn) error {
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
func (c *conn) entries(after belfry.Rev, limit int, l *logs.Shared) ([]belfry.SharedEntry, error) {
	rows, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE born > $1 AND rev = born ORDER BY born LIMIT $2",
		max(after, l.Trim), limit)
	if err != nil {
		return nil, err
	}
	changed, err := c.sharedAll("SELECT "+sharedColumns+" FROM shared s WHERE rev <> born AND rev > $1 AND born > $2 ORDER BY rev LIMIT $3",
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

// askShared asks for the rows of the shared log above From.S that the session
// sees, as they were born or as they changed; of each kind one more than fits.
// Deaths of what was born above the revision are among them: a page may have
// shown it.
func (v *view) askShared(q belfry.ChangesQuery) (*[]sharedRow, error) {
	all := new([]sharedRow)
	if q.From.S == v.l.Head {
		return all, nil
	}
	seen, err := v.spansAt(q.From.P)
	if err != nil {
		return nil, err
	}
	for _, topic := range q.Subscribed {
		seen = append(seen, inbox.Span{Topic: topic, Lo: v.l.Trim})
	}
	topics, los := spanArrays(seen)
	add := func(r *rows) {
		var row sharedRow
		r.scan(append(row.columns(), receiptDest(&row.Receipt)...)...)
		*all = append(*all, row)
	}
	const columns = "SELECT " + sharedColumns + ", " + receiptOrNone
	v.later(add, columns+` FROM unnest($2::text[], $3::bigint[]) AS w(topic, lo) CROSS JOIN LATERAL (
		SELECT * FROM shared WHERE topic = w.topic AND born > greatest(w.lo, $4) AND rev = born ORDER BY born LIMIT $5) s`+joinReceipts+
		"ORDER BY s.born LIMIT $5", v.u.UID, topics, los, q.From.S, q.Limit+1)
	v.later(add, columns+" FROM shared s"+joinReceipts+`WHERE s.rev <> s.born AND s.rev > $4
		AND EXISTS (SELECT FROM unnest($2::text[], $3::bigint[]) AS w(topic, lo) WHERE w.topic = s.topic AND s.born > w.lo)
		ORDER BY s.rev LIMIT $5`, v.u.UID, topics, los, q.From.S, q.Limit+1)
	return all, nil
}

// sharedPage is the page that the rows make: in order of revision, at most
// q.Limit of them, the trim among them.
func (v *view) sharedPage(q belfry.ChangesQuery, rows []sharedRow) (page []belfry.Change, to belfry.Rev) {
	followed, _ := v.spansAt(q.From.P) // the follows are read
	all := make([]belfry.Change, 0, len(rows)+1)
	for i := range rows {
		all = append(all, belfry.Change{Rev: rows[i].Rev, Item: &rows[i].Item})
	}
	if v.l.TrimRev > q.From.S {
		all = append(all, v.l.TrimChange())
	}
	slices.SortFunc(all, func(a, b belfry.Change) int { return cmp.Compare(a.Rev, b.Rev) })
	all = slices.CompactFunc(all, func(a, b belfry.Change) bool { return a.Rev == b.Rev }) // a topic may be followed and subscribed
	all, to = inbox.Cut(all, q.Limit, v.l.Head)
	for _, c := range all {
		it := c.Item
		switch {
		case it == nil:
		case it.Receipt.Hidden:
			continue
		case inbox.Contains(followed, it.Topic, it.Born):
			v.u.Effective(it)
		default:
			it.Receipt, it.SubscribedOnly = belfry.Receipt{}, true
		}
		page = append(page, c)
	}
	return page, to
}

// spansAt are the stretches of the shared log that the user followed at a
// private position: a topic whose row is younger comes with that row.
func (v *view) spansAt(p belfry.Rev) ([]inbox.Span, error) {
	follows, err := v.follows()
	return inbox.Spans(v.u, v.l, inbox.FollowsAt(follows, p)), err
}
