package sqlite

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"belfry"
	"belfry/internal/commit"

	driver "zombiezen.com/go/sqlite"
)

// Bounds of the queue and of one transaction.
const (
	maxQueued = 1 << 14 // steps that wait
	maxBatch  = 1 << 10 // steps in one transaction
	maxRows   = 1 << 13 // rows written, roughly, in one transaction
)

// quiet is how long a batch waits under load for more company.
const quiet = 60 * time.Microsecond

// writer is the one goroutine that changes the database. It takes what waits in
// the queue and commits it as one transaction with one fsync, applying step
// after step.
type writer struct {
	tx          *tx
	checkpoints *checkpointer
	log         *slog.Logger
	queue       *commit.Queue[job]
	ring        func([]belfry.Ring)
	observe     func(steps int, took time.Duration)
}

// job is what one caller waits for: a step for each error, applied whole or not
// at all.
type job struct {
	run  func(tx *tx, i int) error
	errs []error
}

func newWriter(t *tx, checkpoints *checkpointer, log *slog.Logger) *writer {
	limits := commit.Limits{Waiting: maxQueued, Batch: maxBatch, Quiet: quiet}
	w := &writer{tx: t, checkpoints: checkpoints, log: log, queue: commit.New[job](limits), ring: func([]belfry.Ring) {}}
	go w.queue.Run(w.commit)
	return w
}

// do has run applied n times inside a commit and returns what became of each.
// run must find what is wrong with its request, and return an *belfry.Error,
// before it writes anything. Results that run leaves behind may be read only if
// no error is CodeOutcomeUnknown.
func (w *writer) do(ctx context.Context, n int, run func(tx *tx, i int) error) []error {
	j := job{run, make([]error, n)}
	waiting, err := w.queue.Put(ctx, j, n)
	if err == nil {
		err = waiting.Wait(ctx)
	}
	if err != nil {
		return slices.Repeat([]error{err}, n) // the writer may yet write to the job's
	}
	return j.errs
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

// step is one step of a job on its way through a transaction.
type step struct {
	job
	i int
}

// commit makes the batch durable and rings. A batch that fails for
// more than a refusal is rolled back and tried again step by step, so that the
// guilty one gets its error and its neighbours their commit.
func (w *writer) commit(batch []job) {
	w.checkpoints.finish(w.tx.conn)
	var steps []step
	for _, j := range batch {
		for i := range j.errs {
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
	for n < len(steps) && (n == 0 || t.Rows < maxRows) {
		s := steps[n]
		n++
		err := s.apply(t)
		if err != nil && !isRefusal(err) {
			t.rollback()
			return n, err
		}
		s.errs[s.i] = err
		t.EndStep()
	}
	if err := t.commit(); err != nil {
		t.rollback()
		return n, err
	}
	w.checkpoints.wrote(t.Rows)
	if len(t.Rings) > 0 {
		w.ring(t.Rings)
	}
	if w.observe != nil {
		w.observe(n, time.Since(begin))
	}
	return n, nil
}

// apply runs the step; a panic in it is that step's error and nobody else's.
func (s step) apply(t *tx) (err error) {
	defer commit.Recover(&err)
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
