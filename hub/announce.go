package hub

import (
	"context"
	"iter"

	"belfry"
)

// A ring of the shared log may be for every session there is. Whoever committed
// does not wait until all are marked: the tail is extended at once, and one
// goroutine goes round and rings, no faster than the turns that it asks for are
// taken. So at any time few of them stand in the queue, and what is for one user
// alone, an opening or an answer waits for few, not for everybody.
//
// While it goes round, a session that is rung for something else must not take
// what lies below for nothing: see announced.

// stride is how many sessions are rung while the hub is held on to, and how many
// of their turns are about to be taken when the next are rung.
const stride = 256

// news are entries of the tail, above a revision at which the tail was whole: in
// between it may not be (see readShared).
type news struct {
	after   belfry.Rev
	entries []*entry
}

// tell has everybody rung who is to see the news. h.mu is held.
func (h *Hub) tell(n news) {
	if len(n.entries) == 0 {
		return
	}
	if len(h.fresh.entries) == 0 {
		h.fresh.after = n.after
	}
	h.fresh.entries = append(h.fresh.entries, n.entries...)
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// announced is the revision of the shared log up to which everybody has been
// rung, and at which the tail was whole. h.mu is held.
func (h *Hub) announced() belfry.Rev {
	switch {
	case len(h.telling.entries) > 0:
		return h.telling.after
	case len(h.fresh.entries) > 0:
		return h.fresh.after
	}
	return h.tail.head
}

// announce rings the sessions that are to see what is fresh in the tail.
func (h *Hub) announce(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.news:
		}
		for entries := h.nextNews(); len(entries) > 0 && ctx.Err() == nil; entries = h.nextNews() {
			h.ringFor(ctx, entries)
		}
	}
}

// nextNews takes what is fresh; what was taken before has been told.
func (h *Hub) nextNews() []*entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.telling, h.fresh = h.fresh, news{}
	return h.telling.entries
}

// ringFor rings, for each entry, the sessions that are to see it. The bell
// carries the first pending revision, so that a session may skip everything
// below it.
func (h *Hub) ringFor(ctx context.Context, entries []*entry) {
	var first, last belfry.Rev // for everyone
	for _, e := range entries {
		switch {
		case e.id != "" && e.topic != belfry.TopicAll:
			h.each(ctx, h.listeners(e.topic), func(s *Session) { s.bellShared(e.rev) })
		case first == 0:
			first, last = e.rev, e.rev
		default:
			last = e.rev
		}
	}
	if first == 0 {
		return
	}
	h.each(ctx, h.everyone(), func(s *Session) {
		if at := s.Sent(); at.Shared != h.tail.nonce || at.S < last { // else a turn has come by
			s.bellShared(first)
		}
	})
}

// each rings sessions no faster than they take their turns. h.mu is held for
// reading while ring runs, and let go of in between: sessions may come and go.
func (h *Hub) each(ctx context.Context, sessions iter.Seq[*Session], ring func(*Session)) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n, put := 0, uint64(0)
	for s := range sessions {
		ring(s)
		if n++; n%stride > 0 {
			continue
		}
		h.mu.RUnlock()
		put = h.queue.await(put)
		h.mu.RLock()
		if ctx.Err() != nil {
			return
		}
	}
}

// listeners are the sessions that are to be rung for a topic.
func (h *Hub) listeners(topic belfry.Topic) iter.Seq[*Session] {
	return func(yield func(*Session) bool) {
		for s := range h.index[topic] {
			if !yield(s) {
				return
			}
		}
	}
}

// everyone are all sessions. h.mu is held, and may be let go of in between.
func (h *Hub) everyone() iter.Seq[*Session] {
	return func(yield func(*Session) bool) {
		for n := range h.slots {
			for s := range h.inSlot(n) {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// inSlot goes backwards: the place of a session that leaves is taken by the last
// one, which has been visited then.
func (h *Hub) inSlot(n int) iter.Seq[*Session] {
	return func(yield func(*Session) bool) {
		for i := len(h.slots[n]) - 1; i >= 0; i = min(i, len(h.slots[n])) - 1 {
			if !yield(h.slots[n][i].s) {
				return
			}
		}
	}
}
