package bench

import (
	"context"
	"time"
)

// slow broadcasts twice: with all sessions reading, as the control, and with a
// share of them stalled. Then these read again and must get everything.
func slow(ctx context.Context, r *run) error {
	if err := r.gather(ctx, r.o.arrival()); err != nil {
		return err
	}
	sampling := r.sample(false)
	defer sampling.end()
	c := r.crowd
	stalled := c.sessions[:int(r.o.Stalled*float64(len(c.sessions)))]
	before, err := r.toReaders(ctx, "all read", nil)
	if err != nil {
		return err
	}
	during, err := r.toReaders(ctx, "some stalled", stalled)
	if err != nil {
		return err
	}
	if during.known {
		if u, err := inner(r.target.Meter); err == nil { // 0 also where its metrics are not known
			r.figure("sessions the server found slow", "", float64(u.Slow))
		}
	}
	c.stall(stalled, false)
	woken := time.Now()
	r.result.Checks = c.settle(ctx, r.o.Quiet)
	r.figure("stalled sessions", "", float64(len(stalled)))
	r.figure("those caught up after", "ms", float64(time.Since(woken).Milliseconds()))
	if during.known {
		r.figure("server memory, all read", "MiB", mib(before.usage.Memory))
		r.figure("server memory, some stalled", "MiB", mib(during.usage.Memory))
	}
	return ctx.Err()
}

// toReaders broadcasts while some are stalled and waits until the others have it.
func (r *run) toReaders(ctx context.Context, when string, stalled []*session) (cost, error) {
	c := r.crowd
	c.reset()
	r.count.Store(0)
	c.stall(stalled, true)
	s, err := r.begin()
	if err != nil {
		return cost{}, err
	}
	stop := r.progress.watch(when, int64(r.o.Notifications), r.count.Load)
	err = r.run(ctx, r.broadcasts())
	owed := r.count.Load() * int64(len(c.sessions)-len(stalled))
	for since := time.Now(); err == nil && c.received() < owed && time.Since(since) < r.o.Quiet; {
		if !sleep(ctx, time.Millisecond) {
			err = ctx.Err()
		}
	}
	stop()
	if err != nil {
		return cost{}, err
	}
	out, err := r.end(s)
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	r.times("delivery, "+when, spreadOf(c.ledger.latency))
	return out, err
}

// received is how many deliveries have arrived since the last reset.
func (c *Crowd) received() int64 {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	return c.ledger.checks.Received
}
