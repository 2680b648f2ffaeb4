package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/time/rate"

	"belfry"
)

// What a client may say over WebSocket. Members that are not known are ignored.

// envelope is what every frame has.
type envelope struct {
	Type string `json:"type"`
	Ref  string `json:"ref"`
}

// maxRef is the size of a ref in bytes: it comes back in the answer.
const maxRef = 128

// storeTimeout bounds what one frame makes the store do.
const storeTimeout = 10 * time.Second

// budget is what one session may send.
type budget struct {
	frames   *rate.Limiter
	patience *rate.Limiter // refusals before the connection is closed
}

// allow takes one frame off the client's budget. An error says that it has been
// over it for too long.
func (c *wsConn) allow() (bool, error) {
	s := c.server
	if s.clients.rate == rate.Inf {
		return true, nil
	}
	if c.budget == nil {
		c.budget = &budget{rate.NewLimiter(s.clients.rate, s.clients.burst), rate.NewLimiter(10, 200)}
	}
	if c.budget.frames.Allow() {
		return true, nil
	}
	s.Meter.Limited(s.clients.scope)
	if c.budget.patience.Allow() {
		return false, nil
	}
	return false, &belfry.Error{Code: belfry.CodeRateLimited, Detail: "too many frames for too long (client-rate)", RetryAfter: spread(openWait)}
}

// text handles one frame from the client.
func (c *wsConn) text(op opcode, payload []byte, allowed bool) {
	defer c.recovered()
	var e envelope
	err := error(belfry.Errorf(belfry.CodeMalformed, "a binary frame came; send JSON as text"))
	if op == opText {
		err = decodeFrame(payload, &e)
	}
	if err == nil && len(e.Ref) > maxRef {
		e.Ref, err = "", belfry.Invalid("/ref", "too_long", "at most %d bytes", maxRef)
	}
	if err == nil && !allowed {
		err = &belfry.Error{Code: belfry.CodeRateLimited, Detail: "too many frames (client-rate); slow down", RetryAfter: time.Second}
	}
	if c.session == nil {
		c.authenticate(e, payload, err)
		return
	}
	if err == nil {
		err = c.dispatch(e, payload)
	}
	if err != nil {
		c.reply(errorFrame(e.Ref, c.server.public(context.Background(), err, c.session.ID())))
	}
}

// reply sends an answer, waiting while the client does not read. It fails only
// when the session has ended, which the loop finds out.
func (c *wsConn) reply(body []byte) { _ = c.session.Reply(body) }

func (c *wsConn) dispatch(e envelope, payload []byte) error {
	switch e.Type {
	case "ping":
		c.session.Pong()
		return nil
	case "subscribe", "unsubscribe":
		return c.subscribe(e, payload)
	case "mark":
		return c.mark(e, payload)
	case "publish":
		return c.publish(e, payload)
	case "signal":
		return c.signal(e, payload)
	case "auth":
		return c.renew(e, payload)
	case "":
		return belfry.Invalid("/type", "required", "a frame says what it is: auth, subscribe, unsubscribe, mark, publish, signal, ping")
	}
	return belfry.Invalid("/type", "unknown", "%.40q is no frame of this protocol", validText(e.Type))
}

// authenticate handles the first frame of a connection whose upgrade carried no
// credential.
func (c *wsConn) authenticate(e envelope, payload []byte, err error) {
	c.known()
	if err == nil && e.Type != "auth" {
		err = belfry.Errorf(belfry.CodeUnauthorized, "the first frame is auth, with a token")
	}
	if err == nil {
		err = c.auth(payload)
	}
	if err != nil {
		c.refuse(c.server.public(context.Background(), err, "websocket"))
	}
}

