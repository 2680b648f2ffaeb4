package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"belfry"
	"belfry/hub"
)

// stream is GET /v1/stream: the frames as an event stream (WHATWG HTML section
// 9.2). EventSource gives up for ever on anything but 200, so a refusal that
// will pass is a stream that says when to come back and ends.
func (s *Server) stream(a *answer, r *http.Request, _ *caller) error {
	spec, err := s.streamSpec(r)
	if err == nil && r.Method != http.MethodHead {
		err = s.admitOpening(r.Context())
	}
	if err != nil {
		return a.refuseStream(err)
	}
	a.user = spec.User
	h := a.Header()
	h.Set("Content-Type", "text/event-stream")
	h["Cache-Control"] = []string{"no-store, no-transform"}
	h.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		a.WriteHeader(http.StatusOK)
		return nil
	}
	if r.ProtoMajor == 1 {
		return s.streamSocket(a, r, spec)
	}
	return s.streamWriter(a, r, spec)
}

func (s *Server) streamSpec(r *http.Request) (spec hub.Spec, err error) {
	raw, err := s.credential(r, true)
	if err == nil && raw == "" {
		err = belfry.Errorf(belfry.CodeUnauthorized, "send a user token in the Authorization header or as ?token=")
	}
	if err != nil {
		return spec, s.refused(err)
	}
	claims, err := s.checkToken(r.Context(), raw)
	if err != nil {
		return spec, s.refused(err)
	}
	o, err := queryOpening(r, r.URL.Query())
	if err != nil {
		return spec, err
	}
	last := r.Header.Get("Last-Event-ID")
	if last != "" {
		o.Cursor = "" // EventSource repeats the old address for ever
	}
	if spec, err = o.spec(claims); err == nil && last != "" {
		spec.Cursor = lastCursor(last)
	}
	return spec, err
}

// lastCursor reads Last-Event-ID. One that cannot be read is a position of no
// log, so that the client gets a reset: an error would silence it for ever.
func lastCursor(id string) *belfry.Cursor {
	c, err := belfry.ParseCursor(id)
	if err != nil {
		c = belfry.Cursor{}
	}
	return &c
}

// refuseStream answers a refusal: final ones by their status, others by a stream
// of one bye.
func (a *answer) refuseStream(err error) error {
	e := a.server.public(a.request.Context(), err, a.id)
	if !belfry.Codes[e.Code].Retry {
		return e
	}
	h := a.Header()
	h.Set("Content-Type", "text/event-stream")
	h["Cache-Control"] = []string{"no-store, no-transform"}
	a.WriteHeader(http.StatusOK)
	_, _ = a.Write(byeBlock(e)) // a client that left needs no answer
	return nil
}

func byeBlock(e *belfry.Error) []byte {
	wait := e.RetryAfter
	if wait == 0 {
		wait = spread(2 * time.Second)
	}
	e.RetryAfter = wait
	b := strconv.AppendInt([]byte("retry: "), wait.Milliseconds(), 10)
	b = append(b, '\n')
	return appendBlock(b, "bye", nil, byeFrame(e))
}

// retryBlock says how long to wait before a reconnect, differently to each.
func retryBlock() []byte {
	b := strconv.AppendInt([]byte("retry: "), spread(2*time.Second).Milliseconds(), 10)
	return append(b, "\n\n"...)
}

// appendBlock appends one block of an event stream. A line break inside the body
// can only be white space of JSON, and becomes a space.
func appendBlock(dst []byte, kind string, id []byte, body []byte) []byte {
	dst = append(dst, "event: "...)
	dst = append(dst, kind...)
	if id != nil {
		dst = append(dst, "\nid: "...)
		dst = append(dst, id...)
	}
	dst = append(dst, "\ndata: "...)
	at := len(dst)
	dst = append(dst, body...)
	if bytes.ContainsAny(body, "\r\n\x00") {
		for i := at; i < len(dst); i++ {
			if c := dst[i]; c == '\r' || c == '\n' || c == 0 {
				dst[i] = ' '
			}
		}
	}
	return append(dst, "\n\n"...)
}

// blocks is the framing of SSE, the part of a hub.Sink that does not depend on
// the connection.
type blocks struct{}

// Transport implements hub.Sink.
func (blocks) Transport() string { return "sse" }

// Append implements hub.Sink.
func (blocks) Append(dst []byte, kind string, cursor *[belfry.CursorLen]byte, body []byte, _ *hub.Form) []byte {
	if cursor == nil {
		return appendBlock(dst, kind, nil, body)
	}
	at := len(dst) + len("event: ") + len(kind) + len("\nid: ") + belfry.CursorLen + len("\ndata: ") + hub.CursorAt
	dst = appendBlock(dst, kind, cursor[:], body)
	copy(dst[at:], cursor[:])
	return dst
}

