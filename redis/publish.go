package redis

import (
	"context"
	"sync"
)

// outgoing is one payload on its way to Redis.
type outgoing struct {
	subject string
	payload []byte
}

// maxQueued bounds, in bytes, what waits to be published. What finds no room is
// lost, and the other nodes are told so when there is room again.
const maxQueued = 16 << 20

// queue is what waits to be published. It never blocks who puts.
type queue struct {
	wake chan struct{} // capacity one: there is something, or an end

	mu      sync.Mutex
	waiting []outgoing
	bytes   int
	lost    bool // something found no room
	closed  bool
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

func (q *queue) put(subject string, payload []byte) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return
	case q.bytes+len(payload) > maxQueued:
		q.lost = true
		return
	}
	q.waiting = append(q.waiting, outgoing{subject, payload})
	q.bytes += len(payload)
	q.ring()
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.ring()
}

func (q *queue) ring() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take empties the queue. lost says that it was too small meanwhile, ended that
// nothing will follow.
func (q *queue) take() (all []outgoing, lost, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	all, lost = q.waiting, q.lost
	q.waiting, q.bytes, q.lost = nil, 0, false
	return all, lost, q.closed
}

// publish sends what is queued, in order, by one connection at a time: what has
// gathered during a round trip leaves in the next one.
func (b *Bus) publish(ctx context.Context) {
	defer close(b.flushed)
	lost := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.out.wake:
		}
		all, full, ended := b.out.take()
		lost = lost || full
		for len(all) > 0 {
			n := min(len(all), pipelined)
			lost = !b.send(ctx, all[:n], lost)
			all = all[n:]
		}
		if ended {
			return
		}
	}
}

// pipelined is how many payloads leave in one round trip.
const pipelined = 512

// send publishes payloads, and first, when some were lost before, that they
// were: whoever hears it checks the heads. It reports whether Redis took them.
func (b *Bus) send(ctx context.Context, all []outgoing, lost bool) bool {
	pipe := b.client.Pipeline()
	if lost {
		pipe.Publish(ctx, b.subjects.nodes, b.header(kindDoubt))
	}
	for _, o := range all {
		pipe.Publish(ctx, o.subject, o.payload)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		b.life.refused(err)
		return false
	}
	b.observe("out", len(all))
	return true
}
