package belfrytest

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry"

	"pgregory.net/rapid"
)

// TestModel proves P2, P5, P6 and P8 over a real store and real hubs: two
// processes whose tails lag and whose bus loses, delays, doubles and reorders;
// two clients of one user, one with a window of two, with sinks that take what
// they like, cuts, resumes anywhere, marks that arrive late and pages in flight.
// An oracle holds the truth. Whenever a client is told that it is caught up, and
// when all is at rest, it must show exactly the truth of that position.
//
// Schedules run in a synctest bubble: after each step everything that can run
// has run, so a failing schedule is the same when it runs again, and shrinks.
func TestModel(t *testing.T, open Opener) {
	inBubble(t, open, func(t rapid.TB, w *world) {
		check(t, 400, func(rt *rapid.T) { newModel(w, rt, cureNone, RuleNone).run() })
	})
}

// TestModelSwitches switches off, one by one, what makes TestModel hold, and
// wants each to be found missing.
func TestModelSwitches(t *testing.T, open Opener) {
	for _, off := range []cure{cureBorn, cureBackfill, cureAt, cureUpTo, cureBarrier, cureJoin, cureDead, cureOneRev, cureHeads} {
		t.Run(string(off), func(t *testing.T) { missed(t, open, off, RuleNone) })
	}
	for _, off := range []Rule{RuleCounts, RuleAbsolute, RuleDropAll, RulePage, RuleRev, RuleReceiptRev, RuleWatermark, RuleTrim} {
		t.Run(string(off), func(t *testing.T) { missed(t, open, cureNone, off) })
	}
}

// missed wants a failing schedule among so many.
func missed(t *testing.T, open Opener, off cure, rule Rule) {
	inBubble(t, open, func(t rapid.TB, w *world) {
		restore := setFlags(t, map[string]string{"rapid.shrinktime": "0s", "rapid.nofailfile": "true"})
		defer restore()
		found := &foundTB{TB: t}
		check(found, 3000, func(rt *rapid.T) { newModel(w, rt, off, rule).run() })
		w.TB = t
		if !found.failed {
			t.Fatalf("switched off, and no schedule fails")
		}
		t.Logf("%s", found.how)
	})
}

func setFlags(t rapid.TB, flags map[string]string) (restore func()) {
	before := map[string]string{}
	set := func(all map[string]string) {
		for name, value := range all {
			before[name] = flag.Lookup(name).Value.String()
			if err := flag.Set(name, value); err != nil {
				t.Fatalf("-%s: %v", name, err)
			}
		}
	}
	set(flags)
	old := map[string]string{}
	for name := range flags {
		old[name] = before[name]
	}
	return func() { set(old) }
}

// foundTB notes that a check failed instead of failing.
type foundTB struct {
	rapid.TB
	failed bool
	how    string
}

func (f *foundTB) Errorf(format string, args ...any) {
	if !f.failed {
		f.how = fmt.Sprintf(format, args...)
	}
	f.failed = true
}
func (f *foundTB) FailNow()            {}
func (f *foundTB) Fail()               { f.failed = true }
func (f *foundTB) Failed() bool        { return f.failed }
func (f *foundTB) Log(...any)          {}
func (f *foundTB) Logf(string, ...any) {}

// inBubble opens one store for all schedules of a test, in a bubble. The
// retention is small, so that trims come by themselves.
func inBubble(t *testing.T, open Opener, test func(rapid.TB, *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, open, belfry.Rules{RetentionItems: 5, RetentionDays: 36_500})
		defer setFlags(t, map[string]string{"rapid.shrinktime": "10m"})() // of the bubble's time, which flies
		test(struct{ rapid.TB }{t}, w)                                    // rapid must not ask a bubble's T for its deadline
	})
}

// model is one schedule.
type model struct {
	*world
	rt      *rapid.T
	off     cure
	limit   int // rows in a page of the store
	tail    int // entries in a hub's tail
	user    belfry.UserID
	topics  []belfry.Topic
	truth   *Oracle
	notes   []belfry.ID
	titles  int
	nodes   []*node
	clients []*modelClient
}

func newModel(w *world, rt *rapid.T, off cure, rule Rule) *model {
	w.TB = steady{rt}
	w.clock.Step(30 * 24 * time.Hour) // broadcasts of earlier schedules are no backlog
	w.names++
	m := &model{
		world: w, rt: rt, off: off, user: belfry.UserID(fmt.Sprint("user-", w.names)),
		topics: []belfry.Topic{belfry.Topic(fmt.Sprint("a", w.names)), belfry.Topic(fmt.Sprint("b", w.names))},
		limit:  rapid.SampledFrom([]int{0, 1, 2}).Draw(rt, "page"),
		tail:   rapid.SampledFrom([]int{4096, 1, 3}).Draw(rt, "tail"),
	}
	w.meet(m.user)
	m.truth = NewOracle(w.head(m.user).Position)
	w.Store.OnCommit(m.rung)
	for range 2 {
		m.nodes = append(m.nodes, newNode(w.Store, off, m.limit, m.tail))
	}
	for i, window := range []int{0, 2} {
		r := &Replica{User: m.user, Window: window, Off: rule}
		m.clients = append(m.clients, &modelClient{Replica: r, name: fmt.Sprint("client ", i)})
	}
	synctest.Wait()
	return m
}