func (c *wsConn) auth(payload []byte) error {
	s := c.server
	frame := struct {
		Token string `json:"token"`
		opening
	}{opening: *c.opening}
	if err := decodeFrame(payload, &frame); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	claims, err := s.checkToken(ctx, frame.Token)
	if err != nil {
		return s.refused(err)
	}
	spec, err := frame.opening.spec(claims)
	if err != nil {
		return err
	}
	if err := s.admitOpening(ctx); err != nil {
		return err
	}
	if err := c.readBy(time.Time{}); err != nil {
		return err
	}
	return c.open(ctx, claims, spec)
}

// renew takes a newer token of the same user, before the old one ends.
func (c *wsConn) renew(e envelope, payload []byte) error {
	var frame struct {
		Token string `json:"token"`
	}
	if err := decodeFrame(payload, &frame); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	claims, err := c.server.checkToken(ctx, frame.Token)
	if err == nil {
		err = c.server.checkLogout(ctx, claims)
	}
	switch {
	case err != nil:
		return c.server.refused(err)
	case claims.User != c.session.User():
		return belfry.Errorf(belfry.CodeForbidden, "the token is another user's; open another connection for them")
	}
	c.grants = granted(claims)
	c.session.Renew(claims.Issued, claims.ExpiresAt)
	b := append(okFrame(e.Ref), `,"tokenExpiresAt":`...)
	c.reply(append(belfry.TimeOf(claims.ExpiresAt).AppendJSON(b), '}'))
	return nil
}

func (c *wsConn) subscribe(e envelope, payload []byte) error {
	var frame struct {
		Topic belfry.Topic `json:"topic"`
	}
	if err := decodeFrame(payload, &frame); err != nil {
		return err
	}
	if err := frame.Topic.Validate(); err != nil {
		return belfry.Invalid("/topic", "invalid", "%s", err.(*belfry.Error).Detail)
	}
	if e.Type == "unsubscribe" {
		c.session.Unsubscribe(frame.Topic, e.Ref)
		return nil
	}
	if !c.grants.MaySubscribe(frame.Topic) {
		return notGranted("/topic", frame.Topic)
	}
	c.session.Subscribe(frame.Topic, e.Ref)
	return nil
}

// mark is the same as POST /v1/inbox/marks. Because a frame's type is mark, the
// mark's own type is called notificationType. Without upTo nothing is marked
// that this session was not sent.
func (c *wsConn) mark(e envelope, payload []byte) error {
	var frame struct {
		Type             string      `json:"type"`
		NotificationType belfry.Type `json:"notificationType"`
		belfry.Mark
	}
	if err := decodeFrame(payload, &frame); err != nil {
		return err
	}
	m := frame.Mark
	m.Type = frame.NotificationType
	if m.UpTo == "" {
		m.UpTo = c.session.Sent().String()
	}
	if err := m.Validate(belfry.TimeOf(time.Now())); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	done, err := c.server.Store.Mark(ctx, c.session.User(), m)
	if err != nil {
		return err
	}
	c.reply(append(appendMarked(okFrame(e.Ref), &done), '}'))
	return nil
}

// publish lets a user publish where the token allows it. The server says who
// did it.
func (c *wsConn) publish(e envelope, payload []byte) error {
	var frame struct {
		Notification belfry.Draft `json:"notification"`
	}
	if err := decodeFrame(payload, &frame); err != nil {
		return err
	}
	d := frame.Notification
	if err := c.mayPublish("/notification/to", d.To); err != nil {
		return err
	}
	d.Actor = &belfry.Actor{ID: string(c.session.User()), Name: c.grants.Name, AvatarURL: c.grants.AvatarURL}
	d.IdempotencyKey = userKey(c.session.User(), d.IdempotencyKey)
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	now := time.Now()
	p := belfry.Publish(ctx, c.server.Store, now, []belfry.Draft{d})[0]
	if p.Err != nil {
		return under("/notification", p.Err)
	}
	c.server.Meter.PublishSeconds(time.Since(now).Seconds())
	c.server.published(&d, &p)
	b := append(okFrame(e.Ref), `,"id":"`...)
	b = append(b, p.ID...)
	b = append(b, `","status":"`...)
	b = append(b, p.Status...)
	c.reply(append(b, `"}`...))
	return nil
}

