package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"belfry"
	"belfry/hub"
	"belfry/internal/token"
	"belfry/server"
)

// The main path: published over HTTP, seen at once in every open tab, and its
// state in all of them.
func TestWebSocket_MainPath(t *testing.T) {
	h := newHouse(t, options{})
	a, b := h.connect("ann", token.Grants{}), h.connect("ann", token.Grants{})
	id := h.publish(`{"user":"ann"}`, "Hello")
	for _, tab := range []*ws{a, b} {
		if f := tab.until("notification"); f.Item.ID != id || f.Item.Title != "Hello" || f.Op != "created" {
			t.Errorf("got %s", f.raw)
		}
		if f := tab.until("counts"); f.Counts.Unread != 1 {
			t.Errorf("got %s", f.raw)
		}
	}
	a.send(`{"type":"mark","action":"read","ids":["` + string(id) + `"],"ref":"1"}`)
	if f := a.answer("1"); f.Type != "ok" || !strings.Contains(f.raw, `"changed":1`) {
		t.Errorf("got %s", f.raw)
	}
	if f := b.until("receipts"); f.Items[0].ID != string(id) || f.Items[0].ReadAt == "" {
		t.Errorf("got %s", f.raw)
	}
	if f := b.until("counts"); f.Counts.Unread != 0 {
		t.Errorf("got %s", f.raw)
	}
}

// A mark without upTo reaches what this session was sent, not further.
func TestWebSocket_MarkAll(t *testing.T) {
	h := newHouse(t, options{})
	w := h.connect("ann", token.Grants{})
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":{"user":"ann"},"type":"comment","title":"1"}`)
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":{"user":"ann"},"type":"mention","title":"2"}`)
	seen := w.until("counts")
	for seen.Counts.Unread != 2 {
		seen = w.until("counts")
	}
	w.send(`{"type":"mark","action":"read","all":true,"notificationType":"comment","ref":"1"}`)
	if a, f := w.settle("1"); a.Type != "ok" || f.Counts.Unread != 1 {
		t.Errorf("got %s and %s", a.raw, f.raw)
	}
	w.send(`{"type":"mark","action":"read","all":true,"upTo":"` + seen.Cursor + `","ref":"2","future":"ignored"}`)
	if a, f := w.settle("2"); a.Type != "ok" || f.Counts.Unread != 0 {
		t.Errorf("got %s and %s", a.raw, f.raw)
	}
}

// The first frame may say who it is, and what it wants.
func TestWebSocket_AuthFrame(t *testing.T) {
	h := newHouse(t, options{})
	h.publish(`{"user":"ann"}`, "1")
	h.publish(`{"user":"ann"}`, "2")
	w := h.dial("?items=1")
	w.send(`{"type":"auth","token":"` + h.token("ann", token.Grants{Subscribe: []belfry.Pattern{"doc.*"}}) + `","topics":["doc.1"],"client":"test"}`)
	if f := w.until("welcome"); len(f.Items) != 1 || f.Items[0].Title != "2" {
		t.Errorf("the query's items are lost: %s", f.raw)
	}
	w.until("live")
	id := h.publish(`{"topic":"doc.1"}`, "in the topic")
	if f := w.until("notification"); f.Item.ID != id || !strings.Contains(f.raw, `"inbox":false`) {
		t.Errorf("got %s", f.raw)
	}
}

// A newer token of the same user prolongs the session and brings its own grants.
func TestWebSocket_Renew(t *testing.T) {
	h := newHouse(t, options{})
	w := h.connect("ann", token.Grants{})
	w.send(`{"type":"subscribe","topic":"doc.1","ref":"1"}`)
	if f := w.answer("1"); f.Code != belfry.CodeForbidden || f.Field != "/topic" {
		t.Errorf("got %s", f.raw)
	}
	w.send(`{"type":"auth","token":"` + h.token("bob", token.Grants{}) + `","ref":"2"}`)
	if f := w.answer("2"); f.Code != belfry.CodeForbidden {
		t.Errorf("another user's token: %s", f.raw)
	}
	w.send(`{"type":"auth","token":"x","ref":"3"}`)
	if f := w.answer("3"); f.Code != belfry.CodeUnauthorized {
		t.Errorf("no token: %s", f.raw)
	}
	w.send(`{"type":"auth","token":"` + h.token("ann", token.Grants{Subscribe: []belfry.Pattern{"doc.*"}}) + `","ref":"4"}`)
	if f := w.answer("4"); f.Type != "ok" || !strings.Contains(f.raw, "tokenExpiresAt") {
		t.Errorf("got %s", f.raw)
	}
	w.send(`{"type":"subscribe","topic":"doc.1","ref":"5"}`)
	if f := w.answer("5"); f.Type != "subscribed" || f.Topic != "doc.1" {
		t.Errorf("got %s", f.raw)
	}
	w.send(`{"type":"unsubscribe","topic":"doc.1","ref":"6"}`)
	if f := w.answer("6"); f.Type != "ok" {
		t.Errorf("got %s", f.raw)
	}
}