// rung is what the store rings, to both nodes' ends of the bus.
func (m *model) rung(rings []belfry.Ring) {
	for _, n := range m.nodes {
		n.bus.Ring(rings)
	}
}

func (m *model) run() {
	defer m.close()
	steps := map[string]func(*rapid.T){
		"":                  func(*rapid.T) { synctest.Wait(); m.receiveAnswers() },
		"publish":           func(*rapid.T) { m.publish(toTopic(m.topics[0])) },
		"publish b":         func(*rapid.T) { m.publish(toTopic(m.topics[1])) },
		"broadcast":         func(*rapid.T) { m.publish(toAll()) },
		"publish private":   func(*rapid.T) { m.publish(to(m.user)) },
		"edit":              func(*rapid.T) { m.edit() },
		"retract":           func(*rapid.T) { m.retract() },
		"follow":            func(*rapid.T) { m.follow(true) },
		"unfollow":          func(*rapid.T) { m.follow(false) },
		"click":             func(*rapid.T) { m.click() },
		"click all":         func(*rapid.T) { m.clickAll() },
		"arrive":            func(*rapid.T) { m.arrive(m.client()) },
		"ring":              func(*rapid.T) { m.node().bus.deliver(0, false) },
		"ring all":          func(*rapid.T) { m.node().bus.deliverAll() },
		"ring out of order": func(*rapid.T) { m.disorder(func(b *crookedBus, i int) { b.deliver(i, false) }) },
		"ring twice":        func(*rapid.T) { m.disorder(func(b *crookedBus, i int) { b.deliver(i, true) }) },
		"lose a ring":       func(*rapid.T) { m.disorder((*crookedBus).lose) },
		"check heads":       func(*rapid.T) { m.checkHeads(m.node()) },
		"late":              func(*rapid.T) { m.late() },
		"restart":           func(*rapid.T) { m.restart() },
		"connect":           func(*rapid.T) { m.connect(m.client()) },
		"connect again":     func(*rapid.T) { c := m.client(); c.cut(); m.connect(c) },
		"cut":               func(*rapid.T) { m.client().cut() },
		"give":              func(*rapid.T) { m.give(m.client()) },
		"receive":           func(*rapid.T) { m.receive(m.client(), 1) },
		"receive all":       func(*rapid.T) { m.receive(m.client(), 1000) },
		"fetch":             func(*rapid.T) { m.fetch(m.client()) },
		"page":              func(*rapid.T) { m.page(m.client()) },
	}
	m.rt.Repeat(steps)
	m.rest()
}

func (m *model) close() {
	for _, c := range m.clients {
		c.cut()
	}
	for _, n := range m.nodes {
		n.close()
	}
	m.world.Store.OnCommit(func([]belfry.Ring) {})
	synctest.Wait()
}

func (m *model) client() *modelClient {
	return m.clients[rapid.IntRange(0, len(m.clients)-1).Draw(m.rt, "client")]
}

func (m *model) node() *node {
	return m.nodes[rapid.IntRange(0, len(m.nodes)-1).Draw(m.rt, "node")]
}

// disorder does something to a ring that waits at a node.
func (m *model) disorder(do func(*crookedBus, int)) {
	b := m.node().bus
	n := b.waiting()
	if n == 0 {
		m.rt.SkipNow()
	}
	do(b, rapid.IntRange(0, n-1).Draw(m.rt, "ring"))
}

// checkHeads is the cheap check that finds what the bus has lost.
func (m *model) checkHeads(n *node) {
	if m.off == cureHeads {
		return
	}
	n.Refresh()
	n.bus.rings([]belfry.Ring{{User: m.user}})
}

// late makes a node's reads late, or lets go those that are.
func (m *model) late() {
	n := m.node()
	n.store.late(!n.store.isLate())
}

// restart is the end of a process and the beginning of another: its sessions are
// cut.
func (m *model) restart() {
	i := slices.Index(m.nodes, m.node())
	for _, c := range m.clients {
		if c.node == m.nodes[i] {
			c.cut()
		}
	}
	m.nodes[i].close()
	m.nodes[i] = newNode(m.world.Store, m.off, m.limit, m.tail)
}

func (m *model) connect(c *modelClient) {
	if c.wire != nil {
		m.rt.SkipNow()
	}
	c.connect(m.node(), rapid.SampledFrom([]int{-1, -1, 0, 100, 1000}).Draw(m.rt, "room"))
}

func (m *model) give(c *modelClient) {
	if c.wire == nil {
		m.rt.SkipNow()
	}
	c.wire.give(rapid.SampledFrom([]int{0, 50, 700, -1}).Draw(m.rt, "room"))
}

// receiveAnswers notes openings that have come back.
func (m *model) receiveAnswers() {
	for _, c := range m.clients {
		if err := c.settled(); err != nil {
			m.Fatalf("%s was refused: %v", c.name, err)
		}
		if c.session != nil && c.wire.isClosed() {
			m.Fatalf("%s was cut by its node", c.name)
		}
	}
}
