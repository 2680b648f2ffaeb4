package postgres

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"belfry"
	"belfry/internal/logs"
)

const (
	maxRev    = belfry.Rev(math.MaxInt64)
	walkChunk = 256 // rows read at a time by a walk that may need many
)

// List implements belfry.Reader.
func (s *Store) List(ctx context.Context, name belfry.UserID, q belfry.ListQuery) (page belfry.List, err error) {
	after, err := parsePlace(q.After)
	if err != nil {
		return page, err
	}
	err = s.view(ctx, name, 0, func(v *view) error {
		l := &listing{view: v, filter: q.Filter, narrow: narrow{types: q.Types, group: q.Group}, topic: q.Topic, limit: q.Limit, place: after}
		page.Cursor = logs.Cursor(v.u, v.l)
		counts, err := v.askCounts("")
		if err != nil {
			return err
		}
		if page.Items, page.Next, err = l.page(); err == nil {
			err = v.flush() // the page may have asked for nothing
		}
		page.Counts = *counts
		return err
	})
	return page, err
}

// compareItems orders an inbox: newest first by (At, ID).
func compareItems(a, b *belfry.Item) int {
	if c := cmp.Compare(b.At(), a.At()); c != 0 {
		return c
	}
	return strings.Compare(string(b.ID), string(a.ID))
}

// place is where a page ended: the last item's place in the order, and how far
// down each log the walk had come. Items delivered in a log come in order of
// born; only those back from a snooze need the time.
type place struct {
	at   belfry.Time
	id   belfry.ID
	p, s belfry.Rev // what is left was born below these
}

func (p place) String() string {
	id, _ := p.id.Bytes()
	b := binary.BigEndian.AppendUint64(nil, uint64(p.at))
	b = append(b, id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.p))
	b = binary.BigEndian.AppendUint64(b, uint64(p.s))
	return base64.RawURLEncoding.EncodeToString(b)
}

