package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/sqlite"
)

// counted is a real store that counts what the hub asks.
type counted struct {
	*sqlite.Store
	most, changes atomic.Int64
	given         chan struct{}                 // takes one for each of the first two pages of the shared log
	away          atomic.Bool                   // the shared log cannot be read
	hangs         atomic.Pointer[chan struct{}] // changes of users wait until it is closed
	then          atomic.Pointer[func()]        // done once, between the answer's snapshot and the answer
}

func (s *counted) Heads(ctx context.Context, users []belfry.UserID) ([]belfry.Head, error) {
	s.most.Store(max(s.most.Load(), int64(len(users)))) // one goroutine asks
	heads, err := s.Store.Heads(ctx, users)
	if then := s.then.Swap(nil); then != nil {
		(*then)()
	}
	return heads, err
}

func (s *counted) Shared(ctx context.Context, after belfry.Rev, limit int) (belfry.SharedPage, error) {
	if s.away.Load() {
		return belfry.SharedPage{}, belfry.Errorf(belfry.CodeUnavailable, "away")
	}
	page, err := s.Store.Shared(ctx, after, limit)
	select {
	case s.given <- struct{}{}:
	default:
	}
	return page, err
}

func (s *counted) Changes(ctx context.Context, user belfry.UserID, q belfry.ChangesQuery) (belfry.Changes, error) {
	s.changes.Add(1)
	if until := s.hangs.Load(); until != nil {
		select {
		case <-*until:
		case <-ctx.Done():
		}
	}
	return s.Store.Changes(ctx, user, q)
}

// deaf is a bus that hears nothing of what is committed, and may know it.
type deaf struct {
	*hub.Bus
	down atomic.Bool
}

func (b *deaf) Up() bool { return !b.down.Load() }

// remote is a node that hears of commits only what a test tells it, as from
// another node.
type remote struct {
	house
	store *counted
	bus   *deaf
}

func newRemote(t *testing.T, every time.Duration) *remote {
	t.Helper()
	return newRemoteHub(t, hub.Options{CheckEvery: every})
}

