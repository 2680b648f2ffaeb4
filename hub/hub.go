// Package hub holds the sessions of this process and the one delivery loop: read
// what changed above my position, send it, else wait for the bell. Replay and
// live are the same code (session.go). It knows sessions, never HTTP or SQL.
package hub

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"belfry"
)

// Store is what the hub needs of a belfry.Store.
type Store interface {
	Open(ctx context.Context, user belfry.UserID, q belfry.OpenQuery) (belfry.Opening, error)
	Changes(ctx context.Context, user belfry.UserID, q belfry.ChangesQuery) (belfry.Changes, error)
	Shared(ctx context.Context, after belfry.Rev, limit int) (belfry.SharedPage, error)
	Heads(ctx context.Context, users []belfry.UserID) ([]belfry.Head, error)
	Touch(ctx context.Context, seen map[belfry.UserID]belfry.Time) error
}

// Hub is the sessions of this process.
type Hub struct {
	store Store
	bus   belfry.Bus
	opts  Options
	meter Meter
	boot  string // distinguishes session ids of two runs
	seq   atomic.Uint64
	queue *runQueue
	reads *runQueue     // sessions that must read the store, where there are readers
	opens chan struct{} // bounds concurrent reads of openings

	refresh chan struct{} // capacity one: read the shared log from the store
	news    chan struct{} // capacity one: there is something fresh
	done    chan struct{} // closed when Run has ended
	doubts  doubts

	mu         sync.RWMutex
	tail       tail
	fresh      news                        // nobody has been rung for it yet
	telling    news                        // older: some have been rung for it; see announce.go
	early      map[belfry.Rev]*belfry.Ring // of the shared log, see early.go
	earlySince time.Time                   // when the first of them came
	users      map[belfry.UserID][]*Session
	index      map[belfry.Topic]map[*Session]struct{} // who is to be rung for a topic
	slots      [][]slot                               // all sessions, by the second in which their heart beats
	count      int
	left       left
	drain      bool
}

// slot is one session's place in the wheel.
type slot struct {
	s   *Session
	exp int64 // Unix second at which its token ends; 0: never
}

// ErrClosed is returned by calls on a session that has ended.
var ErrClosed = errors.New("hub: the session has ended")

// New makes a hub on a store and a bus. It receives the bus at once; call Run to
// start delivery.
func New(store Store, bus belfry.Bus, opts Options, meter Meter) *Hub {
	if opts.Server == "" {
		opts.Server = "belfry"
	}
	if opts.Heartbeat < time.Second {
		opts.Heartbeat = 25 * time.Second
	}
	if opts.MaxPerUser == 0 {
		opts.MaxPerUser = 50
	}
	if opts.StallTimeout == 0 {
		opts.StallTimeout = 10 * time.Minute
	}
	if opts.Workers == 0 {
		opts.Workers = max(2, runtime.GOMAXPROCS(0))
	}
	if opts.TailEntries == 0 {
		opts.TailEntries = 4096
	}
	h := &Hub{
		store: store, bus: bus, opts: opts, meter: meter,
		boot:    strconv.FormatUint(uint64(rand.Uint32()), 36),
		queue:   newRunQueue(),
		reads:   newRunQueue(),
		opens:   make(chan struct{}, 256),
		refresh: make(chan struct{}, 1),
		news:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		users:   map[belfry.UserID][]*Session{},
		index:   map[belfry.Topic]map[*Session]struct{}{},
		slots:   make([][]slot, int(opts.Heartbeat/time.Second)),
		left:    left{recently: map[belfry.UserID]belfry.Time{}},
		early:   map[belfry.Rev]*belfry.Ring{},
	}
	bus.Receive(h.ring, h.signal)
	return h
}

// Run delivers until ctx ends, then ends every session and waits for its own
// goroutines. Use Drain before to let clients go gently.
func (h *Hub) Run(ctx context.Context) error {
	var workers, rest sync.WaitGroup
	for range h.opts.Workers {
		workers.Go(func() { (&worker{queue: h.queue, mayRead: h.opts.Readers == 0}).run() })
	}
	for range h.opts.Readers {
		workers.Go(func() { (&worker{queue: h.reads, mayRead: true}).run() })
	}
	rest.Go(func() { h.followShared(ctx) })
	rest.Go(func() { h.announce(ctx) })
	rest.Go(func() { h.turnWheel(ctx) })
	rest.Go(func() { h.tellLeft(ctx) })
	if h.opts.CheckEvery > 0 {
		rest.Go(func() { h.watchHeads(ctx) })
	}
	h.Refresh()
	<-ctx.Done()
	rest.Wait()
	for _, s := range h.all() {
		s.Close(belfry.CodeDraining, 0)
	}
	h.waitEmpty()
	h.queue.close()
	h.reads.close()
	workers.Wait()
	close(h.done)
	for range 2 { // all of them
		h.touch(context.WithoutCancel(ctx))
	}
	return nil
}