// A session ends with its token.
func TestWebSocket_TokenExpires(t *testing.T) {
	now := time.Now()
	h := newHouse(t, options{tokens: token.Options{Now: func() time.Time { return now }}})
	now = time.Now().Add(-time.Hour - 58*time.Second) // the token it makes is in its leeway
	raw := h.token("ann", token.Grants{})
	now = time.Now().Add(-2 * time.Second)
	w := h.dial("?token=" + raw)
	if f := w.until("bye"); f.Code != belfry.CodeTokenExpired {
		t.Errorf("got %s", f.raw)
	}
	if code := w.closed(); code != 4102 {
		t.Errorf("closed with %d", code)
	}
}

// Users publish and signal where their token allows it; the server says who.
func TestWebSocket_PublishAndSignal(t *testing.T) {
	h := newHouse(t, options{})
	ann := h.connect("ann", token.Grants{Publish: []token.TargetPattern{"user:*", "topic:doc.*"}, Name: "Ann", AvatarURL: "/ann.png"})
	bob := h.connect("bob", token.Grants{})
	publish := `{"type":"publish","notification":{"to":{"user":"bob"},"title":"hi","actor":{"id":"mallory"},"idempotencyKey":"k"},"ref":"1"}`
	ann.send(publish)
	first := ann.answer("1")
	if first.Type != "ok" || !strings.Contains(first.raw, `"status":"delivered"`) {
		t.Fatalf("got %s", first.raw)
	}
	if f := bob.until("notification"); f.Item.Actor.ID != "ann" || f.Item.Actor.Name != "Ann" {
		t.Errorf("got %s", f.raw)
	}
	ann.send(publish)
	if f := ann.answer("1"); f.raw != first.raw {
		t.Errorf("again: %s, want %s", f.raw, first.raw)
	}
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":{"user":"bob"},"title":"a backend's","idempotencyKey":"k"}`)
	ann.send(`{"type":"signal","to":"user:bob","name":"typing","data":{"x":1},"ref":"2"}`)
	if f := ann.answer("2"); f.Type != "ok" {
		t.Errorf("got %s", f.raw)
	}
	if f := bob.until("signal"); f.From != "ann" || f.Name != "typing" {
		t.Errorf("got %s", f.raw)
	}
	for body, want := range map[string]struct {
		code  belfry.Code
		field string
	}{
		`{"type":"publish","notification":{"to":{"all":true},"title":"x"}`:     {belfry.CodeForbidden, "/notification/to"},
		`{"type":"publish","notification":{"to":{"topic":"hr.1"},"title":"x"}`: {belfry.CodeForbidden, "/notification/to"},
		`{"type":"publish","notification":{"to":{"users":["b"]},"title":"x"}`:  {belfry.CodeForbidden, "/notification/to"},
		`{"type":"publish","notification":{"to":{"user":"bob"},"title":""}`:    {belfry.CodeInvalid, "/notification/title"},
		`{"type":"publish","notification":{"to":{"user":"bob"},"title":7}`:     {belfry.CodeInvalid, "/notification/title"},
		`{"type":"signal","to":"all","name":"x"`:                               {belfry.CodeForbidden, "/to"},
		`{"type":"signal","to":"bob","name":"x"`:                               {belfry.CodeInvalid, "/to"},
		`{"type":"signal","to":"user:bob","name":"belfry.x"`:                   {belfry.CodeInvalid, "/name"},
		`{"type":"mark","action":"burn","all":true`:                            {belfry.CodeInvalid, "/action"},
		`{"type":"mark","action":"read","all":true,"upTo":"x"`:                 {belfry.CodeInvalid, "/upTo"},
		`{"type":"subscribe","topic":"a..b"`:                                   {belfry.CodeInvalid, "/topic"},
		`{"type":"dance"`:                                                      {belfry.CodeInvalid, "/type"},
		`{"x":1`:                                                               {belfry.CodeInvalid, "/type"},
	} {
		ann.send(body + `,"ref":"r"}`)
		if f := ann.answer("r"); f.Type != "error" || f.Code != want.code || f.Field != want.field || f.Detail == "" {
			t.Errorf("%s: %s", body, f.raw)
		}
	}
	ann.send(`{"type":"ping"}`)
	if f := ann.until("pong"); len(f.Cursor) != belfry.CursorLen {
		t.Errorf("got %s", f.raw)
	}
}

