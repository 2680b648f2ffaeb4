// Package commit is the queue of a writer that commits in groups: callers put in
// what they want done, one goroutine takes what waits and makes it durable as one
// batch. It knows no database.
package commit

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"belfry"
)

// linger is how long a batch waits for company at most.
const linger = 500 * time.Microsecond

// Limits bound a queue. Weights are in a unit of the caller's: steps, or rows.
type Limits struct {
	Waiting int // the weight that may wait; a job that would wait alone may weigh more
	Batch   int // the weight of a batch; a job that is alone in it may weigh more
	// Quiet is how long a batch waits under load after the last job that joined
	// it, 500 µs in all. An idle queue does not wait.
	Quiet time.Duration
}

// Queue holds the jobs that wait for one writer, in the order they were put in.
// It is safe for concurrent use.
type Queue[W any] struct {
	limits  Limits
	wake    chan struct{} // capacity one
	stopped chan struct{}

	mu     sync.Mutex
	jobs   []*Job[W]
	weight int // of jobs
	closed bool
}

// Job is what one caller waits for.
type Job[W any] struct {
	work   W
	queue  *Queue[W]
	weight int
	done   chan struct{}
	took   bool // under queue.mu: in a batch, cannot be withdrawn
}

// New makes a queue. Nothing in it is done before Run is called.
func New[W any](limits Limits) *Queue[W] {
	return &Queue[W]{limits: limits, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
}

// Put adds a job. CodeUnavailable when ctx is over, the queue is closed, or too
// much waits; then nothing was put in.
func (q *Queue[W]) Put(ctx context.Context, work W, weight int) (*Job[W], error) {
	if err := ctx.Err(); err != nil {
		return nil, unavailable("gave up before the change was made: "+err.Error(), 0)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return nil, unavailable("the store is closed", 0)
	case q.weight > 0 && q.weight+weight > q.limits.Waiting:
		return nil, unavailable("too many changes wait for the database; slow down", time.Second)
	}
	j := &Job[W]{work: work, queue: q, weight: weight, done: make(chan struct{})}
	q.jobs = append(q.jobs, j)
	q.weight += weight
	q.rouse()
	return j, nil
}

func unavailable(detail string, retry time.Duration) error {
	return &belfry.Error{Code: belfry.CodeUnavailable, Detail: detail, RetryAfter: retry}
}

func (q *Queue[W]) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Wait waits until the job is done, at most until ctx is over. CodeUnavailable:
// it was withdrawn and will not be done. CodeOutcomeUnknown: it is being done;
// what it leaves behind must not be read.
func (j *Job[W]) Wait(ctx context.Context) error {
	select {
	case <-j.done:
		return nil
	case <-ctx.Done():
	}
	if j.withdraw() {
		return unavailable("gave up while waiting for the database: "+ctx.Err().Error(), 0)
	}
	select {
	case <-j.done: // both were ready
		return nil
	default:
		return belfry.Errorf(belfry.CodeOutcomeUnknown, "gave up while the change was being committed: %s", ctx.Err())
	}
}

// withdraw takes the job out of the queue; false when a batch has it already.
func (j *Job[W]) withdraw() bool {
	q := j.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.took {
		return false
	}
	for i, other := range q.jobs {
		if other == j {
			q.jobs = append(q.jobs[:i], q.jobs[i+1:]...)
			q.weight -= j.weight
			break
		}
	}
	return true
}

// Run has batches committed, one after another, until the queue is closed and
// empty. When commit returns, the callers of its batch are answered.
func (q *Queue[W]) Run(commit func(batch []W)) {
	defer close(q.stopped)
	busy := false // the last batch had company
	for {
		switch n, closed := q.state(); {
		case n > 0:
			q.gather(busy, n)
			jobs := q.take(q.limits.Batch)
			busy = len(jobs) > 1
			answer(jobs, commit)
		case closed:
			return
		default:
			<-q.wake
		}
	}
}

// Refuse answers everything that waits now, after refuse was told of it. It is
// for the goroutine that is in Run, when it knows that nothing can be done.
func (q *Queue[W]) Refuse(refuse func(waiting []W)) {
	answer(q.take(q.limits.Waiting), refuse)
}

func answer[W any](jobs []*Job[W], do func([]W)) {
	batch := make([]W, len(jobs))
	for i, j := range jobs {
		batch[i] = j.work
	}
	do(batch)
	for _, j := range jobs {
		close(j.done)
	}
}

// Close takes no more jobs and waits until Run has returned.
func (q *Queue[W]) Close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.rouse()
	<-q.stopped
}

// Waiting says how many jobs wait.
func (q *Queue[W]) Waiting() int {
	n, _ := q.state()
	return n
}

func (q *Queue[W]) state() (n int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs), q.closed
}

// gather lets the callers that are about to write join the batch: right after a
// commit the queue of a busy store looks empty.
func (q *Queue[W]) gather(busy bool, n int) {
	begin := time.Now()
	grown := begin
	for n < q.limits.Batch {
		runtime.Gosched()
		now := time.Now()
		if more := q.Waiting(); more > n {
			grown, n = now, more
		} else if !busy || now.Sub(grown) > q.limits.Quiet || now.Sub(begin) > linger {
			return
		}
	}
}

// take removes jobs from the queue, up to a weight, but at least one if there is
// one.
func (q *Queue[W]) take(limit int) []*Job[W] {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, weight := 0, 0
	for n < len(q.jobs) && (n == 0 || weight+q.jobs[n].weight <= limit) {
		weight += q.jobs[n].weight
		q.jobs[n].took = true
		n++
	}
	taken := append([]*Job[W](nil), q.jobs[:n]...)
	q.jobs = append(q.jobs[:0], q.jobs[n:]...)
	q.weight -= weight
	return taken
}

// Recover makes, when deferred, a panic the error of the function that it ended.
func Recover(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic in a step: %v\n%s", p, debug.Stack())
	}
}
