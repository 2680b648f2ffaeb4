package bench

import (
	"context"
	"errors"
	"os"
	"runtime/debug"
	"time"

	"belfry"
)

// Bench is one run of belfry bench.
type Bench struct {
	Scenario string
	Options  Options
	Rounds   int // each with servers and sessions of its own
	Target   *Target
	Server   Launcher // when there is no Target
	Floor    Launcher // what the others are held against; nil: nothing
	Progress *Progress
	Version  string
	Flags    map[string]string
}

// Launcher says how to start a server of our own with its data in a folder.
type Launcher func(dir string) (*Launch, error)

// Run does the rounds, the servers in turn within each, and gives the report. A
// promise that was broken is in it and no error.
func (b *Bench) Run(ctx context.Context) (*Report, error) {
	sc, known := find(b.Scenario)
	if !known {
		return nil, belfry.Invalid("scenario", "unknown", "%q is no scenario; there are: %s", b.Scenario, names())
	}
	if err := b.Options.Check(); err != nil {
		return nil, err
	}
	if b.Floor != nil && (!sc.floor || b.Options.MissedPrivate > 0) {
		return nil, belfry.Invalid("--floor", "conflict", "the floor only holds sockets and writes: it does connect, broadcast, unicast, and storm without --missed-private")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // memory for processor time: the load's garbage is not what is measured
	r := &Report{Scenario: sc.name, Version: b.Version, Started: time.Now().UTC(), Machine: describe(), Flags: b.Flags}
	for round := range b.Rounds {
		if ctx.Err() != nil && len(r.Results) > 0 {
			break // interrupted: what there is, is reported
		}
		for _, launch := range []Launcher{b.Floor, b.Server} {
			if launch == nil {
				continue
			}
			res, err := b.launched(ctx, sc, launch, round)
			if err != nil {
				return nil, err
			}
			r.Results = append(r.Results, res)
		}
		if b.Target != nil {
			res, err := b.round(ctx, sc, b.Target, round)
			if err != nil {
				return nil, err
			}
			r.Results = append(r.Results, res)
		}
	}
	r.Took = time.Since(r.Started).Seconds()
	r.summarize()
	return r, nil
}

// launched does one round against a server of our own.
func (b *Bench) launched(ctx context.Context, sc *scenario, launch Launcher, round int) (res *Result, err error) {
	dir, err := os.MkdirTemp("", "belfry-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	l, err := launch(dir)
	if err != nil {
		return nil, err
	}
	c, err := l.start(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	return b.round(ctx, sc, c.Target, round)
}

func (b *Bench) round(ctx context.Context, sc *scenario, t *Target, round int) (res *Result, err error) {
	topics := 0
	if sc.topics {
		topics = b.Options.Topics
	}
	b.Progress.step("tokens", -1)
	crowd, err := newCrowd(ctx, t, b.Options.Sessions, topics, b.Options.Transport)
	if err != nil {
		return nil, err
	}
	defer crowd.leave()
	defer b.Progress.done()
	r := &run{
		o: &b.Options, target: t, crowd: crowd, progress: b.Progress,
		result: &Result{Target: t.Name, Round: round, Times: map[string]*Spread{}, Samples: []Sample{}}, publishing: publishing{published: newHistogram(), late: newHistogram()},
	}
	if err := sc.run(ctx, r); err != nil {
		return nil, err
	}
	r.note(crowd.why())
	return r.result, nil
}

// run is one round of a scenario against one server.
type run struct {
	o        *Options
	target   *Target
	crowd    *Crowd
	result   *Result
	progress *Progress
	publishing
}

func (r *run) figure(name, unit string, value float64) {
	r.result.Figures = append(r.result.Figures, Figure{name, unit, value})
}

// note keeps the first errors of a run: what went wrong once goes wrong often.
func (r *run) note(err error) {
	if err != nil && len(r.result.Errors) < 5 {
		r.result.Errors = append(r.result.Errors, err.Error())
	}
}

// span is a stretch of a run whose cost is measured.
type span struct {
	began  time.Time
	at     time.Duration // on the run's clock
	server Usage
	self   Usage
}

func (r *run) begin() (s span, err error) {
	if r.target.Meter != nil {
		if s.server, err = r.target.Meter.Read(); err != nil {
			return s, err
		}
	}
	s.self, _ = processUsage(os.Getpid()) // unknown where the system does not tell
	s.began, s.at = time.Now(), r.crowd.ledger.now()
	return s, nil
}

// cost is what a stretch took of the server's CPU and of the load's own.
type cost struct {
	server, self time.Duration
	usage, own   Usage         // at its end
	published    time.Duration // how long publishing took, the last deliveries left out
	known        bool
}

func (r *run) end(s span) (c cost, err error) {
	if r.target.Meter != nil {
		if c.usage, err = r.target.Meter.Read(); err != nil {
			return c, err
		}
		c.server, c.known = c.usage.CPU-s.server.CPU, true
	}
	c.own, _ = processUsage(os.Getpid()) // as above
	c.self = c.own.CPU - s.self.CPU
	return c, nil
}

// per notes the CPU for each of n things, the server's and the load's own.
func (r *run) per(c cost, what string, n int64) {
	if n == 0 {
		return
	}
	if c.known {
		r.figure("server CPU a "+what, "µs", micro(c.server)/float64(n))
	}
	r.figure("load CPU a "+what, "µs", micro(c.self)/float64(n))
}

func micro(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// times notes a distribution under a name.
func (r *run) times(name string, s *Spread) {
	if s != nil {
		r.result.Times[name] = s
	}
}