func newRemoteHub(t *testing.T, o hub.Options) *remote {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir(), belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	r := &remote{store: &counted{Store: db, given: make(chan struct{}, 2)}, bus: &deaf{Bus: hub.NewBus()}}
	r.house = house{t: t, store: &paused{Store: db}, hub: hub.New(r.store, r.bus, o, meter{})}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.hub.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// finds wants a session to be sent what no ring told of.
func (r *remote) finds(p *pipe, title string) {
	r.t.Helper()
	r.publish(ann, title)
	r.publish(all, title+" for all")
	found := map[string]bool{}
	p.gather(r.t, title, func(fs []frame) bool {
		if len(fs) > 0 && fs[len(fs)-1].Item != nil {
			found[fs[len(fs)-1].Item.Title] = true
		}
		return found[title] && found[title+" for all"]
	})
}

func TestHub_CheckEvery(t *testing.T) {
	r := newRemote(t, 100*time.Millisecond)
	_, p, _ := r.live(hub.Spec{User: "ann"})
	r.finds(p, "lost")
}

// While the bus is not up, and once after, nobody waits for the usual round.
func TestHub_CheckEvery_busDown(t *testing.T) {
	r := newRemote(t, time.Hour)
	_, p, _ := r.live(hub.Spec{User: "ann"})
	r.bus.down.Store(true)
	r.finds(p, "while it is down")
	missed := func() {
		r.publish(ann, "just before it came back")
		r.bus.down.Store(false)
	}
	r.store.then.Store(&missed)
	p.until(t, "what the last round while it was down has missed", func(f frame) bool {
		return f.Item != nil && f.Item.Title == "just before it came back"
	})
}

// The cost of doubt is the node's, not the session's.
func TestHub_CheckEvery_inBulk(t *testing.T) {
	r := newRemote(t, 100*time.Millisecond)
	const users = belfry.MaxHeads + 50
	for i := range users {
		r.live(hub.Spec{User: belfry.UserID(fmt.Sprint("u", i))})
	}
	for i := range users { // as a bus does when its subscriptions come into force
		r.bus.Ring([]belfry.Ring{{User: belfry.UserID(fmt.Sprint("u", i))}})
	}
	read := r.store.changes.Load()
	asked, again := make(chan struct{}), 10
	var then func()
	then = func() {
		if again--; again == 0 {
			close(asked)
			return
		}
		r.store.then.Store(&then)
	}
	r.store.then.Store(&then)
	<-asked
	if n := r.store.changes.Load(); n != read {
		t.Errorf("%d sessions read the store, and nothing was missed", n-read)
	}
	if n := r.store.most.Load(); n > belfry.MaxHeads || n < belfry.MaxHeads/2 {
		t.Errorf("at most %d users in one question; want about %d", n, belfry.MaxHeads)
	}
}

// A logout at another node whose signal was lost ends the sessions all the same.
func TestHub_CheckEvery_logout(t *testing.T) {
	r := newRemote(t, 100*time.Millisecond)
	_, old, _ := r.live(hub.Spec{User: "ann", IssuedAt: time.Now().Add(-time.Hour)})
	_, renewed, _ := r.live(hub.Spec{User: "ann", IssuedAt: time.Now().Add(time.Hour)})
	if _, err := r.store.Logout(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	if f := old.until(t, "bye", is("bye")); f.Code != belfry.CodeLoggedOut {
		t.Fatalf("got %+v", f)
	}
	r.finds(renewed, "still here")
}

// Rings of two nodes that publish at once overlap: that is no reason to read. One
// whose predecessor is lost is.
func TestHub_earlyRing(t *testing.T) {
	r := newRemote(t, time.Hour)
	_, p, _ := r.live(hub.Spec{User: "ann"})
	<-r.store.given
	<-r.store.given // the first may not have reached the tail yet
	r.store.away.Store(true)
	var rung []belfry.Ring
	r.store.OnCommit(func(rings []belfry.Ring) { rung = append(rung, rings...) })
	r.publish(all, "one", "two", "three", "four")
	r.bus.Ring([]belfry.Ring{rung[1], rung[3], rung[0], rung[2]})
	for _, want := range []string{"one", "two", "three", "four"} {
		if f := p.until(t, "notification", is("notification")); f.Item.Title != want {
			t.Fatalf("got %q, want %q", f.Item.Title, want)
		}
	}
	r.store.away.Store(false)
	r.publish(all, "five", "six")
	r.bus.Ring(rung[5:])
	if f := p.until(t, "notification", is("notification")); f.Item.Title != "five" {
		t.Fatalf("got %q", f.Item.Title)
	}
}

// Sessions that wait for a store that hangs keep nobody else waiting.
func TestHub_Readers(t *testing.T) {
	r := newRemoteHub(t, hub.Options{CheckEvery: time.Hour, Workers: 1, Readers: 1})
	_, waits, _ := r.live(hub.Spec{User: "ann"})
	_, goesOn, _ := r.live(hub.Spec{User: "bob"})
	var rung []belfry.Ring
	r.store.OnCommit(func(rings []belfry.Ring) { rung = append(rung, rings...) })
	until := make(chan struct{})
	r.store.hangs.Store(&until)
	asked := r.store.changes.Load()
	r.bus.Ring([]belfry.Ring{{User: "ann", Nonce: 1, Rev: 1}})
	for r.store.changes.Load() == asked {
		time.Sleep(time.Millisecond)
	}
	r.publish(belfry.Target{User: "bob"}, "by its ring")
	r.bus.Ring(rung)
	goesOn.until(t, "a notification that its ring carried", is("notification"))
	r.bus.Signal(belfry.Signal{To: belfry.Target{User: "bob"}, Name: "hello"})
	goesOn.until(t, "a signal", is("signal"))
	r.publish(ann, "after") // first: nothing would ring for it later
	close(until)
	waits.until(t, "what is read when the store answers again", func(f frame) bool { return f.Item != nil && f.Item.Title == "after" })
}
