package server

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/internal/token"
)

// Times of a connection.
const (
	authTimeout  = 8 * time.Second  // for the first frame, when the upgrade carried no credential
	frameTimeout = 30 * time.Second // for the rest of a frame that has begun
	closeTimeout = 2 * time.Second  // for the client's half of the closing handshake
	openTimeout  = 15 * time.Second // for the store to open a session
	maxPending   = 4096             // connections that have not said who they are
)

// wsConn is one WebSocket connection: the socket, the sink of its session, and
// what reads it. While it is idle it owns no buffer and, where the system allows
// it, no goroutine.
type wsConn struct {
	socket
	server   *Server
	session  *hub.Session  // nil until the client has said who it is
	grants   *token.Grants // of the session
	opening  *opening      // of the upgrade, until there is a session
	deframer *deframer     // while there is part of a frame
	budget   *budget       // made at the first frame
	pong     atomic.Pointer[[]byte]
	deflate  bool // permessage-deflate was agreed on: all that it costs while idle
	timed    bool // a frame has begun and must end in time
	refused  bool // nothing the client says matters any more
}

// webSocket is GET /v1/ws. A valid upgrade is always accepted, because a browser
// does not show its page why an upgrade was refused: what is wrong is told in an
// error frame and by the close code.
func (s *Server) webSocket(a *answer, r *http.Request, _ *caller) error {
	if !isUpgrade(r) {
		a.Header().Set("Upgrade", "websocket")
		a.Header().Set("Sec-WebSocket-Version", "13")
		return belfry.Errorf(belfry.CodeUpgradeRequired, "this address speaks WebSocket (RFC 6455, version 13); for plain HTTP use /v1/stream or /v1/changes")
	}
	accept, err := acceptKey(r.Header.Get("Sec-WebSocket-Key"))
	if err != nil {
		return err
	}
	spec, refusal := s.upgradeSpec(r)
	c := &wsConn{server: s, opening: &spec.opening}
	extensions := c.extensions(r.Header["Sec-Websocket-Extensions"])
	early, err := c.hijack(a)
	if err != nil {
		return err
	}
	a.status = http.StatusSwitchingProtocols
	c.first = []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + extensions + "\r\nX-Request-Id: " + a.id + "\r\n\r\n")
	switch {
	case refusal != nil:
		c.refuse(s.public(r.Context(), refusal, a.id))
	case spec.claims != nil:
		a.user = spec.claims.User
		if err := c.open(r.Context(), spec.claims, spec.Spec); err != nil {
			c.refuse(s.public(r.Context(), err, a.id))
		}
	default:
		c.awaitAuth()
	}
	if !s.enter() {
		c.leave()
		return nil
	}
	if len(early) > 0 || !c.idle() {
		go c.begin(early)
	}
	return nil
}

// upgradeSpec is what the upgrade itself says: the opening, and the session when
// it carries a credential.
type upgradeSpec struct {
	opening opening
	claims  *token.Claims // nil: a first frame must tell
	hub.Spec
}

func (s *Server) upgradeSpec(r *http.Request) (u upgradeSpec, err error) {
	if u.opening, err = queryOpening(r, r.URL.Query()); err != nil {
		return u, err
	}
	raw, err := s.credential(r, true)
	if err != nil || raw == "" {
		return u, s.refusedIf(err)
	}
	claims, err := s.checkToken(r.Context(), raw)
	if err != nil {
		return u, s.refused(err)
	}
	if u.Spec, err = u.opening.spec(claims); err != nil {
		return u, err
	}
	u.claims = claims
	return u, s.admitOpening(r.Context())
}

func (s *Server) refusedIf(err error) error {
	if err != nil {
		s.refused(err)
	}
	return err
}

// isUpgrade says whether the request asks for WebSocket (RFC 6455 section 4.2.1).
func isUpgrade(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoMajor == 1 && r.ProtoMinor >= 1 &&
		hasToken(r.Header["Connection"], "upgrade") && hasToken(r.Header["Upgrade"], "websocket") &&
		r.Header.Get("Sec-WebSocket-Version") == "13"
}

func hasToken(values []string, want string) bool {
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), want) {
				return true
			}
		}
	}
	return false
}

