package server

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Upgrades wraps the listener of an http.Server: WebSocket connections it begins
// itself, with the same handler as any other request; all others are accepted
// from it. net/http allocates for each connection what a request with a body, an
// answer and a next request need, and a reconnect storm is ten thousand requests
// that have none of these: a connect or a resume costs a sixth less.
//
// It takes a connection only if the whole request arrives at once, is shorter
// than 4 KiB, and is what a WebSocket client sends. Whatever is unusual or
// encrypted is net/http's, with its limits, from the first byte. A listener that
// is not of Listen, such as one of TLS, is returned as it is.
func (s *Server) Upgrades(l net.Listener) net.Listener {
	line, ok := l.(*listener)
	if !ok || !rawIO {
		return l
	}
	u := &upgrades{
		listener: line, server: s, path: []byte("GET " + s.BasePath + "/v1/ws"),
		others: make(chan accepted), closed: make(chan struct{}), silent: map[*net.TCPConn]struct{}{},
	}
	go u.run()
	return u
}

type upgrades struct {
	*listener
	server *Server
	path   []byte // how a request for a WebSocket begins
	others chan accepted
	closed chan struct{}

	mu     sync.Mutex
	silent map[*net.TCPConn]struct{} // have not sent a request; nil when closed
}

// accepted is an answer of Accept.
type accepted struct {
	net.Conn
	err error
}

// Accept implements net.Listener.
func (l *upgrades) Accept() (net.Conn, error) {
	select {
	case a := <-l.others:
		return a.Conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. It ends the connections that nobody was given.
func (l *upgrades) Close() error {
	err := l.listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silent != nil {
		close(l.closed)
	}
	for conn := range l.silent {
		conn.Close()
	}
	l.silent = nil
	return err
}

func (l *upgrades) run() {
	for {
		conn, err := l.listener.Accept()
		switch {
		case err == nil:
			go l.greet(conn.(*net.TCPConn))
		case !l.give(nil, err):
			return
		}
	}
}

// give has Accept return; false: it is closed.
func (l *upgrades) give(conn net.Conn, err error) bool {
	select {
	case l.others <- accepted{conn, err}:
		return true
	case <-l.closed:
		return false
	}
}

// greet waits for a connection's request, and finds out whose it is.
func (l *upgrades) greet(conn *net.TCPConn) {
	var r *http.Request
	var rest []byte
	err := l.await(conn, func(b []byte) error {
		r, rest = l.upgrade(b)
		return nil
	})
	switch {
	case err != nil:
		conn.Close() // it ended, or said nothing
	case r != nil:
		r.RemoteAddr = conn.RemoteAddr().String()
		(&handshake{conn: conn, early: rest}).serve(l.server, r)
	case !l.give(&replay{conn, rest}, nil):
		conn.Close()
	}
}

// await gives what a connection sends first to take.
func (l *upgrades) await(conn *net.TCPConn, take func([]byte) error) error {
	l.mu.Lock()
	if l.silent == nil {
		l.mu.Unlock()
		return net.ErrClosed
	}
	l.silent[conn] = struct{}{}
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.silent, conn)
	}()
	raw, err := conn.SyscallConn()
	if err == nil {
		err = conn.SetReadDeadline(time.Now().Add(headerTimeout))
	}
	if err == nil {
		err = readWhenReady(raw, take)
	}
	return errors.Join(err, conn.SetReadDeadline(noDeadline))
}

// parsers are what a request is parsed with.
var parsers = sync.Pool{New: func() any { return new(parser) }}

type parser struct {
	src bytes.Reader
	in  bufio.Reader
}

// upgrade parses a request if it is a usual one for a WebSocket; rest is what
// follows it, or all when it is not.
func (l *upgrades) upgrade(b []byte) (r *http.Request, rest []byte) {
	after, ours := bytes.CutPrefix(b, l.path)
	if !ours || !bytes.HasPrefix(after, []byte("?")) && !bytes.HasPrefix(after, []byte(" ")) || !bytes.Contains(after, []byte("\r\n\r\n")) {
		return nil, bytes.Clone(b)
	}
	p := parsers.Get().(*parser)
	defer parsers.Put(p)
	p.src.Reset(b)
	p.in.Reset(&p.src)
	r, err := http.ReadRequest(&p.in)
	if err != nil || !isUpgrade(r) || !usual(r) {
		return nil, bytes.Clone(b)
	}
	if rest = b[len(b)-p.in.Buffered()-p.src.Len():]; len(rest) == 0 {
		return r, nil
	}
	return r, bytes.Clone(rest)
}

// usual says that net/http would hand the request to its handler: it is stricter
// than the parser. Whatever has a body is left to it too.
func usual(r *http.Request) bool {
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(values[0]) || len(values) > 1 {
			return false
		}
	}
	return r.Host != "" && httpguts.ValidHostHeader(r.Host) && r.ContentLength == 0 && r.TransferEncoding == nil && r.Header["Expect"] == nil
}
