// Package proxytest stands between a client and a server of a test, on loopback,
// and cuts or freezes the path between them.
package proxytest

import (
	"net"
	"sync"
	"testing"
)

// State is what a path does.
type State int

// The states of a path.
const (
	Passing  State = iota
	Cut            // connections are closed, and new ones at once
	Frozen         // connections stay and carry nothing: a dead network
	Deafened       // the client's bytes arrive, the server's do not
)

// Proxy is a path to one address.
type Proxy struct {
	t      testing.TB
	target string
	listen net.Listener
	ended  sync.WaitGroup

	mu     sync.Mutex
	change sync.Cond
	state  State
	conns  map[net.Conn]struct{}
	closed bool
}

// Start opens a path to an address until the test ends.
func Start(t testing.TB, target string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{t: t, target: target, listen: l, conns: map[net.Conn]struct{}{}}
	p.change.L = &p.mu
	p.ended.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Addr is where the path begins.
func (p *Proxy) Addr() string { return p.listen.Addr().String() }

// Set changes what the path does. What was frozen goes on its way with Passing.
func (p *Proxy) Set(s State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
	if s == Cut {
		p.closeAll()
	}
	p.change.Broadcast()
}

func (p *Proxy) closeAll() {
	for c := range p.conns {
		_ = c.Close() // whatever it says, it is closed
	}
}

func (p *Proxy) close() {
	_ = p.listen.Close()
	p.mu.Lock()
	p.closed = true
	p.closeAll()
	p.change.Broadcast()
	p.mu.Unlock()
	p.ended.Wait()
}

func (p *Proxy) accept() {
	for {
		c, err := p.listen.Accept()
		if err != nil {
			return // closed
		}
		if p.keep(c) {
			p.ended.Go(func() { p.serve(c) })
		}
	}
}

// keep notes a connection, so that it can be cut; false says that it was.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.state == Cut {
		_ = c.Close()
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) drop(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	p.change.Broadcast()
}

func (p *Proxy) serve(client net.Conn) {
	defer p.drop(client)
	if !p.await(client, Deafened) {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil || !p.keep(server) {
		return
	}
	defer p.drop(server)
	var down sync.WaitGroup
	down.Go(func() {
		p.carry(client, server)
		p.drop(client)
		p.drop(server)
	})
	p.carry(server, client, Deafened)
	p.drop(client)
	p.drop(server)
	down.Wait()
}

// carry copies from one end to the other while the path lets it.
func (p *Proxy) carry(to, from net.Conn, also ...State) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !p.await(from, also...) {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// await waits until the path passes, or is in one of the other states; false says
// that the connection was closed meanwhile.
func (p *Proxy) await(c net.Conn, also ...State) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if _, open := p.conns[c]; !open || p.closed || p.state == Cut {
			return false
		}
		if p.state == Passing {
			return true
		}
		for _, s := range also {
			if p.state == s {
				return true
			}
		}
		p.change.Wait()
	}
}
