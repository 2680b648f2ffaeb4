package bench

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// poll is the driver of plain sockets on Linux: one goroutine reads all of them
// through one epoll instance (epoll(7)), which the runtime's poller watches, so
// that waiting takes neither a thread nor a P.
type poll struct {
	crowd *Crowd
	addr  syscall.Sockaddr
	ipv6  bool
	local bool     // the server is on 127.0.0.1
	opens int      // connections made so far
	file  *os.File // the epoll instance
	fd    int
	byFD  []*session // the ledger's mutex guards it
	done  chan struct{}
}

func newDriver(c *Crowd) (driver, error) {
	if c.target.TLS != nil {
		return newDialer(c), nil
	}
	addr, err := net.ResolveTCPAddr("tcp", c.addr)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create: %w", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	p := &poll{crowd: c, fd: fd, file: os.NewFile(uintptr(fd), "epoll"), done: make(chan struct{})}
	if ip := addr.IP.To4(); ip != nil {
		p.addr = &syscall.SockaddrInet4{Port: addr.Port, Addr: [4]byte(ip)}
	} else {
		p.ipv6, p.addr = true, &syscall.SockaddrInet6{Port: addr.Port, Addr: [16]byte(addr.IP.To16())}
	}
	p.local = addr.IP.Equal(net.IPv4(127, 0, 0, 1))
	raw, err := p.file.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, p.file.Close())
	}
	if err := p.file.SetReadDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("the runtime cannot watch epoll: %w", err), p.file.Close())
	}
	go p.run(raw)
	return p, nil
}

func (p *poll) open(s *session) error {
	family := syscall.AF_INET
	if p.ipv6 {
		family = syscall.AF_INET6
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w (ulimit -n?)", err)
	}
	l := &socket{p, fd}
	err = errors.Join(
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, receiveBuffer),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		p.comeFrom(fd))
	if connErr := syscall.Connect(fd, p.addr); err == nil && connErr != syscall.EINPROGRESS {
		err = connErr
	}
	if err == nil {
		err = syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLOUT | syscall.EPOLLRDHUP, Fd: int32(fd)})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("connect: %w", err), syscall.Close(fd))
	}
	for fd >= len(p.byFD) {
		p.byFD = append(p.byFD, nil)
	}
	p.byFD[fd], s.link = s, l
	return nil
}

// connectionsEach is how many connections in a row come from one address.
const connectionsEach = 4000

// comeFrom spreads the connections to a server of this machine over addresses of
// the loopback. From one address the kernel searches longer and longer for a free
// port after some 14,000, those in TIME_WAIT included, and the cost of a connect
// multiplies.
func (p *poll) comeFrom(fd int) error {
	if !p.local {
		return nil
	}
	n := p.opens / connectionsEach
	p.opens++
	return errors.Join(
		syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1),
		syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, byte(n / 200 % 200), byte(n%200 + 1)}}))
}

func (p *poll) close() {
	_ = p.file.Close()
	<-p.done
}

func (p *poll) run(raw syscall.RawConn) {
	defer close(p.done)
	ready := make([]syscall.EpollEvent, 512)
	buf := make([]byte, 1<<20)
	_ = raw.Read(func(fd uintptr) bool { // it fails when the file is closed, and then all is done
		for {
			n, err := syscall.EpollWait(int(fd), ready, 0)
			if err == syscall.EINTR {
				continue
			}
			if n <= 0 {
				return false
			}
			for _, r := range ready[:n] {
				p.handle(int(r.Fd), r.Events, buf)
			}
		}
	})
}

// handle does what a socket is ready for.
func (p *poll) handle(fd int, ready uint32, buf []byte) {
	p.crowd.ledger.mu.Lock()
	defer p.crowd.ledger.mu.Unlock()
	s := p.byFD[fd]
	if s == nil {
		return
	}
	if s.phase == dialing {
		if ready&(syscall.EPOLLOUT|syscall.EPOLLERR) == 0 {
			return // of a socket that had the same number
		}
		if err := p.greet(s, fd); err != nil {
			p.crowd.lost(s, err)
		}
		return
	}
	if s.stalled && ready&(syscall.EPOLLHUP|syscall.EPOLLERR) == 0 {
		return
	}
	held := copy(buf, s.rest)
	if held == len(buf) {
		p.crowd.lost(s, fmt.Errorf("a frame is larger than %d bytes", len(buf)))
		return
	}
	n, err := syscall.Read(fd, buf[held:])
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
	case err != nil:
		p.crowd.ended(s, err)
	case n == 0:
		p.crowd.ended(s, errGone)
	default:
		p.crowd.read(s, buf[:held+n])
	}
}

// greet sends the opening over a connection that has just been made.
func (p *poll) greet(s *session, fd int) error {
	code, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err == nil && code != 0 {
		err = syscall.Errno(code)
	}
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	s.phase = opening
	if _, err := syscall.Write(fd, s.request()); err != nil {
		return fmt.Errorf("opening: %w", err)
	}
	return p.want(fd, syscall.EPOLLIN|syscall.EPOLLRDHUP)
}

func (p *poll) want(fd int, ready uint32) error {
	return syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_MOD, fd, &syscall.EpollEvent{Events: ready, Fd: int32(fd)})
}

// socket is a connection of the poll.
type socket struct {
	poll *poll
	fd   int
}

func (l *socket) close() {
	l.poll.byFD[l.fd] = nil
	_ = syscall.Close(l.fd) // which also takes it out of the epoll instance
}

func (l *socket) stall(on bool) {
	ready := uint32(syscall.EPOLLIN | syscall.EPOLLRDHUP)
	if on {
		ready = 0
	}
	_ = l.poll.want(l.fd, ready) // it fails for a socket that is gone, which shows by itself
}
