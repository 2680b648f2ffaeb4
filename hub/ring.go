package hub

import (
	"context"
	"time"

	"belfry"
)

// ring takes what the bus announces. It must not block: it marks the sessions of a
// user and queues them; ringing the many is left to announce.
func (h *Hub) ring(rings []belfry.Ring) {
	shared := false
	for i := range rings {
		if rings[i].User == "" {
			shared = true
		} else {
			h.ringUser(&rings[i])
		}
	}
	if shared {
		h.ringShared(rings)
	}
}

func (h *Hub) ringUser(r *belfry.Ring) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	list := h.users[r.User]
	if len(list) == 0 {
		return
	}
	if r.Rev == 0 && h.opts.CheckEvery > 0 { // it says nothing, and comes for thousands at once
		h.doubts.add(r.User)
		return
	}
	var hint *privateHint
	if r.Hint != nil {
		hint = &privateHint{nonce: r.Nonce, rev: r.Rev, own: r.Hint.Own, at: time.Now()}
		hint.body = itemFrame(nil, &r.Hint.Item, r.User)
	}
	for _, s := range list {
		s.bellPrivate(hint)
	}
}

// ringShared extends the tail by the rings that are exactly the next, and has
// those rung who are to see them. Anything else is read from the store, once for all.
func (h *Hub) ringShared(rings []belfry.Ring) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	n := news{after: h.tail.head} // announced even if the tail drops them at once
	for i := range rings {
		r := &rings[i]
		switch {
		case r.User != "" || r.Nonce == h.tail.nonce && r.Rev <= h.tail.head:
		case r.Hint == nil || r.Nonce != h.tail.nonce:
			h.Refresh()
		case r.Rev != h.tail.head+1:
			h.holdEarly(r)
		default:
			n.entries = append(n.entries, h.extend(r, now))
		}
	}
	h.extendByEarly(&n, now)
	h.tell(n)
}

// extend adds to the tail what a ring carries, which is exactly the next. h.mu is
// held.
func (h *Hub) extend(r *belfry.Ring, now time.Time) *entry {
	e := newEntry(r.Rev, &r.Hint.Item, r.Hint.Except, now)
	h.tail.head = r.Rev
	h.tail.push(e, h.opts.TailEntries)
	return e
}

// Refresh asks for a read of the shared log's head: the cheap check that finds a
// lost ring.
func (h *Hub) Refresh() {
	select {
	case h.refresh <- struct{}{}:
	default:
	}
}

// followShared reads the shared log from the store whenever the tail may lack
// something.
func (h *Hub) followShared(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.refresh:
		}
		for {
			again, err := h.readShared(ctx)
			if err != nil && ctx.Err() == nil {
				h.retryRefresh(ctx)
			}
			if !again || err != nil {
				break
			}
		}
	}
}

// retryRefresh comes back in a second; the store's own metrics tell of its
// failure.
func (h *Hub) retryRefresh(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
		h.Refresh()
	}
}

// readShared brings the tail up to the head of the log. What it lacks is read in
// one snapshot and taken whole: the store gives an item that has changed since at
// its last revision only, so at a revision in between the tail would claim to hold
// what it lacks. A tail that lacks more than it can hold starts anew.
func (h *Hub) readShared(ctx context.Context) (again bool, err error) {
	h.mu.RLock()
	after, nonce := h.tail.head, h.tail.nonce
	h.mu.RUnlock()
	limit := h.opts.TailEntries + 1
	if nonce == 0 {
		limit = 1 // the log's name and head are all that is asked for
	}
	page, err := h.store.Shared(ctx, after, limit)
	if err != nil {
		return false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tail.head != after || h.tail.nonce != nonce {
		return true, nil // a ring got in between: look again
	}
	if nonce == 0 || len(page.Entries) > h.opts.TailEntries || page.Log.Nonce != nonce && !page.Log.Knows(nonce, after) {
		h.restartTail(page.Log)
		return true, nil
	}
	h.tail.nonce = page.Log.Nonce
	now := time.Now()
	n := news{after: after}
	for i := range page.Entries {
		e := newEntry(page.Entries[i].Rev, page.Entries[i].Item, page.Entries[i].Except, now)
		h.tail.push(e, h.opts.TailEntries)
		n.entries = append(n.entries, e)
	}
	h.tail.head = max(after, page.Log.Head)
	h.extendByEarly(&n, now)
	h.tell(n)
	return false, nil
}

// restartTail starts the tail anew, some way below the head of the log, so that who
// comes back after a restart finds there what was missed. It makes every session
// read for itself: only the store knows what they have missed, and whether their
// positions are of this history. h.mu is held.
func (h *Hub) restartTail(log belfry.Lineage) {
	start := max(0, log.Head-belfry.Rev(h.opts.TailEntries/2))
	h.tail = tail{nonce: log.Nonce, start: start, head: start}
	clear(h.early)
	h.fresh, h.telling = news{}, news{}
	for s := range h.everyone() {
		s.bellPrivate(nil)
	}
}

// signal hands an ephemeral event to the sessions that are there now. One whose
// outbox is full misses it.
func (h *Hub) signal(sig belfry.Signal) {
	if sig.Name == signalLogout {
		h.loggedOut(&sig)
		return
	}
	body := signalFrame(&sig)
	h.mu.RLock()
	defer h.mu.RUnlock()
	switch {
	case sig.To.All:
		for s := range h.everyone() {
			s.offer(body)
		}
	case sig.To.Topic != "":
		for s := range h.index[sig.To.Topic] {
			s.offer(body)
		}
	default:
		for _, s := range h.users[sig.To.User] {
			s.offer(body)
		}
	}
}
