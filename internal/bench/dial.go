package bench

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// dialer is the driver that works everywhere and under TLS: a goroutine and a
// small buffer a session.
type dialer struct {
	crowd   *Crowd
	tls     *tls.Config // nil: plain
	ctx     context.Context
	cancel  context.CancelFunc
	readers sync.WaitGroup
}

func newDialer(c *Crowd) *dialer {
	host, _, _ := net.SplitHostPort(c.addr)
	d := &dialer{crowd: c, tls: c.target.secure(host)}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

func (d *dialer) open(s *session) error {
	l := &dialed{}
	l.cond.L = &d.crowd.ledger.mu
	s.link = l
	d.readers.Go(func() { d.run(s, l) })
	return nil
}

func (d *dialer) close() {
	d.cancel()
	d.readers.Wait()
}

// dialTimeout bounds one opening, until the replay is over.
const dialTimeout = 30 * time.Second

func (d *dialer) run(s *session, l *dialed) {
	mu := &d.crowd.ledger.mu
	err := d.dial(s, l)
	buf := make([]byte, 2<<10)
	for held := 0; err == nil; {
		n, readErr := l.conn.Read(buf[held:])
		mu.Lock()
		if s.link != l {
			mu.Unlock()
			return
		}
		d.crowd.read(s, buf[:held+n])
		held = copy(buf, s.rest)
		for s.stalled && s.link == l {
			l.cond.Wait()
		}
		mu.Unlock()
		if held == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
		err = readErr
	}
	mu.Lock()
	defer mu.Unlock()
	if s.link == l {
		d.crowd.ended(s, err)
	}
}

// dial connects and sends the opening.
func (d *dialer) dial(s *session, l *dialed) error {
	ctx, cancel := context.WithTimeout(d.ctx, dialTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.crowd.addr)
	if err != nil {
		return err
	}
	if err := conn.(*net.TCPConn).SetReadBuffer(receiveBuffer); err != nil {
		return err
	}
	if d.tls != nil {
		secure := tls.Client(conn, d.tls)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return err
		}
		conn = secure
	}
	mu := &d.crowd.ledger.mu
	mu.Lock()
	if s.link != l {
		mu.Unlock()
		_ = conn.Close()
		return errGone
	}
	l.conn, s.phase = conn, opening
	request := s.request()
	mu.Unlock()
	_, err = conn.Write(request)
	return err
}

// receiveBuffer is what the kernel holds for a session that does not read.
const receiveBuffer = 64 << 10

// dialed is a connection of the dialer.
type dialed struct {
	conn net.Conn // nil while it is dialed
	cond sync.Cond
}

func (l *dialed) close() {
	if l.conn != nil {
		_ = l.conn.Close()
	}
	l.cond.Broadcast()
}

func (l *dialed) stall(bool) { l.cond.Broadcast() }
