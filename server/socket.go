package server

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// socket is a hijacked connection. It is written to without blocking where the
// system can, and read without holding a buffer while nothing arrives.
type socket struct {
	conn    net.Conn
	raw     syscall.RawConn // nil when bytes do not go straight to a socket (TLS)
	fd      int             // of raw; good while open is held and shut is false
	closing atomic.Bool
	poller  *poller

	open sync.Mutex // never held while anything waits
	shut bool

	mu    sync.Mutex
	first []byte // goes out before anything else: the response's head, a control frame's rest
	torn  bool   // part of what was last written is still to come
}

// errClosing ends writes on a socket that is being closed.
var errClosing = errors.New("server: the connection is being closed")

// resumer is a connection that goes on when there is something to read.
type resumer interface{ resume() }

var noDeadline time.Time

func (s *socket) init(conn net.Conn, p *poller) {
	s.conn, s.poller = conn, p
	if c, ok := conn.(syscall.Conn); ok && rawIO {
		raw, err := c.SyscallConn()
		if err != nil {
			return // the slow path writes
		}
		if s.fd, err = descriptor(raw); err == nil {
			s.raw = raw
		}
	}
}

// close ends the connection, and whatever waits on it. It may be called twice.
func (s *socket) close() {
	s.open.Lock()
	defer s.open.Unlock()
	if !s.shut {
		s.shut = true
		s.wake()
		s.conn.Close()
	}
}

// park has c resumed when there is something to read; the caller then lets go of
// it. false says that the caller must wait by itself.
func (s *socket) park(c resumer) bool {
	s.open.Lock()
	defer s.open.Unlock()
	return s.raw != nil && !s.shut && !s.closing.Load() && s.poller.watch(s.fd, c)
}

// unpark has a parked connection resumed now.
func (s *socket) unpark() {
	s.open.Lock()
	defer s.open.Unlock()
	if !s.shut {
		s.wake()
	}
}

// wake resumes whoever is parked. s.open is held and the descriptor still ours.
func (s *socket) wake() {
	if s.raw != nil {
		s.poller.resume(s.fd)
	}
}

// writeOpen is writeNow on a descriptor that cannot be closed, and used for
// another connection, meanwhile.
func (s *socket) writeOpen(b []byte) (int, error) {
	s.open.Lock()
	defer s.open.Unlock()
	if s.shut {
		return 0, net.ErrClosed
	}
	return writeNow(s.fd, b)
}

// TryWrite implements hub.Sink.
func (s *socket) TryWrite(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tryWrite(b)
}

// joins are where an answer to the handshake and the first frames become one
// write.
var joins = sync.Pool{New: func() any { return new([]byte) }}

// tryWrite writes what the socket takes at once. What stands first goes out in
// the same write. s.mu is held.
func (s *socket) tryWrite(b []byte) (int, error) {
	if s.raw == nil {
		return 0, nil
	}
	ahead := len(s.first)
	out := b
	if ahead > 0 {
		joined := joins.Get().(*[]byte)
		defer joins.Put(joined)
		*joined = append(append((*joined)[:0], s.first...), b...)
		out = *joined
	}
	n, err := s.writeOpen(out)
	if n < ahead {
		s.first = s.first[n:]
		return 0, err
	}
	s.first = nil
	if n -= ahead; n > 0 {
		s.torn = n < len(b)
	}
	return n, err
}

// Write implements hub.Sink: it goes on as long as the client takes something.
func (s *socket) Write(b []byte, stall time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ahead := s.first; len(ahead) > 0 {
		s.first = nil
		if err := s.write(ahead, stall); err != nil {
			s.torn = true
			return err
		}
	}
	s.torn = true // unless it succeeds
	if err := s.write(b, stall); err != nil {
		return err
	}
	s.torn = false
	return nil
}

// interrupt takes s.mu from a Write that waits for the client, which then fails
// because closing is set.
func (s *socket) interrupt() {
	if !s.mu.TryLock() {
		_ = s.conn.SetWriteDeadline(time.Now()) // fails only when closed
		s.mu.Lock()
	}
}

func (s *socket) write(b []byte, stall time.Duration) error {
	for len(b) > 0 {
		err := s.conn.SetWriteDeadline(time.Now().Add(stall))
		if err != nil {
			return err
		}
		if s.closing.Load() {
			return errClosing
		}
		n, err := s.conn.Write(b)
		b = b[n:]
		if err != nil && (n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return err
		}
	}
	return s.conn.SetWriteDeadline(time.Time{})
}

// readBuffer is where bytes arrive; it is lent only while there are some.
type readBuffer [4096]byte

var readBuffers = sync.Pool{New: func() any { return new(readBuffer) }}

// read waits for bytes and gives them to take, which may change but not keep
// them.
func (s *socket) read(take func([]byte) error) error {
	if s.raw != nil {
		return readWhenReady(s.raw, take)
	}
	in := make([]byte, 512) // a connection under TLS keeps more than that anyway
	n, err := s.conn.Read(in)
	if n > 0 {
		return take(in[:n])
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}