// userKey keeps the idempotency keys of users apart from each other's and from
// those of backends.
func userKey(user belfry.UserID, key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(string(user) + "\x00" + key))
	return "user:" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// under puts the fields of an error below a member.
func under(at string, err error) error {
	e, ok := err.(*belfry.Error)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	out.Fields = make([]belfry.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		f.Field = at + f.Field
		out.Fields[i] = f
	}
	out.Detail = at + e.Detail
	return &out
}

func (c *wsConn) mayPublish(field string, to belfry.Target) error {
	if c.grants.MayPublish(to) {
		return nil
	}
	return &belfry.Error{
		Code:   belfry.CodeForbidden,
		Detail: "the token does not allow this target; name it in its claim belfry.publish",
		Fields: []belfry.FieldError{{Field: field, Code: "forbidden", Detail: "not allowed by the token"}},
	}
}

func (c *wsConn) signal(e envelope, payload []byte) error {
	var frame signalBody
	if err := decodeFrame(payload, &frame); err != nil {
		return err
	}
	sig, err := frame.signal()
	if err != nil {
		return err
	}
	if err := c.mayPublish("/to", sig.To); err != nil {
		return err
	}
	sig.From = c.session.User()
	c.server.Bus.Signal(sig)
	if e.Ref != "" {
		c.reply(append(okFrame(e.Ref), '}'))
	}
	return nil
}

// okFrame begins the answer to a frame; the caller closes it.
func okFrame(ref string) []byte { return appendRef([]byte(`{"type":"ok"`), ref) }

func appendRef(b []byte, ref string) []byte {
	if ref == "" {
		return b
	}
	return belfry.AppendJSONString(append(b, `,"ref":`...), ref)
}

func errorFrame(ref string, e *belfry.Error) []byte {
	b := appendRef([]byte(`{"type":"error"`), ref)
	b = append(b, `,"code":"`...)
	b = append(b, e.Code...)
	b = append(b, '"')
	if len(e.Fields) > 0 {
		b = belfry.AppendJSONString(append(b, `,"field":`...), validText(e.Fields[0].Field))
	}
	b = belfry.AppendJSONString(append(b, `,"detail":`...), validText(e.Detail))
	return append(b, '}')
}

// byeFrame says when to come back, in milliseconds.
func byeFrame(e *belfry.Error) []byte {
	wait := e.RetryAfter
	if wait == 0 {
		wait = spread(2 * time.Second)
	}
	b := append([]byte(`{"type":"bye","code":"`), e.Code...)
	b = append(b, `","retryAfter":`...)
	b = strconv.AppendInt(b, wait.Milliseconds(), 10)
	return append(b, '}')
}

// signalBody is a signal as it is sent. to is the string form; the object form
// is taken too.
type signalBody struct {
	To   jsontext.Value `json:"to"`
	Name string         `json:"name"`
	Data jsontext.Value `json:"data"`
}

func (f *signalBody) signal() (belfry.Signal, error) {
	sig := belfry.Signal{Name: f.Name}
	var err error
	if f.To.Kind() == '{' {
		err = decodeStrict(f.To, &sig.To)
	} else {
		var to string
		if err = decodeFrame(f.To, &to); err == nil {
			sig.To, err = belfry.ParseTarget(to)
		}
	}
	if err != nil {
		return sig, belfry.Invalid("/to", "invalid", "a target such as user:ann, topic:orders.eu or all is wanted here")
	}
	if len(f.Data) > 0 {
		if err := f.Data.Compact(); err != nil {
			return sig, belfry.Invalid("/data", "invalid", "not JSON")
		}
		sig.Data = f.Data
	}
	return sig, sig.Validate()
}
