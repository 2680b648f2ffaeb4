package hub_test

import (
	"context"
	"testing"
	"time"

	"belfry"
	"belfry/hub"
)

func TestSession_Subscribe(t *testing.T) {
	h := newHouse(t, hub.Options{})
	s, p, w := h.live(hub.Spec{User: "ann"})
	s.Subscribe("room.1", "r1")
	if f := p.until(t, "subscribed", is("subscribed")); f.Ref != "r1" || f.Topic != "room.1" {
		t.Fatalf("got %+v", f)
	}
	h.publish(belfry.Target{Topic: "room.1"}, "hello")
	f := p.until(t, "notification", is("notification"))
	if f.Item.Title != "hello" || f.Item.Inbox == nil || *f.Item.Inbox {
		t.Fatalf("got %+v; want an item outside the inbox", f.Item)
	}
	s.Unsubscribe("room.1", "r2")
	p.until(t, "ok", func(f frame) bool { return f.Type == "ok" && f.Ref == "r2" })
	h.publish(belfry.Target{Topic: "room.1"}, "unheard")
	h.publish(ann, "heard")
	if f := p.until(t, "notification", is("notification")); f.Item.Title != "heard" {
		t.Fatalf("got %q after unsubscribing", f.Item.Title)
	}
	if f := p.until(t, "counts", is("counts")); f.Counts.Unread != w.Counts.Unread+1 {
		t.Fatalf("counts = %+v; a subscribed item counts nowhere", f.Counts)
	}

	t.Run("resumes what it subscribed at its opening", func(t *testing.T) {
		c, _ := belfry.ParseCursor(w.Cursor)
		_, p := h.open(hub.Spec{User: "ann", Cursor: &c, Topics: []belfry.Topic{"room.1"}})
		for _, want := range []string{"hello", "unheard", "heard"} {
			if f := p.until(t, "notification", is("notification")); f.Item.Title != want {
				t.Fatalf("got %q; want %q", f.Item.Title, want)
			}
		}
	})
}

func TestSession_follow(t *testing.T) {
	h := newHouse(t, hub.Options{})
	_, p, _ := h.live(hub.Spec{User: "ann"})
	follow := func(on bool) {
		if err := h.store.Follow(context.Background(), []belfry.UserID{"ann"}, "news", on); err != nil {
			t.Fatal(err)
		}
	}
	news := belfry.Target{Topic: "news"}
	h.publish(news, "before")
	follow(true)
	if f := p.until(t, "follow", is("follow")); f.Topic != "news" || string(f.From) == "null" || len(f.Items) != 0 {
		t.Fatalf("got %+v", f)
	}
	h.publish(news, "during")
	if f := p.until(t, "notification", is("notification")); f.Item.Title != "during" {
		t.Fatalf("got %q", f.Item.Title)
	}
	follow(false)
	if f := p.until(t, "follow", is("follow")); string(f.From) != "null" {
		t.Fatalf("got %+v", f)
	}
	if f := p.until(t, "counts", is("counts")); f.Counts.Unread != 0 {
		t.Fatalf("counts = %+v after unfollowing", f.Counts)
	}
	h.publish(news, "after")
	h.publish(ann, "private")
	if f := p.until(t, "notification", is("notification")); f.Item.Title != "private" {
		t.Fatalf("got %q after unfollowing", f.Item.Title)
	}
}

func TestSession_batch(t *testing.T) {
	h := newHouse(t, hub.Options{})
	_, p, _ := h.live(hub.Spec{User: "ann", Batch: 20 * time.Millisecond})
	h.publish(ann, "a", "b")
	h.publish(all, "c")
	titles := map[string]bool{}
	p.gather(t, "three items in batches", func(fs []frame) bool {
		if len(fs) > 0 {
			f := fs[len(fs)-1]
			if f.Type == "notification" {
				t.Fatalf("got a single notification: %+v", f)
			}
			for _, it := range f.Items {
				titles[it.Title] = true
			}
		}
		return len(titles) == 3
	})
}

func TestSession_tokenExpires(t *testing.T) {
	h := newHouse(t, hub.Options{})
	_, p, _ := h.live(hub.Spec{User: "ann", ExpiresAt: time.Now().Add(-time.Second)})
	s, renewed, _ := h.live(hub.Spec{User: "ann", ExpiresAt: time.Now().Add(-time.Second)})
	s.Renew(time.Now(), time.Now().Add(time.Hour))
	if f := p.until(t, "bye", is("bye")); f.Code != belfry.CodeTokenExpired {
		t.Fatalf("got %+v", f)
	}
	h.publish(ann, "still here")
	renewed.until(t, "notification", is("notification"))
}

