package hub_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"belfry"
	"belfry/hub"
	"belfry/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a real store with a hub on it.
type house struct {
	t     *testing.T
	store *paused
	bus   *lossy
	hub   *hub.Hub
	stop  func() // ends the hub, and waits for it
}

// paused is a real store that lets a test act between an opening's snapshot and
// its answer.
type paused struct {
	*sqlite.Store
	mu   sync.Mutex
	then func()

	resetAfter time.Duration
	reads      int // of changes
}

func (s *paused) Open(ctx context.Context, user belfry.UserID, q belfry.OpenQuery) (belfry.Opening, error) {
	o, err := s.Store.Open(ctx, user, q)
	if then := s.take(); then != nil {
		then()
	}
	return o, err
}

// take gives what is to be done after the next opening, which it is then not.
func (s *paused) take() (then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	then, s.then = s.then, nil
	return then
}

// Changes is the store's, or for once, after as long as was asked for, that the
// cursor is of another history.
func (s *paused) Changes(ctx context.Context, user belfry.UserID, q belfry.ChangesQuery) (belfry.Changes, error) {
	s.mu.Lock()
	slow := s.resetAfter
	s.resetAfter = 0
	s.reads++
	s.mu.Unlock()
	if slow == 0 {
		return s.Store.Changes(ctx, user, q)
	}
	time.Sleep(slow)
	return belfry.Changes{Reset: true}, nil
}

func (s *paused) resetsAfter(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resetAfter = d
}

func (s *paused) readings() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func (s *paused) afterOpen(then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.then = then
}

// lossy is a bus that can be told to lose rings.
type lossy struct {
	*hub.Bus
	mu   sync.Mutex
	lose bool
}

func (b *lossy) Ring(rings []belfry.Ring) {
	b.mu.Lock()
	lose := b.lose
	b.mu.Unlock()
	if !lose {
		b.Bus.Ring(rings)
	}
}

func (b *lossy) losing(lose bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lose = lose
}

type meter struct{}

func (meter) Opened(string)              {}
func (meter) Closed(string, belfry.Code) {}
func (meter) Delivered(string, int)      {}
func (meter) DeliverySeconds(float64)    {}
func (meter) Resumed(string)             {}
func (meter) Slow(int)                   {}
func (meter) Limited(string)             {}
func (meter) Failed(error)               {}
func (meter) HeadsChecked(time.Duration) {}
func (meter) FoundBehind(int)            {}

