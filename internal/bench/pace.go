package bench

import (
	"context"
	"time"
)

// pace spaces what is done at a rate: the n-th at its moment, whatever became of
// those before it.
type pace struct {
	every time.Duration // 0: no spacing
	began time.Time
	n     int
}

// newPace begins now. A rate of 0 is no spacing.
func newPace(rate float64) *pace {
	p := &pace{began: time.Now()}
	if rate > 0 {
		p.every = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// due is the moment of the next one.
func (p *pace) due() time.Time {
	p.n++
	if p.every == 0 {
		return time.Now()
	}
	return p.began.Add(time.Duration(p.n-1) * p.every)
}

// wait waits for the moment of the next one.
func (p *pace) wait(ctx context.Context) error {
	if d := time.Until(p.due()); d > 0 && !sleep(ctx, d) {
		return ctx.Err()
	}
	return ctx.Err()
}