func TestWebSocket_TooManySessions(t *testing.T) {
	h := newHouse(t, options{hub: hub.Options{MaxPerUser: 1}})
	h.connect("ann", token.Grants{})
	w := h.dial("?token=" + h.token("ann", token.Grants{}))
	if f := w.until("bye"); f.Code != belfry.CodeTooManySessions || !strings.Contains(f.raw, "retryAfter") {
		t.Errorf("got %s", f.raw)
	}
	if code := w.closed(); code != 4002 {
		t.Errorf("closed with %d", code)
	}
}

// Who sends more than the rate is told for each frame, and closed if it goes on.
func TestWebSocket_ClientRate(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) { c.ClientRate = 1 }})
	w := h.connect("ann", token.Grants{})
	go func() {
		for range 1000 {
			if w.conn.Write(context.Background(), websocket.MessageText, []byte(`{"type":"ping"}`)) != nil {
				return
			}
		}
	}()
	if f := w.until("error"); f.Code != belfry.CodeRateLimited {
		t.Errorf("got %s", f.raw)
	}
	if f := w.until("bye"); f.Code != belfry.CodeRateLimited {
		t.Errorf("got %s", f.raw)
	}
	if code := w.closed(); code != 4001 {
		t.Errorf("closed with %d", code)
	}
	eventually(t, "the session has ended", func() bool { return h.hub.Len() == 0 })
}

// The client's own close is answered, and its session ends.
func TestWebSocket_Close(t *testing.T) {
	h := newHouse(t, options{})
	w := h.connect("ann", token.Grants{})
	if err := w.conn.Close(websocket.StatusNormalClosure, "done"); err != nil {
		t.Errorf("the closing handshake: %v", err)
	}
	eventually(t, "the session has ended", func() bool { return h.hub.Len() == 0 })
}

// Drain tells every client to come back elsewhere.
func TestWebSocket_Drain(t *testing.T) {
	h := newHouse(t, options{})
	w := h.connect("ann", token.Grants{})
	h.hub.Drain(t.Context(), 10*time.Millisecond)
	if f := w.until("bye"); f.Code != belfry.CodeDraining || w.closed() != 1012 {
		t.Errorf("got %s", f.raw)
	}
	late := h.dial("?token=" + h.token("ann", token.Grants{}))
	if f := late.until("bye"); f.Code != belfry.CodeDraining || late.closed() != 1012 {
		t.Errorf("got %s", f.raw)
	}
}

// Over TLS everything takes the slow path, and works alike.
func TestWebSocket_TLS(t *testing.T) {
	h := newHouse(t, options{tls: true})
	h.client = &http.Client{Transport: &http.Transport{TLSClientConfig: h.client.Transport.(*http.Transport).TLSClientConfig}}
	w := h.connect("ann", token.Grants{})
	id := h.publish(`{"user":"ann"}`, "Hello")
	if f := w.until("notification"); f.Item.ID != id {
		t.Errorf("got %s", f.raw)
	}
	h.want(204, "DELETE", "/v1/users/ann/sessions", testKey, "")
	if code := w.closed(); code != 4103 {
		t.Errorf("closed with %d", code)
	}
	late := h.dial("")
	late.send(`{"type":"auth","token":"x"}`)
	if code := late.closed(); code != 4101 {
		t.Errorf("closed with %d", code)
	}
}

// Who does not say who it is within 8 s is sent away.
func TestWebSocket_AuthTimeout(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 8 s")
	}
	t.Parallel()
	h := newHouse(t, options{})
	conn, r := rawUpgrade(t, h, "")
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if code, status, err := outcome(r, true); code != belfry.CodeAuthTimeout || status != 4106 {
		t.Errorf("%s %d %v", code, status, err)
	}
}
