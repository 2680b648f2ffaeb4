package e2e

import (
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// balancer is a load balancer as people run one: it sends each new connection to
// any node whose /readyz says so, and knows nothing of sessions.
type balancer struct {
	listen net.Listener
	probe  http.Client
	quit   chan struct{}
	tasks  sync.WaitGroup

	mu    sync.Mutex
	ready map[string]bool // address → takes connections
	conns map[net.Conn]struct{}
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{
		listen: l, probe: http.Client{Timeout: time.Second}, quit: make(chan struct{}),
		ready: map[string]bool{}, conns: map[net.Conn]struct{}{},
	}
	b.tasks.Go(b.accept)
	b.tasks.Go(b.watch)
	t.Cleanup(b.close)
	return b
}

func (b *balancer) url() string { return "http://" + b.listen.Addr().String() }

// add lets a node be asked whether it is ready.
func (b *balancer) add(addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready[addr] = false
}

func (b *balancer) remove(addr string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.ready, addr)
}

func (b *balancer) close() {
	close(b.quit)
	_ = b.listen.Close()
	b.mu.Lock()
	for c := range b.conns {
		_ = c.Close()
	}
	b.mu.Unlock()
	b.tasks.Wait()
	b.probe.CloseIdleConnections()
}

func (b *balancer) addrs(ready bool) (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for addr, is := range b.ready {
		if is || !ready {
			all = append(all, addr)
		}
	}
	return all
}

// watch asks every node four times a second.
func (b *balancer) watch() {
	for {
		var asking sync.WaitGroup
		for _, addr := range b.addrs(false) {
			asking.Go(func() {
				is := b.isReady(addr)
				b.mu.Lock()
				defer b.mu.Unlock()
				if _, known := b.ready[addr]; known {
					b.ready[addr] = is
				}
			})
		}
		asking.Wait()
		select {
		case <-b.quit:
			return
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func (b *balancer) isReady(addr string) bool {
	res, err := b.probe.Get("http://" + addr + "/readyz")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}

func (b *balancer) accept() {
	for {
		c, err := b.listen.Accept()
		if err != nil {
			return // closed
		}
		b.tasks.Go(func() { b.serve(c) })
	}
}

// serve carries a connection to a ready node; with none it is closed, as with a
// proxy that answers 502.
func (b *balancer) serve(client net.Conn) {
	defer b.drop(client)
	nodes := b.addrs(true)
	if !b.keep(client) || len(nodes) == 0 {
		return
	}
	node, err := net.DialTimeout("tcp", nodes[rand.N(len(nodes))], time.Second)
	if err != nil || !b.keep(node) {
		return
	}
	defer b.drop(node)
	var back sync.WaitGroup
	back.Go(func() {
		carry(client, node) // its end is the end of the connection
		b.drop(client)
	})
	carry(node, client)
	b.drop(node)
	back.Wait()
}

// carry copies with a small buffer and without splice(2), whose pipes would cost
// four files a connection.
func carry(to, from net.Conn) {
	_, _ = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 4<<10)) // it ends with the connection
}

func (b *balancer) keep(c net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.quit:
		_ = c.Close()
		return false
	default:
		b.conns[c] = struct{}{}
		return true
	}
}

func (b *balancer) drop(c net.Conn) {
	_ = c.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.conns, c)
}