// waitEmpty gives the last bye frames a second, then cuts what is left.
func (h *Hub) waitEmpty() {
	deadline := time.Now().Add(time.Second)
	for h.Len() > 0 && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	for _, s := range h.all() {
		s.Gone()
	}
}

// Len is the number of sessions.
func (h *Hub) Len() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.count
}

// Sessions implements belfry.Roll: the live sessions of one user on this node, oldest first.
func (h *Hub) Sessions(user belfry.UserID) []belfry.Session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []belfry.Session
	for _, s := range h.users[user] {
		out = append(out, belfry.Session{
			ID: s.ID(), Transport: s.sink.Transport(), ConnectedAt: belfry.TimeOf(time.Unix(s.since, 0)), UserAgent: s.userAgent,
		})
	}
	return out
}

// Drain refuses new sessions and ends those there are, spread evenly over a
// time; each is told to come back after a short random while. It returns when
// all are told or ctx ends.
func (h *Hub) Drain(ctx context.Context, over time.Duration) {
	h.mu.Lock()
	h.drain = true
	h.mu.Unlock()
	list := h.all()
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	start, told := time.Now(), 0
	for told < len(list) {
		due := len(list)
		if spent := time.Since(start); spent < over {
			due = int(float64(len(list)) * float64(spent) / float64(over))
		}
		for ; told < due; told++ {
			list[told].Close(belfry.CodeDraining, jitter(2*time.Second))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func jitter(most time.Duration) time.Duration { return rand.N(most) + 50*time.Millisecond }

func (h *Hub) all() []*Session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.AppendSeq(make([]*Session, 0, h.count), h.everyone())
}

// register takes a session into the index, so that it is rung from now on.
func (h *Hub) register(s *Session) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.drain:
		return &belfry.Error{Code: belfry.CodeDraining, Detail: "this node is going away; connect again", RetryAfter: jitter(2 * time.Second)}
	case h.opts.MaxSessions > 0 && h.count >= h.opts.MaxSessions:
		h.meter.Limited("sessions")
		return &belfry.Error{Code: belfry.CodeTooManySessions, Detail: "this server holds as many sessions as it may (max-sessions)", RetryAfter: 30 * time.Second}
	case len(h.users[s.user]) >= h.opts.MaxPerUser:
		h.meter.Limited("user_sessions")
		return &belfry.Error{Code: belfry.CodeTooManySessions, Detail: "this user has as many sessions as it may (max-sessions-per-user); close a tab", RetryAfter: 30 * time.Second}
	}
	s.slot = uint16(s.number / slotRun % uint64(len(h.slots)))
	s.place = uint32(len(h.slots[s.slot]))
	h.slots[s.slot] = append(h.slots[s.slot], slot{s, int64(s.expiresAt) / 1000})
	first := len(h.users[s.user]) == 0
	h.users[s.user] = append(h.users[s.user], s)
	h.count++
	s.registered = true
	if first {
		h.bus.Watch(s.user, true)
	}
	return nil
}

// unregister takes a session out of every index; last says that the user has
// no other here.
func (h *Hub) unregister(s *Session) (last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !s.registered {
		return false
	}
	s.registered = false
	list := h.slots[s.slot]
	end := list[len(list)-1]
	list[s.place] = end
	end.s.place = s.place
	list[len(list)-1] = slot{}
	h.slots[s.slot] = list[:len(list)-1]
	h.count--
	for _, f := range s.follows {
		h.unindex(f.topic, s)
	}
	for _, t := range s.subs {
		h.unindex(t, s)
	}
	rest := slices.DeleteFunc(h.users[s.user], func(o *Session) bool { return o == s })
	if len(rest) > 0 {
		h.users[s.user] = rest
		return false
	}
	delete(h.users, s.user)
	h.left.recently[s.user] = belfry.TimeOf(time.Now())
	h.bus.Watch(s.user, false)
	return true
}

// listen adds topics to a session's index entries and makes sure that nothing
// above its position is missed: what was rung before it listened is rung again.
func (h *Hub) listen(s *Session, topics ...belfry.Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !s.registered {
		return
	}
	for _, t := range topics {
		set := h.index[t]
		if set == nil {
			set = map[*Session]struct{}{}
			h.index[t] = set
		}
		set[s] = struct{}{}
	}
	if h.tail.head > s.pos.S {
		s.bellShared(s.pos.S + 1)
	}
}

func (h *Hub) unlisten(s *Session, topic belfry.Topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unindex(topic, s)
}

func (h *Hub) unindex(t belfry.Topic, s *Session) {
	delete(h.index[t], s)
	if len(h.index[t]) == 0 {
		delete(h.index, t)
	}
}

// slotRun is how many sessions in a row share a slot. A broadcast walks the
// slots: in the order of arrival, neighbours in memory are written to one after
// the other.
const slotRun = 64
