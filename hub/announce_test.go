package hub

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry"
)

// lines is a Sink that remembers what it was sent.
type lines struct{ got []string }

func (l *lines) Transport() string { return "websocket" }

func (l *lines) Append(dst []byte, _ string, _ *[belfry.CursorLen]byte, body []byte, _ *Form) []byte {
	l.got = append(l.got, string(body))
	return append(dst, body...)
}

func (l *lines) AppendHeartbeat(dst []byte, _ *[belfry.CursorLen]byte) []byte { return dst }
func (l *lines) TryWrite(b []byte) (int, error)                               { return len(b), nil }
func (l *lines) Write([]byte, time.Duration) error                            { return nil }
func (l *lines) Close(belfry.Code)                                            {}

type deafMeter struct{ Meter }

func (deafMeter) Delivered(string, int)   {}
func (deafMeter) DeliverySeconds(float64) {}

// still is a hub in which nothing happens by itself, with one session that has
// everything and follows a topic.
func still(t *testing.T) (*Hub, *Session, *lines) {
	t.Helper()
	h, l := New(nil, NewBus(), Options{}, deafMeter{}), &lines{}
	s := &Session{hub: h, sink: l, user: "ann", exact: true, live: true, follows: []follow{{"news", 0}}}
	if err := h.register(s); err != nil {
		t.Fatal(err)
	}
	h.listen(s, "news")
	return h, s, l
}

// commit announces creations in the shared log, as one commit does.
func commit(h *Hub, topics ...belfry.Topic) {
	var rings []belfry.Ring
	for i, topic := range topics {
		rev := h.tail.head + belfry.Rev(i) + 1
		rings = append(rings, belfry.Ring{Rev: rev, Hint: &belfry.Hint{Item: belfry.Item{ID: belfry.ID(fmt.Sprint("id-", rev)), Topic: topic, Rev: rev, Born: rev}}})
	}
	h.ring(rings)
}

func (s *Session) takeTurn() { s.run(&worker{queue: s.hub.queue}) }

// A heart beats, or the session is rung for something later, before its turn to
// be rung for a broadcast has come: it must not take the broadcast for passed.
func TestHub_announce_notYetRung(t *testing.T) {
	t.Run("a heartbeat", func(t *testing.T) {
		h, s, l := still(t)
		commit(h, belfry.TopicAll)
		s.beatDue.Store(true)
		s.takeTurn()
		if s.pos.S != 0 {
			t.Fatalf("the cursor moved to %d past a broadcast that nobody was rung for", s.pos.S)
		}
		h.ringFor(t.Context(), h.nextNews())
		s.takeTurn()
		if len(l.got) != 1 || s.pos.S != 1 {
			t.Fatalf("sent %q, at %d", l.got, s.pos.S)
		}
	})
	t.Run("a topic", func(t *testing.T) {
		h, s, l := still(t)
		commit(h, belfry.TopicAll, "news")
		h.nextNews()
		s.bellShared(2)
		s.takeTurn()
		if len(l.got) != 2 || !strings.Contains(l.got[0], `"rev":1`) {
			t.Fatalf("sent %q; want the broadcast first", l.got)
		}
	})
	t.Run("a heartbeat after", func(t *testing.T) {
		h, s, _ := still(t)
		commit(h, "elsewhere", "elsewhere")
		h.ringFor(t.Context(), h.nextNews())
		h.nextNews()
		s.beatDue.Store(true)
		s.takeTurn()
		if s.pos.S != 2 {
			t.Fatalf("the cursor stands at %d; what is nothing for a session moves it", s.pos.S)
		}
	})
}

// What a session had in a turn that came for another reason, it is not rung for.
func TestHub_announce_alreadyTold(t *testing.T) {
	h, s, _ := still(t)
	commit(h, belfry.TopicAll, "news", belfry.TopicAll)
	entries := h.nextNews()
	s.bellShared(1)
	s.takeTurn()
	h.ringFor(t.Context(), slices.DeleteFunc(entries, func(e *entry) bool { return e.topic != belfry.TopicAll }))
	if s.bell.Load() != 0 || s.state.Load() != idle {
		t.Fatal("it was rung for what it had")
	}
}

// Sessions come and go while the hub goes round: whoever stays is visited.
func TestHub_everyone_whileSessionsComeAndGo(t *testing.T) {
	h, _, _ := still(t)
	var all []*Session
	add := func() {
		s := &Session{hub: h, user: "ann", number: h.seq.Add(1)}
		h.opts.MaxPerUser++
		if err := h.register(s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	for range 5000 {
		add()
	}
	old := slices.Clone(all)
	visited := map[*Session]bool{}
	for s := range h.everyone() {
		visited[s] = true
		h.unregister(all[rand.IntN(len(all))])
		add()
	}
	for _, s := range old {
		if s.registered && !visited[s] {
			t.Fatalf("session %d was there all the time and was not visited", s.number)
		}
	}
}