// AppendHeartbeat implements hub.Sink. A block without data moves the client's
// last event ID and fires nothing (WHATWG HTML section 9.2.6); the comment keeps
// proxies awake that count bytes.
func (blocks) AppendHeartbeat(dst []byte, cursor *[belfry.CursorLen]byte) []byte {
	dst = append(dst, ":\nid: "...)
	dst = append(dst, cursor[:]...)
	return append(dst, "\n\n"...)
}

// sseConn streams over a connection of its own: HTTP/1, body until close.
type sseConn struct {
	blocks
	socket
	server  *Server
	session *hub.Session
	heard   int // bytes the client sent after its request
}

func (s *Server) streamSocket(a *answer, r *http.Request, spec hub.Spec) error {
	conn, _, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil {
		return err
	}
	a.status = http.StatusOK
	c := &sseConn{server: s}
	c.init(conn, &s.poller)
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n")
	err = a.Header().Write(&head)
	head.WriteString("\r\n")
	head.Write(retryBlock())
	c.first = head.Bytes()
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), openTimeout)
		defer cancel()
		c.session, err = s.Hub.Open(ctx, spec, c)
	}
	if err != nil {
		a.refuseOn(c, s.refusedOpening(err))
		return nil
	}
	if !s.enter() {
		c.leave()
		return nil
	}
	if !c.park(c) {
		go c.resume()
	}
	return nil
}

// refuseOn answers a refusal on a connection that was taken from the HTTP server.
func (a *answer) refuseOn(c *sseConn, err error) {
	defer c.close()
	e := a.server.public(a.request.Context(), err, a.id)
	var head bytes.Buffer
	body := byeBlock(e)
	if belfry.Codes[e.Code].Retry {
		head.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n")
	} else {
		a.status, body = a.problem(e)
		a.Header().Set("Content-Type", "application/problem+json")
		head.WriteString("HTTP/1.1 " + strconv.Itoa(a.status) + " " + http.StatusText(a.status) + "\r\nConnection: close\r\n")
	}
	_ = a.Header().Write(&head) // a buffer takes everything
	head.WriteString("\r\n")
	c.first = nil
	_ = c.Write(append(head.Bytes(), body...), closeTimeout) // a client that left needs no answer
}

// maxHeard is what a client may send on a stream: nothing is expected.
const maxHeard = 4 << 10

// resume implements resumer: it waits for the client to leave.
func (c *sseConn) resume() {
	for c.read(c.take) == nil {
		if c.park(c) {
			return
		}
	}
	c.leave()
	c.server.sockets.Done()
}

func (c *sseConn) leave() {
	c.session.Gone()
	c.close()
}

func (c *sseConn) take(b []byte) error {
	if c.heard += len(b); c.heard > maxHeard {
		return errors.New("server: a client talks on an event stream")
	}
	return nil
}

// Close implements hub.Sink.
func (c *sseConn) Close(belfry.Code) {
	c.closing.Store(true)
	c.close()
}

// sseWriter streams over an HTTP/2 stream.
type sseWriter struct {
	blocks
	mu    sync.Mutex
	w     http.ResponseWriter
	rc    *http.ResponseController
	ended bool
	done  chan struct{}
	once  sync.Once
}

func (s *Server) streamWriter(a *answer, r *http.Request, spec hub.Spec) error {
	c := &sseWriter{w: a, rc: http.NewResponseController(a.ResponseWriter), done: make(chan struct{})}
	a.WriteHeader(http.StatusOK)
	_, _ = a.Write(retryBlock()) // a client that left shows in the context
	session, err := s.Hub.Open(r.Context(), spec, c)
	if err != nil {
		_, _ = a.Write(byeBlock(s.public(r.Context(), s.refusedOpening(err), a.id)))
		return nil
	}
	select {
	case <-r.Context().Done():
	case <-c.done:
	}
	session.Gone()
	c.mu.Lock() // nobody writes after the handler has returned
	c.ended = true
	c.mu.Unlock()
	return nil
}

// TryWrite implements hub.Sink: this transport cannot try.
func (c *sseWriter) TryWrite([]byte) (int, error) { return 0, nil }

// Write implements hub.Sink.
func (c *sseWriter) Write(b []byte, stall time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return errClosing
	}
	for len(b) > 0 {
		part := b[:min(len(b), 16<<10)]
		if err := c.rc.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return err
		}
		if _, err := c.w.Write(part); err != nil {
			return err
		}
		if err := c.rc.Flush(); err != nil {
			return err
		}
		b = b[len(part):]
	}
	return nil
}

// Close implements hub.Sink.
func (c *sseWriter) Close(belfry.Code) { c.once.Do(func() { close(c.done) }) }
