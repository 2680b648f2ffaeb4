package hub

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"belfry"
	"belfry/sqlite"
)

// behind is a hub that is told nothing and reads the shared log when a test asks
// it to, and a session of it that stands at the log's beginning.
type behind struct {
	t     *testing.T
	store *sqlite.Store
	hub   *Hub
	s     *Session
}

func newBehind(t *testing.T, tailEntries int) *behind {
	t.Helper()
	store, err := sqlite.Open(t.Context(), t.TempDir(), belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	h := New(store, NewBus(), Options{TailEntries: tailEntries}, deafMeter{})
	b := &behind{t: t, store: store, hub: h, s: &Session{hub: h, sink: &lines{}, user: "ann", exact: true, live: true}}
	if err := h.register(b.s); err != nil {
		t.Fatal(err)
	}
	b.read()
	b.s.pos.Shared = h.tail.nonce
	b.s.readDue.Store(false)
	return b
}

// read is what followShared does when it is asked to.
func (b *behind) read() {
	b.t.Helper()
	for again := true; again; {
		var err error
		if again, err = b.hub.readShared(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// broadcast publishes n to all and takes back the first of them.
func (b *behind) broadcast(n int) {
	b.t.Helper()
	drafts := make([]belfry.Draft, n)
	for i := range drafts {
		drafts[i] = belfry.Draft{To: belfry.Target{All: true}, Content: belfry.Content{Title: fmt.Sprint(i)}}
	}
	ids := belfry.Publish(b.t.Context(), b.store, time.Now(), drafts)
	if _, err := b.store.Retract(b.t.Context(), ids[0].ID); err != nil {
		b.t.Fatal(err)
	}
}

// Of what was taken back before this node heard of it the store gives the end
// alone. So below that end the tail is not whole: nobody may be told to have caught
// up there, and nobody's heartbeat may say so.
func TestHub_readShared_wholeAtTheHeadOnly(t *testing.T) {
	b := newBehind(t, 0)
	b.broadcast(2) // revisions 1 and 2, and 3 is the end of 1
	b.read()
	for head, whole := range []bool{true, false, false, false} {
		if missed, ok := b.s.missed(belfry.Rev(head)); ok != whole {
			t.Errorf("up to %d the tail has %d, all of it: %t", head, len(missed), ok)
		}
	}
	if at := b.hub.announced(); at != 0 {
		t.Errorf("nobody was rung, and announced is %d", at)
	}
	b.hub.nextNews()
	if at := b.hub.announced(); at != 0 {
		t.Errorf("ringing has begun, and announced is %d", at)
	}
	b.hub.nextNews()
	if at := b.hub.announced(); at != 3 {
		t.Errorf("everybody was rung, and announced is %d", at)
	}
}

// A node that has missed more than its tail can hold does not take a part of it:
// everybody reads for themselves.
func TestHub_readShared_farBehind(t *testing.T) {
	b := newBehind(t, 3)
	b.broadcast(3) // 2 and 3, and 4 is the end of 1
	b.read()
	if b.hub.tail.head != 4 || len(b.hub.tail.entries) != 3 || b.s.readDue.Load() {
		t.Errorf("at %d with %d entries, to read %t", b.hub.tail.head, len(b.hub.tail.entries), b.s.readDue.Load())
	}
	b.broadcast(4)
	b.read()
	if b.hub.tail.head != 9 || len(b.hub.tail.entries) > 3 || !b.s.readDue.Load() {
		t.Errorf("at %d with %d entries, to read %t", b.hub.tail.head, len(b.hub.tail.entries), b.s.readDue.Load())
	}
	if _, ok := b.hub.tail.view(4); ok {
		t.Error("the tail claims to hold what it has left out")
	}
}
