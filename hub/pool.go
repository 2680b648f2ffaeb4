package hub

import (
	"runtime"
	"sync"
	"time"
)

// runQueue is the list of sessions that have something to do. It is intrusive:
// a session stands in it at most once (see Session.schedule).
type runQueue struct {
	mu          sync.Mutex
	wake, moved sync.Cond
	first, last *Session
	put, taken  uint64 // how many sessions so far
	closed      bool
}

func newRunQueue() *runQueue {
	q := &runQueue{}
	q.wake.L, q.moved.L = &q.mu, &q.mu
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
	q.put++
	q.mu.Unlock()
	q.wake.Signal()
}

// await waits until the first n sessions ever put in have been taken out, and
// says how many have been put in by now.
func (q *runQueue) await(n uint64) (put uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.taken < n && !q.closed {
		q.moved.Wait()
	}
	return q.put
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
	if q.taken++; q.first == nil || q.taken%stride == 0 {
		q.moved.Broadcast()
	}
	return s
}

func (q *runQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.wake.Broadcast()
	q.moved.Broadcast()
}

// worker runs the turns of whatever session is due. Its buffers are the only
// ones for output there are: an idle session owns none.
type worker struct {
	queue   *runQueue
	mayRead bool // the store; else it hands over who must
	turn    turn
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
		s := w.queue.pop()
		if s == nil {
			return
		}
		s.run(w)
		if n%yieldEvery == 0 {
			runtime.Gosched()
		}
	}
}

// outcome is what a turn leaves behind.
type outcome struct {
	items    int
	oldest   time.Time // when the oldest change sent was rung
	more     bool      // there is more to do
	mustRead bool      // what is left to do is in the store: a reader goes on
	bye      *ending
}

// begin empties the worker's turn for a session. Buffers that one large frame
// has made large are not kept.
func (w *worker) begin(s *Session) *turn {
	t := &w.turn
	*t = turn{s: s, mayRead: w.mayRead, buf: small(t.buf), scratch: small(t.scratch), batch: small(t.batch)}
	return t
}

func small(b []byte) []byte {
	if cap(b) > 4*turnBytes {
		return nil
	}
	return b[:0]
}
