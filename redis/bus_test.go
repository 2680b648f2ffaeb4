//go:build unix

package redis

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"belfry"
	"belfry/belfrytest"
	"belfry/internal/proxytest"
	"belfry/internal/redistest"
	"belfry/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openBus(t *testing.T, url string) *Bus {
	t.Helper()
	b, err := Open(t.Context(), url, Options{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // an error says that a test closed it
	return b
}

func opener(s *redistest.Server) func(t *testing.T) (a, b belfry.Bus) {
	return func(t *testing.T) (a, b belfry.Bus) { return openBus(t, s.URL()), openBus(t, s.URL()) }
}

func TestBus(t *testing.T) { belfrytest.TestBus(t, opener(redistest.Start(t))) }

// TestBus_Delivery runs two hubs on one database, told of each other's changes
// by Redis only.
func TestBus_Delivery(t *testing.T) {
	belfrytest.TestDelivery(t, opener(redistest.Start(t)), func(t *testing.T, rules belfry.Rules) belfrytest.Opened {
		s, err := sqlite.Open(t.Context(), t.TempDir(), rules, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return belfrytest.Opened{Store: s}
	})
}

func TestOpen_badAddress(t *testing.T) {
	for _, url := range []string{"", "localhost", "http://x", "redis://:s3cret@h:1/x", "redis://h/0?nonsense=1"} {
		_, err := Open(t.Context(), url, Options{}, slog.New(slog.DiscardHandler))
		if belfry.ErrorCode(err) != belfry.CodeInvalid || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// listener keeps what a bus tells.
type listener struct {
	*Bus
	t    *testing.T
	mu   sync.Mutex
	told []belfry.Ring
}

func listen(t *testing.T, url string) *listener {
	l := &listener{Bus: openBus(t, url), t: t}
	l.Receive(func(rings []belfry.Ring) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, rings...)
	}, func(belfry.Signal) {})
	return l
}

func (l *listener) heard(want belfry.Ring) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.told {
		if r == want {
			return true
		}
	}
	return false
}

func (l *listener) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = nil
}

func (l *listener) isUp() bool   { return l.Up() }
func (l *listener) isDown() bool { return !l.Up() }

// until waits for a condition, at most half a minute.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// reaches wants what one node rings to reach the other, by subscriptions that
// were made before.
func reaches(t *testing.T, from *Bus, to *listener) {
	t.Helper()
	until(t, "both are up", func() bool { return from.Up() && to.Up() })
	to.forget()
	rings := []belfry.Ring{{User: "ann", Nonce: 1, Rev: 2}, {Nonce: 1, Rev: 3}}
	from.Ring(rings)
	for _, r := range rings {
		until(t, "the ring is heard", func() bool { return to.heard(r) })
	}
	if to.heard(belfry.Ring{User: "ann"}) {
		t.Error("a subscription was made anew and the user was rung for it: that is a question a session, and the doubt has its own budget")
	}
}

// TestBus_Up: whatever happens to Redis or the way to it, the node notices that
// it is deaf, and is as before when it is over.
func TestBus_Up(t *testing.T) {
	s := redistest.Start(t)
	path := proxytest.Start(t, s.Addr())
	for _, fault := range []struct {
		name       string
		begin, end func()
	}{
		{"redis is killed and restarted", s.Kill, s.Start},
		{"redis is paused", s.Pause, s.Resume},
		{"the path is cut", func() { path.Set(proxytest.Cut) }, func() { path.Set(proxytest.Passing) }},
		{"the path is frozen", func() { path.Set(proxytest.Frozen) }, func() { path.Set(proxytest.Passing) }},
		{"the path carries nothing back", func() { path.Set(proxytest.Deafened) }, func() { path.Set(proxytest.Passing) }},
		{"subscribers are cut", s.CutSubscribers, func() {}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			speaker := openBus(t, s.URL())
			l := listen(t, "redis://"+path.Addr()+"/0")
			l.Watch("ann", true)
			until(t, "the watch is in force", func() bool { return l.heard(belfry.Ring{User: "ann"}) })
			reaches(t, speaker, l)
			fault.begin()
			until(t, "it notices", l.isDown)
			l.Ring([]belfry.Ring{{User: "ann", Nonce: 9, Rev: 9}})
			if !l.heard(belfry.Ring{User: "ann", Nonce: 9, Rev: 9}) {
				t.Error("a node must hear itself whatever becomes of Redis")
			}
			fault.end()
			reaches(t, speaker, l)
		})
	}
}

