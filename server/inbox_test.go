package server_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/internal/token"
)

type page struct {
	Items []struct {
		ID, Title, Type, ReadAt string
		To                      belfry.Target
	}
	Next   string
	Counts belfry.Counts
	Cursor string
}

func (p page) titles() string {
	var s []string
	for _, it := range p.Items {
		s = append(s, it.Title)
	}
	return strings.Join(s, " ")
}

func TestInbox_List(t *testing.T) {
	h := newHouse(t, options{})
	user := h.token("ann", token.Grants{})
	for _, n := range []string{"1", "2", "3"} {
		h.publish(`{"user":"ann"}`, n)
	}
	// Between the two logs only the clock decides; the private log's may run a few
	// milliseconds ahead of it.
	time.Sleep(20 * time.Millisecond)
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":{"all":true},"type":"system","title":"4","group":"g"}`)
	list := func(path, credential string) (p page) {
		t.Helper()
		h.want(200, "GET", path, credential, "").into(t, &p)
		return p
	}
	p := list("/v1/inbox?limit=3", user)
	if p.titles() != "4 3 2" || p.Next == "" || p.Counts.Unread != 4 || len(p.Cursor) != belfry.CursorLen {
		t.Errorf("got %+v", p)
	}
	if p = list("/v1/inbox?limit=3&after="+url.QueryEscape(p.Next), user); p.titles() != "1" || p.Next != "" {
		t.Errorf("the second page %+v", p)
	}
	if p = list("/v1/users/ann/inbox?type=system,other", testKey); p.titles() != "4" {
		t.Errorf("by type %+v", p)
	}
	if p = list("/v1/inbox?group=g", user); p.titles() != "4" {
		t.Errorf("by group %+v", p)
	}
	if p = list("/v1/inbox?filter=archived", user); len(p.Items) != 0 {
		t.Errorf("archived %+v", p)
	}
	for query, field := range map[string]string{
		"filter=all": "filter", "limit=0": "limit", "limit=101": "limit", "limit=x": "limit", "type=A": "type", "topic=a..b": "topic",
		"group=" + strings.Repeat("x", 200): "group", "type=" + strings.Repeat("a,", 30) + "a": "type",
	} {
		if r := h.want(422, "GET", "/v1/inbox?"+query, user, ""); !strings.Contains(string(r.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", query, r.body)
		}
	}
	if r := h.call("GET", "/v1/inbox?after=garbage", user, ""); r.status != 422 {
		t.Errorf("after=garbage: %d %s", r.status, r.body)
	}
}

func TestInbox_MarkAndCounts(t *testing.T) {
	h := newHouse(t, options{})
	user := h.token("ann", token.Grants{})
	first := h.publish(`{"user":"ann"}`, "1")
	h.publish(`{"user":"ann"}`, "2")
	var before page
	h.want(200, "GET", "/v1/inbox", user, "").into(t, &before)
	h.publish(`{"user":"ann"}`, "3")
	var done struct {
		Changed int
		Counts  belfry.Counts
		Cursor  string
		Refused map[string]belfry.Code
	}
	other := belfry.NewID(time.Now())
	h.want(200, "POST", "/v1/inbox/marks", user, `{"action":"read","ids":["`+string(first)+`","`+string(other)+`"]}`).into(t, &done)
	if done.Changed != 1 || done.Counts.Unread != 2 || done.Refused[string(other)] != belfry.CodeNotFound || len(done.Cursor) != belfry.CursorLen {
		t.Errorf("got %+v", done)
	}
	h.want(200, "POST", "/v1/users/ann/inbox/marks", testKey, `{"action":"read","all":true,"upTo":"`+before.Cursor+`"}`).into(t, &done)
	if done.Counts.Unread != 1 {
		t.Errorf("what arrived since was marked too: %+v", done)
	}
	var counts struct {
		belfry.Counts
		Types  map[string]belfry.Counts
		Cursor string
	}
	h.want(200, "GET", "/v1/counts?type=notification,comment", user, "").into(t, &counts)
	if counts.Unread != 1 || counts.Types["notification"].Unread != 1 || counts.Types["comment"].Unread != 0 || len(counts.Types) != 2 {
		t.Errorf("got %+v", counts)
	}
	h.want(200, "GET", "/v1/users/ann/inbox/counts", testKey, "").into(t, &counts)
	for body, field := range map[string]string{
		`{"action":"burn","all":true}`:                        "/action",
		`{"action":"unread","all":true}`:                      "/all",
		`{"action":"read"}`:                                   "",
		`{"action":"read","all":true,"group":"g"}`:            "",
		`{"action":"read","all":true,"upTo":"x"}`:             "/upTo",
		`{"action":"snooze","ids":["` + string(first) + `"]}`: "/until",
		`{"action":"read","ids":["x"]}`:                       "/ids/0",
		`{"action":"read","ids":[]}`:                          "/ids",
		`{"action":"read","all":true,"colour":1}`:             "/colour",
	} {
		if r := h.want(422, "POST", "/v1/inbox/marks", user, body); !strings.Contains(string(r.body), `"field":"`+field+`"`) {
			t.Errorf("%s: %s", body, r.body)
		}
	}
}

// A user's flood is refused, and nobody else's requests.
func TestInbox_RateLimit(t *testing.T) {
	h := newHouse(t, options{})
	user := h.token("ann", token.Grants{})
	eventually(t, "a flood is refused", func() bool { return h.call("GET", "/v1/counts", user, "").status == 429 })
	h.want(200, "GET", "/v1/counts", h.token("bob", token.Grants{}), "")
}

func TestTopics_Follow(t *testing.T) {
	h := newHouse(t, options{})
	user := h.token("ann", token.Grants{Subscribe: []belfry.Pattern{"doc.*"}})
	if r := h.want(403, "PUT", "/v1/inbox/topics/orders.eu", user, ""); !strings.Contains(string(r.body), "belfry.subscribe") {
		t.Errorf("%s", r.body)
	}
	h.want(204, "PUT", "/v1/inbox/topics/doc.1", user, "")
	h.want(204, "PUT", "/v1/users/ann/inbox/topics/orders.eu", testKey, "")
	h.want(204, "POST", "/v1/topics/doc.1/followers", testKey, `{"users":["bob","org/7"]}`)
	var follows struct {
		Topics []struct{ Topic, FollowedAt string }
	}
	h.want(200, "GET", "/v1/inbox/topics", user, "").into(t, &follows)
	if len(follows.Topics) != 2 || follows.Topics[0].Topic != "doc.1" || follows.Topics[0].FollowedAt == "" {
		t.Errorf("got %+v", follows)
	}
	h.want(200, "GET", "/v1/inbox/topics/doc.1", user, "")
	h.want(404, "GET", "/v1/inbox/topics/doc.2", user, "")
	var followers struct {
		Users []string
		Next  string
	}
	h.want(200, "GET", "/v1/topics/doc.1/followers?limit=2", testKey, "").into(t, &followers)
	if strings.Join(followers.Users, " ") != "ann bob" || followers.Next != "bob" {
		t.Errorf("got %+v", followers)
	}
	followers.Next = ""
	h.want(200, "GET", "/v1/topics/doc.1/followers?limit=2&after=bob", testKey, "").into(t, &followers)
	if strings.Join(followers.Users, " ") != "org/7" || followers.Next != "" {
		t.Errorf("the second page %+v", followers)
	}
	h.want(204, "DELETE", "/v1/inbox/topics/orders.eu", user, "")
	for path, body := range map[string]string{
		"/v1/topics/a..b/followers": `{"users":["a"]}`, "/v1/topics/belfry.x/followers": `{"users":["a"]}`,
		"/v1/topics/a/followers": `{"users":[]}`, "/v1/topics/b/followers": `{"all":true}`, "/v1/topics/c/followers": `{"users":["a","a"]}`,
	} {
		h.want(422, "POST", path, testKey, body)
	}
}

func TestUsers(t *testing.T) {
	h := newHouse(t, options{})
	h.want(404, "GET", "/v1/users/ann", testKey, "")
	h.publish(`{"all":true}`, "old news")
	since := belfry.TimeOf(time.Now().Add(-time.Hour)).String()
	type user struct {
		ID, LastSeenAt, CreatedAt string
		Counts                    belfry.Counts
	}
	var got user
	h.want(200, "PUT", "/v1/users/org%2F7%20x", testKey, `{"since":"`+since+`"}`).into(t, &got)
	if got.ID != "org/7 x" || got.Counts.Unread != 1 || got.CreatedAt == "" {
		t.Errorf("got %+v", got)
	}
	h.want(200, "PUT", "/v1/users/%2E%2E", testKey, "").into(t, &got)
	if got.ID != ".." {
		t.Errorf("got %+v", got)
	}
	h.want(422, "GET", "/v1/users/a%0Ab", testKey, "")
	h.want(422, "GET", "/v1/users/"+strings.Repeat("x", 129), testKey, "")
	var presence struct {
		Online     bool
		LastSeenAt string
		Sessions   []struct{ ID, Transport, ConnectedAt, UserAgent string }
	}
	h.want(200, "GET", "/v1/users/ann/presence", testKey, "").into(t, &presence)
	if presence.Online || len(presence.Sessions) != 0 {
		t.Errorf("got %+v", presence)
	}
	w := h.dial("?token="+h.token("ann", token.Grants{})+"&client=test%2F1.0%0Ax", "User-Agent: browser")
	w.until("live")
	h.want(200, "GET", "/v1/users/ann/presence", testKey, "").into(t, &presence)
	if !presence.Online || len(presence.Sessions) != 1 || presence.Sessions[0].Transport != "websocket" || presence.Sessions[0].UserAgent != "test/1.0x" {
		t.Errorf("got %+v", presence)
	}
	online := presence.LastSeenAt
	w.conn.CloseNow()
	eventually(t, "who left is offline", func() bool {
		h.want(200, "GET", "/v1/users/ann/presence", testKey, "").into(t, &presence)
		return !presence.Online
	})
	if presence.LastSeenAt < online || online == "" {
		t.Errorf("online at %q, last seen at %q", online, presence.LastSeenAt)
	}
}

func TestSignals_Send(t *testing.T) {
	h := newHouse(t, options{})
	w := h.connect("ann", token.Grants{})
	h.want(204, "POST", "/v1/signals", testKey, "{\"to\":\"user:ann\",\"name\":\"typing\",\"data\":{\n\"x\": 1}}")
	if f := w.until("signal"); f.Name != "typing" || !strings.Contains(f.raw, `"data":{"x":1}`) {
		t.Errorf("got %s", f.raw)
	}
	h.want(204, "POST", "/v1/signals", testKey, `{"to":{"user":"ann"},"name":"typing"}`)
	w.until("signal")
	for _, body := range []string{
		`{"to":"ann","name":"x"}`, `{"to":{"users":["a","b"]},"name":"x"}`, `{"to":"all","name":"belfry.x"}`, `{"to":"all","name":"X"}`, `{"to":7,"name":"x"}`,
		`{"to":"all","name":"x","data":"` + strings.Repeat("x", 5000) + `"}`, `{"name":"x"}`, `{"to":"all","name":"x","extra":1}`,
	} {
		h.want(422, "POST", "/v1/signals", testKey, body)
	}
}
