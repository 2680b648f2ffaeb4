package client

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/internal/metrics"
	"belfry/internal/token"
	"belfry/server"
	"belfry/sqlite"
)

const (
	testKey    = "a-static-key-of-the-tests"
	testSecret = "a secret of thirty-two bytes or more, for tests"
)

// node is a real server on a real store, which can be stopped and started again
// at the same address with the same data.
type node struct {
	t         *testing.T
	dir, addr string
	heartbeat time.Duration
	store     *sqlite.Store
	stop      func()
}

func startNode(t *testing.T) *node {
	t.Helper()
	n := &node{t: t, dir: t.TempDir(), addr: "127.0.0.1:0", heartbeat: time.Second}
	n.start()
	t.Cleanup(func() { n.stop() })
	return n
}

func (n *node) url() string { return "http://" + n.addr }

func (n *node) start() {
	n.t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, n.dir, belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		n.t.Fatal(err)
	}
	tokens, err := token.New(ctx, token.Options{Secrets: [][]byte{[]byte(testSecret)}})
	if err != nil {
		n.t.Fatal(err)
	}
	bus, meter := hub.NewBus(), metrics.New("test", slog.New(slog.DiscardHandler))
	store.OnCommit(bus.Ring)
	h := hub.New(store, bus, hub.Options{Heartbeat: n.heartbeat}, meter)
	s := server.New(server.Config{Store: store, Keyring: store, Bus: bus, Hub: h, Tokens: tokens, APIKey: testKey, Meter: meter})
	l, err := net.Listen("tcp", n.addr)
	if err != nil {
		n.t.Fatal(err)
	}
	n.store, n.addr = store, l.Addr().String()
	running, cancel := context.WithCancel(ctx)
	web := s.HTTP(s)
	var tasks sync.WaitGroup
	tasks.Go(func() { _ = h.Run(running) })
	tasks.Go(func() { _ = web.Serve(s.Upgrades(l)) })
	n.stop = sync.OnceFunc(func() {
		cancel()
		_ = web.Close()
		tasks.Wait()
		if err := store.Close(); err != nil {
			n.t.Error(err)
		}
	})
}

// client makes a client of a backend that waits shortly between tries.
func (n *node) client() *Client { return newTestClient(n.t, n.url()) }

func newTestClient(t *testing.T, url string) *Client {
	t.Helper()
	c, err := New(Config{URL: url, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	c.retry = backoff{first: time.Millisecond, most: 20 * time.Millisecond}
	c.again = backoff{first: 5 * time.Millisecond, most: 50 * time.Millisecond}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

// userToken gives the token source of a stream that may subscribe some topics.
func userToken(t *testing.T, user belfry.UserID, subscribe ...belfry.Pattern) func(context.Context) (string, error) {
	tokens, err := token.New(t.Context(), token.Options{Secrets: [][]byte{[]byte(testSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	return func(context.Context) (string, error) {
		raw, _, err := tokens.Issue(user, time.Hour, token.Grants{Subscribe: subscribe})
		return raw, err
	}
}

// wire stands between a client and a server and can be cut, or go dead.
type wire struct {
	listener net.Listener
	target   string
	down     atomic.Bool  // nobody gets through
	mute     atomic.Bool  // nothing from the server arrives, and nobody is told
	swallow  atomic.Int32 // answers yet to be lost: the connection is cut in their place
	mu       sync.Mutex
	open     []net.Conn
	conns    sync.WaitGroup
}

func startWire(t *testing.T, target string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, target: target}
	w.conns.Go(w.accept)
	t.Cleanup(func() {
		_ = l.Close()
		w.cut()
		w.conns.Wait()
	})
	return w
}

func (w *wire) url() string { return "http://" + w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		if w.down.Load() {
			_ = near.Close()
			continue
		}
		far, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = near.Close()
			continue
		}
		w.mu.Lock()
		w.open = append(w.open, near, far)
		w.mu.Unlock()
		w.conns.Go(func() {
			_, _ = io.Copy(far, near)
			_ = far.Close()
		})
		w.conns.Go(func() {
			w.relay(near, far)
			_ = near.Close()
		})
	}
}

// relay carries what the server says.
func (w *wire) relay(near, far net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		k, err := far.Read(buf)
		if err != nil || k > 0 && w.swallow.Load() > 0 && w.swallow.Add(-1) >= 0 {
			return
		}
		if w.mute.Load() {
			continue
		}
		if _, err := near.Write(buf[:k]); err != nil {
			return
		}
	}
}

// cut ends every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

// within fails the test when a condition is not met in time.
func within(t *testing.T, d time.Duration, what string, met func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !met(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", d, what)
		}
	}
}
