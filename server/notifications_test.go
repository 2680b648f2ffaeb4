package server_test

import (
	"strings"
	"testing"
	"time"

	"belfry"
	"belfry/server"
)

func TestNotifications_Publish(t *testing.T) {
	h := newHouse(t, options{})
	body := `{"to":{"user":"ann"},"type":"comment","title":"Bob replied","body":"ok","data":{"n":[1, 2]},"actor":{"id":"bob"},"idempotencyKey":"k1"}`
	r := h.want(201, "POST", "/v1/notifications", testKey, body)
	var got map[string]any
	r.into(t, &got)
	id := got["id"].(string)
	if r.header.Get("Location") != "/v1/notifications/"+id || r.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("headers %v", r.header)
	}
	if got["status"] != "delivered" || got["title"] != "Bob replied" || got["level"] != "info" || got["priority"] != "medium" || got["to"].(map[string]any)["user"] != "ann" {
		t.Errorf("the resource is %s", r.body)
	}
	again := h.want(201, "POST", "/v1/notifications", testKey, body)
	if again.header.Get("Idempotent-Replayed") != "true" || string(again.body) != string(r.body) {
		t.Errorf("replayed %s %v, want %s", again.body, again.header, r.body)
	}
	if other := h.want(422, "POST", "/v1/notifications", testKey, strings.Replace(body, "ok", "no", 1)); other.code() != belfry.CodeIdempotencyReused {
		t.Errorf("another body: %s", other.body)
	}
	byHeader := h.want(201, "POST", "/v1/notifications", testKey, strings.Replace(body, `,"idempotencyKey":"k1"`, "", 1), "Idempotency-Key: k1")
	if byHeader.header.Get("Idempotent-Replayed") != "true" {
		t.Error("the header is another key than the member")
	}
	if r := h.call("POST", "/v1/notifications", testKey, body, "Idempotency-Key: k2"); r.status != 422 {
		t.Errorf("two keys: %d %s", r.status, r.body)
	}
}

// A notification through its life: published, edited, retracted.
func TestNotifications_Standing(t *testing.T) {
	h := newHouse(t, options{})
	id := string(h.publish(`{"topic":"doc.1"}`, "First"))
	path := "/v1/notifications/" + id
	type standing struct {
		ID, Status, Title, DeliveredAt, DeliverAt string
		To                                        belfry.Target
	}
	var got standing
	h.want(200, "GET", path, testKey, "").into(t, &got)
	if got.ID != id || got.Status != "delivered" || got.To.Topic != "doc.1" || got.DeliveredAt == "" {
		t.Errorf("got %+v", got)
	}
	h.want(200, "PATCH", path, testKey, `{"title":"Second"}`).into(t, &got)
	if got.Title != "Second" {
		t.Errorf("after the edit: %+v", got)
	}
	if r := h.want(422, "PATCH", path, testKey, `{"to":{"all":true}}`); !strings.Contains(string(r.body), "/to") {
		t.Errorf("an edit of the address: %s", r.body)
	}
	h.want(200, "DELETE", path, testKey, "").into(t, &got)
	if got.Status != "retracted" {
		t.Errorf("after the retract: %+v", got)
	}
	h.want(200, "DELETE", path, testKey, "")
	h.want(410, "PATCH", path, testKey, `{"title":"Third"}`)

	at := belfry.TimeOf(time.Now().Add(time.Hour)).String()
	got = standing{}
	h.want(201, "POST", "/v1/notifications", testKey, `{"to":{"user":"ann"},"title":"Later","deliverAt":"`+at+`"}`).into(t, &got)
	if got.Status != "scheduled" || got.DeliverAt != at {
		t.Errorf("scheduled: %+v", got)
	}
	h.want(200, "DELETE", "/v1/notifications/"+got.ID, testKey, "").into(t, &got)
	if got.Status != "canceled" {
		t.Errorf("canceled: %+v", got)
	}
}

