package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"belfry"
)

// Bounds of a lane's queue and of one transaction, in rows written, roughly.
const (
	maxQueued = 1 << 14
	maxBatch  = 1 << 11
)

// How long a batch waits for company under load: until nobody came for quiet,
// at most linger. An idle lane does not wait.
const (
	quiet  = 100 * time.Microsecond
	linger = 500 * time.Microsecond
)

// How often a transaction that met another one's lock, or whose connection was
// cut before its commit, is tried.
const maxAttempts = 6

// writer is one goroutine that changes the database. It takes what waits in its
// queue and commits it as one transaction, applying step after step.
type writer struct {
	s       *Store
	stopped chan struct{}

	mu     sync.Mutex
	queue  []*job
	weight int // of the queue
	closed bool
	wake   chan struct{} // capacity one
}

// job is what one caller waits for.
type job struct {
	steps  []*step
	weight int
	done   chan struct{}
	took   bool // under writer.mu: in a batch, cannot be withdrawn
}

// step is a change that is applied whole or not at all. run must find what is
// wrong with its request, and return an *belfry.Error, before it writes
// anything. It may be run again, after what it did was undone.
type step struct {
	needs
	run func(*tx) error
	err error // what became of it
}

func newWriter(s *Store) *writer {
	w := &writer{s: s, stopped: make(chan struct{}), wake: make(chan struct{}, 1)}
	go w.loop()
	return w
}

// start puts steps into the queue; what it returns waits until they are done and
// notes what became of each. ctx bounds that waiting only.
func (w *writer) start(ctx context.Context, steps []*step, results map[*step]error) (wait func()) {
	all := func(err error) {
		for _, st := range steps {
			results[st] = err
		}
	}
	if len(steps) == 0 {
		return func() {}
	}
	j := &job{steps: steps, done: make(chan struct{})}
	for _, st := range steps {
		j.weight += st.weight()
	}
	if err := w.enqueue(ctx, j); err != nil {
		return func() { all(err) }
	}
	return func() {
		select {
		case <-j.done:
		case <-ctx.Done():
			if w.withdraw(j) {
				all(unavailable("gave up while waiting for the database: "+ctx.Err().Error(), 0))
				return
			}
			select {
			case <-j.done: // both were ready
			default:
				all(belfry.Errorf(belfry.CodeOutcomeUnknown, "gave up while the change was being committed: %s", ctx.Err()))
				return
			}
		}
		for _, st := range steps {
			results[st] = st.err
		}
	}
}

func (w *writer) enqueue(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return unavailable("gave up before the change was made: "+err.Error(), 0)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return unavailable("the store is closed", 0)
	case w.weight > 0 && w.weight+j.weight > maxQueued:
		return unavailable("too many changes wait for the database; slow down", time.Second)
	}
	w.queue = append(w.queue, j)
	w.weight += j.weight
	w.rouse()
	return nil
}

func (w *writer) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// withdraw takes a job out of the queue; false when a batch has it already.
func (w *writer) withdraw(j *job) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if j.took {
		return false
	}
	for i, q := range w.queue {
		if q == j {
			w.queue = append(w.queue[:i], w.queue[i+1:]...)
			w.weight -= j.weight
			break
		}
	}
	return true
}

// close finishes what was taken and waits for the goroutine.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.rouse()
	<-w.stopped
}

func (w *writer) loop() {
	defer close(w.stopped)
	busy := false // the last batch had company
	for {
		switch n, closed := w.waiting(); {
		case n > 0:
			w.gather(busy, n)
			batch := w.take(maxBatch)
			busy = len(batch) > 1
			w.commit(batch)
		case closed:
			return
		default:
			<-w.wake
		}
	}
}

// waiting says how many jobs wait, and whether no more will come.
func (w *writer) waiting() (n int, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue), w.closed
}

// gather lets the callers that are about to write join the batch: right after a
// commit the queue of a busy store looks empty.
func (w *writer) gather(busy bool, n int) {
	begin := time.Now()
	grown := begin
	for busy && n < maxBatch {
		runtime.Gosched()
		now := time.Now()
		if more, _ := w.waiting(); more > n {
			grown, n = now, more
		} else if now.Sub(grown) > quiet || now.Sub(begin) > linger {
			return
		}
	}
}

