// Package redis carries rings and signals between nodes over Redis pub/sub
// (Redis 7 or Valkey, and later): a belfry.Bus, and belfry.Presence by asking
// around.
//
// Redis stores nothing for us and may lose everything: a ring that is lost is
// found by a check of heads. So what matters here is to know soon that one may
// have been lost. Each node sends a probe a second that all nodes hear, itself
// included: what comes back proves the whole way, out and in, and a node that
// falls silent is missed by the others (life.go).
package redis

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	driver "github.com/redis/go-redis/v9"

	"belfry"
)

// Options are the bus's settings. The zero value is the default.
type Options struct {
	// Observe is told of the payloads sent ("out") and received ("in"), for
	// metrics. It must not block. nil: nobody is told.
	Observe func(direction string, n int)
}

// Bus is a belfry.Bus between the nodes that use the same database of one Redis.
// The nodes of one Belfry share it; another Belfry takes another database number.
type Bus struct {
	client   driver.UniversalClient // the seam for Sentinel and Redis Cluster
	node     nodeID
	subjects subjects
	observe  func(direction string, n int)
	rings    atomic.Pointer[func([]belfry.Ring)]
	signals  atomic.Pointer[func(belfry.Signal)]
	roll     atomic.Pointer[belfry.Roll]
	asks     asks

	out   *queue
	watch *watches
	life  *life

	stop    context.CancelFunc
	tasks   sync.WaitGroup
	flushed chan struct{} // closed when the queue was closed and is empty
	once    sync.Once
}

var _ belfry.Bus = (*Bus)(nil)

// timeout bounds each dial, write and read of an answer.
const timeout = 2 * time.Second

// Open makes a bus on redis://[user:password@]host:port/database, rediss:// for
// TLS, or unix://path?db=database. It does not wait for Redis: while there is
// none the bus is not Up, and it connects when there is. CodeInvalid when the
// URL is none.
func Open(ctx context.Context, url string, o Options, log *slog.Logger) (*Bus, error) {
	c, err := driver.ParseURL(url)
	if err != nil { // not shown: it may hold the password
		return nil, belfry.Errorf(belfry.CodeInvalid, "this is no address of a Redis; write redis://user:password@host:6379/0, rediss:// for TLS, or unix:///path/of/redis.sock?db=0")
	}
	c.MaxRetries = -1 // a second try would ring twice, and late
	c.DialTimeout, c.ReadTimeout, c.WriteTimeout, c.PoolTimeout = timeout, timeout, timeout, timeout
	c.DialerRetries = 1
	c.ContextTimeoutEnabled = true
	c.PoolSize = 4 // one publishes; the rest is for presence
	c.Protocol = 2
	c.DisableIdentity = true
	driver.SetLogger(silent{}) // the bus tells itself what becomes of its connections
	return start(ctx, driver.NewClient(c), c.DB, o, log.With("redis", c.Addr)), nil
}

// start makes a bus on a client.
func start(ctx context.Context, client driver.UniversalClient, database int, o Options, log *slog.Logger) *Bus {
	if o.Observe == nil {
		o.Observe = func(string, int) {}
	}
	b := &Bus{
		client: client, subjects: newSubjects(database), observe: o.Observe,
		out: newQueue(), watch: newWatches(), flushed: make(chan struct{}),
	}
	rand.Read(b.node[:])
	b.life = newLife(b.node, log)
	ctx, b.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, task := range []func(context.Context){b.publish, b.receive, b.probe} {
		b.tasks.Go(func() { task(ctx) })
	}
	return b
}

// Ring implements belfry.Bus. The other nodes' share is queued first: telling
// the sessions of this node may take a while.
func (b *Bus) Ring(rings []belfry.Ring) {
	for rest := rings; len(rest) > 0; {
		n := run(rest)
		b.out.put(b.subjects.user(rest[0].User), appendRings(b.header(kindRings), rest[:n]))
		rest = rest[n:]
	}
	b.tell(rings)
}

// maxRun is how many rings of one log travel in one payload.
const maxRun = 64

// run is how many of the rings, from the first on, are of one log.
func run(rings []belfry.Ring) int {
	n := 1
	for n < len(rings) && n < maxRun && rings[n].User == rings[0].User {
		n++
	}
	return n
}

// Signal implements belfry.Bus.
func (b *Bus) Signal(s belfry.Signal) {
	b.out.put(b.subjects.user(s.To.User), appendSignal(b.header(kindSignal), &s))
	if f := b.signals.Load(); f != nil {
		(*f)(s)
	}
}

// Receive implements belfry.Bus.
func (b *Bus) Receive(rings func([]belfry.Ring), signals func(belfry.Signal)) {
	b.rings.Store(&rings)
	b.signals.Store(&signals)
}

func (b *Bus) tell(rings []belfry.Ring) {
	if f := b.rings.Load(); f != nil {
		(*f)(rings)
	}
}

// Watch implements belfry.Bus.
func (b *Bus) Watch(user belfry.UserID, on bool) { b.watch.set(user, on) }

// Up implements belfry.Bus: what this node sends comes back to it, and no other
// node is missed.
func (b *Bus) Up() bool { return b.life.sound(time.Now()) }

// flushTimeout is how long Close waits for what is still to be sent.
const flushTimeout = time.Second

// Close says what there is to say, takes leave of the other nodes, who then do
// not miss this one, and ends.
func (b *Bus) Close() (err error) {
	b.once.Do(func() {
		b.out.put(b.subjects.nodes, b.header(kindLeave))
		b.out.close()
		select {
		case <-b.flushed:
		case <-time.After(flushTimeout):
		}
		b.stop()
		err = b.client.Close()
		b.tasks.Wait()
	})
	return err
}

// subjects are the names under which payloads are published. The database number
// is part of them, because Redis keeps pub/sub apart by nothing else.
type subjects struct {
	prefix string // of a user's
	shared string // rings of the shared log; signals to topics and to all
	nodes  string // probes
	answer string // prefix of a node's own
}

func newSubjects(database int) subjects {
	base := "belfry:" + strconv.Itoa(database)
	return subjects{prefix: base + ":user:", shared: base + ":shared", nodes: base + ":nodes", answer: base + ":node:"}
}

// user is the subject of a user; "" stands for everybody.
func (s *subjects) user(u belfry.UserID) string {
	if u == "" {
		return s.shared
	}
	return s.prefix + string(u)
}

// node is the subject of the answers to one node.
func (s *subjects) node(n nodeID) string { return s.answer + hex.EncodeToString(n[:]) }

// silent is the driver's logger.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}