// A batch is not atomic: each item has its own result, in order.
func TestNotifications_Batch(t *testing.T) {
	h := newHouse(t, options{})
	body := `{"notifications":[
		{"to":{"user":"ann"},"title":"one"},
		{"to":{"user":"ann"}},
		{"to":{"user":"ann"},"title":"three","colour":"red"},
		{"to":{"user":"ann"},"title":"four"},
		7]}`
	type results struct {
		Results []struct {
			Status   int
			ID       string
			Code     belfry.Code
			Errors   []belfry.FieldError
			Replayed bool
		}
		Accepted, Rejected int
	}
	var got results
	h.want(200, "POST", "/v1/notifications/batch", testKey, body, "Idempotency-Key: import").into(t, &got)
	if got.Accepted != 2 || got.Rejected != 3 || len(got.Results) != 5 {
		t.Fatalf("got %+v", got)
	}
	for i, want := range []int{201, 422, 422, 201, 422} {
		if r := got.Results[i]; r.Status != want || (r.ID != "") != (want == 201) || (r.Code == "") != (want == 201) {
			t.Errorf("result %d: %+v", i, r)
		}
	}
	if f := got.Results[2].Errors; len(f) != 1 || f[0].Field != "/colour" || f[0].Code != "unknown" {
		t.Errorf("an unknown member: %+v", f)
	}
	var again results
	h.want(200, "POST", "/v1/notifications/batch", testKey, body, "Idempotency-Key: import").into(t, &again)
	if again.Results[0].ID != got.Results[0].ID || !again.Results[0].Replayed || !again.Results[3].Replayed {
		t.Errorf("the same batch again: %+v", again)
	}
	var list struct{ Items []struct{ Title string } }
	h.want(200, "GET", "/v1/users/ann/inbox", testKey, "").into(t, &list)
	if len(list.Items) != 2 || list.Items[0].Title != "four" {
		t.Errorf("the inbox holds %+v", list)
	}
}

func TestNotifications_Batch_Limits(t *testing.T) {
	h := newHouse(t, options{})
	one := `{"to":{"user":"ann"},"title":"x"}`
	many := strings.TrimSuffix(strings.Repeat(one+",", belfry.MaxBatch+1), ",")
	if r := h.want(422, "POST", "/v1/notifications/batch", testKey, `{"notifications":[`+many+`]}`); r.code() != belfry.CodeInvalid {
		t.Errorf("%s", r.body)
	}
	h.want(422, "POST", "/v1/notifications/batch", testKey, `{"notifications":[]}`)
	h.want(413, "POST", "/v1/notifications/batch", testKey, `{"notifications":["`+strings.Repeat("x", belfry.MaxRequest)+`"]}`)
}

// One key's flood is refused with the time to come back, and nobody else's.
func TestNotifications_Publish_RateLimit(t *testing.T) {
	h := newHouse(t, options{config: func(c *server.Config) { c.PublishRate = .001 }})
	one := `{"to":{"user":"ann"},"title":"x"}`
	many := strings.TrimSuffix(strings.Repeat(one+",", belfry.MaxBatch), ",")
	h.want(200, "POST", "/v1/notifications/batch", testKey, `{"notifications":[`+many+`]}`)
	h.want(200, "POST", "/v1/notifications/batch", testKey, `{"notifications":[`+many+`]}`)
	r := h.want(429, "POST", "/v1/notifications", testKey, one)
	if r.code() != belfry.CodeRateLimited || r.header.Get("Retry-After") == "" || !strings.HasPrefix(r.header.Get("RateLimit"), `"publish";r=0;t=`) || r.header.Get("RateLimit-Policy") != `"publish";q=2000;w=2000000` {
		t.Errorf("%v %s", r.header, r.body)
	}
	h.want(201, "POST", "/v1/notifications", h.key("publish"), one)
}

// What a problem says: where the documentation is, which field, which request.
func TestProblem(t *testing.T) {
	h := newHouse(t, options{})
	r := h.want(422, "POST", "/v1/notifications", testKey, `{"to":{"user":"ann"},"title":"","level":"loud"}`, "X-Request-Id: abc-1")
	var p struct {
		Type, Title, Detail, RequestID string
		Status                         int
		Code                           belfry.Code
		Errors                         []belfry.FieldError
	}
	r.into(t, &p)
	if r.header.Get("Content-Type") != "application/problem+json" || r.header.Get("X-Request-Id") != "abc-1" {
		t.Errorf("headers %v", r.header)
	}
	if p.Type != "https://belfry.dev/errors#invalid" || p.Status != 422 || p.Code != "invalid" || p.RequestID != "abc-1" || p.Title == "" || p.Detail == "" || len(p.Errors) != 2 {
		t.Errorf("got %+v", p)
	}
	if r := h.call("GET", "/healthz", "", "", "X-Request-Id: "+strings.Repeat("x", 200)); strings.Contains(r.header.Get("X-Request-Id"), "xxx") {
		t.Error("an absurd request id is taken")
	}
}

// Every code that HTTP can answer with has its status.
func TestProblem_Codes(t *testing.T) {
	for code, info := range belfry.Codes {
		if info.Status < 400 || info.Status > 599 || info.Title == "" {
			t.Errorf("%s: %+v", code, info)
		}
	}
}
