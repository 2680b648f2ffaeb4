package belfrytest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"belfry"
)

// TestBus tests a belfry.Bus against its contract. open gives two nodes of one
// bus, or the same bus twice where it ends in one process; it closes them by
// t.Cleanup.
func TestBus(t *testing.T, open func(t *testing.T) (a, b belfry.Bus)) {
	for _, s := range []struct {
		name string
		test func(*busPair)
	}{
		{"Ring/every node is told of the shared log, itself included", busShared},
		{"Ring/watched users are told of", busWatched},
		{"Ring/in the order sent, nothing changed", busOrder},
		{"Ring/from many goroutines, each once", busConcurrent},
		{"Watch/rings once when it is in force", busWatchRings},
		{"Signal/reaches every node", busSignals},
		{"Close/a closed bus takes rings without harm", busClose},
	} {
		t.Run(s.name, func(t *testing.T) { s.test(newBusPair(t, open)) })
	}
}

// busPair is two nodes and what each was told.
type busPair struct {
	*testing.T
	a, b belfry.Bus
	same bool
	mu   sync.Mutex
	told [2][]belfry.Ring
	sigs [2][]belfry.Signal
}

func newBusPair(t *testing.T, open func(t *testing.T) (a, b belfry.Bus)) *busPair {
	p := &busPair{T: t}
	p.a, p.b = open(t)
	p.same = p.a == p.b
	for i, bus := range p.nodes() {
		bus.Receive(func(rings []belfry.Ring) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.told[i] = append(p.told[i], rings...)
		}, func(s belfry.Signal) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.sigs[i] = append(p.sigs[i], s)
		})
	}
	p.until("both nodes are up", func() bool { return p.a.Up() && p.b.Up() })
	return p
}

func (p *busPair) nodes() []belfry.Bus {
	if p.same {
		return []belfry.Bus{p.a}
	}
	return []belfry.Bus{p.a, p.b}
}

// until waits for a condition, at most ten seconds.
func (p *busPair) until(what string, ok func() bool) {
	p.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("in vain: %s", what)
		}
	}
}

// rings are what a node was told of one log.
func (p *busPair) rings(node int, user belfry.UserID) (rings []belfry.Ring) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.told[node] {
		if r.User == user {
			rings = append(rings, r)
		}
	}
	return rings
}

func (p *busPair) heard(node int, user belfry.UserID, rev belfry.Rev) bool {
	return slices.ContainsFunc(p.rings(node, user), func(r belfry.Ring) bool { return r.Rev == rev })
}

func busShared(p *busPair) {
	p.a.Ring([]belfry.Ring{{Nonce: 7, Rev: 1}})
	p.b.Ring([]belfry.Ring{{Nonce: 7, Rev: 2}})
	p.until("all are told of both", func() bool {
		for i := range p.nodes() {
			if !p.heard(i, "", 1) || !p.heard(i, "", 2) {
				return false
			}
		}
		return true
	})
}

func busWatched(p *busPair) {
	p.b.Watch(ann, true)
	last := len(p.nodes()) - 1
	rev := belfry.Rev(0)
	p.until("the watching node is told", func() bool {
		rev++
		p.a.Ring([]belfry.Ring{{User: ann, Nonce: 7, Rev: rev}})
		return len(p.rings(last, ann)) > 1
	})
	p.b.Watch(ann, false)
	p.b.Watch(ann, true)
	before := rev
	p.until("it is told again after it looked away", func() bool {
		rev++
		p.a.Ring([]belfry.Ring{{User: ann, Nonce: 7, Rev: rev}})
		return slices.ContainsFunc(p.rings(last, ann), func(r belfry.Ring) bool { return r.Rev > before })
	})
}

func busOrder(p *busPair) {
	const n = 200
	hint := &belfry.Hint{
		Item:   belfry.Item{ID: belfry.NewID(time.Now()), Topic: "a", Shared: true, Born: 3, Rev: 3, CreatedAt: 5, DeliveredAt: 6, Content: []byte(`{"type":"x","title":"☃"}`)},
		Own:    belfry.Counts{Unread: 2, Unseen: 1, Position: belfry.Position{P: 4, S: 5}},
		Except: []belfry.UserID{ann, bob},
	}
	for i := range belfry.Rev(n) {
		p.a.Ring([]belfry.Ring{{Nonce: 7, Rev: 2*i + 1, Hint: hint}, {Nonce: 7, Rev: 2*i + 2}})
	}
	last := len(p.nodes()) - 1
	p.until("all are told of all", func() bool { return len(p.rings(last, "")) == 2*n })
	for i, r := range p.rings(last, "") {
		if r.Rev != belfry.Rev(i+1) || r.Nonce != 7 || (r.Hint == nil) != (i%2 == 1) {
			p.Fatalf("ring %d is %+v", i, r)
		}
		if r.Hint != nil && fmt.Sprintf("%+v", *r.Hint) != fmt.Sprintf("%+v", *hint) {
			p.Fatalf("the hint was %+v\nand came as %+v", *hint, *r.Hint)
		}
	}
}

func busConcurrent(p *busPair) {
	const n = 50
	var all sync.WaitGroup
	for _, bus := range []belfry.Bus{p.a, p.b} {
		for g := range 2 {
			all.Go(func() {
				for i := range belfry.Rev(n) {
					bus.Ring([]belfry.Ring{{Nonce: uint32(g), Rev: i + 1}})
				}
			})
		}
	}
	all.Wait()
	for i := range p.nodes() {
		p.until("every ring is told once", func() bool { return len(p.rings(i, "")) == 4*n })
	}
}

// busWatchRings: whoever reads first and watches then must not sleep over what
// came between.
func busWatchRings(p *busPair) {
	if p.same {
		return // nothing can come between
	}
	p.b.Watch(bob, true)
	p.until("the watch rings", func() bool { return len(p.rings(1, bob)) > 0 })
	if n := len(p.rings(1, bob)); n != 1 {
		p.Fatalf("it rang %d times", n)
	}
}

func busSignals(p *busPair) {
	want := belfry.Signal{From: ann, To: belfry.Target{Topic: "doc.7"}, Name: "typing", Data: []byte(`{"n":1}`)}
	p.a.Signal(want)
	p.a.Signal(belfry.Signal{To: belfry.Target{All: true}, Name: "hello"})
	for i := range p.nodes() {
		p.until("both signals come", func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.sigs[i]) == 2
		})
		p.mu.Lock()
		got := p.sigs[i][0]
		p.mu.Unlock()
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			p.Fatalf("signal %+v\nwant %+v", got, want)
		}
	}
}

func busClose(p *busPair) {
	if !p.a.Up() || !p.b.Up() {
		p.Fatalf("down: %v %v", p.a.Up(), p.b.Up())
	}
	if err := p.a.Close(); err != nil {
		p.Fatalf("Close: %v", err)
	}
	p.a.Ring([]belfry.Ring{{Rev: 1}}) // must not block or panic
}