// acceptKey answers the client's nonce (RFC 6455 section 4.2.2).
func acceptKey(key string) (string, error) {
	if nonce, err := base64.StdEncoding.DecodeString(key); err != nil || len(nonce) != 16 {
		return "", belfry.Errorf(belfry.CodeMalformed, "Sec-WebSocket-Key must be 16 bytes in base64 (RFC 6455 section 4.1)")
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// hijack takes the connection from the HTTP server and leaves nothing of it
// behind. early is what the client has sent already.
func (c *wsConn) hijack(a *answer) (early []byte, err error) {
	conn, buf, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err != nil {
		return nil, err
	}
	c.init(conn, &c.server.poller)
	if n := buf.Reader.Buffered(); n > 0 {
		early = make([]byte, n)
		_, err = buf.Read(early)
	}
	return early, err
}

// open begins the session. The welcome frame follows from the hub.
func (c *wsConn) open(ctx context.Context, claims *token.Claims, spec hub.Spec) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	session, err := c.server.Hub.Open(ctx, spec, c)
	if err != nil {
		return c.server.refusedOpening(err)
	}
	c.session, c.opening, c.grants = session, nil, granted(claims)
	return nil
}

var noGrants token.Grants

// granted is what a session remembers of a token: most grant nothing and share
// one.
func granted(c *token.Claims) *token.Grants {
	if c.Empty() {
		return &noGrants
	}
	g := c.Grants
	return &g
}

// refusedOpening counts what the hub refused because of the credential.
func (s *Server) refusedOpening(err error) error {
	if belfry.ErrorCode(err) == belfry.CodeLoggedOut {
		s.refused(err)
	}
	return err
}

// awaitAuth lets the client say who it is in its first frame.
func (c *wsConn) awaitAuth() {
	s := c.server
	s.mu.Lock()
	full := len(s.pending) >= maxPending || s.closed
	if !full {
		s.pending[c] = struct{}{}
	}
	s.mu.Unlock()
	if full {
		s.Meter.Limited("pending")
		c.refuse(&belfry.Error{Code: belfry.CodeTooManySessions, Detail: "too many connections have not said who they are; come back a little later", RetryAfter: spread(openWait)})
		return
	}
	_ = c.Write(nil, closeTimeout)                          // the head of the answer; the loop finds out when it fails
	_ = c.conn.SetReadDeadline(time.Now().Add(authTimeout)) // fails only when closed: the loop finds out
}

// known ends the wait of awaitAuth.
func (c *wsConn) known() {
	if c.opening == nil {
		return // it did not wait
	}
	c.server.mu.Lock()
	delete(c.server.pending, c)
	c.server.mu.Unlock()
}

// begin reads on from what the client sent with its upgrade.
func (c *wsConn) begin(early []byte) {
	var err error
	if len(early) > 0 {
		err = c.take(early)
	}
	c.loop(err)
}

// resume implements resumer.
func (c *wsConn) resume() { c.loop(c.read(c.take)) }

// loop reads until the connection ends or is idle.
func (c *wsConn) loop(err error) {
	for err == nil || c.goesOn(err) {
		if c.idle() {
			return
		}
		err = c.read(c.take)
	}
	c.end()
}

// idle parks a connection on which nothing is under way.
func (c *wsConn) idle() bool { return c.session != nil && !c.refused && !c.timed && c.park(c) }

// end lets go of everything.
func (c *wsConn) end() {
	c.leave()
	c.server.sockets.Done()
}

func (c *wsConn) leave() {
	c.known()
	if c.session != nil {
		c.session.Gone()
	}
	c.close()
}

// errClosed ends the loop after the closing handshake.
var errClosed = errors.New("server: the client has closed the connection")

// goesOn says whether to read on after an error: only to let a client that was
// refused read why.
func (c *wsConn) goesOn(err error) bool {
	var e *belfry.Error
	switch {
	case c.refused || c.closing.Load():
		return false
	case errors.As(err, &e):
		c.fail(e)
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return false
	case c.session == nil:
		c.refuse(belfry.Errorf(belfry.CodeAuthTimeout, "no auth frame came within %s", authTimeout))
		c.server.Meter.AuthFailed(belfry.CodeAuthTimeout)
	default:
		c.fail(belfry.Errorf(belfry.CodeProtocol, "a frame did not arrive whole within %s", frameTimeout))
	}
	return true
}

// take handles bytes as they arrive.
func (c *wsConn) take(b []byte) error {
	if c.refused {
		return nil
	}
	d := c.deframer
	if d == nil {
		d = &deframer{inflates: c.deflate}
	}
	err := d.feed(b, c.frame)
	if c.deframer = nil; d.pending() {
		c.deframer = d
	}
	if c.session == nil || c.refused || c.closing.Load() || err != nil {
		return err
	}
	if pending := c.deframer != nil; pending != c.timed {
		c.timed = pending
		by := time.Time{}
		if pending {
			by = time.Now().Add(frameTimeout)
		}
		return c.readBy(by)
	}
	return nil
}

// readBy bounds the wait for what is to be read. A close that came in between
// has set its own bound, which must stay.
func (c *wsConn) readBy(t time.Time) error {
	err := c.conn.SetReadDeadline(t)
	if c.closing.Load() {
		err = c.conn.SetReadDeadline(time.Now().Add(closeTimeout))
	}
	return err
}

// frame handles one whole frame.
func (c *wsConn) frame(op opcode, payload []byte) error {
	if op == opClose {
		c.echoClose(payload)
		return errClosed
	}
	if c.closing.Load() {
		return nil
	}
	allowed, err := c.allow()
	switch {
	case err != nil:
		return err
	case op == opPing && allowed:
		c.answerPing(payload)
	case op == opText || op == opBinary:
		c.text(op, payload, allowed)
	}
	return nil
}

// recovered ends the session, and no other, when the handling of a frame panics.
func (c *wsConn) recovered() {
	if p := recover(); p != nil {
		c.server.Logger.Error("a frame made a handler panic", "panic", p, "stack", string(debug.Stack()))
		c.fail(belfry.Errorf(belfry.CodeInternal, "something went wrong here"))
	}
}