func newHouse(t *testing.T, o hub.Options) *house {
	t.Helper()
	db, err := sqlite.Open(context.Background(), t.TempDir(), belfry.Rules{RetentionItems: 100_000}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	store := &paused{Store: db}
	bus := &lossy{Bus: hub.NewBus()}
	store.OnCommit(bus.Ring)
	h := &house{t: t, store: store, bus: bus}
	h.start(o)
	t.Cleanup(func() {
		h.stop()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// start runs a hub, as a process that begins.
func (h *house) start(o hub.Options) {
	h.hub = hub.New(h.store, h.bus, o, meter{})
	running := h.hub
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := running.Run(ctx); err != nil {
			h.t.Errorf("Run: %v", err)
		}
	}()
	h.stop = func() {
		stop()
		<-ended
	}
}

func (h *house) publish(to belfry.Target, titles ...string) []belfry.ID {
	h.t.Helper()
	drafts := make([]belfry.Draft, len(titles))
	for i, title := range titles {
		drafts[i] = belfry.Draft{To: to, Content: belfry.Content{Title: title}}
	}
	ids := make([]belfry.ID, len(titles))
	for i, p := range belfry.Publish(context.Background(), h.store, time.Now(), drafts) {
		if p.Err != nil {
			h.t.Fatal(p.Err)
		}
		ids[i] = p.ID
	}
	return ids
}

func (h *house) open(spec hub.Spec) (*hub.Session, *pipe) {
	h.t.Helper()
	p := newPipe()
	s, err := h.hub.Open(context.Background(), spec, p)
	if err != nil {
		h.t.Fatal(err)
	}
	return s, p
}

// live opens a session and reads until the replay is over.
func (h *house) live(spec hub.Spec) (*hub.Session, *pipe, frame) {
	h.t.Helper()
	s, p := h.open(spec)
	w := p.until(h.t, "welcome", is("welcome"))
	p.until(h.t, "live", is("live"))
	return s, p, w
}

var (
	ann = belfry.Target{User: "ann"}
	all = belfry.Target{All: true}
)

func TestHub_Open(t *testing.T) {
	h := newHouse(t, hub.Options{})
	h.publish(ann, "one", "two")
	_, p, w := h.live(hub.Spec{User: "ann", Items: 10})
	if len(w.Items) != 2 || w.Items[0].Title != "two" || w.Counts.Unread != 2 || w.Reset || w.Resume {
		t.Fatalf("welcome = %+v", w)
	}
	h.publish(ann, "three")
	got := p.gather(t, "counts", func(fs []frame) bool { return len(fs) > 0 && fs[len(fs)-1].Type == "counts" })
	if len(got) != 2 || got[0].Op != "created" || got[0].Item.Title != "three" || got[1].Counts.Unread != 3 {
		t.Fatalf("got %+v", got)
	}

	t.Run("resumed", func(t *testing.T) {
		c, err := belfry.ParseCursor(w.Cursor)
		if err != nil {
			t.Fatal(err)
		}
		_, p := h.open(hub.Spec{User: "ann", Items: 10, Cursor: &c})
		got := p.gather(t, "live", func(fs []frame) bool { return len(fs) > 0 && fs[len(fs)-1].Type == "live" })
		if kinds(got) != "welcome notification counts live" || !got[0].Resume || got[0].Counts != nil || got[1].Item.Title != "three" || got[2].Counts.Unread != 3 {
			t.Fatalf("got %s: %+v", kinds(got), got)
		}
	})
	t.Run("foreign cursor", func(t *testing.T) {
		c, _ := belfry.ParseCursor(w.Cursor)
		_, p := h.open(hub.Spec{User: "bob", Items: 10, Cursor: &c})
		if w := p.until(t, "welcome", is("welcome")); !w.Reset || len(w.Items) != 0 {
			t.Fatalf("welcome = %+v; want a reset", w)
		}
	})
}

func TestHub_Mark_reachesOtherTab(t *testing.T) {
	h := newHouse(t, hub.Options{})
	private, shared := h.publish(ann, "private")[0], h.publish(all, "shared")[0]
	_, a, _ := h.live(hub.Spec{User: "ann"})
	_, b, _ := h.live(hub.Spec{User: "ann"})
	if _, err := h.store.Mark(context.Background(), "ann", belfry.Mark{Action: "read", IDs: []belfry.ID{private, shared}}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*pipe{a, b} {
		got := p.gather(t, "counts", func(fs []frame) bool {
			return len(fs) > 0 && fs[len(fs)-1].Type == "counts" && fs[len(fs)-1].Counts.Unread == 0
		})
		read := map[belfry.ID]bool{}
		for _, f := range got {
			for _, it := range f.Items {
				read[it.ID] = it.ReadAt != 0
			}
		}
		if !read[private] || !read[shared] {
			t.Fatalf("got %+v", got)
		}
	}
	if _, err := h.store.Mark(context.Background(), "ann", belfry.Mark{Action: "archive", All: true}); err != nil {
		t.Fatal(err)
	}
	if f := b.until(t, "receipts", is("receipts")); !f.All || f.Action != "archive" {
		t.Fatalf("got %+v", f)
	}
}

// A stopped reader costs one turn's bytes, delays nobody, and gets everything
// when it reads again.
func TestHub_lostRing(t *testing.T) {
	h := newHouse(t, hub.Options{})
	_, p, _ := h.live(hub.Spec{User: "ann"})
	h.bus.losing(true)
	h.publish(all, "lost")
	h.bus.losing(false)
	h.publish(all, "heard")
	for _, want := range []string{"lost", "heard"} {
		if f := p.until(t, "notification", is("notification")); f.Item.Title != want {
			t.Fatalf("got %q; want %q", f.Item.Title, want)
		}
	}
	h.bus.losing(true)
	h.publish(all, "lost too")
	h.bus.losing(false)
	h.hub.Refresh()
	if f := p.until(t, "notification", is("notification")); f.Item.Title != "lost too" {
		t.Fatalf("got %q after a check of the head", f.Item.Title)
	}
}

func TestHub_Signal(t *testing.T) {
	h := newHouse(t, hub.Options{})
	_, p, _ := h.live(hub.Spec{User: "ann"})
	h.bus.Signal(belfry.Signal{From: "bob", To: ann, Name: "typing", Data: json.RawMessage(`{"doc":1}`)})
	if f := p.until(t, "signal", is("signal")); f.Name != "typing" || string(f.Data) != `{"doc":1}` {
		t.Fatalf("got %+v", f)
	}
}

// Who follows a topic hears of the others who follow it: that they came, and
// that the last of their sessions ended. Nobody is told unless it is asked for.
func TestHub_Presence(t *testing.T) {
	for _, on := range []bool{true, false} {
		h := newHouse(t, hub.Options{Presence: on})
		if err := h.store.Follow(t.Context(), []belfry.UserID{"ann", "bob"}, "doc.42", true); err != nil {
			t.Fatal(err)
		}
		_, p, _ := h.live(hub.Spec{User: "ann"})
		first, _, _ := h.live(hub.Spec{User: "bob"})
		second, _, _ := h.live(hub.Spec{User: "bob"})
		for _, s := range []*hub.Session{first, second} {
			s.Close(belfry.CodeDraining, 0)
			<-s.Done()
		}
		h.publish(ann, "after")
		var told []string
		for _, f := range p.gather(t, "what came until then", func(fs []frame) bool { return len(fs) > 0 && is("notification")(fs[len(fs)-1]) }) {
			if f.Name == "belfry.presence" {
				told = append(told, string(f.Data))
			}
		}
		told = slices.DeleteFunc(told, func(data string) bool { return !strings.Contains(data, `"bob"`) })
		want := []string{`{"user":"bob","online":true}`, `{"user":"bob","online":true}`, `{"user":"bob","online":false}`}
		if !on {
			want = nil
		}
		if !slices.Equal(told, want) {
			t.Errorf("with presence %t ann was told %s", on, told)
		}
	}
}

func TestHub_limits(t *testing.T) {
	h := newHouse(t, hub.Options{MaxSessions: 3, MaxPerUser: 2})
	h.open(hub.Spec{User: "ann"})
	s, _ := h.open(hub.Spec{User: "ann"})
	if _, err := h.hub.Open(context.Background(), hub.Spec{User: "ann"}, newPipe()); belfry.ErrorCode(err) != belfry.CodeTooManySessions {
		t.Fatalf("a third session of one user: %v", err)
	}
	h.open(hub.Spec{User: "bob"})
	if _, err := h.hub.Open(context.Background(), hub.Spec{User: "cid"}, newPipe()); belfry.ErrorCode(err) != belfry.CodeTooManySessions {
		t.Fatalf("a fourth session: %v", err)
	}
	s.Gone()
	<-s.Done()
	h.open(hub.Spec{User: "cid"})
	if n := h.hub.Len(); n != 3 {
		t.Fatalf("Len = %d", n)
	}
}

func TestHub_Drain(t *testing.T) {
	h := newHouse(t, hub.Options{})
	var pipes []*pipe
	for range 10 {
		_, p, _ := h.live(hub.Spec{User: "ann"})
		pipes = append(pipes, p)
	}
	h.hub.Drain(context.Background(), 50*time.Millisecond)
	for _, p := range pipes {
		if f := p.until(t, "bye", is("bye")); f.Code != belfry.CodeDraining {
			t.Fatalf("got %+v", f)
		}
	}
	if _, err := h.hub.Open(context.Background(), hub.Spec{User: "ann"}, newPipe()); belfry.ErrorCode(err) != belfry.CodeDraining {
		t.Fatalf("a session opens on a node that drains: %v", err)
	}
}

// A client that asks and does not read is made to wait; its answers cost bounded
// memory.
func TestHub_heartbeat(t *testing.T) {
	h := newHouse(t, hub.Options{Heartbeat: time.Second})
	_, p, w := h.live(hub.Spec{User: "ann"})
	h.publish(belfry.Target{Topic: "elsewhere"}, "a", "b", "c")
	before, _ := belfry.ParseCursor(w.Cursor)
	p.until(t, "a heartbeat that moves the cursor", func(f frame) bool {
		c, err := belfry.ParseCursor(f.Cursor)
		return f.Type == "pong" && err == nil && c.S == before.S+3
	})
}
