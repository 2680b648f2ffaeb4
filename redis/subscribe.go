package redis

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	driver "github.com/redis/go-redis/v9"

	"belfry"
)

// watches are the users of whom this node wants to be told.
type watches struct {
	wake chan struct{} // capacity one: something has changed

	mu      sync.Mutex
	users   map[belfry.UserID]bool // true: to be rung when the subscription is in force
	changed map[belfry.UserID]bool // since the last take
}

func newWatches() *watches {
	return &watches{wake: make(chan struct{}, 1), users: map[belfry.UserID]bool{}, changed: map[belfry.UserID]bool{}}
}

func (w *watches) set(user belfry.UserID, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if on {
		w.users[user] = true
	} else {
		delete(w.users, user)
	}
	w.changed[user] = true
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// all are the users to subscribe on a new connection.
func (w *watches) all() []belfry.UserID {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.changed)
	return slices.Collect(maps.Keys(w.users))
}

// take gives what has changed since it was last asked.
func (w *watches) take() (on, off []belfry.UserID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for u := range w.changed {
		if _, watched := w.users[u]; watched {
			on = append(on, u)
		} else {
			off = append(off, u)
		}
	}
	clear(w.changed)
	return on, off
}

// inForce notes that a user's subscription is; first says that it is so for the
// first time since it was asked for.
func (w *watches) inForce(user belfry.UserID) (first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if first = w.users[user]; first {
		w.users[user] = false
	}
	return first
}

// receive listens on one connection, and when that has ended on another.
func (b *Bus) receive(ctx context.Context) {
	for ctx.Err() == nil {
		err := b.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		b.life.broken(err)
		pause(ctx, 100*time.Millisecond+rand.N(400*time.Millisecond))
	}
}

// listen subscribes, on a new connection, to all that is watched, and takes what
// comes until the connection ends, is silent for longer than a probe takes or
// is given up by the probes.
func (b *Bus) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	line := b.client.Subscribe(ctx) // to nothing yet: nothing was sent
	b.life.listening(cancel)
	var subscriber sync.WaitGroup
	subscriber.Go(func() { b.subscribe(ctx, line) })
	defer func() {
		cancel()
		_ = line.Close() // it is given up whatever it says
		subscriber.Wait()
	}()
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	for {
		got, err := line.ReceiveTimeout(ctx, deadAfter)
		switch {
		case ctx.Err() != nil:
			return errSilent
		case err != nil:
			return err
		}
		switch got := got.(type) {
		case *driver.Subscription:
			b.subscribed(got)
		case *driver.Message:
			b.received(got.Channel, got.Payload)
		}
	}
}

var errSilent = errors.New("the probes of this node do not come back")

// subscribe keeps a connection's subscriptions at what is watched. The subject
// of the probes comes after the users there are: so the first probe that comes
// back proves that they are in force.
func (b *Bus) subscribe(ctx context.Context, line *driver.PubSub) {
	err := b.each(b.watch.all(), func(names []string) error { return line.Subscribe(ctx, names...) })
	if err == nil {
		err = line.Subscribe(ctx, b.subjects.node(b.node), b.subjects.shared, b.subjects.nodes)
	}
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-b.watch.wake:
		}
		on, off := b.watch.take()
		if err = b.each(on, func(names []string) error { return line.Subscribe(ctx, names...) }); err == nil {
			err = b.each(off, func(names []string) error { return line.Unsubscribe(ctx, names...) })
		}
	}
	_ = line.Close() // ends listen, which tells why
}

// each calls f with the subjects of users, a bounded number at a time.
func (b *Bus) each(users []belfry.UserID, f func(names []string) error) error {
	const most = 500
	for some := range slices.Chunk(users, most) {
		names := make([]string, len(some))
		for i, u := range some {
			names[i] = b.subjects.user(u)
		}
		if err := f(names); err != nil {
			return err
		}
	}
	return nil
}

// subscribed takes Redis' word that a subscription is in force. What was rung
// before is lost to this node, so the user is rung.
func (b *Bus) subscribed(s *driver.Subscription) {
	if s.Kind != "subscribe" {
		return
	}
	if s.Channel == b.subjects.nodes {
		b.out.put(b.subjects.nodes, b.header(kindProbe)) // sooner than the next tick
	}
	user, isUser := strings.CutPrefix(s.Channel, b.subjects.prefix)
	if isUser && b.watch.inForce(belfry.UserID(user)) {
		b.tell([]belfry.Ring{{User: belfry.UserID(user)}})
	}
}

// received takes one payload.
func (b *Bus) received(subject, payload string) {
	b.observe("in", 1)
	kind, sender, rest, known := parseHeader(payload)
	user := belfry.UserID(strings.TrimPrefix(subject, b.subjects.prefix))
	switch {
	case subject == b.subjects.nodes:
		if known {
			b.life.heard(kind, sender, time.Now())
		}
	case known && kind == kindAsk:
		b.asked(user, sender, rest)
	case known && kind == kindAnswer:
		b.toldWho(rest)
	case sender == b.node: // told when it was sent
	case known && kind == kindSignal:
		f := b.signals.Load()
		if s, ok := parseSignal(rest); ok && f != nil {
			(*f)(s)
		}
	default:
		if subject == b.subjects.shared {
			user = ""
		}
		rings, ok := parseRings(rest, user)
		if !known || kind != kindRings || !ok {
			rings = []belfry.Ring{{User: user}} // of a later version: it says only that there is something
		}
		b.tell(rings)
	}
}

// pause waits, or less when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
