package hub

import (
	"runtime"
	"sync"
)

// runQueue is the list of sessions that have something to do. It is intrusive:
// a session stands in it at most once (see Session.schedule).
type runQueue struct {
	mu          sync.Mutex
	wake        sync.Cond
	first, last *Session
	closed      bool
}

func newRunQueue() *runQueue {
	q := &runQueue{}
	q.wake.L = &q.mu
	return q
}

func (q *runQueue) push(s *Session) {
	q.mu.Lock()
	if q.last == nil {
		q.first = s
	} else {
		q.last.next = s
	}
	q.last = s
	q.mu.Unlock()
	q.wake.Signal()
}

// pop waits for a session; nil says that the queue is closed and empty.
func (q *runQueue) pop() *Session {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.first == nil {
		if q.closed {
			return nil
		}
		q.wake.Wait()
	}
	s := q.first
	q.first, s.next = s.next, nil
	if q.first == nil {
		q.last = nil
	}
	return s
}

func (q *runQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake.Broadcast()
}

// worker runs the turns of whatever session is due. Its buffer is the only
// output buffer there is: an idle session owns none.
type worker struct {
	hub *Hub
	buf []byte
}

// turnBytes bounds what one turn writes, so that one session that catches up on
// much cannot own the pool.
const turnBytes = 64 << 10

// yieldEvery is how many turns a worker takes before it lets others run: a
// goroutine that writes for 10 ms on end is taxed by the scheduler at every
// system call, and publishers must get in between.
const yieldEvery = 16

func (w *worker) run() {
	for n := 1; ; n++ {
		s := w.hub.queue.pop()
		if s == nil {
			return
		}
		s.run(w)
		if n%yieldEvery == 0 {
			runtime.Gosched()
		}
	}
}

// take hands out the worker's buffer, empty; give brings it back, unless it
// grew too large to keep.
func (w *worker) take() []byte {
	b := w.buf
	w.buf = nil
	if b == nil {
		b = make([]byte, 0, 4096)
	}
	return b[:0]
}

func (w *worker) give(b []byte) {
	if cap(b) <= 4*turnBytes {
		w.buf = b
	}
}
