package hub

import (
	"context"
	"fmt"
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