// take removes a batch from the queue: at least one job if there is one.
func (w *writer) take(limit int) []*job {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, weight := 0, 0
	for n < len(w.queue) && (n == 0 || weight+w.queue[n].weight <= limit) {
		weight += w.queue[n].weight
		w.queue[n].took = true
		n++
	}
	batch := append([]*job(nil), w.queue[:n]...)
	w.queue = append(w.queue[:0], w.queue[n:]...)
	w.weight -= weight
	return batch
}

// commit makes the batch durable, rings, and answers. A transaction that fails
// for more than a refusal is undone and its steps are tried one by one, so that
// the guilty one gets its error and its neighbours their commit. When the
// database is away, those who wait are told at once.
func (w *writer) commit(batch []*job) {
	var steps []*step
	for _, j := range batch {
		steps = append(steps, j.steps...)
	}
	for len(steps) > 0 {
		n := fitting(steps)
		err := w.try(steps[:n])
		switch {
		case err == nil:
		case isAway(err):
			n = len(steps)
			fail(steps, err)
			w.refuseWaiting(err)
		case n > 1 && belfry.ErrorCode(err) != belfry.CodeOutcomeUnknown:
			w.s.log.Warn("a commit failed, its changes are tried one by one", "changes", n, "error", err)
			for i := range n {
				if err := w.try(steps[i : i+1]); err != nil {
					fail(steps[i:i+1], err)
				}
			}
		default:
			fail(steps[:n], err)
		}
		steps = steps[n:]
	}
	for _, j := range batch {
		close(j.done)
	}
}

// fitting is how many of the steps make one transaction.
func fitting(steps []*step) int {
	n, weight := 0, 0
	for n < len(steps) && (n == 0 || weight+steps[n].weight() <= maxBatch) {
		weight += steps[n].weight()
		n++
	}
	return n
}

func fail(steps []*step, err error) {
	err = asError(err)
	for _, st := range steps {
		st.err = err
	}
}

func (w *writer) refuseWaiting(err error) {
	for _, j := range w.take(maxQueued) {
		fail(j.steps, err)
		close(j.done)
	}
}

// try applies steps in one transaction, again while it only met the locks of
// others or lost its connection before the commit. With an error nothing of them
// is stored, unless it is CodeOutcomeUnknown.
func (w *writer) try(steps []*step) (err error) {
	defer w.s.hold(steps)()
	for attempt := range maxAttempts {
		if attempt > 0 {
			time.Sleep(rand.N(time.Millisecond << attempt))
		}
		if err = w.s.transact(steps); err == nil || isRefusal(err) || !isContended(err) && !isCut(err) {
			break
		}
	}
	return err
}

func (s *Store) transact(steps []*step) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pooled, err := acquire(ctx, s.writers)
	if err != nil {
		return err
	}
	defer pooled.Release()
	t, err := s.begin(ctx, pooled.Conn(), locksOf(steps))
	if err == nil {
		err = t.apply(steps)
	}
	if err == nil {
		err = t.commit()
	}
	if err != nil {
		t.rollback()
		return err
	}
	if len(t.rings) > 0 {
		s.ringing.Lock()
		s.ring(t.rings)
		s.ringing.Unlock()
	}
	s.observe(len(steps), time.Since(begin))
	return nil
}

// apply runs the steps. What one refuses is its own error and nobody else's.
func (t *tx) apply(steps []*step) error {
	for _, st := range steps {
		st.err = st.apply(t)
		if st.err != nil && !isRefusal(st.err) {
			return st.err
		}
		t.endStep()
	}
	return nil
}

// apply runs the step; a panic in it is that step's error.
func (st *step) apply(t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a step: %v\n%s", p, debug.Stack())
		}
	}()
	return st.run(t)
}

// errMoved is a step's refusal because what it is about has moved to a log whose
// lock it does not hold: it must be planned anew.
var errMoved = unavailable("the notification is being changed by others; try again", retryAfter)

// planned has a step applied whose needs are found out by looking, again while
// what it is about moves in between.
func planned[T any](ctx context.Context, s *Store, plan func() (needs, error), run func(*tx) (T, error)) (result T, err error) {
	for range maxAttempts {
		var n needs
		if n, err = plan(); err != nil {
			return result, err
		}
		if result, err = doOne(ctx, s, n, run); !errors.Is(err, errMoved) {
			break
		}
	}
	return result, err
}
