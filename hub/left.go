package hub

import (
	"context"
	"maps"
	"slices"
	"time"

	"belfry"
)

// left are the users that have gone, and when: recently, and before that. Whoever
// loads a page anew or was cut off is back in a moment, and the store need not
// know: it is told only of those who are still away one turn later.
type left struct{ recently, before map[belfry.UserID]belfry.Time }

// leftEvery is how long a turn is.
const leftEvery = 2 * time.Second

// leftMost is how many users the store is told of at once: publishers wait for
// it, and everybody may leave in the same second.
const leftMost = 500

// leftKept bounds what is remembered while the store is away.
const leftKept = 100_000

// LeftAt is when a user's last session on this node ended, if that was in the
// last seconds and the store may not know yet; else 0.
func (h *Hub) LeftAt(user belfry.UserID) belfry.Time {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return max(h.left.recently[user], h.left.before[user])
}

// tellLeft tells the store in time who has gone.
func (h *Hub) tellLeft(ctx context.Context) {
	every := time.NewTicker(leftEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			h.touch(ctx)
		}
	}
}

// touch tells the store of the users that left before the last turn when they
// were last seen. It is best effort: what fails is tried again with the next.
func (h *Hub) touch(ctx context.Context) {
	h.mu.RLock()
	due := h.left.before
	h.mu.RUnlock()
	for users := range slices.Chunk(slices.Collect(maps.Keys(due)), leftMost) {
		away := h.away(users, due)
		if len(away) > 0 && h.store.Touch(ctx, away) != nil {
			break
		}
		h.mu.Lock()
		for _, u := range users {
			delete(due, u)
		}
		h.mu.Unlock()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.left.before, h.left.recently = h.left.recently, map[belfry.UserID]belfry.Time{}
	for u, at := range due {
		if h.left.before[u] == 0 && len(h.left.before) < leftKept {
			h.left.before[u] = at
		}
	}
}

// away is which of the users have no session here.
func (h *Hub) away(users []belfry.UserID, at map[belfry.UserID]belfry.Time) map[belfry.UserID]belfry.Time {
	h.mu.RLock()
	defer h.mu.RUnlock()
	away := make(map[belfry.UserID]belfry.Time, len(users))
	for _, u := range users {
		if len(h.users[u]) == 0 {
			away[u] = at[u]
		}
	}
	return away
}
