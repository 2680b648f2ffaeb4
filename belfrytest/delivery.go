package belfrytest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
)

// TestDelivery proves P8 for a bus: two nodes with real hubs on one real
// database, sessions of every user at both, and between bus and hub somebody who
// loses, doubles, delays and reorders rings. When all is at rest every client
// shows exactly what is stored, counts included. openBus is as in TestBus.
func TestDelivery(t *testing.T, openBus func(t *testing.T) (a, b belfry.Bus), open Opener) {
	for _, fault := range []struct {
		name  string
		crook crook
	}{
		{"nothing is wrong", crook{}},
		{"every ring is lost", crook{lose: 1}},
		{"rings are lost", crook{lose: .5}},
		{"rings are doubled", crook{double: .7}},
		{"rings are reordered", crook{hold: 8}},
		{"all at once", crook{lose: .2, double: .3, hold: 8}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			w := newWorld(t, open, belfry.Rules{})
			a, b := openBus(t)
			newStage(t, w, [2]belfry.Bus{a, b}, fault.crook).play()
		})
	}
}

// crook says how often, from 0 to 1, a ring is lost or doubled, and how many are
// held back so that they come in any order.
type crook struct {
	lose, double float64
	hold         int
}

// crooked is a node's end of a bus, and who stands between the two.
type crooked struct {
	belfry.Bus
	crook

	mu   sync.Mutex
	held []belfry.Ring
}

// Receive implements belfry.Bus.
func (c *crooked) Receive(rings func([]belfry.Ring), signals func(belfry.Signal)) {
	c.Bus.Receive(func(told []belfry.Ring) {
		if told = c.spoil(told); len(told) > 0 {
			rings(told)
		}
	}, signals)
}

func (c *crooked) spoil(told []belfry.Ring) (left []belfry.Ring) {
	for _, r := range told {
		if rand.Float64() < c.lose {
			continue
		}
		left = append(left, r)
		if rand.Float64() < c.double {
			left = append(left, r)
		}
	}
	if c.hold == 0 {
		return left
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Concat(c.held, left)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	n := min(len(all), c.hold)
	c.held = slices.Clone(all[:n])
	return all[n:]
}

// stage is two nodes on one database and the clients at them.
type stage struct {
	*world
	t       *testing.T
	stores  [2]belfry.Store
	clients []*seat
}

// seat is a client at one of the nodes.
type seat struct {
	*Replica
	wire *wire
}

func newStage(t *testing.T, w *world, buses [2]belfry.Bus, c crook) *stage {
	s := &stage{world: w, t: t, stores: w.both()}
	w.meet(ann, bob, cat)
	w.follow("a", ann, bob)
	w.publishMany(3, to(ann, bob, cat))
	one := s.stores[0] == s.stores[1]
	for i, store := range s.stores {
		if !one || i == 0 {
			store.OnCommit(buses[i].Ring)
		}
	}
	for i := range buses {
		if i == 1 && buses[0] == buses[1] {
			break // the bus ends in one process
		}
		s.node(s.stores[i], &crooked{Bus: buses[i], crook: c})
	}
	return s
}

// node runs a hub and seats a client of each user at it.
func (s *stage) node(store belfry.Store, bus belfry.Bus) {
	h := hub.New(store, bus, hub.Options{Workers: 2, CheckEvery: 200 * time.Millisecond}, noMeter{})
	run, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = h.Run(run) // it only ever says that it ended
	}()
	s.t.Cleanup(func() { stop(); <-ended })
	for _, u := range []belfry.UserID{ann, bob, cat} {
		c := &seat{&Replica{User: u}, newWire(-1)}
		_, err := h.Open(ctx, hub.Spec{User: u, Items: belfry.MaxItems}, c.wire)
		s.ok(err)
		s.clients = append(s.clients, c)
	}
}

// play lets much happen at both nodes and then waits until every client shows
// what is stored.
func (s *stage) play() {
	var acting sync.WaitGroup
	for i, store := range s.stores {
		acting.Go(func() {
			for n := range 40 {
				if err := s.act(store, fmt.Sprint(i, ".", n)); err != nil {
					s.Errorf("%v", err)
				}
			}
		})
	}
	acting.Wait()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		err := s.read()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.Fatalf("after 30 s: %v", err)
		}
	}
}

// act does one thing by one of the stores.
func (s *stage) act(store belfry.Store, title string) error {
	target := []belfry.Target{to(ann), to(bob, cat), toTopic("a"), toAll()}[rand.N(4)]
	done := belfry.Publish(ctx, store, s.clock.Now(), []belfry.Draft{draft(target, func(d *belfry.Draft) { d.Title = title })})[0]
	if done.Err != nil {
		return done.Err
	}
	var err error
	switch rand.N(16) {
	case 0, 1, 2, 3:
		_, err = store.Retract(ctx, done.ID)
	case 4, 5, 6:
		_, err = store.Edit(ctx, done.ID, belfry.Patch{"title": []byte(`"edited"`)})
	case 7, 8, 9, 10:
		_, err = store.Mark(ctx, ann, belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{done.ID}})
	case 11:
		_, err = store.Mark(ctx, bob, belfry.Mark{Action: belfry.ActionArchive, All: true})
	}
	return err
}

// read takes what has come to the clients, and says what one shows otherwise
// than the store.
func (s *stage) read() (err error) {
	for _, c := range s.clients {
		for body := c.wire.next(); body != nil; body = c.wire.next() {
			s.ok(c.Frame(body))
		}
		if err == nil {
			err = s.disagreement(c.User, c.Replica)
		}
	}
	return err
}
