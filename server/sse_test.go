package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
	"belfry/internal/token"
)

// block is one block of an event stream as a browser reads it.
type block struct {
	event, id, data, retry string
	frame                  frame
}

// stream is an SSE client.
type stream struct {
	t   *testing.T
	res *http.Response
	r   *bufio.Reader
}

func (h *house) stream(query string, headers ...string) *stream {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	req, err := http.NewRequestWithContext(ctx, "GET", h.http.URL+"/v1/stream"+query, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := h.client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		cancel()
		res.Body.Close()
	})
	return &stream{h.t, res, bufio.NewReader(res.Body)}
}

// next reads a block; io.EOF at the end.
func (s *stream) next() (b block, err error) {
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return b, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			if b.data != "" {
				err = json.Unmarshal([]byte(b.data), &b.frame)
			}
			return b, err
		}
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "event":
			b.event = value
		case "id":
			b.id = value
		case "data":
			b.data = value
		case "retry":
			b.retry = value
		}
	}
}

func (s *stream) until(kind string) block {
	s.t.Helper()
	for {
		b, err := s.next()
		if err != nil {
			s.t.Fatalf("no %s: %v", kind, err)
		}
		if b.event == kind {
			return b
		}
	}
}

// A plain EventSource: one block a frame, the id is the cursor, and after a cut
// Last-Event-ID goes on from there.
func TestStream_Resume(t *testing.T) {
	h := newHouse(t, options{})
	query := "?token=" + h.token("ann", token.Grants{})
	s := h.stream(query)
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"} {
		if got := s.res.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if b, err := s.next(); err != nil || b.retry == "" {
		t.Errorf("it begins with %+v %v", b, err)
	}
	if b := s.until("welcome"); b.id != b.frame.Cursor || len(b.id) != belfry.CursorLen || b.frame.Type != "welcome" {
		t.Errorf("got %+v", b)
	}
	first := h.publish(`{"user":"ann"}`, "one")
	last := s.until("notification")
	if last.frame.Item.ID != first || last.id != last.frame.Cursor {
		t.Errorf("got %+v", last)
	}
	s.res.Body.Close()
	second := h.publish(`{"all":true}`, "two")
	s = h.stream(query+"&cursor=garbage", "Last-Event-ID: "+last.id)
	if b := s.until("welcome"); !b.frame.Resumed {
		t.Errorf("got %+v", b)
	}
	if b := s.until("notification"); b.frame.Item.ID != second {
		t.Errorf("got %+v", b)
	}
	if b := s.until("counts"); b.frame.Counts.Unread != 2 {
		t.Errorf("got %+v", b)
	}
	s.until("live")
}

// A Last-Event-ID that is none must not silence an EventSource for ever: it gets
// a reset. A cursor in the query is the programmer's, who is told.
func TestStream_Garbage(t *testing.T) {
	h := newHouse(t, options{})
	query := "?token=" + h.token("ann", token.Grants{})
	if b := h.stream(query, "Last-Event-ID: garbage").until("welcome"); !b.frame.Reset {
		t.Errorf("got %+v", b)
	}
	for _, c := range []struct {
		query string
		code  belfry.Code
		field string
	}{
		{"&cursor=garbage", belfry.CodeInvalid, "cursor"},
		{"&items=101", belfry.CodeInvalid, "items"},
		{"&items=x", belfry.CodeInvalid, "items"},
		{"&filter=x", belfry.CodeInvalid, "filter"},
		{"&batch=2m", belfry.CodeInvalid, "batch"},
		{"&batch=x", belfry.CodeInvalid, "batch"},
		{"&topics=a..b", belfry.CodeInvalid, "topics"},
		{"&topics=doc.1", belfry.CodeForbidden, "topics"},
		{"&topics=" + strings.Repeat("a,", 51), belfry.CodeInvalid, "topics"},
	} {
		r := h.call("GET", "/v1/stream"+query+c.query, "", "")
		if r.code() != c.code || r.status != belfry.Codes[c.code].Status || !strings.Contains(string(r.body), `"field":"`+c.field+`"`) {
			t.Errorf("%s: %d %s", c.query, r.status, r.body)
		}
	}
}

func TestStream_Refusals(t *testing.T) {
	h := newHouse(t, options{})
	h.want(401, "GET", "/v1/stream", "", "")
	h.want(401, "GET", "/v1/stream?token=x", "", "")
	h.want(403, "GET", "/v1/stream", testKey, "")
	r := h.call("HEAD", "/v1/stream?token="+h.token("ann", token.Grants{}), "", "")
	if r.status != 200 || r.header.Get("Content-Type") != "text/event-stream" || h.hub.Len() != 0 {
		t.Errorf("HEAD: %d %v", r.status, r.header)
	}
	h.want(401, "HEAD", "/v1/stream", "", "")
}

