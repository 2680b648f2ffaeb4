package hub

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"belfry"
)

// turnWheel is the one timer of all sessions. Each second it beats the hearts of
// one slot and ends the sessions whose token has expired.
func (h *Hub) turnWheel(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			h.beat(ctx, n%len(h.slots), now)
		}
	}
}

func (h *Hub) beat(ctx context.Context, n int, now time.Time) {
	unix := now.Unix()
	var expired []*Session
	h.mu.RLock()
	for _, list := range h.slots {
		for _, sl := range list {
			if sl.exp != 0 && sl.exp < unix {
				expired = append(expired, sl.s)
			}
		}
	}
	h.mu.RUnlock()
	for _, s := range expired {
		s.Close(belfry.CodeTokenExpired, 0)
	}
	h.each(ctx, h.inSlot(n), func(s *Session) {
		s.beatDue.Store(true)
		s.schedule()
	})
}

// touchEvery tells the store once a second who has gone.
func (h *Hub) touchEvery(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.touch(ctx)
		}
	}
}

// touchMost is how many users the store is told of at once: publishers wait for
// it, and everybody may leave in the same second.
const touchMost = 500

// touch tells the store when the users that left were last seen. It is best
// effort: what fails is tried again with the next.
func (h *Hub) touch(ctx context.Context) {
	h.mu.Lock()
	seen := h.seen
	if len(seen) == 0 {
		h.mu.Unlock()
		return
	}
	h.seen = map[belfry.UserID]belfry.Time{}
	h.mu.Unlock()
	for users := range slices.Chunk(slices.Collect(maps.Keys(seen)), touchMost) {
		part := make(map[belfry.UserID]belfry.Time, len(users))
		for _, u := range users {
			part[u] = seen[u]
		}
		if h.store.Touch(ctx, part) != nil {
			break
		}
		for _, u := range users {
			delete(seen, u)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for u, at := range seen {
		if h.seen[u] == 0 && len(h.seen) < maxSeen {
			h.seen[u] = at
		}
	}
}

// maxSeen bounds what is remembered while the store is away.
const maxSeen = 100_000

// presence tells the followers of a user's topics that the user came or went.
func (h *Hub) presence(s *Session, online bool) {
	if !h.opts.Presence {
		return
	}
	data := fmt.Appendf(nil, `{"user":%s,"online":%t}`, belfry.AppendJSONString(nil, string(s.user)), online)
	for _, f := range s.follows {
		h.bus.Signal(belfry.Signal{From: s.user, To: belfry.Target{Topic: f.topic}, Name: "belfry.presence", Data: data})
	}
}
