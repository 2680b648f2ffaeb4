package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"belfry"
)

// backoff waits with full jitter: anything between nothing and a ceiling that
// doubles with every failure, so that a thousand clients that lost one server
// come back spread out (Brooker, "Exponential Backoff and Jitter").
type backoff struct {
	first, most time.Duration
}

// wait says how long to wait after failure number n, counted from 0. When the
// server named a time, it is that and the jitter on top.
func (b backoff) wait(n int, err error) time.Duration {
	ceiling := b.most
	if n < 30 {
		ceiling = min(b.first<<n, b.most)
	}
	return retryAfter(err) + rand.N(ceiling)
}

func retryAfter(err error) time.Duration {
	var e *belfry.Error
	if errors.As(err, &e) {
		return max(e.RetryAfter, 0)
	}
	return 0
}

// sleep waits; false says that ctx ended first or would.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
