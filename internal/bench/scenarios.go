package bench

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// scenario is a kind of load.
type scenario struct {
	name   string
	about  string
	uses   string // its flags, beside those of all
	floor  bool   // the floor can do it too
	topics bool   // its sessions follow topics
	tune   func(o *Options)
	run    func(ctx context.Context, r *run) error
}

// scenarios in the order in which they are read about.
var scenarios = []*scenario{
	{name: "connect", uses: "rate connecting users stored stored-shared compress", floor: true, run: connect,
		about: "Open sessions, at once or at a rate: CPU and time a connect, memory an idle connection"},
	{name: "broadcast", uses: "notifications publishers gap size topics users stored stored-shared compress", floor: true, topics: true, run: broadcast, tune: func(o *Options) { o.Gap, o.Topics = 300*time.Millisecond, 0 },
		about: "Publish to everyone, or to --topics, spaced by --gap or, with --gap 0, back to back"},
	{name: "unicast", uses: "notifications publishers rate size users stored stored-shared", floor: true, run: unicast, tune: func(o *Options) { o.Notifications, o.Publishers = 20_000, 64 },
		about: "Publish to one user at a time, at a --rate (open loop) or as fast as it goes"},
	{name: "batch", uses: "notifications publishers rate size users batch", run: batch, tune: func(o *Options) { o.Notifications, o.Publishers, o.Users = 100_000, 2, 10_000 },
		about: "Publish many notifications a request"},
	{name: "storm", uses: "missed missed-private batch rate connecting size users stored stored-shared compress", floor: true, run: storm, tune: func(o *Options) { o.Connecting = 0 },
		about: "Cut every session, publish, and let all come back at once: the time until each has caught up"},
	{name: "slow", uses: "notifications publishers gap size stalled", run: slow, tune: func(o *Options) { o.Sessions, o.Notifications, o.Gap, o.Size = 200, 1500, 5*time.Millisecond, 4000 },
		about: "Let a share of the sessions stop reading: what the others notice, what it costs, and what is missing when they read again"},
	{name: "soak", uses: "duration rate publishers size users", run: soak, tune: func(o *Options) { o.Rate, o.Publishers, o.Every = 100, 16, time.Second },
		about: "A steady load for --duration: memory, latency, goroutines and descriptors over time"},
	{name: "mixed", uses: "duration rate publishers size topics", topics: true, run: mixed, tune: func(o *Options) { o.Rate, o.Publishers, o.Transport, o.Every = 100, 32, "mixed", time.Second },
		about: "A day in --duration: users come and go, private, topic and broadcast notifications, marks, pages of the inbox"},
}

// Scenario is what the command shows of one.
type Scenario struct {
	Name, About string
	Uses        []string // the flags that mean something to it, beside those that mean something to all
	Floor       bool     // it can be held against the floor
	Defaults    Options
}

// every scenario has sessions and waits.
var every = []string{"sessions", "transport", "settle", "quiet", "sample"}

// Scenarios are all there are.
func Scenarios() (list []Scenario) {
	for _, s := range scenarios {
		o := defaults()
		if s.tune != nil {
			s.tune(&o)
		}
		list = append(list, Scenario{s.name, s.about, append(strings.Fields(s.uses), every...), s.floor, o})
	}
	return list
}

func find(name string) (*scenario, bool) {
	i := slices.IndexFunc(scenarios, func(s *scenario) bool { return s.name == name })
	if i < 0 {
		return nil, false
	}
	return scenarios[i], true
}

func names() string {
	var list []string
	for _, s := range scenarios {
		list = append(list, s.name)
	}
	return strings.Join(list, ", ")
}

// gather connects the whole crowd, which is part of every scenario, and notes
// what that cost.
func (r *run) gather(ctx context.Context, how arrival) error {
	n := int64(len(r.crowd.sessions))
	if n == 0 {
		return nil
	}
	s, err := r.begin()
	if err != nil {
		return err
	}
	stop := r.progress.watch("connect", n, r.crowd.lives.Load)
	err = r.crowd.connect(ctx, r.crowd.sessions, how)
	stop()
	if err != nil {
		return err
	}
	took := time.Since(s.began)
	busy, err := r.end(s)
	if err != nil {
		return err
	}
	sleep(ctx, r.o.Settle)
	idle, err := r.end(s)
	if err != nil {
		return err
	}
	r.figure("connects a second", "", float64(n)/took.Seconds())
	r.per(busy, "connect", n)
	if idle.known {
		r.figure("server memory a connection", "KiB", float64(idle.usage.Memory-s.server.Memory)/1024/float64(n))
	}
	r.figure("load memory a connection", "KiB", float64(max(idle.own.Memory-s.self.Memory, 0))/1024/float64(n))
	r.crowd.ledger.mu.Lock()
	defer r.crowd.ledger.mu.Unlock()
	r.figure("a welcome", "KiB", float64(r.crowd.welcomes)/1024/float64(n))
	if r.o.Compress {
		r.figure("connections that compress", "%", 100*float64(r.crowd.agreed())/float64(n))
	}
	r.times("connect", spreadOf(r.crowd.opened))
	r.crowd.opened.Reset()
	r.result.Checks = r.crowd.ledger.checks
	return ctx.Err()
}

