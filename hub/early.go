package hub

import (
	"time"

	"belfry"
)

// Nodes that publish at once commit one after the other and announce in no order
// that they share: a ring of the shared log often comes just before the one below
// it. Reading the store for each would make every node read what it is about to
// be told, so such a ring is held for a moment.
const (
	earlyFor  = 5 * time.Millisecond
	earlyMost = 64
)

// holdEarly keeps a ring that is not the next one, or has the store read when
// too much is missing or the one below it does not come. h.mu is held.
func (h *Hub) holdEarly(r *belfry.Ring) {
	if h.opts.CheckEvery == 0 || len(h.early) >= earlyMost {
		h.Refresh() // in one process they come in order
		return
	}
	if len(h.early) == 0 {
		h.earlySince = time.Now()
		time.AfterFunc(earlyFor, h.tooEarly)
	}
	held := *r
	h.early[r.Rev] = &held
}

// tooEarly has the store read when rings were held for too long.
func (h *Hub) tooEarly() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.early) > 0 && time.Since(h.earlySince) >= earlyFor {
		h.Refresh()
	}
}

// extendByEarly adds to the tail the rings whose turn has come, and forgets those
// that the tail has passed. What it adds is news. h.mu is held.
func (h *Hub) extendByEarly(n *news, now time.Time) {
	for {
		next, ok := h.early[h.tail.head+1]
		if !ok || next.Nonce != h.tail.nonce {
			break
		}
		n.entries = append(n.entries, h.extend(next, now))
	}
	for rev := range h.early {
		if rev <= h.tail.head {
			delete(h.early, rev)
		}
	}
}
