package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"belfry"

	driver "zombiezen.com/go/sqlite"
)

// Bounds of the queue and of one transaction.
const (
	maxQueued = 1 << 14 // steps that wait
	maxBatch  = 1 << 10 // steps in one transaction
	maxRows   = 1 << 13 // rows written, roughly, in one transaction
)

// How long a batch waits for company under load: until nobody came for quiet,
// at most linger. An idle writer does not wait.
const (
	quiet  = 60 * time.Microsecond
	linger = 500 * time.Microsecond
)

// writer is the one goroutine that changes the database. It takes what waits in
// the queue and commits it as one transaction with one fsync, applying step
// after step.
type writer struct {
	tx      *tx
	log     *slog.Logger
	stopped chan struct{}
	ring    func([]belfry.Ring)
	observe func(steps int, took time.Duration)

	mu     sync.Mutex
	queue  []*job
	steps  int // waiting in queue
	closed bool
	wake   chan struct{} // capacity one
}

// job is what one caller waits for: n steps, each applied whole or not at all.
type job struct {
	n    int
	run  func(tx *tx, i int) error
	errs []error
	done chan struct{}
	took bool // under writer.mu: in a batch, cannot be withdrawn
}

func newWriter(t *tx, log *slog.Logger) *writer {
	w := &writer{tx: t, log: log, stopped: make(chan struct{}), wake: make(chan struct{}, 1), ring: func([]belfry.Ring) {}}
	go w.loop()
	return w
}

// do has run applied n times inside a commit and returns what became of each.
// run must find what is wrong with its request, and return an *belfry.Error,
// before it writes anything. Results that run leaves behind may be read only if
// no error is CodeOutcomeUnknown.
func (w *writer) do(ctx context.Context, n int, run func(tx *tx, i int) error) []error {
	j := &job{n: n, run: run, errs: make([]error, n), done: make(chan struct{})}
	if err := w.enqueue(ctx, j); err != nil {
		return repeated(err, n)
	}
	select {
	case <-j.done:
		return j.errs
	case <-ctx.Done():
	}
	if w.withdraw(j) {
		return repeated(unavailable("gave up while waiting for the database: "+ctx.Err().Error(), 0), n)
	}
	select {
	case <-j.done: // both were ready
		return j.errs
	default:
	}
	return repeated(belfry.Errorf(belfry.CodeOutcomeUnknown, "gave up while the change was being committed: %s", ctx.Err()), n)
}

// doOne is do for a single step with a result.
func doOne[T any](ctx context.Context, w *writer, run func(tx *tx) (T, error)) (T, error) {
	var result T
	err := w.do(ctx, 1, func(tx *tx, _ int) (err error) {
		result, err = run(tx)
		return err
	})[0]
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

func repeated(err error, n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
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
	case w.steps > 0 && w.steps+j.n > maxQueued:
		return unavailable("too many changes wait for the disk; slow down", time.Second)
	}
	w.queue = append(w.queue, j)
	w.steps += j.n
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return nil
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
			w.steps -= j.n
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
	select {
	case w.wake <- struct{}{}:
	default:
	}
	<-w.stopped
}

func (w *writer) loop() {
	defer close(w.stopped)
	busy := false // the last batch had company
	for {
		switch n, closed := w.waiting(); {
		case n > 0:
			w.gather(busy, n)
			batch := w.take()
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
	for n < maxBatch {
		runtime.Gosched()
		now := time.Now()
		if more, _ := w.waiting(); more > n {
			grown, n = now, more
		} else if !busy || now.Sub(grown) > quiet || now.Sub(begin) > linger {
			return
		}
	}
}

// take removes a batch from the queue: at least one job, at most maxBatch steps.
func (w *writer) take() []*job {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, steps := 0, 0
	for n < len(w.queue) && (n == 0 || steps+w.queue[n].n <= maxBatch) {
		steps += w.queue[n].n
		w.queue[n].took = true
		n++
	}
	batch := append([]*job(nil), w.queue[:n]...)
	w.queue = append(w.queue[:0], w.queue[n:]...)
	w.steps -= steps
	return batch
}

// step is one step of a job on its way through a transaction.
type step struct {
	*job
	i int
}

// commit makes the batch durable, rings, and answers. A batch that fails for
// more than a refusal is rolled back and tried again step by step, so that the
// guilty one gets its error and its neighbours their commit.
func (w *writer) commit(batch []*job) {
	var steps []step
	for _, j := range batch {
		for i := range j.n {
			steps = append(steps, step{j, i})
		}
	}
	for len(steps) > 0 {
		n, err := w.transact(steps)
		if err != nil && !isAway(err) && n > 1 {
			w.log.Warn("a commit failed, its changes are tried one by one", "changes", n, "error", err)
			for i := range n {
				if _, err := w.transact(steps[i : i+1]); err != nil {
					fail(steps[i:i+1], err)
				}
			}
		} else if err != nil {
			fail(steps[:n], err)
		}
		steps = steps[n:]
	}
	for _, j := range batch {
		close(j.done)
	}
}

func fail(steps []step, err error) {
	err = asError(err)
	for _, s := range steps {
		s.errs[s.i] = err
	}
}

// transact applies the first n of the steps in one transaction, as many as
// maxRows admits. With an error nothing of them is stored and no cache survives.
func (w *writer) transact(steps []step) (n int, err error) {
	begin := time.Now()
	t := w.tx
	if err := t.begin(); err != nil {
		return len(steps), err
	}
	for n < len(steps) && (n == 0 || t.rows < maxRows) {
		s := steps[n]
		n++
		err := s.apply(t)
		if err != nil && !isRefusal(err) {
			t.rollback()
			return n, err
		}
		s.errs[s.i] = err
		t.endStep()
	}
	if err := t.commit(); err != nil {
		t.rollback()
		return n, err
	}
	if len(t.rings) > 0 {
		w.ring(t.rings)
	}
	if w.observe != nil {
		w.observe(n, time.Since(begin))
	}
	return n, nil
}

// apply runs the step; a panic in it is that step's error and nobody else's.
func (s step) apply(t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a step: %v\n%s", p, debug.Stack())
		}
	}()
	return s.run(t, s.i)
}

// commitError tells a commit that did not happen from one that perhaps did: an
// I/O error may come after the pages were written.
func commitError(err error) error {
	if driver.ErrCode(err).ToPrimary() != driver.ResultIOErr {
		return err
	}
	return &belfry.Error{Code: belfry.CodeOutcomeUnknown, Detail: "the disk failed during the commit; it may or may not be stored, retry with an idempotency key", Err: err}
}
