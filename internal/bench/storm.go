package bench

import (
	"context"
	"time"
)

// storm cuts every session, publishes what they miss, and lets all come back at
// once with their cursors. It is over when each is live and has everything.
func storm(ctx context.Context, r *run) error {
	if err := r.gather(ctx, arrival{underWay: 256}); err != nil {
		return err
	}
	c := r.crowd
	c.cut(c.sessions)
	c.reset()
	if err := r.missed(ctx); err != nil {
		return err
	}
	sampling := r.sample(false)
	s, err := r.begin()
	if err != nil {
		return err
	}
	stop := r.progress.watch("storm", int64(len(c.sessions)), c.lives.Load)
	err = c.connect(ctx, c.sessions, arrival{rate: r.o.Rate, underWay: r.o.Connecting, from: s.at})
	live := time.Since(s.began)
	r.result.Checks = c.settle(ctx, r.o.Quiet)
	all := max(live, time.Since(s.began))
	stop()
	sampling.end()
	if err != nil {
		return err
	}
	busy, err := r.end(s)
	if err != nil {
		return err
	}
	r.figure("all live again after", "ms", float64(live.Milliseconds()))
	r.figure("all caught up after", "ms", float64(all.Milliseconds()))
	if busy.known {
		r.figure("server memory at most", "MiB", mib(max(sampling.peak, busy.usage.Memory)))
	}
	r.per(busy, "resume", int64(len(c.sessions)))
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	r.times("resume", spreadOf(c.opened))
	return nil
}

// missed publishes while nobody is there: to everyone, and to each.
func (r *run) missed(ctx context.Context) error {
	if r.o.Missed > 0 {
		err := r.run(ctx, load{publishers: 1, n: r.o.Missed, do: func(ctx context.Context, p *publisher, _ int, due time.Duration) error {
			return r.publish(ctx, p, toAll, everyone, due)
		}})
		if err != nil {
			return err
		}
	}
	n := len(r.crowd.sessions)
	total := n * r.o.MissedPrivate
	if total == 0 {
		return nil
	}
	return r.run(ctx, load{publishers: 2, n: (total + r.o.Batch - 1) / r.o.Batch, do: func(ctx context.Context, p *publisher, i int, due time.Duration) error {
		var users []int
		for k := i * r.o.Batch; k < min((i+1)*r.o.Batch, total); k++ {
			users = append(users, k%n*r.crowd.stride)
		}
		return r.publishBatch(ctx, p, users, due)
	}})
}
