package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"belfry/internal/cluster"
	"belfry/internal/proxytest"
)

// TestChaos: three nodes under load, and one thing after another goes wrong. No
// notification that was acknowledged is lost, none comes twice, and whenever a
// client is told that it is caught up, and at the end, it shows exactly what is
// stored; internal/cluster decides it from outside.
//
// BELFRY_CHAOS_HOLD is how many seconds each fault lasts, BELFRY_CHAOS_USERS and
// BELFRY_CHAOS_TABS how many there are, BELFRY_CHAOS_RATE the publishes a second.
func TestChaos(t *testing.T) {
	hold := time.Duration(setting("BELFRY_CHAOS_HOLD", 2)) * time.Second
	rate := setting("BELFRY_CHAOS_RATE", 40)
	c := newCluster(t, 3, true, "--heartbeat", "10s", "--retention-items", "1000000")
	until(t, "all nodes are well and take connections", func() bool { return c.well() && len(c.balancer.addrs(true)) == 3 })
	l := newLoad(t, c.balancer.url(), setting("BELFRY_CHAOS_USERS", 30), setting("BELFRY_CHAOS_TABS", 60))
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		l.run(ctx, rate, max(1, rate/4))
	}()
	pause(hold)
	phases := []phase{{name: "nothing", begin: time.Now().Add(-hold), end: time.Now(), well: time.Now()}}
	for _, f := range c.faults() {
		phases = append(phases, c.suffer(f, hold))
	}
	stop()
	<-ran
	l.settle()
	l.close()
	for _, v := range l.record.Check() {
		t.Error(v)
	}
	t.Logf("%d published, %d tries failed, %d connections lost, %d resets\n%s", l.seq.Load(), l.tries.Load(), l.lost.Load(), l.resets(), table(l.record, phases))
}

func (l *load) resets() (n int) {
	for _, views := range l.views {
		for _, v := range views {
			n += v.Resets()
		}
	}
	return n
}

// pause lets the load run: how much happens meanwhile decides nothing.
func pause(d time.Duration) { time.Sleep(d) }

// fault is something that goes wrong, and how it ends.
type fault struct {
	name       string
	begin, end func()
}

// phase is one fault and what it cost.
type phase struct {
	name             string
	begin, end, well time.Time
}

// suffer lets a fault last, ends it and waits until every node is well.
func (c *nodes) suffer(f fault, hold time.Duration) phase {
	c.t.Helper()
	p := phase{name: f.name, begin: time.Now()}
	f.begin()
	pause(hold)
	f.end()
	p.end = time.Now()
	until(c.t, "all nodes are well after: "+f.name, c.well)
	p.well = time.Now()
	pause(hold / 2)
	return p
}

// well says that every node is.
func (c *nodes) well() bool {
	for _, n := range c.all {
		if n.health() != healthy {
			return false
		}
	}
	return true
}

// faults are all that is to go wrong, each at a node drawn at random.
func (c *nodes) faults() []fault {
	some := func() *node { return c.all[rand.N(len(c.all))] }
	onPath := func(name string, path func(*node) *proxytest.Proxy, s proxytest.State) fault {
		p := path(some())
		return fault{name, func() { p.Set(s) }, func() { p.Set(proxytest.Passing) }}
	}
	toRedis := func(n *node) *proxytest.Proxy { return n.toRedis }
	toDatabase := func(n *node) *proxytest.Proxy { return n.toDatabase }
	killed, paused := some(), some()
	release := func() {}
	return []fault{
		{"a snapshot is held open", func() { release = c.holdSnapshot() }, func() {}}, // until the end
		{"Redis is killed and restarted", c.redis.Kill, c.redis.Start},
		{"Redis is paused", c.redis.Pause, c.redis.Resume},
		{"Redis cuts its subscribers", c.redis.CutSubscribers, func() {}},
		onPath("a node's path to Redis is cut", toRedis, proxytest.Cut),
		onPath("a node's path to Redis is frozen", toRedis, proxytest.Frozen),
		onPath("a node hears nothing of Redis", toRedis, proxytest.Deafened),
		{"a node is killed -9", killed.kill, killed.start},
		{"a node is paused", paused.pause, paused.resume},
		onPath("a node's path to PostgreSQL is cut", toDatabase, proxytest.Cut),
		onPath("a node's path to PostgreSQL is frozen", toDatabase, proxytest.Frozen),
		{"the snapshot is given up", func() { release() }, func() {}},
		{"PostgreSQL is restarted", c.database.Stop, func() { c.database.Start(c.t) }},
		{"a node is drained and replaced", c.replace, func() {}},
	}
}

// replace drains one node and starts another, as a rolling restart does.
func (c *nodes) replace() {
	old := c.all[0]
	c.add()
	old.drain()
	c.balancer.remove(old.addr)
	c.all = c.all[1:]
}

// holdSnapshot opens a transaction that sees the database as it is now, as a dump
// or a report does, until it is released.
func (c *nodes) holdSnapshot() (release func()) {
	c.t.Helper()
	conn, err := pgx.Connect(context.Background(), c.database.dsn)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close(context.Background()) }) // closed twice is no matter
	for _, sql := range []string{"BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM belfry.users"} {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			c.t.Fatal(err)
		}
	}
	return func() { _ = conn.Close(context.Background()) } // PostgreSQL may have ended it
}

// table shows what each fault cost: of what was published while it lasted, how
// long it took from the answer to the last client that had it; and how long after
// its end all of that had arrived.
func table(r *cluster.Record, phases []phase) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "notifications\tp50\tp99\tlongest\tall arrived\tnodes well\t  fault\t")
	for _, p := range phases {
		d := r.Delays(p.begin, p.end)
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t  %s\t\n", d.Notifications, ms(d.P50), ms(d.P99), ms(d.Max),
			ms(max(0, d.Last.Sub(p.end))), ms(p.well.Sub(p.end)), p.name)
	}
	_ = w.Flush() // into memory
	return b.String()
}

func ms(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
