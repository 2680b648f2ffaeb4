package belfrytest

import (
	"context"
	"slices"
	"sync"
	"time"

	"belfry"
	"belfry/hub"
)

// node is one process of the model: a hub, its end of a bus that loses, delays,
// doubles and reorders, and reads of the store whose answers are late.
type node struct {
	*hub.Hub
	store *lateStore
	bus   *crookedBus
	stop  context.CancelFunc
	done  chan struct{}
}

func newNode(store belfry.Store, off cure, limit int, opts hub.Options) *node {
	n := &node{store: &lateStore{Store: store, off: off, limit: limit}, bus: &crookedBus{watched: map[belfry.UserID]bool{}}, done: make(chan struct{})}
	n.Hub = hub.New(n.store, n.bus, opts, noMeter{})
	run, stop := context.WithCancel(context.Background())
	n.stop = stop
	go func() {
		defer close(n.done)
		n.Run(run)
	}()
	return n
}

// close ends the process. Answers that are still late come first.
func (n *node) close() {
	n.store.late(false)
	n.stop()
	<-n.done
}

// crookedBus keeps what it was told to ring until the test decides what becomes
// of it.
type crookedBus struct {
	mu      sync.Mutex
	pending []belfry.Ring
	watched map[belfry.UserID]bool
	lost    bool // a ring, and nobody has looked at the heads since
	rings   func([]belfry.Ring)
	signals func(belfry.Signal)
}

func (b *crookedBus) Receive(rings func([]belfry.Ring), signals func(belfry.Signal)) {
	b.rings, b.signals = rings, signals
}

// Ring takes what this node will be told of: the shared log, and watched users.
func (b *crookedBus) Ring(rings []belfry.Ring) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range rings {
		if r.User == "" || b.watched[r.User] {
			b.pending = append(b.pending, r)
		}
	}
}

// Watch rings the user once when it is in force, as every bus does.
func (b *crookedBus) Watch(user belfry.UserID, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watched[user] = on
	if on {
		b.pending = append(b.pending, belfry.Ring{User: user})
	}
}

func (b *crookedBus) Signal(s belfry.Signal) { b.signals(s) }
func (b *crookedBus) Up() bool               { return true }
func (b *crookedBus) Close() error           { return nil }

func (b *crookedBus) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pending)
}

// deliver tells the node the i-th pending ring, and keeps it when again is set.
func (b *crookedBus) deliver(i int, again bool) {
	b.mu.Lock()
	if i >= len(b.pending) {
		b.mu.Unlock()
		return
	}
	r := b.pending[i]
	if !again {
		b.pending = slices.Delete(b.pending, i, i+1)
	}
	b.mu.Unlock()
	b.rings([]belfry.Ring{r})
}

// deliverAll tells everything at once, in order.
func (b *crookedBus) deliverAll() {
	b.mu.Lock()
	all := b.pending
	b.pending = nil
	b.mu.Unlock()
	if len(all) > 0 {
		b.rings(all)
	}
}

// lose forgets the i-th pending ring.
func (b *crookedBus) lose(i int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i < len(b.pending) {
		b.pending, b.lost = slices.Delete(b.pending, i, i+1), true
	}
}

// whole says that all that was rung was told or will be.
func (b *crookedBus) whole() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.lost
}

// found notes that somebody has looked at the heads.
func (b *crookedBus) found() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = false
}

// lateStore answers the hub, while it is late only when it is let go: what was
// read is then of the past. It can also be without one of the cures of
// SEMANTICS, to show that the model finds it missing.
type lateStore struct {
	belfry.Store
	off   cure
	limit int // rows in a page, 0: what was asked for

	mu   sync.Mutex
	gate chan struct{} // nil: not late
}

// late begins or ends lateness; ending it lets go whoever waits.
func (s *lateStore) late(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gate != nil {
		close(s.gate)
		s.gate = nil
	}
	if on {
		s.gate = make(chan struct{})
	}
}

func (s *lateStore) isLate() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gate != nil
}

func (s *lateStore) wait() {
	s.mu.Lock()
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
}

func (s *lateStore) Open(c context.Context, user belfry.UserID, q belfry.OpenQuery) (belfry.Opening, error) {
	o, err := s.Store.Open(c, user, q)
	s.wait()
	return o, err
}

func (s *lateStore) Changes(_ context.Context, user belfry.UserID, q belfry.ChangesQuery) (belfry.Changes, error) {
	if s.limit != 0 {
		q.Limit = s.limit
	}
	c, err := s.Store.Changes(ctx, user, q)
	s.wait()
	if err == nil {
		err = s.off.spoil(s.Store, user, &c)
	}
	return c, err
}

func (s *lateStore) Shared(_ context.Context, after belfry.Rev, limit int) (belfry.SharedPage, error) {
	page, err := s.Store.Shared(ctx, after, limit)
	s.wait()
	return page, err
}

func (s *lateStore) Touch(context.Context, map[belfry.UserID]belfry.Time) error { return nil }

// noMeter counts nothing.
type noMeter struct{}

func (noMeter) Opened(string)              {}
func (noMeter) Closed(string, belfry.Code) {}
func (noMeter) Delivered(string, int)      {}
func (noMeter) DeliverySeconds(float64)    {}
func (noMeter) Resumed(string)             {}
func (noMeter) Slow(int)                   {}
func (noMeter) Limited(string)             {}
func (noMeter) Failed(error)               {}
func (noMeter) HeadsChecked(time.Duration) {}
func (noMeter) FoundBehind(int)            {}