// A node that cannot be heard may go on committing: the others must poll until
// it is back, or for a while. One that took leave is not missed.
func TestBus_Up_otherNodes(t *testing.T) {
	s := redistest.Start(t)
	path := proxytest.Start(t, s.Addr())
	l := listen(t, s.URL())
	leaver, silent := openBus(t, s.URL()), openBus(t, "redis://"+path.Addr()+"/0")
	known := func() int {
		l.life.mu.Lock()
		defer l.life.mu.Unlock()
		return len(l.life.others)
	}
	until(t, "all are up and know each other", func() bool { return l.Up() && leaver.Up() && silent.Up() && known() == 2 })
	if err := leaver.Close(); err != nil {
		t.Fatal(err)
	}
	until(t, "the leave is heard", func() bool { return known() == 1 })
	path.Set(proxytest.Frozen)
	until(t, "the silent node is missed", l.isDown)
	path.Set(proxytest.Passing)
	until(t, "it is heard again", l.isUp)
}

// What a node could not publish is lost to the others, who must be told so.
func TestBus_Ring_lost(t *testing.T) {
	s := redistest.Start(t)
	path := proxytest.Start(t, s.Addr())
	l, speaker := listen(t, s.URL()), openBus(t, "redis://"+path.Addr()+"/0")
	until(t, "both are up", func() bool { return l.Up() && speaker.Up() })
	path.Set(proxytest.Frozen)
	big := &belfry.Hint{Item: belfry.Item{Content: make([]byte, 64<<10)}}
	for i := range 2 * maxQueued / len(big.Item.Content) {
		speaker.Ring([]belfry.Ring{{Rev: belfry.Rev(i), Hint: big}})
	}
	doubted := func() bool {
		l.life.mu.Lock()
		defer l.life.mu.Unlock()
		return !l.life.doubt.IsZero()
	}
	if doubted() {
		t.Fatal("a doubt before anything was lost")
	}
	path.Set(proxytest.Passing)
	until(t, "the others are told of the loss", doubted)
	until(t, "all is well again", func() bool { return l.Up() && speaker.Up() })
}

// A later version says things that this one does not understand: then it reads.
func TestBus_Receive_laterVersion(t *testing.T) {
	s := redistest.Start(t)
	l := listen(t, s.URL())
	l.Watch("ann", true)
	until(t, "the watch is in force", func() bool { return l.Up() && l.heard(belfry.Ring{User: "ann"}) })
	l.forget()
	c := driver.NewClient(&driver.Options{Addr: s.Addr()})
	defer c.Close()
	for subject, want := range map[string]belfry.Ring{l.subjects.user("ann"): {User: "ann"}, l.subjects.shared: {}} {
		for _, payload := range []string{"", "\x02whatever comes", string(l.header(kindRings)) + "\x02x"} {
			l.forget()
			payload = strings.Replace(payload, string(l.node[:]), "somebody", 1)
			if err := c.Publish(context.Background(), subject, payload).Err(); err != nil {
				t.Fatal(err)
			}
			until(t, "it rings without a hint", func() bool { return l.heard(want) })
		}
	}
	if err := c.Publish(context.Background(), l.subjects.nodes, "\x02").Err(); err != nil {
		t.Fatal(err)
	}
}
