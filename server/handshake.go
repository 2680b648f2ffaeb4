package server

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"syscall"
	"time"
)

// handshake is one request for a WebSocket: an http.ResponseWriter, and most often
// only an http.Hijacker.
type handshake struct {
	conn     *net.TCPConn
	early    []byte // what the client sent behind its request
	hijacked bool
	header   http.Header
	status   int
	body     bytes.Buffer
}

// serve answers the request, as net/http would.
func (h *handshake) serve(s *Server, r *http.Request) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			s.Logger.Error("a handshake panicked", "panic", p, "stack", string(debug.Stack()))
		}
		if !h.hijacked {
			h.conn.Close()
		}
	}()
	s.ServeHTTP(h, r)
	if !h.hijacked {
		h.answer(r)
	}
}

// Header implements http.ResponseWriter.
func (h *handshake) Header() http.Header {
	if h.header == nil {
		h.header = http.Header{}
	}
	return h.header
}

// WriteHeader implements http.ResponseWriter.
func (h *handshake) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write implements http.ResponseWriter: the answer goes out when it is whole.
func (h *handshake) Write(b []byte) (int, error) {
	if h.hijacked {
		return 0, http.ErrHijacked
	}
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// Hijack implements http.Hijacker. The reader holds what the client has sent.
func (h *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h.hijacked = true
	in := bufio.NewReaderSize(bytes.NewReader(h.early), len(h.early))
	if len(h.early) > 0 {
		_, _ = in.Peek(len(h.early)) // it is there
	}
	return h.conn, bufio.NewReadWriter(in, bufio.NewWriterSize(h.conn, 1)), nil
}

// answer sends a refusal, after which the connection is of no more use.
func (h *handshake) answer(r *http.Request) {
	h.WriteHeader(http.StatusOK)
	h.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	_ = h.conn.SetWriteDeadline(time.Now().Add(closeTimeout)) // fails only when closed: Write finds out
	res := http.Response{
		StatusCode: h.status, ProtoMajor: 1, ProtoMinor: 1, Request: r, Close: true,
		Header: h.header, ContentLength: int64(h.body.Len()), Body: io.NopCloser(&h.body),
	}
	_ = res.Write(h.conn) // a client that left needs no answer
}

// replay is a connection of which the beginning was read already.
type replay struct {
	*net.TCPConn
	rest []byte
}

// Read implements net.Conn.
func (c *replay) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		return c.TCPConn.Read(b)
	}
	n := copy(b, c.rest)
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.rest = nil // the connection may live for days
	}
	return n, nil
}

// SyscallConn implements syscall.Conn: there is no way around what was read.
func (c *replay) SyscallConn() (syscall.RawConn, error) {
	if len(c.rest) > 0 {
		return nil, errors.ErrUnsupported
	}
	return c.TCPConn.SyscallConn()
}
