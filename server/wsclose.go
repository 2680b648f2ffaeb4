package server

import (
	"time"

	"belfry"
	"belfry/hub"
)

// How a WebSocket connection is written to and ended: the hub.Sink of wsConn.

// Transport implements hub.Sink.
func (c *wsConn) Transport() string { return "websocket" }

// Append implements hub.Sink. What many sessions are sent goes out compressed to
// those that agreed to it.
func (c *wsConn) Append(dst []byte, _ string, cursor *[belfry.CursorLen]byte, body []byte, form *hub.Form) []byte {
	op, at := opText, hub.CursorAt
	if form != nil && c.deflate {
		if small := form.Of(body, deflated); small != nil {
			op, at, body = opText|rsv1, len(storedHead)+hub.CursorAt, small
		}
	}
	dst = appendFrameHeader(dst, op, len(body))
	at += len(dst)
	dst = append(dst, body...)
	if cursor != nil {
		copy(dst[at:], cursor[:])
	}
	return dst
}

const pongFrame = `{"cursor":"--------------------------------","type":"pong"}`

// AppendHeartbeat implements hub.Sink: a frame that JavaScript can see.
func (c *wsConn) AppendHeartbeat(dst []byte, cursor *[belfry.CursorLen]byte) []byte {
	return c.Append(dst, "pong", cursor, []byte(pongFrame), nil)
}

// TryWrite implements hub.Sink.
func (c *wsConn) TryWrite(b []byte) (int, error) {
	n, err := c.socket.TryWrite(b)
	c.flushPong()
	return n, err
}

// Write implements hub.Sink.
func (c *wsConn) Write(b []byte, stall time.Duration) error {
	err := c.socket.Write(b, stall)
	c.flushPong()
	return err
}

// Close implements hub.Sink: it sends the close frame if the client is reading,
// and leaves it to the loop to wait for the client's.
func (c *wsConn) Close(code belfry.Code) {
	if code == "" || !c.closing.CompareAndSwap(false, true) {
		c.closing.Store(true)
		c.close()
		return
	}
	c.interrupt()
	defer c.mu.Unlock()
	if c.torn || !c.control(appendClose(nil, belfry.Codes[code].Close, string(code))) {
		c.close()
		return
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(closeTimeout)) // fails only when closed
	c.unpark()
}

// control writes a small frame, false when the client does not take it. c.mu is
// held and nothing is torn.
func (c *wsConn) control(frame []byte) bool {
	if c.raw == nil {
		_ = c.conn.SetWriteDeadline(time.Now().Add(closeTimeout)) // fails only when closed
		_, err := c.conn.Write(frame)
		_ = c.conn.SetWriteDeadline(time.Time{})
		return err == nil
	}
	n, err := c.tryWrite(frame)
	if err == nil && n < len(frame) {
		c.first = append(c.first, frame[n:]...)
		c.torn = false // the rest stands first
	}
	return err == nil && n == len(frame)
}

// answerPing answers a ping with its payload (RFC 6455 section 5.5.3: only the
// latest needs an answer).
func (c *wsConn) answerPing(payload []byte) {
	pong := append(appendFrameHeader(nil, opPong, len(payload)), payload...)
	c.pong.Store(&pong)
	c.flushPong()
}

// flushPong writes the pong that waits, unless somebody is writing, who then
// does it.
func (c *wsConn) flushPong() {
	for c.pong.Load() != nil && c.mu.TryLock() {
		busy := c.torn || len(c.first) > 0
		if !busy {
			if pong := c.pong.Swap(nil); pong != nil {
				c.control(*pong)
			}
		}
		c.mu.Unlock()
		if busy {
			return
		}
	}
}

// echoClose answers the client's close frame with its own status.
func (c *wsConn) echoClose(payload []byte) {
	if !c.closing.CompareAndSwap(false, true) {
		return
	}
	c.interrupt()
	defer c.mu.Unlock()
	if !c.torn && len(payload) <= maxControl {
		c.control(append(appendFrameHeader(nil, opClose, min(len(payload), 2)), payload[:min(len(payload), 2)]...))
	}
}

// fail ends the connection because of what the client did.
func (c *wsConn) fail(e *belfry.Error) {
	if c.session == nil {
		c.refuse(e)
		return
	}
	c.refused = true
	_ = c.conn.SetReadDeadline(time.Now().Add(2 * closeTimeout)) // fails only when closed
	c.session.Close(e.Code, e.RetryAfter)
}

// refuse tells a client that has no session why it gets none.
func (c *wsConn) refuse(e *belfry.Error) {
	c.refused = true
	info := belfry.Codes[e.Code]
	out := c.Append(nil, "error", nil, errorFrame("", e), nil)
	if info.Retry {
		out = c.Append(out, "bye", nil, byeFrame(e), nil)
	}
	out = appendClose(out, info.Close, string(e.Code))
	if c.Write(out, closeTimeout) != nil {
		c.close()
		return
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(closeTimeout)) // fails only when closed
}