func connect(ctx context.Context, r *run) error {
	s := r.sample(false)
	defer s.end()
	return r.gather(ctx, arrival{rate: r.o.Rate, underWay: r.o.Connecting})
}

// measured is a load and the wait for its deliveries, with what both cost.
func (r *run) measured(ctx context.Context, what string, l load) (cost, error) {
	s := r.sample(l.duration > 0)
	defer s.end()
	began, err := r.begin()
	if err != nil {
		return cost{}, err
	}
	total := int64(l.n)
	if total == 0 {
		total = -1
	}
	stop := r.progress.watch(what, total, r.count.Load)
	bytes := r.crowd.bytes()
	err = r.run(ctx, l)
	published := time.Since(began.began)
	if l.duration > 0 {
		ctx = context.WithoutCancel(ctx) // an hour that was interrupted is reported as far as it came
	}
	if l.then != nil && err == nil {
		err = l.then(ctx)
	}
	r.result.Checks = r.crowd.settle(ctx, r.o.Quiet)
	bytes = r.crowd.bytes() - bytes
	stop()
	if err != nil {
		return cost{}, err
	}
	c, err := r.end(began)
	if err != nil {
		return c, err
	}
	c.published = published
	r.crowd.ledger.mu.Lock()
	defer r.crowd.ledger.mu.Unlock()
	last := (r.crowd.ledger.last - began.at).Seconds()
	r.figure("requests a second", "", float64(r.count.Load())/published.Seconds())
	if got := r.result.Checks.Received; got > 0 && last > 0 {
		r.figure("deliveries a second", "", float64(got)/last)
		r.figure("bytes a delivery", "", float64(bytes)/float64(got))
	}
	if c.known {
		r.figure("server memory after", "MiB", mib(c.usage.Memory))
	}
	r.times("publish", spreadOf(r.published))
	r.times("delivery", spreadOf(r.crowd.ledger.latency))
	if l.rate > 0 {
		r.times("sent late", spreadOf(r.late))
	}
	return c, nil
}

func broadcast(ctx context.Context, r *run) error {
	if err := r.follow(ctx); err != nil {
		return err
	}
	if err := r.gather(ctx, r.o.arrival()); err != nil {
		return err
	}
	c, err := r.measured(ctx, "broadcast", r.broadcasts())
	r.per(c, "delivery", r.result.Checks.Received)
	r.per(c, "broadcast", r.count.Load())
	return err
}

// broadcasts publish to everyone, or to the topics in turn, spaced by the gap.
func (r *run) broadcasts() load {
	rate := 0.0
	if r.o.Gap > 0 {
		rate = 1 / r.o.Gap.Seconds()
	}
	return load{publishers: r.o.Publishers, rate: rate, n: r.o.Notifications, do: func(ctx context.Context, p *publisher, i int, due time.Duration) error {
		if topics := r.crowd.topics; topics > 0 {
			return r.publish(ctx, p, toTopic, audience(i%topics), due)
		}
		return r.publish(ctx, p, toAll, everyone, due)
	}}
}

func unicast(ctx context.Context, r *run) error {
	if err := r.gather(ctx, r.o.arrival()); err != nil {
		return err
	}
	users := r.o.users()
	c, err := r.measured(ctx, "unicast", load{publishers: r.o.Publishers, rate: r.o.Rate, n: r.o.Notifications,
		do: func(ctx context.Context, p *publisher, _ int, due time.Duration) error {
			return r.publish(ctx, p, toUser, audience(rand.IntN(users)), due)
		}})
	r.per(c, "publish", r.count.Load())
	return err
}

func batch(ctx context.Context, r *run) error {
	if err := r.gather(ctx, r.o.arrival()); err != nil {
		return err
	}
	users := r.o.users()
	requests := (r.o.Notifications + r.o.Batch - 1) / r.o.Batch
	c, err := r.measured(ctx, "batch", load{publishers: r.o.Publishers, rate: r.o.Rate, n: requests,
		do: func(ctx context.Context, p *publisher, _ int, due time.Duration) error {
			list := make([]int, r.o.Batch)
			for i := range list {
				list[i] = rand.IntN(users)
			}
			return r.publishBatch(ctx, p, list, due)
		}})
	rows := r.count.Load() * int64(r.o.Batch)
	r.figure("notifications a second", "", float64(rows)/max(c.published.Seconds(), 1e-9))
	r.per(c, "notification", rows)
	return err
}
