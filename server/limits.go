package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"belfry"
)

// limits are token buckets by name: one an API key, one a user.
type limits struct {
	scope   string // label of the metric and name of the policy
	rate    rate.Limit
	burst   int
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

// limitOf reads a configured rate: below 0 there is no limit.
func limitOf(perSecond float64) rate.Limit {
	if perSecond < 0 {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

// newLimits makes buckets that hold burst, or two seconds' worth if that is more.
func newLimits(scope string, perSecond float64, burst int) *limits {
	return &limits{scope: scope, rate: limitOf(perSecond), burst: max(burst, int(2*perSecond)), buckets: map[string]*rate.Limiter{}}
}

// take takes n from a bucket, or gives CodeRateLimited and sets the RateLimit
// headers (draft-ietf-httpapi-ratelimit-headers).
func (l *limits) take(a *answer, name string, n int, meter Meter) error {
	if l.rate == rate.Inf {
		return nil
	}
	now := time.Now()
	r := l.bucket(name).ReserveN(now, n)
	wait := time.Minute // more than the bucket can ever hold
	if r.OK() {
		if wait = r.DelayFrom(now); wait == 0 {
			return nil
		}
		r.CancelAt(now)
	}
	meter.Limited(l.scope)
	a.Header().Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", l.scope, l.burst, max(1, int(float64(l.burst)/float64(l.rate)))))
	a.Header().Set("RateLimit", fmt.Sprintf("%q;r=0;t=%d", l.scope, ceilSeconds(wait)))
	return &belfry.Error{Code: belfry.CodeRateLimited, Detail: fmt.Sprintf("more than %v a second (%s-rate); slow down", l.rate, l.scope), RetryAfter: wait}
}

func (l *limits) bucket(name string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.buckets[name]; b != nil {
		return b
	}
	if len(l.buckets) >= cacheSize {
		for k, b := range l.buckets {
			if b.Tokens() >= float64(l.burst) {
				delete(l.buckets, k) // full, so as good as new
			}
		}
		if len(l.buckets) >= cacheSize {
			clear(l.buckets)
		}
	}
	b := rate.NewLimiter(l.rate, l.burst)
	l.buckets[name] = b
	return b
}

// openWait is how long the opening of a session may wait for its turn when many
// come at once.
const openWait = 5 * time.Second

// admitOpening takes a session in turn, or gives CodeRateLimited.
func (s *Server) admitOpening(ctx context.Context) error {
	if s.opens.Allow() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, openWait)
	defer cancel()
	if err := s.opens.Wait(ctx); err != nil {
		s.Meter.Limited("opening")
		return &belfry.Error{Code: belfry.CodeRateLimited, Detail: "too many sessions are being opened at once; come back a little later", RetryAfter: spread(openWait)}
	}
	return nil
}
