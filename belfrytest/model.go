package belfrytest

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry"
	"belfry/hub"

	"pgregory.net/rapid"
)

// TestModel proves P2, P5, P6 and P8 over a real store and real hubs: two
// processes whose tails lag and whose bus loses, delays, doubles and reorders;
// three clients of one user, two with a window of one and of two, with sinks that
// take what they like, cuts, resumes anywhere, marks that arrive late and pages
// in flight. An oracle holds the truth. Whenever a client is told that it is
// caught up, and when all is at rest, it must show exactly the truth of that
// position.
//
// Schedules run in a synctest bubble: after each step everything that can run
// has run, so a failing schedule is the same when it runs again, and shrinks.
func TestModel(t *testing.T, open Opener) {
	inBubble(t, open, func(t rapid.TB, w *world) {
		check(t, 3000, func(rt *rapid.T) { newModel(w, rt, cureNone, RuleNone).run() })
	})
}

// TestModelSwitches switches off, one by one, what makes TestModel hold, and
// wants each to be found missing.
func TestModelSwitches(t *testing.T, open Opener) {
	for _, off := range []cure{cureBorn, cureBackfill, cureAt, cureUpTo, cureJoin, cureDead, cureOneRev, cureHeads} {
		t.Run(string(off), func(t *testing.T) { missed(t, open, off, RuleNone) })
	}
	for _, off := range []Rule{RuleAbsolute, RuleDropAll, RulePage, RuleWatermark, RuleTrim} {
		t.Run(string(off), func(t *testing.T) { missed(t, open, cureNone, off) })
	}
}

