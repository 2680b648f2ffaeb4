package server

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"time"
)

// Listen listens on a TCP address for a Server, in a way that a reconnect storm
// neither overflows nor starves.
//
// The kernel keeps at most somaxconn connections (4,096 on Linux) that nobody has
// accepted, and drops what comes above: that client tries again after a second,
// then after two more. net/http starts a goroutine for each connection and
// accepts the next ones when the scheduler comes round to it, which is behind all
// of these: ten thousand at once overflow. So here connections are taken from the
// kernel as they come, and handed out few at a time, each few after those before
// them had their turn. That also keeps the line short in which publishers and
// deliveries stand.
func Listen(addr string) (net.Listener, error) {
	config := net.ListenConfig{KeepAlive: -1} // heartbeats and IdleTimeout find the dead, and a connect is cheaper by four system calls
	inner, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, err
	}
	l := &listener{TCPListener: inner.(*net.TCPListener)}
	l.changed.L = &l.mu
	go l.take()
	return l, nil
}

// handEvery is how many connections are handed out in a row: each takes some
// 50 µs until its session is open.
const handEvery = 16

// A storm is stormRun connections within stormSpan; while it lasts the kernel's
// queue is looked at every stormLook.
const (
	stormRun  = 64
	stormSpan = 100 * time.Millisecond
	stormLook = time.Millisecond
)

// storm accepts so that a storm does not overflow the kernel's queue. The runtime
// asks which sockets are ready when nothing else is to do, 128 at a time and those
// first that were ready first, so that the listening one would wait behind
// thousands of new connections. A timer is never late for so long.
type storm struct {
	taken int
	since time.Time // when the run began
	until time.Time // there is a storm up to then
}

func (s *storm) accept(l *net.TCPListener) (net.Conn, error) {
	for {
		conn, err := l.Accept()
		if err == nil {
			s.came(l)
			return conn, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		look := time.Now().Add(stormLook)
		if look.After(s.until) {
			look = noDeadline
		}
		_ = l.SetDeadline(look) // fails only when closed: Accept finds out
	}
}

// came counts a connection.
func (s *storm) came(l *net.TCPListener) {
	if s.taken++; s.taken%stormRun != 0 {
		return
	}
	now := time.Now()
	if now.Sub(s.since) < stormSpan {
		s.until = now.Add(stormSpan)
		_ = l.SetDeadline(now.Add(stormLook)) // as above
	}
	s.since = now
}

type listener struct {
	*net.TCPListener
	storm storm

	mu      sync.Mutex
	changed sync.Cond
	waiting []net.Conn // taken from the kernel, not yet handed out
	err     error      // of the kernel, not yet told
	handed  int
	closed  bool
}

// take moves connections out of the kernel's queue until the listener is closed.
// After a failure it goes on when it was told to whoever accepts, who decides
// how soon to try again.
func (l *listener) take() {
	for {
		conn, err := l.storm.accept(l.TCPListener)
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			if conn != nil {
				conn.Close()
			}
			return
		}
		if l.err = err; err == nil {
			l.waiting = append(l.waiting, conn)
		}
		l.changed.Broadcast()
		for l.err != nil && !l.closed {
			l.changed.Wait()
		}
		l.mu.Unlock()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.handed++; l.handed%handEvery == 0 {
		l.mu.Unlock()
		runtime.Gosched()
		l.mu.Lock()
	}
	for len(l.waiting) == 0 && l.err == nil && !l.closed {
		l.changed.Wait()
	}
	switch {
	case l.closed:
		return nil, net.ErrClosed
	case len(l.waiting) == 0:
		err := l.err
		l.err = nil
		l.changed.Broadcast()
		return nil, err
	}
	conn := l.waiting[0]
	l.waiting[0] = nil
	if l.waiting = l.waiting[1:]; len(l.waiting) == 0 {
		l.waiting = nil
	}
	return conn, nil
}

// Close implements net.Listener. It ends the connections that were not handed out.
func (l *listener) Close() error {
	err := l.TCPListener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, conn := range l.waiting {
		conn.Close()
	}
	l.waiting = nil
	l.changed.Broadcast()
	return err
}
