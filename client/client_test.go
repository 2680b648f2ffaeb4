package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
)

func draft(user belfry.UserID, title string) belfry.Draft {
	return belfry.Draft{To: belfry.Target{User: user}, Content: belfry.Content{Title: title}}
}

func TestNew_RefusesWhatCannotWork(t *testing.T) {
	for name, c := range map[string]Config{
		"no address":    {URL: ""},
		"other scheme":  {URL: "ftp://127.0.0.1"},
		"no host":       {URL: "http://"},
		"query":         {URL: "http://127.0.0.1/?a=b"},
		"key and token": {URL: "http://127.0.0.1", Key: "k", Token: "t"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(c); belfry.ErrorCode(err) != belfry.CodeInvalid {
				t.Errorf("got %v, want code invalid", err)
			}
		})
	}
}

func TestClient_Publish(t *testing.T) {
	n := startNode(t)
	c := n.client()
	ctx := t.Context()

	t.Run("is in the inbox", func(t *testing.T) {
		p, err := c.Publish(ctx, draft("ann", "Hello"))
		if err != nil || p.Status != belfry.StatusDelivered || p.Replayed {
			t.Fatalf("got %+v, %v", p, err)
		}
		l, err := c.Inbox("ann").List(ctx, ListOptions{})
		if err != nil || len(l.Items) != 1 || l.Items[0].ID != p.ID || l.Items[0].Title != "Hello" || l.Counts.Unread != 1 || l.Cursor == "" {
			t.Fatalf("got %+v, %v", l, err)
		}
		s, err := c.Notification(ctx, p.ID)
		if err != nil || s.Title != "Hello" || s.To.User != "ann" {
			t.Fatalf("got %+v, %v", s, err)
		}
	})

	t.Run("twice under one key", func(t *testing.T) {
		d := draft("bea", "Once")
		d.IdempotencyKey = "order-81"
		first, err := c.Publish(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.Publish(ctx, d)
		if err != nil || !again.Replayed || again.ID != first.ID {
			t.Fatalf("got %+v, %v; want a replay of %s", again, err, first.ID)
		}
		d.Title = "Other"
		if _, err := c.Publish(ctx, d); belfry.ErrorCode(err) != belfry.CodeIdempotencyReused {
			t.Fatalf("got %v", err)
		}
	})

	t.Run("names the field", func(t *testing.T) {
		_, err := c.Publish(ctx, belfry.Draft{To: belfry.Target{User: "ann"}})
		var e *belfry.Error
		if !errors.As(err, &e) || e.Code != belfry.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Field != "/title" {
			t.Fatalf("got %#v", err)
		}
	})

	t.Run("in a batch, each for itself", func(t *testing.T) {
		got, err := c.PublishBatch(ctx, []belfry.Draft{draft("cid", "One"), draft("cid", ""), draft("cid", "Three")})
		if err != nil || len(got) != 3 {
			t.Fatalf("got %+v, %v", got, err)
		}
		if got[0].Err != nil || got[2].Err != nil || belfry.ErrorCode(got[1].Err) != belfry.CodeInvalid {
			t.Fatalf("got %+v", got)
		}
		if l, err := c.Inbox("cid").List(ctx, ListOptions{}); err != nil || len(l.Items) != 2 {
			t.Fatalf("got %+v, %v", l, err)
		}
	})
}

// The server stores it, and the answer is lost on the way: tried again, it must
// not be there twice.
func TestClient_Publish_AfterALostAnswer(t *testing.T) {
	n := startNode(t)
	w := startWire(t, n.addr)
	c := newTestClient(t, w.url())

	w.swallow.Store(2)
	p, err := c.Publish(t.Context(), draft("ann", "Once"))
	if err != nil || !p.Replayed {
		t.Fatalf("got %+v, %v; want the answer of the first try", p, err)
	}
	w.swallow.Store(1)
	batch, err := c.PublishBatch(t.Context(), []belfry.Draft{draft("ann", "A"), draft("ann", "B")})
	if err != nil || !batch[0].Replayed || !batch[1].Replayed {
		t.Fatalf("got %+v, %v; want the answers of the first try", batch, err)
	}
	l, err := n.client().Inbox("ann").List(t.Context(), ListOptions{})
	if err != nil || len(l.Items) != 3 || l.Counts.Unread != 3 {
		t.Fatalf("%d items, %d unread, %v; want 3 of each", len(l.Items), l.Counts.Unread, err)
	}
}

func TestClient_call(t *testing.T) {
	var calls atomic.Int32
	var answer func(w http.ResponseWriter, call int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, calls.Add(1)) }))
	defer s.Close()
	refuse := func(w http.ResponseWriter, status int, code belfry.Code) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"code": code, "detail": "because"})
	}

	t.Run("waits as long as it is told", func(t *testing.T) {
		calls.Store(0)
		answer = func(w http.ResponseWriter, call int32) {
			if call == 1 {
				w.Header().Set("Retry-After", "1")
				refuse(w, 429, belfry.CodeRateLimited)
				return
			}
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"id":"x"}`))
		}
		start := time.Now()
		if _, err := newTestClient(t, s.URL).Publish(t.Context(), draft("ann", "x")); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < time.Second {
			t.Errorf("came back after %s; was told one second", took)
		}
	})

	t.Run("gives up where trying again is pointless", func(t *testing.T) {
		calls.Store(0)
		answer = func(w http.ResponseWriter, _ int32) { refuse(w, 403, belfry.CodeForbidden) }
		_, err := newTestClient(t, s.URL).Publish(t.Context(), draft("ann", "x"))
		if belfry.ErrorCode(err) != belfry.CodeForbidden || calls.Load() != 1 {
			t.Errorf("got %v after %d calls", err, calls.Load())
		}
	})

	t.Run("tries what is not ours again", func(t *testing.T) {
		calls.Store(0)
		answer = func(w http.ResponseWriter, _ int32) { http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway) }
		_, err := newTestClient(t, s.URL).Publish(t.Context(), draft("ann", "x"))
		if belfry.ErrorCode(err) != belfry.CodeUnavailable || calls.Load() != 5 {
			t.Errorf("got %v after %d calls", err, calls.Load())
		}
	})

	t.Run("does not wait beyond the caller's deadline", func(t *testing.T) {
		answer = func(w http.ResponseWriter, _ int32) {
			w.Header().Set("Retry-After", "60")
			refuse(w, 503, belfry.CodeUnavailable)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := newTestClient(t, s.URL).Publish(ctx, draft("ann", "x"))
		var e *belfry.Error
		if !errors.As(err, &e) || e.Code != belfry.CodeUnavailable || e.RetryAfter != time.Minute || ctx.Err() != nil {
			t.Errorf("got %#v", err)
		}
	})
}

func TestClient_Edit(t *testing.T) {
	n := startNode(t)
	c, ctx := n.client(), t.Context()
	p, err := c.Publish(ctx, draft("ann", "Draft"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Edit(ctx, p.ID, belfry.Patch{"title": json.RawMessage(`"Final"`)})
	if err != nil || s.Title != "Final" {
		t.Fatalf("got %+v, %v", s, err)
	}
	if s, err = c.Retract(ctx, p.ID); err != nil || s.Status != belfry.StatusRetracted {
		t.Fatalf("got %+v, %v", s, err)
	}
	if l, err := c.Inbox("ann").List(ctx, ListOptions{}); err != nil || len(l.Items) != 0 || l.Counts.Unread != 0 {
		t.Fatalf("got %+v, %v", l, err)
	}
}

func TestInbox_Mark(t *testing.T) {
	n := startNode(t)
	c, ctx := n.client(), t.Context()
	inbox := c.Inbox("org/7") // a name that must be escaped
	if err := inbox.Follow(ctx, "doc.42"); err != nil {
		t.Fatal(err)
	}
	for _, d := range []belfry.Draft{draft("org/7", "Mine"), {To: belfry.Target{Topic: "doc.42"}, Content: belfry.Content{Type: "comment", Title: "Ours"}}} {
		if _, err := c.Publish(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	l, err := inbox.List(ctx, ListOptions{})
	if err != nil || len(l.Items) != 2 {
		t.Fatalf("got %+v, %v", l, err)
	}
	if got, err := inbox.Counts(ctx, "comment"); err != nil || got.Unread != 2 || got.Types["comment"].Unread != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	m, err := inbox.Mark(ctx, belfry.Mark{Action: belfry.ActionRead, All: true, UpTo: l.Cursor})
	if err != nil || m.Changed == 0 || m.Counts.Unread != 0 {
		t.Fatalf("got %+v, %v", m, err)
	}
	if err := inbox.Unfollow(ctx, "doc.42"); err != nil {
		t.Fatal(err)
	}
	if l, err = inbox.List(ctx, ListOptions{}); err != nil || len(l.Items) != 1 || l.Items[0].ReadAt == 0 {
		t.Fatalf("got %+v, %v", l, err)
	}
}

func TestClient_Token(t *testing.T) {
	n := startNode(t)
	tok, err := n.client().Token(t.Context(), "ann", time.Minute, Claims{Subscribe: []belfry.Pattern{"doc.*"}})
	if err != nil || tok.Token == "" || tok.ExpiresAt == 0 {
		t.Fatalf("got %+v, %v", tok, err)
	}
	user, err := New(Config{URL: n.url(), Token: tok.Token})
	if err != nil {
		t.Fatal(err)
	}
	if err := user.Inbox("").Follow(t.Context(), "doc.42"); err != nil {
		t.Error(err)
	}
	if err := user.Inbox("").Follow(t.Context(), "other"); belfry.ErrorCode(err) != belfry.CodeForbidden {
		t.Errorf("got %v; the claims do not allow it", err)
	}
}
