package bench

import (
	"sync"
	"time"
)

// sampler looks at a run at intervals.
type sampler struct {
	run    *run
	every  time.Duration
	deep   bool // also what the server knows of itself
	stop   chan struct{}
	ended  sync.WaitGroup
	began  time.Time
	before Usage
	at     time.Time
	got    int64
	peak   int64 // the most memory seen
}

// sample begins to sample; stopSampling ends it.
func (r *run) sample(deep bool) *sampler {
	s := &sampler{run: r, every: r.o.Every, deep: deep, stop: make(chan struct{}), began: time.Now(), at: time.Now()}
	if r.target.Meter != nil {
		s.before, _ = r.target.Meter.Read() // a meter that cannot be read shows at the end of the stretch
	}
	s.ended.Go(func() {
		tick := time.NewTicker(s.every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.look()
			case <-s.stop:
				if len(s.run.result.Samples) == 0 || time.Since(s.at) > s.every/2 {
					s.look() // over less time a rate is noise
				}
				return
			}
		}
	})
	return s
}

func (s *sampler) end() {
	close(s.stop)
	s.ended.Wait()
}

func (s *sampler) look() {
	r, l := s.run, s.run.crowd.ledger
	now := time.Now()
	since := now.Sub(s.at).Seconds()
	out := Sample{At: now.Sub(s.began).Seconds(), Live: r.crowd.lives.Load()}
	l.mu.Lock()
	if l.window.TotalCount() > 0 {
		out.P50, out.P99 = ms(l.window.ValueAtPercentile(50)), ms(l.window.ValueAtPercentile(99))
		l.window.Reset()
	}
	got := l.checks.Received
	l.mu.Unlock()
	out.Rate = float64(max(got-s.got, 0)) / since
	if r.target.Meter != nil {
		if u, err := r.target.Meter.Read(); err == nil {
			out.Memory = mib(u.Memory)
			out.CPU = (u.CPU - s.before.CPU).Seconds() / since
			s.before, s.peak = u, max(s.peak, u.Memory)
		}
		if s.deep {
			u, err := inner(r.target.Meter)
			if err == nil {
				out.Goroutines, out.Files = u.Goroutines, u.Files
			}
		}
	}
	s.at, s.got = now, got
	r.result.Samples = append(r.result.Samples, out)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
