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
	Vary     *Vary // nil: the options as they are
	Rounds   int   // of each value, each with servers and sessions of its own
	Target   *Target
	Server   Launcher // when there is no Target
	Floor    Launcher // what the others are held against; nil: nothing
	Progress *Progress
	Version  string
	Flags    map[string]string
}

// Vary is an option and the values that it takes in turn.
type Vary struct {
	Option string // the name of its flag
	Steps  []Step
}

// Step is one value of the option that varies, with the options that hold there.
type Step struct {
	Value   float64
	Options Options
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
	r := &Report{Scenario: sc.name, Version: b.Version, Started: time.Now().UTC(), Machine: describe(), Flags: b.Flags}
	steps := []Step{{Options: b.Options}}
	if b.Vary != nil {
		r.Varied, steps = b.Vary.Option, b.Vary.Steps
	}
	for _, s := range steps {
		if err := b.check(sc, &s.Options); err != nil {
			return nil, err
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // memory for processor time: the load's garbage is not what is measured
	for _, s := range steps {
		if ctx.Err() != nil && len(r.Results) > 0 {
			break // interrupted: what there is, is reported
		}
		if err := (&trial{b, sc, s, nil}).run(ctx, r); err != nil {
			return nil, err
		}
	}
	r.Took = time.Since(r.Started).Seconds()
	r.summarize()
	return r, nil
}

// check refuses what cannot be done with these options.
func (b *Bench) check(sc *scenario, o *Options) error {
	switch {
	case b.Floor != nil && (!sc.floor || o.MissedPrivate > 0 || sc.topics && o.Topics > 0):
		return belfry.Invalid("--floor", "conflict", "the floor only holds sockets and writes: it does connect, broadcast without --topics, unicast, and storm without --missed-private")
	case b.Vary != nil && b.Target != nil && o.stores():
		return belfry.Invalid("--vary", "conflict", "a server that runs already is not emptied between two values: fill it with --stored for one at a time, or leave out --url")
	}
	return o.Check()
}

// trial is the rounds with one set of options.
type trial struct {
	*Bench
	scenario *scenario
	step     Step
	filled   *filled // nil: the rounds begin with empty stores
}

func (t *trial) run(ctx context.Context, r *Report) (err error) {
	if t.filled, err = t.fill(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.filled.remove()) }()
	for round := range t.Rounds {
		for _, one := range t.servers() {
			if ctx.Err() != nil && len(r.Results) > 0 {
				return nil
			}
			res, err := one(ctx)
			if err != nil {
				return err
			}
			res.Round, res.Value = round, t.step.Value
			r.Results = append(r.Results, res)
		}
	}
	return nil
}

// servers are what takes its turn in each round.
func (t *trial) servers() (list []func(context.Context) (*Result, error)) {
	if t.Floor != nil { // which stores nothing
		list = append(list, func(ctx context.Context) (*Result, error) { return t.launched(ctx, t.Floor, nil) })
	}
	if t.Server != nil {
		list = append(list, func(ctx context.Context) (*Result, error) { return t.launched(ctx, t.Server, t.filled) })
	}
	if t.Target != nil {
		list = append(list, func(ctx context.Context) (*Result, error) { return t.round(ctx, t.Target, t.filled) })
	}
	return list
}

// launched does one round against a server of our own, whose store begins as a
// copy of what was filled.
func (t *trial) launched(ctx context.Context, launch Launcher, from *filled) (res *Result, err error) {
	err = inFolder(func(dir string) error {
		if err := from.copyTo(dir); err != nil {
			return err
		}
		return serving(ctx, launch, dir, func(at *Target) error {
			res, err = t.round(ctx, at, from)
			return err
		})
	})
	return res, err
}

// inFolder does something in a new folder, and removes it.
func inFolder(do func(dir string) error) (err error) {
	dir, err := os.MkdirTemp("", "belfry-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return do(dir)
}

// serving does something while a server of our own runs.
func serving(ctx context.Context, launch Launcher, dir string, do func(*Target) error) (err error) {
	l, err := launch(dir)
	if err != nil {
		return err
	}
	c, err := l.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	return do(c.Target)
}

func (t *trial) round(ctx context.Context, at *Target, from *filled) (res *Result, err error) {
	o := &t.step.Options
	topics := 0
	if t.scenario.topics {
		topics = o.Topics
	}
	t.Progress.step("tokens", -1)
	crowd, err := newCrowd(ctx, at, o, topics)
	if err != nil {
		return nil, err
	}
	defer crowd.leave()
	defer t.Progress.done()
	r := &run{
		o: o, target: at, crowd: crowd, progress: t.Progress,
		result: &Result{Target: at.Name, Times: map[string]*Spread{}, Samples: []Sample{}}, publishing: publishing{published: newHistogram(), late: newHistogram()},
	}
	if from != nil {
		r.figure("stored a second, before", "", from.rate)
	}
	if err := t.scenario.run(ctx, r); err != nil {
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
