package bench

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// publishing is what the publishers of a run note.
type publishing struct {
	mu        sync.Mutex
	published *hdrhistogram.Histogram // from when a request was due to its answer
	late      *hdrhistogram.Histogram // from when it was due to when it was sent, under a rate
	count     atomic.Int64            // requests done
}

// load is a stream of requests.
type load struct {
	publishers int
	rate       float64       // a second; 0: closed loop, each publisher as soon as it has an answer
	n          int           // requests in all; 0: as many as fit in the duration
	duration   time.Duration // 0: until n are done
	do         func(ctx context.Context, p *publisher, i int, due time.Duration) error
	then       func(ctx context.Context) error // before the last deliveries are waited for; nil: nothing
}

// run does the load. Under a rate, request i is due at i / rate, however long
// those before it take, and its times count from then: a publisher that waits for
// a slow server delays none of the clocks (coordinated omission).
func (r *run) run(ctx context.Context, l load) error {
	if l.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.duration)
		defer cancel()
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	began := r.crowd.ledger.now()
	for range l.publishers {
		p, err := newPublisher(r.target)
		if err != nil {
			return err
		}
		workers.Go(func() {
			defer p.close()
			for i := int(next.Add(1) - 1); l.n == 0 || i < l.n; i = int(next.Add(1) - 1) {
				due := r.crowd.ledger.now()
				if l.rate > 0 {
					due = began + time.Duration(float64(i)/l.rate*float64(time.Second))
				}
				if wait := due - r.crowd.ledger.now(); wait > 0 && !sleep(ctx, wait) || ctx.Err() != nil {
					return
				}
				r.timed(due, l.rate > 0, func() error { return l.do(context.WithoutCancel(ctx), p, i, due) })
			}
		})
	}
	workers.Wait()
	if l.duration > 0 {
		return nil
	}
	return ctx.Err()
}

// timed does one request and notes its times. One that fails is in the ledger's
// checks.
func (r *run) timed(due time.Duration, spaced bool, do func() error) {
	sent := r.crowd.ledger.now()
	err := do()
	answered := r.crowd.ledger.now()
	r.publishing.mu.Lock()
	defer r.publishing.mu.Unlock()
	if err != nil {
		r.note(err)
		return
	}
	if spaced {
		record(r.late, sent-due)
	}
	record(r.published, answered-due)
	r.count.Add(1)
}

// publish sends one notification.
func (r *run) publish(ctx context.Context, p *publisher, to byte, who audience, due time.Duration) error {
	l := r.crowd.ledger
	seq := l.enter(to, r.known(to, who))
	p.body = l.draft(p.body[:0], toOf(to, who), stamp{to, seq, due}, r.o.Size)
	_, err := p.do(ctx, "POST", "/v1/notifications", p.body)
	if err != nil {
		l.failed(to, seq)
	}
	return err
}

// publishBatch sends one request of notifications to one user each.
func (r *run) publishBatch(ctx context.Context, p *publisher, users []int, due time.Duration) error {
	l := r.crowd.ledger
	seqs := make([]int, len(users))
	p.body = append(p.body[:0], `{"notifications":[`...)
	for i, u := range users {
		if i > 0 {
			p.body = append(p.body, ',')
		}
		seqs[i] = l.enter(toUser, r.known(toUser, audience(u)))
		p.body = l.draft(p.body, toOf(toUser, audience(u)), stamp{toUser, seqs[i], due}, r.o.Size)
	}
	p.body = append(p.body, "]}"...)
	err := p.batch(ctx)
	if err != nil {
		for _, seq := range seqs {
			l.failed(toUser, seq)
		}
	}
	return err
}

// batch sends the body, a batch of which all must be accepted.
func (p *publisher) batch(ctx context.Context) error {
	answer, err := p.do(ctx, "POST", "/v1/notifications/batch", p.body)
	if err == nil && !bytes.Contains(answer, []byte(`"rejected":0`)) {
		err = fmt.Errorf("of a batch some were rejected: %.300s", answer)
	}
	return err
}

// known is who of the crowd is to get it: users without a session are nobody.
func (r *run) known(to byte, who audience) audience {
	switch {
	case to == toAll:
		return everyone
	case to == toUser:
		return r.crowd.sessionOf(int(who))
	}
	return who
}
