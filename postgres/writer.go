package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"belfry"
	"belfry/internal/commit"
)

// Bounds of a lane's queue and of one transaction, in rows written, roughly.
const (
	maxQueued = 1 << 14
	maxBatch  = 1 << 11
)

// quiet is how long a batch waits under load for more company.
const quiet = 100 * time.Microsecond

// How often a transaction that met another one's lock, or whose connection was
// cut before its commit, is tried.
const maxAttempts = 6

// writer is one goroutine that changes the database. It takes what waits in its
// queue and commits it as one transaction, applying step after step.
type writer struct {
	s     *Store
	queue *commit.Queue[[]*step]
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
	w := &writer{s: s, queue: commit.New[[]*step](commit.Limits{Waiting: maxQueued, Batch: maxBatch, Quiet: quiet})}
	go w.queue.Run(w.commit)
	return w
}

// start puts steps into the queue; what it returns waits until they are done and
// notes what became of each. ctx bounds that waiting only.
func (w *writer) start(ctx context.Context, steps []*step, results map[*step]error) (wait func()) {
	if len(steps) == 0 {
		return func() {}
	}
	weight := 0
	for _, st := range steps {
		weight += st.weight()
	}
	job, err := w.queue.Put(ctx, steps, weight)
	return func() {
		if err == nil {
			err = job.Wait(ctx)
		}
		for _, st := range steps {
			if results[st] = err; err == nil {
				results[st] = st.err
			}
		}
	}
}

// commit makes the batch durable and rings. A transaction that fails
// for more than a refusal is undone and its steps are tried one by one, so that
// the guilty one gets its error and its neighbours their commit. When the
// database is away, those who wait are told at once.
func (w *writer) commit(batch [][]*step) {
	steps := slices.Concat(batch...)
	for len(steps) > 0 {
		n := fitting(steps)
		err := w.try(steps[:n])
		switch {
		case err == nil:
		case isAway(err):
			n = len(steps)
			fail(steps, err)
			w.queue.Refuse(func(waiting [][]*step) { fail(slices.Concat(waiting...), err) })
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
	if len(t.Rings) > 0 {
		s.ringing.Lock()
		s.ring(t.Rings)
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
		t.EndStep()
	}
	return nil
}

// apply runs the step; a panic in it is that step's error.
func (st *step) apply(t *tx) (err error) {
	defer commit.Recover(&err)
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
