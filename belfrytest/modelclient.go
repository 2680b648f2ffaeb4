package belfrytest

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"belfry"
	"belfry/hub"
)

// wire is the far end of one session: it takes as many bytes as it is let, cuts
// frames wherever that falls, and hands whole frames to its client.
type wire struct {
	mu     sync.Mutex
	room   int // bytes it takes; below 0: any
	bytes  []byte
	closed bool
	wake   chan struct{}
}

func newWire(room int) *wire { return &wire{room: room, wake: make(chan struct{}, 1)} }

var errCut = errors.New("the wire is cut")

func (w *wire) Transport() string { return "wire" }

func (w *wire) Append(dst []byte, _ string, cursor *[belfry.CursorLen]byte, body []byte, _ *hub.Form) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(body)))
	at := len(dst) + hub.CursorAt
	dst = append(dst, body...)
	if cursor != nil {
		copy(dst[at:], cursor[:])
	}
	return dst
}

func (w *wire) AppendHeartbeat(dst []byte, cursor *[belfry.CursorLen]byte) []byte {
	return w.Append(dst, "pong", cursor, []byte(`{"cursor":"--------------------------------","type":"pong"}`), nil)
}

func (w *wire) TryWrite(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, errCut
	}
	n := len(b)
	if w.room >= 0 {
		n = min(n, w.room)
		w.room -= n
	}
	w.bytes = append(w.bytes, b[:n]...)
	return n, nil
}

func (w *wire) Write(b []byte, _ time.Duration) error {
	for {
		n, err := w.TryWrite(b)
		if err != nil {
			return err
		}
		if b = b[n:]; len(b) == 0 {
			return nil
		}
		<-w.wake
	}
}

func (w *wire) Close(belfry.Code) {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.poke()
}

func (w *wire) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// give lets the wire take so many bytes more, any number when n is below 0, none
// when it is 0.
func (w *wire) give(n int) {
	w.mu.Lock()
	switch {
	case n <= 0:
		w.room = n
	case w.room >= 0:
		w.room += n
	}
	w.mu.Unlock()
	w.poke()
}

func (w *wire) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// has says whether a whole frame has come over.
func (w *wire) has() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.bytes) >= 4 && len(w.bytes) >= 4+int(binary.BigEndian.Uint32(w.bytes))
}

// next is the next whole frame that came over, nil when there is none.
func (w *wire) next() []byte {
	if !w.has() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 4 + int(binary.BigEndian.Uint32(w.bytes))
	body := w.bytes[4:n]
	w.bytes = w.bytes[n:]
	return body
}

// modelClient is one tab: what it shows, its connection, the clicks that have
// not arrived yet and the pages that are on their way to it.
type modelClient struct {
	*Replica
	name    string
	wire    *wire // nil: not connected
	node    *node
	opening chan opened // the answer to a connect that is under way
	session *hub.Session
	clicks  []click
	pages   []*Page
	ahead   belfry.Position // a page has shown what is up to here
}

type opened struct {
	session *hub.Session
	err     error
}

// click is a mark on its way, and what its user had before their eyes.
type click struct {
	mark belfry.Mark
	upTo belfry.Position
}

// connect begins a session where the client stands.
func (c *modelClient) connect(n *node, room int, batch time.Duration) {
	c.node, c.wire, c.opening = n, newWire(room), make(chan opened, 1)
	spec := hub.Spec{User: c.User, Items: belfry.MaxItems, Batch: batch}
	if c.Window > 0 {
		spec.Items = c.Window
	}
	if c.Cursor != "" {
		at := c.At
		spec.Cursor = &at
	}
	answer, w := c.opening, c.wire
	go func() {
		s, err := n.Open(ctx, spec, w)
		answer <- opened{s, err}
	}()
}

// cut ends the connection; what was on the wire is lost.
func (c *modelClient) cut() {
	if c.wire == nil {
		return
	}
	c.wire.Close("")
	answer, session := c.opening, c.session
	if session != nil {
		session.Gone()
	} else {
		go func() { // an opening that is under way finds its client gone
			if o := <-answer; o.session != nil {
				o.session.Gone()
			}
		}()
	}
	c.wire, c.session, c.opening, c.node = nil, nil, nil, nil
}

func (c *modelClient) begun() bool     { return c.Cursor != "" }
func (c *modelClient) connected() bool { return c.wire != nil }
func (c *modelClient) hasFrames() bool { return c.wire != nil && c.wire.has() }

// settledDown says that the client needs nothing but time to be caught up: no
// ring is lost.
func (c *modelClient) settledDown() bool { return c.session != nil && c.node.bus.whole() }

func (c *modelClient) receivePage() {
	c.Receive(c.pages[0])
	c.pages = c.pages[1:]
}

// settled notes the answer to a connect, if there is one.
func (c *modelClient) settled() error {
	if c.opening == nil || c.session != nil {
		return nil
	}
	select {
	case o := <-c.opening:
		c.session = o.session
		return o.err
	default:
		return nil
	}
}
