package floor

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"syscall"

	"belfry"
)

// Serve listens on an address of the loopback until ctx ends, and says in the log
// where.
func Serve(ctx context.Context, addr string, log *slog.Logger) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s, err := listen(addr)
	if err != nil {
		return err
	}
	defer s.close()
	stop := context.AfterFunc(ctx, func() { _, _ = syscall.Write(s.wake[1], []byte{0}) })
	defer stop()
	log.Info("serving", "addr", s.addr)
	return s.run(ctx)
}

// server is one thread's; nothing of it is locked.
type server struct {
	addr     string
	listener int
	epoll    int
	wake     [2]int          // a pipe that ends the waiting
	clients  map[int]*client // by descriptor
	order    []*client       // who streams, in the order of arrival
	users    map[string]*client
	rev      int64    // of the last to all
	private  int64    // of the last to one
	frames   [][]byte // the last to all, bodies without framing
	scratch  []byte
}

// client is a connection: a publisher's, or, once it streams, a session's.
type client struct {
	fd      int
	streams bool
	sse     bool
	user    string
	rest    []byte // of a request
}

// kept is how many frames to all are kept for who comes back.
const kept = 1000

func listen(addr string) (*server, error) {
	at, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return nil, err
	}
	s := &server{clients: map[int]*client{}, users: map[string]*client{}}
	if s.listener, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	var ip [4]byte
	copy(ip[:], at.IP.To4())
	if s.epoll, err = syscall.EpollCreate1(syscall.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("epoll_create: %w", err)
	}
	err = errors.Join(
		syscall.SetsockoptInt(s.listener, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1),
		syscall.Bind(s.listener, &syscall.SockaddrInet4{Port: at.Port, Addr: ip}),
		syscall.Listen(s.listener, 4096),
		syscall.Pipe2(s.wake[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK),
		s.watch(s.listener), s.watch(s.wake[0]))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	name, err := syscall.Getsockname(s.listener)
	if err != nil {
		return nil, fmt.Errorf("getsockname: %w", err)
	}
	own := name.(*syscall.SockaddrInet4)
	s.addr = net.JoinHostPort(net.IP(own.Addr[:]).String(), strconv.Itoa(own.Port))
	return s, nil
}

func (s *server) watch(fd int) error {
	return syscall.EpollCtl(s.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)})
}

func (s *server) close() {
	for fd := range s.clients {
		_ = syscall.Close(fd)
	}
	for _, fd := range []int{s.listener, s.epoll, s.wake[0], s.wake[1]} {
		_ = syscall.Close(fd)
	}
}

func (s *server) run(ctx context.Context) error {
	ready := make([]syscall.EpollEvent, 256)
	buf := make([]byte, 64<<10)
	for ctx.Err() == nil {
		n, err := syscall.EpollWait(s.epoll, ready, -1)
		if err != nil && err != syscall.EINTR {
			return fmt.Errorf("epoll_wait: %w", err)
		}
		for _, r := range ready[:max(n, 0)] {
			if fd := int(r.Fd); fd == s.listener {
				s.accept()
			} else if c := s.clients[fd]; c != nil {
				s.read(c, buf)
			}
		}
	}
	return nil
}

func (s *server) accept() {
	for {
		fd, _, err := syscall.Accept4(s.listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
		if s.watch(fd) != nil {
			_ = syscall.Close(fd)
			continue
		}
		s.clients[fd] = &client{fd: fd}
	}
}

func (s *server) read(c *client, buf []byte) {
	n, err := syscall.Read(c.fd, buf)
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return
	case err != nil || n == 0:
		s.drop(c)
		return
	case c.streams:
		return // whatever it says
	}
	request := buf[:n]
	if len(c.rest) > 0 {
		c.rest = append(c.rest, request...)
		request = c.rest
	}
	head := bytes.Index(request, []byte("\r\n\r\n"))
	if head < 0 || len(request) < head+4+contentLength(request[:head]) {
		if len(c.rest) == 0 {
			c.rest = bytes.Clone(request)
		}
		return
	}
	c.rest = nil
	if bytes.HasPrefix(request, []byte("GET ")) {
		s.open(c, request[:head])
		return
	}
	s.publish(request[head+4:])
	s.write(c, []byte("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"))
}

func contentLength(head []byte) int {
	_, after, found := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !found {
		return 0
	}
	digits, _, _ := bytes.Cut(after, []byte("\r\n"))
	n, _ := strconv.Atoi(string(digits))
	return n
}

func (s *server) drop(c *client) {
	_ = syscall.Close(c.fd)
	delete(s.clients, c.fd)
	if s.users[c.user] == c {
		delete(s.users, c.user)
	}
	c.fd = -1
}