// missed wants a failing schedule among twenty thousand; the rarest shows itself
// in a few hundred.
func missed(t *testing.T, open Opener, off cure, rule Rule) {
	if asked := checks(t); asked < 100 {
		t.Skipf("a hunt takes thousands of schedules, and -rapid.checks=%d asks for few", asked)
	}
	inBubble(t, open, func(t rapid.TB, w *world) {
		defer setFlags(t, map[string]string{"rapid.checks": "20000", "rapid.shrinktime": "0s", "rapid.nofailfile": "true"})()
		found := &foundTB{TB: t}
		rapid.Check(found, func(rt *rapid.T) { newModel(w, rt, off, rule).run() })
		w.TB = t
		if !found.failed {
			t.Fatalf("switched off, and no schedule fails")
		}
		t.Logf("%s", found.how)
	})
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
	hub     hub.Options
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
	w.leap()
	w.names++
	m := &model{
		world: w, rt: rt, off: off, user: belfry.UserID(fmt.Sprint("user-", w.names)),
		topics: []belfry.Topic{belfry.Topic(fmt.Sprint("a", w.names)), belfry.Topic(fmt.Sprint("b", w.names))},
		limit:  rapid.SampledFrom([]int{0, 1, 2}).Draw(rt, "page"),
		hub:    hub.Options{Workers: 4, Heartbeat: time.Second, TailEntries: rapid.SampledFrom([]int{4096, 1, 3}).Draw(rt, "tail")},
	}
	w.meet(m.user)
	m.truth = NewOracle(w.head(m.user).Position)
	w.Store.OnCommit(m.rung)
	for range 2 {
		m.nodes = append(m.nodes, newNode(w.Store, off, m.limit, m.hub))
	}
	for i, window := range []int{0, 1, 2} {
		r := &Replica{User: m.user, Window: window, Off: rule}
		m.clients = append(m.clients, &modelClient{Replica: r, name: fmt.Sprint("client ", i)})
	}
	if rapid.Bool().Draw(rt, "follows a") {
		m.ok(w.Store.Follow(ctx, []belfry.UserID{m.user}, m.topics[0], true))
		m.truth.Followed(m.topics[0], true)
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
	actions := map[string]func(*rapid.T){"": func(*rapid.T) { synctest.Wait(); m.receiveAnswers() }}
	for _, s := range m.steps() {
		for i := range s.weight {
			actions[fmt.Sprint(s.name, " ", i)] = func(*rapid.T) { s.do() }
		}
	}
	m.rt.Repeat(actions)
	m.rest()
}

// step is something that may happen; one of twice the weight happens twice as
// often. What cannot happen now draws nothing and is skipped.
type step struct {
	name   string
	weight int
	do     func()
}

func (m *model) steps() []step {
	return append(m.acts(), []step{
		{"ring", 3, func() { m.ringing(func(b *crookedBus) { b.deliver(0, false) }) }},
		{"ring all", 3, func() { m.ringing((*crookedBus).deliverAll) }},
		{"ring out of order", 2, func() { m.disorder(func(b *crookedBus, i int) { b.deliver(i, false) }) }},
		{"ring twice", 1, func() { m.disorder(func(b *crookedBus, i int) { b.deliver(i, true) }) }},
		{"lose a ring", 2, func() { m.disorder((*crookedBus).lose) }},
		{"check heads", 2, func() { m.checkHeads(m.node(nil)) }},
		{"late", 3, func() { n := m.node(nil); n.store.late(!n.store.isLate()) }},
		{"restart", 1, m.restart},
		{"connect", 6, m.connect},
		{"cut", 2, func() { m.client((*modelClient).connected).cut() }},
		{"give", 2, m.give},
		{"receive", 3, func() { m.receive(m.client((*modelClient).hasFrames), 1) }},
		{"receive all", 6, func() { m.receive(m.client((*modelClient).hasFrames), 1000) }},
		{"catch up", 4, func() { m.catchesUp(m.client((*modelClient).settledDown)) }},
		{"subscribe", 2, m.subscribe},
		{"a moment", 1, func() { time.Sleep(300 * time.Millisecond) }},
		{"fetch", 2, m.fetch},
		{"page", 3, m.page},
	}...)
}

// acts are what a backend and the clients do; see modelacts.go.
func (m *model) acts() []step {
	return []step{
		{"publish to a", 3, func() { m.publish(toTopic(m.topics[0])) }},
		{"publish to b", 1, func() { m.publish(toTopic(m.topics[1])) }},
		{"publish to all", 3, func() { m.publish(toAll()) }},
		{"publish to the user", 3, func() { m.publish(to(m.user)) }},
		{"edit", 3, m.edit},
		{"retract", 3, m.retract},
		{"follow", 2, func() { m.follow(true) }},
		{"unfollow", 1, func() { m.follow(false) }},
		{"click", 5, m.click},
		{"click all", 2, m.clickAll},
		{"time", 1, m.time},
		{"arrive", 5, func() { m.arrive(m.client(func(c *modelClient) bool { return len(c.clicks) > 0 })) }},
	}
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

// client draws one that can do what is to be done.
func (m *model) client(can func(*modelClient) bool) *modelClient {
	var able []*modelClient
	for _, c := range m.clients {
		if can(c) {
			able = append(able, c)
		}
	}
	return able[m.draw("client", len(able))]
}

func (m *model) node(can func(*node) bool) *node {
	var able []*node
	for _, n := range m.nodes {
		if can == nil || can(n) {
			able = append(able, n)
		}
	}
	return able[m.draw("node", len(able))]
}

// draw draws one of n; of none the step is skipped.
func (m *model) draw(what string, n int) int {
	if n == 0 {
		m.rt.SkipNow()
	}
	return rapid.IntRange(0, n-1).Draw(m.rt, what)
}

// ringing does something to a bus at which rings wait.
func (m *model) ringing(do func(*crookedBus)) {
	do(m.node(func(n *node) bool { return n.bus.waiting() > 0 }).bus)
}

// disorder does something to one of the rings that wait at a node.
func (m *model) disorder(do func(*crookedBus, int)) {
	m.ringing(func(b *crookedBus) { do(b, m.draw("ring", b.waiting())) })
}

// checkHeads is the cheap check that finds what the bus has lost.
func (m *model) checkHeads(n *node) {
	if m.off == cureHeads {
		return
	}
	n.bus.found()
	n.Refresh()
	n.bus.rings([]belfry.Ring{{User: m.user}})
}

// restart is the end of a process and the beginning of another: its sessions are
// cut.
func (m *model) restart() {
	i := slices.Index(m.nodes, m.node(nil))
	for _, c := range m.clients {
		if c.node == m.nodes[i] {
			c.cut()
		}
	}
	m.nodes[i].close()
	m.nodes[i] = newNode(m.world.Store, m.off, m.limit, m.hub)
}

// connect begins a session where the client stands, in place of the one it has.
func (m *model) connect() {
	c := m.client(func(*modelClient) bool { return true })
	n := m.node(nil)
	c.cut()
	batch := rapid.SampledFrom([]time.Duration{0, 200 * time.Millisecond}).Draw(m.rt, "batch")
	c.connect(n, rapid.SampledFrom([]int{-1, -1, 0, 100, 1000}).Draw(m.rt, "room"), batch)
}

// subscribe lets a session see a topic that the user may follow or not: what is
// seen so is in no inbox and no count.
func (m *model) subscribe() {
	c := m.client(func(c *modelClient) bool { return c.session != nil })
	c.session.Subscribe(rapid.SampledFrom(m.topics).Draw(m.rt, "topic"), "")
}

func (m *model) give() {
	c := m.client((*modelClient).connected)
	c.wire.give(rapid.SampledFrom([]int{-1, 0, 50, 700}).Draw(m.rt, "room"))
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
