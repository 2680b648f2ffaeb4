package inbox

import (
	"belfry"
	"belfry/internal/logs"
)

// WalkChunk is how many rows a walk reads at a time that may need many.
const WalkChunk = 256

// Page is what one page of an inbox is to hold.
type Page struct {
	User   *logs.User
	Shared *logs.Shared
	Spans  []Span // of the inbox
	Filter belfry.Filter
	Topic  belfry.Topic // only this one; "" all
	Limit  int          // items; 0 is an empty page
	Start  Place
}

// Parts reads the parts of an inbox from a store, each in the order of the inbox,
// with effective receipts, and only what the page's filter admits. Together they
// are the inbox, and no item is in two of them.
type Parts interface {
	// PrivateFresh are the private items born below a revision that never came
	// back from a snooze.
	PrivateFresh(below belfry.Rev) Refill
	// PrivateReturned are the private items back from a snooze, after a place.
	PrivateReturned(after Place) ([]belfry.Item, error)
	// SharedFresh are the shared items of the page's spans in lo < born <= hi that
	// never came back from a snooze.
	SharedFresh(lo, hi belfry.Rev) Refill
	// SharedMarked are those with a receipt outside of lo < born <= hi, and born
	// below a revision.
	SharedMarked(lo, hi, below belfry.Rev) ([]belfry.Item, error)
	// SharedReturned are the shared items back from a snooze, after a place.
	SharedReturned(after Place) ([]belfry.Item, error)
}

// Refill gets the next stretch of a part; more is false with the last one.
type Refill func() (items []belfry.Item, more bool, err error)

// once is the refill of a part that is read whole.
func once(read func() ([]belfry.Item, error)) Refill {
	return func() ([]belfry.Item, bool, error) {
		items, err := read()
		return items, false, err
	}
}

// Chunks gives growing sizes for a Refill to read: a page's worth first, more
// when a filter passes little.
func (p *Page) Chunks() func() int {
	n := p.Limit + 1
	return func() int {
		now := n
		n = max(n, WalkChunk)
		return now
	}
}

// source is a part on its way into the page.
type source struct {
	refill Refill
	walks  bool // in order of born: the place where the page ends says how far it came
	items  []belfry.Item
	ended  bool
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

// Read merges the parts into the page, and reads no further than it needs. next
// is where the following page starts, "" when there is none.
func (p *Page) Read(parts Parts) (items []belfry.Item, next string, err error) {
	sources := p.sources(parts)
	place := p.Start
	for {
		var best *source
		var top *belfry.Item
		for _, s := range sources {
			it, err := s.head()
			if err != nil {
				return nil, "", err
			}
			if it != nil && (top == nil || Compare(it, top) < 0) {
				best, top = s, it
			}
		}
		if top == nil {
			return items, "", nil
		}
		if len(items) == p.Limit {
			return items, place.String(), nil
		}
		if items == nil {
			items = p.room(sources)
		}
		items = append(items, *top)
		place.pass(top, best.walks)
		best.items = best.items[1:]
	}
}

// pass moves the place down to an item.
func (p *Place) pass(it *belfry.Item, walks bool) {
	p.At, p.ID = it.At(), it.ID
	switch {
	case walks && it.Shared:
		p.S = it.Born
	case walks:
		p.P = it.Born
	}
}

// room is where the page is gathered: a single source, as most inboxes have,
// needs no copy beside its own.
func (p *Page) room(sources []*source) []belfry.Item {
	if len(sources) == 1 {
		return sources[0].items[:0]
	}
	return make([]belfry.Item, 0, p.Limit)
}

// sources are the parts in which there may be something for the page.
func (p *Page) sources(parts Parts) (all []*source) {
	if p.Limit == 0 {
		return nil
	}
	if p.Topic == "" && (p.Filter != belfry.FilterUnread || p.User.Unread > 0) {
		all = append(all, &source{refill: parts.PrivateFresh(p.Start.P), walks: true})
		if p.User.ReturnRev != 0 {
			all = append(all, &source{refill: once(func() ([]belfry.Item, error) { return parts.PrivateReturned(p.Start) })})
		}
	}
	if p.Spans = OfTopic(p.Spans, p.Topic); Empty(p.Spans, p.Shared) {
		return all
	}
	lo, hi := Reach(p.User.Marks, p.Filter.Admits)
	all = append(all, &source{refill: parts.SharedFresh(lo, min(hi, p.Start.S-1)), walks: true})
	if p.User.ReceiptRev != 0 {
		all = append(all, &source{refill: once(func() ([]belfry.Item, error) { return parts.SharedMarked(lo, hi, p.Start.S) }), walks: true})
	}
	if p.User.ReceiptRev != 0 && p.User.ReturnRev != 0 {
		all = append(all, &source{refill: once(func() ([]belfry.Item, error) { return parts.SharedReturned(p.Start) })})
	}
	return all
}