// open turns a connection into a session's: its answer, its welcome, what it
// missed, and live, in one write.
func (s *server) open(c *client, head []byte) {
	query, _, _ := bytes.Cut(head, []byte(" HTTP/1.1"))
	c.streams, c.sse = true, bytes.HasPrefix(query, []byte("GET /v1/stream"))
	c.user = userOf(parameter(query, "token="))
	s.users[c.user] = c
	if s.order = append(s.order, c); len(s.order) > 2*len(s.clients)+1000 {
		s.forget()
	}
	b := s.scratch[:0]
	if c.sse {
		b = append(b, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/event-stream\r\n\r\n"...)
	} else {
		b = append(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"...)
	}
	b = c.frame(b, "welcome", s.bare("welcome"))
	if cursor, err := belfry.ParseCursor(parameter(query, "cursor=")); err == nil {
		first := s.rev - int64(len(s.frames))
		for i := max(int64(cursor.S)-first, 0); i < int64(len(s.frames)); i++ {
			b = c.frame(b, "notification", s.frames[i])
		}
	}
	b = c.frame(b, "live", s.bare("live"))
	s.scratch = b
	s.write(c, b)
}

// forget takes the sessions that have gone out of the order.
func (s *server) forget() {
	alive := s.order[:0]
	for _, c := range s.order {
		if c.fd >= 0 {
			alive = append(alive, c)
		}
	}
	clear(s.order[len(alive):])
	s.order = alive
}

func parameter(query []byte, name string) string {
	_, after, _ := bytes.Cut(query, []byte(name))
	value, _, _ := bytes.Cut(after, []byte("&"))
	return string(value)
}

// userOf reads whom a token is of. Nothing is verified.
func userOf(token string) string {
	_, rest, _ := bytes.Cut([]byte(token), []byte("."))
	payload, _, _ := bytes.Cut(rest, []byte("."))
	claims := make([]byte, base64.RawURLEncoding.DecodedLen(len(payload)))
	n, _ := base64.RawURLEncoding.Decode(claims, payload)
	return quoted(claims[:n], `"sub":"`)
}

func quoted(b []byte, after string) string {
	_, rest, _ := bytes.Cut(b, []byte(after))
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// publish writes one frame to a user, or to everyone. Its body is the request's,
// with what an item has more.
func (s *server) publish(body []byte) {
	if len(body) < 2 {
		return
	}
	to := body[:min(len(body), 80)]
	all := bytes.Contains(to, []byte(`"all":true`))
	next := &s.private
	if all {
		next = &s.rev
	}
	*next++
	f := s.bare("notification")
	f = append(f[:len(f)-1], `,"op":"created","item":{"id":"019a2f6c-1d2e-7a53-8d0a-5be2a3c1f004","rev":`...)
	f = strconv.AppendInt(f, *next, 10)
	f = append(append(append(f, ','), body[1:]...), '}')
	if !all {
		if c := s.users[quoted(to, `"user":"`)]; c != nil {
			s.scratch = c.frame(s.scratch[:0], "notification", f)
			s.write(c, s.scratch)
		}
		return
	}
	if s.frames = append(s.frames, f); len(s.frames) > kept {
		s.frames = s.frames[len(s.frames)-kept:]
	}
	s.toAll(f)
}

// toAll frames once for each transport and writes to everyone.
func (s *server) toAll(f []byte) {
	ws := (&client{}).frame(nil, "notification", f)
	sse := (&client{sse: true}).frame(nil, "notification", f)
	for _, c := range s.order {
		if c.fd < 0 {
			continue
		}
		if c.sse {
			s.write(c, sse)
		} else {
			s.write(c, ws)
		}
	}
}

// bare is a frame of one kind with the cursor of now.
func (s *server) bare(kind string) []byte {
	cursor := belfry.Cursor{Position: belfry.Position{S: belfry.Rev(s.rev)}}.Encode()
	b := append([]byte(`{"cursor":"`), cursor[:]...)
	b = append(b, `","type":"`...)
	return append(append(b, kind...), `"}`...)
}

// frame appends a body as the client's transport frames it.
func (c *client) frame(b []byte, kind string, body []byte) []byte {
	if c.sse {
		b = append(append(append(b, "event: "...), kind...), "\ndata: "...)
		return append(append(b, body...), "\n\n"...)
	}
	if len(body) < 126 {
		b = append(b, 0x81, byte(len(body)))
	} else {
		b = append(b, 0x81, 126, byte(len(body)>>8), byte(len(body)))
	}
	return append(b, body...)
}

// write tries once: a socket that would block loses it.
func (s *server) write(c *client, b []byte) {
	if _, err := syscall.Write(c.fd, b); err != nil && err != syscall.EAGAIN {
		s.drop(c)
	}
}
