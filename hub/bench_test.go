package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/sqlite"
)

// counter is a Sink that takes everything and says when a round is complete.
type counter struct {
	left *atomic.Int64 // notifications still owed to all sinks together
	done chan struct{}
	live chan struct{} // closed when the replay is over
}

func (c *counter) Transport() string { return "websocket" }

func (c *counter) Append(dst []byte, kind string, cursor *[belfry.CursorLen]byte, body []byte, _ *hub.Form) []byte {
	switch kind {
	case "live":
		close(c.live)
	case "notification":
		if c.left.Add(-1) == 0 {
			c.done <- struct{}{}
		}
	}
	at := len(dst)
	dst = append(dst, body...)
	if cursor != nil {
		copy(dst[at+hub.CursorAt:], cursor[:])
	}
	return dst
}

func (c *counter) AppendHeartbeat(dst []byte, _ *[belfry.CursorLen]byte) []byte { return dst }
func (c *counter) TryWrite(b []byte) (int, error)                               { return len(b), nil }
func (c *counter) Write([]byte, time.Duration) error                            { return nil }
func (c *counter) Close(belfry.Code)                                            {}

// stage is a hub on a real store with many sessions.
type stage struct {
	store    *sqlite.Store
	sessions int
	left     atomic.Int64
	done     chan struct{}
}

func newStage(tb testing.TB, sessions int) *stage {
	tb.Helper()
	store, err := sqlite.Open(context.Background(), tb.TempDir(), belfry.Rules{RetentionItems: 100_000}, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	bus := hub.NewBus()
	store.OnCommit(bus.Ring)
	h := hub.New(store, bus, hub.Options{}, meter{})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	tb.Cleanup(func() {
		stop()
		for h.Len() > 0 { // the sinks take the bye and have no reader who would leave
			h.Drain(context.Background(), 0)
		}
		running.Wait()
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	st := &stage{store: store, sessions: sessions, done: make(chan struct{}, 1)}
	for i := range sessions {
		sink := &counter{left: &st.left, done: st.done, live: make(chan struct{})}
		if _, err := h.Open(ctx, hub.Spec{User: belfry.UserID(fmt.Sprint("u", i))}, sink); err != nil {
			tb.Fatal(err)
		}
		select {
		case <-sink.live:
		case <-time.After(30 * time.Second):
			tb.Fatal("a session does not become live")
		}
	}
	return st
}

// publish hands in one notification and waits until all whom it is for have it.
func (st *stage) publish(tb testing.TB, to belfry.Target, deliveries int) {
	st.left.Store(int64(deliveries))
	for _, p := range belfry.Publish(context.Background(), st.store, time.Now(), []belfry.Draft{{To: to, Content: belfry.Content{Title: "Ann commented on your document"}}}) {
		if p.Err != nil {
			tb.Fatal(p.Err)
		}
	}
	if deliveries > 0 {
		<-st.done
	}
}

// BenchmarkHub is the delivery from the commit to the sinks' writes: a broadcast
// to a thousand sessions, and a notification to one of them.
func BenchmarkHub(b *testing.B) {
	const sessions = 1000
	st := newStage(b, sessions)
	b.Run("broadcast", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			st.publish(b, all, sessions)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/sessions, "ns/delivery")
	})
	b.Run("private", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			st.publish(b, belfry.Target{User: belfry.UserID(fmt.Sprint("u", i%sessions))}, 1)
			i++
		}
	})
}

// A broadcast is encoded once: what it allocates does not depend on who is there.
func TestHub_Broadcast_allocatesOnce(t *testing.T) {
	st := newStage(t, 500)
	n := testing.AllocsPerRun(20, func() { st.publish(t, all, 500) })
	if n > 250 {
		t.Errorf("%v allocations for a broadcast to 500 sessions; a delivery allocates nothing", n)
	}
}