func TestSession_logout(t *testing.T) {
	h := newHouse(t, hub.Options{})
	s, p, _ := h.live(hub.Spec{User: "ann", IssuedAt: time.Now().Add(-time.Hour)})
	_, newer, _ := h.live(hub.Spec{User: "ann", IssuedAt: time.Now().Add(time.Hour)})
	u, err := h.store.Logout(context.Background(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	h.hub.LogOut("ann", u.TokensFrom)
	if f := p.until(t, "bye", is("bye")); f.Code != belfry.CodeLoggedOut {
		t.Fatalf("got %+v", f)
	}
	<-s.Done()
	if closed, code := p.isClosed(); !closed || code != belfry.CodeLoggedOut {
		t.Fatalf("closed %v with %q", closed, code)
	}
	if closed, _ := newer.isClosed(); closed {
		t.Fatal("a session of a newer token was closed too")
	}
	if _, err := h.hub.Open(context.Background(), hub.Spec{User: "ann", IssuedAt: time.Now().Add(-time.Hour)}, newPipe()); belfry.ErrorCode(err) != belfry.CodeLoggedOut {
		t.Fatalf("an old token opens a session: %v", err)
	}
}

func TestSession_Reply_blocks(t *testing.T) {
	h := newHouse(t, hub.Options{})
	s, p, _ := h.live(hub.Spec{User: "ann"})
	p.stop(true)
	body := make([]byte, 1024)
	copy(body, `{"type":"ok"}`)
	for i := len(`{"type":"ok"}`); i < len(body); i++ {
		body[i] = ' '
	}
	sent := make(chan int)
	go func() {
		n := 0
		for ; n < 200; n++ {
			if s.Reply(body) != nil {
				break
			}
		}
		sent <- n
	}()
	select {
	case n := <-sent:
		t.Fatalf("%d replies were taken while nobody reads", n)
	case <-time.After(100 * time.Millisecond):
	}
	s.Gone()
	if n := <-sent; n == 200 {
		t.Fatal("Reply went on after the end of the session")
	}
}

// A mark moves an item's row past its neighbours: whoever was away when the item
// was created is sent the item all the same, not its receipt alone.
func TestSession_resume_markedMeanwhile(t *testing.T) {
	h := newHouse(t, hub.Options{})
	first, _, _ := h.live(hub.Spec{User: "ann"})
	at := first.Sent()
	first.Gone()
	<-first.Done()
	ids := h.publish(ann, "marked", "neighbour")
	if _, err := h.store.Mark(context.Background(), "ann", belfry.Mark{Action: "read", IDs: ids[:1]}); err != nil {
		t.Fatal(err)
	}
	_, p := h.open(hub.Spec{User: "ann", Cursor: &at})
	titles := map[string]bool{}
	p.until(t, "live", func(f frame) bool {
		if f.Item != nil {
			titles[f.Item.Title] = true
		}
		return f.Type == "live"
	})
	if !titles["marked"] || !titles["neighbour"] {
		t.Fatalf("got only %v", titles)
	}
}

// What is published between an opening's snapshot and the session's first turn is
// sent, private or shared, one or several.
func TestSession_rungWhileOpening(t *testing.T) {
	h := newHouse(t, hub.Options{})
	h.publish(ann, "before")
	h.publish(all, "before")
	h.store.afterOpen(func() {
		h.publish(ann, "one")
		h.publish(ann, "two")
		h.publish(all, "three")
	})
	_, p := h.open(hub.Spec{User: "ann"})
	missing := map[string]bool{"one": true, "two": true, "three": true}
	p.gather(t, "what was published meanwhile", func(fs []frame) bool {
		if len(fs) > 0 && fs[len(fs)-1].Item != nil {
			delete(missing, fs[len(fs)-1].Item.Title)
		}
		return len(missing) == 0
	})
}

// A heartbeat that falls due while a reset is being read must not take the
// client's cursor into the new history before the welcome has: whoever is cut in
// between would resume there with nothing of it.
func TestSession_reset_beforeTheHeartbeat(t *testing.T) {
	h := newHouse(t, hub.Options{Heartbeat: time.Second})
	_, p, _ := h.live(hub.Spec{User: "ann", Items: 10})
	h.bus.losing(true)
	h.publish(ann, "unheard")
	h.bus.losing(false)
	h.store.resetsAfter(2500 * time.Millisecond) // two heartbeats
	h.bus.Ring([]belfry.Ring{{User: "ann"}})
	var before string
	w := p.until(t, "the reset", func(f frame) bool {
		if f.Type == "pong" {
			before = f.Cursor
		}
		return f.Type == "welcome"
	})
	if before == w.Cursor || !w.Reset || len(w.Items) != 1 {
		t.Errorf("the welcome at %s is %+v, the last heartbeat was at %q", w.Cursor, w, before)
	}
}