// A refusal that will pass is a stream that says when to come back.
func TestStream_TooManySessions(t *testing.T) {
	h := newHouse(t, options{hub: hub.Options{MaxPerUser: 1}})
	query := "?token=" + h.token("ann", token.Grants{})
	h.stream(query).until("live")
	s := h.stream(query)
	b := s.until("bye")
	if s.res.StatusCode != 200 || b.retry == "" || b.frame.Code != belfry.CodeTooManySessions {
		t.Errorf("%d %+v", s.res.StatusCode, b)
	}
	if _, err := s.next(); err != io.EOF {
		t.Errorf("it goes on: %v", err)
	}
}

// A heartbeat is a block of an id alone.
func TestStream_Heartbeat(t *testing.T) {
	h := newHouse(t, options{hub: hub.Options{Heartbeat: time.Second}})
	s := h.stream("?token=" + h.token("ann", token.Grants{}))
	s.until("live")
	b, err := s.next()
	if err != nil || b.event != "" || b.data != "" || len(b.id) != belfry.CursorLen {
		t.Errorf("got %+v %v", b, err)
	}
}

// When the client leaves, its session ends.
func TestStream_Leave(t *testing.T) {
	h := newHouse(t, options{})
	s := h.stream("?token=" + h.token("ann", token.Grants{}))
	s.until("live")
	s.res.Body.Close()
	eventually(t, "the session has ended", func() bool { return h.hub.Len() == 0 })
}

// HTTP/1.0 and plain clients get a body that ends with the connection.
func TestStream_HTTP10(t *testing.T) {
	h := newHouse(t, options{})
	conn := h.raw()
	if _, err := io.WriteString(conn, "GET /v1/stream?token="+h.token("ann", token.Grants{})+" HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &stream{t, res, bufio.NewReader(res.Body)}
	s.until("live")
	if !res.Close || res.TransferEncoding != nil {
		t.Errorf("%+v", res)
	}
	for _, line := range strings.Split(strings.Repeat("x", 8<<10), "") {
		if _, err := io.WriteString(conn, line); err != nil {
			break
		}
	}
	eventually(t, "who talks on a stream is cut", func() bool { return h.hub.Len() == 0 })
}

// Over HTTP/2 the same stream is one of many on its connection.
func TestStream_HTTP2(t *testing.T) {
	h := newHouse(t, options{tls: true})
	s := h.stream("?token=" + h.token("ann", token.Grants{}))
	if s.res.ProtoMajor != 2 {
		t.Fatalf("the protocol is %s", s.res.Proto)
	}
	s.until("live")
	id := h.publish(`{"user":"ann"}`, "one")
	if b := s.until("notification"); b.frame.Item.ID != id {
		t.Errorf("got %+v", b)
	}
	h.want(204, "DELETE", "/v1/users/ann/sessions", testKey, "")
	if b := s.until("bye"); b.frame.Code != belfry.CodeLoggedOut {
		t.Errorf("got %+v", b)
	}
	if _, err := s.next(); err == nil {
		t.Error("it goes on")
	}
	left := h.stream("?token=" + h.token("bob", token.Grants{}))
	left.until("live")
	left.res.Body.Close()
	eventually(t, "the session has ended", func() bool { return h.hub.Len() == 0 })
}

type polled struct {
	Frames []frame
	Cursor string
}

// A long poll answers at once with what there is, else when something comes.
func TestChanges(t *testing.T) {
	h := newHouse(t, options{})
	user := h.token("ann", token.Grants{})
	poll := func(query string) (p polled) {
		t.Helper()
		h.want(200, "GET", "/v1/changes?"+query, user, "").into(t, &p)
		if len(p.Cursor) != belfry.CursorLen {
			t.Errorf("cursor %q", p.Cursor)
		}
		return p
	}
	p := poll("wait=30s")
	if len(p.Frames) == 0 || p.Frames[0].Type != "welcome" {
		t.Fatalf("got %+v", p)
	}
	if p = poll("wait=0s&cursor=" + p.Cursor); len(p.Frames) != 0 {
		t.Errorf("nothing happened, and there is %+v", p)
	}
	done := make(chan polled)
	go func() {
		var later polled
		defer func() { done <- later }()
		res, err := h.client.Get(h.http.URL + "/v1/changes?wait=30s&token=" + user + "&cursor=" + p.Cursor)
		if err == nil {
			defer res.Body.Close()
			err = json.NewDecoder(res.Body).Decode(&later)
		}
		if err != nil {
			t.Error(err)
		}
	}()
	eventually(t, "somebody polls", func() bool { return len(h.hub.Sessions("ann")) == 1 })
	id := h.publish(`{"user":"ann"}`, "one")
	later := <-done
	found := false
	for _, f := range later.Frames {
		found = found || f.Type == "notification" && f.Item.ID == id
	}
	if !found || later.Cursor == p.Cursor {
		t.Errorf("got %+v", later)
	}
	eventually(t, "the session has ended", func() bool { return h.hub.Len() == 0 })
	for query, field := range map[string]string{"wait=2m": "wait", "wait=x": "wait", "cursor=x": "cursor"} {
		if r := h.want(422, "GET", "/v1/changes?"+query, user, ""); !strings.Contains(string(r.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", query, r.body)
		}
	}
}