func parsePlace(s string) (place, error) {
	if s == "" {
		return place{at: math.MaxInt64, p: maxRev, s: maxRev}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != 40 {
		return place{}, belfry.Invalid("after", "invalid", "this is no page of this list; send back a next you were given, or none for the first page")
	}
	return place{
		at: belfry.Time(binary.BigEndian.Uint64(b)),
		id: belfry.IDFromBytes([16]byte(b[8:24])),
		p:  belfry.Rev(binary.BigEndian.Uint64(b[24:])),
		s:  belfry.Rev(binary.BigEndian.Uint64(b[32:])),
	}, nil
}

// below says whether an item comes after the place.
func (p place) below(it *belfry.Item) bool {
	return it.At() < p.at || it.At() == p.at && it.ID < p.id
}

// listing is one page on its way: a merge of sources, each in the order of the
// inbox, that reads no further than the page needs.
type listing struct {
	*view
	filter belfry.Filter
	narrow narrow
	topic  belfry.Topic // only this one; "" all
	limit  int
	place  place
	inbox  []span
}

// source is a part of the inbox in order. refill gets the next stretch of it,
// nothing at its end.
type source struct {
	items  []belfry.Item
	refill func() ([]belfry.Item, bool, error) // false: that was the last
	ended  bool
	passed func(*belfry.Item) // notes in the place how far the walk has come
}

func (s *source) head() (*belfry.Item, error) {
	for len(s.items) == 0 && !s.ended {
		items, more, err := s.refill()
		if err != nil {
			return nil, err
		}
		s.items, s.ended = items, !more
	}
	if len(s.items) == 0 {
		return nil, nil
	}
	return &s.items[0], nil
}

func (l *listing) page() (items []belfry.Item, next string, err error) {
	sources, err := l.sources()
	if err != nil {
		return nil, "", err
	}
	for {
		var best *source
		var top *belfry.Item
		for _, s := range sources {
			it, err := s.head()
			if err != nil {
				return nil, "", err
			}
			if it != nil && (top == nil || compareItems(it, top) < 0) {
				best, top = s, it
			}
		}
		if top == nil {
			return items, "", nil
		}
		if len(items) == l.limit {
			return items, l.place.String(), nil
		}
		items = append(items, *top)
		l.place.at, l.place.id = top.At(), top.ID
		best.passed(top)
		best.items = best.items[1:]
	}
}

func (l *listing) sources() (all []*source, err error) {
	if l.limit == 0 {
		return nil, nil
	}
	start := l.place
	ignore := func(*belfry.Item) {}
	passedP := func(it *belfry.Item) { l.place.p = it.Born }
	passedS := func(it *belfry.Item) { l.place.s = it.Born }
	if l.topic == "" && (l.filter != belfry.FilterUnread || l.u.Unread > 0) {
		all = append(all, &source{refill: l.privateFresh(start.p), passed: passedP})
		if l.u.ReturnRev != 0 {
			all = append(all, &source{refill: once(func() ([]belfry.Item, error) { return l.privateReturned(start) }), passed: ignore})
		}
	}
	if l.inbox, err = l.spans(); err != nil {
		return nil, err
	}
	if l.topic != "" {
		l.inbox = slices.DeleteFunc(l.inbox, func(s span) bool { return s.topic != l.topic })
	}
	if len(l.inbox) == 1 && l.inbox[0].topic == belfry.TopicAll && l.l.LastAll <= l.inbox[0].lo {
		return all, nil
	}
	lo, hi := l.reach(l.filter.Admits)
	all = append(all, &source{refill: l.sharedFresh(lo, min(hi, start.s-1)), passed: passedS})
	if l.u.ReceiptRev != 0 {
		all = append(all, &source{refill: once(func() ([]belfry.Item, error) { return l.sharedMarked(lo, hi, start.s) }), passed: passedS})
	}
	if l.u.ReceiptRev != 0 && l.u.ReturnRev != 0 {
		all = append(all, &source{refill: once(func() ([]belfry.Item, error) { return l.sharedReturned(start) }), passed: ignore})
	}
	return all, nil
}

// once is the refill of a source that is read whole.
func once(read func() ([]belfry.Item, error)) func() ([]belfry.Item, bool, error) {
	return func() ([]belfry.Item, bool, error) {
		items, err := read()
		return items, false, err
	}
}

// chunks gives growing sizes: a page's worth first, more when a filter passes little.
func (l *listing) chunks() func() int {
	n := l.limit + 1
	return func() int {
		now := n
		n = max(n, walkChunk)
		return now
	}
}

// privateFresh are the private items that never came back from a snooze.
func (l *listing) privateFresh(below belfry.Rev) func() ([]belfry.Item, bool, error) {
	size := l.chunks()
	return func() (items []belfry.Item, more bool, err error) {
		n := size()
		a := args{l.u.UID, below, n}
		rows, err := l.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND born < $2 AND NOT dead AND returned = 0"+l.narrow.where(&a)+" ORDER BY born DESC LIMIT $3", a...)
		for i := range rows {
			below = rows[i].Born
			items = l.admit(items, rows[i].Item)
		}
		return items, len(rows) == n, err
	}
}

func (l *listing) admit(items []belfry.Item, it belfry.Item) []belfry.Item {
	l.u.Effective(&it)
	if l.filter.Admits(it.Receipt) {
		items = append(items, it)
	}
	return items
}

// privateReturned are the private items back from a snooze.
func (l *listing) privateReturned(start place) (items []belfry.Item, err error) {
	a := args{l.u.UID, start.at}
	rows, err := l.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND returned <> 0 AND returned <= $2 AND NOT dead"+l.narrow.where(&a)+" ORDER BY returned DESC", a...)
	for i := range rows {
		if start.below(&rows[i].Item) {
			items = l.admit(items, rows[i].Item)
		}
	}
	return items, err
}
