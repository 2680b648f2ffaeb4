package hub

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"belfry"
)

// Between nodes a ring may be lost. So the node compares where its sessions stand
// with the heads of their logs, many users in one question: all of them every
// Options.CheckEvery, and in short order while the bus is not up and once after.
// Its budget is fixed, whatever is wrong and however many sessions there are: one
// question a headsTick, that is 5,000 users and one shared log a second.
const (
	headsTick  = 100 * time.Millisecond
	headsSoon  = 500 * time.Millisecond // between two looks at everybody while in doubt
	headsLimit = 5 * time.Second        // of one question
)

// doubts are users whose sessions may have missed something.
type doubts struct {
	mu    sync.Mutex
	users map[belfry.UserID]struct{}
}

func (d *doubts) add(user belfry.UserID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.users == nil {
		d.users = map[belfry.UserID]struct{}{}
	}
	d.users[user] = struct{}{}
}

// take removes at most n of them.
func (d *doubts) take(n int) (users []belfry.UserID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for u := range d.users {
		if len(users) == n {
			break
		}
		users = append(users, u)
		delete(d.users, u)
	}
	return users
}

// round is one look at the heads of everybody who is served here.
type round struct {
	hub    *Hub
	left   []belfry.UserID // still to be looked at
	began  time.Time
	shared time.Time // when the shared log was last looked at
	soon   bool      // rings may have been lost since it began: the next follows soon
}

// watchHeads finds what rings did not tell.
func (h *Hub) watchHeads(ctx context.Context) {
	tick := time.NewTicker(headsTick)
	defer tick.Stop()
	r := round{hub: h}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			r.tick(ctx, now)
		}
	}
}

func (r *round) tick(ctx context.Context, now time.Time) {
	h := r.hub
	up := h.bus.Up()
	r.soon = r.soon || !up
	every := h.opts.CheckEvery
	if r.soon {
		every = min(every, headsSoon)
	}
	if now.Sub(r.shared) >= min(every, time.Second) {
		r.shared = now
		h.Refresh()
	}
	if len(r.left) == 0 && now.Sub(r.began) >= every {
		if !r.began.IsZero() {
			h.meter.HeadsChecked(now.Sub(r.began))
		}
		r.left, r.began, r.soon = h.Online(), now, !up
	}
	users := h.doubts.take(belfry.MaxHeads)
	n := min(len(r.left), belfry.MaxHeads-len(users))
	users = append(users, r.left[:n]...)
	r.left = r.left[n:]
	if len(users) > 0 && !h.checkHeads(ctx, users) {
		r.left, r.soon = append(r.left, users...), true
	}
}

// Online implements belfry.Roll: the users with a session here.
func (h *Hub) Online() []belfry.UserID {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.AppendSeq(make([]belfry.UserID, 0, len(h.users)), maps.Keys(h.users))
}

// checkHeads rings the sessions that stand below the heads of their logs. It
// reports whether the store could be asked; the store's own metrics tell when not.
func (h *Hub) checkHeads(ctx context.Context, users []belfry.UserID) bool {
	ctx, cancel := context.WithTimeout(ctx, headsLimit)
	defer cancel()
	heads, err := h.store.Heads(ctx, users)
	if err != nil {
		return false
	}
	behind := 0
	for i, user := range users {
		n, opening := h.compare(user, heads[i])
		if behind += n; opening {
			h.doubts.add(user)
		}
		h.closeOlder(user, heads[i].TokensFrom)
	}
	h.meter.FoundBehind(behind)
	return true
}

// compare rings the sessions of a user that are behind, and says how many were.
// One that is still opening cannot tell yet where it stands.
func (h *Hub) compare(user belfry.UserID, head belfry.Head) (behind int, opening bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, s := range h.users[user] {
		switch at := s.Sent(); {
		case at == belfry.Cursor{}:
			opening = true
		case head == belfry.Head{} && at.P == 0: // the user was met after the heads were read
		case at.Private != head.Nonce || at.P < head.Rev:
			s.bellPrivate(nil)
			behind++
		}
	}
	return behind, opening
}

// signalLogout tells every node that a user's older tokens are refused. One that
// it does not reach finds out when it checks the heads.
const signalLogout = "belfry.logout"

// LogOut ends the sessions of a user, on every node, whose token was issued
// before a time.
func (h *Hub) LogOut(user belfry.UserID, from belfry.Time) {
	h.bus.Signal(belfry.Signal{To: belfry.Target{User: user}, Name: signalLogout, Data: from.AppendJSON(nil)})
}

func (h *Hub) loggedOut(sig *belfry.Signal) {
	var from belfry.Time
	if json.Unmarshal(sig.Data, &from) == nil {
		h.closeOlder(sig.To.User, from)
	}
}

func (h *Hub) closeOlder(user belfry.UserID, from belfry.Time) {
	if from == 0 {
		return
	}
	var older []*Session
	h.mu.RLock()
	for _, s := range h.users[user] {
		if s.issuedAt < from {
			older = append(older, s)
		}
	}
	h.mu.RUnlock()
	for _, s := range older {
		s.Close(belfry.CodeLoggedOut, 0)
	}
}
